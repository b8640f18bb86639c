/* The way of an event through the middlewares of its socket [S24]. */
#ifndef SIO__SIO_USE_H
#define SIO__SIO_USE_H

#include "sio/event.h"
#include "sio/socket.h"

/* Runs them, then the listeners. The caller holds a reference to the socket. */
void sio__use_event(sio_socket_t *socket, sio_event_t *event);
/* sio_next and sio_next_error for one that has an event. */
int sio__use_next(sio_next_t *next);
int sio__use_error(sio_next_t *next, const char *message, const json_t *data);

#endif
