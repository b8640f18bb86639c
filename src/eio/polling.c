#include "eio/polling.h"
#include "base/utf8.h"
#include "eio/absence.h"
#include "eio/events.h"
#include "eio/forms.h"
#include "eio/jsonp.h"
#include "eio/payload.h"
#include "eio/payload_v3.h"
#include "eio/reply.h"
#include "net/coding.h"
#include <stdlib.h>
#include <string.h>

static eio__polling_t *polling_of(const eio_socket_t *socket) {
    return socket->carrier;
}

/* --- the queue -------------------------------------------------------------------------------- */

static inline int is_counted(const eio_socket_t *socket) {
    return socket->dialect != EIO__DIALECT_V4;
}

/* A packet without data: too short to be compressed by itself. */
static int push_bare(const eio_socket_t *socket, sio__outq_t *queue, eio__packet_type_t type) {
    static const unsigned char digits[] = "0123456", counted[] = "1:01:11:21:31:41:51:6";
    return is_counted(socket) ? sio__outq_apart(queue, counted + 3 * (size_t) type, 3)
                              : sio__outq_apart(queue, digits + (int) type, 1);
}

static int push_packet(const eio_socket_t *socket, sio__outq_t *queue, eio__packet_type_t type,
                       const void *data, size_t length) {
    sio__writer_t writer;
    size_t size;
    sio__writer_begin(&writer, socket->server->loop->scratch, 0);
    if (is_counted(socket)) {
        sio__writer_u64(&writer, 1 + sio__utf8_units(data, length));
        sio__writer_byte(&writer, ':');
    }
    sio__writer_byte(&writer, eio__packet_digit(type));
    sio__writer_put(&writer, data, length);
    const unsigned char *packet = sio__writer_end(&writer, &size);
    return packet != NULL ? sio__outq_apart(queue, packet, size) : SIO_ENOMEM;
}

static int polling_packet(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                          size_t length) {
    sio__outq_t *queue = &polling_of(socket)->queue;
    int rc = length == 0 ? push_bare(socket, queue, type)
                         : push_packet(socket, queue, type, data, length);
    eio__socket_defer(socket);
    return rc;
}

/* Makes sure of the form in which this session gets the message. 0 or SIO_ENOMEM. */
static int make_part(const eio_socket_t *socket, eio__message_t *message) {
    sio__scratch_t *scratch = socket->server->loop->scratch;
    if (!is_counted(socket))
        return eio__message_polling(scratch, message);
    return eio__message_counted(scratch, message, socket->binary == EIO__BINARY_TEXT) != NULL
               ? 0
               : SIO_ENOMEM;
}

static eio__part_t part_of(const eio_socket_t *socket, eio__message_t *message) {
    if (!is_counted(socket))
        return (eio__part_t){message->polling, message->polling_length};
    return *eio__message_counted(socket->server->loop->scratch, message,
                                 socket->binary == EIO__BINARY_TEXT); /* it is made */
}

static int polling_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int rc = make_part(socket, &messages[i]);
        if (rc < 0)
            return rc;
    }
    eio__polling_t *polling = polling_of(socket);
    for (size_t i = 0; i < count; i++) {
        polling->compresses |= messages[i].deflated != &sio__not_deflated;
        eio__part_t part = part_of(socket, &messages[i]);
        if (sio__outq_apart(&polling->queue, part.data, part.length) < 0) {
            eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
            return 0;
        }
    }
    eio__socket_defer(socket);
    return 0;
}

static int polling_writable(const eio_socket_t *socket) {
    return polling_of(socket)->poll.response != NULL;
}

static size_t polling_buffered(const eio_socket_t *socket) {
    const sio__outq_t *queue = &polling_of(socket)->queue;
    return queue->bytes + (queue->count > 0 && !is_counted(socket) ? queue->count - 1 : 0);
}

/* --- answering polls -------------------------------------------------------------------------- */

static void forget(eio__call_t *call) {
    sio__request_set_data(call->request, NULL);
    sio__response_on_gone(call->response, NULL, NULL);
    call->response = NULL;
}

void eio__polling_look(eio_socket_t *socket) {
    const eio__polling_t *polling = polling_of(socket);
    eio__absence_set(socket, polling->poll.response == NULL && polling->post.response == NULL &&
                                 polling->upgrade == NULL);
}

/* How the client wants what there is; threshold and coding as in Node [E11]. */
static sio__coding_t coding_of(const eio_server_t *server, const sio_http_request_t *request,
                               const sio__outq_t *queue) {
    static const sio__coding_t offered[] = {SIO__GZIP, SIO__DEFLATE};
    const sio_http_compression_t *options = &server->options.http_compression;
    if (!options->enabled || queue->bytes + queue->count - 1 < options->threshold)
        return SIO__IDENTITY;
    return sio__coding_choose(sio_http_header_in(request, "Accept-Encoding"), offered, 2);
}

/* Puts the compressed payload in the place of the packets. Without memory they go as they are. */
static void compress(const eio_server_t *server, sio_http_response_t *response,
                     sio__coding_t coding, sio__outq_t *queue, int separator) {
    sio__loop_t *loop = server->loop;
    sio__outq_t compressed = {0};
    const unsigned char *data;
    size_t length;
    if (sio__coding_encode(coding, &loop->zips, loop->scratch, queue, separator, &data, &length) <
            0 ||
        sio__outq_apart(&compressed, data, length) < 0)
        return;
    if (sio_http_header(response, "Content-Encoding", sio__coding_name(coding)) < 0) {
        sio__outq_clear(&compressed);
        return;
    }
    sio__outq_clear(queue);
    *queue = compressed;
}

/* One binary packet makes units of all [V3]; to those of protocol 2 that can read them they are
 * the only form. */
static int has_units(const eio_socket_t *socket, const sio__outq_t *queue) {
    if (socket->dialect == EIO__DIALECT_V2 && socket->binary != EIO__BINARY_TEXT)
        return 1;
    for (unsigned i = 0; i < queue->count; i++)
        if (sio__outq_at(queue, i)->data[0] == 1)
            return 1;
    return 0;
}

static int make_units(sio__scratch_t *scratch, sio__outq_t *queue) {
    sio__outq_t units = {0};
    int rc = 0;
    for (unsigned i = 0; i < queue->count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(queue, i);
        sio__writer_t writer;
        const unsigned char *packet;
        size_t length;
        int binary = eio__payload_v3_part(extent->data, extent->length, &packet, &length);
        sio__writer_begin(&writer, scratch, 0);
        eio__payload_v3_put_unit(&writer, binary, packet, length);
        const unsigned char *unit = sio__writer_end(&writer, &length);
        rc = unit != NULL ? sio__outq_push(&units, unit, length) : SIO_ENOMEM;
    }
    if (rc < 0) {
        sio__outq_clear(&units);
        return rc;
    }
    sio__outq_clear(queue);
    *queue = units;
    return 0;
}

int eio__polling_units(const eio_socket_t *socket, sio__scratch_t *scratch, sio__outq_t *queue) {
    if (!is_counted(socket) || !has_units(socket, queue))
        return 0;
    int rc = make_units(scratch, queue);
    return rc < 0 ? rc : 1;
}

/* Takes the poll and the queue and answers the one with the other. The application's headers
 * hook runs in it, so the session may have ended afterwards. */
static void answer(eio_socket_t *socket, eio__polling_t *polling) {
    sio_http_request_t *request = polling->poll.request;
    sio_http_response_t *response = polling->poll.response;
    sio__outq_t queue = polling->queue;
    int separator = eio__socket_dialect(socket)->separator;
    int units = eio__polling_units(socket, socket->server->loop->scratch, &queue);
    int rc = units < 0 ? units : 0;
    if (rc == 0 && polling->jsonp_poll)
        rc = eio__jsonp_answer(socket->server->loop->scratch, eio__jsonp_of(request), &queue,
                               separator);
    sio__coding_t coding =
        polling->compresses ? coding_of(socket->server, request, &queue) : SIO__IDENTITY;
    polling->queue = (sio__outq_t){0};
    polling->compresses = 0;
    forget(&polling->poll);
    if (socket->carrier == polling) /* it has not moved */
        eio__polling_look(socket);

    if (rc < 0) {
        sio__response_abort(response);
        sio__outq_clear(&queue);
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
        return;
    }
    eio__reply_payload_type(response, units);
    if (coding != SIO__IDENTITY)
        compress(socket->server, response, coding, &queue, separator);
    eio__reply_headers(socket->server, request, response, 0, 0);
    if (eio__reply_payload(response, &queue, separator) < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void keep(eio_socket_t *socket) {
    sio__outq_t *queue = &polling_of(socket)->queue;
    eio_server_t *server = socket->server;
    if (sio__outq_weight(queue) > server->options.max_buffered) {
        sio__limited(server->loop, SIO_LIMIT_BUFFERED, "engine",
                     "session %s: more than %u bytes are waiting for a poll", socket->id,
                     (unsigned) server->options.max_buffered);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    } else if (sio__outq_keep(queue, server->loop->scratch) < 0) {
        sio__tell(server->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "engine",
                  "session %s: out of memory", socket->id);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    }
}

static void polling_turn_end(eio_socket_t *socket) {
    eio__polling_t *polling = polling_of(socket);
    int pending = polling->poll.response != NULL;
    if (polling->queue.count > 0) {
        if (!pending) {
            keep(socket);
            return;
        }
        if (!eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_FLUSH}) &&
            socket->state == EIO__STATE_CLOSED)
            return;
        answer(socket, polling);
        eio__socket_drained(socket);
    } else if (pending && socket->state == EIO__STATE_CLOSING) {
        eio__socket_finish(socket); /* the poll gets its CLOSE [E59] */
    }
}

void eio__polling_release(eio_socket_t *socket) {
    eio__polling_t *polling = polling_of(socket);
    if (polling->poll.response == NULL)
        return;
    if (polling->queue.count == 0 && push_bare(socket, &polling->queue, EIO__NOOP) < 0)
        return;
    eio__socket_defer(socket);
}

/* --- requests --------------------------------------------------------------------------------- */

/* Nobody else ends these responses, unless the application's middleware keeps one: to the
 * session that is the same. */
static void call_gone(sio_http_response_t *response, int closed, void *data) {
    (void) response, (void) closed;
    eio__call_t *call = data;
    sio__request_set_data(call->request, NULL);
    call->response = NULL;
    eio__socket_end(call->socket, SIO_REASON_TRANSPORT_ERROR); /* [E56] */
}

static void expect(eio__call_t *call, eio_socket_t *socket, sio_http_request_t *request,
                   sio_http_response_t *response) {
    call->socket = socket;
    call->request = request;
    call->response = response;
    sio__request_set_data(request, call);
    sio__response_on_gone(response, call_gone, call);
    eio__absence_set(socket, 0);
}

static void refuse(eio_socket_t *socket, sio_http_response_t *response, const char *why) {
    sio__tell(socket->server->loop, SIO__TOLD_SESSION, SIO_LOG_WARN, "engine", "session %s: %s",
              socket->id, why);
    eio__reply_empty(response, 400);
    eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void on_poll(eio_socket_t *socket, sio_http_request_t *request,
                    sio_http_response_t *response, int jsonp) {
    eio__polling_t *polling = polling_of(socket);
    if (polling->poll.response != NULL) {
        refuse(socket, response, "overlapping polls"); /* [E55] */
        return;
    }
    polling->jsonp_poll = jsonp != 0;
    expect(&polling->poll, socket, request, response);
    if (socket->state == EIO__STATE_CLOSING && polling->queue.count == 0) {
        /* [E59]: the CLOSE follows as the session ends. */
        push_bare(socket, &polling->queue, EIO__NOOP);
        eio__socket_finish(socket);
    } else if (polling->queue.count > 0) {
        eio__socket_defer(socket);
    }
}

static int is_octets(const sio_http_request_t *request) {
    const char *type = sio_http_header_in(request, "Content-type");
    return type != NULL && strcmp(type, "application/octet-stream") == 0;
}

static void on_post(eio_socket_t *socket, sio_http_request_t *request,
                    sio_http_response_t *response, int complete, int jsonp) {
    eio__polling_t *polling = polling_of(socket);
    if (polling->post.response != NULL) {
        refuse(socket, response, "overlapping POSTs"); /* [E56] */
    } else if (is_octets(request) && socket->dialect == EIO__DIALECT_V4) {
        refuse(socket, response, "invalid content"); /* [E53] */
    } else {
        polling->jsonp_post = jsonp != 0;
        expect(&polling->post, socket, request, response);
        if (complete)
            eio__polling_body(socket);
    }
}

void eio__polling_request(eio_socket_t *socket, sio_http_request_t *request,
                          sio_http_response_t *response, int complete, int jsonp) {
    const char *method = sio_http_method(request);
    if (strcmp(method, "GET") == 0)
        on_poll(socket, request, response, jsonp);
    else if (strcmp(method, "POST") == 0)
        on_post(socket, request, response, complete, jsonp);
    else
        eio__reply_empty(response, 500); /* [E38] */
}

void eio__polling_too_big(eio__call_t *call) {
    sio_http_response_t *response = call->response;
    forget(call);
    eio__polling_look(call->socket);
    eio__reply_empty(response, 413);
}

/* --- bodies ----------------------------------------------------------------------------------- */

/* A payload of either kind. */
typedef struct {
    int counted;
    union {
        eio__payload_t v4;
        eio__payload_v3_t v3;
    } u;
} payload_t;

static int next_packet(payload_t *payload, eio__packet_t *packet) {
    return payload->counted ? eio__payload_v3_next(&payload->u.v3, packet)
                            : eio__payload_next(&payload->u.v4, packet);
}

/* Handles the packets of a body: 0, or SIO_EPROTO at a bad packet, where it stops [E57]. */
static int receive(eio_socket_t *socket, char *body, size_t length, int octets) {
    payload_t payload = {.counted = is_counted(socket)};
    eio__packet_t packet;
    int rc = 0;
    if (payload.counted)
        eio__payload_v3_begin(&payload.u.v3, body, length, octets);
    else
        eio__payload_begin(&payload.u.v4, body, length);
    if (payload.counted && length == 0)
        rc = SIO_EPROTO;
    while (rc >= 0 && socket->state != EIO__STATE_CLOSED &&
           (rc = next_packet(&payload, &packet)) > 0) {
        if (packet.type == EIO__CLOSE)
            eio__socket_end(socket, SIO_REASON_TRANSPORT_CLOSE); /* [E58] */
        else
            eio__socket_packet(socket, &packet);
    }
    if (rc < 0 && socket->state != EIO__STATE_CLOSED)
        eio__socket_end(socket, SIO_REASON_PARSE_ERROR);
    return rc < 0 ? rc : 0;
}

/* A body that is not UTF-8 is mended as Node's decoder does. */
static int receive_text(eio_socket_t *socket, char *body, size_t length) {
    if (sio__utf8_valid(body, length))
        return receive(socket, body, length, 0);
    sio__buf_t mended = {0};
    int rc = sio__utf8_mend(&mended, body, length);
    if (rc == 0)
        rc = receive(socket, mended.data, mended.length, 0);
    else
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    sio__buf_free(&mended);
    return rc;
}

static int receive_body(eio_socket_t *socket, const sio_http_request_t *request, char *body,
                        size_t length) {
    if (!polling_of(socket)->jsonp_post)
        return is_octets(request) ? receive(socket, body, length, 1)
                                  : receive_text(socket, body, length);
    char *text = eio__jsonp_body(body, length, &length);
    return text != NULL ? receive_text(socket, text, length) : 0;
}

void eio__polling_body(eio_socket_t *socket) {
    static const char type[] = "Content-Type: text/html\r\n";
    eio_server_t *server = socket->server;
    eio__call_t *call = &polling_of(socket)->post;
    sio_http_request_t *request = call->request;
    sio_http_response_t *response = call->response;
    size_t length;
    char *body = sio__request_body(request, &length);

    /* No longer an upload: the session may end in what follows, this answer is given all the
     * same. */
    forget(call);
    eio__polling_look(socket);
    eio__socket_ref(socket);
    sio_http_request_t *outer_request = server->post_request;
    const eio_socket_t *outer_socket = server->post_socket;
    server->post_request = request;
    server->post_socket = socket;
    int rc = receive_body(socket, request, body, length);
    server->post_request = outer_request;
    server->post_socket = outer_socket;
    eio__socket_unref(socket);

    if (rc < 0) {
        eio__reply_empty(response, rc == SIO_EPROTO ? 400 : 500);
        return;
    }
    sio__response_add(response, type, sizeof(type) - 1);
    eio__reply_headers(server, request, response, 0, 0);
    eio__reply_end(response, "ok", 2);
}

/* --- coming and going ------------------------------------------------------------------------- */

int eio__polling_open(eio_socket_t *socket) {
    eio__polling_t *polling = calloc(1, sizeof(*polling));
    if (polling == NULL)
        return SIO_ENOMEM;
    polling->poll.kind = EIO__CALL_POLL;
    polling->post.kind = EIO__CALL_POST;
    socket->transport = &eio__polling_transport;
    socket->carrier = polling;
    eio__absence_set(socket, 1);
    return 0;
}

static void abort_post(eio__polling_t *polling) {
    sio_http_response_t *response = polling->post.response;
    if (response == NULL)
        return;
    forget(&polling->post);
    sio__response_abort(response);
}

/* Answers what still waits, a pending poll with `last`, and frees. */
static void dissolve(eio_socket_t *socket, eio__polling_t *polling, eio__packet_type_t last) {
    abort_post(polling); /* [E59] */
    if (polling->poll.response != NULL) {
        push_bare(socket, &polling->queue, last);
        answer(socket, polling);
    }
    sio__outq_clear(&polling->queue);
    free(polling);
}

static void polling_drop(eio_socket_t *socket, sio_reason_t reason) {
    dissolve(socket, polling_of(socket),
             reason == SIO_REASON_TRANSPORT_CLOSE ? EIO__NOOP : EIO__CLOSE);
}

void eio__polling_leave(eio_socket_t *socket, eio__polling_t *polling) {
    dissolve(socket, polling, EIO__NOOP);
}

const eio__transport_t eio__polling_transport = {
    EIO__POLLING,     polling_send,     polling_packet, polling_writable,
    polling_buffered, polling_turn_end, polling_drop,
};
