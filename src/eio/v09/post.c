/* What clients POST, to whom messages come by polls or by htmlfile [L7]. */
#include "base/utf8.h"
#include "eio/jsonp.h"
#include "eio/reply.h"
#include "eio/script.h"
#include "eio/v09/framing.h"
#include "eio/v09/v09.h"
#include <stdlib.h>

/* A POST under way. */
typedef struct {
    eio__call_t call; /* the first member */
    eio_server_t *server;
    eio__v09_kind_t kind;
} post_t;

static void post_free(post_t *post) {
    if (post->call.socket != NULL)
        eio__socket_unref(post->call.socket);
    free(post);
}

static void post_gone(sio_http_response_t *response, int closed, void *data) {
    post_t *post = data;
    (void) response, (void) closed;
    sio__request_set_data(post->call.request, NULL);
    post_free(post);
}

static sio_http_response_t *forget(post_t *post) {
    sio__request_set_data(post->call.request, NULL);
    sio__response_on_gone(post->call.response, NULL, NULL);
    return post->call.response;
}

/* 0, or SIO_EPROTO at a length that lies, where it stops. */
static int receive(eio_socket_t *socket, char *text, size_t length) {
    eio__v09_payload_t payload;
    char *message;
    int rc = 0;
    eio__v09_payload_begin(&payload, text, length);
    while (socket->state == EIO__STATE_OPEN &&
           (rc = eio__v09_payload_next(&payload, &message, &length)) > 0)
        eio__v09_receive(socket, message, length);
    if (rc < 0 && socket->state != EIO__STATE_CLOSED)
        eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
    return rc < 0 ? rc : 0;
}

static int receive_text(eio_socket_t *socket, char *text, size_t length) {
    if (sio__utf8_valid(text, length))
        return receive(socket, text, length);
    sio__buf_t mended = {0};
    int rc = sio__utf8_mend(&mended, text, length);
    if (rc == 0)
        rc = receive(socket, mended.data, mended.length);
    sio__buf_free(&mended);
    return rc;
}

static int receive_body(post_t *post, char *body, size_t length) {
    char *text = body;
    eio_socket_t *socket = post->call.socket;
    if (socket == NULL)
        return 0;
    if (post->kind == EIO__V09_JSONP) {
        text = eio__jsonp_field(body, length, &length);
        if (text == NULL || eio__script_read(&text, &length) < 0) {
            eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
            return SIO_EPROTO;
        }
    }
    return receive_text(socket, text, length);
}

void eio__v09_body(eio__call_t *call) {
    static const char type[] = "Content-Type: text/plain; charset=UTF-8\r\n";
    post_t *post = (post_t *) call;
    eio_server_t *server = post->server;
    sio_http_request_t *request = call->request;
    size_t length;
    char *body = sio__request_body(request, &length);
    sio_http_response_t *response = forget(post);
    sio_http_request_t *outer_request = server->post_request;
    const eio_socket_t *outer_socket = server->post_socket;
    server->post_request = request;
    server->post_socket = call->socket;
    int rc = receive_body(post, body, length);
    server->post_request = outer_request;
    server->post_socket = outer_socket;
    post_free(post);
    if (rc < 0) {
        eio__reply_empty(response, rc == SIO_EPROTO ? 400 : 500);
        return;
    }
    sio__response_add(response, type, sizeof(type) - 1);
    if (sio_http_header_in(request, "Origin") != NULL) {
        eio__v09_origin(server, request, response);
        sio_http_header(response, "X-XSS-Protection", "0");
    }
    eio__reply_headers(server, request, response, 0, 0);
    eio__reply_end(response, "1", 1);
}

/* As 0.9 does it [L7]. */
void eio__v09_too_big(eio__call_t *call) {
    post_t *post = (post_t *) call;
    sio_http_response_t *response = forget(post);
    post_free(post);
    sio__response_abort(response);
}

void eio__v09_post(eio_socket_t *socket, eio__v09_kind_t kind, eio_server_t *server,
                   sio_http_request_t *request, sio_http_response_t *response, int complete) {
    post_t *post = calloc(1, sizeof(*post));
    if (post == NULL) {
        sio__response_abort(response);
        return;
    }
    post->call = (eio__call_t){EIO__CALL_V09_POST, request, response, socket};
    post->server = server;
    post->kind = kind;
    if (socket != NULL)
        eio__socket_ref(socket);
    sio__request_set_data(request, post);
    sio__response_on_gone(response, post_gone, post);
    if (complete)
        eio__v09_body(&post->call);
}
