#include "sio/fetch.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

struct sio_remote_socket_s {
    sio_namespace_t *nsp;
    sio_socket_t *local; /* a reference; NULL: of another server */
    json_t *handshake, *rooms, *data;
    char id[];
};

struct sio_fetch_s {
    sio__deferred_t finish; /* first */
    sio_namespace_t *nsp;   /* a reference */
    sio_fetch_t *prev, *next;
    sio_remote_socket_t **sockets;
    size_t count;
    size_t capacity;
    int error;
    sio_fetch_cb cb;
    void *data;
};

/* --- a remote socket ---------------------------------------------------------------------- */

static sio_remote_socket_t *remote_new(sio_namespace_t *nsp, const char *id) {
    size_t size = strlen(id) + 1;
    sio_remote_socket_t *remote = calloc(1, sizeof(*remote) + size);
    if (remote == NULL)
        return NULL;
    remote->nsp = nsp;
    memcpy(remote->id, id, size);
    return remote;
}

static void remote_free(sio_remote_socket_t *remote) {
    sio_socket_unref(remote->local);
    json_decref(remote->handshake);
    json_decref(remote->rooms);
    json_decref(remote->data);
    free(remote);
}

const char *sio_remote_id(const sio_remote_socket_t *remote) {
    return remote->id;
}

sio_socket_t *sio_remote_local(const sio_remote_socket_t *remote) {
    return sio_socket_connected(remote->local) ? remote->local : NULL;
}

json_t *sio_remote_handshake(sio_remote_socket_t *remote) {
    if (remote->handshake == NULL && remote->local != NULL)
        remote->handshake = sio_socket_handshake(remote->local);
    return remote->handshake;
}

static int add_room(const char *room, void *data) {
    return json_array_append_new(data, json_string(room));
}

json_t *sio_remote_rooms(sio_remote_socket_t *remote) {
    if (remote->local == NULL)
        return remote->rooms;
    json_t *rooms = json_array();
    if (rooms != NULL && sio_socket_rooms(remote->local, add_room, rooms) != 0) {
        json_decref(rooms);
        rooms = NULL;
    }
    json_decref(remote->rooms);
    remote->rooms = rooms;
    return rooms;
}

json_t *sio_remote_data(sio_remote_socket_t *remote) {
    return remote->local != NULL ? sio_socket_shared_data(remote->local) : remote->data;
}

sio_broadcast_t *sio_only(const sio_remote_socket_t *remote) {
    return remote != NULL ? sio_namespace_to(remote->nsp, remote->id) : NULL;
}

/* --- life --------------------------------------------------------------------------------- */

sio_fetch_t *sio__fetch_new(sio_namespace_t *nsp, sio_fetch_cb cb, void *data) {
    sio__core_t *core = nsp->core;
    sio_fetch_t *fetch = calloc(1, sizeof(*fetch));
    if (fetch == NULL)
        return NULL;
    fetch->nsp = nsp;
    nsp->refs++;
    fetch->cb = cb;
    fetch->data = data;
    fetch->next = core->fetches;
    if (fetch->next != NULL)
        fetch->next->prev = fetch;
    core->fetches = fetch;
    return fetch;
}

static void leave(sio_fetch_t *fetch) {
    sio__core_t *core = fetch->nsp->core;
    sio__loop_undefer(core->loop, &fetch->finish);
    if (fetch->prev != NULL)
        fetch->prev->next = fetch->next;
    else
        core->fetches = fetch->next;
    if (fetch->next != NULL)
        fetch->next->prev = fetch->prev;
}

static void fetch_free(sio_fetch_t *fetch) {
    for (size_t i = 0; i < fetch->count; i++)
        remote_free(fetch->sockets[i]);
    free(fetch->sockets);
    sio__namespace_unref(fetch->nsp);
    free(fetch);
}

void sio__fetch_cancel(sio_fetch_t *fetch) {
    leave(fetch);
    fetch_free(fetch);
}

static void finish(sio_fetch_t *fetch, int error) {
    leave(fetch);
    fetch->cb(fetch->nsp, error, fetch->sockets, fetch->count, fetch->data);
    fetch_free(fetch);
}

static void on_turn_end(sio__deferred_t *deferred) {
    sio_fetch_t *fetch = (sio_fetch_t *) deferred;
    finish(fetch, fetch->error);
}

void sio__fetch_end_all(sio__core_t *core, const sio_namespace_t *nsp) {
    sio_fetch_t *fetch = core->fetches;
    while (fetch != NULL) {
        if (nsp == NULL || fetch->nsp == nsp) {
            finish(fetch, SIO_ECLOSED);
            fetch = core->fetches; /* the callback may have done anything */
        } else {
            fetch = fetch->next;
        }
    }
}

/* --- what comes in ------------------------------------------------------------------------ */

/* Takes the remote socket over in any case. */
static int add(sio_fetch_t *fetch, sio_remote_socket_t *remote) {
    if (fetch->count == fetch->capacity) {
        size_t capacity = fetch->capacity > 0 ? fetch->capacity * 2 : 16;
        sio_remote_socket_t **sockets =
            realloc(fetch->sockets, capacity * sizeof(sio_remote_socket_t *));
        if (sockets == NULL) {
            remote_free(remote);
            return SIO_ENOMEM;
        }
        fetch->sockets = sockets;
        fetch->capacity = capacity;
    }
    fetch->sockets[fetch->count++] = remote;
    return 0;
}

int sio__fetch_add_local(sio_fetch_t *fetch, sio_socket_t *socket) {
    sio_remote_socket_t *remote = remote_new(fetch->nsp, socket->id);
    if (remote == NULL)
        return SIO_ENOMEM;
    remote->local = sio_socket_ref(socket);
    return add(fetch, remote);
}

int sio_fetch_add(sio_fetch_t *fetch, const char *id, json_t *handshake, json_t *rooms,
                  json_t *data) {
    if (fetch == NULL || id == NULL)
        return SIO_EINVAL;
    sio_remote_socket_t *remote = remote_new(fetch->nsp, id);
    if (remote == NULL)
        return SIO_ENOMEM;
    remote->handshake = json_incref(handshake);
    remote->rooms = json_incref(rooms);
    remote->data = json_incref(data);
    return add(fetch, remote);
}

void sio_fetch_done(sio_fetch_t *fetch, int error) {
    if (fetch == NULL)
        return;
    fetch->error = error;
    sio__loop_defer(fetch->nsp->core->loop, &fetch->finish, on_turn_end);
}
