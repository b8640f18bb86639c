#include "net/conn.h"
#include "net/send.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum {
    WRITE_BUFS = 64, /* extents in one system call */
    EARLY_FLUSH =
        256 *
        1024, /* queued in one turn: written before its end, so that the scratch stays small */
    WRITE_MAX = 0x7fff0000 /* bytes in one call: what fits sio__send's result */
};

typedef struct {
    uv_write_t req;
    size_t length;
    size_t left;             /* at the last look */
    sio__timeout_t timeout;  /* in the loop's `stalls` */
} write_t;

/* The end of a connection that we have ended first: FIN sent, input dropped until the peer's
 * FIN. */
typedef struct sio__linger_s {
    uv_shutdown_t req;
    sio__timeout_t timeout;
    sio__conn_t *conn;
} linger_t;

static void unlink_conn(sio__conn_t *conn) {
    sio__loop_t *loop = conn->loop;
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        loop->conns = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    loop->conn_count--;
    if (conn->address != 0)
        sio__addresses_leave(&loop->addresses, conn->address);
}

static void link_conn(sio__conn_t *conn) {
    sio__loop_t *loop = conn->loop;
    conn->prev = NULL;
    conn->next = loop->conns;
    if (loop->conns != NULL)
        loop->conns->prev = conn;
    loop->conns = conn;
    loop->conn_count++;
}

/* --- outputs -------------------------------------------------------------------------------- */

/* Lends an output. 0 or SIO_ENOMEM. */
static int lend_output(sio__conn_t *conn) {
    sio__loop_t *loop = conn->loop;
    sio__output_t *output = loop->spares;
    if (output != NULL) {
        loop->spares = output->next;
        if (--loop->spare_count < loop->spare_low)
            loop->spare_low = loop->spare_count;
    } else {
        output = calloc(1, sizeof(*output));
        if (output == NULL)
            return SIO_ENOMEM;
    }
    output->conn = conn;
    conn->output = output;
    return 0;
}

static inline int need_output(sio__conn_t *conn) {
    return conn->output != NULL ? 0 : lend_output(conn);
}

/* Takes it back: its queue is empty, which is all zeros. More spares than connections are
 * never needed. */
static void return_output(sio__conn_t *conn) {
    sio__loop_t *loop = conn->loop;
    sio__output_t *output = conn->output;
    conn->output = NULL;
    if (loop->spare_count >= SIO__SPARES_KEPT + loop->conn_count) {
        free(output);
        return;
    }
    output->next = loop->spares;
    loop->spares = output;
    loop->spare_count++;
}

static void make_dirty(sio__conn_t *conn) {
    sio__loop_t *loop = conn->loop;
    if (conn->dirty)
        return;
    if (need_output(conn) < 0) {
        loop->stranded = 1;
        return;
    }
    conn->dirty = 1;
    conn->output->next = NULL;
    *loop->dirty_last = conn->output;
    loop->dirty_last = &conn->output->next;
}

static void fail(sio__conn_t *conn, int error) {
    if (conn->failed)
        return;
    conn->failed = 1;
    conn->error = (int16_t) error;
    make_dirty(conn);
}

void sio__conn_fail(sio__conn_t *conn, int error) {
    fail(conn, error);
}

/* --- reading -------------------------------------------------------------------------------- */

/* One buffer for all: it is in use only from here to the end of on_read (on Windows too, where
 * libuv asks for it when bytes are there, not before). */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void) suggested;
    const sio__conn_t *conn = handle->data;
    *buf = uv_buf_init(conn->loop->read_buffer, SIO__READ_BUFFER);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) {
    sio__conn_t *conn = stream->data;
    if (length > 0) {
        conn->loop->bytes_in += (uint64_t) length;
        if (!conn->lingering && !conn->failed)
            conn->protocol->data(conn, buf->base, (size_t) length);
    } else if (length == UV_EOF) {
        conn->ended = 1;
        conn->reading = 0;
        if (conn->lingering)
            sio__conn_close(conn, 0);
        else
            conn->protocol->end(conn);
    } else if (length < 0) {
        sio__conn_close(conn, (int) length);
    }
}

void sio__conn_pause(sio__conn_t *conn) {
    if (!conn->reading)
        return;
    conn->reading = 0;
    uv_read_stop(sio__conn_stream(conn));
}

static int start_reading(sio__conn_t *conn) {
    int rc = uv_read_start(sio__conn_stream(conn), on_alloc, on_read);
    if (rc == 0)
        conn->reading = 1;
    return rc;
}

void sio__conn_resume(sio__conn_t *conn) {
    if (conn->reading || conn->closing || conn->ended)
        return;
    int rc = start_reading(conn);
    if (rc < 0)
        fail(conn, rc);
}

/* --- opening and closing -------------------------------------------------------------------- */

/* What the `data` of our own streams points at, before they are connections. */
static const char ours;

static sio__conn_t *conn_of(uv_stream_t *stream) {
    return (sio__conn_t *) (void *) ((char *) stream - offsetof(sio__conn_t, u));
}

uv_stream_t *sio__stream_new(int is_pipe) {
    sio__conn_t *conn =
        malloc(offsetof(sio__conn_t, u) + (is_pipe ? sizeof(uv_pipe_t) : sizeof(uv_tcp_t)));
    if (conn == NULL)
        return NULL;
    conn->u.stream.data = (void *) (uintptr_t) &ours;
    return &conn->u.stream;
}

void sio__stream_free(uv_stream_t *stream) {
    free(conn_of(stream));
}

/* The block for a stream: the one that it is part of, or one for itself. */
static sio__conn_t *block_of(uv_stream_t *stream) {
    int is_ours = stream->data == &ours;
    sio__conn_t *conn =
        is_ours ? conn_of(stream) : malloc(offsetof(sio__conn_t, u) + sizeof(conn->u.theirs));
    if (conn == NULL)
        return NULL;
    memset(conn, 0, offsetof(sio__conn_t, u));
    conn->ours = is_ours != 0;
    if (!is_ours)
        conn->u.theirs = stream;
    return conn;
}

int sio__conn_open(sio__conn_t **out, sio__loop_t *loop, uv_stream_t *stream,
                   const sio__protocol_t *protocol, void *protocol_data) {
    void *data_before = stream->data;
    sio__conn_t *conn = block_of(stream);
    if (conn == NULL)
        return SIO_ENOMEM;
    conn->loop = loop;
    conn->protocol = protocol;
    conn->protocol_data = protocol_data;
    conn->is_pipe = stream->type == UV_NAMED_PIPE;
    stream->data = conn;
    int rc = start_reading(conn);
    if (rc < 0) {
        stream->data = data_before;
        if (!conn->ours)
            free(conn);
        return rc;
    }
    link_conn(conn);
    sio__loop_handle_opened(loop);
    *out = conn;
    return 0;
}

void sio__conn_set_protocol(sio__conn_t *conn, const sio__protocol_t *protocol, void *data) {
    conn->protocol = protocol;
    conn->protocol_data = data;
}

static void on_closed(uv_handle_t *handle) {
    sio__conn_t *conn = handle->data;
    sio__loop_t *loop = conn->loop;
    if (conn->output != NULL) {
        sio__outq_clear(&conn->output->queue);
        free(conn->output->linger);
        conn->output->linger = NULL;
        return_output(conn);
    }
    if (loop->spare_count > SIO__SPARES_KEPT + loop->conn_count)
        sio__loop_drop_spare(loop);
    if (!conn->ours)
        free(conn->u.theirs);
    free(conn);
    sio__loop_handle_closed(loop);
}

void sio__conn_close(sio__conn_t *conn, int error) {
    if (conn->closing)
        return;
    conn->closing = 1;
    conn->reading = 0;
    unlink_conn(conn);
    if (conn->lingering)
        sio__timeout_disarm(&conn->loop->linger, &conn->output->linger->timeout);
    uv_close((uv_handle_t *) sio__conn_stream(conn), on_closed);
    conn->protocol->closed(conn, error);
    if (conn->loop->conns == NULL && conn->loop->conns_gone != NULL)
        conn->loop->conns_gone(conn->loop, conn->loop->conns_gone_data);
}

static void on_shutdown(uv_shutdown_t *req, int status) {
    linger_t *linger = req->data;
    if (status < 0 && status != UV_ECANCELED)
        sio__conn_close(linger->conn, 0);
}

void sio__conn_linger_expired(sio__timeout_t *timeout) {
    linger_t *linger = (linger_t *) ((char *) timeout - offsetof(linger_t, timeout));
    sio__conn_close(linger->conn, 0);
}

/* Everything has been written: sends FIN and waits for the peer's, for a while. */
static void finish(sio__conn_t *conn) {
    int over = conn->ended || conn->peer_done;
    linger_t *linger = over || need_output(conn) < 0 ? NULL : calloc(1, sizeof(*linger));
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

void sio__conn_close_after_write(sio__conn_t *conn) {
    if (conn->closing || conn->close_after)
        return;
    conn->close_after = 1;
    make_dirty(conn);
}

void sio__conn_peer_done(sio__conn_t *conn) {
    conn->peer_done = 1;
}

/* --- writing -------------------------------------------------------------------------------- */

static unsigned gather(const sio__outq_t *out, uv_buf_t bufs[WRITE_BUFS], size_t *length) {
    unsigned count = out->count < WRITE_BUFS ? out->count : WRITE_BUFS;
    *length = 0;
    for (unsigned i = 0; i < count; i++) {
        const sio__extent_t *extent = sio__outq_at(out, i);
        size_t part = extent->length;
        if (part > WRITE_MAX - *length)
            part = WRITE_MAX - *length;
        bufs[i] = uv_buf_init((char *) (uintptr_t) extent->data, (unsigned) part);
        *length += part;
    }
    return count;
}

/* Writes until everything is out or the network is full. */
static void write_now(sio__conn_t *conn) {
    sio__outq_t *out = &conn->output->queue;
    while (out->count > 0 && !conn->writing && !conn->failed) {
        uv_buf_t bufs[WRITE_BUFS];
        size_t length;
        unsigned count = gather(out, bufs, &length);
        int sent = sio__send(sio__conn_stream(conn), bufs, count);
        if (sent < 0) {
            if (sent != UV_EAGAIN)
                fail(conn, sent);
            conn->full = 1;
            return;
        }
        conn->loop->bytes_out += (uint64_t) sent;
        sio__outq_consume(out, (size_t) sent);
        conn->full = (size_t) sent < length;
        if (conn->full)
            return;
    }
}

static void on_written(uv_write_t *req, int status) {
    write_t *write = (write_t *) req;
    sio__conn_t *conn = req->data;
    size_t length = write->length;
    sio__timeout_disarm(&conn->loop->stalls, &write->timeout);
    free(write);
    conn->writing = 0;
    if (conn->closing)
        return;
    if (status < 0) {
        fail(conn, status);
        return;
    }
    conn->loop->bytes_out += length;
    sio__outq_consume(&conn->output->queue, length);
    make_dirty(conn);
}

/* Leaves the first part of the rest to libuv, which writes when the network has room again. */
static void write_later(sio__conn_t *conn) {
    write_t *write = calloc(1, sizeof(*write));
    if (write == NULL) {
        fail(conn, SIO_ENOMEM);
        return;
    }
    uv_buf_t bufs[WRITE_BUFS];
    unsigned count = gather(&conn->output->queue, bufs, &write->length);
    write->req.data = conn;
    int rc = uv_write(&write->req, sio__conn_stream(conn), bufs, count, on_written);
    if (rc < 0) {
        free(write);
        fail(conn, rc);
        return;
    }
    conn->writing = 1;
    write->left = write->length;
    sio__timeout_arm(&conn->loop->stalls, &write->timeout);
}

void sio__conn_stall_expired(sio__timeout_t *timeout) {
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

/* Writes what there is. Nonzero if everything is out. */
static int flush_queue(sio__conn_t *conn) {
    sio__outq_t *out = &conn->output->queue;
    conn->full = 0;
    write_now(conn);
    if (!conn->failed && out->count > 0) {
        if (sio__outq_keep(out, conn->loop->scratch) < 0)
            fail(conn, SIO_ENOMEM);
        else if (!conn->writing)
            write_later(conn);
    }
    return out->count == 0;
}

/* Everything is out, for now. */
static void flushed(sio__conn_t *conn) {
    if (conn->wants_drained) {
        conn->wants_drained = 0;
        if (conn->protocol->drained != NULL)
            conn->protocol->drained(conn);
    }
    if (conn->closing || conn->dirty)
        return;
    if (conn->close_after && !conn->lingering)
        finish(conn);
    if (!conn->closing && !conn->lingering && conn->output != NULL)
        return_output(conn);
}

void sio__conn_flush(sio__conn_t *conn) {
    if (conn->closing)
        return;
    int all = conn->output == NULL || flush_queue(conn);
    if (conn->failed)
        sio__conn_close(conn, conn->error);
    else if (all)
        flushed(conn);
}

static int may_send(const sio__conn_t *conn) {
    return !conn->closing && !conn->close_after && !conn->failed;
}

/* After something was queued: keeps the bounds. */
static int queued(sio__conn_t *conn) {
    const sio__outq_t *out = &conn->output->queue;
    const uint32_t most = conn->loop->max_buffered;
    conn->wants_drained = 1;
    make_dirty(conn);
    if (out->bytes < EARLY_FLUSH && out->bytes <= most)
        return 0;
    /* Not for each piece of a burst that the network has no room for; but before giving up. */
    if (!conn->full || out->bytes > most)
        write_now(conn);
    if (out->bytes <= most)
        return 0;
    sio__limited(conn->loop, SIO_LIMIT_BUFFERED, "http",
                 "a peer was cut off: more than %u bytes wait for it", (unsigned) most);
    fail(conn, SIO_ETOOBIG);
    return SIO_ETOOBIG;
}

int sio__conn_send(sio__conn_t *conn, const unsigned char *data, size_t length) {
    if (!may_send(conn))
        return SIO_ECLOSED;
    if (need_output(conn) < 0)
        return SIO_ENOMEM;
    int rc = sio__outq_scratch(&conn->output->queue, data, length);
    return rc < 0 ? rc : queued(conn);
}

int sio__conn_send_queue(sio__conn_t *conn, sio__outq_t *from) {
    int rc = may_send(conn) ? need_output(conn) : SIO_ECLOSED;
    if (rc == 0)
        rc = sio__outq_move(&conn->output->queue, from);
    if (rc < 0) {
        sio__outq_clear(from);
        return rc;
    }
    return queued(conn);
}

int sio__conn_send_copy(sio__conn_t *conn, const void *data, size_t length) {
    if (!may_send(conn))
        return SIO_ECLOSED;
    const unsigned char *copy = sio__scratch_copy(conn->loop->scratch, data, length);
    return copy == NULL ? SIO_ENOMEM : sio__conn_send(conn, copy, length);
}

size_t sio__conn_buffered(const sio__conn_t *conn) {
    return conn->output != NULL ? conn->output->queue.bytes : 0;
}

void sio__conn_peer(const sio__conn_t *conn, char text[SIO__ADDRESS_SIZE]) {
    struct sockaddr_storage address;
    int length = sizeof(address);
    text[0] = '\0';
    if (!conn->is_pipe && !conn->closing &&
        uv_tcp_getpeername((const uv_tcp_t *) sio__conn_stream(conn),
                           (struct sockaddr *) &address, &length) == 0)
        sio__address_text((const struct sockaddr *) &address, text);
}
