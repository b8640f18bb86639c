/* A connection changes hands: what came behind the request reaches its new protocol from the
 * loop, in order. */
#include "net/http_internal.h"
#include <sio/error.h>
#include <stdlib.h>

/* Stands in for the new protocol until the bytes that waited have been delivered. What belongs to that
 * one, the connection's protocol_data, is in its place already, and may be changed. */
typedef struct {
    sio__deferred_t deferred; /* in the loop's list, first */
    sio__conn_t *conn;
    const sio__protocol_t *protocol;
    sio__buf_t pending;
} handover_t;

/* Gives the connection to the new protocol, with the bytes that waited. Nonzero if it is
 * still open then. */
static int deliver(handover_t *handover) {
    sio__conn_t *conn = handover->conn;
    sio__buf_t pending = handover->pending;
    sio__loop_undefer(conn->loop, &handover->deferred);
    conn->protocol = handover->protocol;
    free(handover);

    sio__conn_resume(conn); /* if it was stopped because too much waited */
    size_t at = 0;
    while (at < pending.length && !conn->closing) {
        size_t part = pending.length - at;
        if (part > SIO__READ_BUFFER)
            part = SIO__READ_BUFFER;
        conn->protocol->data(conn, pending.data + at, part);
        at += part;
    }
    sio__buf_free(&pending);
    return !conn->closing;
}

static void deliver_with_end(handover_t *handover) {
    sio__conn_t *conn = handover->conn;
    if (deliver(handover) && conn->ended)
        conn->protocol->end(conn);
}

static void run_deferred(sio__deferred_t *deferred) {
    deliver_with_end((handover_t *) deferred);
}

/* The one that stands in for the protocol of this connection. */
static handover_t *find(const sio__conn_t *conn) {
    sio__deferred_t *at = conn->loop->deferred_first;
    while (at->run != run_deferred || ((handover_t *) at)->conn != conn)
        at = at->next;
    return (handover_t *) at;
}

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    if (deliver(find(conn)))
        conn->protocol->data(conn, data, length);
}

static void on_end(sio__conn_t *conn) {
    deliver_with_end(find(conn));
}

static void on_drained(sio__conn_t *conn) {
    if (deliver(find(conn)) && conn->protocol->drained != NULL)
        conn->protocol->drained(conn);
}

static void on_closed(sio__conn_t *conn, int error) {
    handover_t *handover = find(conn);
    sio__loop_undefer(conn->loop, &handover->deferred);
    conn->protocol = handover->protocol;
    sio__buf_free(&handover->pending);
    free(handover);
    conn->protocol->closed(conn, error);
}

static const sio__protocol_t handover_protocol = {
    .data = on_data,
    .end = on_end,
    .drained = on_drained,
    .closed = on_closed,
};

int sio__response_switch(sio_http_response_t *response, const sio__protocol_t *protocol,
                         void *protocol_data, sio__conn_t **out) {
    static const char line[] = "HTTP/1.1 101 Switching Protocols\r\n";
    return sio__response_switch_as(response, line, sizeof(line) - 1, protocol, protocol_data, out);
}

int sio__response_switch_as(sio_http_response_t *response, const char *lines, size_t length,
                            const sio__protocol_t *protocol, void *protocol_data,
                            sio__conn_t **out) {
    sio__http_t *http = response->http;
    sio__conn_t *conn = http->conn;
    handover_t *handover = NULL;
    if (response->open && (http->pending.length > 0 || http->ended)) {
        handover = calloc(1, sizeof(*handover));
        if (handover == NULL)
            return SIO_ENOMEM;
    }
    int rc = sio__response_send_switch(response, lines, length);
    if (rc < 0) {
        free(handover);
        return rc;
    }
    if (handover == NULL) {
        sio__conn_set_protocol(conn, protocol, protocol_data);
    } else {
        handover->conn = conn;
        handover->protocol = protocol;
        handover->pending = http->pending;
        http->pending = (sio__buf_t){0};
        sio__conn_set_protocol(conn, &handover_protocol, protocol_data);
        sio__loop_defer(conn->loop, &handover->deferred, run_deferred);
    }
    sio__http_detach(http);
    *out = conn;
    return 0;
}
