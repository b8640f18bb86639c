#include "net/http.h"
#include "net/admit.h"
#include "net/host_internal.h"
#include "net/http_internal.h"
#include <sio/error.h>
#include <stdlib.h>

enum {
    PENDING_MAX = 64 * 1024, /* bytes that wait while a response is open; then reading stops */
    UNREAD_MAX = 64 * 1024,  /* of answers that the network has not taken; then requests wait */
    DROP_MAX = 64 * 1024,    /* of a body nobody wants, beyond the route's limit; then it closes */
    SPARES_MAX = 16
};

/* --- life ------------------------------------------------------------------------------------- */

static void disarm(sio__http_t *http) {
    if (http->armed != NULL)
        sio__timeout_disarm(http->armed, &http->timeout);
    http->armed = NULL;
}

static void arm(sio__http_t *http, sio__timeouts_t *list) {
    disarm(http);
    http->armed = list;
    sio__timeout_arm(list, &http->timeout);
}

struct sio__http_pool_s {
    sio__http_t *spares;
    unsigned count;
    unsigned users; /* structs in use, and the host */
    int closed;     /* the host has gone */
};

sio__http_pool_t *sio__http_pool_new(void) {
    sio__http_pool_t *pool = calloc(1, sizeof(*pool));
    if (pool != NULL)
        pool->users = 1;
    return pool;
}

static void http_free(sio__http_t *http) {
    sio__parser_free(http->parser);
    sio__request_free(&http->request);
    sio__response_free(&http->response);
    sio__buf_free(&http->pending);
    free(http);
}

static void pool_unref(sio__http_pool_t *pool) {
    if (--pool->users == 0)
        free(pool);
}

void sio__http_pool_free(sio__http_pool_t *pool) {
    if (pool == NULL)
        return;
    while (pool->spares != NULL) {
        sio__http_t *http = pool->spares;
        pool->spares = http->next_spare;
        http_free(http);
    }
    pool->closed = 1;
    pool_unref(pool);
}

static sio__http_t *http_new(sio__host_t *host) {
    sio__http_pool_t *pool = host->http_pool;
    sio__http_t *http = pool->spares;
    if (http != NULL) {
        pool->spares = http->next_spare;
        pool->count--;
    } else {
        http = calloc(1, sizeof(*http));
        if (http == NULL)
            return NULL;
        http->parser = sio__parser_new(&host->options);
        if (http->parser == NULL) {
            free(http);
            return NULL;
        }
    }
    *http = (sio__http_t){
        .host = host,
        .pool = pool,
        .parser = http->parser,
        .request = {.http = http, .path = http->request.path, .query = http->request.query},
        .response = {.http = http, .headers = http->response.headers},
    };
    pool->users++;
    return http;
}

static void destroy(sio__http_t *http) {
    sio__http_pool_t *pool = http->pool;
    if (pool->closed || pool->count == SPARES_MAX) {
        http_free(http);
    } else {
        sio__parser_trim(http->parser); /* these three keep small buffers only */
        sio__request_begin(&http->request);
        sio__response_begin(&http->response);
        sio__buf_free(&http->pending);
        http->next_spare = pool->spares;
        pool->spares = http;
        pool->count++;
    }
    pool_unref(pool);
}

/* Between these two the struct stays, whatever the calls in between do to the connection. */
static void enter(sio__http_t *http) {
    http->busy++;
}

static void leave(sio__http_t *http) {
    if (--http->busy == 0 && http->gone)
        destroy(http);
}

/* The connection is no longer ours. */
static void detach(sio__http_t *http) {
    http->gone = 1;
    disarm(http);
    sio__loop_undefer(http->conn->loop, &http->deferred);
}

void sio__http_detach(sio__http_t *http) {
    enter(http);
    detach(http);
    leave(http);
}

/* The time for a header counts from the start of the connection, then from the request's
 * first byte. */
static void arm_header(sio__http_t *http) {
    sio__host_t *host = http->host;
    arm(http, host->header_timeouts.length_ms > 0 ? &host->header_timeouts
                                                  : &host->request_timeouts);
}

/* The peer's address, and no delay for small writes. */
static void meet_peer(sio__http_t *http, const struct sockaddr *address) {
    sio__conn_t *conn = http->conn;
    if (address != NULL) {
        sio__address_text(address, http->peer);
    } else if (!conn->is_pipe) {
        uv_tcp_nodelay((uv_tcp_t *) sio__conn_stream(conn), 1); /* failing, it is only slower */
        sio__conn_peer(conn, http->peer);
    }
    http->trusted = sio__proxies_trust(http->host->proxies, http->peer) != 0;
}

static int open_admitted(sio__host_t *host, uv_stream_t *stream, const struct sockaddr *address,
                         sio_tls_t *tls, uint32_t place) {
    sio__http_t *http = http_new(host);
    if (http == NULL)
        return SIO_ENOMEM;
    int rc = sio__conn_open(&http->conn, host->loop, stream, &sio__http_protocol, http, tls);
    if (rc < 0) {
        destroy(http);
        return rc;
    }
    http->conn->address = place;
    meet_peer(http, address);
    arm_header(http);
    return 0;
}

int sio__http_open(sio__host_t *host, uv_stream_t *stream, const struct sockaddr *address,
                   sio_tls_t *tls) {
    uint32_t place;
    int rc = sio__admit(host, stream, address, &place);
    if (rc == SIO_ETOOBIG && tls == NULL) /* a handshake would cost more than the refusal is worth */
        return sio__turn_away(host, stream);
    if (rc == 0 && tls != NULL && !sio__limit_take_tls_handshake(host->loop))
        rc = SIO_ETOOBIG;
    if (rc == 0)
        rc = open_admitted(host, stream, address, tls, place);
    if (rc < 0 && place != 0)
        sio__addresses_leave(&host->loop->addresses, place);
    return rc;
}

static void close_soon(sio__http_t *http) {
    http->state = SIO__HTTP_CLOSING;
    disarm(http);
    sio__buf_free(&http->pending);
    sio__conn_close_after_write(http->conn);
}

void sio__http_fail(sio__http_t *http, int status, const char *reason) {
    sio_http_response_t *response = &http->response;
    sio__host_refused(http->host, http->peer, status, reason);
    enter(http);
    int started = response->open && response->started;
    sio__response_lost(response);
    if (!http->gone && started) {
        sio__conn_close(http->conn, 0);
    } else if (!http->gone && http->state != SIO__HTTP_CLOSING) {
        sio__response_begin(response);
        response->open = 1;
        response->close = 1;
        sio__response_simple(response, status);
    }
    leave(http);
}

static sio__http_t *http_of(sio__timeout_t *timeout) {
    return (sio__http_t *) (void *) ((char *) timeout - offsetof(sio__http_t, timeout));
}

void sio__http_header_expired(sio__timeout_t *timeout, void *data) {
    sio__http_t *http = http_of(timeout);
    (void) data;
    sio__http_fail(http, 408, "the header took too long");
}

void sio__http_request_expired(sio__timeout_t *timeout, void *data) {
    sio__http_t *http = http_of(timeout);
    (void) data;
    /* The body may be one that nobody wants any more, its response sent. */
    if (http->state == SIO__HTTP_BODY && !http->response.open)
        close_soon(http);
    else
        sio__http_fail(http, 408, "the request took too long");
}

void sio__http_idle_expired(sio__timeout_t *timeout, void *data) {
    sio__http_t *http = http_of(timeout);
    (void) data;
    close_soon(http);
}

static int is_idle(const sio__http_t *http) {
    return http->state == SIO__HTTP_HEAD && !http->begun && http->pending.length == 0;
}

void sio__http_close_idle(sio__http_t *http) {
    if (is_idle(http) && http->busy == 0)
        close_soon(http);
}

/* Between two requests, with nothing waiting. */
static void rest(sio__http_t *http) {
    if (http->host->closing || http->ended) {
        close_soon(http);
        return;
    }
    sio__parser_trim(http->parser);
    arm(http, &http->host->idle_timeouts);
}

/* --- bytes in --------------------------------------------------------------------------------- */

/* Keeps bytes until the response has ended. Reading goes on as long as there is room, so
 * that a peer that goes away is noticed. */
static void hold(sio__http_t *http, const char *data, size_t length) {
    if (sio__buf_append(&http->pending, data, length) < 0)
        sio__conn_close(http->conn, SIO_ENOMEM);
    else if (http->pending.length >= PENDING_MAX)
        sio__conn_pause(http->conn);
}

static void begin_request(sio__http_t *http) {
    if (http->armed != &http->host->header_timeouts && http->armed != &http->host->request_timeouts)
        arm_header(http);
    http->begun = 1;
    http->head_only = http->awaits_continue = http->told_too_big = 0;
    http->route = NULL;
    sio__request_begin(&http->request);
    sio__response_begin(&http->response);
    if (sio__parser_begin(http->parser) < 0)
        sio__http_fail(http, 503, "out of memory");
}

/* The exchange is over: on to the next request. */
static void next_request(sio__http_t *http) {
    http->state = SIO__HTTP_HEAD;
    http->begun = 0;
    disarm(http);
}

static void on_head(sio__http_t *http) {
    http->state = SIO__HTTP_BODY;
    if (http->parser->has_body)
        arm(http, &http->host->request_timeouts);
    else
        disarm(http);
    sio__http_dispatch_head(http);
}

/* The message is complete; `data` is what came behind it. Returns how much of that has been
 * taken care of. */
static size_t on_message(sio__http_t *http, const char *data, size_t length) {
    disarm(http);
    http->awaits_continue = 0;
    if (!http->response.open) {
        next_request(http);
        return 0;
    }
    http->state = SIO__HTTP_WAIT;
    if (http->told_too_big)
        return 0;
    if (!http->parser->upgrade) {
        sio__http_dispatch_request(http);
        return 0;
    }
    /* The bytes behind it may be another protocol's: they must be kept before the connection
     * changes hands. */
    if (length > 0)
        hold(http, data, length);
    if (!http->gone)
        sio__http_dispatch_request(http);
    return length;
}

/* After part of a body. */
static void check_body(sio__http_t *http) {
    sio__parser_t *parser = http->parser;
    if (http->response.open) {
        if (parser->too_big && !http->told_too_big) {
            http->told_too_big = 1;
            http->response.close = 1;
            sio__http_dispatch_too_big(http);
        }
    } else if (parser->body_bytes > (uint64_t) parser->max_body + DROP_MAX) {
        close_soon(http);
    }
}

/* One step of the parser; returns how many bytes are done with. */
static size_t step(sio__http_t *http, const char *data, size_t length, int *more) {
    size_t used;
    switch (sio__parser_feed(http->parser, data, length, &used)) {
    case SIO__PARSE_MORE:
        *more = 0;
        if (http->state == SIO__HTTP_BODY)
            check_body(http);
        break;
    case SIO__PARSE_HEAD:
        on_head(http);
        break;
    case SIO__PARSE_DONE:
        check_body(http);
        if (!http->gone && http->state == SIO__HTTP_BODY)
            used += on_message(http, data + used, length - used);
        break;
    case SIO__PARSE_BAD:
        /* What was too much before it has its answer first, however the bytes came. */
        if (http->state == SIO__HTTP_BODY)
            check_body(http);
        if (!http->gone && http->state != SIO__HTTP_CLOSING)
            sio__http_fail(http, http->parser->status, http->parser->reason);
        break;
    }
    return used;
}

/* Nonzero if it is not the turn of what has come. A peer that asks and asks and does not read is
 * answered at the pace at which it does; but not one that has said that this was all. */
static int must_wait(const sio__http_t *http) {
    return http->state == SIO__HTTP_WAIT ||
           (http->state == SIO__HTTP_HEAD && !http->begun && !http->ended &&
            sio__conn_buffered(http->conn) > UNREAD_MAX);
}

static void feed(sio__http_t *http, const char *data, size_t length) {
    int more = 1;
    enter(http);
    while (more && !http->gone) {
        if (http->state == SIO__HTTP_CLOSING || (http->state == SIO__HTTP_HEAD && length == 0))
            break;
        if (must_wait(http)) {
            if (length > 0)
                hold(http, data, length);
            break;
        }
        if (!http->begun) {
            begin_request(http);
            continue;
        }
        size_t used = step(http, data, length, &more);
        data += used;
        length -= used;
    }
    if (!http->gone && is_idle(http))
        rest(http);
    leave(http);
}

/* The bytes that waited, now that their turn has come. */
static void feed_pending(sio__http_t *http) {
    sio__buf_t buf = http->pending;
    http->pending = (sio__buf_t){0};
    enter(http);
    feed(http, buf.data, buf.length);
    sio__buf_free(&buf);
    if (!http->gone && http->pending.length < PENDING_MAX)
        sio__conn_resume(http->conn);
    leave(http);
}

/* From the end of the turn: goes on after a response, or after the peer's FIN. */
static void run_deferred(sio__deferred_t *deferred) {
    sio__http_t *http =
        (sio__http_t *) (void *) ((char *) deferred - offsetof(sio__http_t, deferred));
    enter(http);
    if (http->state == SIO__HTTP_HEAD && http->pending.length > 0)
        feed_pending(http);
    else if (is_idle(http))
        rest(http);
    if (!http->gone && http->ended && http->state != SIO__HTTP_CLOSING) {
        if (http->response.open) {
            sio__log(&http->host->loop->log, SIO_LOG_DEBUG, "http", "%s: gone before its answer",
                     http->peer);
            sio__conn_close(http->conn, 0);
        } else {
            close_soon(http);
        }
    }
    leave(http);
}

void sio__http_response_done(sio__http_t *http) {
    http->response.open = 0;
    http->awaits_continue = 0;
    if (http->response.close || http->host->closing) {
        close_soon(http);
    } else if (http->state == SIO__HTTP_BODY) {
        http->parser->drop_body = 1;
    } else {
        next_request(http);
        if (http->busy == 0)
            sio__loop_defer(http->conn->loop, &http->deferred, run_deferred);
    }
}

/* --- the protocol ----------------------------------------------------------------------------- */

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    sio__http_t *http = conn->protocol_data;
    if (http->state == SIO__HTTP_CLOSING)
        return;
    /* What waits goes first. */
    if (http->pending.length > 0)
        hold(http, data, length);
    else
        feed(http, data, length);
}

/* A peer that has sent FIN does not wait for an answer: nobody reads any more, as far as
 * anyone can tell. But what it asked before may be answered until the end of this turn. */
static void on_end(sio__conn_t *conn) {
    sio__http_t *http = conn->protocol_data;
    http->ended = 1;
    if (http->state != SIO__HTTP_CLOSING)
        sio__loop_defer(conn->loop, &http->deferred, run_deferred);
}

static void on_drained(sio__conn_t *conn) {
    sio__http_t *http = conn->protocol_data;
    sio_http_response_t *response = &http->response;
    if (response->open && response->started && response->drain_cb != NULL)
        response->drain_cb(response, response->drain_data);
    else if (http->state == SIO__HTTP_HEAD && http->pending.length > 0)
        sio__loop_defer(conn->loop, &http->deferred, run_deferred);
}

static void on_closed(sio__conn_t *conn, int error) {
    sio__http_t *http = conn->protocol_data;
    (void) error;
    enter(http);
    detach(http);
    sio__response_lost(&http->response);
    leave(http);
}

const sio__protocol_t sio__http_protocol = {
    .data = on_data,
    .end = on_end,
    .drained = on_drained,
    .closed = on_closed,
};
