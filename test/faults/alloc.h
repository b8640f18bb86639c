/*
 * Memory that runs out when it is told to: malloc, calloc and realloc of the whole program,
 * those of jansson, wslay, zlib, PCRE2 and uthash among them. libuv, which aborts where it gets
 * none, has an allocator of its own here, and so have the test's own files
 * (alloc_never_fails.h).
 */
#ifndef TEST_FAULTS_ALLOC_H
#define TEST_FAULTS_ALLOC_H

#include <stddef.h>

/* Once, before anything of libuv. */
void alloc_init(void);
/* From now on allocations are counted from 0, and number `nth` fails, and with `burst` the
 * following ones, so many in all. (size_t) -1: none. */
void alloc_arm(size_t nth, size_t burst);
/* All succeed again. Returns how many there were. */
size_t alloc_disarm(void);
/* Blocks of libsio and its libraries that are not freed yet. */
size_t alloc_live(void);

/* What never fails, nor counts. */
void *alloc_malloc(size_t size);
void *alloc_calloc(size_t count, size_t size);
void *alloc_realloc(void *block, size_t size);

#endif
