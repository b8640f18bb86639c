/* HTTP on one connection: its state, between the parser, the request and response, and the host. */
#ifndef SIO__NET_HTTP_INTERNAL_H
#define SIO__NET_HTTP_INTERNAL_H

#include "net/forwarded.h"
#include "net/http.h"
#include "net/parser.h"
#include "net/request.h"
#include "net/response.h"
#include "net/route.h"

typedef enum {
    SIO__HTTP_HEAD,     /* between requests, or in a header */
    SIO__HTTP_BODY,     /* in a body; the response may be open or ended already */
    SIO__HTTP_WAIT,     /* the request is complete, its response open: further bytes wait */
    SIO__HTTP_CLOSING   /* no more is read; it closes when everything is written */
} sio__http_state_t;

/* Structs of connections that have ended or changed hands, for the next ones: with them a
 * connection's buffers are there already, which saves seven allocations. */
typedef struct sio__http_pool_s sio__http_pool_t;

typedef struct sio__http_s {
    sio__host_t *host;
    sio__http_pool_t *pool;
    struct sio__http_s *next_spare;
    sio__conn_t *conn;
    sio__parser_t *parser;
    sio_http_request_t request;
    sio_http_response_t response;
    const sio__route_t *route;
    sio__http_state_t state;
    unsigned busy;           /* calls that still need this struct */
    uint8_t gone;            /* the connection has closed or switched: freed when not busy */
    uint8_t begun;           /* bytes of the request have arrived */
    uint8_t ended;           /* the peer's FIN has come */
    uint8_t trusted;         /* the peer is a trusted proxy */
    uint8_t head_only;       /* HEAD: no body in the answer */
    uint8_t awaits_continue; /* the client waits for 100 (Continue) */
    uint8_t told_too_big;
    sio__buf_t pending;      /* bytes that wait for the response to end */
    sio__deferred_t deferred;
    sio__timeout_t timeout;
    sio__timeouts_t *armed;  /* the list that has the time-out */
    char peer[SIO__ADDRESS_SIZE];
} sio__http_t;

extern const sio__protocol_t sio__http_protocol;

/* NULL out of memory. */
sio__http_pool_t *sio__http_pool_new(void);
/* Its memory goes with the last struct that is still in use. */
void sio__http_pool_free(sio__http_pool_t *pool);

/* Starts HTTP on an accepted stream, on TLS if `tls` is not NULL; on failure the stream stays the
 * caller's. One more than there may be, also of those with TLS in a second, is answered 503, or
 * SIO_ETOOBIG. `address` is the peer's, of a
 * socket with TCP_NODELAY set; NULL: all that is to be found out. */
int sio__http_open(sio__host_t *host, uv_stream_t *stream, const struct sockaddr *address,
                   sio_tls_t *tls);
/* The response has been queued to its end. */
void sio__http_response_done(sio__http_t *http);
/* The connection is another protocol's from now on: HTTP's part of it goes. */
void sio__http_detach(sio__http_t *http);
/* Answers with an error and closes; an owner of the response is told that it is lost. */
void sio__http_fail(sio__http_t *http, int status, const char *reason);
/* The host closes: ends the connection if it is idle. */
void sio__http_close_idle(sio__http_t *http);
/* The time-outs of a host. */
void sio__http_header_expired(sio__timeout_t *timeout, void *data);
void sio__http_request_expired(sio__timeout_t *timeout, void *data);
void sio__http_idle_expired(sio__timeout_t *timeout, void *data);

/* dispatch.c: the header is complete. Checks it and finds who answers; calls that one's `head`. */
void sio__http_dispatch_head(sio__http_t *http);
/* The message is complete, its response open. */
void sio__http_dispatch_request(sio__http_t *http);
/* The body is larger than the route takes. */
void sio__http_dispatch_too_big(sio__http_t *http);

#endif
