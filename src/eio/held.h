/*
 * The first moment of a session of protocol 3 or 2 that begins on a WebSocket. What it is sent is
 * held back until the client has seen the 101 by itself: in Node the open packet follows it as a
 * write of its own, and there are clients (the protocol's test suite is one) that begin to listen
 * for messages only when they have been told of the open connection.
 */
#ifndef SIO__EIO_HELD_H
#define SIO__EIO_HELD_H

#include "eio/engine.h"

/* Long enough for that. */
enum { EIO__HELD_MS = 2 };

extern const eio__transport_t eio__held_transport;

/* Makes it the transport of the session, with the frames that it begins with, which are taken. 0 or
 * SIO_ENOMEM. */
int eio__held_begin(eio_socket_t *socket, sio__ws_t *ws, sio__outq_t *frames);
/* The moment is over: the WebSocket becomes the transport. */
void eio__held_release(eio_socket_t *socket);

#endif
