/* The way of a socket into its namespace [P2, S8, S9]. */
#ifndef SIO__SIO_MIDDLEWARE_H
#define SIO__SIO_MIDDLEWARE_H

#include "sio/socket.h"

/* Runs the middlewares for a pending socket, then connects it. */
void sio__middleware_start(sio_socket_t *socket);
/* Connects it without them, if it is still pending. */
void sio__middleware_skip(sio_socket_t *socket);

#endif
