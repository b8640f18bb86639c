/* Whom a verb concerns, among the sockets of this process, and what is done with them. */
#include "adapter/local.h"
#include "adapter/sessions.h"
#include "sio/fetch.h"
#include "sio/message.h"
#include "sio/outgoing.h"
#include "sio/responses.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- walking ------------------------------------------------------------------------------ */

/* Calls nobody but the library itself, since what is walked must not change. */
typedef void (*visit_t)(sio_socket_t *socket, void *data);

typedef struct {
    const sio_targets_t *targets;
    uint32_t stamp; /* those who bear it are not visited (again); 0: nobody can be met twice */
} walk_t;

static inline void meet(const walk_t *walk, sio_socket_t *socket, visit_t visit, void *data) {
    if (!sio__socket_is_connected(socket) || socket == walk->targets->skip)
        return;
    if (walk->stamp != 0) {
        if (socket->stamp == walk->stamp)
            return;
        socket->stamp = walk->stamp;
    }
    visit(socket, data);
}

/* The socket whose own id the room is. */
static sio_socket_t *own_room(const sio_namespace_t *nsp, const char *name, size_t length) {
    return length == SIO__ID_LENGTH || nsp->other_ids
               ? sio__idmap_find(&nsp->sockets, name, length)
               : NULL;
}

static inline void meet_members(const walk_t *walk, sio_namespace_t *nsp, const char *name,
                                visit_t visit, void *data) {
    size_t length = strlen(name);
    const sio__room_t *room = sio__idmap_find(&nsp->local->rooms, name, length);
    for (uint32_t i = 0; room != NULL && i < room->count; i++)
        meet(walk, room->members[i].socket, visit, data);
    sio_socket_t *own = own_room(nsp, name, length);
    if (own != NULL)
        meet(walk, own, visit, data);
}

/* As if they had been met already. */
static void stamp_members(sio_namespace_t *nsp, const char *name, uint32_t stamp) {
    size_t length = strlen(name);
    const sio__room_t *room = sio__idmap_find(&nsp->local->rooms, name, length);
    for (uint32_t i = 0; room != NULL && i < room->count; i++)
        room->members[i].socket->stamp = stamp;
    sio_socket_t *own = own_room(nsp, name, length);
    if (own != NULL)
        own->stamp = stamp;
}

static const char *next_room(const sio_rooms_t *rooms, const char *name) {
    name = name == NULL ? rooms->text : name + strlen(name) + 1;
    return name != NULL && name < rooms->text + rooms->length ? name : NULL;
}

/* Inlined with the visitor, which a broadcast calls for each delivery. */
static inline void walk_targets(sio_namespace_t *nsp, const sio_targets_t *targets, visit_t visit,
                                void *data) {
    walk_t walk = {targets, 0};
    const char *first = next_room(&targets->rooms, NULL), *name = NULL;
    if (targets->except.length > 0 || (first != NULL && next_room(&targets->rooms, first) != NULL))
        walk.stamp = sio__namespace_stamp(nsp);
    while ((name = next_room(&targets->except, name)) != NULL)
        stamp_members(nsp, name, walk.stamp);
    if (first == NULL) {
        sio_socket_t *socket;
        size_t cursor = 0;
        while ((socket = sio__idmap_next(&nsp->sockets, &cursor)) != NULL)
            meet(&walk, socket, visit, data);
        return;
    }
    while ((name = next_room(&targets->rooms, name)) != NULL)
        meet_members(&walk, nsp, name, visit, data);
}

/* --- each --------------------------------------------------------------------------------- */

typedef struct {
    sio_socket_t **sockets;
    size_t count;
    size_t capacity;
    int failed;
} crowd_t;

static void gather(sio_socket_t *socket, void *data) {
    crowd_t *crowd = data;
    if (crowd->count == crowd->capacity) {
        size_t capacity = crowd->capacity > 0 ? crowd->capacity * 2 : 16;
        sio_socket_t **sockets = realloc(crowd->sockets, capacity * sizeof(sio_socket_t *));
        if (sockets == NULL) {
            crowd->failed = 1;
            return;
        }
        crowd->sockets = sockets;
        crowd->capacity = capacity;
    }
    crowd->sockets[crowd->count++] = sio_socket_ref(socket);
}

/* The callback may do anything: it walks a list that keeps the sockets. */
int sio_memory_each(sio_namespace_t *nsp, const sio_targets_t *targets, sio_each_cb cb,
                    void *data) {
    crowd_t crowd = {0};
    if (nsp == NULL || targets == NULL || cb == NULL)
        return SIO_EINVAL;
    if (!sio__namespace_is_open(nsp))
        return SIO_ECLOSED;
    walk_targets(nsp, targets, gather, &crowd);
    int rc = crowd.failed ? SIO_ENOMEM : 0;
    for (size_t i = 0; i < crowd.count; i++) {
        if (rc == 0 && sio__socket_is_connected(crowd.sockets[i]))
            rc = cb(crowd.sockets[i], data);
        sio_socket_unref(crowd.sockets[i]);
    }
    free(crowd.sockets);
    return rc;
}

/* --- broadcasts --------------------------------------------------------------------------- */

typedef struct {
    sio__encoded_t *encoded;
    int is_volatile;
    size_t sent;
    sio_responses_t *responses; /* of those that are asked; NULL: none are */
    size_t asked;
    int error;
} cast_t;

static cast_t cast_of(const sio_targets_t *targets, sio_message_t *message) {
    if (targets->flags & SIO_TARGETS_UNCOMPRESSED)
        sio__encoded_uncompressed(&message->encoded);
    return (cast_t){.encoded = &message->encoded,
                    .is_volatile = (targets->flags & SIO_TARGETS_VOLATILE) != 0};
}

static inline void deliver(sio_socket_t *socket, void *data) {
    cast_t *cast = data;
    cast->sent += (size_t) sio__socket_deliver(socket, cast->encoded->messages,
                                               cast->encoded->count, cast->is_volatile, 0);
}

/* Notes that the socket is asked: nonzero if it is. One that owes too many answers is taken for one
 * that will not give this one either. */
static int expect(cast_t *cast, sio_socket_t *socket) {
    int rc = cast->error == 0 ? sio__responses_expect(cast->responses, socket) : 0;
    if (rc != SIO_ETOOBIG && rc < 0)
        cast->error = rc;
    cast->asked += cast->error == 0;
    return cast->error == 0;
}

static void ask(sio_socket_t *socket, void *data) {
    if (expect(data, socket))
        deliver(socket, data);
}

/* Where somebody watches the engine, who may do anything, what is walked is a list of our own. */
static int deliver_watched(sio_socket_t *socket, void *data) {
    cast_t *cast = data;
    if (cast->responses == NULL || expect(cast, socket))
        sio__socket_deliver(socket, cast->encoded->messages, cast->encoded->count,
                            cast->is_volatile, 1);
    return 0;
}

static int send_to(sio_namespace_t *nsp, const sio_targets_t *targets, cast_t *cast) {
    eio_server_t *engine = nsp->core->engine;
    if (eio__server_is_watched(engine))
        return sio_memory_each(nsp, targets, deliver_watched, cast);
    if (cast->responses != NULL)
        walk_targets(nsp, targets, ask, cast);
    else
        walk_targets(nsp, targets, deliver, cast);
    eio__server_count_out(engine, cast->sent * cast->encoded->count);
    return 0;
}

int sio_memory_broadcast(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                         sio_message_t *message) {
    cast_t cast = cast_of(targets, message);
    (void) state;
    if (sio__outgoing_heard(nsp->core))
        sio__outgoing_tell_all(nsp, targets, message);
    if (message->offset != NULL)
        sio__sessions_store(nsp, targets, message);
    return send_to(nsp, targets, &cast);
}

int sio_memory_broadcast_with_ack(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                                  sio_message_t *message, sio_responses_t *responses) {
    cast_t cast = cast_of(targets, message);
    cast.responses = responses;
    (void) state;
    /* Who hears of it may close the server, which ends them. */
    sio_responses_ref(responses);
    if (sio__outgoing_heard(nsp->core))
        sio__outgoing_tell_all(nsp, targets, message);
    int rc = send_to(nsp, targets, &cast);
    sio_responses_clients(responses, cast.asked);
    sio_responses_unref(responses);
    return rc < 0 ? rc : cast.error;
}

int sio_memory_broadcast_packet(sio_namespace_t *nsp, const sio_targets_t *targets,
                                const sio_packet_t *packet) {
    sio_message_t message;
    int rc = sio__message_of_packet(&message, nsp, packet, -1);
    return rc < 0 ? rc : sio_memory_broadcast(NULL, nsp, targets, &message);
}

int sio_memory_broadcast_packet_with_ack(sio_namespace_t *nsp, const sio_targets_t *targets,
                                         const sio_packet_t *packet,
                                         const sio_answers_t *answers) {
    sio_message_t message;
    if (nsp == NULL || !sio__namespace_is_open(nsp))
        return nsp == NULL ? SIO_EINVAL : SIO_ECLOSED;
    int64_t id = nsp->next_ack;
    int rc = sio__message_of_packet(&message, nsp, packet, id);
    if (rc < 0)
        return rc;
    sio_responses_t *responses = sio__responses_relay(nsp, id, targets->timeout_ms, answers);
    if (responses == NULL)
        return SIO_ENOMEM;
    nsp->next_ack++;
    sio_memory_broadcast_with_ack(NULL, nsp, targets, &message, responses);
    return 0;
}

/* --- remote control [S16, S17] ------------------------------------------------------------ */

static int add_to_fetch(sio_socket_t *socket, void *data) {
    return sio__fetch_add_local(data, socket);
}

int sio_memory_fetch_sockets(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                             sio_fetch_t *fetch) {
    (void) state;
    return sio_memory_each(nsp, targets, add_to_fetch, fetch);
}

static int join_rooms(sio_socket_t *socket, void *data) {
    const sio_rooms_t *rooms = data;
    const char *room = NULL;
    while ((room = sio_rooms_next(rooms, room)) != NULL) {
        int rc = sio_join(socket, room);
        if (rc == SIO_ENOMEM)
            return rc;
    }
    return 0;
}

int sio_memory_sockets_join(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                            const sio_rooms_t *rooms) {
    (void) state;
    return sio_memory_each(nsp, targets, join_rooms, (void *) (uintptr_t) rooms);
}

static int leave_rooms(sio_socket_t *socket, void *data) {
    const sio_rooms_t *rooms = data;
    const char *room = NULL;
    while ((room = sio_rooms_next(rooms, room)) != NULL)
        sio_leave(socket, room);
    return 0;
}

int sio_memory_sockets_leave(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                             const sio_rooms_t *rooms) {
    (void) state;
    return sio_memory_each(nsp, targets, leave_rooms, (void *) (uintptr_t) rooms);
}

static int disconnect(sio_socket_t *socket, void *data) {
    sio_disconnect(socket, *(const int *) data);
    return 0;
}

int sio_memory_disconnect_sockets(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                                  int close) {
    (void) state;
    return sio_memory_each(nsp, targets, disconnect, &close);
}
