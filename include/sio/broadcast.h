/**
 * Broadcasts: one event to many sockets [S10-S12, S15].
 *
 *     sio_emit(sio_except(sio_to(io, "news"), "muted"), "headline", "s", text);
 *
 * sio_to and its like start a chain or lengthen one, and return it. The verb that ends it (an emit)
 * consumes it, also when it fails; a chain that nothing ends is reclaimed at the end of the loop turn.
 * Out of memory they return NULL, and every function here takes NULL (SIO_EINVAL), so a chain is safe.
 * A chain that starts from a socket leaves that socket out.
 */
#ifndef SIO_BROADCAST_H
#define SIO_BROADCAST_H

#include <sio/event.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/* Typed forms of the verbs in sio/verbs.h. */
SIO_API sio_broadcast_t *sio_server_to(sio_server_t *server, const char *room);
SIO_API sio_broadcast_t *sio_namespace_to(sio_namespace_t *nsp, const char *room);
SIO_API sio_broadcast_t *sio_socket_to(sio_socket_t *socket, const char *room);
SIO_API sio_broadcast_t *sio_broadcast_to(sio_broadcast_t *broadcast, const char *room);

SIO_API sio_broadcast_t *sio_server_except(sio_server_t *server, const char *room);
SIO_API sio_broadcast_t *sio_namespace_except(sio_namespace_t *nsp, const char *room);
SIO_API sio_broadcast_t *sio_socket_except(sio_socket_t *socket, const char *room);
SIO_API sio_broadcast_t *sio_broadcast_except(sio_broadcast_t *broadcast, const char *room);

SIO_API sio_broadcast_t *sio_server_volatile(sio_server_t *server);
SIO_API sio_broadcast_t *sio_namespace_volatile(sio_namespace_t *nsp);
SIO_API sio_broadcast_t *sio_broadcast_volatile(sio_broadcast_t *broadcast);
/** To this one socket (unlike the other chains from a socket), dropped if it cannot be written
 * at once. */
SIO_API sio_broadcast_t *sio_socket_volatile(sio_socket_t *socket);

/** Everyone in the namespace but this socket: Node's socket.broadcast. */
SIO_API sio_broadcast_t *sio_broadcast(sio_socket_t *socket);

/** Keeps a chain for re-use: it is no longer consumed. Each reference is given back with unref.
 * Lengthening a kept chain makes a copy, so the kept one never changes. Returns @p broadcast. */
SIO_API sio_broadcast_t *sio_broadcast_ref(sio_broadcast_t *broadcast);
SIO_API void sio_broadcast_unref(sio_broadcast_t *broadcast);

SIO_API int sio_server_emit(sio_server_t *server, const char *event, const char *format, ...);
SIO_API int sio_server_vemit(sio_server_t *server, const char *event, const char *format,
                             va_list args);
SIO_API int sio_server_emit_json(sio_server_t *server, const char *event, const json_t *args);
SIO_API int sio_server_emit_raw(sio_server_t *server, const char *event, const char *text,
                                size_t length);
SIO_API int sio_server_emit_event(sio_server_t *server, const char *event,
                                  const sio_event_t *received);

SIO_API int sio_namespace_emit(sio_namespace_t *nsp, const char *event, const char *format, ...);
SIO_API int sio_namespace_vemit(sio_namespace_t *nsp, const char *event, const char *format,
                                va_list args);
SIO_API int sio_namespace_emit_json(sio_namespace_t *nsp, const char *event, const json_t *args);
SIO_API int sio_namespace_emit_raw(sio_namespace_t *nsp, const char *event, const char *text,
                                   size_t length);
SIO_API int sio_namespace_emit_event(sio_namespace_t *nsp, const char *event,
                                     const sio_event_t *received);

SIO_API int sio_broadcast_emit(sio_broadcast_t *broadcast, const char *event, const char *format,
                               ...);
SIO_API int sio_broadcast_vemit(sio_broadcast_t *broadcast, const char *event, const char *format,
                                va_list args);
SIO_API int sio_broadcast_emit_json(sio_broadcast_t *broadcast, const char *event,
                                    const json_t *args);
SIO_API int sio_broadcast_emit_raw(sio_broadcast_t *broadcast, const char *event, const char *text,
                                   size_t length);
SIO_API int sio_broadcast_emit_event(sio_broadcast_t *broadcast, const char *event,
                                     const sio_event_t *received);

SIO_END_DECLS

#endif
