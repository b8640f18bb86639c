#include "ws/ws.h"
#include "ws/header.h"
#include "ws/state.h"
#include <sio/error.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 123 };

/* --- the pool --------------------------------------------------------------------------------- */

static void on_close_timeout(sio__timeout_t *timeout, void *data) {
    const sio__ws_deadline_t *deadline =
        (sio__ws_deadline_t *) (void *) ((char *) timeout - offsetof(sio__ws_deadline_t, timeout));
    (void) data;
    sio__conn_close(deadline->conn, SIO_ETIMEDOUT);
}

int sio__ws_pool_new(sio__ws_pool_t **out, sio__loop_t *loop, uint32_t close_timeout_ms) {
    sio__ws_pool_t *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return SIO_ENOMEM;
    pool->loop = loop;
    loop->ws_pool = pool;
    sio__timeouts_init(&pool->timeouts, &loop->clock, close_timeout_ms, on_close_timeout, NULL);
    *out = pool;
    return 0;
}

static void pool_destroy(sio__ws_pool_t *pool) {
    sio__odd_pool_clear(&pool->odd);
    free(pool);
}

void sio__ws_pool_free(sio__ws_pool_t *pool) {
    if (pool == NULL)
        return;
    sio__timeouts_remove(&pool->timeouts);
    pool->freed = 1;
    if (pool->users == 0)
        pool_destroy(pool);
}

void sio__ws_pool_enter(sio__ws_pool_t *pool) {
    pool->users++;
}

void sio__ws_pool_leave(sio__ws_pool_t *pool) {
    pool->users--;
    if (pool->freed && pool->users == 0)
        pool_destroy(pool);
}

int sio__ws_deadline_arm(sio__ws_deadline_t *deadline, sio__conn_t *conn) {
    sio__ws_pool_t *pool = conn->loop->ws_pool;
    if (pool->freed)
        return SIO_ENOMEM;
    deadline->conn = conn;
    sio__timeout_arm(&pool->timeouts, &deadline->timeout);
    return 0;
}

void sio__ws_deadline_disarm(sio__ws_deadline_t *deadline) {
    if (deadline->conn != NULL)
        sio__timeout_disarm(&deadline->conn->loop->ws_pool->timeouts, &deadline->timeout);
    deadline->conn = NULL;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* Tells the user of the end, once. The last thing to be done: `ws` may be gone afterwards,
 * unless it is busy. */
static void tell(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    const sio__ws_user_t *user = ws->user;
    ws->user = NULL;
    if (user != NULL)
        user->closed(ws, code, reason, length, error);
}

/* Bounds the time that a close may take. 0 or SIO_ENOMEM. */
static int begin_closing(sio__ws_t *ws) {
    if (sio__ws_closing(ws) != NULL)
        return 0;
    if (sio__ws_need_more(ws) < 0)
        return SIO_ENOMEM;
    sio__ws_closing_t *closing = calloc(1, sizeof(*closing));
    if (closing == NULL || sio__ws_deadline_arm(&closing->deadline, sio__ws_conn(ws)) < 0) {
        free(closing);
        return SIO_ENOMEM;
    }
    closing->code = SIO__WS_NO_STATUS;
    ws->more->closing = closing;
    return 0;
}

/* The last byte has been queued: the server closes the TCP connection (RFC 6455 7.1.1). */
static void finish(sio__ws_t *ws) {
    ws->state = SIO__WS_DONE;
    begin_closing(ws); /* without memory the time is the network's */
    sio__ws_free_incoming(ws);
    sio__conn_close_after_write(sio__ws_conn(ws));
}

static int send_close(sio__ws_t *ws, const void *payload, size_t length) {
    sio__frame_t frame;
    sio__conn_t *conn = sio__ws_conn(ws);
    int rc = sio__frame_make(conn->loop->scratch, SIO__WS_CLOSE, payload, length, &frame);
    return rc < 0 ? rc : sio__conn_send(conn, frame.data, frame.length);
}

/* `code` 0: an empty close frame. */
static int send_close_code(sio__ws_t *ws, int code, const char *reason, size_t length) {
    unsigned char payload[2 + REASON_MAX];
    if (code == 0)
        return send_close(ws, NULL, 0);
    payload[0] = (unsigned char) (code >> 8);
    payload[1] = (unsigned char) code;
    if (length > REASON_MAX)
        length = REASON_MAX;
    if (length > 0)
        memcpy(payload + 2, reason, length);
    return send_close(ws, payload, 2 + length);
}

void sio__ws_close(sio__ws_t *ws, int code, const char *reason, size_t length) {
    if (ws->state != SIO__WS_OPEN)
        return;
    /* Without a close frame or a time-out the end is a short one. */
    if (send_close_code(ws, code, reason, length) < 0 || begin_closing(ws) < 0) {
        finish(ws);
        return;
    }
    ws->state = SIO__WS_CLOSING;
    ws->more->closing->code = code == 0 ? SIO__WS_NO_STATUS : code;
    sio__ws_drop_incoming(ws);
}

void sio__ws_fail(sio__ws_t *ws, int code, int error) {
    if (ws->state == SIO__WS_DONE)
        return;
    sio__log(&sio__ws_conn(ws)->loop->log, SIO_LOG_DEBUG, "ws", "failed with %d: %s", code,
             sio_strerror(error));
    if (error == SIO_ETOOBIG)
        sio__limited(sio__ws_conn(ws)->loop, SIO_LIMIT_MESSAGE, "ws",
                     "a peer was cut off: a message of more than %u bytes",
                     (unsigned) ws->max_message);
    if (ws->state == SIO__WS_OPEN)
        send_close_code(ws, code, NULL, 0);
    finish(ws);
    tell(ws, code, "", 0, error);
}

void sio__ws_peer_closed(sio__ws_t *ws, const char *payload, size_t length) {
    const unsigned char *bytes = (const unsigned char *) payload;
    int code = length == 0 ? SIO__WS_NO_STATUS : bytes[0] << 8 | bytes[1];
    size_t reason = length == 0 ? 0 : 2;
    if (ws->state == SIO__WS_CLOSING) {
        code = ws->more->closing->code;
        reason = length;
    } else {
        send_close(ws, payload, length);
    }
    sio__conn_peer_done(sio__ws_conn(ws)); /* RFC 6455 5.5.1 */
    finish(ws);
    tell(ws, code, payload + reason, length - reason, 0);
}

void sio__ws_abort(sio__ws_t *ws) {
    sio__conn_close(sio__ws_conn(ws), 0);
}

void sio__ws_forget(sio__ws_t *ws) {
    ws->user = NULL;
    sio__ws_close(ws, 0, NULL, 0);
}

/* --- the protocol on a connection ------------------------------------------------------------- */

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    sio__ws_receive(sio__ws_of(conn), data, length);
}

/* FIN where a close frame should have been (RFC 6455 7.1.5: 1006). What is queued may still
 * be read. */
static void on_end(sio__conn_t *conn) {
    sio__ws_t *ws = sio__ws_of(conn);
    if (ws->state == SIO__WS_DONE)
        return;
    finish(ws);
    tell(ws, SIO__WS_ABNORMAL, "", 0, UV_EOF);
}

static void on_drained(sio__conn_t *conn) {
    sio__ws_t *ws = sio__ws_of(conn);
    if (ws->state == SIO__WS_OPEN && ws->user != NULL && ws->user->drained != NULL)
        ws->user->drained(ws);
}

static void on_closed(sio__conn_t *conn, int error) {
    sio__ws_t *ws = sio__ws_of(conn);
    ws->state = SIO__WS_DONE;
    sio__ws_free_incoming(ws);
    sio__ws_closing_t *closing = sio__ws_closing(ws);
    if (closing != NULL) {
        sio__ws_deadline_disarm(&closing->deadline);
        free(closing);
        ws->more->closing = NULL;
    }
    sio__ws_tidy(ws);
    tell(ws, SIO__WS_ABNORMAL, "", 0, error);
    if (ws->busy)
        ws->dead = 1;
    else
        sio__ws_pool_leave(sio__ws_pool(ws));
}

const sio__protocol_t sio__ws_protocol = {on_data, on_end, on_drained, on_closed};

sio__ws_t *sio__ws_begin(sio__conn_t *conn, uint32_t max_message, const sio__ws_user_t *user) {
    sio__ws_t *ws = sio__ws_of(conn);
    *ws = (sio__ws_t){.user = user, .max_message = max_message, .state = SIO__WS_OPEN};
    sio__ws_pool_enter(conn->loop->ws_pool);
    return ws;
}

int sio__ws_need_more(sio__ws_t *ws) {
    if (ws->more == NULL)
        ws->more = calloc(1, sizeof(*ws->more));
    return ws->more != NULL ? 0 : SIO_ENOMEM;
}

void sio__ws_tidy(sio__ws_t *ws) {
    const sio__ws_more_t *more = ws->more;
    if (more == NULL || more->partial != NULL || more->odd != NULL || more->closing != NULL ||
        more->deflate != NULL)
        return;
    free(ws->more);
    ws->more = NULL;
}

/* --- what the user asks ----------------------------------------------------------------------- */

int sio__ws_send(sio__ws_t *ws, const sio__frame_t *frame) {
    if (ws->state != SIO__WS_OPEN)
        return SIO_ECLOSED;
    return sio__conn_send(sio__ws_conn(ws), frame->data, frame->length);
}

int sio__ws_send_message(sio__ws_t *ws, const sio__frame_t *frame,
                         const sio__deflated_t **deflated) {
    sio__frame_t own;
    if (!ws->deflates || ws->state != SIO__WS_OPEN)
        return sio__ws_send(ws, frame);
    sio__conn_t *conn = sio__ws_conn(ws);
    int rc = sio__ws_deflate_compress(ws->more->deflate, conn->loop->scratch, frame, deflated,
                                      &own);
    if (rc < 0)
        return rc;
    return sio__ws_send(ws, rc > 0 ? &own : frame);
}

int sio__ws_deflates(const sio__ws_t *ws) {
    return ws->deflates;
}

void sio__ws_set_user(sio__ws_t *ws, const sio__ws_user_t *user, void *user_data) {
    ws->user = user;
    sio__ws_conn(ws)->protocol_data = user_data;
}

int sio__ws_is_open(const sio__ws_t *ws) {
    return ws->state == SIO__WS_OPEN;
}

size_t sio__ws_buffered(const sio__ws_t *ws) {
    return sio__conn_buffered(sio__ws_conn(ws));
}

int sio__ws_writable(const sio__ws_t *ws) {
    const sio__conn_t *conn = sio__ws_conn(ws);
    return ws->state == SIO__WS_OPEN && sio__conn_buffered(conn) == 0 && !conn->writing;
}
