#include "eio/upgrade.h"
#include "eio/events.h"
#include "eio/heartbeat.h"
#include "eio/polling.h"
#include "eio/websocket.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* How often a pending poll is ended while the client waits for it before it moves [E75]. */
enum { NUDGE_MS = 100 };

struct eio__upgrade_s {
    eio_socket_t *socket;
    sio__ws_t *ws;
    sio__timeout_t expiry; /* in the engine's `upgrades` */
    sio__timeout_t nudge;  /* in its `nudges`, once the probe has come */
    int base64;
};

/* Where the session has its probe; NULL: it does not poll. */
static eio__upgrade_t **place(const eio_socket_t *socket) {
    if (socket->transport != &eio__polling_transport)
        return NULL;
    return &((eio__polling_t *) socket->carrier)->upgrade;
}

/* Takes the probe off its place: its WebSocket, now nobody's. */
static sio__ws_t *take(eio__upgrade_t **at) {
    eio__upgrade_t *upgrade = *at;
    eio_server_t *server = upgrade->socket->server;
    sio__ws_t *ws = upgrade->ws;
    sio__timeout_disarm(&server->upgrades, &upgrade->expiry);
    sio__timeout_disarm(&server->nudges, &upgrade->nudge);
    *at = NULL;
    free(upgrade);
    return ws;
}

void eio__upgrade_abandon(eio_socket_t *socket) {
    eio__upgrade_t **at = place(socket);
    if (at == NULL || *at == NULL)
        return;
    sio__ws_t *ws = take(at);
    eio__polling_look(socket);
    if (ws != NULL) {
        sio__ws_close(ws, 0, NULL, 0);
        sio__ws_forget(ws);
    }
}

static void on_expired(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio__upgrade_t *upgrade =
        (eio__upgrade_t *) ((char *) timeout - offsetof(eio__upgrade_t, expiry));
    sio__limited(upgrade->socket->server->loop, SIO_LIMIT_HANDSHAKE_TIME, "engine",
                 "session %s: the client did not complete its upgrade", upgrade->socket->id);
    eio__upgrade_abandon(upgrade->socket);
}

static void on_nudge(sio__timeout_t *timeout, void *data) {
    eio_server_t *server = data;
    eio__upgrade_t *upgrade =
        (eio__upgrade_t *) ((char *) timeout - offsetof(eio__upgrade_t, nudge));
    sio__timeout_arm(&server->nudges, timeout);
    eio__polling_release(upgrade->socket);
}

void eio__upgrade_init(eio_server_t *server) {
    sio__clock_t *clock = &server->loop->clock;
    sio__timeouts_init(&server->upgrades, clock, server->options.upgrade_timeout_ms, on_expired,
                       server);
    sio__timeouts_init(&server->nudges, clock, NUDGE_MS, on_nudge, server);
}

void eio__upgrade_free(eio_server_t *server) {
    sio__timeouts_remove(&server->upgrades);
    sio__timeouts_remove(&server->nudges);
}

static void on_probe(eio__upgrade_t *upgrade) {
    eio_socket_t *socket = upgrade->socket;
    sio__frame_t frame;
    if (sio__frame_make(socket->server->loop->scratch, SIO__WS_TEXT, "3probe", 6, &frame) < 0 ||
        sio__ws_send(upgrade->ws, &frame) < 0) {
        eio__upgrade_abandon(socket);
        return;
    }
    sio__timeout_arm(&socket->server->nudges, &upgrade->nudge);
    eio__polling_release(socket);
    eio__tell_that(socket, EIO_EVENT_UPGRADING);
}

/* The client has moved: what waited for a poll leaves here, and the heartbeat begins anew,
 * since the PONG that was awaited may have been lost with a discarded POST. */
static void on_moved(eio__upgrade_t *upgrade) {
    eio_socket_t *socket = upgrade->socket;
    eio__polling_t *polling = socket->carrier;
    sio__outq_t queue = polling->queue;
    polling->queue = (sio__outq_t){0};
    eio__socket_set_base64(socket, upgrade->base64);
    socket->upgraded = 1;
    socket->server->counters.upgraded++;
    eio__socket_ref(socket);
    eio__websocket_adopt(socket, take(&polling->upgrade), &queue);
    eio__polling_leave(socket, polling);
    if (socket->state == EIO__STATE_OPEN)
        eio__heartbeat_start(socket);
    else if (socket->state == EIO__STATE_CLOSING)
        eio__socket_finish(socket); /* [E78] */
    if (socket->state == EIO__STATE_OPEN)
        eio__tell_that(socket, EIO_EVENT_UPGRADE);
    if (socket->state == EIO__STATE_OPEN)
        eio__socket_drained(socket);
    eio__socket_unref(socket);
}

static void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
    eio__upgrade_t *upgrade = sio__ws_user_data(ws);
    if (!binary && length == 6 && memcmp(data, "2probe", 6) == 0)
        on_probe(upgrade);
    else if (!binary && length >= 1 && data[0] == '5')
        on_moved(upgrade);
    else
        eio__upgrade_abandon(upgrade->socket); /* [E76] */
}

static void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    eio__upgrade_t *upgrade = sio__ws_user_data(ws);
    (void) code, (void) reason, (void) length, (void) error;
    upgrade->ws = NULL;
    eio__upgrade_abandon(upgrade->socket);
}

static const sio__ws_user_t probe = {on_message, NULL, NULL, on_closed};

void eio__upgrade_begin(eio_socket_t *socket, sio_http_request_t *request,
                        sio_http_response_t *response, int base64) {
    eio_server_t *server = socket->server;
    eio__upgrade_t **at = place(socket);
    if (at == NULL || *at != NULL) {
        eio__websocket_reject(server, request, response); /* [E77] */
        return;
    }
    eio__upgrade_t *upgrade = calloc(1, sizeof(*upgrade));
    if (upgrade == NULL) {
        sio__response_abort(response);
        return;
    }
    upgrade->socket = socket;
    upgrade->base64 = base64;
    if (eio__websocket_accept(&upgrade->ws, server, request, response, &probe, upgrade) < 0) {
        sio__response_abort(response);
        free(upgrade);
        return;
    }
    *at = upgrade;
    eio__polling_look(socket);
    sio__timeout_arm(&server->upgrades, &upgrade->expiry);
}
