#include "base/idmap.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CAPACITY = 16 };

/* Where an object was removed and the search has to go on. */
static const char tombstone;
#define TOMBSTONE ((void *) (uintptr_t) &tombstone)

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
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

static size_t hash_of(const char *id, size_t length) {
    uint64_t hash = length;
    uint64_t word;

    for (; length >= sizeof(word); id += sizeof(word), length -= sizeof(word)) {
        memcpy(&word, id, sizeof(word));
        hash = mix(hash, word);
    }
    /* Twice, so that the last bytes reach the low bits, too. */
    return (size_t) mix(mix(hash, last_word(id, length)), 0);
}

static size_t home_of(const sio__idmap_t *map, const void *object) {
    size_t length;
    const char *id = map->id_of(object, &length);
    return hash_of(id, length) & (map->capacity - 1);
}

/* Puts all objects into new slots; this also sweeps the tombstones out. */
static int rehash(sio__idmap_t *map, size_t capacity) {
    sio__idmap_t grown = *map;

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
    for (at = hash_of(id, length) & (map->capacity - 1); map->slots[at];
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
