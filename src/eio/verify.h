/* The checks that a request must pass, in their order [E30]. */
#ifndef SIO__EIO_VERIFY_H
#define SIO__EIO_VERIFY_H

#include "eio/engine.h"
#include "eio/reply.h"

/* 0 with *query; or SIO_EPROTO with *refusal. */
int eio__verify(eio_server_t *server, const sio_http_request_t *request, int upgrade,
                eio__query_t *query, eio__refusal_t *refusal);

/* The protocol of a request as it is told the application: like Node we call 3 what is unknown. */
static inline int eio__protocol_told(const eio__query_t *query) {
    return query->protocol != 0 ? query->protocol : 3;
}

#endif
