/*
 * HTTP/1.1 on a connection: llhttp feeds requests, one at a time (pipelined ones wait,
 * bounded), to the routes of a host. Limits and time-outs of the header, the body and the idle
 * connection are kept here.
 *
 * The files: head (URL and headers as received), request, response, http (the protocol on a
 * connection), route, host (listeners, routes, life of all connections).
 */
#ifndef SIO__NET_HTTP_H
#define SIO__NET_HTTP_H

#include "net/conn.h"
#include "net/head.h"
#include <sio/http.h>

typedef struct sio__host_s sio__host_t;

/*
 * What answers below a path. `data` is the route's. In each call the response may be ended at
 * once or later; when the peer goes first, its close callback tells.
 */
typedef struct {
    /* The header is complete, the body not read: optional. Ending the response here drops the
     * body. */
    void (*head)(sio_http_request_t *request, sio_http_response_t *response, void *data);
    /* The body is complete. */
    void (*request)(sio_http_request_t *request, sio_http_response_t *response, void *data);
    /* A request with `Upgrade: websocket`: answer it, or take the connection with
     * sio__response_switch. NULL: the header is ignored, as for any other protocol (RFC 9110
     * 7.8). */
    void (*upgrade)(sio_http_request_t *request, sio_http_response_t *response, void *data);
    /* The body has grown beyond max_body (counted, whatever Content-Length said). Called once,
     * with the response still to be ended; the rest of the body is dropped and the connection
     * closed after the answer. NULL: 413. */
    void (*too_big)(sio_http_request_t *request, sio_http_response_t *response, void *data);
    /* The server closes or the route is removed: free `data`. Optional. */
    void (*removed)(void *data);
} sio__route_ops_t;

/* Adds a route under `prefix` ("" or "/": everything), matched at segment boundaries, the
 * longest first; among equals the oldest. `exclusive` routes (the resource path) win over
 * longer prefixes of others. upgrade-only and request-only routes let the other kind fall
 * through to the next match. 0 or SIO_ENOMEM, SIO_EINVAL. */
int sio__host_route(sio__host_t *host, const char *prefix, int exclusive, uint32_t max_body,
                    const sio__route_ops_t *ops, void *data);

/* --- request (beyond the accessors of sio/http.h) -------------------------------------------- */

sio__host_t *sio__request_host(const sio_http_request_t *request);
/* The URL and headers, until the response has ended. */
const sio__head_t *sio__request_head(const sio_http_request_t *request);
/* Walks the parameters of the query, decoded: start with *name = NULL; nonzero while there is
 * one. */
int sio__request_query_next(const sio_http_request_t *request, const char **name,
                            const char **value);
/* Makes sure that there is memory for all answers about the query: 0 or SIO_ENOMEM. Without it a
 * parameter that is there may seem to be absent. */
int sio__request_need_query(const sio_http_request_t *request);
/* Nonzero if it came by TLS, or a trusted proxy's X-Forwarded-Proto says so. */
int sio__request_secure(const sio_http_request_t *request);
/* Nonzero if it came by a trusted proxy. */
int sio__request_is_forwarded(const sio_http_request_t *request);
/* The body, writable: the handler may decode it in place. */
char *sio__request_body(sio_http_request_t *request, size_t *length);
void sio__request_set_data(sio_http_request_t *request, void *data);
void *sio__request_data(const sio_http_request_t *request);

/* --- response -------------------------------------------------------------------------------- */

/* Adds header lines ("Name: value" CR LF) that are known to be good: nothing is checked. */
int sio__response_add(sio_http_response_t *response, const char *lines, size_t length);
/* Ends with a body given as extents, between which the byte `separator` is written (if it is not
 * negative). Header and body leave in one write, large extents without a copy. The queue is
 * empty after. */
int sio__response_end_queue(sio_http_response_t *response, sio__outq_t *body, int separator);
/* Closes the connection after this response. */
void sio__response_close_after(sio_http_response_t *response);
/* Writes the status line `101 Switching Protocols` with the headers added so far (Connection
 * and Upgrade included, which here are the caller's) and hands the connection to `protocol`.
 * Request and response are gone afterwards. Bytes that came behind the request reach
 * protocol->data from the loop, never from inside this call. */
int sio__response_switch(sio_http_response_t *response, const sio__protocol_t *protocol,
                         void *protocol_data, sio__conn_t **conn);
/* The same with a status line and header lines of the caller's, known to be good, in front of those
 * added: for a protocol that is older than the rules of its handshake. */
int sio__response_switch_as(sio_http_response_t *response, const char *lines, size_t length,
                            const sio__protocol_t *protocol, void *protocol_data,
                            sio__conn_t **conn);
/* The raw refusal of an upgrade [E33]: `status` line, Connection: close, Content-type:
 * text/html, `body`; then the connection closes, also where there is no memory for that. */
int sio__response_refuse_upgrade(sio_http_response_t *response, int status, const char *body);
/* Drops the connection without an answer. */
void sio__response_abort(sio_http_response_t *response);
sio__conn_t *sio__response_conn(sio_http_response_t *response);
typedef void (*sio__gone_cb)(sio_http_response_t *response, int closed, void *data);
/* Called once, however the response ends (not by a switch): `closed` is nonzero when the
 * connection went first. For the floor above, so that it stands beside the application's
 * sio_http_on_close. `cb` NULL: nobody is told. */
void sio__response_on_gone(sio_http_response_t *response, sio__gone_cb cb, void *data);

#endif
