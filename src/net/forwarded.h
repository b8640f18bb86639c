/*
 * Proxies that are trusted, and what they say about the client (X-Forwarded-For and -Proto).
 * Each proxy appends the address it was called from, so such a list is read from the right, as
 * far as the addresses are trusted.
 */
#ifndef SIO__NET_FORWARDED_H
#define SIO__NET_FORWARDED_H

#include "net/address.h"
#include <stddef.h>

typedef struct sio__proxies_s sio__proxies_t;

/* Reads options.trusted_proxies (NULL: none): 0, SIO_ENOMEM, or SIO_EINVAL for an entry that
 * is no address, network or "pipe". */
int sio__proxies_new(sio__proxies_t **proxies, const char *list);
void sio__proxies_free(sio__proxies_t *proxies);
/* Nonzero if the peer at `address` ("": of a pipe) is trusted. */
int sio__proxies_trust(const sio__proxies_t *proxies, const char *address);

/* Finds the client behind the trusted peer `peer`: its address, without a port, in `client`.
 * Returns how many entries of `forwarded_for` (may be NULL) were followed. */
size_t sio__forwarded_client(const sio__proxies_t *proxies, const char *peer,
                             const char *forwarded_for, char client[SIO__ADDRESS_SIZE]);
/* Nonzero if the client came by https, as told by the proxy `hops` entries from the right. */
int sio__forwarded_secure(const char *forwarded_proto, size_t hops);

#endif
