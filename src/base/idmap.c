#include "base/idmap.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MIN_CAPACITY = 32 };

/* Where an object was removed and the search has to go on. */
static const char tombstone;
#define TOMBSTONE ((void *) (uintptr_t) &tombstone)

/*
 * The halves of a product, one over the other. Its factor being unknown, so is what becomes of a
 * difference between two words, and no later word can take it back: an addition, a product without
 * its upper half or a rotation would let through the highest bit as it is, whatever the key.
 */
static inline uint64_t fold(uint64_t word, uint64_t factor) {
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide_t;
    const wide_t product = (wide_t) word * factor;
    return (uint64_t) product ^ (uint64_t) (product >> 64);
#else
    const uint64_t low = UINT32_MAX;
    const uint64_t ll = (word & low) * (factor & low), lh = (word & low) * (factor >> 32);
    const uint64_t hl = (word >> 32) * (factor & low), hh = (word >> 32) * (factor >> 32);
    const uint64_t middle = (ll >> 32) + (lh & low) + (hl & low);
    return (ll & low) ^ middle << 32 ^ (hh + (lh >> 32) + (hl >> 32) + (middle >> 32));
#endif
}

/* All of fewer than eight bytes, without a loop; overlapping, which is no matter. */
static uint64_t last_word(const char *id, size_t length) {
    const unsigned char *bytes = (const unsigned char *) id;
    uint32_t first, last;

    if (length >= sizeof(first)) {
        memcpy(&first, id, sizeof(first));
        memcpy(&last, id + length - sizeof(last), sizeof(last));
        return (uint64_t) first << 32 | last;
    }
    if (length == 0)
        return 0;
    return (uint64_t) bytes[0] << 16 | (uint64_t) bytes[length / 2] << 8 | bytes[length - 1];
}

static inline size_t hash_of(const sio__idmap_key_t *key, const char *id, size_t length) {
    uint64_t hash = key->start + length;
    uint64_t word;

    for (; length >= sizeof(word); id += sizeof(word), length -= sizeof(word)) {
        memcpy(&word, id, sizeof(word));
        hash = fold(hash ^ word, key->factor);
    }
    if (length > 0)
        hash = fold(hash ^ last_word(id, length), key->factor);
    return (size_t) hash;
}

size_t sio__idmap_hash(const sio__idmap_key_t *key, const char *id, size_t length) {
    return hash_of(key, id, length);
}

int sio__idmap_key_new(sio__idmap_key_t *key) {
    /* Without a loop it is synchronous. */
    int rc = uv_random(NULL, NULL, key, sizeof(*key), 0, NULL);
    key->factor |= 1; /* not 0 */
    return rc;
}

static size_t home_of(const sio__idmap_t *map, const void *object) {
    size_t length;
    const char *id = map->id_of(object, &length);
    return hash_of(&map->key, id, length) & (map->capacity - 1);
}

/* Puts all objects into new slots; this also sweeps the tombstones out. */
static int rehash(sio__idmap_t *map, size_t capacity) {
    sio__idmap_t grown = *map;

    if (grown.key.factor == 0)
        grown.key.factor = UINT64_C(0x9e3779b97f4a7c15);
    grown.slots = calloc(capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return SIO_ENOMEM;
    grown.capacity = capacity;
    grown.used = map->count;
    for (size_t i = 0; i < map->capacity; i++) {
        void *object = map->slots[i];
        size_t at;
        if (!object || object == TOMBSTONE)
            continue;
        at = home_of(&grown, object);
        while (grown.slots[at])
            at = (at + 1) & (capacity - 1);
        grown.slots[at] = object;
    }
    free(map->slots);
    *map = grown;
    return 0;
}

int sio__idmap_add(sio__idmap_t *map, void *object) {
    size_t at;

    /* At most three quarters of the slots are used, so that every search ends soon. */
    if (map->used + 1 > map->capacity / 4 * 3) {
        size_t capacity = MIN_CAPACITY;
        while (map->count + 1 > capacity / 2)
            capacity *= 2;
        int rc = rehash(map, capacity);
        if (rc < 0)
            return rc;
    }
    at = home_of(map, object);
    while (map->slots[at] && map->slots[at] != TOMBSTONE)
        at = (at + 1) & (map->capacity - 1);
    if (!map->slots[at])
        map->used++;
    map->slots[at] = object;
    map->count++;
    return 0;
}

void *sio__idmap_find(const sio__idmap_t *map, const char *id, size_t length) {
    size_t at;

    if (map->count == 0)
        return NULL;
    for (at = hash_of(&map->key, id, length) & (map->capacity - 1); map->slots[at];
         at = (at + 1) & (map->capacity - 1)) {
        void *object = map->slots[at];
        const char *own;
        size_t own_length;
        if (object == TOMBSTONE)
            continue;
        own = map->id_of(object, &own_length);
        if (own_length == length && memcmp(own, id, length) == 0)
            return object;
    }
    return NULL;
}

void sio__idmap_remove(sio__idmap_t *map, const void *object) {
    size_t mask = map->capacity - 1;
    size_t at;

    if (map->count == 0)
        return;
    for (at = home_of(map, object); map->slots[at] != object; at = (at + 1) & mask)
        if (!map->slots[at])
            return;
    map->count--;
    map->slots[at] = TOMBSTONE;
    /* At the end of a run of used slots no search has to go on: those before become free again. */
    if (map->slots[(at + 1) & mask])
        return;
    for (; map->slots[at] == TOMBSTONE; at = (at - 1) & mask) {
        map->slots[at] = NULL;
        map->used--;
    }
}

void *sio__idmap_next(const sio__idmap_t *map, size_t *cursor) {
    while (*cursor < map->capacity) {
        void *object = map->slots[(*cursor)++];
        if (object && object != TOMBSTONE)
            return object;
    }
    return NULL;
}

void sio__idmap_free(sio__idmap_t *map) {
    free(map->slots);
    map->slots = NULL;
    map->count = map->used = map->capacity = 0;
}
