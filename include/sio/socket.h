/**
 * @file
 * Sockets: one client in one namespace.
 */
#ifndef SIO_SOCKET_H
#define SIO_SOCKET_H

#include <sio/eio.h>
#include <sio/event.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** The socket's id: fresh for each namespace, not the session's id [P12]. */
SIO_API const char *sio_socket_id(const sio_socket_t *socket);
/** Its namespace; it answers as long as the socket does. */
SIO_API sio_namespace_t *sio_socket_namespace(const sio_socket_t *socket);
/** Its server; NULL once that has gone, or the namespace. */
SIO_API sio_server_t *sio_socket_server(const sio_socket_t *socket);

/** The engine's session that carries the socket, and those of its client in other namespaces:
 * Node's socket.conn; eio_socket_id() of it is that of the client. Borrowed, valid as long as
 * the socket. Its messages and its end are the library's: not to be listened to. */
SIO_API eio_socket_t *sio_socket_conn(const sio_socket_t *socket);

/** Nonzero from the CONNECT answer until the disconnect, whose "disconnecting" listeners still find
 * it connected. */
SIO_API int sio_socket_connected(const sio_socket_t *socket);

/** "polling" or "websocket" at this moment. */
SIO_API const char *sio_socket_transport(const sio_socket_t *socket);

/** Bytes queued for this socket's connection that the network has not taken yet. */
SIO_API size_t sio_socket_buffered(const sio_socket_t *socket);

/* The handshake [S21]: strings are borrowed from the socket; NULL when there is no such header
 * or parameter. */
SIO_API const char *sio_socket_url(const sio_socket_t *socket);
SIO_API const char *sio_socket_header(const sio_socket_t *socket, const char *name);
/** Decoded query parameter. */
SIO_API const char *sio_socket_query(const sio_socket_t *socket, const char *name);
/** The peer's address without port, of the client itself where a trusted proxy stands between. */
SIO_API const char *sio_socket_address(const sio_socket_t *socket);
/** Nonzero if the client came by TLS (or a trusted proxy says so), and if it sent an Origin. */
SIO_API int sio_socket_secure(const sio_socket_t *socket);
SIO_API int sio_socket_xdomain(const sio_socket_t *socket);
/** As sio_http_tls_version() and sio_http_tls_subject(), of the request that opened the session. */
SIO_API const char *sio_socket_tls_version(const sio_socket_t *socket);
SIO_API const char *sio_socket_tls_subject(const sio_socket_t *socket);
/** Time of the handshake, milliseconds since 1970. */
SIO_API int64_t sio_socket_issued(const sio_socket_t *socket);
/** What the client sent with its CONNECT, an object; borrowed, built on first use; NULL out of
 * memory. */
SIO_API json_t *sio_socket_auth(sio_socket_t *socket);
/** The whole handshake as Node's object: headers, time, address, xdomain, secure, issued, url,
 * query, auth. A new reference; NULL out of memory. */
SIO_API json_t *sio_socket_handshake(sio_socket_t *socket);

/** Joins a room; being in it already is fine. SIO_ENOMEM, SIO_ECLOSED, SIO_ETOOBIG (max_rooms).
 * Legal in a middleware. */
SIO_API int sio_join(sio_socket_t *socket, const char *room);
/** Joins @p count rooms, in this order. The first one that fails ends it: those before stay. */
SIO_API int sio_join_rooms(sio_socket_t *socket, const char *const *rooms, size_t count);
/** Leaves a room; not being in it is fine. */
SIO_API int sio_leave(sio_socket_t *socket, const char *room);
/** Nonzero if the socket is in the room; its own id is one. */
SIO_API int sio_in_room(const sio_socket_t *socket, const char *room);
/** Calls @p cb for each room, its own id first; nonzero stops and is returned. Not to be
 * changed meanwhile. */
typedef int (*sio_room_cb)(const char *room, void *data);
SIO_API int sio_socket_rooms(const sio_socket_t *socket, sio_room_cb cb, void *data);

/**
 * Disconnects the socket [S23]: with @p close 0 it only leaves its namespace; otherwise every
 * namespace of the client ends and then the connection. Disconnect callbacks run before it
 * returns. Twice is fine.
 */
SIO_API int sio_disconnect(sio_socket_t *socket, int close);

/** A pointer of the application's; @p destroy (may be NULL) gets it when it is replaced or the
 * socket goes. */
SIO_API void sio_socket_set_data(sio_socket_t *socket, void *data, void (*destroy)(void *data));
SIO_API void *sio_socket_data(const sio_socket_t *socket);

/** An object that goes where the socket goes: with sio_fetch_sockets() to other servers, and
 * through a lost connection, if that is recovered; Node's socket.data. Borrowed, to be changed
 * at will, empty at first; NULL out of memory. */
SIO_API json_t *sio_socket_shared_data(sio_socket_t *socket);

/** Nonzero if the socket has come back after a lost connection: id, rooms and shared data are
 * what they were, and what it has missed was sent [R5]. */
SIO_API int sio_socket_recovered(const sio_socket_t *socket);

/** Keeps the memory of a socket beyond its disconnect. Returns @p socket. */
SIO_API sio_socket_t *sio_socket_ref(sio_socket_t *socket);
SIO_API void sio_socket_unref(sio_socket_t *socket);

/** A timer of a socket. */
typedef void (*sio_socket_cb)(sio_socket_t *socket, void *data);
/** See sio_every and sio_after in sio/verbs.h. NULL: out of memory, or the socket has ended. */
SIO_API sio_timer_t *sio_socket_every(sio_socket_t *socket, uint64_t ms, sio_socket_cb cb,
                                      void *data);
SIO_API sio_timer_t *sio_socket_after(sio_socket_t *socket, uint64_t ms, sio_socket_cb cb,
                                      void *data);

/* Typed forms of the verbs in sio/verbs.h. */
SIO_API int sio_socket_on(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_socket_once(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_socket_off(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_socket_on_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_socket_emit(sio_socket_t *socket, const char *event, const char *format, ...);
SIO_API int sio_socket_vemit(sio_socket_t *socket, const char *event, const char *format,
                             va_list args);
SIO_API int sio_socket_emit_json(sio_socket_t *socket, const char *event, const json_t *args);
SIO_API int sio_socket_emit_raw(sio_socket_t *socket, const char *event, const char *text,
                                size_t length);
SIO_API int sio_socket_emit_event(sio_socket_t *socket, const char *event,
                                  const sio_event_t *received);
SIO_API int sio_socket_emit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                     void *data, const char *event, const char *format, ...);
SIO_API int sio_socket_vemit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                      void *data, const char *event, const char *format,
                                      va_list args);
SIO_API int sio_socket_emit_json_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                          void *data, const char *event, const json_t *args);
SIO_API int sio_socket_emit_event_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                           void *data, const char *event,
                                           const sio_event_t *received);

SIO_END_DECLS

#endif
