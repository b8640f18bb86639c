#include "sio/broadcast.h"
#include "sio/emit.h"
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

/* A verb has ended the chain. */
static void consume(sio_broadcast_t *broadcast) {
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
    broadcast->is_volatile = kept->is_volatile;
    if (sio__buf_append(&broadcast->rooms, kept->rooms.data, kept->rooms.length) < 0 ||
        sio__buf_append(&broadcast->except, kept->except.data, kept->except.length) < 0) {
        consume(broadcast);
        return NULL;
    }
    return broadcast;
}

void sio__broadcast_reclaim(sio__core_t *core) {
    while (core->broadcasts.live != NULL)
        consume(core->broadcasts.live);
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
        consume(broadcast);
        return NULL;
    }
    /* With rooms, a chain from one volatile socket is a broadcast that leaves it out. */
    if (broadcast->only != NULL) {
        broadcast->skip = broadcast->only;
        broadcast->only = NULL;
    }
    return broadcast;
}

static sio_broadcast_t *as_volatile(sio_broadcast_t *broadcast) {
    if (broadcast != NULL)
        broadcast->is_volatile = 1;
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
    return as_volatile(chain_new(nsp));
}

sio_broadcast_t *sio_broadcast_volatile(sio_broadcast_t *broadcast) {
    return as_volatile(changeable(broadcast));
}

sio_broadcast_t *sio_socket_volatile(sio_socket_t *socket) {
    sio_broadcast_t *broadcast = socket != NULL ? chain_new(socket->nsp) : NULL;
    if (broadcast != NULL)
        broadcast->only = sio_socket_ref(socket);
    return as_volatile(broadcast);
}

/* --- sending ------------------------------------------------------------------------------ */

/* To whom it may concern: one packet for all. */
static int send_to(sio_namespace_t *nsp, const sio__targets_t *targets, const char *event,
                   const sio__args_t *args) {
    sio__encoded_t encoded;
    if (nsp == NULL || nsp->core == NULL || !nsp->core->opened) {
        sio__args_drop(args);
        return nsp == NULL ? SIO_EINVAL : SIO_ECLOSED;
    }
    int rc = sio__encode_event(&encoded, &nsp->core->output, nsp->name, -1, event, args);
    if (rc == 0)
        nsp->adapter_ops->broadcast(nsp->adapter, targets, encoded.messages, encoded.count);
    return rc;
}

static int send_all(sio_namespace_t *nsp, const char *event, const sio__args_t *args) {
    sio__targets_t everyone = {{NULL, 0}, {NULL, 0}, NULL, 0};
    return send_to(nsp, &everyone, event, args);
}

static int send_chain(sio_broadcast_t *broadcast, const char *event, const sio__args_t *args) {
    int rc;
    if (broadcast == NULL)
        return send_to(NULL, NULL, event, args);
    if (broadcast->only != NULL) {
        rc = sio__emit(broadcast->only, event, args, broadcast->is_volatile);
    } else {
        sio__targets_t targets = {
            {broadcast->rooms.data, broadcast->rooms.length},
            {broadcast->except.data, broadcast->except.length},
            broadcast->skip,
            broadcast->is_volatile,
        };
        rc = send_to(broadcast->nsp, &targets, event, args);
    }
    consume(broadcast);
    return rc;
}

int sio_namespace_emit(sio_namespace_t *nsp, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_namespace_vemit(nsp, event, format, list);
    va_end(list);
    return rc;
}

int sio_namespace_vemit(sio_namespace_t *nsp, const char *event, const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = send_all(nsp, event, &given);
    va_end(list);
    return rc;
}

int sio_namespace_emit_json(sio_namespace_t *nsp, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return send_all(nsp, event, &given);
}

int sio_namespace_emit_raw(sio_namespace_t *nsp, const char *event, const char *text,
                           size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return send_all(nsp, event, &given);
}

int sio_namespace_emit_event(sio_namespace_t *nsp, const char *event, const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return send_all(nsp, event, &given);
}

int sio_broadcast_emit(sio_broadcast_t *broadcast, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_broadcast_vemit(broadcast, event, format, list);
    va_end(list);
    return rc;
}

int sio_broadcast_vemit(sio_broadcast_t *broadcast, const char *event, const char *format,
                        va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = send_chain(broadcast, event, &given);
    va_end(list);
    return rc;
}

int sio_broadcast_emit_json(sio_broadcast_t *broadcast, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return send_chain(broadcast, event, &given);
}

int sio_broadcast_emit_raw(sio_broadcast_t *broadcast, const char *event, const char *text,
                           size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return send_chain(broadcast, event, &given);
}

int sio_broadcast_emit_event(sio_broadcast_t *broadcast, const char *event,
                             const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return send_chain(broadcast, event, &given);
}
