/* What is refused because of a limit: counted, and told to the log, one line a second for each
 * kind. */
#ifndef SIO__NET_LIMITS_H
#define SIO__NET_LIMITS_H

#include "net/told.h"
#include <sio/limit.h>
#include <stdint.h>

typedef struct {
    uint64_t count;
    sio__told_t told;
} sio__limited_t;

/* Tokens for what may be done so often a second; they gather for a second. */
typedef struct {
    uint32_t rate;   /* 0: any number */
    uint64_t tokens; /* in thousandths */
    uint64_t at;     /* loop time of that */
} sio__bucket_t;

typedef struct {
    sio__limited_t kinds[SIO_LIMITS];
    sio__bucket_t handshakes;     /* sessions and raw WebSockets */
    sio__bucket_t tls_handshakes; /* connections that begin with one */
} sio__limits_t;

/* Somebody was refused because of this limit; whom and how, as of sio__log. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void sio__limited(sio__loop_t *loop, sio_limit_t limit, const char *category, const char *format,
                  ...);
/* The same where the log has been told otherwise. */
void sio__limit_count(sio__loop_t *loop, sio_limit_t limit);

/* `rate` a second from now on, of either. */
void sio__limit_handshakes(sio__loop_t *loop, uint32_t rate);
/* Nonzero if one more handshake may be; else it has been counted and the log told. */
int sio__limit_take_handshake(sio__loop_t *loop, const char *category);
/* The same of TLS. */
int sio__limit_take_tls_handshake(sio__loop_t *loop);

#endif
