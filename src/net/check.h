/* A header that is complete: what it says about the message, and whether all of that can be true. */
#ifndef SIO__NET_CHECK_H
#define SIO__NET_CHECK_H

#include "net/headbuf.h"

typedef enum { SIO__BODY_ABSENT, SIO__BODY_COUNTED, SIO__BODY_IN_CHUNKS } sio__framing_t;

typedef struct {
    sio__framing_t framing;
    uint64_t length;     /* of a body that is counted */
    uint8_t has_expect;  /* there is such a header */
    uint8_t has_upgrade; /* the same */
} sio__message_t;

/* `minor` is that of HTTP/1. Returns 0; or a status for the peer, with the reason for the log. A
 * target that names its host puts that in the place of the Host header (RFC 9112 3.2.2). */
int sio__check(sio__headbuf_t *headbuf, unsigned minor, sio__message_t *message,
               const char **reason);

#endif
