#include "net/linger.h"
#include <stdlib.h>

typedef struct sio__linger_s {
    uv_shutdown_t req;
    sio__timeout_t timeout;
    sio__conn_t *conn;
} linger_t;

static void on_shutdown(uv_shutdown_t *req, int status) {
    linger_t *linger = req->data;
    if (status < 0 && status != UV_ECANCELED)
        sio__conn_close(linger->conn, 0);
}

void sio__linger_expired(sio__timeout_t *timeout) {
    linger_t *linger = (linger_t *) ((char *) timeout - offsetof(linger_t, timeout));
    sio__conn_close(linger->conn, 0);
}

void sio__linger_end(sio__conn_t *conn) {
    sio__timeout_disarm(&conn->loop->linger, &conn->output->linger->timeout);
}

/* A peer that is done may still send the farewell of TLS. */
static int is_over(const sio__conn_t *conn) {
    return conn->ended || (conn->peer_done && !conn->is_secure);
}

void sio__linger_begin(sio__conn_t *conn) {
    linger_t *linger =
        is_over(conn) || conn->output == NULL ? NULL : calloc(1, sizeof(*linger));
    if (linger == NULL) {
        sio__conn_close(conn, 0);
        return;
    }
    linger->conn = conn;
    linger->req.data = linger;
    if (uv_shutdown(&linger->req, sio__conn_stream(conn), on_shutdown) < 0) {
        free(linger);
        sio__conn_close(conn, 0);
        return;
    }
    conn->output->linger = linger;
    conn->lingering = 1;
    sio__timeout_arm(&conn->loop->linger, &linger->timeout);
    sio__conn_resume(conn);
}
