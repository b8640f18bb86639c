/*
 * A request's URL and headers as received. What a session keeps of its handshake is a copy in
 * fewer bytes (net/kept.h).
 */
#ifndef SIO__NET_HEAD_H
#define SIO__NET_HEAD_H

#include <stddef.h>
#include <stdint.h>

typedef struct sio__head_s sio__head_t;

/* How a request came. */
enum {
    SIO__CAME_SECURE = 1, /* by TLS, ours or a trusted proxy's */
    SIO__CAME_TLS_1_2 = 2,
    SIO__CAME_TLS_1_3 = 4,
    SIO__CAME_NAMED = 8 /* with a certificate: its subject is behind the address */
};

const char *sio__came_tls_version(unsigned came);

const char *sio__head_method(const sio__head_t *head);
/* The URL: the original one where a trusted proxy passed it in options.original_url_header. */
const char *sio__head_url(const sio__head_t *head);
/* A header by name (any case), repeated ones joined; NULL if it is not there. */
const char *sio__head_header(const sio__head_t *head, const char *name);
int sio__head_header_at(const sio__head_t *head, size_t index, const char **name,
                        const char **value);
/* The client's address (see options.trusted_proxies), "" on a pipe. */
const char *sio__head_address(const sio__head_t *head);
int sio__head_secure(const sio__head_t *head);
/* "TLSv1.2" or "TLSv1.3", NULL without TLS of our own; the subject of the client's certificate,
 * NULL if it has none. */
const char *sio__head_tls_version(const sio__head_t *head);
const char *sio__head_tls_subject(const sio__head_t *head);
/* When it arrived, milliseconds since 1970. */
int64_t sio__head_time(const sio__head_t *head);

#endif
