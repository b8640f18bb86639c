#include "eio/verify.h"
#include "eio/heartbeat.h"
#include "net/origin.h"
#include <string.h>

/* What the context shows for a parameter that is not there. */
static const char *shown(const char *text) {
    return text != NULL ? text : "";
}

/* The parameters that mean something to the engine; NULL: not there. */
typedef struct {
    const char *protocol, *transport, *sid, *base64, *jsonp;
} parameters_t;

/* Where a parameter belongs; NULL if it means nothing. */
static const char **place_of(parameters_t *parameters, const char *name) {
    switch (name[0]) {
    case 's': return strcmp(name, "sid") == 0 ? &parameters->sid : NULL;
    case 'E': return strcmp(name, "EIO") == 0 ? &parameters->protocol : NULL;
    case 't': return strcmp(name, "transport") == 0 ? &parameters->transport : NULL;
    case 'b': return strcmp(name, "b64") == 0 ? &parameters->base64 : NULL;
    case 'j': return name[1] == '\0' ? &parameters->jsonp : NULL;
    default: return NULL;
    }
}

/* Of a repeated one the first counts. */
static void read_parameters(const sio_http_request_t *request, parameters_t *parameters) {
    const char *name = NULL, *value;
    *parameters = (parameters_t){0};
    while (sio__request_query_next(request, &name, &value)) {
        const char **place = place_of(parameters, name);
        if (place != NULL && *place == NULL)
            *place = value;
    }
}

static int read_transport(const eio_server_t *server, const char *name, eio__query_t *query,
                          eio__refusal_t *refusal) {
    if (name != NULL && eio__transport_parse(name, strlen(name), &query->transport) &&
        (server->transports & 1u << query->transport) != 0)
        return 0;
    eio__refusal(refusal, EIO__UNKNOWN_TRANSPORT, "transport=%s", shown(name));
    return SIO_EPROTO;
}

/* 0: none that is known, or none at all, which Node takes for 3 [E14]. */
static int read_protocol(const char *text) {
    int known = text != NULL && text[0] >= '2' && text[0] <= '4' && text[1] == '\0';
    return known ? text[0] - '0' : 0;
}

/* Control characters in a value that may be echoed in a header. */
static int check_origin(const sio_http_request_t *request, eio__refusal_t *refusal) {
    const char *origin = sio_http_header_in(request, "Origin");
    if (origin == NULL)
        return 0;
    for (const char *at = origin; *at != '\0'; at++) {
        unsigned char c = (unsigned char) *at;
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            eio__refusal(refusal, EIO__BAD_REQUEST, "name=INVALID_ORIGIN");
            return SIO_EPROTO;
        }
    }
    return 0;
}

/* A session that is overdue answers no poll any more; but a POST may bring the PONG itself,
 * which the loop was too late to read. */
static eio_socket_t *find_session(eio_server_t *server, const sio_http_request_t *request,
                                  const char *sid) {
    eio_socket_t *socket = sio__idmap_find(&server->sessions, sid, strlen(sid));
    /* An id may be known before the user has been told (generate_id); a request that was held may
     * then be let go too early. Those of 0.9 are told of with their first transport. */
    if (socket != NULL && !socket->told && socket->dialect != EIO__DIALECT_V09)
        return NULL;
    if (socket == NULL || !eio__heartbeat_overdue(socket) ||
        strcmp(sio_http_method(request), "POST") == 0)
        return socket;
    eio__socket_end(socket, SIO_REASON_PING_TIMEOUT);
    return NULL;
}

/* A request of a session: known, by its transport, by its protocol. */
static int check_session(const eio_server_t *server, const char *sid, int upgrade,
                         eio__query_t *query, eio__refusal_t *refusal) {
    const eio_socket_t *socket = query->socket;
    if (socket == NULL) {
        eio__refusal(refusal, EIO__UNKNOWN_SID, "sid=%s", sid);
        return SIO_EPROTO;
    }
    if (!upgrade && socket->transport->name != query->transport) {
        eio__refusal(refusal, EIO__BAD_REQUEST,
                     "name=TRANSPORT_MISMATCH transport=%s previousTransport=%s",
                     eio__transport_text(query->transport),
                     eio__transport_text(socket->transport->name));
        return SIO_EPROTO;
    }
    int protocol = eio__socket_dialect(socket)->protocol;
    if (protocol != query->protocol) {
        eio__refusal(refusal, EIO__BAD_REQUEST,
                     "name=PROTOCOL_MISMATCH protocol=%d previousProtocol=%d",
                     eio__protocol_told(query), protocol);
        return SIO_EPROTO;
    }
    /* Whose session is on WebSocket has nothing to say beside it: such a request is no poll. */
    if (!upgrade && query->transport != EIO__POLLING) {
        eio__refusal(refusal, EIO__BAD_REQUEST, "name=TRANSPORT_HANDSHAKE_ERROR");
        return SIO_EPROTO;
    }
    /* [E37]: not even with an id does an upgrade lead to polling; and none does where there are
     * no upgrades. */
    if (upgrade && (query->transport == EIO__POLLING || !server->options.allow_upgrades)) {
        eio__refusal(refusal, EIO__BAD_REQUEST, "name=TRANSPORT_HANDSHAKE_ERROR");
        return SIO_EPROTO;
    }
    return 0;
}

static int check_handshake(const sio_http_request_t *request, int upgrade,
                           const eio__query_t *query, eio__refusal_t *refusal) {
    const char *method = sio_http_method(request);
    if (strcmp(method, "GET") != 0) {
        eio__refusal(refusal, EIO__BAD_HANDSHAKE_METHOD, "method=%s", method);
        return SIO_EPROTO;
    }
    if ((query->transport == EIO__WEBSOCKET) != (upgrade != 0)) {
        eio__refusal(refusal, EIO__BAD_REQUEST, "name=TRANSPORT_HANDSHAKE_ERROR");
        return SIO_EPROTO;
    }
    return 0;
}

/* A page of another site must not begin a session, nor move one [E13]. Who knows its id may have
 * found that out only by what it was allowed to read. */
static int check_site(const eio_server_t *server, const sio_http_request_t *request, int upgrade,
                      const eio__query_t *query, eio__refusal_t *refusal) {
    const char *origin;
    if (!server->checks_origin || (query->socket != NULL && !upgrade) ||
        sio__origin_may(request, server->cors, query->jsonp != NULL, &origin))
        return 0;
    sio__limit_count(server->loop, SIO_LIMIT_ORIGIN);
    eio__refusal(refusal, EIO__FORBIDDEN, "name=FORBIDDEN_ORIGIN origin=%s", origin);
    refusal->upgrade_status = 403;
    return SIO_EPROTO;
}

int eio__verify(eio_server_t *server, const sio_http_request_t *request, int upgrade,
                eio__query_t *query, eio__refusal_t *refusal) {
    parameters_t given;
    read_parameters(request, &given);
    const char *sid = given.sid;
    query->protocol = read_protocol(given.protocol);
    query->base64 = (given.base64 != NULL && given.base64[0] != '\0') || given.jsonp != NULL;
    query->jsonp = given.jsonp;
    query->socket = NULL;

    int rc = read_transport(server, given.transport, query, refusal);
    if (rc == 0)
        rc = check_origin(request, refusal);
    if (rc < 0)
        return rc;
    if (sid != NULL && sid[0] != '\0') {
        query->socket = find_session(server, request, sid);
        rc = check_session(server, sid, upgrade, query, refusal);
    } else {
        rc = check_handshake(request, upgrade, query, refusal);
    }
    return rc == 0 ? check_site(server, request, upgrade, query, refusal) : rc;
}
