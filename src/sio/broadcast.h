/* Chains: whom a broadcast goes to. */
#ifndef SIO__SIO_BROADCAST_H
#define SIO__SIO_BROADCAST_H

#include "base/buf.h"
#include "sio/socket.h"
#include <sio/broadcast.h>

struct sio_broadcast_s {
    sio__core_t *core;    /* NULL once the server has gone */
    sio_namespace_t *nsp; /* a reference */
    sio_socket_t *skip;   /* a reference, or NULL */
    sio_socket_t *only;   /* to this one (sio_socket_volatile); a reference, or NULL */
    sio__buf_t rooms;     /* as sio__rooms_t */
    sio__buf_t except;
    sio_broadcast_t *prev, *next;
    size_t refs; /* the application's */
    uint8_t is_volatile;
};

/* The end of the turn, or of the server: chains that nothing has ended are reclaimed. */
void sio__broadcast_reclaim(sio__core_t *core);
/* The server goes. */
void sio__broadcast_free_all(sio__core_t *core);

#endif
