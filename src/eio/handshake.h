/* The opening of a session: id, open packet, cookie, telling the user. */
#ifndef SIO__EIO_HANDSHAKE_H
#define SIO__EIO_HANDSHAKE_H

#include "eio/engine.h"
#include "eio/verify.h"

/* Prepares what every open packet and cookie has in common. 0, SIO_ENOMEM, SIO_EINVAL (the
 * cookie). */
int eio__handshake_init(eio_server_t *server);
void eio__handshake_free(eio_server_t *server);
/* The longest session id, with its NUL. */
enum { EIO__ID_CAPACITY = 128 };
/* [E18, E19] 0, or nonzero: the handshake is refused. */
int eio__handshake_id(eio_server_t *server, sio_http_request_t *request,
                      char id[EIO__ID_CAPACITY]);
/* Tells the user. 0, or nonzero if it wants none of it; the session may have ended in either
 * case. */
int eio__handshake_tell(eio_socket_t *socket, sio_http_request_t *request);
/* Opens a session for a verified and allowed request, or refuses it. */
void eio__handshake(eio_server_t *server, sio_http_request_t *request,
                    sio_http_response_t *response, int upgrade, const eio__query_t *query);

#endif
