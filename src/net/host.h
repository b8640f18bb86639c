/*
 * A host: listeners, routes and connections of one server on one loop. Engine servers and socket.io
 * servers are routes on one.
 */
#ifndef SIO__NET_HOST_H
#define SIO__NET_HOST_H

#include "net/http.h"
#include <sio/options.h>

/* With `uv` NULL it makes a loop of its own. `options` are complete (see server/options or
 * eio/options) and copied as needed. */
int sio__host_new(sio__host_t **host, uv_loop_t *uv, const sio_options_t *options);
/* Stops listening and ends idle connections at once, those with a response to come after it;
 * connections that have been taken over by other protocols are left to their owners. Then,
 * when all have gone, `cb` from the loop. After close_timeout_ms what is left is cut. */
int sio__host_close(sio__host_t *host, void (*cb)(sio__host_t *host, void *data), void *data);
int sio__host_closing(const sio__host_t *host);
/* Frees: closes what is open without ceremony. On a loop of its own: at return all is gone.
 * Otherwise once the loop has run the close callbacks; `freed` (may be NULL) is called at the
 * very end. */
void sio__host_free(sio__host_t *host, void (*freed)(void *data), void *data);

int sio__host_listen(sio__host_t *host, const char *address, int port);
int sio__host_listen_tls(sio__host_t *host, const char *address, int port, sio_tls_t *tls);
int sio__host_listen_pipe(sio__host_t *host, const char *name);
/* An inherited, listening descriptor (systemd). */
int sio__host_listen_fd(sio__host_t *host, int fd);
/* `tls` NULL: plain. */
int sio__host_accept(sio__host_t *host, uv_stream_t *stream, sio_tls_t *tls);
int sio__host_port(const sio__host_t *host);
int sio__host_tls_port(const sio__host_t *host);

/* Runs the loop until the host is closed; `shutdown` is called on the first SIGINT, SIGTERM,
 * SIGHUP or SIGBREAK, or on HttpPlatformHandler's shutdown request, and must lead to
 * sio__host_close; the second signal cuts all off. */
int sio__host_run(sio__host_t *host, void (*shutdown)(void *data), void *data);
/* Obey a request with `MS-ASPNETCORE-EVENT: shutdown` and `MS-ASPNETCORE-TOKEN: <token>`:
 * answered 202, then `shutdown` of sio__host_run or, when the application runs the loop, the
 * `cb` of sio__host_on_shutdown. */
int sio__host_set_platform_token(sio__host_t *host, const char *token);
void sio__host_on_shutdown(sio__host_t *host, void (*cb)(void *data), void *data);

sio__loop_t *sio__host_loop(const sio__host_t *host);
const sio_options_t *sio__host_options(const sio__host_t *host);
/* Numbers for tests and operators: connections that are open. */
size_t sio__host_connections(const sio__host_t *host);
/* Requests that were refused because of their form, size or slowness. */
uint64_t sio__host_refusals(const sio__host_t *host);
/* Safe from any thread: calls `cb` on the loop. SIO_ENOMEM, SIO_ECLOSED. */
int sio__host_post(sio__host_t *host, void (*cb)(void *owner, void *data), void *owner, void *data);

#endif
