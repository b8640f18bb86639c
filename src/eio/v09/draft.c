/* WebSocket as the drafts 75 and 76 had it, the browsers of 2010 speak it [L3]. It is the transport
 * "websocket" like the other one. */
#include "eio/forms.h"
#include "eio/heartbeat.h"
#include "eio/v09/v09.h"
#include <string.h>

/* --- out ------------------------------------------------------------------------------------ */

/* The frame of the message, made once for all who listen this way. NULL out of memory. */
static const eio__part_t *frame_of(sio__scratch_t *scratch, eio__message_t *message) {
    eio__forms_t *forms = eio__message_forms(scratch, message);
    if (forms == NULL || forms->hixie.data != NULL)
        return forms != NULL ? &forms->hixie : NULL;
    forms->hixie.data = sio__hixie_frame(scratch, message->frame.payload,
                                         message->frame.payload_length, &forms->hixie.length);
    if (forms->hixie.data == NULL)
        return NULL;
    forms->made++;
    return &forms->hixie;
}

int eio__v09_draft_send(eio_socket_t *socket, eio__message_t *message) {
    const eio__part_t *frame = frame_of(socket->server->loop->scratch, message);
    if (frame == NULL)
        return SIO_ENOMEM;
    return sio__hixie_send(eio__v09_of(socket)->u.hixie, frame->data, frame->length);
}

static int send_text(sio__hixie_t *hixie, const void *text, size_t length) {
    size_t size;
    const unsigned char *frame =
        sio__hixie_frame(sio__hixie_conn(hixie)->loop->scratch, text, length, &size);
    return frame != NULL ? sio__hixie_send(hixie, frame, size) : SIO_ENOMEM;
}

static int send_message(eio_socket_t *socket, const void *message, size_t length) {
    return send_text(eio__v09_of(socket)->u.hixie, message, length);
}

/* What had to wait. */
static void send_queue(eio_socket_t *socket) {
    if (eio__v09_empty(socket, send_message) == SIO_ENOMEM) /* otherwise its end is on its way */
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

/* --- in ------------------------------------------------------------------------------------- */

static void begin(eio_socket_t *socket) {
    send_queue(socket);
    eio__v09_begin(socket);
}

static void on_opened(sio__hixie_t *hixie) {
    begin(sio__hixie_user_data(hixie));
}

static void on_message(sio__hixie_t *hixie, char *text, size_t length) {
    eio__v09_receive(sio__hixie_user_data(hixie), text, length);
}

static void on_drained(sio__hixie_t *hixie) {
    eio__socket_drained(sio__hixie_user_data(hixie));
}

static void on_closed(sio__hixie_t *hixie, int error) {
    eio_socket_t *socket = sio__hixie_user_data(hixie);
    int violated = error == SIO_EPROTO || error == SIO_ETOOBIG || error == SIO_ENOMEM;
    eio__v09_of(socket)->kind = EIO__V09_NONE;
    eio__v09_of(socket)->u.hixie = NULL;
    eio__socket_end(socket, violated ? SIO_REASON_TRANSPORT_ERROR : SIO_REASON_TRANSPORT_CLOSE);
}

static const sio__hixie_user_t user = {on_opened, on_message, on_drained, on_closed};

/* --- those without a session ---------------------------------------------------------------- */

static void stranger_opened(sio__hixie_t *hixie) {
    static const char error[] = "7:::1+0"; /* client not handshaken, reconnect */
    send_text(hixie, error, sizeof(error) - 1);
    sio__hixie_forget(hixie);
}

static void stranger_message(sio__hixie_t *hixie, char *text, size_t length) {
    (void) hixie, (void) text, (void) length;
}

static void stranger_drained(sio__hixie_t *hixie) {
    (void) hixie;
}

static void stranger_closed(sio__hixie_t *hixie, int error) {
    (void) hixie, (void) error;
}

static const sio__hixie_user_t stranger = {stranger_opened, stranger_message, stranger_drained,
                                           stranger_closed};

/* --- the handshake -------------------------------------------------------------------------- */

static int accept_draft(sio__hixie_t **hixie, const eio_server_t *server,
                        sio_http_request_t *request, sio_http_response_t *response, int draft,
                        eio_socket_t *socket) {
    int rc = sio__hixie_accept(hixie, request, response, draft, server->options.max_payload,
                               socket != NULL ? &user : &stranger, socket);
    if (rc < 0)
        sio__response_abort(response);
    return rc;
}

static void refuse(const eio_server_t *server, sio_http_request_t *request,
                   sio_http_response_t *response, int draft) {
    sio__hixie_t *hixie;
    if (accept_draft(&hixie, server, request, response, draft, NULL) == 0 &&
        sio__hixie_is_open(hixie))
        stranger_opened(hixie);
}

static void use(eio_socket_t *socket, sio__hixie_t *hixie) {
    eio__v09_t *v09 = eio__v09_of(socket);
    v09->kind = EIO__V09_DRAFT;
    v09->u.hixie = hixie;
    if (sio__hixie_is_open(hixie))
        begin(socket);
    else if (socket->state == EIO__STATE_OPEN)
        eio__heartbeat_arm(socket, EIO__ARMED_V09_ABSENT);
}

void eio__v09_draft(eio_server_t *server, eio_socket_t *socket, sio_http_request_t *request,
                    sio_http_response_t *response, int draft) {
    int status;
    sio__hixie_t *hixie;
    const char *why = sio__hixie_check(request, draft, &status);
    if (why != NULL)
        sio__response_refuse_upgrade(response, status, why);
    else if (socket == NULL)
        refuse(server, request, response, draft);
    else if (eio__v09_replace(socket, EIO__V09_DRAFT, request))
        sio__response_abort(response);
    else if (accept_draft(&hixie, server, request, response, draft, socket) < 0)
        eio__v09_absent(socket);
    else
        use(socket, hixie);
}
