/*
 * What is kept of a request for as long as its session lives: URL, headers, address, time. The
 * bytes of a head (net/head.h) without its places and lengths: about as many as came over the
 * network.
 */
#ifndef SIO__NET_KEPT_H
#define SIO__NET_KEPT_H

#include "net/head.h"

/* Bytes, not aligned. */
typedef struct sio__kept_s sio__kept_t;

size_t sio__kept_size(const sio__head_t *head);
/* Writes as many bytes as sio__kept_size has said. */
void sio__kept_write(void *to, const sio__head_t *head);

/* As of the head. */
const char *sio__kept_url(const sio__kept_t *kept);
const char *sio__kept_header(const sio__kept_t *kept, const char *name);
int sio__kept_header_at(const sio__kept_t *kept, size_t index, const char **name,
                        const char **value);
const char *sio__kept_address(const sio__kept_t *kept);
int sio__kept_secure(const sio__kept_t *kept);
const char *sio__kept_tls_version(const sio__kept_t *kept);
const char *sio__kept_tls_subject(const sio__kept_t *kept);
int64_t sio__kept_time(const sio__kept_t *kept);

#endif
