/**
 * @file
 * Listeners beyond those of single events, which are sio_on() and its like in sio/verbs.h.
 *
 * The typed forms of verbs: of a socket; of a namespace, for every socket in it, now or later;
 * of a server, which stands for its namespace "/". A socket's own listeners are called before
 * those of its namespace. All run on the loop's thread. Those that register return 0, SIO_EINVAL
 * (NULL), SIO_ECLOSED (the socket has ended), SIO_ETOOBIG (max_listeners) or SIO_ENOMEM; those
 * that remove return 0, SIO_EINVAL or SIO_ENOMEM, and take off what was registered with the same
 * function and data, or with a function of NULL everything of the kind. All of them may be
 * called by listeners.
 */
#ifndef SIO_LISTENERS_H
#define SIO_LISTENERS_H

#include <sio/event.h>
#include <sio/namespace.h>
#include <sio/socket.h>

SIO_BEGIN_DECLS

/* --- connections and their ends [S9, S26] ------------------------------------------------------ */

/** The same as sio_on_connection() for the next connection only, and its removal. */
SIO_API int sio_namespace_once_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data);
SIO_API int sio_server_once_connection(sio_server_t *server, sio_connection_cb cb, void *data);
SIO_API int sio_namespace_off_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data);
SIO_API int sio_server_off_connection(sio_server_t *server, sio_connection_cb cb, void *data);

/**
 * A socket is about to end: it is still connected, and in its rooms, the namespace still knows
 * it. The order is: disconnecting; it leaves its rooms; acks that are waited for fail;
 * disconnect. A callback may do anything: to end the socket again does nothing, its client and
 * the server may be closed. What is emitted to the socket itself comes behind its DISCONNECT or
 * finds the connection gone.
 */
SIO_API int sio_socket_on_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_on_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_server_on_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data);
SIO_API int sio_socket_once_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_once_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb,
                                             void *data);
SIO_API int sio_server_once_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data);
SIO_API int sio_socket_off_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_off_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_server_off_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data);

/** The same as sio_on_disconnect() for one end of a socket only (of a namespace: the next one), and
 * its removal. */
SIO_API int sio_socket_once_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_once_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_server_once_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data);
SIO_API int sio_socket_off_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_off_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_server_off_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data);

/* --- middlewares of events [S24] ---------------------------------------------------------------- */

/**
 * Runs for each event that comes in for the socket, before the listeners of its name and behind
 * those of any name, in the order of registration. It ends with sio_next(next), which passes
 * the event on, or sio_next_error(next, message, data), which calls the error listeners
 * instead; or sio_next_error(next, NULL, NULL), which drops the event and tells nobody. One of
 * the three is called exactly once, now or later; until then the event is kept, and @p event is
 * valid. What one client may have waiting that way is up to the middleware. The listeners are
 * called when the middlewares have returned, or from inside of the last sio_next() when that
 * comes later. SIO_ECLOSED from it: the socket has ended meanwhile.
 */
typedef void (*sio_event_use_cb)(sio_socket_t *socket, sio_event_t *event, sio_next_t *next,
                                 void *data);

/** Adds a middleware, which stays as long as the socket; events on their way already do not pass
 * it. 0, SIO_EINVAL, SIO_ECLOSED, SIO_ENOMEM. See sio_use in sio/verbs.h. */
SIO_API int sio_socket_use(sio_socket_t *socket, sio_event_use_cb cb, void *data);

/** A middleware has refused an event; or the client has sent what is no packet [P7], and the
 * connection is about to be closed: @p message says why, @p error is NULL. @p error (may be NULL)
 * and @p message are borrowed for the call. An error that nobody listens to goes to the log. */
typedef void (*sio_error_cb)(sio_socket_t *socket, const char *message, const json_t *error,
                             void *data);
SIO_API int sio_socket_on_error(sio_socket_t *socket, sio_error_cb cb, void *data);
SIO_API int sio_namespace_on_error(sio_namespace_t *nsp, sio_error_cb cb, void *data);
SIO_API int sio_server_on_error(sio_server_t *server, sio_error_cb cb, void *data);
SIO_API int sio_socket_off_error(sio_socket_t *socket, sio_error_cb cb, void *data);
SIO_API int sio_namespace_off_error(sio_namespace_t *nsp, sio_error_cb cb, void *data);
SIO_API int sio_server_off_error(sio_server_t *server, sio_error_cb cb, void *data);

/* --- whatever comes in [S25] ------------------------------------------------------------------ */

/** A listener, as it was registered. */
typedef struct sio_listener_s {
    sio_event_cb cb; /**< the function */
    void *data;      /**< what it is given */
} sio_listener_t;

/** Is called for each event that comes in, whatever its name, before the listeners of that name. */
SIO_API int sio_socket_on_any(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_on_any(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_on_any(sio_server_t *server, sio_event_cb cb, void *data);

/** The same, before those that are registered already. */
SIO_API int sio_socket_prepend_any(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_prepend_any(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_prepend_any(sio_server_t *server, sio_event_cb cb, void *data);

/** Removes listeners of whatever comes in. */
SIO_API int sio_socket_off_any(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_off_any(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_off_any(sio_server_t *server, sio_event_cb cb, void *data);

/** Writes the first @p capacity of them, in the order of their calls, to @p listeners (NULL with
 * a capacity of 0). Returns how many there are. */
SIO_API size_t sio_socket_listeners_any(sio_socket_t *socket, sio_listener_t *listeners,
                                        size_t capacity);
SIO_API size_t sio_namespace_listeners_any(sio_namespace_t *nsp, sio_listener_t *listeners,
                                           size_t capacity);
SIO_API size_t sio_server_listeners_any(sio_server_t *server, sio_listener_t *listeners,
                                        size_t capacity);

/* --- whatever goes out [S25] ------------------------------------------------------------------ */

/** Is called for each event on its way to a socket, after it was encoded and before it is sent:
 * for emits to the socket, for broadcasts that mean it, also when it is dropped as volatile;
 * not for acks. The event reads as one that has come in; it asks for no ack. An emit to the
 * same socket calls the listener again. When one ends the socket, the emit gives SIO_ECLOSED.
 * Each event is read back for it, which costs about what receiving one does. */
SIO_API int sio_socket_on_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_on_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_on_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data);

/** The same, before those that are registered already. */
SIO_API int sio_socket_prepend_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_prepend_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_prepend_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data);

/** Removes listeners of what goes out. */
SIO_API int sio_socket_off_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data);
SIO_API int sio_namespace_off_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data);
SIO_API int sio_server_off_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data);

/** As for those of whatever comes in. */
SIO_API size_t sio_socket_listeners_any_outgoing(sio_socket_t *socket, sio_listener_t *listeners,
                                                 size_t capacity);
SIO_API size_t sio_namespace_listeners_any_outgoing(sio_namespace_t *nsp,
                                                    sio_listener_t *listeners, size_t capacity);
SIO_API size_t sio_server_listeners_any_outgoing(sio_server_t *server, sio_listener_t *listeners,
                                                 size_t capacity);

SIO_END_DECLS

#endif
