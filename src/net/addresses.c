#include "net/addresses.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CAPACITY = 64, MAX_CAPACITY = 1 << 30 };

struct sio__address_s {
    sio__source_t source;
    uint32_t connections; /* 0: a spare one */
    uint32_t next;        /* in its chain, or among the spare ones */
};

typedef struct sio__address_s entry_t;

int sio__source_of(const struct sockaddr *address, sio__source_t *source) {
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    unsigned char *bytes = source->bytes;
    if (address->sa_family == AF_INET) {
        memcpy(bytes, mapped, sizeof(mapped));
        memcpy(bytes + 12, &((const struct sockaddr_in *) (const void *) address)->sin_addr, 4);
        return 0;
    }
    if (address->sa_family != AF_INET6)
        return -1;
    memcpy(bytes, &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr, 16);
    if (memcmp(bytes, mapped, sizeof(mapped)) != 0)
        memset(bytes + 8, 0, 8);
    return 0;
}

static uint32_t *head_of(const sio__addresses_t *addresses, const sio__source_t *source) {
    size_t hash = sio__idmap_hash(&addresses->key, (const char *) source->bytes,
                                  sizeof(source->bytes));
    return &addresses->heads[hash & (addresses->capacity - 1)];
}

/* Room for one more. */
static int grow(sio__addresses_t *addresses) {
    uint32_t capacity = addresses->capacity > 0 ? addresses->capacity * 2 : MIN_CAPACITY;
    if (addresses->capacity == MAX_CAPACITY)
        return SIO_ENOMEM;
    uint32_t *heads = calloc(capacity, sizeof(*heads));
    entry_t *entries = realloc(addresses->entries, capacity * sizeof(*entries));
    if (entries != NULL)
        addresses->entries = entries;
    if (heads == NULL || entries == NULL) {
        free(heads);
        return SIO_ENOMEM;
    }
    free(addresses->heads);
    addresses->heads = heads;
    addresses->capacity = capacity;
    if (addresses->used == 0)
        addresses->used = 1; /* 0 is no place */
    for (uint32_t place = 1; place < addresses->used; place++) {
        uint32_t *head = head_of(addresses, &entries[place].source);
        entries[place].next = *head;
        *head = place;
    }
    return 0;
}

static uint32_t find(const sio__addresses_t *addresses, const sio__source_t *source) {
    uint32_t place = addresses->capacity > 0 ? *head_of(addresses, source) : 0;
    while (place != 0 &&
           memcmp(&addresses->entries[place].source, source, sizeof(*source)) != 0)
        place = addresses->entries[place].next;
    return place;
}

/* A new entry, without connections. 0: out of memory. */
static uint32_t add(sio__addresses_t *addresses, const sio__source_t *source) {
    uint32_t place = addresses->spare;
    if (place != 0)
        addresses->spare = addresses->entries[place].next;
    else if (addresses->used == addresses->capacity && grow(addresses) < 0)
        return 0;
    else
        place = addresses->used++;
    uint32_t *head = head_of(addresses, source);
    addresses->entries[place] = (entry_t){*source, 0, *head};
    *head = place;
    addresses->count++;
    return place;
}

int sio__addresses_enter(sio__addresses_t *addresses, const sio__source_t *source, uint32_t most,
                         uint32_t *place) {
    uint32_t found = find(addresses, source);
    if (found == 0)
        found = add(addresses, source);
    if (found == 0)
        return SIO_ENOMEM;
    if (addresses->entries[found].connections >= most)
        return SIO_ETOOBIG;
    addresses->entries[found].connections++;
    *place = found;
    return 0;
}

void sio__addresses_leave(sio__addresses_t *addresses, uint32_t place) {
    entry_t *entry = &addresses->entries[place];
    if (--entry->connections > 0)
        return;
    uint32_t *at = head_of(addresses, &entry->source);
    while (*at != place)
        at = &addresses->entries[*at].next;
    *at = entry->next;
    entry->next = addresses->spare;
    addresses->spare = place;
    if (--addresses->count == 0 && addresses->capacity > MIN_CAPACITY)
        sio__addresses_free(addresses);
}

void sio__addresses_free(sio__addresses_t *addresses) {
    free(addresses->entries);
    free(addresses->heads);
    *addresses = (sio__addresses_t){.key = addresses->key};
}
