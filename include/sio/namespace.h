/** Namespaces: connections, middleware, and the sockets in them. */
#ifndef SIO_NAMESPACE_H
#define SIO_NAMESPACE_H

#include <sio/event.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** A socket has joined the namespace (its CONNECT was answered). */
typedef void (*sio_connection_cb)(sio_socket_t *socket, void *data);

/** The continuation of a middleware. */
typedef struct sio_next_s sio_next_t;

/** Runs for each socket before it connects [S8]: end with sio_next or sio_next_error, now or
 * later. */
typedef void (*sio_use_cb)(sio_socket_t *socket, sio_next_t *next, void *data);

/** Passes on to the next middleware, or connects the socket. SIO_ECLOSED: the peer has gone
 * meanwhile. @p next is gone at the end of the loop turn after either call; a second call
 * before that gives SIO_EDONE. If neither is ever called, the socket waits until its client
 * goes, and @p next stays until the server goes. */
SIO_API int sio_next(sio_next_t *next);

/** Refuses the socket: CONNECT_ERROR {"message":message,"data":data} [P4]. @p data is borrowed,
 * may be NULL. Or the event, where @p next is of a middleware for events: see sio_socket_use(). */
SIO_API int sio_next_error(sio_next_t *next, const char *message, const json_t *data);

SIO_API const char *sio_namespace_name(const sio_namespace_t *nsp);
SIO_API sio_server_t *sio_namespace_server(const sio_namespace_t *nsp);

/** Number of connected sockets. */
SIO_API size_t sio_namespace_count(const sio_namespace_t *nsp);

/** The connected socket with this id, or NULL. */
SIO_API sio_socket_t *sio_namespace_socket(const sio_namespace_t *nsp, const char *id);

/** Calls @p cb for each connected socket, in no order; nonzero from @p cb stops and is returned.
 *  @p cb may disconnect sockets, this one included. */
typedef int (*sio_each_cb)(sio_socket_t *socket, void *data);
SIO_API int sio_namespace_each(sio_namespace_t *nsp, sio_each_cb cb, void *data);

SIO_API void sio_namespace_set_data(sio_namespace_t *nsp, void *data);
SIO_API void *sio_namespace_data(const sio_namespace_t *nsp);

/* Typed forms of the verbs in sio/verbs.h. */
SIO_API int sio_namespace_use(sio_namespace_t *nsp, sio_use_cb cb, void *data);
SIO_API int sio_namespace_on_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data);
SIO_API int sio_namespace_on_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_on(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_namespace_once(sio_namespace_t *nsp, const char *event, sio_event_cb cb,
                               void *data);
SIO_API int sio_namespace_off(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data);

SIO_END_DECLS

#endif
