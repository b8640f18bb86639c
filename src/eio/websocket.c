#include "eio/websocket.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "eio/forms.h"
#include "eio/held.h"
#include "eio/payload_v3.h"
#include <string.h>

enum { COPY_MAX = 1024 };

static sio__scratch_t *scratch_of(const eio_socket_t *socket) {
    return socket->server->loop->scratch;
}

/* --- in --------------------------------------------------------------------------------------- */

/* A CLOSE packet is ignored, as Node does: the connection's own close tells [E58]. */
static void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
    eio_socket_t *socket = sio__ws_user_data(ws);
    eio__packet_t packet = {EIO__MESSAGE, 1, data, length};
    eio__socket_ref(socket);
    if (binary || eio__packet_decode(&packet, data, length) == 0)
        eio__socket_packet(socket, &packet);
    else if (socket->state == EIO__STATE_OPEN)
        eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
    eio__socket_unref(socket);
}

void eio__websocket_receive(eio_socket_t *socket, char *data, size_t length, int binary) {
    eio__packet_t packet;
    if (!binary && socket->dialect == EIO__DIALECT_V2) /* encodes all its text twice */
        length = sio__utf8_undouble(data, length);
    int rc = binary ? eio__packet_decode_typed(&packet, data, length)
                    : eio__packet_decode_v3(&packet, data, length);
    eio__socket_ref(socket);
    if (rc == 0)
        eio__socket_packet(socket, &packet);
    else if (socket->state == EIO__STATE_OPEN)
        eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
    eio__socket_unref(socket);
}

static void on_message_v3(sio__ws_t *ws, char *data, size_t length, int binary) {
    eio__websocket_receive(sio__ws_user_data(ws), data, length, binary);
}

static void on_drained(sio__ws_t *ws) {
    eio__socket_drained(sio__ws_user_data(ws));
}

sio_reason_t eio__websocket_reason(int error) {
    int violated = error == SIO_EPROTO || error == SIO_EUTF8 || error == SIO_ETOOBIG ||
                   error == SIO_ENOMEM;
    return violated ? SIO_REASON_TRANSPORT_ERROR : SIO_REASON_TRANSPORT_CLOSE;
}

static void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    eio_socket_t *socket = sio__ws_user_data(ws);
    (void) code, (void) reason, (void) length;
    socket->carrier = NULL;
    eio__socket_end(socket, eio__websocket_reason(error));
}

static const sio__ws_user_t user = {on_message, NULL, on_drained, on_closed};
static const sio__ws_user_t user_v3 = {on_message_v3, NULL, on_drained, on_closed};

static const sio__ws_user_t *user_of(const eio_socket_t *socket) {
    return socket->dialect == EIO__DIALECT_V4 ? &user : &user_v3;
}

/* --- out -------------------------------------------------------------------------------------- */

static int base64_frame(const eio_socket_t *socket, eio__message_t *message, sio__frame_t *own) {
    sio__scratch_t *scratch = scratch_of(socket);
    size_t length;
    if (socket->dialect == EIO__DIALECT_V4) {
        int rc = eio__message_polling(scratch, message);
        return rc < 0 ? rc
                      : sio__frame_make(scratch, SIO__WS_TEXT, message->polling,
                                        message->polling_length, own);
    }
    const unsigned char *text = eio__message_base64(scratch, message, &length);
    return text != NULL ? sio__frame_make(scratch, SIO__WS_TEXT, text, length, own) : SIO_ENOMEM;
}

/* The frame of a message for this client: the message's, or one in base64, which is put into
 * `own`. NULL out of memory. */
static inline const sio__frame_t *frame_of(eio_socket_t *socket, eio__message_t *message,
                                           sio__frame_t *own) {
    if (message->polling == message->frame.payload || socket->binary == EIO__BINARY_PLAIN)
        return &message->frame;
    if (socket->binary == EIO__BINARY_TYPED)
        return eio__message_typed(scratch_of(socket), message);
    return base64_frame(socket, message, own) < 0 ? NULL : own;
}

int eio__websocket_packet_frame(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                                size_t length, sio__frame_t *frame) {
    sio__writer_t writer;
    sio__frame_begin(&writer, scratch_of(socket), 1 + length);
    sio__writer_byte(&writer, eio__packet_digit(type));
    if (length > 0)
        sio__writer_put(&writer, data, length);
    return sio__frame_end(&writer, SIO__WS_TEXT, frame);
}

static inline int send_one(eio_socket_t *socket, eio__message_t *message, int deflates) {
    sio__frame_t own;
    const sio__frame_t *frame = frame_of(socket, message, &own);
    if (frame == NULL)
        return SIO_ENOMEM;
    return deflates ? sio__ws_send_message(socket->carrier, frame, &message->deflated)
                    : sio__ws_send(socket->carrier, frame);
}

static inline int send_all(eio_socket_t *socket, eio__message_t *messages, size_t count,
                           int deflates) {
    for (size_t i = 0; i < count; i++) {
        int rc = send_one(socket, &messages[i], deflates);
        if (rc == 0)
            continue;
        if (rc == SIO_ENOMEM && i == 0)
            return rc;
        if (rc == SIO_ECLOSED && i == 0)
            return rc; /* the closing handshake is under way, `closed` will follow */
        if (rc != SIO_ETOOBIG) /* that has been said */
            sio__tell(socket->server->loop, SIO__TOLD_SESSION, SIO_LOG_WARN, "engine",
                      "session %s: %s", socket->id, sio_strerror(rc));
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
        return 0;
    }
    return 0;
}

static int websocket_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    return send_all(socket, messages, count, 0);
}

/* Where compression was agreed on. Two tables keep the question out of the usual way. */
static int deflate_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    return send_all(socket, messages, count, 1);
}

static int websocket_packet(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                            size_t length) {
    sio__frame_t frame;
    int rc = eio__websocket_packet_frame(socket, type, data, length, &frame);
    if (rc == 0)
        rc = sio__ws_send(socket->carrier, &frame);
    return rc == SIO_ENOMEM ? rc : 0; /* otherwise the connection's end is on its way */
}

static int websocket_writable(const eio_socket_t *socket) {
    return sio__ws_writable(socket->carrier);
}

static size_t websocket_buffered(const eio_socket_t *socket) {
    return sio__ws_buffered(socket->carrier);
}

/* What is queued leaves before the close frame, so a closing session has nothing to wait for. */
static void websocket_turn_end(eio_socket_t *socket) {
    if (socket->state == EIO__STATE_CLOSING)
        eio__socket_finish(socket);
}

static void close_plain(sio__ws_t *ws) {
    sio__ws_close(ws, 0, NULL, 0);
    sio__ws_forget(ws);
}

static void websocket_drop(eio_socket_t *socket, sio_reason_t reason) {
    (void) reason;
    if (socket->carrier != NULL)
        close_plain(socket->carrier);
}

static const eio__transport_t websocket_transport = {
    EIO__WEBSOCKET,     websocket_send,     websocket_packet, websocket_writable,
    websocket_buffered, websocket_turn_end, websocket_drop,
};

static const eio__transport_t deflate_transport = {
    EIO__WEBSOCKET,     deflate_send,       websocket_packet, websocket_writable,
    websocket_buffered, websocket_turn_end, websocket_drop,
};

void eio__websocket_use(eio_socket_t *socket, sio__ws_t *ws) {
    sio__ws_set_user(ws, user_of(socket), socket);
    socket->transport = sio__ws_deflates(ws) ? &deflate_transport : &websocket_transport;
    socket->carrier = ws;
}

/* --- handshakes ------------------------------------------------------------------------------- */

const char *eio__websocket_check(const eio_server_t *server, const sio_http_request_t *request,
                                 int *status) {
    return sio__ws_check(request, &server->options.per_message_deflate, SIO__WS_VERSION_8, status);
}

void eio__websocket_refuse(sio_http_response_t *response, int status, const char *why) {
    sio__ws_refuse(response, status, why, SIO__WS_VERSION_8);
}

int eio__websocket_accept(sio__ws_t **ws, const eio_server_t *server, sio_http_request_t *request,
                          sio_http_response_t *response, const sio__ws_user_t *who, void *data) {
    const sio__ws_config_t config = {server->options.max_payload,
                                     &server->options.per_message_deflate};
    return sio__ws_accept(ws, request, response, &config, who, data);
}

/* --- opening ---------------------------------------------------------------------------------- */

int eio__websocket_collect(eio_socket_t *socket, sio__outq_t *frames, eio__message_t *messages,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        sio__frame_t own;
        const sio__frame_t *frame = frame_of(socket, &messages[i], &own);
        int rc = frame != NULL ? sio__outq_scratch(frames, frame->data, frame->length)
                               : SIO_ENOMEM;
        if (rc < 0 && i == 0)
            return rc;
        if (rc < 0) {
            eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
            return 0;
        }
    }
    return 0;
}

static int opening_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    eio__opening_t *opening = socket->carrier;
    return eio__websocket_collect(socket, &opening->frames, messages, count);
}

static int opening_packet(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                          size_t length) {
    eio__opening_t *opening = socket->carrier;
    sio__frame_t frame;
    int rc = eio__websocket_packet_frame(socket, type, data, length, &frame);
    return rc < 0 ? rc : sio__outq_scratch(&opening->frames, frame.data, frame.length);
}

static int opening_writable(const eio_socket_t *socket) {
    (void) socket;
    return 1;
}

static size_t opening_buffered(const eio_socket_t *socket) {
    const eio__opening_t *opening = socket->carrier;
    return opening->frames.bytes;
}

static void opening_drop(eio_socket_t *socket, sio_reason_t reason) {
    (void) socket, (void) reason;
}

/* Never in place when a turn ends. */
static const eio__transport_t opening_transport = {
    EIO__WEBSOCKET,   opening_send, opening_packet, opening_writable,
    opening_buffered, NULL,         opening_drop,
};

void eio__websocket_prepare(eio_socket_t *socket, eio__opening_t *opening) {
    *opening = (eio__opening_t){0};
    socket->transport = &opening_transport;
    socket->carrier = opening;
}

/* Sends frames of this turn's scratch that were laid out before; an extent may hold several. Small
 * ones, as the open packet, are copied: next to the 101 they leave in the same piece. */
int eio__websocket_send_frames(sio__ws_t *ws, const sio__outq_t *frames) {
    sio__scratch_t *scratch = sio__ws_conn(ws)->loop->scratch;
    int rc = 0;
    for (unsigned i = 0; i < frames->count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(frames, i);
        const unsigned char *data = extent->length > COPY_MAX
                                        ? extent->data
                                        : sio__scratch_copy(scratch, extent->data, extent->length);
        if (data == NULL)
            return SIO_ENOMEM;
        sio__frame_t frame = {data, extent->length, data, extent->length};
        rc = sio__ws_send(ws, &frame);
    }
    return rc;
}

/* The open packet, then what was collected. Those of protocol 3 and 2 get it in a moment. */
static int begin(eio_socket_t *socket, sio__ws_t *ws, sio__outq_t *open, sio__outq_t *frames) {
    if (socket->dialect != EIO__DIALECT_V4) {
        int rc = sio__outq_move(open, frames);
        return rc < 0 ? rc : eio__held_begin(socket, ws, open);
    }
    int rc = eio__websocket_send_frames(ws, open);
    if (rc == 0)
        rc = eio__websocket_send_frames(ws, frames);
    if (rc == 0)
        eio__websocket_use(socket, ws);
    return rc;
}

int eio__websocket_open(eio_server_t *server, eio_socket_t *socket, eio__opening_t *opening,
                        sio_http_request_t *request, sio_http_response_t *response,
                        sio__outq_t *open) {
    sio__ws_t *ws;
    int over = socket->state == EIO__STATE_CLOSED;
    int rc = eio__websocket_accept(&ws, server, request, response, user_of(socket), socket);
    if (rc < 0) {
        sio__response_abort(response);
    } else if (over) {
        eio__websocket_send_frames(ws, open);
        eio__websocket_send_frames(ws, &opening->frames);
        close_plain(ws);
    } else {
        rc = begin(socket, ws, open, &opening->frames);
        if (rc < 0)
            close_plain(ws);
    }
    sio__outq_clear(&opening->frames);
    return rc;
}

void eio__websocket_reject(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response) {
    sio__ws_t *ws;
    if (eio__websocket_accept(&ws, server, request, response, &user, NULL) == 0)
        close_plain(ws);
    else
        sio__response_abort(response);
}

/* --- moving here from polling ----------------------------------------------------------------- */

/* A packet as a poll would have got it, as a frame; base64 is undone where the client takes
 * binary frames. */
static int frame_of_packet(eio_socket_t *socket, const unsigned char *data, size_t length,
                           sio__frame_t *frame) {
    sio__scratch_t *scratch = scratch_of(socket);
    int typed = socket->dialect != EIO__DIALECT_V4;
    if (typed && eio__payload_v3_part(data, length, &data, &length))
        return sio__frame_make(scratch, SIO__WS_BINARY, data, length, frame);
    if (data[0] != 'b' || socket->binary == EIO__BINARY_TEXT)
        return sio__frame_make(scratch, SIO__WS_TEXT, data, length, frame);
    unsigned char *bytes = sio__scratch_alloc(scratch, 1 + length + 3);
    if (bytes == NULL)
        return SIO_ENOMEM;
    bytes[0] = EIO__MESSAGE;
    size_t skipped = typed ? 2 : 1; /* "b4", "b" */
    size_t count = sio__base64_decode(bytes + 1, (const char *) data + skipped, length - skipped);
    return sio__frame_make(scratch, SIO__WS_BINARY, bytes + !typed, count + (size_t) typed, frame);
}

void eio__websocket_adopt(eio_socket_t *socket, sio__ws_t *ws, sio__outq_t *queue) {
    eio__websocket_use(socket, ws);
    int rc = 0;
    for (unsigned i = 0; i < queue->count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(queue, i);
        sio__frame_t frame;
        rc = frame_of_packet(socket, extent->data, extent->length, &frame);
        if (rc == 0)
            rc = sio__ws_send_message(ws, &frame, NULL);
    }
    sio__outq_clear(queue);
    if (rc < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}
