/**
 * @file
 * The server: creation, listening, running, closing, and what belongs to all of it.
 */
#ifndef SIO_SERVER_H
#define SIO_SERVER_H

#include <sio/export.h>
#include <sio/options.h>
#include <sio/tls.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

SIO_BEGIN_DECLS

/* As in <uv.h>, which needs more than -std=c11; include it where you use libuv itself. */
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_stream_s uv_stream_t;

/** What the library is made of; opaque. */
typedef struct sio_server_s sio_server_t;
typedef struct sio_namespace_s sio_namespace_t;
typedef struct sio_socket_s sio_socket_t;
typedef struct sio_event_s sio_event_t;
typedef struct sio_broadcast_s sio_broadcast_t;
typedef struct sio_timer_s sio_timer_t;
typedef struct eio_server_s eio_server_t;

/** Something about a server: a timer of it, a posted call, its close. */
typedef void (*sio_server_cb)(sio_server_t *server, void *data);

/**
 * Creates a server. With @p loop NULL it has a loop of its own (for sio_run); otherwise it
 * lives on the caller's, which must outlive it. @p options may be NULL. Unless
 * options->keep_sigpipe is set, SIGPIPE is set to ignored if it is at its default. Errors:
 * SIO_ENOMEM, SIO_EINVAL (an option), SIO_ENOTSUP (options->parser), libuv codes; @p server is
 * then untouched.
 */
SIO_API int sio_server_new(sio_server_t **server, uv_loop_t *loop, const sio_options_t *options);

/**
 * Frees a server; NULL is fine. One that was not closed is closed at once, without goodbye. On
 * a loop of the caller's the memory goes when that loop has run the close callbacks of libuv,
 * so the loop must run on for that; on a loop of its own everything is gone at return. Not to
 * be called from a callback of the same server, except its close callback.
 */
SIO_API void sio_server_free(sio_server_t *server);

/**
 * Closes gracefully: no new connections, sockets disconnect with SIO_REASON_SERVER_SHUTTING_DOWN,
 * what is queued is written out, then @p cb (may be NULL) is called from the loop. Sockets that do
 * not end within options.close_timeout_ms are cut off. Calling it again: SIO_EDONE.
 */
SIO_API int sio_server_close(sio_server_t *server, sio_server_cb cb, void *data);

/**
 * Listens on TCP. @p host NULL: every address, IPv6 and IPv4; a name or address otherwise. @p port
 * 0: any. May be called again, for one more. Errors: SIO_EINVAL (no server, a port that is none),
 * SIO_ECLOSED (it closes), SIO_ENOMEM, libuv's codes (UV_EADDRINUSE, UV_EACCES; of a name that is
 * not known UV_EAI_NONAME). A name is looked up now, which may take its time.
 */
SIO_API int sio_listen(sio_server_t *server, const char *host, int port);

/** Listens on a pipe: a UNIX socket's path (a stale one is replaced), or a named pipe on
 * Windows. Errors as of sio_listen(); UV_ENAMETOOLONG. */
SIO_API int sio_listen_pipe(sio_server_t *server, const char *name);

/**
 * Listens where the environment says: PORT (a number: TCP; anything else: a pipe's name, as
 * iisnode hands out), else HTTP_PLATFORM_PORT (on 127.0.0.1), else systemd's LISTEN_FDS, else
 * @p default_port. With HTTP_PLATFORM_TOKEN set, HttpPlatformHandler's shutdown request is
 * obeyed.
 */
SIO_API int sio_listen_env(sio_server_t *server, int default_port);

/**
 * Takes over a connected stream (uv_tcp_t or uv_pipe_t on the server's loop, not reading) that
 * the caller accepted, allocated by malloc. From a return of 0 on it belongs to the server,
 * which closes it and gives it to free(); on failure it stays the caller's. One beyond
 * max_connections is answered 503, or, if too many are, SIO_ETOOBIG.
 */
SIO_API int sio_accept(sio_server_t *server, uv_stream_t *stream);

/** Listens for https and wss, as sio_listen() for http and ws; one server may do both. It keeps a
 * reference of @p tls, from a return of 0 on. Errors as of sio_listen(); SIO_EINVAL also if @p tls
 * is NULL. */
SIO_API int sio_listen_tls(sio_server_t *server, const char *host, int port, sio_tls_t *tls);

/** Takes over a connected stream as sio_accept() does, on which TLS is about to begin. One beyond
 * max_connections or max_handshakes_per_second: SIO_ETOOBIG. */
SIO_API int sio_accept_tls(sio_server_t *server, uv_stream_t *stream, sio_tls_t *tls);

/** The TCP port listened on (of the first listener), or a negative code. */
SIO_API int sio_server_port(const sio_server_t *server);
/** The same of the first sio_listen_tls(). */
SIO_API int sio_server_tls_port(const sio_server_t *server);

/** The loop. */
SIO_API uv_loop_t *sio_server_loop(const sio_server_t *server);

/**
 * Runs the loop until the server is closed. SIGINT, SIGTERM, SIGHUP (and SIGBREAK on Windows) close
 * it gracefully; a second one at once. They are watched with uv_signal only while this runs.
 */
SIO_API int sio_run(sio_server_t *server);

/** Calls @p cb on the server's loop. The one function that is safe from any thread.
 *  SIO_ECLOSED once the server is closing; posts accepted before are still run. */
SIO_API int sio_post(sio_server_t *server, sio_server_cb cb, void *data);

/** The namespace called @p name (a leading '/' is added when missing), made when it is new;
 *  NULL out of memory. It lives as long as the server: options.cleanup_empty_child_namespaces
 *  is about namespaces that nobody has asked for in this way. */
SIO_API sio_namespace_t *sio_of(sio_server_t *server, const char *name);

/** The namespace "/", which the verbs with a server for their target are about: Node's
 * io.sockets. */
SIO_API sio_namespace_t *sio_server_sockets(sio_server_t *server);

/** The engine underneath, for what <sio/eio.h> offers beyond this header, e.g. eio_server_use()
 * [E20]. It belongs to the server: not to be listened with, closed or freed, and its
 * connection callback is taken. */
SIO_API eio_server_t *sio_server_engine(const sio_server_t *server);

/** A pointer of the application's. */
SIO_API void sio_server_set_data(sio_server_t *server, void *data);
SIO_API void *sio_server_data(const sio_server_t *server);

/** Number of engine connections. */
SIO_API size_t sio_server_clients(const sio_server_t *server);

/** See sio_every and sio_after in sio/verbs.h. NULL: out of memory or closed. */
SIO_API sio_timer_t *sio_server_every(sio_server_t *server, uint64_t ms, sio_server_cb cb,
                                      void *data);
SIO_API sio_timer_t *sio_server_after(sio_server_t *server, uint64_t ms, sio_server_cb cb,
                                      void *data);

/** Stops a timer and frees it; NULL is fine. Legal from its own callback. Not after it has
 * gone: a socket's timers go right behind its disconnect callbacks, a server's right before
 * its close callback (or in sio_server_free), when all connections have ended. */
SIO_API void sio_timer_stop(sio_timer_t *timer);

/**
 * A handshake that the engine refused [E35]. @p code 0-5 and @p message are what the peer was told,
 * @p context says more as "key=value" text, e.g. "transport=carrier-pigeon"; values are as the peer
 * has sent them, control characters included.
 */
typedef void (*sio_connection_error_cb)(sio_http_request_t *request, int code, const char *message,
                                        const char *context, void *data);
SIO_API int sio_on_connection_error(sio_server_t *server, sio_connection_error_cb cb, void *data);

/** Called before the headers of an engine response go out, to add some with sio_http_header():
 *  @p initial is nonzero for the one that opens the session [E21]. */
typedef void (*sio_headers_cb)(sio_http_request_t *request, sio_http_response_t *response,
                               int initial, void *data);
SIO_API int sio_on_headers(sio_server_t *server, sio_headers_cb cb, void *data);

SIO_END_DECLS

#endif
