#include "sio/broadcast.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* What is kept for the next chains: this many, with the memory of their room names up to this
 * size. */
enum { MAX_SPARES = 32, MAX_SPARE_BYTES = 1024 };

/* --- life --------------------------------------------------------------------------------- */

static sio_broadcast_t **list_of(sio_broadcast_t *broadcast) {
    sio__broadcasts_t *all = &broadcast->core->broadcasts;
    return broadcast->refs > 0 ? &all->kept : &all->live;
}

static void link_chain(sio_broadcast_t *broadcast) {
    sio_broadcast_t **list = list_of(broadcast);
    broadcast->prev = NULL;
    broadcast->next = *list;
    if (broadcast->next != NULL)
        broadcast->next->prev = broadcast;
    *list = broadcast;
}

static void unlink_chain(sio_broadcast_t *broadcast) {
    if (broadcast->prev != NULL)
        broadcast->prev->next = broadcast->next;
    else
        *list_of(broadcast) = broadcast->next;
    if (broadcast->next != NULL)
        broadcast->next->prev = broadcast->prev;
}

static void on_turn_end(sio__deferred_t *deferred) {
    sio__broadcasts_t *all =
        (sio__broadcasts_t *) ((char *) deferred - offsetof(sio__broadcasts_t, reclaim));
    sio__broadcast_reclaim((sio__core_t *) ((char *) all - offsetof(sio__core_t, broadcasts)));
}

static void destroy(sio_broadcast_t *broadcast) {
    sio__buf_free(&broadcast->rooms);
    sio__buf_free(&broadcast->except);
    free(broadcast);
}

/* Drops what it refers to; the memory is for the next one. */
static void release(sio_broadcast_t *broadcast) {
    sio__core_t *core = broadcast->core;
    sio_socket_unref(broadcast->skip);
    sio_socket_unref(broadcast->only);
    sio__namespace_unref(broadcast->nsp);
    if (core == NULL || core->broadcasts.spare_count == MAX_SPARES ||
        broadcast->rooms.capacity + broadcast->except.capacity > MAX_SPARE_BYTES) {
        destroy(broadcast);
        return;
    }
    sio__buf_t rooms = broadcast->rooms, except = broadcast->except;
    rooms.length = except.length = 0;
    *broadcast = (sio_broadcast_t){.core = core, .rooms = rooms, .except = except};
    broadcast->next = core->broadcasts.spare;
    core->broadcasts.spare = broadcast;
    core->broadcasts.spare_count++;
}

void sio__broadcast_consume(sio_broadcast_t *broadcast) {
    if (broadcast == NULL || broadcast->refs > 0)
        return;
    unlink_chain(broadcast);
    release(broadcast);
}

static sio_broadcast_t *chain_new(sio_namespace_t *nsp) {
    sio__core_t *core = nsp != NULL ? nsp->core : NULL;
    if (core == NULL || !core->opened)
        return NULL;
    sio_broadcast_t *broadcast = core->broadcasts.spare;
    if (broadcast != NULL) {
        core->broadcasts.spare = broadcast->next;
        core->broadcasts.spare_count--;
    } else {
        broadcast = calloc(1, sizeof(*broadcast));
        if (broadcast == NULL)
            return NULL;
    }
    broadcast->core = core;
    broadcast->nsp = nsp;
    nsp->refs++;
    link_chain(broadcast);
    sio__loop_defer(core->loop, &core->broadcasts.reclaim, on_turn_end);
    return broadcast;
}

static sio_broadcast_t *copy(const sio_broadcast_t *kept) {
    sio_broadcast_t *broadcast = chain_new(kept->nsp);
    if (broadcast == NULL)
        return NULL;
    broadcast->skip = sio_socket_ref(kept->skip);
    broadcast->only = sio_socket_ref(kept->only);
    broadcast->flags = kept->flags;
    broadcast->timeout_ms = kept->timeout_ms;
    if (sio__buf_append(&broadcast->rooms, kept->rooms.data, kept->rooms.length) < 0 ||
        sio__buf_append(&broadcast->except, kept->except.data, kept->except.length) < 0) {
        sio__broadcast_consume(broadcast);
        return NULL;
    }
    return broadcast;
}

void sio__broadcast_reclaim(sio__core_t *core) {
    while (core->broadcasts.live != NULL)
        sio__broadcast_consume(core->broadcasts.live);
}

void sio__broadcast_free_all(sio__core_t *core) {
    sio__broadcast_reclaim(core);
    while (core->broadcasts.kept != NULL) {
        sio_broadcast_t *broadcast = core->broadcasts.kept;
        unlink_chain(broadcast);
        broadcast->core = NULL;
    }
    while (core->broadcasts.spare != NULL) {
        sio_broadcast_t *broadcast = core->broadcasts.spare;
        core->broadcasts.spare = broadcast->next;
        destroy(broadcast);
    }
    core->broadcasts.spare_count = 0;
}

sio_broadcast_t *sio_broadcast_ref(sio_broadcast_t *broadcast) {
    if (broadcast == NULL)
        return NULL;
    if (broadcast->refs == 0)
        unlink_chain(broadcast);
    if (broadcast->refs++ == 0)
        link_chain(broadcast);
    return broadcast;
}

void sio_broadcast_unref(sio_broadcast_t *broadcast) {
    if (broadcast == NULL || broadcast->refs == 0 || broadcast->refs-- > 1)
        return;
    if (broadcast->core != NULL) {
        broadcast->refs = 1; /* the list it is in goes by this */
        unlink_chain(broadcast);
        broadcast->refs = 0;
    }
    release(broadcast);
}

/* --- chains ------------------------------------------------------------------------------- */

/* A chain that may be changed: the same one, or a copy of a kept one. */
static sio_broadcast_t *changeable(sio_broadcast_t *broadcast) {
    return broadcast != NULL && broadcast->refs > 0 ? copy(broadcast) : broadcast;
}

/* Adds a name to one of the lists. Takes NULL. */
static sio_broadcast_t *with_room(sio_broadcast_t *broadcast, int except, const char *room) {
    if (broadcast == NULL)
        return NULL;
    sio__buf_t *list = except ? &broadcast->except : &broadcast->rooms;
    if (room == NULL || sio__buf_append(list, room, strlen(room) + 1) < 0) {
        sio__broadcast_consume(broadcast);
        return NULL;
    }
    /* With rooms, a chain from one volatile socket is a broadcast that leaves it out. */
    if (broadcast->only != NULL) {
        broadcast->skip = broadcast->only;
        broadcast->only = NULL;
    }
    return broadcast;
}

static sio_broadcast_t *with_flag(sio_broadcast_t *broadcast, uint32_t flag, int on) {
    if (broadcast != NULL)
        broadcast->flags = on ? broadcast->flags | flag : broadcast->flags & ~flag;
    return broadcast;
}

static sio_broadcast_t *with_timeout(sio_broadcast_t *broadcast, uint32_t ms) {
    if (broadcast != NULL)
        broadcast->timeout_ms = ms;
    return broadcast;
}

/* To this one socket, until a room is named. */
static sio_broadcast_t *only(sio_socket_t *socket) {
    sio_broadcast_t *broadcast = socket != NULL ? chain_new(socket->nsp) : NULL;
    if (broadcast != NULL)
        broadcast->only = sio_socket_ref(socket);
    return broadcast;
}

sio_broadcast_t *sio_broadcast(sio_socket_t *socket) {
    sio_broadcast_t *broadcast = socket != NULL ? chain_new(socket->nsp) : NULL;
    if (broadcast != NULL)
        broadcast->skip = sio_socket_ref(socket);
    return broadcast;
}

sio_broadcast_t *sio_namespace_to(sio_namespace_t *nsp, const char *room) {
    return with_room(chain_new(nsp), 0, room);
}

sio_broadcast_t *sio_socket_to(sio_socket_t *socket, const char *room) {
    return with_room(sio_broadcast(socket), 0, room);
}

sio_broadcast_t *sio_broadcast_to(sio_broadcast_t *broadcast, const char *room) {
    return with_room(changeable(broadcast), 0, room);
}

sio_broadcast_t *sio_namespace_except(sio_namespace_t *nsp, const char *room) {
    return with_room(chain_new(nsp), 1, room);
}

sio_broadcast_t *sio_socket_except(sio_socket_t *socket, const char *room) {
    return with_room(sio_broadcast(socket), 1, room);
}

sio_broadcast_t *sio_broadcast_except(sio_broadcast_t *broadcast, const char *room) {
    return with_room(changeable(broadcast), 1, room);
}

sio_broadcast_t *sio_namespace_volatile(sio_namespace_t *nsp) {
    return with_flag(chain_new(nsp), SIO_TARGETS_VOLATILE, 1);
}

sio_broadcast_t *sio_socket_volatile(sio_socket_t *socket) {
    return with_flag(only(socket), SIO_TARGETS_VOLATILE, 1);
}

sio_broadcast_t *sio_broadcast_volatile(sio_broadcast_t *broadcast) {
    return with_flag(changeable(broadcast), SIO_TARGETS_VOLATILE, 1);
}

sio_broadcast_t *sio_namespace_local(sio_namespace_t *nsp) {
    return with_flag(chain_new(nsp), SIO_TARGETS_LOCAL, 1);
}

sio_broadcast_t *sio_socket_local(sio_socket_t *socket) {
    return with_flag(sio_broadcast(socket), SIO_TARGETS_LOCAL, 1);
}

sio_broadcast_t *sio_broadcast_local(sio_broadcast_t *broadcast) {
    return with_flag(changeable(broadcast), SIO_TARGETS_LOCAL, 1);
}

sio_broadcast_t *sio_namespace_compress(sio_namespace_t *nsp, int compress) {
    return with_flag(chain_new(nsp), SIO_TARGETS_UNCOMPRESSED, !compress);
}

sio_broadcast_t *sio_socket_compress(sio_socket_t *socket, int compress) {
    return with_flag(only(socket), SIO_TARGETS_UNCOMPRESSED, !compress);
}

sio_broadcast_t *sio_broadcast_compress(sio_broadcast_t *broadcast, int compress) {
    return with_flag(changeable(broadcast), SIO_TARGETS_UNCOMPRESSED, !compress);
}

sio_broadcast_t *sio_namespace_timeout(sio_namespace_t *nsp, uint32_t ms) {
    return with_timeout(chain_new(nsp), ms);
}

sio_broadcast_t *sio_socket_timeout(sio_socket_t *socket, uint32_t ms) {
    return with_timeout(only(socket), ms);
}

sio_broadcast_t *sio_broadcast_timeout(sio_broadcast_t *broadcast, uint32_t ms) {
    return with_timeout(changeable(broadcast), ms);
}

sio_broadcast_t *sio_namespace_everyone(sio_namespace_t *nsp) {
    return chain_new(nsp);
}

sio_broadcast_t *sio_broadcast_everyone(sio_broadcast_t *broadcast) {
    return broadcast;
}

/* --- for the verbs ------------------------------------------------------------------------ */

int sio__broadcast_targets(const sio_broadcast_t *broadcast, sio_targets_t *targets) {
    if (broadcast == NULL)
        return SIO_EINVAL;
    if (!sio__namespace_is_open(broadcast->nsp))
        return SIO_ECLOSED;
    *targets = (sio_targets_t){
        .rooms = {broadcast->rooms.data, broadcast->rooms.length},
        .except = {broadcast->except.data, broadcast->except.length},
        .skip = broadcast->skip,
        .flags = broadcast->flags,
        .timeout_ms = broadcast->timeout_ms,
    };
    if (broadcast->only != NULL)
        targets->rooms = (sio_rooms_t){broadcast->only->id, broadcast->only->id_length + 1};
    return 0;
}

int sio__broadcast_sockets(const sio_broadcast_t *broadcast, sio_targets_t *targets) {
    int rc = sio__broadcast_targets(broadcast, targets);
    return rc == 0 && broadcast->nsp->is_parent ? SIO_ENOTSUP : rc;
}
