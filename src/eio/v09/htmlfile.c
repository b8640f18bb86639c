/* htmlfile: a page that never ends, of a script for each message. */
#include "eio/reply.h"
#include "eio/script.h"
#include "eio/v09/v09.h"
#include <string.h>

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

static int begin_page(sio_http_response_t *response) {
    static const char start[] = "<html><body><script>var _ = function (msg) "
                                "{ parent.s._(msg, document); };</script>";
    char preamble[PREAMBLE];
    memset(preamble, ' ', sizeof(preamble));
    memcpy(preamble, start, sizeof(start) - 1);
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

static int write_message(eio_socket_t *socket, const void *message, size_t length) {
    return write_script(socket->server->loop->scratch, eio__v09_of(socket)->call.response, message,
                        length);
}

void eio__v09_write(eio_socket_t *socket) {
    if (eio__v09_empty(socket, write_message) < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

void eio__v09_htmlfile(eio_socket_t *socket, sio_http_request_t *request,
                       sio_http_response_t *response) {
    if (eio__v09_replace_answering(socket, EIO__V09_HTMLFILE, request, response, 0)) {
        sio__response_abort(response);
        return;
    }
    if (begin_page(response) < 0) {
        sio__response_abort(response);
        eio__v09_absent(socket); /* the client may come again */
        return;
    }
    eio__v09_answer_by(socket, EIO__V09_HTMLFILE, request, response, page_gone);
    sio_http_on_drain(response, page_drained, socket);
    eio__v09_begin(socket);
}

void eio__v09_page_of_one(eio_server_t *server, sio_http_request_t *request,
                          sio_http_response_t *response, const char *message) {
    eio__reply_headers(server, request, response, 0, 0);
    int rc = begin_page(response);
    if (rc == 0)
        rc = write_script(server->loop->scratch, response, message, strlen(message));
    if (rc == 0)
        eio__reply_end(response, NULL, 0);
    else
        sio__response_abort(response);
}
