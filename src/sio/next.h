/* Continuations of middlewares. */
#ifndef SIO__SIO_NEXT_H
#define SIO__SIO_NEXT_H

#include "sio/event.h"
#include "sio/socket.h"

/* Middlewares of an event that call each other. */
typedef struct {
    int passed; /* by the last one */
} sio__pass_t;

struct sio_next_s {
    sio__core_t *core;
    sio_socket_t *socket; /* a reference */
    sio_event_t *event;   /* a reference; NULL: it is about the socket's way in */
    sio__pass_t *pass;    /* while its middleware is at it */
    sio_next_t *prev, *next;
    size_t index; /* of the middleware that has it */
    size_t count; /* of those that the event has to pass */
    int done;
};

/* NULL out of memory. */
sio_next_t *sio__next_new(sio_socket_t *socket, size_t index);
/* It was called. It stays until the end of the turn, so that a second call, the usual mistake, is
 * found out. The references are the caller's now. */
void sio__next_done(sio_next_t *next);
/* The server goes: continuations that nobody will call. */
void sio__next_free_all(sio__core_t *core);

#endif
