/*
 * What a namespace knows of its adapter: the public table, and what it asks of the rooms of this
 * process, which are kept by the built-in adapter whatever the table says. Adapters live on a
 * floor of their own.
 */
#ifndef SIO__SIO_ADAPTER_H
#define SIO__SIO_ADAPTER_H

#include <sio/adapter.h>

/* The sockets and rooms of this process, for one namespace. */
typedef struct sio__local_s sio__local_t;

typedef struct {
    sio_adapter_t adapter; /* stands in for what another table leaves NULL */
    int (*open)(sio__local_t **local, sio_namespace_t *nsp);
    /* Its sockets have ended. */
    void (*close)(sio__local_t *local);
    /* The memory of a socket goes, which may be after `close`. */
    void (*forget)(sio_socket_t *socket);
    /* Own ids are answered by the caller. Answers of a socket that has ended, too. */
    int (*in_room)(const sio_socket_t *socket, const char *room);
    int (*rooms)(const sio_socket_t *socket, sio_room_cb cb, void *data);
    size_t (*room_size)(const sio__local_t *local, const char *room);
} sio__local_ops_t;

/* `given` (NULL: none) made whole. */
sio_adapter_t sio__adapter_complete(const sio_adapter_t *given, const sio__local_ops_t *local);

#endif
