/* The inside of the engine, for the files of this floor. */
#ifndef SIO__EIO_ENGINE_H
#define SIO__EIO_ENGINE_H

#include "base/id.h"
#include "base/idmap.h"
#include "base/options.h"
#include "eio/server.h"
#include "eio/session.h"
#include "net/cors.h"

/* What a request means to the engine, kept as the request's data while it is under way. */
typedef struct {
    enum {
        EIO__CALL_POLL,
        EIO__CALL_POST,
        EIO__CALL_WAIT,
        EIO__CALL_V09,     /* a GET of a 0.9 client */
        EIO__CALL_V09_POST
    } kind;
    sio_http_request_t *request;
    sio_http_response_t *response; /* NULL: answered, or the peer has gone */
    eio_socket_t *socket;          /* POLL and POST */
} eio__call_t;

/* What the query of a request says. */
typedef struct {
    eio__transport_name_t transport;
    int protocol;          /* 4, 3 or 2; 0 for all else [E14] */
    int base64;
    const char *jsonp;     /* its index; NULL: plain polling [V7] */
    eio_socket_t *socket;  /* of the sid; NULL: a handshake */
    int v09;               /* a handshake of a 0.9 client, which says none of this */
} eio__query_t;

/* A request that waits for the application's word (middleware, allow_request). The application
 * holds it until then, longer than peer and engine may live. */
typedef struct eio__wait_s {
    eio__call_t call;
    eio_server_t *server; /* NULL: the engine has gone */
    struct eio__wait_s **link, *next; /* in the engine's list */
    void (*ended)(struct eio__wait_s *wait);
    uint8_t upgrade;
    uint8_t complete; /* the body has come meanwhile */
} eio__wait_t;

typedef struct {
    eio_use_cb cb;
    void *data;
} eio__use_t;

enum { EIO__REFUSALS = 6, EIO__REASONS = SIO_REASON_PARSE_ERROR + 1 };

/* Since the engine was made. */
typedef struct {
    uint64_t opened, upgraded, packets_in, packets_out;
    uint64_t closed[EIO__REASONS];
    uint64_t refused[EIO__REFUSALS];
} eio__counters_t;

struct eio_server_s {
    sio__host_t *host;
    sio__loop_t *loop;
    sio_options_t options; /* a copy of its own */
    const eio__user_t *user;
    void *user_data;
    void *data; /* the application's */

    unsigned transports;   /* set of 1 << eio__transport_name_t */
    char *open_tail[EIO__TRANSPORTS]; /* the open packet behind the sid, by transport */
    char *cookie_tail;     /* behind the cookie's value, up to Secure; NULL: no cookie */
    sio__cors_t *cors;
    int checks_origin;

    sio__idmap_t sessions;
    uint32_t absent; /* of them those without a connection, see absence.h */
    eio_socket_t *turn_first, **turn_last; /* those that wait for the end of the turn */
    sio__deferred_t turn;
    sio__ids_t ids;
    struct eio__v09_server_s *v09; /* NULL: 0.9 clients are not served */
    sio__holder_t holder;  /* of what waits for polls */
    size_t backlog_cursor; /* in the sessions: how far those with the most are cut off */
    sio__timeouts_t pings, pongs, signs, lasts, helds, closes, leaves, upgrades, nudges;

    eio__use_t *uses;
    size_t use_count;
    eio__wait_t *waits;
    eio_connection_error_cb connection_error;
    void *connection_error_data;
    eio_headers_cb headers;
    void *headers_data;
    eio_event_cb watch;
    void *watch_data;
    uint8_t tells_drain; /* somebody wants to know */
    eio__counters_t counters;
    eio__other_cb other;
    void *other_data;

    /* The POST whose packets are being handled, see eio_socket_request. */
    sio_http_request_t *post_request;
    const eio_socket_t *post_socket;

    uint8_t closing;
    uint8_t detached; /* no sessions, no time-outs: only memory is left */
    uint8_t routed;   /* the host still has the route */
    void (*emptied)(eio_server_t *server); /* closing, and the last session has ended */
    struct eio__alone_s *alone; /* of a server with a host of its own (standalone.c) */
};

/* Middlewares have passed it (or there are none): verifies the request and hands it on. */
void eio__server_proceed(eio_server_t *server, sio_http_request_t *request,
                         sio_http_response_t *response, int upgrade, int complete);
/* allow_request has passed it. */
void eio__server_handshake(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response, int upgrade,
                           const eio__query_t *query);
/* A session has left the map. */
void eio__server_left(eio_server_t *server);

#endif
