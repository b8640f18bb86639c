/* A connection changes hands: what came behind the request reaches its new protocol from the
 * loop, in order. */
#include "net/http_internal.h"
#include <sio/error.h>
#include <stdlib.h>

/* Stands in for the new protocol until the bytes that waited have been delivered. It is found by
 * the table of its functions: protocol_data is the new protocol's already, which may look at it and
 * change it meanwhile. */
typedef struct {
    sio__protocol_t stand_in; /* first */
    sio__deferred_t deferred;
    sio__conn_t *conn;
    const sio__protocol_t *protocol;
    sio__buf_t pending;
} handover_t;

static handover_t *handover_of(const sio__conn_t *conn) {
    return (handover_t *) (uintptr_t) conn->protocol;
}

/* Gives the connection to the new protocol, with the bytes that waited. Nonzero if it is
 * still open then. */
static int deliver(handover_t *handover) {
    sio__conn_t *conn = handover->conn;
    sio__buf_t pending = handover->pending;
    sio__loop_undefer(conn->loop, &handover->deferred);
    sio__conn_set_protocol(conn, handover->protocol, conn->protocol_data);
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
    deliver_with_end((handover_t *) (void *) ((char *) deferred - offsetof(handover_t, deferred)));
}

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    if (deliver(handover_of(conn)))
        conn->protocol->data(conn, data, length);
}

static void on_end(sio__conn_t *conn) {
    deliver_with_end(handover_of(conn));
}

static void on_drained(sio__conn_t *conn) {
    if (deliver(handover_of(conn)) && conn->protocol->drained != NULL)
        conn->protocol->drained(conn);
}

static void on_closed(sio__conn_t *conn, int error) {
    handover_t *handover = handover_of(conn);
    sio__loop_undefer(conn->loop, &handover->deferred);
    sio__conn_set_protocol(conn, handover->protocol, conn->protocol_data);
    sio__buf_free(&handover->pending);
    free(handover);
    conn->protocol->closed(conn, error);
}

static void begin(handover_t *handover, sio__http_t *http, const sio__protocol_t *protocol,
                  void *protocol_data) {
    sio__conn_t *conn = http->conn;
    handover->stand_in = (sio__protocol_t){on_data, on_end, on_drained, on_closed};
    handover->conn = conn;
    handover->protocol = protocol;
    handover->pending = http->pending;
    http->pending = (sio__buf_t){0};
    sio__conn_set_protocol(conn, &handover->stand_in, protocol_data);
    sio__loop_defer(conn->loop, &handover->deferred, run_deferred);
}

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
    if (handover == NULL)
        sio__conn_set_protocol(conn, protocol, protocol_data);
    else
        begin(handover, http, protocol, protocol_data);
    sio__http_detach(http);
    *out = conn;
    return 0;
}
