/* Rooms of a socket [S22]. Its own id is one, which needs no entry anywhere: the namespace
 * finds sockets by id. */
#include "sio/socket.h"
#include <sio/error.h>
#include <string.h>

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
    return socket->nsp->adapter_ops->join(socket->nsp->adapter, socket, room);
}

int sio_leave(sio_socket_t *socket, const char *room) {
    if (socket == NULL || room == NULL)
        return SIO_EINVAL;
    if (socket->state != SIO__SOCKET_CLOSED && !is_own(socket, room))
        socket->nsp->adapter_ops->leave(socket->nsp->adapter, socket, room);
    return 0;
}

int sio_in_room(const sio_socket_t *socket, const char *room) {
    if (socket == NULL || room == NULL)
        return 0;
    return is_own(socket, room) || socket->nsp->adapter_ops->in_room(socket, room);
}

int sio_socket_rooms(const sio_socket_t *socket, sio_room_cb cb, void *data) {
    if (socket == NULL || cb == NULL)
        return SIO_EINVAL;
    int rc = cb(socket->id, data);
    return rc != 0 ? rc : socket->nsp->adapter_ops->rooms(socket, cb, data);
}
