/* How many connections each address has. */
#ifndef SIO__NET_ADDRESSES_H
#define SIO__NET_ADDRESSES_H

#include "base/idmap.h"
#include <uv.h>

/* What counts as one address: IPv4 in its mapped form, of IPv6 the network of 64 bits that a single
 * customer has at least, behind it zeros. */
typedef struct {
    unsigned char bytes[16];
} sio__source_t;

/* 0; -1 if it is neither. */
int sio__source_of(const struct sockaddr *address, sio__source_t *source);

/* All zeros (with the key) is an empty table. */
typedef struct {
    struct sio__address_s *entries; /* the first is none */
    uint32_t *heads;                /* of chains, as many as entries */
    uint32_t capacity;              /* a power of two, or 0 */
    uint32_t used;                  /* entries that are or were in use */
    uint32_t spare;                 /* the first of those that were */
    uint32_t count;
    sio__idmap_key_t key;
} sio__addresses_t;

/* One more, if there are fewer than `most`: its place in *place (never 0), for as long as it has
 * any. 0, SIO_ENOMEM or SIO_ETOOBIG. */
int sio__addresses_enter(sio__addresses_t *addresses, const sio__source_t *source, uint32_t most,
                         uint32_t *place);
void sio__addresses_leave(sio__addresses_t *addresses, uint32_t place);
void sio__addresses_free(sio__addresses_t *addresses);

#endif
