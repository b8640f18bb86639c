#include "sio/socket.h"
#include "sio/ack.h"
#include "sio/dispatch.h"
#include "sio/parent.h"
#include "sio/recovery.h"
#include "sio/rooms.h"
#include "sio/timer.h"
#include "sio/v09.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- life --------------------------------------------------------------------------------- */

/* Without its id. */
static sio_socket_t *allocate(size_t id_length) {
    sio_socket_t *socket = calloc(1, sizeof(*socket) + id_length + 1);
    if (socket != NULL)
        socket->id_length = (uint32_t) id_length;
    return socket;
}

/* The id that a client of socket.io 1.x and 2.x makes up for itself: that of the session, in "/",
 * elsewhere behind the name of the namespace [P14]; in 0.9 it is that of the session everywhere. */
static sio_socket_t *allocate_older(const sio__client_t *client, const sio_namespace_t *nsp) {
    const char *sid = eio_socket_id(sio__client_eio(client));
    size_t length = strlen(sid);
    size_t prefix =
        nsp->name_length == 1 || sio__client_is_v09(client) ? 0 : nsp->name_length + 1;
    sio_socket_t *socket = allocate(prefix + length);
    if (socket == NULL)
        return NULL;
    if (prefix > 0) {
        memcpy(socket->id, nsp->name, prefix - 1);
        socket->id[prefix - 1] = '#';
    }
    memcpy(socket->id + prefix, sid, length);
    return socket;
}

static sio_socket_t *allocate_new(const sio_namespace_t *nsp) {
    sio_socket_t *socket = allocate(SIO__ID_LENGTH);
    if (socket == NULL || sio__id_new(&nsp->core->ids, socket->id) == 0)
        return socket;
    free(socket);
    return NULL;
}

sio_socket_t *sio__socket_new(sio__client_t *client, sio_namespace_t *nsp) {
    sio_socket_t *socket = sio__client_is_older(client) ? allocate_older(client, nsp)
                                                        : allocate_new(nsp);
    if (socket == NULL)
        return NULL;
    nsp->other_ids |= socket->id_length != SIO__ID_LENGTH;
    socket->refs = 1;
    socket->state = SIO__SOCKET_PENDING;
    socket->client = client;
    eio__socket_ref(sio__client_eio(client));
    socket->nsp = nsp;
    nsp->refs++;
    nsp->live++;
    sio__client_link(client, socket);
    return socket;
}

int sio__socket_more(sio_socket_t *socket) {
    if (socket->more == NULL)
        socket->more = calloc(1, sizeof(*socket->more));
    return socket->more != NULL ? 0 : SIO_ENOMEM;
}

static void free_more(sio__more_t *more) {
    if (more == NULL)
        return;
    while (more->queries != NULL) {
        sio__query_t *query = more->queries;
        more->queries = query->next;
        free(query);
    }
    free(more->uses);
    free(more->auth_text);
    json_decref(more->auth);
    json_decref(more->shared);
    free(more);
}

static void socket_free(sio_socket_t *socket) {
    void (*destroy)(void *) = socket->destroy;
    void *data = socket->data;
    socket->nsp->local_ops->forget(socket);
    sio__recovery_forget(socket);
    sio__namespace_unref(socket->nsp);
    sio__client_unref(socket->client);
    free_more(socket->more);
    free(socket);
    if (destroy != NULL)
        destroy(data);
}

sio_socket_t *sio_socket_ref(sio_socket_t *socket) {
    if (socket != NULL)
        socket->refs++;
    return socket;
}

void sio_socket_unref(sio_socket_t *socket) {
    if (socket != NULL && --socket->refs == 0)
        socket_free(socket);
}

int sio__socket_connect(sio_socket_t *socket) {
    int rc = sio__idmap_add(&socket->nsp->sockets, socket);
    if (rc < 0)
        return rc;
    socket->state = SIO__SOCKET_CONNECTED;
    sio__rooms_own_begins(socket);
    return 0;
}

/* Its last moments with everything in place [S26]. The callbacks may end the client, the server or
 * other sockets; this one is ending already. */
static void say_disconnecting(sio_socket_t *socket, sio_reason_t reason) {
    if (socket->nsp->core->disconnecting->refs == 1)
        return;
    socket->nsp->ending++;
    sio__dispatch_disconnecting(socket, reason);
    socket->nsp->ending--;
}

void sio__socket_end(sio_socket_t *socket, sio_reason_t reason) {
    sio_namespace_t *nsp = socket->nsp;
    int connected = sio__socket_is_connected(socket);
    if (socket->ending)
        return;
    socket->ending = 1;
    sio__client_unlink(socket->client, socket);
    if (connected)
        say_disconnecting(socket, reason);
    socket->state = SIO__SOCKET_CLOSED;
    if (connected) {
        sio__idmap_remove(&nsp->sockets, socket);
        sio__recovery_save(socket, reason);
    }
    nsp->core->adapter.leave_all(nsp->adapter_state, socket);
    if (connected)
        sio__rooms_own_ends(socket);
    /* Whoever waits hears it before the disconnect callbacks, which are the place to free what
     * belongs to the socket. */
    sio__ack_fail_all(socket);
    if (connected)
        sio__dispatch_disconnect(socket, reason);
    /* Last, so that the callbacks may stop timers that they hold. */
    if (socket->more != NULL)
        sio__timer_stop_all(&socket->more->timers);
    sio__listeners_clear(&nsp->core->tables, &socket->listeners);
    if (--nsp->live == 0 && nsp->parent != NULL)
        sio__parent_left(nsp);
    sio_socket_unref(socket);
}

/* --- sending ------------------------------------------------------------------------------ */

void sio__socket_goodbye(sio_socket_t *socket) {
    sio__encoded_t encoded;
    if (sio__encode_disconnect(&encoded, &socket->nsp->core->output, socket->nsp->name) == 0)
        sio__client_send(socket->client, &encoded);
}

int sio__socket_deliver(sio_socket_t *socket, eio__message_t *messages, size_t count,
                        int is_volatile, int watched) {
    eio_socket_t *eio = sio__client_eio(socket->client);
    if (is_volatile && !eio__socket_writable(eio))
        return 0;
    int rc;
    if (sio__client_is_older(socket->client))
        rc = sio__client_send_older(socket->client, messages, count, watched);
    else
        rc = watched ? eio__socket_send(eio, messages, count)
                     : eio__socket_cast(eio, messages, count);
    if (rc == SIO_ENOMEM)
        sio__tell(socket->nsp->core->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "socket",
                  "socket %s: out of memory, a broadcast is lost", socket->id);
    return rc == 0;
}

int sio_disconnect(sio_socket_t *socket, int close) {
    if (socket == NULL)
        return SIO_EINVAL;
    if (socket->state == SIO__SOCKET_CLOSED)
        return 0;
    /* To a 0.9 client the end of "/" is the end of all. */
    int at_root = socket->nsp == socket->nsp->core->root;
    if (close || (at_root && sio__client_is_v09(socket->client))) {
        sio__client_disconnect(socket->client);
    } else if (sio__socket_is_connected(socket) && !socket->ending) {
        sio_socket_ref(socket); /* who watches packets may end it, too */
        sio__socket_goodbye(socket);
        sio__socket_end(socket, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
        sio_socket_unref(socket);
    }
    return 0;
}

/* --- accessors ---------------------------------------------------------------------------- */

const char *sio_socket_id(const sio_socket_t *socket) {
    return socket->id;
}

sio_namespace_t *sio_socket_namespace(const sio_socket_t *socket) {
    return socket->nsp;
}

sio_server_t *sio_socket_server(const sio_socket_t *socket) {
    return sio_namespace_server(socket->nsp);
}

eio_socket_t *sio_socket_conn(const sio_socket_t *socket) {
    return sio__client_eio(socket->client);
}

int sio_socket_connected(const sio_socket_t *socket) {
    return socket != NULL && sio__socket_is_connected(socket);
}

const char *sio_socket_transport(const sio_socket_t *socket) {
    return eio_socket_transport(sio__client_eio(socket->client));
}

size_t sio_socket_buffered(const sio_socket_t *socket) {
    if (socket->state == SIO__SOCKET_CLOSED)
        return 0;
    return eio_socket_buffered(sio__client_eio(socket->client));
}

void sio_socket_set_data(sio_socket_t *socket, void *data, void (*destroy)(void *data)) {
    void (*old_destroy)(void *) = socket->destroy;
    void *old = socket->data;
    socket->data = data;
    socket->destroy = destroy;
    if (old_destroy != NULL && old != data)
        old_destroy(old);
}

void *sio_socket_data(const sio_socket_t *socket) {
    return socket->data;
}

json_t *sio_socket_shared_data(sio_socket_t *socket) {
    if (socket == NULL || sio__socket_more(socket) < 0)
        return NULL;
    if (socket->more->shared == NULL)
        socket->more->shared = json_object();
    return socket->more->shared;
}

int sio_socket_recovered(const sio_socket_t *socket) {
    return socket->more != NULL && socket->more->recovered;
}
