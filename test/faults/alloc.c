#include "faults/alloc.h"
#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

static struct {
    int armed;
    size_t count, first, last; /* those from first to last fail */
} arm;

/* Those that count: a header in front of each block would be in the way of others who free it, so
 * their addresses are kept. */
enum { SLOTS = 1 << 16 };

static uintptr_t blocks[SLOTS];
static size_t live;

/* --- the allocator below ---------------------------------------------------------------------- */

/* A sanitizer's, else the C library's. */
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *block, size_t size) __attribute__((weak));
void __interceptor_free(void *block) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

void *alloc_malloc(size_t size) {
    return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *alloc_calloc(size_t count, size_t size) {
    return __interceptor_calloc ? __interceptor_calloc(count, size) : __libc_calloc(count, size);
}

void *alloc_realloc(void *block, size_t size) {
    return __interceptor_realloc ? __interceptor_realloc(block, size)
                                 : __libc_realloc(block, size);
}

static void alloc_free(void *block) {
    if (__interceptor_free)
        __interceptor_free(block);
    else
        __libc_free(block);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static size_t slot_of(uintptr_t block) {
    size_t slot = (size_t) (block >> 4) * 0x9e3779b1u % SLOTS;
    while (blocks[slot] != 0 && blocks[slot] != block)
        slot = (slot + 1) % SLOTS;
    return slot;
}

static void *keep(void *block) {
    if (block == NULL || !arm.armed || live == SLOTS / 2)
        return block;
    blocks[slot_of((uintptr_t) block)] = (uintptr_t) block;
    live++;
    return block;
}

/* Open addressing: those behind it move up. */
static void forget(void *block) {
    size_t slot = slot_of((uintptr_t) block);
    if (block == NULL || blocks[slot] == 0)
        return;
    blocks[slot] = 0;
    live--;
    for (slot = (slot + 1) % SLOTS; blocks[slot] != 0; slot = (slot + 1) % SLOTS) {
        uintptr_t moved = blocks[slot];
        blocks[slot] = 0;
        blocks[slot_of(moved)] = moved;
    }
}

/* --- those that fail -------------------------------------------------------------------------- */

int alloc_fails(void);
int alloc_fails(void) {
    if (!arm.armed)
        return 0;
    size_t number = arm.count++;
    return number >= arm.first && number <= arm.last;
}

void *malloc(size_t size) {
    return alloc_fails() ? NULL : keep(alloc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return alloc_fails() ? NULL : keep(alloc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    if (alloc_fails())
        return NULL;
    int known = block == NULL || blocks[slot_of((uintptr_t) block)] != 0;
    void *moved = alloc_realloc(block, size);
    if (moved == NULL && size > 0)
        return NULL;
    forget(block);
    return known ? keep(moved) : moved;
}

void free(void *block) {
    forget(block);
    alloc_free(block);
}

/* --- arming ----------------------------------------------------------------------------------- */

void alloc_init(void) {
    uv_replace_allocator(alloc_malloc, alloc_realloc, alloc_calloc, alloc_free);
}

void alloc_arm(size_t nth, size_t burst) {
    arm.armed = 1;
    arm.count = 0;
    arm.first = nth;
    arm.last = nth == (size_t) -1 ? nth : nth + burst - 1;
}

size_t alloc_disarm(void) {
    arm.armed = 0;
    return arm.count;
}

size_t alloc_live(void) {
    return live;
}
