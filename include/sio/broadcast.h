/**
 * @file
 * Broadcasts: one event to many sockets [S10-S12, S15].
 *
 *     sio_emit(sio_except(sio_to(io, "news"), "muted"), "headline", "s", text);
 *
 * sio_to and its like start a chain or lengthen one, and return it. The verb that ends it (an
 * emit) consumes it, also when it fails; a chain that nothing ends is reclaimed at the end of
 * the loop turn. Out of memory they return NULL, and every function here takes NULL
 * (SIO_EINVAL), so a chain is safe. A chain that starts from a socket leaves that socket out.
 */
#ifndef SIO_BROADCAST_H
#define SIO_BROADCAST_H

#include <sio/event.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** Everyone in the room, and in those named before, each once. A socket's id is a room. NULL out
 * of memory. */
SIO_API sio_broadcast_t *sio_server_to(sio_server_t *server, const char *room);
SIO_API sio_broadcast_t *sio_namespace_to(sio_namespace_t *nsp, const char *room);
SIO_API sio_broadcast_t *sio_socket_to(sio_socket_t *socket, const char *room);
SIO_API sio_broadcast_t *sio_broadcast_to(sio_broadcast_t *broadcast, const char *room);

/** Nobody who is in the room. NULL out of memory. */
SIO_API sio_broadcast_t *sio_server_except(sio_server_t *server, const char *room);
SIO_API sio_broadcast_t *sio_namespace_except(sio_namespace_t *nsp, const char *room);
SIO_API sio_broadcast_t *sio_socket_except(sio_socket_t *socket, const char *room);
SIO_API sio_broadcast_t *sio_broadcast_except(sio_broadcast_t *broadcast, const char *room);

/** Dropped for those who cannot be written to at once [S15]. NULL out of memory. */
SIO_API sio_broadcast_t *sio_server_volatile(sio_server_t *server);
SIO_API sio_broadcast_t *sio_namespace_volatile(sio_namespace_t *nsp);
SIO_API sio_broadcast_t *sio_broadcast_volatile(sio_broadcast_t *broadcast);
/** To this one socket (unlike the chains from a socket that name rooms), dropped if it cannot be
 * written at once. */
SIO_API sio_broadcast_t *sio_socket_volatile(sio_socket_t *socket);

/** Not beyond this server, whatever the adapter; from a socket: to all others [S11, S12]. */
SIO_API sio_broadcast_t *sio_server_local(sio_server_t *server);
SIO_API sio_broadcast_t *sio_namespace_local(sio_namespace_t *nsp);
SIO_API sio_broadcast_t *sio_socket_local(sio_socket_t *socket);
SIO_API sio_broadcast_t *sio_broadcast_local(sio_broadcast_t *broadcast);

/** With @p compress 0 a poll answer need not be compressed for this; a WebSocket goes by its own
 * threshold [E10, E11]. From a socket: to this one. */
SIO_API sio_broadcast_t *sio_server_compress(sio_server_t *server, int compress);
SIO_API sio_broadcast_t *sio_namespace_compress(sio_namespace_t *nsp, int compress);
SIO_API sio_broadcast_t *sio_socket_compress(sio_socket_t *socket, int compress);
SIO_API sio_broadcast_t *sio_broadcast_compress(sio_broadcast_t *broadcast, int compress);

/** The time for acks, milliseconds, where sio_emit_with_ack() gives 0. From a socket: to this
 * one. */
SIO_API sio_broadcast_t *sio_server_timeout(sio_server_t *server, uint32_t ms);
SIO_API sio_broadcast_t *sio_namespace_timeout(sio_namespace_t *nsp, uint32_t ms);
SIO_API sio_broadcast_t *sio_socket_timeout(sio_socket_t *socket, uint32_t ms);
SIO_API sio_broadcast_t *sio_broadcast_timeout(sio_broadcast_t *broadcast, uint32_t ms);

/** A chain that names no room; of a chain, itself. What the verbs of sio/verbs.h begin with that
 * exist for broadcasts only. */
SIO_API sio_broadcast_t *sio_server_everyone(sio_server_t *server);
SIO_API sio_broadcast_t *sio_namespace_everyone(sio_namespace_t *nsp);
SIO_API sio_broadcast_t *sio_broadcast_everyone(sio_broadcast_t *broadcast);

/** Everyone in the namespace but this socket: Node's socket.broadcast. */
SIO_API sio_broadcast_t *sio_broadcast(sio_socket_t *socket);

/** Keeps a chain for re-use: it is no longer consumed. Each reference is given back with unref.
 * Lengthening a kept chain makes a copy, so the kept one never changes. Returns @p broadcast. */
SIO_API sio_broadcast_t *sio_broadcast_ref(sio_broadcast_t *broadcast);
SIO_API void sio_broadcast_unref(sio_broadcast_t *broadcast);

/** Emits to all of the server's namespace "/"; see sio/verbs.h for formats and errors. */
SIO_API int sio_server_emit(sio_server_t *server, const char *event, const char *format, ...);
SIO_API int sio_server_vemit(sio_server_t *server, const char *event, const char *format,
                             va_list args);
SIO_API int sio_server_emit_json(sio_server_t *server, const char *event, const json_t *args);
SIO_API int sio_server_emit_raw(sio_server_t *server, const char *event, const char *text,
                                size_t length);
SIO_API int sio_server_emit_event(sio_server_t *server, const char *event,
                                  const sio_event_t *received);

/** Emits to all of the namespace, or of the children of a parent; see sio/verbs.h. */
SIO_API int sio_namespace_emit(sio_namespace_t *nsp, const char *event, const char *format, ...);
SIO_API int sio_namespace_vemit(sio_namespace_t *nsp, const char *event, const char *format,
                                va_list args);
SIO_API int sio_namespace_emit_json(sio_namespace_t *nsp, const char *event, const json_t *args);
SIO_API int sio_namespace_emit_raw(sio_namespace_t *nsp, const char *event, const char *text,
                                   size_t length);
SIO_API int sio_namespace_emit_event(sio_namespace_t *nsp, const char *event,
                                     const sio_event_t *received);

/** Emits to those the chain says, and ends it; see sio/verbs.h. */
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

/**
 * The answers to an emit with ack to many [S14]: called exactly once, never from inside the
 * emit. @p error is 0 when all have answered; SIO_ETIMEDOUT when the time was up; SIO_ECLOSED,
 * the server goes; SIO_ENOMEM. The arguments of @p responses are the first arguments of the
 * answers that have come until then (null for an answer without any), in the order they came:
 * sio_event_count(), sio_event_unpack() and the others read them. It has no name, no socket and
 * wants no ack, and is NULL only when there was no memory for it.
 */
typedef void (*sio_responses_cb)(sio_namespace_t *nsp, int error, sio_event_t *responses,
                                 void *data);

/** Asks all that the chain concerns. Without time (@p timeout_ms 0 and no sio_timeout) it is 1
 * ms, as in Node: those who have not answered by then are given up. */
SIO_API int sio_broadcast_emit_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                        sio_responses_cb cb, void *data, const char *event,
                                        const char *format, ...);
SIO_API int sio_broadcast_vemit_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                         sio_responses_cb cb, void *data, const char *event,
                                         const char *format, va_list args);
SIO_API int sio_broadcast_emit_json_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                             sio_responses_cb cb, void *data, const char *event,
                                             const json_t *args);
SIO_API int sio_broadcast_emit_event_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                              sio_responses_cb cb, void *data, const char *event,
                                              const sio_event_t *received);

SIO_END_DECLS

#endif
