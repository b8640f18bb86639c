/* Rooms of a socket [S22]. Its own id is one, which needs no entry anywhere: the namespace
 * finds sockets by id. */
#include "sio/rooms.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- of a socket -------------------------------------------------------------------------- */

static int is_own(const sio_socket_t *socket, const char *room) {
    return strcmp(socket->id, room) == 0;
}

int sio_join(sio_socket_t *socket, const char *room) {
    if (socket == NULL || room == NULL)
        return SIO_EINVAL;
    if (socket->state == SIO__SOCKET_CLOSED)
        return SIO_ECLOSED;
    if (is_own(socket, room))
        return 0;
    return socket->nsp->core->adapter.join(socket->nsp->adapter_state, socket, room);
}

int sio_join_rooms(sio_socket_t *socket, const char *const *rooms, size_t count) {
    if (socket == NULL || (rooms == NULL && count > 0))
        return SIO_EINVAL;
    int rc = socket->state == SIO__SOCKET_CLOSED ? SIO_ECLOSED : 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = sio_join(socket, rooms[i]);
    return rc;
}

int sio_leave(sio_socket_t *socket, const char *room) {
    if (socket == NULL || room == NULL)
        return SIO_EINVAL;
    if (socket->state != SIO__SOCKET_CLOSED && !is_own(socket, room))
        socket->nsp->core->adapter.leave(socket->nsp->adapter_state, socket, room);
    return 0;
}

int sio_in_room(const sio_socket_t *socket, const char *room) {
    if (socket == NULL || room == NULL)
        return 0;
    return is_own(socket, room) || socket->nsp->local_ops->in_room(socket, room);
}

int sio_socket_rooms(const sio_socket_t *socket, sio_room_cb cb, void *data) {
    if (socket == NULL || cb == NULL)
        return SIO_EINVAL;
    int rc = cb(socket->id, data);
    return rc != 0 ? rc : socket->nsp->local_ops->rooms(socket, cb, data);
}

/* --- of a namespace ----------------------------------------------------------------------- */

size_t sio_namespace_room_size(const sio_namespace_t *nsp, const char *room) {
    if (nsp == NULL || nsp->core == NULL || room == NULL)
        return 0;
    size_t own = sio_namespace_socket(nsp, room) != NULL;
    return own + nsp->local_ops->room_size(nsp->local, room);
}

const char *sio_rooms_next(const sio_rooms_t *rooms, const char *room) {
    room = room == NULL ? rooms->text : room + strlen(room) + 1;
    return room != NULL && room < rooms->text + rooms->length ? room : NULL;
}

/* --- those who watch ---------------------------------------------------------------------- */

int sio_namespace_on_room(sio_namespace_t *nsp, sio_room_event_cb cb, void *data) {
    if (nsp == NULL || cb == NULL)
        return SIO_EINVAL;
    if (nsp->core == NULL)
        return SIO_ECLOSED;
    sio__room_watch_t *watches =
        realloc(nsp->watches, (nsp->watch_count + 1) * sizeof(*watches));
    if (watches == NULL)
        return SIO_ENOMEM;
    watches[nsp->watch_count++] = (sio__room_watch_t){cb, data};
    nsp->watches = watches;
    return 0;
}

int sio_namespace_off_room(sio_namespace_t *nsp, sio_room_event_cb cb, void *data) {
    if (nsp == NULL || cb == NULL)
        return SIO_EINVAL;
    size_t kept = 0;
    for (size_t i = 0; i < nsp->watch_count; i++)
        if (nsp->watches[i].cb != cb || nsp->watches[i].data != data)
            nsp->watches[kept++] = nsp->watches[i];
    nsp->watch_count = kept;
    return 0;
}

/* Those who are told may add or remove some. */
void sio__rooms_told(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                     const char *id) {
    for (size_t i = 0; i < nsp->watch_count; i++) {
        sio__room_watch_t watch = nsp->watches[i];
        watch.cb(nsp, what, room, id, watch.data);
    }
}

void sio__rooms_own_begins(const sio_socket_t *socket) {
    sio__rooms_tell(socket->nsp, SIO_ROOM_CREATE, socket->id, NULL);
    sio__rooms_tell(socket->nsp, SIO_ROOM_JOIN, socket->id, socket->id);
}

void sio__rooms_own_ends(const sio_socket_t *socket) {
    sio__rooms_tell(socket->nsp, SIO_ROOM_LEAVE, socket->id, socket->id);
    sio__rooms_tell(socket->nsp, SIO_ROOM_DELETE, socket->id, NULL);
}
