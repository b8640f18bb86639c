/*
 * A set of objects found by their id: open addressing over pointers, 8 bytes a slot (a uthash
 * handle alone is 56 bytes an object, more than everything else a quiet session may cost
 * beside its socket).
 */
#ifndef SIO__BASE_IDMAP_H
#define SIO__BASE_IDMAP_H

#include <stddef.h>
#include <stdint.h>

/* Random, one for all maps of a server: ids may be of a peer's choice, and nobody who does not know
 * it can choose many that are searched for in the same place. */
typedef struct {
    uint64_t start, factor;
} sio__idmap_key_t;

/* All zeros (with `id_of` set, and the key) is an empty map. */
typedef struct {
    void **slots;
    size_t count;    /* objects */
    size_t used;     /* slots that are not free: objects and tombstones */
    size_t capacity; /* a power of two, or 0 */
    const char *(*id_of)(const void *object, size_t *length);
    sio__idmap_key_t key; /* zeros: that of everybody */
} sio__idmap_t;

/* 0, or libuv's code when there is no randomness. */
int sio__idmap_key_new(sio__idmap_key_t *key);
/* What a map goes by, for other tables. */
size_t sio__idmap_hash(const sio__idmap_key_t *key, const char *id, size_t length);

/* Adds an object whose id is not there yet: 0 or SIO_ENOMEM. */
int sio__idmap_add(sio__idmap_t *map, void *object);
/* NULL if there is none. */
void *sio__idmap_find(const sio__idmap_t *map, const char *id, size_t length);
void sio__idmap_remove(sio__idmap_t *map, const void *object);
/* Walks: start with *cursor = 0; NULL at the end. Objects may be removed meanwhile (the map
 * does not shrink then), not added. */
void *sio__idmap_next(const sio__idmap_t *map, size_t *cursor);
void sio__idmap_free(sio__idmap_t *map);

#endif
