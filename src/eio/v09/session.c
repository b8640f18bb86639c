#include "eio/absence.h"
#include "eio/events.h"
#include "eio/forms.h"
#include "eio/handshake.h"
#include "eio/heartbeat.h"
#include "eio/reply.h"
#include "eio/v09/framing.h"
#include "eio/v09/v09.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* --- the queue ------------------------------------------------------------------------------ */

/* The message with its length, made once for all who poll. NULL out of memory. */
static const eio__part_t *framed(sio__scratch_t *scratch, eio__message_t *message) {
    eio__forms_t *forms = eio__message_forms(scratch, message);
    sio__writer_t writer;
    if (forms == NULL || forms->framed.data != NULL)
        return forms != NULL ? &forms->framed : NULL;
    sio__writer_begin(&writer, scratch, 0);
    eio__v09_payload_put(&writer, message->frame.payload, message->frame.payload_length);
    forms->framed.data = sio__writer_end(&writer, &forms->framed.length);
    if (forms->framed.data == NULL)
        return NULL;
    forms->made++;
    return &forms->framed;
}

static int push(eio_socket_t *socket, eio__message_t *message) {
    const eio__part_t *part = framed(socket->server->loop->scratch, message);
    if (part == NULL)
        return SIO_ENOMEM;
    int rc = sio__outq_apart(&eio__v09_of(socket)->queue, part->data, part->length);
    eio__socket_defer(socket);
    return rc;
}

int eio__v09_send(eio_socket_t *socket, eio__message_t *message) {
    const eio__v09_t *v09 = eio__v09_of(socket);
    int rc;
    if (v09->kind == EIO__V09_WEBSOCKET)
        rc = sio__ws_send(v09->u.ws, &message->frame);
    else if (v09->kind == EIO__V09_DRAFT && sio__hixie_is_open(v09->u.hixie))
        rc = eio__v09_draft_send(socket, message);
    else
        return push(socket, message);
    return rc == SIO_ENOMEM ? rc : 0; /* otherwise its end is on its way */
}

int eio__v09_empty(eio_socket_t *socket,
                   int (*send)(eio_socket_t *socket, const void *message, size_t length)) {
    sio__outq_t *queue = &eio__v09_of(socket)->queue;
    int rc = 0;
    for (unsigned i = 0; i < queue->count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(queue, i);
        size_t length;
        const unsigned char *message =
            eio__v09_payload_message(extent->data, extent->length, &length);
        rc = send(socket, message, length);
    }
    sio__outq_clear(queue);
    return rc;
}

/* A message of the engine's own. */
static int say(eio_socket_t *socket, const char *text) {
    sio__scratch_t *scratch = socket->server->loop->scratch;
    eio__message_t message = {.polling = NULL};
    int rc = sio__frame_make(scratch, SIO__WS_TEXT, text, strlen(text), &message.frame);
    return rc < 0 ? rc : eio__v09_send(socket, &message);
}

/* --- as a transport ------------------------------------------------------------------------- */

static int v09_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int rc = eio__v09_send(socket, &messages[i]);
        if (rc < 0 && i == 0)
            return rc;
        if (rc < 0) {
            eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
            return 0;
        }
    }
    return 0;
}

/* The engine's other packets have no counterpart. */
static int v09_packet(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                      size_t length) {
    (void) socket, (void) type, (void) data, (void) length;
    return 0;
}

static int v09_writable(const eio_socket_t *socket) {
    const eio__v09_t *v09 = eio__v09_of(socket);
    switch (v09->kind) {
    case EIO__V09_NONE: return 0;
    case EIO__V09_WEBSOCKET: return sio__ws_writable(v09->u.ws);
    case EIO__V09_DRAFT: return sio__hixie_writable(v09->u.hixie);
    case EIO__V09_HTMLFILE: return sio_http_buffered(v09->call.response) == 0;
    default: return v09->call.response != NULL;
    }
}

static size_t v09_buffered(const eio_socket_t *socket) {
    const eio__v09_t *v09 = eio__v09_of(socket);
    size_t below = v09->kind == EIO__V09_WEBSOCKET  ? sio__ws_buffered(v09->u.ws)
                   : v09->kind == EIO__V09_DRAFT    ? sio__hixie_buffered(v09->u.hixie)
                   : v09->kind == EIO__V09_HTMLFILE ? sio_http_buffered(v09->call.response)
                                                    : 0;
    return v09->queue.bytes + below;
}

static void keep(eio_socket_t *socket) {
    eio_server_t *server = socket->server;
    sio__outq_t *queue = &eio__v09_of(socket)->queue;
    if (sio__outq_weight(queue) > server->options.max_buffered) {
        sio__limited(server->loop, SIO_LIMIT_BUFFERED, "engine",
                     "session %s: more than %u bytes are waiting for a transport", socket->id,
                     (unsigned) server->options.max_buffered);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    } else if (sio__outq_keep(queue, server->loop->scratch) < 0) {
        sio__tell(server->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "engine",
                  "session %s: out of memory", socket->id);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    }
}

/* There is nothing that takes the queue: no transport, or one that opens. */
static int is_absent(const eio__v09_t *v09) {
    return v09->kind == EIO__V09_NONE || v09->kind == EIO__V09_DRAFT;
}

static void v09_turn_end(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    if (v09->queue.count > 0 && is_absent(v09)) {
        keep(socket); /* one that closes waits for a transport, too */
        return;
    }
    if (v09->queue.count > 0 && !eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_FLUSH}) &&
        socket->state == EIO__STATE_CLOSED)
        return;
    if (v09->queue.count > 0 && is_absent(v09)) {
        keep(socket); /* who was told has let another request come, or ended this one */
        return;
    }
    if (v09->queue.count > 0 && v09->kind == EIO__V09_HTMLFILE)
        eio__v09_write(socket);
    else if (v09->queue.count > 0)
        eio__v09_answer(socket);
    if (socket->state != EIO__STATE_CLOSED && v09->queue.count > 0)
        keep(socket);
    else if (socket->state == EIO__STATE_CLOSING)
        eio__socket_finish(socket);
}

/* Ends the transport, if there is one, and leaves the session without. */
static void leave(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    eio__v09_kind_t kind = v09->kind;
    if (kind == EIO__V09_WEBSOCKET) {
        v09->kind = EIO__V09_NONE;
        sio__ws_forget(v09->u.ws);
        v09->u.ws = NULL;
    } else if (kind == EIO__V09_DRAFT) {
        v09->kind = EIO__V09_NONE;
        sio__hixie_forget(v09->u.hixie);
        v09->u.hixie = NULL;
    } else if (kind == EIO__V09_HTMLFILE) {
        sio_http_response_t *response = v09->call.response;
        eio__v09_write(socket);
        v09->kind = EIO__V09_NONE;
        sio__request_set_data(v09->call.request, NULL);
        sio__response_on_gone(response, NULL, NULL);
        v09->call.response = NULL;
        sio_http_on_drain(response, NULL, NULL);
        eio__reply_end(response, NULL, 0);
    } else if (kind != EIO__V09_NONE) {
        if (v09->queue.count == 0)
            say(socket, "8::");
        eio__v09_answer(socket);
    }
}

static void v09_drop(eio_socket_t *socket, sio_reason_t reason) {
    eio__v09_t *v09 = eio__v09_of(socket);
    (void) reason;
    leave(socket);
    sio__outq_clear(&v09->queue);
    free(v09);
}

#define TRANSPORT(name)                                                                            \
    { name, v09_send, v09_packet, v09_writable, v09_buffered, v09_turn_end, v09_drop }

/* They differ in nothing but their names. */
static const eio__transport_t transports[] = {
    [EIO__V09_NONE] = TRANSPORT(EIO__XHR_POLLING),
    [EIO__V09_XHR] = TRANSPORT(EIO__XHR_POLLING),
    [EIO__V09_JSONP] = TRANSPORT(EIO__JSONP_POLLING),
    [EIO__V09_HTMLFILE] = TRANSPORT(EIO__HTMLFILE),
    [EIO__V09_WEBSOCKET] = TRANSPORT(EIO__WEBSOCKET),
    [EIO__V09_DRAFT] = TRANSPORT(EIO__WEBSOCKET),
};

/* --- time-outs ------------------------------------------------------------------------------ */

static eio_socket_t *due(sio__timeout_t *timeout) {
    eio_socket_t *socket =
        (eio_socket_t *) ((char *) timeout - offsetof(eio_socket_t, timeout));
    socket->armed = EIO__ARMED_NOT;
    return socket;
}

static void handshake_due(sio__timeout_t *timeout, void *data) {
    const eio_server_t *server = data;
    eio_socket_t *socket = due(timeout);
    sio__limited(server->loop, SIO_LIMIT_HANDSHAKE_TIME, "engine",
                 "session %s: no transport has come in time", socket->id);
    eio__socket_end(socket, SIO_REASON_TRANSPORT_CLOSE);
}

static void ping_due(sio__timeout_t *timeout, void *data) {
    eio_server_t *server = data;
    eio_socket_t *socket = due(timeout);
    eio__heartbeat_arm(socket, EIO__ARMED_V09_PONG);
    if (!eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_PACKET_CREATE,
                                               .packet = EIO__PING}))
        return;
    server->counters.packets_out++;
    if (say(socket, "2::") < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void pong_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio__socket_end(due(timeout), SIO_REASON_PING_TIMEOUT);
}

static void poll_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio_socket_t *socket = due(timeout);
    if (say(socket, "8::") < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void absence_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio__socket_end(due(timeout), SIO_REASON_TRANSPORT_CLOSE);
}

sio__timeouts_t *eio__v09_list(const eio_socket_t *socket) {
    eio__v09_server_t *v09 = socket->server->v09;
    switch ((eio__armed_t) socket->armed) {
    case EIO__ARMED_V09_HANDSHAKE: return &v09->handshakes;
    case EIO__ARMED_V09_PING: return &v09->pings;
    case EIO__ARMED_V09_PONG: return &v09->pongs;
    case EIO__ARMED_V09_POLL: return &v09->polls;
    case EIO__ARMED_V09_ABSENT: return &v09->absences;
    default: return NULL;
    }
}

static void init_timeouts(eio_server_t *server) {
    eio__v09_server_t *v09 = server->v09;
    const sio_v09_options_t *options = &server->options.v09;
    sio__clock_t *clock = &server->loop->clock;
    sio__timeouts_init(&v09->handshakes, clock, options->handshake_timeout_ms, handshake_due,
                       server);
    sio__timeouts_init(&v09->pings, clock, options->heartbeat_interval_ms, ping_due, server);
    sio__timeouts_init(&v09->pongs, clock, options->heartbeat_timeout_ms, pong_due, server);
    sio__timeouts_init(&v09->polls, clock, options->polling_duration_ms, poll_due, server);
    sio__timeouts_init(&v09->absences, clock, options->close_timeout_ms, absence_due, server);
}

int eio__v09_init(eio_server_t *server) {
    server->v09 = calloc(1, sizeof(*server->v09));
    if (server->v09 == NULL)
        return SIO_ENOMEM;
    init_timeouts(server);
    return 0;
}

void eio__v09_free(eio_server_t *server) {
    eio__v09_server_t *v09 = server->v09;
    if (v09 == NULL)
        return;
    sio__timeouts_remove(&v09->handshakes);
    sio__timeouts_remove(&v09->pings);
    sio__timeouts_remove(&v09->pongs);
    sio__timeouts_remove(&v09->polls);
    sio__timeouts_remove(&v09->absences);
    free(v09);
    server->v09 = NULL;
}

/* --- life ----------------------------------------------------------------------------------- */

eio_socket_t *eio__v09_open(eio_server_t *server, const char *id, const sio__head_t *head) {
    eio__v09_t *v09 = calloc(1, sizeof(*v09));
    eio_socket_t *socket =
        v09 != NULL ? eio__socket_new(server, id, head, EIO__DIALECT_V09) : NULL;
    if (socket == NULL) {
        free(v09);
        return NULL;
    }
    v09->call.kind = EIO__CALL_V09;
    socket->carrier = v09;
    socket->transport = &transports[EIO__V09_NONE];
    eio__absence_set(socket, 1);
    eio__heartbeat_arm(socket, EIO__ARMED_V09_HANDSHAKE);
    return socket;
}

/* What waits is for the new one: nobody may be listening on the old one any more [L6]. Behind it is
 * what the application has sent from its headers hook. */
static void leave_queue(eio_socket_t *socket) {
    eio__v09_t *v09 = eio__v09_of(socket);
    sio__outq_t queue = v09->queue;
    v09->queue = (sio__outq_t){0};
    leave(socket);
    if (socket->state == EIO__STATE_CLOSED) {
        sio__outq_clear(&queue);
        return;
    }
    if (sio__outq_move(&queue, &v09->queue) < 0) {
        sio__outq_clear(&v09->queue);
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
    }
    v09->queue = queue;
}

/* The application may let a request go on from inside of its callbacks that was held until then:
 * its transport ends like the one before. */
static void leave_all(eio_socket_t *socket) {
    do
        leave_queue(socket);
    while (socket->state != EIO__STATE_CLOSED && eio__v09_of(socket)->kind != EIO__V09_NONE);
}

static void tell(eio_socket_t *socket, sio_http_request_t *request) {
    eio__heartbeat_stop(socket);
    if (eio__handshake_tell(socket, request) != 0)
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    if (socket->state != EIO__STATE_CLOSED)
        leave_all(socket);
}

static void use(eio_socket_t *socket, eio__v09_kind_t kind) {
    if (socket->state == EIO__STATE_CLOSED)
        return;
    socket->transport = &transports[kind];
    eio__absence_set(socket, 0);
}

int eio__v09_replace(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request) {
    eio__socket_ref(socket); /* it may end in here */
    leave_all(socket);
    use(socket, kind);
    if (!socket->told && socket->state == EIO__STATE_OPEN) {
        tell(socket, request);
        use(socket, kind);
    }
    int ended = socket->state == EIO__STATE_CLOSED;
    eio__socket_unref(socket);
    return ended;
}

int eio__v09_replace_answering(eio_socket_t *socket, eio__v09_kind_t kind,
                               sio_http_request_t *request, sio_http_response_t *response,
                               int upgrade) {
    eio__socket_ref(socket);
    eio__reply_headers(socket->server, request, response, 0, upgrade);
    int ended =
        socket->state == EIO__STATE_CLOSED || eio__v09_replace(socket, kind, request);
    eio__socket_unref(socket);
    return ended;
}

void eio__v09_answer_by(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request,
                        sio_http_response_t *response, sio__gone_cb gone) {
    eio__v09_t *v09 = eio__v09_of(socket);
    v09->kind = kind;
    v09->call.socket = socket;
    v09->call.request = request;
    v09->call.response = response;
    sio__request_set_data(request, &v09->call);
    sio__response_on_gone(response, gone, &v09->call);
}

void eio__v09_begin(eio_socket_t *socket) {
    const eio__v09_t *v09 = eio__v09_of(socket);
    int streams = v09->kind != EIO__V09_XHR && v09->kind != EIO__V09_JSONP;
    if (socket->state != EIO__STATE_OPEN)
        eio__socket_defer(socket);
    else if (!streams)
        eio__heartbeat_arm(socket, EIO__ARMED_V09_POLL);
    else if (socket->server->options.v09.heartbeats)
        eio__heartbeat_arm(socket, EIO__ARMED_V09_PING);
    else
        eio__heartbeat_stop(socket);
    if (v09->queue.count > 0)
        eio__socket_defer(socket);
}

void eio__v09_absent(eio_socket_t *socket) {
    eio__v09_of(socket)->kind = EIO__V09_NONE;
    eio__absence_set(socket, 1);
    if (socket->state == EIO__STATE_OPEN)
        eio__heartbeat_arm(socket, EIO__ARMED_V09_ABSENT);
}

/* --- messages ------------------------------------------------------------------------------- */

static void on_heartbeat(eio_socket_t *socket) {
    if (socket->armed == EIO__ARMED_V09_PONG)
        eio__heartbeat_arm(socket, EIO__ARMED_V09_PING);
    eio__tell_packet(socket, EIO_EVENT_PACKET, EIO__PONG, NULL, 0, 0);
    if (socket->state == EIO__STATE_OPEN)
        eio__tell_that(socket, EIO_EVENT_HEARTBEAT);
}

void eio__v09_receive(eio_socket_t *socket, char *text, size_t length) {
    eio_server_t *server = socket->server;
    if (socket->state != EIO__STATE_OPEN || !socket->told)
        return;
    eio__socket_ref(socket);
    server->counters.packets_in++;
    if (length >= 2 && text[0] == '2' && text[1] == ':') {
        on_heartbeat(socket);
    } else {
        eio__tell_packet(socket, EIO_EVENT_PACKET, EIO__MESSAGE, text, length, 0);
        if (socket->state == EIO__STATE_OPEN)
            server->user->message(socket, text, length, server->user_data);
    }
    eio__socket_unref(socket);
}

void eio__v09_boot(eio_socket_t *socket) {
    if (socket->told) {
        char goodbye[] = "0::";
        eio__v09_receive(socket, goodbye, sizeof(goodbye) - 1);
    } else {
        eio__socket_end(socket, SIO_REASON_TRANSPORT_CLOSE);
    }
}
