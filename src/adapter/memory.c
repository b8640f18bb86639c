/*
 * A room is a dense array of its members, a socket's rooms are another; each entry knows its
 * place in the other array, so that joining and leaving cost the same however many rooms and
 * members there are.
 */
#include "adapter/memory.h"
#include "adapter/local.h"
#include "adapter/sessions.h"
#include "sio/rooms.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

static const char *room_name(const void *object, size_t *length) {
    const sio__room_t *room = object;
    *length = strlen(room->name);
    return room->name;
}

static int memory_open(sio__local_t **out, sio_namespace_t *nsp) {
    sio__local_t *local = calloc(1, sizeof(*local));
    if (local == NULL)
        return SIO_ENOMEM;
    local->nsp = nsp;
    local->rooms.id_of = room_name;
    local->rooms.key = nsp->core->loop->map_key;
    *out = local;
    return 0;
}

static void room_free(sio__room_t *room) {
    free(room->members);
    free(room);
}

static void memory_close(sio__local_t *local) {
    sio__sessions_free(local->sessions);
    sio__idmap_free(&local->rooms);
    free(local);
}

/* --- rooms -------------------------------------------------------------------------------- */

static sio__room_t *find_room(const sio__local_t *local, const char *name) {
    return sio__idmap_find(&local->rooms, name, strlen(name));
}

static sio__room_t *room_new(sio__local_t *local, const char *name) {
    size_t size = strlen(name) + 1;
    sio__room_t *room = calloc(1, sizeof(*room) + size);
    if (room == NULL)
        return NULL;
    memcpy(room->name, name, size);
    if (sio__idmap_add(&local->rooms, room) < 0) {
        free(room);
        return NULL;
    }
    room->listed = 1;
    return room;
}

/* Empty rooms vanish. */
static void drop_if_empty(sio__local_t *local, sio__room_t *room) {
    if (room->count > 0)
        return;
    if (room->listed) {
        room->listed = 0;
        sio__idmap_remove(&local->rooms, room);
        room->kept++;
        sio__rooms_tell(local->nsp, SIO_ROOM_DELETE, room->name, NULL);
        room->kept--;
    }
    if (room->kept == 0)
        room_free(room);
}

/* Those who watch may change rooms themselves, this one too. */
static void tell_left(sio__local_t *local, sio__room_t *room, const sio_socket_t *socket) {
    room->kept++;
    sio__rooms_tell(local->nsp, SIO_ROOM_LEAVE, room->name, socket->id);
    room->kept--;
    drop_if_empty(local, room);
}

static int reserve_member(sio__room_t *room) {
    if (room->count < room->capacity)
        return 0;
    uint32_t capacity = room->capacity > 0 ? room->capacity * 2 : 2;
    sio__member_t *members = realloc(room->members, capacity * sizeof(*members));
    if (members == NULL)
        return SIO_ENOMEM;
    room->members = members;
    room->capacity = capacity;
    return 0;
}

static int reserve_membership(sio_socket_t *socket) {
    sio__memberships_t *list = socket->rooms;
    if (list != NULL && list->count < list->capacity)
        return 0;
    uint32_t capacity = list != NULL ? list->capacity * 2 : 2;
    uint32_t count = list != NULL ? list->count : 0;
    list = realloc(list, sizeof(*list) + capacity * sizeof(*list->of));
    if (list == NULL)
        return SIO_ENOMEM;
    list->count = count;
    list->capacity = capacity;
    socket->rooms = list;
    return 0;
}

/* The entry of the socket's list, or NULL. Whichever of the two arrays is the shorter one is
 * searched. */
static sio__membership_t *find_membership(const sio_socket_t *socket, const sio__room_t *room) {
    sio__memberships_t *list = socket->rooms;
    uint32_t count = list != NULL ? list->count : 0;
    if (count > room->count) {
        for (uint32_t i = 0; i < room->count; i++)
            if (room->members[i].socket == socket)
                return &list->of[room->members[i].place];
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        if (list->of[i].room == room)
            return &list->of[i];
    return NULL;
}

/* Takes the member at `place` out; the last one takes its place. */
static void remove_member(sio__room_t *room, uint32_t place) {
    sio__member_t last = room->members[--room->count];
    if (place == room->count)
        return;
    room->members[place] = last;
    ((sio__memberships_t *) last.socket->rooms)->of[last.place].place = place;
}

/* The same in the socket's list. */
static void remove_membership(sio__memberships_t *list, uint32_t place) {
    sio__membership_t last = list->of[--list->count];
    if (place == list->count)
        return;
    list->of[place] = last;
    last.room->members[last.place].place = place;
}

/* An entry in both arrays; there is room in them. */
static void enter(sio__room_t *room, sio_socket_t *socket) {
    sio__memberships_t *list = socket->rooms;
    room->members[room->count] = (sio__member_t){socket, list->count};
    list->of[list->count] = (sio__membership_t){room, room->count};
    room->count++;
    list->count++;
}

/* Those who watch may end the socket, too, whose reference may have been the last one. */
static void tell_joined(sio_socket_t *socket, const char *name, int created) {
    sio_socket_ref(socket);
    if (created)
        sio__rooms_tell(socket->nsp, SIO_ROOM_CREATE, name, NULL);
    if (socket->state != SIO__SOCKET_CLOSED)
        sio__rooms_tell(socket->nsp, SIO_ROOM_JOIN, name, socket->id);
    sio_socket_unref(socket);
}

/* Nonzero if the socket is in as many rooms as it may be. */
static int is_full(const sio_socket_t *socket) {
    const sio__core_t *core = socket->nsp->core;
    const sio__memberships_t *list = socket->rooms;
    const uint32_t most = core->options->max_rooms;
    if (most == 0 || list == NULL || list->count < most)
        return 0;
    sio__limited(core->loop, SIO_LIMIT_ROOMS, "socket",
                 "socket %s: refused one more room than %u", socket->id, (unsigned) most);
    return 1;
}

int sio_memory_join(void *state, sio_socket_t *socket, const char *name) {
    sio__local_t *local = socket->nsp->local;
    sio__room_t *room = find_room(local, name);
    int created = room == NULL;
    (void) state;
    if (room != NULL && find_membership(socket, room) != NULL)
        return 0;
    if (is_full(socket))
        return SIO_ETOOBIG;
    if (reserve_membership(socket) < 0)
        return SIO_ENOMEM;
    if (room == NULL)
        room = room_new(local, name);
    if (room == NULL)
        return SIO_ENOMEM;
    if (reserve_member(room) < 0) {
        if (created) {
            sio__idmap_remove(&local->rooms, room);
            room_free(room);
        }
        return SIO_ENOMEM;
    }
    enter(room, socket);
    tell_joined(socket, name, created);
    return 0;
}

void sio_memory_leave(void *state, sio_socket_t *socket, const char *name) {
    sio__local_t *local = socket->nsp->local;
    sio__room_t *room = find_room(local, name);
    sio__membership_t *membership = room != NULL ? find_membership(socket, room) : NULL;
    (void) state;
    if (membership == NULL)
        return;
    sio__memberships_t *list = socket->rooms;
    remove_member(room, membership->place);
    remove_membership(list, (uint32_t) (membership - list->of));
    tell_left(local, room, socket);
}

void sio_memory_leave_all(void *state, sio_socket_t *socket) {
    sio__memberships_t *list = socket->rooms;
    (void) state;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        sio__room_t *room = list->of[i].room;
        room->kept++;
        remove_member(room, list->of[i].place);
        tell_left(socket->nsp->local, room, socket);
    }
}

static void memory_forget(sio_socket_t *socket) {
    sio__memberships_t *list = socket->rooms;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        sio__room_t *room = list->of[i].room;
        if (--room->kept == 0 && room->count == 0)
            room_free(room);
    }
    free(list);
    socket->rooms = NULL;
}

static int memory_in_room(const sio_socket_t *socket, const char *name) {
    const sio__memberships_t *list = socket->rooms;
    if (sio__socket_is_connected(socket)) {
        const sio__room_t *room = find_room(socket->nsp->local, name);
        return room != NULL && find_membership(socket, room) != NULL;
    }
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        if (strcmp(list->of[i].room->name, name) == 0)
            return 1;
    return 0;
}

static int memory_rooms(const sio_socket_t *socket, sio_room_cb cb, void *data) {
    const sio__memberships_t *list = socket->rooms;
    int rc = 0;
    for (uint32_t i = 0; list != NULL && i < list->count && rc == 0; i++)
        rc = cb(list->of[i].room->name, data);
    return rc;
}

static size_t memory_room_size(const sio__local_t *local, const char *name) {
    const sio__room_t *room = find_room(local, name);
    return room != NULL ? room->count : 0;
}

/* --- the table ---------------------------------------------------------------------------- */

/* Nobody else is there to answer [S18]. */
static int memory_server_side_emit(void *state, sio_namespace_t *nsp, sio_message_t *message,
                                   sio_responses_t *responses) {
    (void) state;
    (void) message;
    (void) responses; /* none is waited for */
    sio__tell(nsp->core->loop, SIO__TOLD_EVENT, SIO_LOG_WARN, "adapter",
              "the adapter of namespace %s knows no other servers to emit to", nsp->name);
    return 0;
}

/* Every socket has been added. */
static int memory_fetch_all(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                            sio_fetch_t *fetch) {
    sio_fetch_done(fetch, sio_memory_fetch_sockets(state, nsp, targets, fetch));
    return 0;
}

const sio__local_ops_t sio__memory_adapter = {
    .adapter =
        {
            SIO_ADAPTER_INIT,
            .join = sio_memory_join,
            .leave = sio_memory_leave,
            .leave_all = sio_memory_leave_all,
            .broadcast = sio_memory_broadcast,
            .broadcast_with_ack = sio_memory_broadcast_with_ack,
            .fetch_sockets = memory_fetch_all,
            .sockets_join = sio_memory_sockets_join,
            .sockets_leave = sio_memory_sockets_leave,
            .disconnect_sockets = sio_memory_disconnect_sockets,
            .server_side_emit = memory_server_side_emit,
            .next_offset = sio_memory_next_offset,
            .save_session = sio_memory_save_session,
            .restore_session = sio_memory_restore_session,
        },
    .open = memory_open,
    .close = memory_close,
    .forget = memory_forget,
    .in_room = memory_in_room,
    .rooms = memory_rooms,
    .room_size = memory_room_size,
};
