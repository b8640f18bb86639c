/* HTTP long-polling: the transport of a session that GETs what it is sent and POSTs what it
 * sends [E50-E60]. */
#ifndef SIO__EIO_POLLING_H
#define SIO__EIO_POLLING_H

#include "eio/engine.h"

typedef struct {
    sio__outq_t queue; /* packets, each an extent of its own, until a poll takes them */
    uint8_t jsonp_poll; /* what pends came by JSONP [V7] */
    uint8_t jsonp_post;
    uint8_t compresses; /* there is one among them that may be compressed [E11] */
    eio__call_t poll; /* response NULL: none pends */
    eio__call_t post; /* an upload under way */
    struct eio__upgrade_s *upgrade; /* a probe is under way */
} eio__polling_t;

extern const eio__transport_t eio__polling_transport;

/* Makes polling the transport of a new session. 0 or SIO_ENOMEM. */
int eio__polling_open(eio_socket_t *socket);
/* A verified request of the session's has come (its header; `complete`: its body too). */
void eio__polling_request(eio_socket_t *socket, sio_http_request_t *request,
                          sio_http_response_t *response, int complete, int jsonp);
/* The body of the POST is complete. */
void eio__polling_body(eio_socket_t *socket);
/* It is larger than allowed: answered, the session goes on [E54]. */
void eio__polling_too_big(eio__call_t *call);
/* Answers a pending poll with a NOOP, if there is nothing better, so that the client can move
 * on [E75]. */
void eio__polling_release(eio_socket_t *socket);
/* A poll, a POST or a probe has come or gone: is there still one? */
void eio__polling_look(eio_socket_t *socket);
/* Makes the units of protocols 3 and 2 of a payload, where they are due: 1, 0 if not, SIO_ENOMEM. */
int eio__polling_units(const eio_socket_t *socket, sio__scratch_t *scratch, sio__outq_t *queue);
/* The session has moved to another transport and taken the queue: ends what is left of this one. */
void eio__polling_leave(eio_socket_t *socket, eio__polling_t *polling);

#endif
