#include "net/later.h"
#include "net/limits.h"
#include <sio/error.h>
#include <stdlib.h>

typedef struct {
    uv_write_t req;
    sio__outq_t *out;
    size_t length;
    size_t left;             /* at the last look */
    sio__timeout_t timeout;  /* in the loop's `stalls` */
} write_t;

static void on_written(uv_write_t *req, int status) {
    write_t *write = (write_t *) req;
    sio__conn_t *conn = req->data;
    sio__outq_t *out = write->out;
    size_t length = write->length;
    sio__timeout_disarm(&conn->loop->stalls, &write->timeout);
    free(write);
    conn->writing = 0;
    if (conn->closing)
        return;
    if (status < 0) {
        sio__conn_fail(conn, status);
        return;
    }
    conn->loop->bytes_out += length;
    sio__outq_consume(out, length);
    sio__conn_wake(conn);
}

void sio__later_write(sio__conn_t *conn, sio__outq_t *out) {
    write_t *write = calloc(1, sizeof(*write));
    if (write == NULL) {
        sio__conn_fail(conn, SIO_ENOMEM);
        return;
    }
    uv_buf_t bufs[SIO__WRITE_BUFS];
    unsigned count = sio__gather(out, bufs, &write->length);
    write->req.data = conn;
    write->out = out;
    int rc = uv_write(&write->req, sio__conn_stream(conn), bufs, count, on_written);
    if (rc < 0) {
        free(write);
        sio__conn_fail(conn, rc);
        return;
    }
    conn->writing = 1;
    write->left = write->length;
    sio__timeout_arm(&conn->loop->stalls, &write->timeout);
}

void sio__later_stalled(sio__timeout_t *timeout) {
    write_t *write = (write_t *) ((char *) timeout - offsetof(write_t, timeout));
    sio__conn_t *conn = write->req.data;
    if (conn->closing)
        return;
    size_t left = uv_stream_get_write_queue_size(sio__conn_stream(conn));
    if (left == write->left) {
        sio__limited(conn->loop, SIO_LIMIT_IDLE_TIME, "http",
                     "a peer was cut off: it has stopped reading");
        sio__conn_close(conn, UV_ETIMEDOUT);
        return;
    }
    write->left = left;
    sio__timeout_arm(&conn->loop->stalls, timeout);
}
