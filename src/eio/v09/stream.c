/* The transports that stay open: htmlfile, an endless page of scripts, and WebSocket. */
#include "eio/reply.h"
#include "eio/script.h"
#include "eio/v09/framing.h"
#include "eio/v09/v09.h"
#include "eio/websocket.h"
#include <string.h>

/* --- htmlfile ------------------------------------------------------------------------------- */

/* Browsers show nothing of a page before they have this much of it. */
enum { PREAMBLE = 256 };

static void page_gone(sio_http_response_t *response, int closed, void *data) {
    eio__call_t *call = data;
    (void) response, (void) closed;
    sio__request_set_data(call->request, NULL);
    call->response = NULL;
    eio__v09_of(call->socket)->kind = EIO__V09_NONE;
    eio__socket_end(call->socket, SIO_REASON_TRANSPORT_CLOSE);
}

static void page_drained(sio_http_response_t *response, void *data) {
    (void) response;
    eio__socket_drained(data);
}

static int begin_page(eio_server_t *server, sio_http_request_t *request,
                      sio_http_response_t *response) {
    static const char start[] = "<html><body><script>var _ = function (msg) "
                                "{ parent.s._(msg, document); };</script>";
    char preamble[PREAMBLE];
    memset(preamble, ' ', sizeof(preamble));
    memcpy(preamble, start, sizeof(start) - 1);
    eio__reply_headers(server, request, response, 0, 0);
    int rc = sio_http_header(response, "Content-Type", "text/html; charset=UTF-8");
    return rc < 0 ? rc : sio_http_write(response, preamble, sizeof(preamble));
}

static int write_script(sio__scratch_t *scratch, sio_http_response_t *response,
                        const void *message, size_t length) {
    sio__writer_t writer;
    size_t size;
    sio__writer_begin(&writer, scratch, 0);
    sio__writer_put(&writer, "<script>_(", 10);
    eio__script_string(&writer, message, length, 1);
    sio__writer_put(&writer, ");</script>", 11);
    const unsigned char *script = sio__writer_end(&writer, &size);
    return script != NULL ? sio_http_write(response, script, size) : SIO_ENOMEM;
}

void eio__v09_write(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    sio__scratch_t *scratch = socket->server->loop->scratch;
    int rc = 0;
    for (unsigned i = 0; i < v09->queue.count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(&v09->queue, i);
        size_t length;
        const unsigned char *message =
            eio__v09_payload_message(extent->data, extent->length, &length);
        rc = write_script(scratch, v09->call.response, message, length);
    }
    sio__outq_clear(&v09->queue);
    if (rc < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

void eio__v09_htmlfile(eio_socket_t *socket, sio_http_request_t *request,
                       sio_http_response_t *response) {
    if (eio__v09_replace(socket, EIO__V09_HTMLFILE, request)) {
        sio__response_abort(response);
        return;
    }
    if (begin_page(socket->server, request, response) < 0) {
        sio__response_abort(response);
        eio__v09_absent(socket); /* the client may come again */
        return;
    }
    eio__v09_t *v09 = eio__v09_of(socket);
    v09->kind = EIO__V09_HTMLFILE;
    v09->call.socket = socket;
    v09->call.request = request;
    v09->call.response = response;
    sio__request_set_data(request, &v09->call);
    sio__response_on_gone(response, page_gone, &v09->call);
    sio_http_on_drain(response, page_drained, socket);
    eio__v09_begin(socket);
}

void eio__v09_page_of_one(eio_server_t *server, sio_http_request_t *request,
                          sio_http_response_t *response, const char *message) {
    int rc = begin_page(server, request, response);
    if (rc == 0)
        rc = write_script(server->loop->scratch, response, message, strlen(message));
    if (rc == 0)
        eio__reply_end(response, NULL, 0);
    else
        sio__response_abort(response);
}

/* --- WebSocket ------------------------------------------------------------------------------ */

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

/* What had to wait. */
static void send_queue(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    int rc = 0;
    for (unsigned i = 0; i < v09->queue.count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(&v09->queue, i);
        size_t length;
        const unsigned char *message =
            eio__v09_payload_message(extent->data, extent->length, &length);
        rc = send_text(socket->server, v09->u.ws, message, length);
    }
    sio__outq_clear(&v09->queue);
    if (rc == SIO_ENOMEM) /* otherwise its end is on its way */
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
    if (eio__v09_replace(socket, EIO__V09_WEBSOCKET, request)) {
        sio__response_abort(response);
        return;
    }
    eio__reply_headers(server, request, response, 0, 1);
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
