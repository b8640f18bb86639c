/* Calls from other threads. */
#include "server/server.h"
#include <sio/error.h>
#include <stdlib.h>

/* Linked in the server, so that one that was never called is freed with it. */
struct sio__post_call_s {
    sio__post_call_t *prev, *next;
    sio_server_cb cb;
    void *data;
};

static void unlink_call(sio_server_t *server, sio__post_call_t *call) {
    if (call->prev != NULL)
        call->prev->next = call->next;
    else
        server->posts = call->next;
    if (call->next != NULL)
        call->next->prev = call->prev;
}

static void run(void *owner, void *data) {
    sio_server_t *server = owner;
    sio__post_call_t *call = data, made;
    uv_mutex_lock(&server->posts_mutex);
    unlink_call(server, call);
    uv_mutex_unlock(&server->posts_mutex);
    made = *call;
    free(call);
    made.cb(server, made.data);
}

/* The server's mutex is held over the host's: it decides, and the host cannot refuse for being
 * closed. */
int sio_post(sio_server_t *server, sio_server_cb cb, void *data) {
    if (server == NULL || cb == NULL)
        return SIO_EINVAL;
    sio__post_call_t *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return SIO_ENOMEM;
    call->cb = cb;
    call->data = data;
    uv_mutex_lock(&server->posts_mutex);
    int rc = server->closing ? SIO_ECLOSED : sio__host_post(server->host, run, server, call);
    if (rc == 0) {
        call->next = server->posts;
        if (call->next != NULL)
            call->next->prev = call;
        server->posts = call;
    }
    uv_mutex_unlock(&server->posts_mutex);
    if (rc < 0)
        free(call);
    return rc;
}

void sio__server_drop_posts(sio_server_t *server) {
    while (server->posts != NULL) {
        sio__post_call_t *call = server->posts;
        server->posts = call->next;
        free(call);
    }
}
