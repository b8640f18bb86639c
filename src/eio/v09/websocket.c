/* WebSocket, from draft 7 on; what came before is in draft.c. */
#include "eio/v09/v09.h"
#include "eio/websocket.h"

static void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
    eio_socket_t *socket = sio__ws_user_data(ws);
    if (binary) /* there is none in this protocol */
        eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
    else
        eio__v09_receive(socket, data, length);
}

static void on_drained(sio__ws_t *ws) {
    eio__socket_drained(sio__ws_user_data(ws));
}

static void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    eio_socket_t *socket = sio__ws_user_data(ws);
    (void) code, (void) reason, (void) length;
    eio__v09_of(socket)->kind = EIO__V09_NONE;
    eio__v09_of(socket)->u.ws = NULL;
    eio__socket_end(socket, eio__websocket_reason(error));
}

static const sio__ws_user_t user = {on_message, NULL, on_drained, on_closed};

static const sio_deflate_options_t no_deflate = {0};

static int accept_ws(sio__ws_t **ws, const eio_server_t *server, sio_http_request_t *request,
                  sio_http_response_t *response, eio_socket_t *socket) {
    const sio__ws_config_t config = {server->options.max_payload, &no_deflate};
    int rc = sio__ws_accept(ws, request, response, &config, &user, socket);
    if (rc < 0)
        sio__response_abort(response);
    return rc;
}

static int send_text(const eio_server_t *server, sio__ws_t *ws, const void *text, size_t length) {
    sio__frame_t frame;
    int rc = sio__frame_make(server->loop->scratch, SIO__WS_TEXT, text, length, &frame);
    return rc < 0 ? rc : sio__ws_send(ws, &frame);
}

static int send_message(eio_socket_t *socket, const void *message, size_t length) {
    return send_text(socket->server, eio__v09_of(socket)->u.ws, message, length);
}

/* What had to wait. */
static void send_queue(eio_socket_t *socket) {
    if (eio__v09_empty(socket, send_message) == SIO_ENOMEM) /* otherwise its end is on its way */
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void refuse(eio_server_t *server, sio_http_request_t *request,
                   sio_http_response_t *response) {
    static const char error[] = "7:::1+0"; /* client not handshaken, reconnect */
    sio__ws_t *ws;
    if (accept_ws(&ws, server, request, response, NULL) < 0)
        return;
    send_text(server, ws, error, sizeof(error) - 1);
    sio__ws_close(ws, 0, NULL, 0);
    sio__ws_forget(ws);
}

void eio__v09_websocket(eio_server_t *server, eio_socket_t *socket, sio_http_request_t *request,
                        sio_http_response_t *response) {
    int status, draft = sio__hixie_draft(request);
    sio__ws_t *ws;
    if (draft != 0) {
        eio__v09_draft(server, socket, request, response, draft);
        return;
    }
    const char *why = sio__ws_check(request, &no_deflate, SIO__WS_VERSION_7, &status);
    if (why != NULL) {
        sio__ws_refuse(response, status, why, SIO__WS_VERSION_7);
        return;
    }
    if (socket == NULL) {
        refuse(server, request, response);
        return;
    }
    if (eio__v09_replace_answering(socket, EIO__V09_WEBSOCKET, request, response, 1)) {
        sio__response_abort(response);
        return;
    }
    if (accept_ws(&ws, server, request, response, socket) < 0) {
        eio__v09_absent(socket);
    } else {
        eio__v09_t *v09 = eio__v09_of(socket);
        v09->kind = EIO__V09_WEBSOCKET;
        v09->u.ws = ws;
        send_queue(socket);
        eio__v09_begin(socket);
    }
}
