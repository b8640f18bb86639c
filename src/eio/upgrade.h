/* The move of a session from polling to WebSocket, with its races [E75-E79]. */
#ifndef SIO__EIO_UPGRADE_H
#define SIO__EIO_UPGRADE_H

#include "eio/engine.h"

typedef struct eio__upgrade_s eio__upgrade_t;

void eio__upgrade_init(eio_server_t *server);
void eio__upgrade_free(eio_server_t *server);
/* A verified upgrade request with the session's id. Request and response are gone afterwards. */
void eio__upgrade_begin(eio_socket_t *socket, sio_http_request_t *request,
                        sio_http_response_t *response, int base64);
/* Closes the probe, if there is one; polling goes on as if nothing had been. */
void eio__upgrade_abandon(eio_socket_t *socket);

#endif
