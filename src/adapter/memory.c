/*
 * A room is a dense array of its members, a socket's rooms are another; each entry knows its
 * place in the other array, so that joining and leaving cost the same however many rooms and
 * members there are.
 */
#include "adapter/memory.h"
#include "sio/namespace.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    sio_socket_t *socket;
    uint32_t place; /* in the socket's list */
} member_t;

typedef struct {
    member_t *members;
    uint32_t count;
    uint32_t capacity;
    size_t kept; /* sockets that have ended and are still asked for it */
    char name[];
} room_t;

typedef struct {
    room_t *room;
    uint32_t place; /* among the members */
} membership_t;

/* socket->rooms; NULL: in none. */
typedef struct {
    uint32_t count;
    uint32_t capacity;
    membership_t of[];
} memberships_t;

struct sio__adapter_s {
    sio_namespace_t *nsp;
    sio__idmap_t rooms; /* those with members */
};

static const char *room_name(const void *object, size_t *length) {
    const room_t *room = object;
    *length = strlen(room->name);
    return room->name;
}

static int memory_open(sio__adapter_t **out, sio_namespace_t *nsp) {
    sio__adapter_t *adapter = calloc(1, sizeof(*adapter));
    if (adapter == NULL)
        return SIO_ENOMEM;
    adapter->nsp = nsp;
    adapter->rooms.id_of = room_name;
    *out = adapter;
    return 0;
}

static void room_free(room_t *room) {
    free(room->members);
    free(room);
}

static void memory_close(sio__adapter_t *adapter) {
    sio__idmap_free(&adapter->rooms);
    free(adapter);
}

/* --- rooms -------------------------------------------------------------------------------- */

static room_t *find_room(const sio__adapter_t *adapter, const char *name) {
    return sio__idmap_find(&adapter->rooms, name, strlen(name));
}

static room_t *room_new(sio__adapter_t *adapter, const char *name) {
    size_t size = strlen(name) + 1;
    room_t *room = calloc(1, sizeof(*room) + size);
    if (room == NULL)
        return NULL;
    memcpy(room->name, name, size);
    if (sio__idmap_add(&adapter->rooms, room) < 0) {
        free(room);
        return NULL;
    }
    return room;
}

/* Empty rooms vanish. */
static void drop_if_empty(sio__adapter_t *adapter, room_t *room) {
    if (room->count > 0)
        return;
    sio__idmap_remove(&adapter->rooms, room);
    if (room->kept == 0)
        room_free(room);
}

static int reserve_member(room_t *room) {
    if (room->count < room->capacity)
        return 0;
    uint32_t capacity = room->capacity > 0 ? room->capacity * 2 : 2;
    member_t *members = realloc(room->members, capacity * sizeof(*members));
    if (members == NULL)
        return SIO_ENOMEM;
    room->members = members;
    room->capacity = capacity;
    return 0;
}

static int reserve_membership(sio_socket_t *socket) {
    memberships_t *list = socket->rooms;
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
static membership_t *find_membership(const sio_socket_t *socket, const room_t *room) {
    memberships_t *list = socket->rooms;
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
static void remove_member(room_t *room, uint32_t place) {
    member_t last = room->members[--room->count];
    if (place == room->count)
        return;
    room->members[place] = last;
    ((memberships_t *) last.socket->rooms)->of[last.place].place = place;
}

/* The same in the socket's list. */
static void remove_membership(memberships_t *list, uint32_t place) {
    membership_t last = list->of[--list->count];
    if (place == list->count)
        return;
    list->of[place] = last;
    last.room->members[last.place].place = place;
}

static int memory_join(sio__adapter_t *adapter, sio_socket_t *socket, const char *name) {
    room_t *room = find_room(adapter, name);
    if (room != NULL && find_membership(socket, room) != NULL)
        return 0;
    if (reserve_membership(socket) < 0)
        return SIO_ENOMEM;
    if (room == NULL)
        room = room_new(adapter, name);
    if (room == NULL)
        return SIO_ENOMEM;
    if (reserve_member(room) < 0) {
        drop_if_empty(adapter, room);
        return SIO_ENOMEM;
    }
    memberships_t *list = socket->rooms;
    room->members[room->count] = (member_t){socket, list->count};
    list->of[list->count] = (membership_t){room, room->count};
    room->count++;
    list->count++;
    return 0;
}

static void memory_leave(sio__adapter_t *adapter, sio_socket_t *socket, const char *name) {
    room_t *room = find_room(adapter, name);
    membership_t *membership = room != NULL ? find_membership(socket, room) : NULL;
    if (membership == NULL)
        return;
    memberships_t *list = socket->rooms;
    remove_member(room, membership->place);
    remove_membership(list, (uint32_t) (membership - list->of));
    drop_if_empty(adapter, room);
}

static void memory_leave_all(sio__adapter_t *adapter, sio_socket_t *socket) {
    memberships_t *list = socket->rooms;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        room_t *room = list->of[i].room;
        room->kept++;
        remove_member(room, list->of[i].place);
        drop_if_empty(adapter, room);
    }
}

static void memory_forget(sio_socket_t *socket) {
    memberships_t *list = socket->rooms;
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        room_t *room = list->of[i].room;
        if (--room->kept == 0 && room->count == 0)
            room_free(room);
    }
    free(list);
    socket->rooms = NULL;
}

static int memory_in_room(const sio_socket_t *socket, const char *name) {
    const memberships_t *list = socket->rooms;
    if (sio__socket_is_connected(socket)) {
        const room_t *room = find_room(socket->nsp->adapter, name);
        return room != NULL && find_membership(socket, room) != NULL;
    }
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        if (strcmp(list->of[i].room->name, name) == 0)
            return 1;
    return 0;
}

static int memory_rooms(const sio_socket_t *socket, sio_room_cb cb, void *data) {
    const memberships_t *list = socket->rooms;
    int rc = 0;
    for (uint32_t i = 0; list != NULL && i < list->count && rc == 0; i++)
        rc = cb(list->of[i].room->name, data);
    return rc;
}

/* --- broadcasts --------------------------------------------------------------------------- */

typedef struct {
    const sio__targets_t *targets;
    eio__message_t *messages;
    size_t count;
    uint32_t stamp; /* those who bear it get nothing (more); 0: nobody can be met twice */
} cast_t;

static void deliver(const cast_t *cast, sio_socket_t *socket) {
    if (!sio__socket_is_connected(socket) || socket == cast->targets->skip)
        return;
    if (cast->stamp != 0) {
        if (socket->stamp == cast->stamp)
            return;
        socket->stamp = cast->stamp;
    }
    sio__socket_deliver(socket, cast->messages, cast->count, cast->targets->is_volatile);
}

/* The members of a room, one of which a socket is of its own id. Without `cast`: they get the
 * stamp only. */
static void each_member(const sio__adapter_t *adapter, const char *name, const cast_t *cast,
                        uint32_t stamp) {
    size_t length = strlen(name);
    const room_t *room = sio__idmap_find(&adapter->rooms, name, length);
    for (uint32_t i = 0; room != NULL && i < room->count; i++) {
        if (cast != NULL)
            deliver(cast, room->members[i].socket);
        else
            room->members[i].socket->stamp = stamp;
    }
    sio_socket_t *own = length == SIO__ID_LENGTH
                            ? sio__idmap_find(&adapter->nsp->sockets, name, length)
                            : NULL;
    if (own != NULL && cast != NULL)
        deliver(cast, own);
    else if (own != NULL)
        own->stamp = stamp;
}

static const char *next_room(const sio__rooms_t *rooms, const char *name) {
    name = name == NULL ? rooms->text : name + strlen(name) + 1;
    return name != NULL && name < rooms->text + rooms->length ? name : NULL;
}

static void memory_broadcast(sio__adapter_t *adapter, const sio__targets_t *targets,
                             eio__message_t *messages, size_t count) {
    cast_t cast = {targets, messages, count, 0};
    const char *first = next_room(&targets->rooms, NULL), *name = NULL;
    if (targets->except.length > 0 || (first != NULL && next_room(&targets->rooms, first) != NULL))
        cast.stamp = sio__namespace_stamp(adapter->nsp);
    while ((name = next_room(&targets->except, name)) != NULL)
        each_member(adapter, name, NULL, cast.stamp);
    if (first == NULL) {
        sio_socket_t *socket;
        size_t cursor = 0;
        while ((socket = sio__idmap_next(&adapter->nsp->sockets, &cursor)) != NULL)
            deliver(&cast, socket);
        return;
    }
    while ((name = next_room(&targets->rooms, name)) != NULL)
        each_member(adapter, name, &cast, cast.stamp);
}

const sio__adapter_ops_t sio__memory_adapter = {
    .open = memory_open,
    .close = memory_close,
    .join = memory_join,
    .leave = memory_leave,
    .leave_all = memory_leave_all,
    .forget = memory_forget,
    .in_room = memory_in_room,
    .rooms = memory_rooms,
    .broadcast = memory_broadcast,
};
