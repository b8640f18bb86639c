#include "net/conn.h"
#include "net/later.h"
#include "net/linger.h"
#include "net/secure.h"
#include "net/send.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* Queued in one turn: written before its end, so that the scratch stays small. */
enum { EARLY_FLUSH = 256 * 1024 };

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

static inline void make_dirty(sio__conn_t *conn) {
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

void sio__conn_wake(sio__conn_t *conn) {
    make_dirty(conn);
    if (!conn->dirty) /* what is to be written does not outlive the turn */
        fail(conn, SIO_ENOMEM);
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

/* Nothing has come: the peer's FIN, or an error. */
static void on_read_end(sio__conn_t *conn, ssize_t status) {
    if (status == UV_EOF) {
        conn->ended = 1;
        conn->reading = 0;
        if (conn->lingering)
            sio__conn_close(conn, 0);
        else
            conn->protocol->end(conn);
    } else if (status < 0) {
        sio__conn_close(conn, (int) status);
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) {
    sio__conn_t *conn = stream->data;
    if (length <= 0) {
        on_read_end(conn, length);
        return;
    }
    conn->loop->bytes_in += (uint64_t) length;
    if (!conn->lingering && !conn->failed)
        conn->protocol->data(conn, buf->base, (size_t) length);
}

static void on_secure_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) {
    sio__conn_t *conn = stream->data;
    if (length <= 0) {
        on_read_end(conn, length);
        return;
    }
    conn->loop->bytes_in += (uint64_t) length;
    if (!conn->lingering && !conn->failed)
        sio__secure_receive(conn, buf->base, (size_t) length);
}

void sio__conn_pause(sio__conn_t *conn) {
    if (!conn->reading)
        return;
    conn->reading = 0;
    uv_read_stop(sio__conn_stream(conn));
}

static int start_reading(sio__conn_t *conn) {
    int rc = uv_read_start(sio__conn_stream(conn), on_alloc,
                           conn->is_secure ? on_secure_read : on_read);
    if (rc == 0)
        conn->reading = 1;
    return rc;
}

void sio__conn_resume(sio__conn_t *conn) {
    if (conn->reading || conn->closing || conn->ended ||
        (conn->is_secure && sio__secure_resume(conn)))
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

uv_stream_t *sio__stream_new(int is_pipe, int is_secure) {
    sio__conn_t *conn =
        malloc(offsetof(sio__conn_t, u) + (is_pipe ? sizeof(uv_pipe_t) : sizeof(uv_tcp_t)) +
               (is_secure ? sizeof(sio__secure_t *) : 0));
    if (conn == NULL)
        return NULL;
    conn->u.stream.data = (void *) (uintptr_t) &ours;
    return &conn->u.stream;
}

void sio__stream_free(uv_stream_t *stream) {
    free(conn_of(stream));
}

/* The block for a stream: the one that it is part of, or one for itself. */
static sio__conn_t *block_of(uv_stream_t *stream, int is_secure) {
    int is_ours = stream->data == &ours;
    sio__conn_t *conn = is_ours ? conn_of(stream)
                                : malloc(offsetof(sio__conn_t, u) + sizeof(conn->u.theirs) +
                                         (is_secure ? sizeof(sio__secure_t *) : 0));
    if (conn == NULL)
        return NULL;
    memset(conn, 0, offsetof(sio__conn_t, u));
    conn->ours = is_ours != 0;
    if (!is_ours)
        conn->u.theirs = stream;
    return conn;
}

/* On failure nothing of it is left. */
static int start(sio__conn_t *conn, sio_tls_t *tls) {
    int rc = tls != NULL ? sio__secure_open(conn, tls) : 0;
    if (rc == 0)
        rc = start_reading(conn);
    if (rc < 0) {
        sio__secure_close(conn);
        if (!conn->ours)
            free(conn);
    }
    return rc;
}

int sio__conn_open(sio__conn_t **out, sio__loop_t *loop, uv_stream_t *stream,
                   const sio__protocol_t *protocol, void *protocol_data, sio_tls_t *tls) {
    void *data_before = stream->data;
    sio__conn_t *conn = block_of(stream, tls != NULL);
    if (conn == NULL)
        return SIO_ENOMEM;
    conn->loop = loop;
    conn->protocol = protocol;
    conn->protocol_data = protocol_data;
    conn->is_pipe = stream->type == UV_NAMED_PIPE;
    stream->data = conn;
    int rc = start(conn, tls);
    if (rc < 0) {
        stream->data = data_before;
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
    sio__secure_close(conn);
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
        sio__linger_end(conn);
    uv_close((uv_handle_t *) sio__conn_stream(conn), on_closed);
    conn->protocol->closed(conn, error);
    if (conn->loop->conns == NULL && conn->loop->conns_gone != NULL)
        conn->loop->conns_gone(conn->loop, conn->loop->conns_gone_data);
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

/* Writes until everything is out or the network is full. */
static void write_now(sio__conn_t *conn, sio__outq_t *out) {
    while (out->count > 0 && !conn->writing && !conn->failed) {
        uv_buf_t bufs[SIO__WRITE_BUFS];
        size_t length;
        unsigned count = sio__gather(out, bufs, &length);
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

/* What could not be written outlives the turn. */
static void keep_rest(sio__conn_t *conn, sio__outq_t *out) {
    if (!conn->failed && sio__outq_keep(out, conn->loop->scratch) < 0)
        fail(conn, SIO_ENOMEM);
}

/* And waits for room in the network. */
static void leave_rest(sio__conn_t *conn, sio__outq_t *out) {
    keep_rest(conn, out);
    if (!conn->failed && !conn->writing)
        sio__later_write(conn, out);
}

/* Writes what there is. Nonzero if everything is out. */
static int flush_queue(sio__conn_t *conn) {
    sio__outq_t *out = &conn->output->queue;
    conn->full = 0;
    write_now(conn, out);
    if (out->count == 0)
        return 1;
    leave_rest(conn, out);
    return 0;
}

/* --- writing with TLS ----------------------------------------------------------------------- */

/* Encrypts as much as the network takes, so that only the last piece waits encrypted. What was
 * taken makes room in the scratch for the next piece. */
static void write_secure(sio__conn_t *conn) {
    sio__scratch_t *scratch = conn->loop->scratch;
    sio__outq_t *wire = sio__secure_wire(conn);
    while (!conn->writing && !conn->failed) {
        const unsigned char *mark = sio__scratch_mark(scratch);
        int rc = sio__secure_encrypt(conn);
        if (rc < 0)
            fail(conn, rc);
        if (wire->count == 0)
            return;
        write_now(conn, wire);
        if (wire->count > 0)
            return;
        sio__scratch_rewind(scratch, mark);
    }
}

static int flush_secure(sio__conn_t *conn) {
    sio__outq_t *out = &conn->output->queue, *wire = sio__secure_wire(conn);
    conn->full = 0;
    write_secure(conn);
    if (out->count > 0)
        keep_rest(conn, out);
    if (wire->count > 0)
        leave_rest(conn, wire);
    return out->count == 0 && wire->count == 0;
}

void sio__conn_write(sio__conn_t *conn) {
    if (conn->is_secure)
        write_secure(conn);
    else
        write_now(conn, &conn->output->queue);
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
        sio__linger_begin(conn);
    if (!conn->closing && !conn->lingering && conn->output != NULL)
        return_output(conn);
}

void sio__conn_flush(sio__conn_t *conn) {
    int all;
    if (!conn->closing && !conn->is_secure) /* neighbouring bits: one look */
        all = conn->output == NULL || flush_queue(conn);
    else if (!conn->closing)
        all = conn->output == NULL || flush_secure(conn);
    else
        return;
    if (conn->failed)
        sio__conn_close(conn, conn->error);
    else if (all)
        flushed(conn);
}

static int may_send(const sio__conn_t *conn) {
    return !conn->closing && !conn->close_after && !conn->failed;
}

/* So much is queued that some of it is written before the end of the turn; beyond the bound the
 * connection fails. */
static int write_early(sio__conn_t *conn) {
    const sio__outq_t *out = &conn->output->queue;
    const uint32_t most = conn->loop->max_buffered;
    /* Not for each piece of a burst that the network has no room for; but before giving up. */
    if (!conn->full || sio__outq_weight(out) > most)
        sio__conn_write(conn);
    if (sio__outq_weight(out) <= most)
        return 0;
    sio__limited(conn->loop, SIO_LIMIT_BUFFERED, "http",
                 "a peer was cut off: more than %u bytes wait for it", (unsigned) most);
    fail(conn, SIO_ETOOBIG);
    return SIO_ETOOBIG;
}

/* After something was queued: keeps the bounds. */
static inline int queued(sio__conn_t *conn) {
    const sio__outq_t *out = &conn->output->queue;
    conn->wants_drained = 1;
    make_dirty(conn);
    if (out->bytes < EARLY_FLUSH && out->bytes <= conn->loop->max_buffered)
        return 0;
    return write_early(conn);
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
    size_t encrypted = conn->is_secure ? sio__secure_wire(conn)->bytes : 0;
    return encrypted + (conn->output != NULL ? conn->output->queue.bytes : 0);
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
