/* allow_request: the application's word on a handshake, after the other checks [E7]. */
#ifndef SIO__EIO_ALLOW_H
#define SIO__EIO_ALLOW_H

#include "eio/engine.h"

/* Asks, then eio__server_handshake or a refusal, now or later. */
void eio__allow_ask(eio_server_t *server, sio_http_request_t *request,
                    sio_http_response_t *response, int upgrade, const eio__query_t *query);

#endif
