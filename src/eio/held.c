#include "eio/held.h"
#include "eio/heartbeat.h"
#include "eio/websocket.h"
#include <stdlib.h>

typedef struct {
    sio__ws_t *ws;
    sio__outq_t frames;
} held_t;

static held_t *held_of(const eio_socket_t *socket) {
    return socket->carrier;
}

/* What is held belongs to counted buffers by now, which the queue hands on. 0, SIO_ECLOSED (it is
 * closing), SIO_ENOMEM, SIO_ETOOBIG. */
static int send_held(sio__ws_t *ws, sio__outq_t *frames) {
    int rc = sio__ws_is_open(ws) ? sio__conn_send_queue(sio__ws_conn(ws), frames) : SIO_ECLOSED;
    sio__outq_clear(frames);
    return rc;
}

/* The WebSocket (NULL: it has gone), with what was held queued on it; *rc as send_held. */
static sio__ws_t *let_go(eio_socket_t *socket, int *rc) {
    held_t *held = held_of(socket);
    sio__ws_t *ws = held->ws;
    *rc = 0;
    if (ws != NULL)
        *rc = send_held(ws, &held->frames);
    else
        sio__outq_clear(&held->frames);
    free(held);
    socket->carrier = NULL;
    return ws;
}

void eio__held_release(eio_socket_t *socket) {
    int rc;
    eio__websocket_use(socket, let_go(socket, &rc));
    if (socket->state == EIO__STATE_CLOSING)
        eio__socket_defer(socket);
    else if (rc == 0 || rc == SIO_ECLOSED) /* `closed` will follow */
        eio__heartbeat_start(socket);
    else
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

/* --- what comes meanwhile --------------------------------------------------------------------- */

static void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
    eio__websocket_receive(sio__ws_user_data(ws), data, length, binary);
}

static void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    eio_socket_t *socket = sio__ws_user_data(ws);
    (void) code, (void) reason, (void) length;
    held_of(socket)->ws = NULL;
    eio__socket_end(socket, eio__websocket_reason(error));
}

static const sio__ws_user_t user = {on_message, NULL, NULL, on_closed};

/* --- as a transport --------------------------------------------------------------------------- */

static int held_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    eio__socket_defer(socket);
    return eio__websocket_collect(socket, &held_of(socket)->frames, messages, count);
}

static int held_packet(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                       size_t length) {
    sio__frame_t frame;
    int rc = eio__websocket_packet_frame(socket, type, data, length, &frame);
    eio__socket_defer(socket);
    return rc < 0 ? rc : sio__outq_scratch(&held_of(socket)->frames, frame.data, frame.length);
}

static int held_writable(const eio_socket_t *socket) {
    (void) socket;
    return 1;
}

static size_t held_buffered(const eio_socket_t *socket) {
    return held_of(socket)->frames.bytes;
}

static void held_turn_end(eio_socket_t *socket) {
    eio_server_t *server = socket->server;
    if (socket->state == EIO__STATE_CLOSING)
        eio__socket_finish(socket);
    else if (sio__outq_weight(&held_of(socket)->frames) > server->options.max_buffered ||
             sio__outq_keep(&held_of(socket)->frames, server->loop->scratch) < 0)
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void held_drop(eio_socket_t *socket, sio_reason_t reason) {
    int rc;
    sio__ws_t *ws = let_go(socket, &rc);
    (void) reason;
    if (ws != NULL) {
        sio__ws_close(ws, 0, NULL, 0);
        sio__ws_forget(ws);
    }
}

const eio__transport_t eio__held_transport = {
    EIO__WEBSOCKET, held_send,     held_packet, held_writable,
    held_buffered,  held_turn_end, held_drop,
};

int eio__held_begin(eio_socket_t *socket, sio__ws_t *ws, sio__outq_t *frames) {
    held_t *held = calloc(1, sizeof(*held));
    if (held == NULL)
        return SIO_ENOMEM;
    held->ws = ws;
    held->frames = *frames;
    *frames = (sio__outq_t){0};
    sio__ws_set_user(ws, &user, socket);
    socket->transport = &eio__held_transport;
    socket->carrier = held;
    eio__heartbeat_hold(socket);
    eio__socket_defer(socket); /* what is held is to be kept */
    return 0;
}
