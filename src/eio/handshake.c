#include "eio/handshake.h"
#include "base/buf.h"
#include "base/text.h"
#include "eio/events.h"
#include "eio/heartbeat.h"
#include "eio/jsonp.h"
#include "eio/payload.h"
#include "eio/polling.h"
#include "eio/websocket.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what all handshakes share ---------------------------------------------------------------- */

static int make_open_tail(eio_server_t *server, eio__transport_name_t transport) {
    const sio_options_t *options = &server->options;
    int upgrades = transport == EIO__POLLING && options->allow_upgrades &&
                   (server->transports & 1u << EIO__WEBSOCKET) != 0;
    char text[160];
    snprintf(text, sizeof(text),
             "\",\"upgrades\":[%s],\"pingInterval\":%lu,\"pingTimeout\":%lu,\"maxPayload\":%lu}",
             upgrades ? "\"websocket\"" : "", (unsigned long) options->ping_interval_ms,
             (unsigned long) options->ping_timeout_ms, (unsigned long) options->max_payload);
    server->open_tail[transport] = sio__text_copy(text, strlen(text));
    return server->open_tail[transport] == NULL ? SIO_ENOMEM : 0;
}

/* Nonzero if the text can stand in a Set-Cookie header: no separators, no control characters. */
static int cookie_text_valid(const char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char) *text <= 0x20 || *text == 0x7f || *text == ';' || *text == ',')
            return 0;
    return 1;
}

static const char *same_site_text(const char *given) {
    if (given == NULL || sio__text_equal_nocase(given, "lax"))
        return "Lax";
    if (sio__text_equal_nocase(given, "strict"))
        return "Strict";
    return sio__text_equal_nocase(given, "none") ? "None" : NULL;
}

/* In the order in which Node's `cookie` package writes them. */
static int make_cookie_tail(eio_server_t *server) {
    const sio_cookie_options_t *cookie = server->options.cookie;
    if (cookie == NULL)
        return 0;
    const char *name = cookie->name != NULL ? cookie->name : "io";
    const char *path = cookie->path != NULL ? cookie->path : "/";
    const char *domain = cookie->domain != NULL ? cookie->domain : "";
    if (name[0] == '\0' || strchr(name, '=') != NULL || !cookie_text_valid(name) ||
        !cookie_text_valid(path) || !cookie_text_valid(domain) ||
        same_site_text(cookie->same_site) == NULL)
        return SIO_EINVAL;
    char age[32] = "";
    if (cookie->max_age > 0)
        snprintf(age, sizeof(age), "; Max-Age=%d", cookie->max_age);
    const char *const parts[] = {
        age, domain[0] != '\0' ? "; Domain=" : "", domain, "; Path=", path,
        cookie->not_http_only ? "" : "; HttpOnly",
    };
    sio__buf_t tail = {0};
    int rc = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++)
        rc = sio__buf_puts(&tail, parts[i]);
    if (rc == 0)
        rc = sio__buf_append(&tail, "", 1);
    if (rc == 0)
        server->cookie_tail = tail.data;
    else
        sio__buf_free(&tail);
    return rc;
}

int eio__handshake_init(eio_server_t *server) {
    int rc = make_open_tail(server, EIO__POLLING);
    if (rc == 0)
        rc = make_open_tail(server, EIO__WEBSOCKET);
    return rc == 0 ? make_cookie_tail(server) : rc;
}

void eio__handshake_free(eio_server_t *server) {
    free(server->open_tail[EIO__POLLING]);
    free(server->open_tail[EIO__WEBSOCKET]);
    free(server->cookie_tail);
}

/* --- the id ----------------------------------------------------------------------------------- */

static int id_valid(const char *id, size_t capacity) {
    size_t length = 0;
    for (; length < capacity && id[length] != '\0'; length++) {
        char c = id[length];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return 0;
    }
    return length > 0 && length < capacity;
}

int eio__handshake_id(eio_server_t *server, sio_http_request_t *request,
                      char id[EIO__ID_CAPACITY]) {
    const sio_options_t *options = &server->options;
    if (options->generate_id == NULL)
        return sio__id_new(&server->ids, id);
    memset(id, 0, EIO__ID_CAPACITY);
    if (options->generate_id(request, id, EIO__ID_CAPACITY, options->generate_id_data) != 0)
        return SIO_EINVAL;
    if (!id_valid(id, EIO__ID_CAPACITY) || sio__idmap_find(&server->sessions, id, strlen(id)) != NULL)
        return SIO_EINVAL;
    return 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The open packet's text without its type. */
static const unsigned char *open_text(const eio_socket_t *socket, eio__transport_name_t transport,
                                      size_t *length) {
    sio__writer_t writer;
    const char *tail = socket->server->open_tail[transport];
    sio__writer_begin(&writer, socket->server->loop->scratch, 0);
    sio__writer_put(&writer, "{\"sid\":\"", 8);
    sio__writer_put(&writer, socket->id, strlen(socket->id));
    sio__writer_put(&writer, tail, strlen(tail));
    return sio__writer_end(&writer, length);
}

/* Queues the open packet and the initial one [E15] on the session's transport. SIO_ECLOSED: who
 * watches packets has ended the session. */
static int send_open(eio_socket_t *socket) {
    eio_server_t *server = socket->server;
    size_t length;
    const unsigned char *text = open_text(socket, socket->transport->name, &length);
    if (text == NULL)
        return SIO_ENOMEM;
    eio__tell_packet(socket, EIO_EVENT_PACKET_CREATE, EIO__OPEN, text, length, 0);
    if (socket->state == EIO__STATE_CLOSED)
        return SIO_ECLOSED;
    int rc = socket->transport->packet(socket, EIO__OPEN, text, length);
    server->counters.packets_out++;
    const char *initial = server->options.initial_packet;
    eio__message_t message;
    if (rc == 0 && initial != NULL) {
        rc = eio__message_text(server->loop->scratch, initial, strlen(initial), &message);
        if (rc == 0)
            rc = socket->transport->send(socket, &message, 1);
    }
    return rc;
}

/* What waits for its end has another time-out. */
static void start_heartbeat(eio_socket_t *socket) {
    if (socket->state == EIO__STATE_OPEN)
        eio__heartbeat_start(socket);
}

int eio__handshake_tell(eio_socket_t *socket, sio_http_request_t *request) {
    eio_server_t *server = socket->server;
    socket->told = 1;
    int refused = server->user->open(socket, request, server->user_data);
    if (refused) {
        socket->told = 0;
        return refused;
    }
    server->counters.opened++;
    if (socket->state == EIO__STATE_OPEN)
        eio__tell_that(socket, EIO_EVENT_OPEN);
    return 0;
}

/* Behind the application's headers hook, which may have ended the session before anybody was told
 * of it. */
static int tell_answering(eio_socket_t *socket, sio_http_request_t *request) {
    return socket->state == EIO__STATE_CLOSED ? SIO_ECLOSED : eio__handshake_tell(socket, request);
}

static void add_cookie(eio_server_t *server, const eio_socket_t *socket,
                       sio_http_response_t *response) {
    const sio_cookie_options_t *cookie = server->options.cookie;
    const char *name = cookie->name != NULL ? cookie->name : "io";
    /* What came by TLS stays with TLS. */
    int secure = cookie->secure || sio__kept_secure(eio__socket_handshake(socket));
    sio__buf_t value = {0};
    if (sio__buf_puts(&value, name) == 0 && sio__buf_puts(&value, "=") == 0 &&
        sio__buf_puts(&value, socket->id) == 0 && sio__buf_puts(&value, server->cookie_tail) == 0 &&
        sio__buf_puts(&value, secure ? "; Secure; SameSite=" : "; SameSite=") == 0 &&
        sio__buf_puts(&value, same_site_text(cookie->same_site)) == 0 &&
        sio__buf_append(&value, "", 1) == 0)
        sio_http_header(response, "Set-Cookie", value.data);
    sio__buf_free(&value);
}

/*
 * The handshake's own answer holds the open packet (and the initial one) only; what the user
 * sends meanwhile waits for the first poll, for clients that take the first answer for one
 * packet.
 */
static void open_polling(eio_socket_t *socket, sio_http_request_t *request,
                         sio_http_response_t *response, const char *jsonp) {
    eio_server_t *server = socket->server;
    int separator = eio__socket_dialect(socket)->separator;
    if (eio__polling_open(socket) < 0 || send_open(socket) < 0) {
        eio__reply_empty(response, 503);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
        return;
    }
    sio__outq_t open = {0};
    eio__polling_t *polling = socket->carrier;
    sio__outq_move(&open, &polling->queue); /* into an empty one: cannot fail */
    start_heartbeat(socket);
    int units = eio__polling_units(socket, server->loop->scratch, &open);
    eio__reply_payload_type(response, units > 0);
    if (server->cookie_tail != NULL)
        add_cookie(server, socket, response);
    eio__reply_headers(server, request, response, 1, 0);
    if (tell_answering(socket, request) != 0) {
        sio__outq_clear(&open);
        eio__reply_empty(response, 503);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
        return;
    }
    if (jsonp != NULL &&
        eio__jsonp_answer(server->loop->scratch, jsonp, &open, separator) < 0) {
        sio__response_abort(response);
        sio__outq_clear(&open);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    } else if (eio__reply_payload(response, &open, separator) < 0) {
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    }
}

static void open_websocket(eio_socket_t *socket, sio_http_request_t *request,
                           sio_http_response_t *response) {
    eio_server_t *server = socket->server;
    eio__opening_t opening;
    sio__outq_t open = {0};
    eio__websocket_prepare(socket, &opening);
    int rc = send_open(socket);
    sio__outq_move(&open, &opening.frames);
    if (rc == 0) {
        start_heartbeat(socket);
        eio__reply_headers(server, request, response, 1, 1);
        rc = tell_answering(socket, request);
    }
    if (rc != 0) {
        sio__response_refuse_upgrade(response, 503, "");
        sio__outq_clear(&opening.frames);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    } else if (eio__websocket_open(server, socket, &opening, request, response, &open) < 0) {
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR);
    }
    sio__outq_clear(&open);
}

/* --- refusing --------------------------------------------------------------------------------- */

static int serves(const eio_server_t *server, int protocol) {
    return protocol == 4 || (protocol != 0 && server->options.allow_eio3);
}

static unsigned dialect_of(int protocol) {
    return protocol == 4   ? EIO__DIALECT_V4
           : protocol == 3 ? EIO__DIALECT_V3
                           : EIO__DIALECT_V2;
}

/* What is refused only now: the protocol, the id, a WebSocket handshake that is none [E34, E18,
 * E36]. */
static int refuse(eio_server_t *server, sio_http_request_t *request, sio_http_response_t *response,
                  int upgrade, const eio__query_t *query, char id[EIO__ID_CAPACITY]) {
    eio__refusal_t refusal;
    if (!serves(server, query->protocol))
        eio__refusal(&refusal, EIO__UNSUPPORTED_PROTOCOL, "protocol=%d",
                     eio__protocol_told(query));
    else if (eio__handshake_id(server, request, id) != 0)
        eio__refusal(&refusal, EIO__BAD_REQUEST, "name=ID_GENERATION_ERROR");
    else
        return 0;
    eio__reply_refused(server, request, response, upgrade, &refusal);
    return 1;
}

void eio__handshake(eio_server_t *server, sio_http_request_t *request,
                    sio_http_response_t *response, int upgrade, const eio__query_t *query) {
    char id[EIO__ID_CAPACITY];
    if (refuse(server, request, response, upgrade, query, id))
        return;
    eio_socket_t *socket =
        eio__socket_new(server, id, sio__request_head(request), dialect_of(query->protocol));
    if (socket == NULL) {
        if (upgrade)
            sio__response_refuse_upgrade(response, 503, "");
        else
            eio__reply_empty(response, 503);
        return;
    }
    eio__socket_set_base64(socket, query->base64);
    /* Held until the answer is complete: the user may end it meanwhile. */
    eio__socket_ref(socket);
    if (upgrade)
        open_websocket(socket, request, response);
    else
        open_polling(socket, request, response, query->jsonp);
    eio__socket_unref(socket);
}
