#include "sio/namespace.h"
#include "sio/fetch.h"
#include "sio/responses.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- life --------------------------------------------------------------------------------- */

static const char *socket_id(const void *object, size_t *length) {
    const sio_socket_t *socket = object;
    *length = socket->id_length;
    return socket->id;
}

sio_namespace_t *sio__namespace_new(sio__core_t *core, const char *name, size_t length) {
    sio_namespace_t *nsp = calloc(1, sizeof(*nsp) + length + 1);
    if (nsp == NULL)
        return NULL;
    nsp->core = core;
    nsp->local_ops = core->local_ops;
    nsp->sockets.id_of = socket_id;
    nsp->sockets.key = core->loop->map_key;
    nsp->refs = 1;
    nsp->name_length = length;
    memcpy(nsp->name, name, length);
    if (nsp->local_ops->open(&nsp->local, nsp) < 0) {
        free(nsp);
        return NULL;
    }
    if (core->adapter.open != NULL &&
        core->adapter.open(&nsp->adapter_state, nsp, core->adapter.data) < 0) {
        nsp->local_ops->close(nsp->local);
        free(nsp);
        return NULL;
    }
    return nsp;
}

void sio__namespace_unref(sio_namespace_t *nsp) {
    if (--nsp->refs == 0)
        free(nsp);
}

void sio__namespace_close_adapter(sio_namespace_t *nsp) {
    if (nsp->core->adapter.close != NULL)
        nsp->core->adapter.close(nsp->adapter_state, nsp);
    nsp->adapter_state = NULL;
}

void sio__namespace_close(sio_namespace_t *nsp) {
    nsp->closing = 1;
    sio__responses_end_all(nsp->core, nsp);
    sio__fetch_end_all(nsp->core, nsp);
    sio__namespace_close_adapter(nsp);
    nsp->local_ops->close(nsp->local);
    nsp->local = NULL;
    free(nsp->watches);
    nsp->watches = NULL;
    nsp->watch_count = 0;
    sio__idmap_free(&nsp->sockets);
    sio__listeners_clear(&nsp->core->tables, &nsp->listeners);
    free(nsp->uses);
    nsp->uses = NULL;
    nsp->use_count = 0;
    nsp->core = NULL;
}

uint32_t sio__namespace_stamp(sio_namespace_t *nsp) {
    if (++nsp->stamp == 0) {
        sio_socket_t *socket;
        size_t cursor = 0;
        while ((socket = sio__idmap_next(&nsp->sockets, &cursor)) != NULL)
            socket->stamp = 0;
        nsp->stamp = 1;
    }
    return nsp->stamp;
}

void *sio_adapter_state(const sio_namespace_t *nsp) {
    return nsp->adapter_state;
}

/* --- <sio/namespace.h> -------------------------------------------------------------------- */

const char *sio_namespace_name(const sio_namespace_t *nsp) {
    return nsp->name;
}

sio_server_t *sio_namespace_server(const sio_namespace_t *nsp) {
    return nsp->core != NULL ? nsp->core->server : NULL;
}

size_t sio_namespace_count(const sio_namespace_t *nsp) {
    return nsp->sockets.count;
}

sio_socket_t *sio_namespace_socket(const sio_namespace_t *nsp, const char *id) {
    return nsp != NULL && id != NULL ? sio__idmap_find(&nsp->sockets, id, strlen(id)) : NULL;
}

int sio_namespace_each(sio_namespace_t *nsp, sio_each_cb cb, void *data) {
    if (nsp == NULL || cb == NULL)
        return SIO_EINVAL;
    size_t count = nsp->sockets.count, filled = 0, cursor = 0;
    if (count == 0)
        return 0;
    /* The callback may do anything: it walks a copy that keeps the sockets. */
    sio_socket_t **sockets = malloc(count * sizeof(*sockets));
    if (sockets == NULL)
        return SIO_ENOMEM;
    sio_socket_t *socket;
    while ((socket = sio__idmap_next(&nsp->sockets, &cursor)) != NULL)
        sockets[filled++] = sio_socket_ref(socket);
    int rc = 0;
    for (size_t i = 0; i < filled; i++) {
        if (rc == 0 && sio__socket_is_connected(sockets[i]))
            rc = cb(sockets[i], data);
        sio_socket_unref(sockets[i]);
    }
    free(sockets);
    return rc;
}

void sio_namespace_set_data(sio_namespace_t *nsp, void *data) {
    nsp->data = data;
}

void *sio_namespace_data(const sio_namespace_t *nsp) {
    return nsp->data;
}

int sio_namespace_use(sio_namespace_t *nsp, sio_use_cb cb, void *data) {
    if (nsp == NULL || cb == NULL)
        return SIO_EINVAL;
    sio__use_t *uses = realloc(nsp->uses, (nsp->use_count + 1) * sizeof(*uses));
    if (uses == NULL)
        return SIO_ENOMEM;
    uses[nsp->use_count++] = (sio__use_t){cb, data};
    nsp->uses = uses;
    return 0;
}
