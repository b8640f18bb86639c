/*
 * What a namespace knows of its adapter: who is in which room, and how a packet gets to them.
 * One table of functions; adapters live on a floor of their own.
 */
#ifndef SIO__SIO_ADAPTER_H
#define SIO__SIO_ADAPTER_H

#include "eio/message.h"
#include <sio/socket.h>

typedef struct sio__adapter_s sio__adapter_t;

/* Names one behind the other, each with its NUL. */
typedef struct {
    const char *text;
    size_t length;
} sio__rooms_t;

/* Whom a broadcast goes to: everyone in one of the rooms (no rooms: in the namespace), but
 * those in an excepted room. A socket's id is a room too, with the socket alone in it. */
typedef struct {
    sio__rooms_t rooms;
    sio__rooms_t except;
    const sio_socket_t *skip; /* the sender, or NULL */
    uint8_t is_volatile;      /* dropped where it cannot leave at once [S15] */
} sio__targets_t;

typedef struct {
    int (*open)(sio__adapter_t **adapter, sio_namespace_t *nsp);
    /* Its sockets have ended. */
    void (*close)(sio__adapter_t *adapter);
    /* A socket that has not ended yet, though it may not be connected: it gets broadcasts from
     * the connection on. */
    int (*join)(sio__adapter_t *adapter, sio_socket_t *socket, const char *room);
    void (*leave)(sio__adapter_t *adapter, sio_socket_t *socket, const char *room);
    /* The socket has ended: no broadcast reaches it any more, but in_room and rooms still
     * answer. */
    void (*leave_all)(sio__adapter_t *adapter, sio_socket_t *socket);
    /* Its memory goes, which may be after `close`. */
    void (*forget)(sio_socket_t *socket);
    /* Own ids are answered by the caller. */
    int (*in_room)(const sio_socket_t *socket, const char *room);
    int (*rooms)(const sio_socket_t *socket, sio_room_cb cb, void *data);
    /* Sends a packet of this turn. Calls nobody back. */
    void (*broadcast)(sio__adapter_t *adapter, const sio__targets_t *targets,
                      eio__message_t *messages,
                      size_t count);
} sio__adapter_ops_t;

#endif
