/* Remote control: verbs on sockets wherever they are [S16, S17]. */
#include "sio/broadcast.h"
#include "sio/fetch.h"
#include <sio/error.h>
#include <string.h>

int sio_broadcast_fetch_sockets(sio_broadcast_t *broadcast, sio_fetch_cb cb, void *data) {
    sio_targets_t targets;
    sio_broadcast_t *kept = sio__broadcast_keep(broadcast);
    int rc = sio__broadcast_sockets(broadcast, &targets);
    if (rc == 0 && cb == NULL)
        rc = SIO_EINVAL;
    if (rc == 0 && !sio__namespace_may_ask(broadcast->nsp))
        rc = SIO_ECLOSED;
    if (rc == 0) {
        sio_namespace_t *nsp = broadcast->nsp;
        sio_fetch_t *fetch = sio__fetch_new(nsp, cb, data);
        rc = fetch == NULL ? SIO_ENOMEM
                           : nsp->core->adapter.fetch_sockets(nsp->adapter_state, nsp, &targets,
                                                              fetch);
        if (rc < 0 && fetch != NULL)
            sio__fetch_cancel(fetch);
    }
    sio__broadcast_consume(broadcast);
    sio_broadcast_unref(kept);
    return rc;
}

static int move(sio_broadcast_t *broadcast, const char *room, int join) {
    sio_targets_t targets;
    sio_broadcast_t *kept = sio__broadcast_keep(broadcast);
    int rc = sio__broadcast_sockets(broadcast, &targets);
    if (rc == 0 && room == NULL)
        rc = SIO_EINVAL;
    if (rc == 0) {
        sio_namespace_t *nsp = broadcast->nsp;
        const sio_adapter_t *adapter = &nsp->core->adapter;
        sio_rooms_t rooms = {room, strlen(room) + 1};
        rc = (join ? adapter->sockets_join : adapter->sockets_leave)(nsp->adapter_state, nsp,
                                                                     &targets, &rooms);
    }
    sio__broadcast_consume(broadcast);
    sio_broadcast_unref(kept);
    return rc;
}

int sio_broadcast_sockets_join(sio_broadcast_t *broadcast, const char *room) {
    return move(broadcast, room, 1);
}

int sio_broadcast_sockets_leave(sio_broadcast_t *broadcast, const char *room) {
    return move(broadcast, room, 0);
}

int sio_broadcast_disconnect_sockets(sio_broadcast_t *broadcast, int close) {
    sio_targets_t targets;
    sio_broadcast_t *kept = sio__broadcast_keep(broadcast);
    int rc = sio__broadcast_sockets(broadcast, &targets);
    if (rc == 0) {
        sio_namespace_t *nsp = broadcast->nsp;
        rc = nsp->core->adapter.disconnect_sockets(nsp->adapter_state, nsp, &targets, close);
    }
    sio__broadcast_consume(broadcast);
    sio_broadcast_unref(kept);
    return rc;
}
