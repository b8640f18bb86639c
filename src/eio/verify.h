/* The checks that a request must pass, in their order [E30]. */
#ifndef SIO__EIO_VERIFY_H
#define SIO__EIO_VERIFY_H

#include "eio/engine.h"
#include "eio/reply.h"

/* What the query says. */
typedef struct {
    eio__transport_name_t transport;
    int protocol;          /* 4, or 3 for all else [E14] */
    int base64;
    eio_socket_t *socket;  /* of the sid; NULL: a handshake */
} eio__query_t;

/* 0 with *query; or SIO_EPROTO with *refusal. */
int eio__verify(eio_server_t *server, const sio_http_request_t *request, int upgrade,
                eio__query_t *query, eio__refusal_t *refusal);

#endif
