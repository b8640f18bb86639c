/* Calling listeners: the socket's own first, then its namespace's. */
#ifndef SIO__SIO_DISPATCH_H
#define SIO__SIO_DISPATCH_H

#include "sio/event.h"
#include "sio/socket.h"

/* Those under the name, with the socket in any state but closed. */
void sio__dispatch_named(sio_socket_t *socket, sio_event_t *event, sio__name_t *name);
/* Those of the event's name. */
void sio__dispatch_listeners(sio_socket_t *socket, sio_event_t *event);
/* Those of any event, the socket's middlewares, then those of its name. The caller holds a
 * reference to the socket. */
void sio__dispatch_event(sio_socket_t *socket, sio_event_t *event);
/* Returns how many there were to be called. */
size_t sio__dispatch_error(sio_socket_t *socket, const char *message, const json_t *data);
void sio__dispatch_connection(sio_socket_t *socket);
void sio__dispatch_disconnecting(sio_socket_t *socket, sio_reason_t reason);
void sio__dispatch_disconnect(sio_socket_t *socket, sio_reason_t reason);

#endif
