/**
 * @file
 * The verbs, for any target: a server (which stands for its namespace "/"), a namespace, a
 * socket or a broadcast. In C they are _Generic macros, in C++ overloads; both call the typed
 * functions of the other headers, which bindings of other languages use directly.
 *
 *   sio_on(target, event, cb, data)         server, namespace (for every socket in it), socket
 *   sio_once(target, event, cb, data)       the same, for one event; of a namespace: once per registration
 *   sio_off(target, event, cb, data)        removes what was registered with the same four; cb NULL: all of the event
 *   sio_on_any(target, cb, data)            the same for events of any name: also sio_prepend_any, sio_off_any,
 *   sio_on_any_outgoing(target, cb, data)   for those sent: also sio_prepend_any_outgoing, sio_off_any_outgoing
 *   sio_listeners_any(target, list, capacity), sio_listeners_any_outgoing
 *   sio_on_connection(target, cb, data)     server, namespace
 *   sio_on_disconnect(target, cb, data)     server, namespace (for every socket in it), socket
 *   sio_on_disconnecting(target, cb, data)  the same, while its rooms are intact
 *                                           each of these three also with once and off for on
 *   sio_use(target, cb, data)               server, namespace: middleware (a sio_use_cb) for sockets;
 *                                           socket: for events (a sio_event_use_cb)
 *   sio_on_error(target, cb, data)          server, namespace, socket: also sio_off_error
 *   sio_to(target, room), sio_in            any: start or lengthen a broadcast
 *   sio_except(target, room)                any
 *   sio_volatile(target)                    any: may be dropped when the peer cannot take it now
 *   sio_local(target)                       any: not beyond this server
 *   sio_compress(target, yes)               any
 *   sio_timeout(target, ms)                 any: for acks
 *   sio_every(target, ms, cb, data)         server, socket: a timer that goes with its owner
 *   sio_after(target, ms, cb, data)         the same, once
 *   sio_emit(target, event[, format, ...])  any
 *   sio_vemit, sio_emit_json, sio_emit_raw, sio_emit_event
 *   sio_emit_with_ack(target, timeout_ms, cb, data, event[, format, ...])
 *                                           a socket: cb is a sio_ack_cb; others: a sio_responses_cb
 *   sio_fetch_sockets(target, cb, data)     server, namespace, broadcast
 *   sio_sockets_join(target, room)          the same, as sio_sockets_leave
 *   sio_disconnect_sockets(target, close)   the same
 *   sio_server_side_emit(target, event[, format, ...])                                  server, namespace
 *   sio_server_side_emit_with_ack(target, timeout_ms, cb, data, event[, format, ...])   the same
 *   sio_on_server_side(target, event, cb, data), sio_off_server_side                    the same
 *   sio_ack(event[, format, ...])
 *
 * Formats: the letters of json_pack without outer brackets, one value per argument of the event:
 *  s (const char *; NULL is SIO_EINVAL, s? makes it null), s# (const char *, int), s% (const char *, size_t), + appends to the
 *  text before, n, b (int), i (int), I (json_int_t), f (double), o and O (json_t *; o steals, O borrows; both with ? for NULL),
 *  {…} objects with text keys, […] arrays; * after s, o, O in an object or array leaves a NULL out;
 *  B (const void *, size_t: a binary, anywhere in the value), r (const char *, size_t: raw JSON text, trusted to be
 *  valid), a (const sio_event_t *, int: an argument received, binaries included). Blanks, ':' and ',' are ignored.
 * Errors of the emitting verbs: SIO_ECLOSED, SIO_ERESERVED [P10], SIO_EINVAL, SIO_EFORMAT,
 * SIO_EUTF8, SIO_ENOMEM; with an ack of a socket SIO_ETOOBIG (max_pending_acks). 0 means queued:
 * the bytes leave at the end of the loop turn.
 */
#ifndef SIO_VERBS_H
#define SIO_VERBS_H

#include <sio/broadcast.h>
#include <sio/listeners.h>
#include <sio/namespace.h>
#include <sio/remote.h>
#include <sio/socket.h>

/** Acknowledges an event: sio_ack(event) or sio_ack(event, format, ...). See sio_event_ack. */
#define sio_ack(...) sio_event_ack(__VA_ARGS__, (const char *) 0)

#ifndef __cplusplus

#define SIO__ANY(target, verb)                                                                     \
    _Generic((target),                                                                             \
        sio_server_t *: sio_server_##verb,                                                         \
        sio_namespace_t *: sio_namespace_##verb,                                                   \
        sio_socket_t *: sio_socket_##verb,                                                         \
        sio_broadcast_t *: sio_broadcast_##verb)
#define SIO__LISTENER(target, verb)                                                                \
    _Generic((target),                                                                             \
        sio_server_t *: sio_server_##verb,                                                         \
        sio_namespace_t *: sio_namespace_##verb,                                                   \
        sio_socket_t *: sio_socket_##verb)
#define SIO__NSP(target, verb)                                                                     \
    _Generic((target), sio_server_t *: sio_server_##verb, sio_namespace_t *: sio_namespace_##verb)
#define SIO__OWNER(target, verb)                                                                   \
    _Generic((target), sio_server_t *: sio_server_##verb, sio_socket_t *: sio_socket_##verb)

/** Listens to an event: each time, or once; or removes what was registered with the same
 * arguments, with @p cb NULL all of the event. See sio_event_cb. */
#define sio_on(target, event, cb, data) SIO__LISTENER(target, on)(target, event, cb, data)
#define sio_once(target, event, cb, data) SIO__LISTENER(target, once)(target, event, cb, data)
#define sio_off(target, event, cb, data) SIO__LISTENER(target, off)(target, event, cb, data)

/** Listens to whatever comes in, behind the others or before them, or no more; lists who does.
 * See sio/listeners.h. */
#define sio_on_any(target, cb, data) SIO__LISTENER(target, on_any)(target, cb, data)
#define sio_prepend_any(target, cb, data) SIO__LISTENER(target, prepend_any)(target, cb, data)
#define sio_off_any(target, cb, data) SIO__LISTENER(target, off_any)(target, cb, data)
#define sio_listeners_any(target, list, capacity)                                                  \
    SIO__LISTENER(target, listeners_any)(target, list, capacity)

/** The same for what goes out. */
#define sio_on_any_outgoing(target, cb, data)                                                      \
    SIO__LISTENER(target, on_any_outgoing)(target, cb, data)
#define sio_prepend_any_outgoing(target, cb, data)                                                 \
    SIO__LISTENER(target, prepend_any_outgoing)(target, cb, data)
#define sio_off_any_outgoing(target, cb, data)                                                     \
    SIO__LISTENER(target, off_any_outgoing)(target, cb, data)
#define sio_listeners_any_outgoing(target, list, capacity)                                         \
    SIO__LISTENER(target, listeners_any_outgoing)(target, list, capacity)

/** Listens to connections, see sio_connection_cb. */
#define sio_on_connection(target, cb, data) SIO__NSP(target, on_connection)(target, cb, data)
#define sio_once_connection(target, cb, data) SIO__NSP(target, once_connection)(target, cb, data)
#define sio_off_connection(target, cb, data) SIO__NSP(target, off_connection)(target, cb, data)

/** Listens to the end of sockets, see sio_disconnect_cb: while they are still in their rooms
 * (disconnecting), or afterwards. */
#define sio_on_disconnect(target, cb, data) SIO__LISTENER(target, on_disconnect)(target, cb, data)
#define sio_once_disconnect(target, cb, data)                                                      \
    SIO__LISTENER(target, once_disconnect)(target, cb, data)
#define sio_off_disconnect(target, cb, data) SIO__LISTENER(target, off_disconnect)(target, cb, data)
#define sio_on_disconnecting(target, cb, data)                                                     \
    SIO__LISTENER(target, on_disconnecting)(target, cb, data)
#define sio_once_disconnecting(target, cb, data)                                                   \
    SIO__LISTENER(target, once_disconnecting)(target, cb, data)
#define sio_off_disconnecting(target, cb, data)                                                    \
    SIO__LISTENER(target, off_disconnecting)(target, cb, data)

/** Middleware: of a server or a namespace for those who connect (sio_use_cb), of a socket for
 * its events (sio_event_use_cb). */
#define sio_use(target, cb, data) SIO__LISTENER(target, use)(target, cb, data)

/** Listens to errors of a socket's middlewares, see sio_error_cb. */
#define sio_on_error(target, cb, data) SIO__LISTENER(target, on_error)(target, cb, data)
#define sio_off_error(target, cb, data) SIO__LISTENER(target, off_error)(target, cb, data)

/** Starts a broadcast, or lengthens one; see sio/broadcast.h. */
#define sio_to(target, room) SIO__ANY(target, to)(target, room)
#define sio_in(target, room) SIO__ANY(target, to)(target, room)
#define sio_except(target, room) SIO__ANY(target, except)(target, room)
#define sio_volatile(target) SIO__ANY(target, volatile)(target)
#define sio_local(target) SIO__ANY(target, local)(target)
#define sio_compress(target, yes) SIO__ANY(target, compress)(target, yes)
#define sio_timeout(target, ms) SIO__ANY(target, timeout)(target, ms)

/** A timer that goes with its owner: each @p ms milliseconds, or once after them. */
#define sio_every(target, ms, cb, data) SIO__OWNER(target, every)(target, ms, cb, data)
#define sio_after(target, ms, cb, data) SIO__OWNER(target, after)(target, ms, cb, data)

/** Emits an event. (The NULL behind the arguments is the format when there is none, and ignored
 * otherwise.) */
#define sio_emit(target, ...) SIO__ANY(target, emit)(target, __VA_ARGS__, (const char *) 0)

/** The same with arguments in a va_list, in a JSON array, as JSON text without brackets, or
 * those of an event. */
#define sio_vemit(target, event, format, args) SIO__ANY(target, vemit)(target, event, format, args)
#define sio_emit_json(target, event, args) SIO__ANY(target, emit_json)(target, event, args)
#define sio_emit_raw(target, event, text, length) SIO__ANY(target, emit_raw)(target, event, text, length)
#define sio_emit_event(target, event, received) SIO__ANY(target, emit_event)(target, event, received)

static inline sio_socket_t *sio__itself(sio_socket_t *socket) {
    return socket;
}
static inline sio_namespace_t *sio__nsp_itself(sio_namespace_t *nsp) {
    return nsp;
}
/* Verbs that exist for broadcasts only: a server or a namespace becomes one that names no room. */
#define SIO__CHAIN(target)                                                                         \
    _Generic((target),                                                                             \
        sio_server_t *: sio_server_everyone,                                                       \
        sio_namespace_t *: sio_namespace_everyone,                                                 \
        sio_socket_t *: sio__itself,                                                               \
        sio_broadcast_t *: sio_broadcast_everyone)(target)
/* Verbs that exist for namespaces only. */
#define SIO__OF(target)                                                                            \
    _Generic((target),                                                                             \
        sio_server_t *: sio_server_sockets,                                                        \
        sio_namespace_t *: sio__nsp_itself)(target)

/** Emits and waits for the answer of a socket (sio_ack_cb), or of many (sio_responses_cb). */
#define sio_emit_with_ack(target, timeout_ms, cb, data, ...)                                       \
    _Generic((target),                                                                             \
        sio_socket_t *: sio_socket_emit_with_ack,                                                  \
        default: sio_broadcast_emit_with_ack)(SIO__CHAIN(target), timeout_ms, cb, data,            \
                                              __VA_ARGS__, (const char *) 0)

/** Remote control, see sio/remote.h. */
#define sio_fetch_sockets(target, cb, data)                                                        \
    sio_broadcast_fetch_sockets(SIO__CHAIN(target), cb, data)
#define sio_sockets_join(target, room) sio_broadcast_sockets_join(SIO__CHAIN(target), room)
#define sio_sockets_leave(target, room) sio_broadcast_sockets_leave(SIO__CHAIN(target), room)
#define sio_disconnect_sockets(target, close)                                                      \
    sio_broadcast_disconnect_sockets(SIO__CHAIN(target), close)

/** Events between servers, see sio/remote.h. */
#define sio_on_server_side(target, event, cb, data)                                                \
    sio_namespace_on_server_side(SIO__OF(target), event, cb, data)
#define sio_off_server_side(target, event, cb, data)                                               \
    sio_namespace_off_server_side(SIO__OF(target), event, cb, data)
#define sio_server_side_emit(target, ...)                                                          \
    sio_namespace_server_side_emit(SIO__OF(target), __VA_ARGS__, (const char *) 0)
#define sio_server_side_emit_with_ack(target, timeout_ms, cb, data, ...)                           \
    sio_namespace_server_side_emit_with_ack(SIO__OF(target), timeout_ms, cb, data, __VA_ARGS__,    \
                                            (const char *) 0)

#endif /* C */

SIO_BEGIN_DECLS

/** The server's forms of the verbs; it stands for its namespace "/". */
SIO_API int sio_server_use(sio_server_t *server, sio_use_cb cb, void *data);
SIO_API int sio_server_on_connection(sio_server_t *server, sio_connection_cb cb, void *data);
SIO_API int sio_server_on_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data);
SIO_API int sio_server_on(sio_server_t *server, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_server_once(sio_server_t *server, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_server_off(sio_server_t *server, const char *event, sio_event_cb cb, void *data);

SIO_END_DECLS

#ifdef __cplusplus

#define SIO__LISTENER(T, prefix)                                                                   \
    inline int sio_on(T *t, const char *e, sio_event_cb cb, void *d) { return prefix##_on(t, e, cb, d); } \
    inline int sio_once(T *t, const char *e, sio_event_cb cb, void *d) { return prefix##_once(t, e, cb, d); } \
    inline int sio_off(T *t, const char *e, sio_event_cb cb, void *d) { return prefix##_off(t, e, cb, d); } \
    inline int sio_once_disconnect(T *t, sio_disconnect_cb cb, void *d) { return prefix##_once_disconnect(t, cb, d); } \
    inline int sio_off_disconnect(T *t, sio_disconnect_cb cb, void *d) { return prefix##_off_disconnect(t, cb, d); } \
    inline int sio_on_disconnecting(T *t, sio_disconnect_cb cb, void *d) { return prefix##_on_disconnecting(t, cb, d); } \
    inline int sio_once_disconnecting(T *t, sio_disconnect_cb cb, void *d) { return prefix##_once_disconnecting(t, cb, d); } \
    inline int sio_off_disconnecting(T *t, sio_disconnect_cb cb, void *d) { return prefix##_off_disconnecting(t, cb, d); } \
    inline int sio_on_error(T *t, sio_error_cb cb, void *d) { return prefix##_on_error(t, cb, d); } \
    inline int sio_off_error(T *t, sio_error_cb cb, void *d) { return prefix##_off_error(t, cb, d); } \
    inline int sio_on_any(T *t, sio_event_cb cb, void *d) { return prefix##_on_any(t, cb, d); } \
    inline int sio_prepend_any(T *t, sio_event_cb cb, void *d) { return prefix##_prepend_any(t, cb, d); } \
    inline int sio_off_any(T *t, sio_event_cb cb, void *d) { return prefix##_off_any(t, cb, d); } \
    inline int sio_on_any_outgoing(T *t, sio_event_cb cb, void *d) { return prefix##_on_any_outgoing(t, cb, d); } \
    inline int sio_prepend_any_outgoing(T *t, sio_event_cb cb, void *d) { return prefix##_prepend_any_outgoing(t, cb, d); } \
    inline int sio_off_any_outgoing(T *t, sio_event_cb cb, void *d) { return prefix##_off_any_outgoing(t, cb, d); } \
    inline size_t sio_listeners_any(T *t, sio_listener_t *l, size_t n) { return prefix##_listeners_any(t, l, n); } \
    inline size_t sio_listeners_any_outgoing(T *t, sio_listener_t *l, size_t n) { return prefix##_listeners_any_outgoing(t, l, n); } \
    inline int sio_on_disconnect(T *t, sio_disconnect_cb cb, void *d) { return prefix##_on_disconnect(t, cb, d); }
#define SIO__NSP(T, prefix)                                                                        \
    inline int sio_once_connection(T *t, sio_connection_cb cb, void *d) { return prefix##_once_connection(t, cb, d); } \
    inline int sio_off_connection(T *t, sio_connection_cb cb, void *d) { return prefix##_off_connection(t, cb, d); } \
    inline int sio_on_connection(T *t, sio_connection_cb cb, void *d) { return prefix##_on_connection(t, cb, d); } \
    inline int sio_use(T *t, sio_use_cb cb, void *d) { return prefix##_use(t, cb, d); }
#define SIO__OWNER(T, prefix, CB)                                                                  \
    inline sio_timer_t *sio_every(T *t, uint64_t ms, CB cb, void *d) { return prefix##_every(t, ms, cb, d); } \
    inline sio_timer_t *sio_after(T *t, uint64_t ms, CB cb, void *d) { return prefix##_after(t, ms, cb, d); }
#define SIO__ANY(T, prefix)                                                                        \
    inline sio_broadcast_t *sio_to(T *t, const char *room) { return prefix##_to(t, room); }        \
    inline sio_broadcast_t *sio_in(T *t, const char *room) { return prefix##_to(t, room); }        \
    inline sio_broadcast_t *sio_except(T *t, const char *room) { return prefix##_except(t, room); } \
    inline sio_broadcast_t *sio_volatile(T *t) { return prefix##_volatile(t); }                    \
    inline sio_broadcast_t *sio_local(T *t) { return prefix##_local(t); }                          \
    inline sio_broadcast_t *sio_compress(T *t, int compress) { return prefix##_compress(t, compress); } \
    inline sio_broadcast_t *sio_timeout(T *t, uint32_t ms) { return prefix##_timeout(t, ms); }     \
    template <class... A> inline int sio_emit(T *t, const char *event, A... args) {                \
        return prefix##_emit(t, event, args..., static_cast<const char *>(0));                     \
    }                                                                                              \
    inline int sio_vemit(T *t, const char *e, const char *f, va_list a) { return prefix##_vemit(t, e, f, a); } \
    inline int sio_emit_json(T *t, const char *e, const json_t *a) { return prefix##_emit_json(t, e, a); } \
    inline int sio_emit_raw(T *t, const char *e, const char *x, size_t n) { return prefix##_emit_raw(t, e, x, n); } \
    inline int sio_emit_event(T *t, const char *e, const sio_event_t *r) { return prefix##_emit_event(t, e, r); }

#define SIO__CHAIN(T, prefix)                                                                      \
    template <class... A>                                                                          \
    inline int sio_emit_with_ack(T *t, uint32_t timeout_ms, sio_responses_cb cb, void *data,       \
                                 const char *event, A... args) {                                   \
        return sio_broadcast_emit_with_ack(prefix##_everyone(t), timeout_ms, cb, data, event,      \
                                           args..., static_cast<const char *>(0));                 \
    }                                                                                              \
    inline int sio_fetch_sockets(T *t, sio_fetch_cb cb, void *data) {                              \
        return sio_broadcast_fetch_sockets(prefix##_everyone(t), cb, data);                        \
    }                                                                                              \
    inline int sio_sockets_join(T *t, const char *room) { return sio_broadcast_sockets_join(prefix##_everyone(t), room); } \
    inline int sio_sockets_leave(T *t, const char *room) { return sio_broadcast_sockets_leave(prefix##_everyone(t), room); } \
    inline int sio_disconnect_sockets(T *t, int close) { return sio_broadcast_disconnect_sockets(prefix##_everyone(t), close); }
#define SIO__SERVERS(T, nsp)                                                                       \
    inline int sio_on_server_side(T *t, const char *event, sio_server_side_cb cb, void *data) {    \
        return sio_namespace_on_server_side(nsp, event, cb, data);                                 \
    }                                                                                              \
    inline int sio_off_server_side(T *t, const char *event, sio_server_side_cb cb, void *data) {   \
        return sio_namespace_off_server_side(nsp, event, cb, data);                                \
    }                                                                                              \
    template <class... A>                                                                          \
    inline int sio_server_side_emit(T *t, const char *event, A... args) {                          \
        return sio_namespace_server_side_emit(nsp, event, args..., static_cast<const char *>(0));  \
    }                                                                                              \
    template <class... A>                                                                          \
    inline int sio_server_side_emit_with_ack(T *t, uint32_t timeout_ms, sio_responses_cb cb,       \
                                             void *data, const char *event, A... args) {           \
        return sio_namespace_server_side_emit_with_ack(nsp, timeout_ms, cb, data, event, args...,  \
                                                       static_cast<const char *>(0));              \
    }

inline int sio_use(sio_socket_t *t, sio_event_use_cb cb, void *d) { return sio_socket_use(t, cb, d); }
SIO__LISTENER(sio_server_t, sio_server)
SIO__LISTENER(sio_namespace_t, sio_namespace)
SIO__LISTENER(sio_socket_t, sio_socket)
SIO__NSP(sio_server_t, sio_server)
SIO__NSP(sio_namespace_t, sio_namespace)
SIO__OWNER(sio_server_t, sio_server, sio_server_cb)
SIO__OWNER(sio_socket_t, sio_socket, sio_socket_cb)
SIO__ANY(sio_server_t, sio_server)
SIO__ANY(sio_namespace_t, sio_namespace)
SIO__ANY(sio_socket_t, sio_socket)
SIO__ANY(sio_broadcast_t, sio_broadcast)
SIO__CHAIN(sio_server_t, sio_server)
SIO__CHAIN(sio_namespace_t, sio_namespace)
SIO__CHAIN(sio_broadcast_t, sio_broadcast)
SIO__SERVERS(sio_server_t, sio_server_sockets(t))
SIO__SERVERS(sio_namespace_t, t)

template <class... A>
inline int sio_emit_with_ack(sio_socket_t *t, uint32_t timeout_ms, sio_ack_cb cb, void *data,
                             const char *event, A... args) {
    return sio_socket_emit_with_ack(t, timeout_ms, cb, data, event, args..., static_cast<const char *>(0));
}

#undef SIO__LISTENER
#undef SIO__NSP
#undef SIO__OWNER
#undef SIO__ANY
#undef SIO__CHAIN
#undef SIO__SERVERS

#endif /* C++ */

#endif
