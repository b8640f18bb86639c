#include "bus.h"

#include <stdlib.h>
#include <string.h>

struct bus_node_s {
    bus_t *bus;
    sio_namespace_t *nsp;
    bus_node_t *next;
};

/* --- the servers ----------------------------------------------------------------------------- */

static int bus_open(void **state, sio_namespace_t *nsp, void *data) {
    bus_node_t *node = malloc(sizeof(*node));

    if (node == NULL)
        return SIO_ENOMEM;
    node->bus = data;
    node->nsp = nsp;
    node->next = node->bus->nodes;
    node->bus->nodes = node;
    *state = node;
    return 0;
}

static void bus_close(void *state, sio_namespace_t *nsp) {
    bus_node_t *node = state, **at = &node->bus->nodes;

    (void) nsp;
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    free(node);
}

/** The next one that is the same namespace on another server; begins with the bus's first. */
static bus_node_t *other(const bus_node_t *self, bus_node_t *node) {
    while (node != NULL && (node == self || strcmp(sio_namespace_name(node->nsp),
                                                   sio_namespace_name(self->nsp)) != 0))
        node = node->next;
    return node;
}

#define FOR_OTHERS(self, node)                                                                     \
    for (bus_node_t *node = other(self, (self)->bus->nodes); node != NULL;                         \
         node = other(self, node->next))

static size_t bus_server_count(void *state, sio_namespace_t *nsp) {
    const bus_node_t *self = state;
    size_t count = 1;

    (void) nsp;
    FOR_OTHERS(self, node)
        count++;
    return count;
}

/* --- what the others are told ---------------------------------------------------------------- */

/** The same targets for another server, which does not know the sender: its id is left out there
 * as a room. To be freed with free(except). */
static int for_others(const sio_targets_t *targets, sio_targets_t *out, char **except) {
    *out = *targets;
    *except = NULL;
    if (targets->skip == NULL)
        return 0;
    const char *id = sio_socket_id(targets->skip);
    size_t size = strlen(id) + 1;
    *except = malloc(targets->except.length + size);
    if (*except == NULL)
        return SIO_ENOMEM;
    if (targets->except.length > 0)
        memcpy(*except, targets->except.text, targets->except.length);
    memcpy(*except + targets->except.length, id, size);
    out->skip = NULL;
    out->except.text = *except;
    out->except.length = targets->except.length + size;
    return 0;
}

static int bus_broadcast(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                         sio_message_t *message) {
    const bus_node_t *self = state;
    sio_targets_t theirs;
    sio_packet_t packet;
    char *except;

    if (targets->flags & SIO_TARGETS_LOCAL)
        return sio_memory_broadcast(NULL, nsp, targets, message);
    int rc = for_others(targets, &theirs, &except);
    if (rc == 0)
        rc = sio_message_packet(message, &packet);
    if (rc == 0) {
        FOR_OTHERS(self, node)
            sio_memory_broadcast_packet(node->nsp, &theirs, &packet);
        rc = sio_memory_broadcast(NULL, nsp, targets, message);
    }
    free(except);
    return rc;
}

/* --- answers --------------------------------------------------------------------------------- */

static void on_clients(size_t count, void *data) {
    sio_responses_clients(data, count);
}

static void on_answer(const sio_packet_t *packet, void *data) {
    sio_responses_add(data, packet);
}

static void on_done(void *data) {
    sio_responses_unref(data);
}

/** The other server's answers go straight to those that are waited for here. */
static sio_answers_t answers_to(sio_responses_t *responses) {
    return (sio_answers_t){on_clients, on_answer, on_done, sio_responses_ref(responses)};
}

static int bus_broadcast_with_ack(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                                  sio_message_t *message, sio_responses_t *responses) {
    const bus_node_t *self = state;
    sio_targets_t theirs;
    sio_packet_t packet;
    char *except;

    if (targets->flags & SIO_TARGETS_LOCAL)
        return sio_memory_broadcast_with_ack(NULL, nsp, targets, message, responses);
    int rc = for_others(targets, &theirs, &except);
    if (rc == 0)
        rc = sio_message_packet(message, &packet);
    if (rc == 0) {
        FOR_OTHERS(self, node) {
            sio_answers_t answers = answers_to(responses);
            if (sio_memory_broadcast_packet_with_ack(node->nsp, &theirs, &packet, &answers) < 0) {
                sio_responses_clients(responses, 0);
                sio_responses_unref(responses);
            }
        }
        rc = sio_memory_broadcast_with_ack(NULL, nsp, targets, message, responses);
    }
    free(except);
    return rc;
}

static int bus_server_side_emit(void *state, sio_namespace_t *nsp, sio_message_t *message,
                                sio_responses_t *responses) {
    const bus_node_t *self = state;
    sio_packet_t packet;
    int rc = sio_message_packet(message, &packet);

    (void) nsp;
    if (rc < 0)
        return rc;
    FOR_OTHERS(self, node) {
        sio_answers_t answers;
        if (responses == NULL) {
            sio_server_side_receive(node->nsp, &packet, NULL);
            continue;
        }
        answers = answers_to(responses);
        if (sio_server_side_receive(node->nsp, &packet, &answers) < 0)
            sio_responses_unref(responses);
    }
    return 0;
}

/* --- remote control -------------------------------------------------------------------------- */

static int add_room(const char *room, void *data) {
    return json_array_append_new(data, json_string(room));
}

static int add_socket(sio_socket_t *socket, void *data) {
    json_t *handshake = sio_socket_handshake(socket), *rooms = json_array();
    int rc = handshake == NULL || rooms == NULL || sio_socket_rooms(socket, add_room, rooms) != 0
                 ? SIO_ENOMEM
                 : sio_fetch_add(data, sio_socket_id(socket), handshake, rooms,
                                 sio_socket_shared_data(socket));

    json_decref(handshake);
    json_decref(rooms);
    return rc;
}

static int bus_fetch_sockets(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                             sio_fetch_t *fetch) {
    const bus_node_t *self = state;
    sio_targets_t theirs;
    char *except;
    int rc = for_others(targets, &theirs, &except);

    if (rc < 0)
        return rc;
    rc = sio_memory_fetch_sockets(NULL, nsp, targets, fetch);
    if (!(targets->flags & SIO_TARGETS_LOCAL))
        FOR_OTHERS(self, node)
            rc = rc == 0 ? sio_memory_each(node->nsp, &theirs, add_socket, fetch) : rc;
    free(except);
    sio_fetch_done(fetch, rc);
    return 0;
}

typedef int (*move_fn)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                       const sio_rooms_t *rooms);

/** Joins or leaves, as `move` says, on all servers. */
static int move_sockets(const bus_node_t *self, const sio_targets_t *targets,
                        const sio_rooms_t *rooms, move_fn move) {
    sio_targets_t theirs;
    char *except;
    int rc = for_others(targets, &theirs, &except);

    if (rc == 0 && !(targets->flags & SIO_TARGETS_LOCAL))
        FOR_OTHERS(self, node)
            move(NULL, node->nsp, &theirs, rooms);
    if (rc == 0)
        rc = move(NULL, self->nsp, targets, rooms);
    free(except);
    return rc;
}

static int bus_sockets_join(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                            const sio_rooms_t *rooms) {
    (void) nsp;
    return move_sockets(state, targets, rooms, sio_memory_sockets_join);
}

static int bus_sockets_leave(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                             const sio_rooms_t *rooms) {
    (void) nsp;
    return move_sockets(state, targets, rooms, sio_memory_sockets_leave);
}

static int bus_disconnect_sockets(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                                  int close) {
    const bus_node_t *self = state;
    sio_targets_t theirs;
    char *except;
    int rc = for_others(targets, &theirs, &except);

    if (rc == 0 && !(targets->flags & SIO_TARGETS_LOCAL))
        FOR_OTHERS(self, node)
            sio_memory_disconnect_sockets(NULL, node->nsp, &theirs, close);
    if (rc == 0)
        rc = sio_memory_disconnect_sockets(NULL, nsp, targets, close);
    free(except);
    return rc;
}

sio_adapter_t bus_adapter(bus_t *bus) {
    return (sio_adapter_t){
        SIO_ADAPTER_INIT,
        .data = bus,
        .open = bus_open,
        .close = bus_close,
        .server_count = bus_server_count,
        .broadcast = bus_broadcast,
        .broadcast_with_ack = bus_broadcast_with_ack,
        .fetch_sockets = bus_fetch_sockets,
        .sockets_join = bus_sockets_join,
        .sockets_leave = bus_sockets_leave,
        .disconnect_sockets = bus_disconnect_sockets,
        .server_side_emit = bus_server_side_emit,
    };
}
