/* The socket.io server: host, engine, core and raw WebSocket endpoints under one roof. */
#ifndef SIO__SERVER_SERVER_H
#define SIO__SERVER_SERVER_H

#include "base/options.h"
#include "net/host.h"
#include "serve/client.h"
#include "sio/core.h"
#include "sio/namespace.h"
#include "ws/endpoint.h"
#include <sio/server.h>

typedef struct sio__post_call_s sio__post_call_t;

struct sio_server_s {
    sio_options_t options;
    sio__host_t *host;
    sio__loop_t *loop;
    sio__ws_pool_t *pool;
    sio__endpoints_t *endpoints;
    eio_server_t *engine;
    sio__client_files_t *client_files;
    sio__core_t core;
    uv_mutex_t posts_mutex;
    sio__post_call_t *posts; /* accepted, not called yet */
    sio__deferred_t close_deferred;
    sio_server_cb closed;
    void *closed_data;
    void *data; /* the application's */
    uint8_t has_mutex;
    uint8_t closing;
    uint8_t freeing; /* sio_server_free was called */
};

/* The namespace that the server stands for; NULL for NULL. */
static inline sio_namespace_t *sio__server_root(sio_server_t *server) {
    return server != NULL ? server->core.root : NULL;
}
/* Frees what was posted and never called. */
void sio__server_drop_posts(sio_server_t *server);

#endif
