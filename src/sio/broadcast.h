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
    sio__buf_t rooms;     /* as sio_rooms_t */
    sio__buf_t except;
    sio_broadcast_t *prev, *next;
    size_t refs; /* the application's */
    uint32_t flags;      /* as in sio_targets_t */
    uint32_t timeout_ms;
};

/* A verb has ended the chain. Takes NULL. */
void sio__broadcast_consume(sio_broadcast_t *broadcast);
/* A kept chain while a verb is at it, since those whom it calls may give it back; to be
 * given to sio_broadcast_unref. NULL for others. */
static inline sio_broadcast_t *sio__broadcast_keep(sio_broadcast_t *broadcast) {
    return broadcast != NULL && broadcast->refs > 0 ? sio_broadcast_ref(broadcast) : NULL;
}
/* Whom it concerns; borrowed from the chain. 0, SIO_EINVAL (NULL), SIO_ECLOSED. */
int sio__broadcast_targets(const sio_broadcast_t *broadcast, sio_targets_t *targets);
/* The same where sockets are asked for, which a parent namespace has none of: SIO_ENOTSUP. */
int sio__broadcast_sockets(const sio_broadcast_t *broadcast, sio_targets_t *targets);

/* The end of the turn, or of the server: chains that nothing has ended are reclaimed. */
void sio__broadcast_reclaim(sio__core_t *core);
/* The server goes. */
void sio__broadcast_free_all(sio__core_t *core);

#endif
