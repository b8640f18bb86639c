/**
 * @file
 * Sockets wherever they are, and the servers they are on [S16-S18]. With an adapter that joins
 * several servers all of this reaches all of them; with the built-in one there is one server.
 *
 *     sio_fetch_sockets(sio_in(io, "room1"), on_sockets, NULL);
 *     sio_sockets_join(sio_in(io, "room1"), "room2");
 *     sio_disconnect_sockets(io, 1);
 *
 * The first parameter of these verbs is a server, a namespace or a broadcast (which they consume).
 */
#ifndef SIO_REMOTE_H
#define SIO_REMOTE_H

#include <sio/broadcast.h>
#include <sio/namespace.h>
#include <sio/socket.h>

SIO_BEGIN_DECLS

/** A socket of this or another server. It lives until the callback that got it returns. */
typedef struct sio_remote_socket_s sio_remote_socket_t;

/**
 * The sockets that were asked for; called once, never from inside the verb. @p error is 0, or
 * SIO_ETIMEDOUT, SIO_ECLOSED (the server goes), SIO_ENOMEM, or what the adapter says; @p sockets
 * then has those that are known.
 */
typedef void (*sio_fetch_cb)(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                             size_t count, void *data);

/** Its id; borrowed. */
SIO_API const char *sio_remote_id(const sio_remote_socket_t *remote);
/** The socket itself if it is of this server and still connected, else NULL. */
SIO_API sio_socket_t *sio_remote_local(const sio_remote_socket_t *remote);
/** As sio_socket_handshake(); borrowed; NULL out of memory. */
SIO_API json_t *sio_remote_handshake(sio_remote_socket_t *remote);
/** Its rooms, an array of texts; borrowed; NULL out of memory. */
SIO_API json_t *sio_remote_rooms(sio_remote_socket_t *remote);
/** Its sio_socket_shared_data(); borrowed; NULL out of memory. */
SIO_API json_t *sio_remote_data(sio_remote_socket_t *remote);

/** A broadcast to this one socket, for every verb: sio_emit(sio_only(remote), …),
 * sio_sockets_join(sio_only(remote), …), sio_disconnect_sockets(sio_only(remote), 1). */
SIO_API sio_broadcast_t *sio_only(const sio_remote_socket_t *remote);

/* What the verbs of sio/verbs.h call. Errors: SIO_EINVAL (a NULL), SIO_ECLOSED, SIO_ENOMEM,
 * SIO_ENOTSUP (a parent namespace), or what the adapter says. */

/** Asks for the sockets: 0, and @p cb will be called. */
SIO_API int sio_broadcast_fetch_sockets(sio_broadcast_t *broadcast, sio_fetch_cb cb, void *data);
/** Has the sockets join a room. */
SIO_API int sio_broadcast_sockets_join(sio_broadcast_t *broadcast, const char *room);
/** Has the sockets leave a room. */
SIO_API int sio_broadcast_sockets_leave(sio_broadcast_t *broadcast, const char *room);
/** Disconnects the sockets; with @p close also their connections, as sio_disconnect(). */
SIO_API int sio_broadcast_disconnect_sockets(sio_broadcast_t *broadcast, int close);

/** An event that another server has sent; sio_ack() answers it, if it wants an ack. It has no
 * socket. */
typedef void (*sio_server_side_cb)(sio_namespace_t *nsp, sio_event_t *event, void *data);

/** Listens to the events that other servers send with sio_server_side_emit(). */
SIO_API int sio_namespace_on_server_side(sio_namespace_t *nsp, const char *event,
                                         sio_server_side_cb cb, void *data);
/** Removes what was registered with the same four; with @p cb NULL all of the event. */
SIO_API int sio_namespace_off_server_side(sio_namespace_t *nsp, const char *event,
                                          sio_server_side_cb cb, void *data);

/** Sends an event to the other servers, not to clients and not to this one [S18]. Without an
 * adapter that joins servers there are none: a warning goes to the log. Errors as sio_emit. */
SIO_API int sio_namespace_server_side_emit(sio_namespace_t *nsp, const char *event,
                                           const char *format, ...);
SIO_API int sio_namespace_server_side_vemit(sio_namespace_t *nsp, const char *event,
                                            const char *format, va_list args);
/** The same; @p cb gets the answers, one of each other server. */
SIO_API int sio_namespace_server_side_emit_with_ack(sio_namespace_t *nsp, uint32_t timeout_ms,
                                                    sio_responses_cb cb, void *data,
                                                    const char *event, const char *format, ...);
SIO_API int sio_namespace_server_side_vemit_with_ack(sio_namespace_t *nsp, uint32_t timeout_ms,
                                                     sio_responses_cb cb, void *data,
                                                     const char *event, const char *format,
                                                     va_list args);

SIO_END_DECLS

#endif
