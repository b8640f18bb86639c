#include "sio/dispatch.h"
#include "sio/use.h"
#include <sio/listeners.h>
#include <stdlib.h>
#include <string.h>

/* More listeners of one event than this are copied to memory of their own. */
enum { FEW = 12 };

/* One call of each of the listeners there are at the beginning; those removed meanwhile are
 * left out. */
typedef struct {
    sio_socket_t *socket;
    sio__name_t *name;
    sio__listener_t few[FEW];
    sio__listener_t *list;
    size_t own;   /* the first ones are the socket's */
    size_t count;
    const sio__table_t *seen[2]; /* tables of socket and namespace at the last look */
} round_t;

static sio__listeners_t *owner_of(const round_t *round, size_t index) {
    return index < round->own ? &round->socket->listeners : &round->socket->nsp->listeners;
}

static void collect(round_t *round) {
    const sio__listeners_t *own = &round->socket->listeners;
    const sio__listeners_t *shared = &round->socket->nsp->listeners;
    size_t capacity = FEW;
    round->list = round->few;
    for (;;) {
        round->own = sio__listeners_find(own, round->name, round->list, capacity);
        size_t left = round->own < capacity ? capacity - round->own : 0;
        size_t more = sio__listeners_find(shared, round->name, round->list + (capacity - left),
                                          left);
        round->count = round->own + more;
        if (round->count <= capacity)
            break;
        sio__listener_t *list = capacity == FEW ? malloc(round->count * sizeof(*list)) : NULL;
        if (list == NULL) { /* out of memory: those that fit */
            round->own = round->own < capacity ? round->own : capacity;
            round->count = capacity;
            break;
        }
        round->list = list;
        capacity = round->count;
    }
    round->seen[0] = own->table;
    round->seen[1] = shared->table;
}

static void begin(round_t *round, sio_socket_t *socket, sio__name_t *name) {
    round->socket = socket;
    round->name = name;
    name->refs++;
    collect(round);
}

static void end(round_t *round) {
    sio__names_unref(&round->socket->nsp->core->names, round->name);
    if (round->list != round->few)
        free(round->list);
}

/* Nonzero if the listener is to be called; one that is for one call is removed then. */
static int take(round_t *round, size_t index) {
    const sio__listener_t *listener = &round->list[index];
    sio__listeners_t *owner = owner_of(round, index);
    const sio__table_t **seen = &round->seen[index < round->own ? 0 : 1];
    if (owner->table != *seen && !sio__listeners_has(owner, round->name, listener))
        return 0;
    if (listener->once)
        sio__listeners_remove(&round->socket->nsp->core->tables, owner, round->name,
                              listener->function, listener->data);
    return 1;
}

void sio__dispatch_named(sio_socket_t *socket, sio_event_t *event, sio__name_t *name) {
    round_t round;
    begin(&round, socket, name);
    /* Not after a disconnect [S27]. */
    for (size_t i = 0; i < round.count && socket->state != SIO__SOCKET_CLOSED; i++)
        if (take(&round, i))
            ((sio_event_cb) round.list[i].function)(socket, event, round.list[i].data);
    end(&round);
}

void sio__dispatch_listeners(sio_socket_t *socket, sio_event_t *event) {
    sio__name_t *name = sio__names_find(&socket->nsp->core->names, event->name,
                                        event->name_length);
    if (name != NULL)
        sio__dispatch_named(socket, event, name);
}

/* Where somebody listens to any event, or is in its way [S24, S25]. */
static void dispatch_watched(sio_socket_t *socket, sio_event_t *event) {
    sio__dispatch_named(socket, event, socket->nsp->core->any);
    if (!sio__socket_is_connected(socket))
        return;
    if (socket->has_uses)
        sio__use_event(socket, event);
    else
        sio__dispatch_listeners(socket, event);
}

void sio__dispatch_event(sio_socket_t *socket, sio_event_t *event) {
    sio__core_t *core = socket->nsp->core;
    if (core->any->refs > 1 || socket->has_uses) {
        dispatch_watched(socket, event);
        return;
    }
    sio__name_t *name = sio__names_find(&core->names, event->name, event->name_length);
    round_t round;
    if (name == NULL)
        return;
    begin(&round, socket, name);
    for (size_t i = 0; i < round.count && sio__socket_is_connected(socket); i++)
        if (take(&round, i))
            ((sio_event_cb) round.list[i].function)(socket, event, round.list[i].data);
    end(&round);
}

void sio__dispatch_connection(sio_socket_t *socket) {
    round_t round;
    sio_socket_ref(socket);
    begin(&round, socket, socket->nsp->core->connection);
    for (size_t i = 0; i < round.count && sio__socket_is_connected(socket); i++)
        if (take(&round, i))
            ((sio_connection_cb) round.list[i].function)(socket, round.list[i].data);
    end(&round);
    sio_socket_unref(socket);
}

size_t sio__dispatch_error(sio_socket_t *socket, const char *message, const json_t *data) {
    round_t round;
    sio_socket_ref(socket);
    begin(&round, socket, socket->nsp->core->error);
    size_t count = round.count;
    for (size_t i = 0; i < count && socket->state != SIO__SOCKET_CLOSED; i++)
        if (take(&round, i))
            ((sio_error_cb) round.list[i].function)(socket, message, data, round.list[i].data);
    end(&round);
    sio_socket_unref(socket);
    return count;
}

static void dispatch_end(sio_socket_t *socket, sio__name_t *name, sio_reason_t reason) {
    round_t round;
    sio_socket_ref(socket);
    begin(&round, socket, name);
    for (size_t i = 0; i < round.count; i++)
        if (take(&round, i))
            ((sio_disconnect_cb) round.list[i].function)(socket, reason, round.list[i].data);
    end(&round);
    sio_socket_unref(socket);
}

void sio__dispatch_disconnecting(sio_socket_t *socket, sio_reason_t reason) {
    dispatch_end(socket, socket->nsp->core->disconnecting, reason);
}

void sio__dispatch_disconnect(sio_socket_t *socket, sio_reason_t reason) {
    dispatch_end(socket, socket->nsp->core->disconnect, reason);
}
