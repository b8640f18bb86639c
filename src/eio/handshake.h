/* The opening of a session: id, open packet, cookie, telling the user. */
#ifndef SIO__EIO_HANDSHAKE_H
#define SIO__EIO_HANDSHAKE_H

#include "eio/engine.h"
#include "eio/verify.h"

/* Prepares what every open packet and cookie has in common. 0, SIO_ENOMEM, SIO_EINVAL (the
 * cookie). */
int eio__handshake_init(eio_server_t *server);
void eio__handshake_free(eio_server_t *server);
/* Opens a session for a verified and allowed request, or refuses it. */
void eio__handshake(eio_server_t *server, sio_http_request_t *request,
                    sio_http_response_t *response, int upgrade, const eio__query_t *query);

#endif
