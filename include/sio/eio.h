/**
 * @file
 * The engine alone: an Engine.IO server for programs that want plain messages without
 * Socket.IO's namespaces, events and acks. The conventions of <sio.h> hold; options are
 * sio_options_t.
 */
#ifndef SIO_EIO_H
#define SIO_EIO_H

#include <sio/error.h>
#include <sio/export.h>
#include <sio/options.h>
#include <sio/reason.h>
#include <sio/tls.h>
#include <stddef.h>
#include <stdint.h>

SIO_BEGIN_DECLS

/** As in <uv.h>. */
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_stream_s uv_stream_t;

/** An engine. */
typedef struct eio_server_s eio_server_t;
/** A session: one client, whatever transport carries it. */
typedef struct eio_socket_s eio_socket_t;
/** The continuation of a middleware. */
typedef struct eio_next_s eio_next_t;

/** An engine has closed. */
typedef void (*eio_server_cb)(eio_server_t *server, void *data);
/** A session was opened. @p request is its handshake, valid during the call. */
typedef void (*eio_connection_cb)(eio_socket_t *socket, sio_http_request_t *request, void *data);
/** A message arrived; text is valid UTF-8, not NUL-terminated. @p message is valid during the
 * call. */
typedef void (*eio_message_cb)(eio_socket_t *socket, const void *message, size_t length, int binary,
                               void *data);
/** The session has ended; the last call with @p socket. */
typedef void (*eio_close_cb)(eio_socket_t *socket, sio_reason_t reason, void *data);
/** Everything queued for the session has been written. */
typedef void (*eio_drain_cb)(eio_socket_t *socket, void *data);

/* --- server: as the functions of the same name in sio/server.h ------------------------------ */

/** As sio_server_new() and the functions of the other names in sio/server.h, for an engine
 * alone. The path is "/engine.io" by default; other requests are answered 501. */
SIO_API int eio_server_new(eio_server_t **server, uv_loop_t *loop, const sio_options_t *options);
SIO_API void eio_server_free(eio_server_t *server);
SIO_API int eio_server_close(eio_server_t *server, eio_server_cb cb, void *data);
SIO_API int eio_server_listen(eio_server_t *server, const char *host, int port);
SIO_API int eio_server_listen_pipe(eio_server_t *server, const char *name);
SIO_API int eio_server_accept(eio_server_t *server, uv_stream_t *stream);
SIO_API int eio_server_listen_tls(eio_server_t *server, const char *host, int port, sio_tls_t *tls);
SIO_API int eio_server_accept_tls(eio_server_t *server, uv_stream_t *stream, sio_tls_t *tls);
SIO_API int eio_server_port(const eio_server_t *server);
SIO_API uv_loop_t *eio_server_loop(const eio_server_t *server);
SIO_API int eio_server_run(eio_server_t *server);
SIO_API size_t eio_server_clients(const eio_server_t *server);
SIO_API void eio_server_set_data(eio_server_t *server, void *data);
SIO_API void *eio_server_data(const eio_server_t *server);

/** Calls @p cb for each new session. One at a time: the last one counts. Of no effect on an
 * engine of a sio_server_t. */
SIO_API void eio_server_on_connection(eio_server_t *server, eio_connection_cb cb, void *data);

/** A handshake was refused, see sio_connection_error_cb. */
typedef void (*eio_connection_error_cb)(sio_http_request_t *request, int code, const char *message,
                                        const char *context, void *data);
/** See sio_on_connection_error [E35]. */
SIO_API void eio_server_on_connection_error(eio_server_t *server, eio_connection_error_cb cb,
                                            void *data);
typedef void (*eio_headers_cb)(sio_http_request_t *request, sio_http_response_t *response,
                               int initial, void *data);
/** See sio_on_headers [E21]. */
SIO_API void eio_server_on_headers(eio_server_t *server, eio_headers_cb cb, void *data);

/**
 * Middleware of the engine [E20]: runs for each of its HTTP requests and upgrades before
 * anything is checked, in the order added. It may add headers to @p response. End with
 * eio_next() or eio_next_error() (code 3, MIDDLEWARE_FAILURE), now or later, exactly once; or
 * answer @p response with sio_http_end() and call neither (not for an upgrade).
 */
typedef void (*eio_use_cb)(sio_http_request_t *request, sio_http_response_t *response,
                           eio_next_t *next, void *data);
SIO_API int eio_server_use(eio_server_t *server, eio_use_cb cb, void *data);
SIO_API void eio_next(eio_next_t *next);
SIO_API void eio_next_error(eio_next_t *next);

/** What happens to sessions [E82]. */
typedef enum eio_event_type_e {
    EIO_EVENT_OPEN,          /**< the handshake is done; behind the connection callback */
    EIO_EVENT_PACKET,        /**< a packet has come */
    EIO_EVENT_PACKET_CREATE, /**< a packet is about to be sent */
    EIO_EVENT_HEARTBEAT,     /**< a PONG has come */
    EIO_EVENT_UPGRADING,     /**< a probe has come: the client is about to move */
    EIO_EVENT_UPGRADE,       /**< it has moved */
    EIO_EVENT_FLUSH,         /**< what was queued is handed to the transport */
    EIO_EVENT_DRAIN,         /**< the transport has sent everything */
    EIO_EVENT_CLOSE          /**< the session has ended; before the close callback */
} eio_event_type_t;

/** What has happened to a session. */
typedef struct eio_event_s {
    eio_event_type_t type; /**< says which of the others have a meaning */
    /** PACKET, PACKET_CREATE: 0 open, 1 close, 2 ping, 3 pong, 4 message, 5 upgrade, 6 noop. */
    int packet;
    const void *data; /**< of the packet; valid during the call */
    size_t length;    /**< of the data */
    int binary;       /**< it is no text */
    sio_reason_t reason; /**< CLOSE */
} eio_event_t;

/** Sees what happens to all sessions. It may close @p socket (EIO_EVENT_CLOSE apart). */
typedef void (*eio_event_cb)(eio_socket_t *socket, const eio_event_t *event, void *data);

/** Watches the sessions of an engine, also of one that sio_server_engine() has given; @p cb
 * NULL: no more. One at a time: the last one counts. */
SIO_API void eio_server_on_event(eio_server_t *server, eio_event_cb cb, void *data);

/** Calls @p cb for each session, in no order; nonzero from it stops and is returned. It may close
 * sessions, this one included. SIO_ENOMEM. */
typedef int (*eio_each_cb)(eio_socket_t *socket, void *data);
SIO_API int eio_server_each(eio_server_t *server, eio_each_cb cb, void *data);

/** The session with this id, or NULL. */
SIO_API eio_socket_t *eio_server_socket(const eio_server_t *server, const char *id);

/** The transport to which a session on @p transport may move: "websocket", or "" for none [E22]. */
SIO_API const char *eio_server_upgrades(const eio_server_t *server, const char *transport);

/** The options, complete, as the engine keeps them. */
SIO_API const sio_options_t *eio_server_options(const eio_server_t *server);

/* --- sockets -------------------------------------------------------------------------------- */

/** Sets the callback, one at a time; of no effect on a session of a sio_server_t. */
SIO_API void eio_socket_on_message(eio_socket_t *socket, eio_message_cb cb, void *data);
SIO_API void eio_socket_on_close(eio_socket_t *socket, eio_close_cb cb, void *data);
SIO_API void eio_socket_on_drain(eio_socket_t *socket, eio_drain_cb cb, void *data);

/** The session's id, NUL-terminated; borrowed. */
SIO_API const char *eio_socket_id(const eio_socket_t *socket);
/** "polling" or "websocket"; of a 0.9 client also "xhr-polling", "jsonp-polling", "htmlfile". */
SIO_API const char *eio_socket_transport(const eio_socket_t *socket);
/** The peer's address without port; of the client itself where a trusted proxy stands between. */
SIO_API const char *eio_socket_address(const eio_socket_t *socket);
/** The revision of Engine.IO that the client speaks: 4; 3 or 2 with options.allow_eio3; 1 for the
 * protocol of socket.io 0.9, which had none yet. */
SIO_API int eio_socket_protocol(const eio_socket_t *socket);
/** Nonzero once the client has moved from the transport that it came with. */
SIO_API int eio_socket_upgraded(const eio_socket_t *socket);
/** "open", "closing" or "closed", as Node's readyState [E81]. */
SIO_API const char *eio_socket_state(const eio_socket_t *socket);
/** The POST that carries the message being handled; NULL outside of a message callback, and on
 * WebSocket, whose request is not kept. */
SIO_API sio_http_request_t *eio_socket_request(const eio_socket_t *socket);
/** Sends a message; copied. Text that is not UTF-8: SIO_EUTF8. After the close: SIO_ECLOSED. */
SIO_API int eio_socket_send(eio_socket_t *socket, const char *text, size_t length);
SIO_API int eio_socket_send_binary(eio_socket_t *socket, const void *data, size_t length);
/** Closes: after what is queued has been written, the close callback following from the loop;
 * or at once when @p discard is set [E60]: the close callback then runs before it returns, and
 * @p socket is gone. The reason is SIO_REASON_FORCED_CLOSE. */
SIO_API void eio_socket_close(eio_socket_t *socket, int discard);
/** Bytes queued that the network has not taken yet, or no poll. */
SIO_API size_t eio_socket_buffered(const eio_socket_t *socket);

SIO_END_DECLS

#endif
