/* The engine: sessions by id, and the route that verifies requests and hands them to transports. */
#ifndef SIO__EIO_SERVER_H
#define SIO__EIO_SERVER_H

#include "eio/socket.h"
#include "net/host.h"
#include "ws/ws.h"
#include <sio/eio.h>

/* An engine on a host of somebody else's (the socket.io server's), for `user` with `user_data`.
 * It adds its route (options.path, which must be set) to the host. */
int eio__server_attach(eio_server_t **server, sio__host_t *host, const sio_options_t *options,
                       const eio__user_t *user, void *user_data);
/* No new sessions from now on (503, and upgrades refused); each session is closed, with what is
 * queued for it written out first unless `discard`. */
void eio__server_close(eio_server_t *server, int discard);
/* Called once it is closing and the last session has ended, perhaps in the middle of its
 * request; at once if there is none. */
void eio__server_on_emptied(eio_server_t *server, void (*emptied)(eio_server_t *server));
/* Of an attached one: sessions that are left are dropped (`close` is told). */
void eio__server_detach(eio_server_t *server);

/* Requests under the path that are not the engine's (the client files) [C5]: nonzero if it has
 * answered. */
typedef int (*eio__other_cb)(sio_http_request_t *request, sio_http_response_t *response,
                             void *data);
void eio__server_set_other(eio_server_t *server, eio__other_cb cb, void *data);

/* Somebody sees all events, and may do anything in it. */
int eio__server_is_watched(const eio_server_t *server);
/* Packets that were sent by eio__socket_cast. */
void eio__server_count_out(eio_server_t *server, size_t packets);

sio__loop_t *eio__server_loop(const eio_server_t *server);
const sio_options_t *eio__server_options(const eio_server_t *server);
void *eio__server_user_data(const eio_server_t *server);

#endif
