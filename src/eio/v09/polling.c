/* xhr-polling and jsonp-polling: what the client comes for. */
#include "eio/jsonp.h"
#include "eio/reply.h"
#include "eio/v09/framing.h"
#include "eio/v09/v09.h"
#include <stdio.h>
#include <string.h>

/* --- answers -------------------------------------------------------------------------------- */

/* `io.j[n]`, where `n` is what the client has given, if it is a number [L2]. */
static void head_of(char head[32], const char *index) {
    size_t digits = index != NULL ? strspn(index, "0123456789") : 0;
    int number = digits > 0 && digits < 16 && index[digits] == '\0';
    snprintf(head, 32, "io.j[%s]", number ? index : "0");
}

static void add_headers(const eio_server_t *server, eio__v09_kind_t kind,
                        const sio_http_request_t *request, sio_http_response_t *response) {
    static const char text[] = "Content-Type: text/plain; charset=UTF-8\r\n";
    static const char script[] =
        "Content-Type: text/javascript; charset=UTF-8\r\nX-XSS-Protection: 0\r\n";
    if (kind == EIO__V09_JSONP) {
        sio__response_add(response, script, sizeof(script) - 1);
    } else {
        sio__response_add(response, text, sizeof(text) - 1);
        eio__v09_origin(server, request, response);
    }
}

/* One message goes as it is. */
static void unframe(sio__outq_t *queue) {
    size_t length;
    if (queue->count != 1)
        return;
    const sio__extent_t *extent = sio__outq_at(queue, 0);
    eio__v09_payload_message(extent->data, extent->length, &length);
    sio__outq_consume(queue, extent->length - length);
}

/* Ends the response with the payload; the queue is empty afterwards. */
static void end(eio_server_t *server, eio__v09_kind_t kind, sio_http_request_t *request,
                sio_http_response_t *response, sio__outq_t *queue) {
    if (kind == EIO__V09_JSONP) {
        char head[32];
        head_of(head, sio_http_query(request, "i"));
        if (eio__jsonp_wrap(server->loop->scratch, head, queue, -1) < 0) {
            sio__outq_clear(queue);
            sio__response_abort(response);
            return;
        }
    }
    add_headers(server, kind, request, response);
    eio__reply_headers(server, request, response, 0, 0);
    eio__reply_payload(response, queue, -1);
}

/* Moves what is to be answered out of the queue: all, but the "1::" that a session begins with
 * goes by itself, as 0.9's server sends it. */
static int take(sio__outq_t *queue, sio__outq_t *answer) {
    static const char connected[] = "1::";
    size_t length;
    const sio__extent_t *first = sio__outq_at(queue, 0);
    const unsigned char *message =
        eio__v09_payload_message(first->data, first->length, &length);
    if (queue->count == 1 || length != sizeof(connected) - 1 ||
        memcmp(message, connected, length) != 0)
        return sio__outq_move(answer, queue);
    int rc = first->owner != NULL
                 ? sio__outq_rcbuf(answer, first->owner, first->data, first->length)
                 : sio__outq_apart(answer, first->data, first->length);
    if (rc == 0)
        sio__outq_consume(queue, first->length);
    return rc;
}

void eio__v09_answer(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    eio__v09_kind_t kind = v09->kind;
    sio_http_request_t *request = v09->call.request;
    sio_http_response_t *response = v09->call.response;
    sio__outq_t queue = {0};
    /* It is empty only if there was no memory even for a noop. */
    int rc = v09->queue.count > 0 ? take(&v09->queue, &queue) : SIO_ENOMEM;
    v09->call.response = NULL;
    sio__request_set_data(request, NULL);
    sio__response_on_gone(response, NULL, NULL);
    eio__v09_absent(socket);
    if (rc < 0) {
        sio__response_abort(response);
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
        return;
    }
    unframe(&queue);
    end(socket->server, kind, request, response, &queue);
}

void eio__v09_answer_one(eio_server_t *server, eio__v09_kind_t kind, sio_http_request_t *request,
                         sio_http_response_t *response, const char *message) {
    sio__outq_t queue = {0};
    if (sio__outq_apart(&queue, (const unsigned char *) message, strlen(message)) < 0)
        sio__response_abort(response);
    else
        end(server, kind, request, response, &queue);
}

/* --- polls ---------------------------------------------------------------------------------- */

static void poll_gone(sio_http_response_t *response, int closed, void *data) {
    eio__call_t *call = data;
    (void) response, (void) closed;
    sio__request_set_data(call->request, NULL);
    call->response = NULL;
    eio__v09_absent(call->socket); /* the client may come again */
}

void eio__v09_poll(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request,
                   sio_http_response_t *response) {
    if (eio__v09_replace(socket, kind, request)) {
        sio__response_abort(response);
        return;
    }
    eio__v09_answer_by(socket, kind, request, response, poll_gone);
    eio__v09_begin(socket);
}
