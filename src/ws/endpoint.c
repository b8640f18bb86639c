#include "ws/endpoint.h"
#include "base/utf8.h"
#include "net/admit.h"
#include "net/origin.h"
#include "ws/header.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROL_MAX = 125 };

/* What a silent peer is asked with; the pong is not the application's. */
static const char question[] = "are you there?";

typedef struct endpoint_s {
    sio__endpoints_t *endpoints;
    sio_ws_open_cb open;
    void *data;
} endpoint_t;

struct sio_ws_s {
    sio__ws_t *ws;
    sio__endpoints_t *endpoints;
    struct sio_ws_s *prev, *next;
    sio_ws_message_cb message;
    sio_ws_close_cb close;
    sio_ws_pong_cb pong;
    void *data;
    sio__timeout_t timeout; /* in `silences` */
    uint64_t under_way;     /* sio__ws_under_way at the last look */
    uint8_t heard;          /* something has come since then */
    uint8_t asked;          /* nothing had come, and it was asked */
    char address[];         /* NUL-terminated */
};

struct sio__endpoints_s {
    sio__host_t *host;
    sio_ws_t *open;           /* all connections that are not closed */
    sio__cors_t *cors;        /* NULL: none */
    int checks_origin;
    sio__timeouts_t silences; /* of a third of ws_idle_timeout_ms: each time they are looked at */
};

/* --- connections ------------------------------------------------------------------------------ */

static sio_ws_t *ws_new(sio__endpoints_t *endpoints, const char *address, void *data) {
    size_t length = strlen(address);
    sio_ws_t *ws = calloc(1, sizeof(*ws) + length + 1);
    if (ws == NULL)
        return NULL;
    memcpy(ws->address, address, length + 1);
    ws->endpoints = endpoints;
    ws->data = data;
    return ws;
}

static void link_ws(sio_ws_t *ws) {
    ws->next = ws->endpoints->open;
    if (ws->next != NULL)
        ws->next->prev = ws;
    ws->endpoints->open = ws;
    sio__timeout_arm(&ws->endpoints->silences, &ws->timeout);
}

static void unlink_ws(sio_ws_t *ws) {
    sio__timeout_disarm(&ws->endpoints->silences, &ws->timeout);
    if (ws->prev != NULL)
        ws->prev->next = ws->next;
    else
        ws->endpoints->open = ws->next;
    if (ws->next != NULL)
        ws->next->prev = ws->prev;
}

static void on_message(sio__ws_t *conn, char *data, size_t length, int binary) {
    sio_ws_t *ws = sio__ws_user_data(conn);
    ws->heard = 1;
    if (ws->message != NULL)
        ws->message(ws, data, length, binary, ws->data);
}

static void on_pong(sio__ws_t *conn, const void *payload, size_t length) {
    sio_ws_t *ws = sio__ws_user_data(conn);
    ws->heard = 1;
    if (ws->asked && length == sizeof(question) - 1 && memcmp(payload, question, length) == 0)
        return;
    if (ws->pong != NULL)
        ws->pong(ws, payload, length, ws->data);
}

static void on_closed(sio__ws_t *conn, int code, const char *reason, size_t length, int error) {
    sio_ws_t *ws = sio__ws_user_data(conn);
    (void) error;
    unlink_ws(ws);
    if (ws->close != NULL)
        ws->close(ws, code, reason, length, ws->data);
    free(ws);
}

static const sio__ws_user_t endpoint_user = {on_message, on_pong, NULL, on_closed};

/* --- silence ---------------------------------------------------------------------------------- */

static int send_frame(sio_ws_t *ws, int opcode, const void *payload, size_t length);

/* One that has still to read what waits for it is somebody else's concern (SIO__STALL_MS). */
static int has_been_heard(sio_ws_t *ws) {
    uint64_t under_way = sio__ws_under_way(ws->ws);
    int heard = ws->heard || under_way != ws->under_way || sio__ws_buffered(ws->ws) > 0;
    ws->heard = 0;
    ws->under_way = under_way;
    return heard;
}

/* From when it was due, so that looks are evenly spaced; a loop that was busy for a whole third
 * goes on from now, since what is asked in the same tick cannot be answered in it. */
static void look_again(sio__timeouts_t *silences, sio__timeout_t *timeout) {
    const uint64_t now = uv_now(silences->clock->timer.loop);
    const int late = now - silences->fired >= silences->length_ms;
    sio__timeout_arm_from(silences, timeout, late ? now : silences->fired);
}

/* Looked at three times in the longest silence there may be: one third may have begun with a
 * message, in the next one there was nothing, and in the last one no answer. */
static void on_look(sio__timeout_t *timeout, void *data) {
    sio__endpoints_t *endpoints = data;
    sio_ws_t *ws = (sio_ws_t *) (void *) ((char *) timeout - offsetof(sio_ws_t, timeout));
    if (!sio__ws_is_open(ws->ws))
        return; /* which has a time-out of its own */
    int heard = has_been_heard(ws);
    if (!heard && ws->asked) {
        sio__limited(sio__host_loop(endpoints->host), SIO_LIMIT_IDLE_TIME, "ws",
                     "%s: cut off, it does not answer", ws->address);
        sio__ws_abort(ws->ws);
        return;
    }
    ws->asked = !heard;
    if (!heard)
        send_frame(ws, SIO__WS_PING, question, sizeof(question) - 1);
    look_again(&endpoints->silences, timeout);
}

/* --- routes ----------------------------------------------------------------------------------- */

static int is_forbidden(const sio__endpoints_t *endpoints, const sio_http_request_t *request) {
    const char *origin;
    if (!endpoints->checks_origin || sio__origin_may(request, endpoints->cors, 0, &origin))
        return 0;
    sio__limited(sio__host_loop(endpoints->host), SIO_LIMIT_ORIGIN, "ws", "refused: a page of %s",
                 origin);
    return 1;
}

static void on_upgrade(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const endpoint_t *endpoint = data;
    sio__endpoints_t *endpoints = endpoint->endpoints;
    const sio_options_t *options = sio__host_options(endpoints->host);
    int status;
    const char *why = sio__ws_check(request, &options->per_message_deflate, SIO__WS_VERSION_8,
                                    &status);
    if (why != NULL) {
        sio__ws_refuse(response, status, why, SIO__WS_VERSION_8);
        return;
    }
    if (is_forbidden(endpoints, request)) {
        sio__response_refuse_upgrade(response, 403, "Forbidden");
        return;
    }
    if (!sio__limit_take_handshake(sio__host_loop(endpoints->host), "ws")) {
        sio__response_busy(response, 1);
        return;
    }
    sio_ws_t *ws = ws_new(endpoints, sio_http_address(request), endpoint->data);
    const sio__ws_config_t config = {options->max_ws_message, &options->per_message_deflate};
    if (ws == NULL || sio__ws_accept(&ws->ws, request, response, &config, &endpoint_user, ws) < 0) {
        free(ws);
        sio__response_abort(response);
        return;
    }
    link_ws(ws);
    endpoint->open(ws, endpoint->data);
}

static void on_removed(void *data) {
    free(data);
}

static const sio__route_ops_t endpoint_ops = {.upgrade = on_upgrade, .removed = on_removed};

int sio__endpoints_new(sio__endpoints_t **out, sio__host_t *host) {
    sio__endpoints_t *endpoints = calloc(1, sizeof(*endpoints));
    if (endpoints == NULL)
        return SIO_ENOMEM;
    const sio_options_t *options = sio__host_options(host);
    const uint32_t silence = options->ws_idle_timeout_ms;
    endpoints->host = host;
    endpoints->checks_origin = sio__origin_is_checked(options);
    if (options->cors != NULL) {
        endpoints->cors = sio__cors_new(options->cors);
        if (endpoints->cors == NULL) {
            free(endpoints);
            return SIO_ENOMEM;
        }
    }
    sio__timeouts_init(&endpoints->silences, &sio__host_loop(host)->clock,
                       silence > 0 && silence < 3 ? 1 : silence / 3, on_look, endpoints);
    *out = endpoints;
    return 0;
}

int sio__endpoints_add(sio__endpoints_t *endpoints, const char *prefix, sio_ws_open_cb cb,
                       void *data) {
    if (prefix == NULL || cb == NULL)
        return SIO_EINVAL;
    endpoint_t *endpoint = malloc(sizeof(*endpoint));
    if (endpoint == NULL)
        return SIO_ENOMEM;
    *endpoint = (endpoint_t){endpoints, cb, data};
    int rc = sio__host_route(endpoints->host, prefix, 0, 0, &endpoint_ops, endpoint);
    if (rc < 0)
        free(endpoint);
    return rc;
}

void sio__endpoints_close(sio__endpoints_t *endpoints) {
    /* Nothing is closed from inside sio__ws_close, so the list holds still. */
    for (sio_ws_t *ws = endpoints->open; ws != NULL; ws = ws->next)
        sio__ws_close(ws->ws, SIO__WS_GOING_AWAY, NULL, 0);
}

void sio__endpoints_free(sio__endpoints_t *endpoints) {
    if (endpoints == NULL)
        return;
    while (endpoints->open != NULL)
        sio__ws_abort(endpoints->open->ws);
    sio__timeouts_remove(&endpoints->silences);
    sio__cors_free(endpoints->cors);
    free(endpoints);
}

/* --- <sio/ws.h> ------------------------------------------------------------------------------- */

void sio_ws_on_message(sio_ws_t *ws, sio_ws_message_cb cb) {
    ws->message = cb;
}

void sio_ws_on_close(sio_ws_t *ws, sio_ws_close_cb cb) {
    ws->close = cb;
}

void sio_ws_on_pong(sio_ws_t *ws, sio_ws_pong_cb cb) {
    ws->pong = cb;
}

void sio_ws_set_data(sio_ws_t *ws, void *data) {
    ws->data = data;
}

static int send_frame(sio_ws_t *ws, int opcode, const void *payload, size_t length) {
    sio__frame_t frame;
    if (!sio__ws_is_open(ws->ws))
        return SIO_ECLOSED;
    int rc = sio__frame_make(sio__host_loop(ws->endpoints->host)->scratch, opcode, payload, length,
                             &frame);
    return rc < 0 ? rc : sio__ws_send_message(ws->ws, &frame, NULL);
}

int sio_ws_send(sio_ws_t *ws, const char *text, size_t length) {
    if (ws == NULL || (text == NULL && length > 0))
        return SIO_EINVAL;
    if (!sio__utf8_valid(text, length))
        return SIO_EUTF8;
    return send_frame(ws, SIO__WS_TEXT, text, length);
}

int sio_ws_send_binary(sio_ws_t *ws, const void *data, size_t length) {
    if (ws == NULL || (data == NULL && length > 0))
        return SIO_EINVAL;
    return send_frame(ws, SIO__WS_BINARY, data, length);
}

int sio_ws_ping(sio_ws_t *ws, const void *payload, size_t length) {
    if (ws == NULL || (payload == NULL && length > 0))
        return SIO_EINVAL;
    if (length > CONTROL_MAX)
        return SIO_ETOOBIG;
    return send_frame(ws, SIO__WS_PING, payload, length);
}

int sio_ws_close(sio_ws_t *ws, int code, const char *reason) {
    size_t length = reason == NULL ? 0 : strlen(reason);
    if (ws == NULL || (code == 0 && length > 0) || (code != 0 && !sio__ws_is_close_code(code)))
        return SIO_EINVAL;
    if (length > CONTROL_MAX - 2)
        return SIO_ETOOBIG;
    if (!sio__utf8_valid(reason, length))
        return SIO_EUTF8;
    if (!sio__ws_is_open(ws->ws))
        return SIO_ECLOSED;
    sio__ws_close(ws->ws, code, reason, length);
    return 0;
}

size_t sio_ws_buffered(const sio_ws_t *ws) {
    return sio__ws_buffered(ws->ws);
}

const char *sio_ws_address(const sio_ws_t *ws) {
    return ws->address;
}
