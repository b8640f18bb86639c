#include "base/scratch.h"
#include "base/hash.h"
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 64 * 1024,
    POOLED_BLOCKS = 32,            /* kept from turn to turn: 2 MiB */
    LARGE_KEPT = 2 * 1024 * 1024   /* the largest odd-sized block that is kept */
};

typedef struct sio__block_s {
    struct sio__block_s *next;
    size_t capacity;
    _Alignas(max_align_t) unsigned char data[];
} block_t;

/* A range that somebody kept in this turn. */
typedef struct sio__kept_s {
    struct {
        const unsigned char *data;
        size_t length;
    } key;
    sio__rcbuf_t *copy;
    UT_hash_handle hh;
} kept_t;

static block_t *block_new(size_t capacity) {
    if (capacity > SIZE_MAX - sizeof(block_t))
        return NULL;
    block_t *block = malloc(sizeof(*block) + capacity);
    if (block != NULL) {
        block->next = NULL;
        block->capacity = capacity;
    }
    return block;
}

static void free_blocks(block_t *block) {
    while (block != NULL) {
        block_t *next = block->next;
        free(block);
        block = next;
    }
}

static void make_current(sio__scratch_t *scratch, block_t *block) {
    scratch->current = block;
    scratch->at = block->data;
    scratch->end = block->data + block->capacity;
}

int sio__scratch_next(sio__scratch_t *scratch, size_t length) {
    block_t *block;
    if (length <= BLOCK && scratch->pool != NULL) {
        block = scratch->pool;
        scratch->pool = block->next;
        scratch->pooled--;
    } else if (length > BLOCK && scratch->large != NULL && scratch->large->capacity >= length) {
        block = scratch->large;
        scratch->large = NULL;
    } else {
        block = block_new(length <= BLOCK ? BLOCK : length);
    }
    if (block == NULL)
        return 0;
    block->next = scratch->current;
    make_current(scratch, block);
    return 1;
}

sio__scratch_t *sio__scratch_new(void) {
    sio__scratch_t *scratch = calloc(1, sizeof(*scratch));
    if (scratch != NULL && !sio__scratch_next(scratch, BLOCK)) {
        free(scratch);
        return NULL;
    }
    return scratch;
}

static void forget_kept(sio__scratch_t *scratch) {
    kept_t *kept = scratch->kept;
    HASH_CLEAR(hh, scratch->kept); /* the chain of them stays */
    while (kept != NULL) {
        kept_t *next = kept->hh.next;
        sio__rcbuf_unref(kept->copy);
        free(kept);
        kept = next;
    }
}

void sio__scratch_free(sio__scratch_t *scratch) {
    if (scratch == NULL)
        return;
    forget_kept(scratch);
    free_blocks(scratch->current);
    free_blocks(scratch->pool);
    free(scratch->large);
    free(scratch);
}

unsigned char *sio__scratch_alloc(sio__scratch_t *scratch, size_t length) {
    if (sio__scratch_left(scratch) < length && !sio__scratch_next(scratch, length))
        return NULL;
    unsigned char *data = scratch->at;
    scratch->at += length;
    return data;
}

void *sio__scratch_memory(sio__scratch_t *scratch, size_t length) {
    size_t misaligned = (size_t) (scratch->at - scratch->current->data) % _Alignof(max_align_t);
    size_t padding = misaligned == 0 ? 0 : _Alignof(max_align_t) - misaligned;
    size_t left = sio__scratch_left(scratch);
    if (left < padding || left - padding < length)
        return sio__scratch_alloc(scratch, length > left ? length : left + 1);
    scratch->at += padding;
    return sio__scratch_alloc(scratch, length);
}

const unsigned char *sio__scratch_copy(sio__scratch_t *scratch, const void *data, size_t length) {
    unsigned char *copy = sio__scratch_alloc(scratch, length);
    if (copy != NULL && length > 0)
        memcpy(copy, data, length);
    return copy;
}

sio__rcbuf_t *sio__scratch_keep(sio__scratch_t *scratch, const unsigned char *data, size_t length) {
    kept_t *kept, probe;
    memset(&probe.key, 0, sizeof(probe.key));
    probe.key.data = data;
    probe.key.length = length;
    HASH_FIND(hh, scratch->kept, &probe.key, sizeof(probe.key), kept);
    if (kept != NULL)
        return sio__rcbuf_ref(kept->copy);

    sio__rcbuf_t *copy = sio__rcbuf_new(data, length);
    if (copy == NULL)
        return NULL;
    sio__rcbuf_count(copy, &scratch->kept_bytes);
    kept = malloc(sizeof(*kept));
    if (kept == NULL)
        return copy; /* not shared, then */
    kept->key = probe.key;
    kept->copy = copy;
    HASH_ADD(hh, scratch->kept, key, sizeof(kept->key), kept);
    if (kept->hh.tbl == NULL) { /* out of memory */
        free(kept);
        return copy;
    }
    return sio__rcbuf_ref(copy);
}

void sio__scratch_rewind(sio__scratch_t *scratch, const unsigned char *mark) {
    uintptr_t start = (uintptr_t) scratch->current->data;
    uintptr_t used = (uintptr_t) scratch->at - start;
    uintptr_t kept = (uintptr_t) mark - start;
    /* In a block that is newer than the mark there is nothing older. */
    scratch->at = scratch->current->data + (kept <= used ? kept : 0);
}

/* Gives a used block back: to the pool while that is small, so that a burst's memory returns. */
static void retire(sio__scratch_t *scratch, block_t *block) {
    if (block->capacity == BLOCK && scratch->pooled < POOLED_BLOCKS) {
        block->next = scratch->pool;
        scratch->pool = block;
        scratch->pooled++;
    } else if (block->capacity > BLOCK && block->capacity <= LARGE_KEPT &&
               (scratch->large == NULL || scratch->large->capacity < block->capacity)) {
        free(scratch->large);
        scratch->large = block;
    } else {
        free(block);
    }
}

/* The oldest block stays: it is an ordinary one (sio__scratch_new). */
static void retire_all_but_oldest(sio__scratch_t *scratch) {
    block_t *block = scratch->current;
    while (block->next != NULL) {
        block_t *older = block->next;
        retire(scratch, block);
        block = older;
    }
    make_current(scratch, block);
}

void sio__scratch_reset(sio__scratch_t *scratch) {
    scratch->at = scratch->current->data;
    if (scratch->kept == NULL && scratch->current->next == NULL)
        return;
    forget_kept(scratch);
    retire_all_but_oldest(scratch);
}

int sio__writer_grow(sio__writer_t *writer, size_t length) {
    size_t used = (size_t) (writer->at - writer->start);
    const unsigned char *old = writer->start;
    if (writer->failed || length > SIZE_MAX / 4 || used > SIZE_MAX / 4 ||
        !sio__scratch_next(writer->scratch, 2 * used + length)) {
        writer->failed = 1;
        writer->end = writer->at; /* so that nothing ever fits */
        return 0;
    }
    block_t *block = writer->scratch->current;
    memcpy(block->data, old, used);
    writer->start = block->data;
    writer->at = block->data + used;
    writer->end = block->data + block->capacity;
    return 1;
}

void sio__writer_u64(sio__writer_t *writer, uint64_t value) {
    unsigned char digits[20], *at = digits + sizeof(digits);
    do {
        *--at = (unsigned char) ('0' + value % 10);
        value /= 10;
    } while (value != 0);
    sio__writer_put(writer, at, (size_t) (digits + sizeof(digits) - at));
}

void sio__writer_unit(sio__writer_t *writer, unsigned unit) {
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u'};
    for (int i = 0; i < 4; i++)
        text[2 + i] = digits[unit >> (12 - 4 * i) & 15];
    sio__writer_put(writer, text, sizeof(text));
}

void sio__writer_cancel(sio__writer_t *writer) {
    writer->failed = 1;
    writer->end = writer->at;
}
