/* What is done with a request: checks of its header, who answers, the answers nobody else gives. */
#include "base/text.h"
#include "net/host_internal.h"
#include "net/http_internal.h"
#include "net/secure.h"
#include <sio/error.h>
#include <string.h>

static const char *header(const sio__http_t *http, const char *name) {
    return sio__head_header(sio__headbuf_head(&http->parser->head), name);
}

/* --- what the request is about ---------------------------------------------------------------- */

/* The peer's address and what TLS knows about it. */
static int set_peer(sio__http_t *http, const char *address) {
    sio__headbuf_t *headbuf = &http->parser->head;
    int rc = sio__headbuf_set_address(headbuf, address);
    if (rc < 0 || !http->conn->is_secure)
        return rc;
    return sio__headbuf_set_tls(headbuf, sio__secure_version(http->conn),
                                sio__secure_of(http->conn)->subject);
}

static void set_secure(sio__http_t *http, int secure) {
    if (secure)
        sio__headbuf_head(&http->parser->head)->came |= SIO__CAME_SECURE;
}

/* The client's address, the scheme it used and the URL it asked for, which only a trusted
 * proxy is believed. One that does not tell the scheme has passed on what it got. */
static int apply_forwarding(sio__http_t *http) {
    sio__headbuf_t *headbuf = &http->parser->head;
    char client[SIO__ADDRESS_SIZE];
    if (!http->trusted) {
        set_secure(http, http->conn->is_secure);
        return set_peer(http, http->peer);
    }
    size_t hops = sio__forwarded_client(http->host->proxies, http->peer,
                                        header(http, "x-forwarded-for"), client);
    const char *proto = header(http, "x-forwarded-proto");
    set_secure(http, proto != NULL ? sio__forwarded_secure(proto, hops) : http->conn->is_secure);
    int rc = set_peer(http, client);
    const char *name = http->host->options.original_url_header;
    const char *url = rc == 0 && name != NULL ? header(http, name) : NULL;
    if (url != NULL && url[0] == '/' && strpbrk(url, " \t") == NULL)
        rc = sio__headbuf_set_url(headbuf, url);
    return rc;
}

static int64_t wall_clock(void) {
    uv_timeval64_t now;
    if (uv_gettimeofday(&now) < 0)
        return 0;
    return (int64_t) now.tv_sec * 1000 + now.tv_usec / 1000;
}

/* Makes the request ready for others: 0, SIO_ENOMEM, or SIO_EINVAL because of the path. */
static int prepare(sio__http_t *http) {
    sio__head_t *head = sio__headbuf_head(&http->parser->head);
    head->time = wall_clock();
    http->head_only = strcmp(head->method, "HEAD") == 0;
    int rc = apply_forwarding(http);
    return rc < 0 ? rc : sio__request_decode_path(&http->request);
}

/* --- who answers ------------------------------------------------------------------------------ */

/* IIS's HttpPlatformHandler asks the process to end. */
static int is_platform_shutdown(const sio__http_t *http) {
    const char *token = http->host->platform_token;
    const char *event = token != NULL ? header(http, "ms-aspnetcore-event") : NULL;
    if (event == NULL || !sio__text_equal_nocase(event, "shutdown"))
        return 0;
    const char *given = header(http, "ms-aspnetcore-token");
    size_t length = strlen(token);
    if (given == NULL || strlen(given) != length)
        return 0;
    unsigned different = 0;
    for (size_t i = 0; i < length; i++)
        different |= (unsigned) (given[i] ^ token[i]);
    return different == 0;
}

/* A request for a WebSocket; with options.lenient_upgrade also one whose Connection header
 * has lost its token. */
static int wants_websocket(const sio__http_t *http) {
    const sio__parser_t *parser = http->parser;
    /* In HTTP/1.0 it means nothing (RFC 9110 7.8). */
    const char *upgrade =
        parser->message.has_upgrade && parser->minor > 0 ? header(http, "Upgrade") : NULL;
    if (upgrade == NULL || !sio__text_list_has(upgrade, "websocket", 9, 1))
        return 0;
    return parser->upgrade ||
           (http->host->options.lenient_upgrade && header(http, "sec-websocket-key") != NULL);
}

static void find_route(sio__http_t *http) {
    const char *path = http->request.path.data;
    const sio__route_t *routes = http->host->routes;
    const sio__route_t *route = NULL;
    int wanted = wants_websocket(http);
    if (wanted)
        route = sio__route_find(routes, path, SIO__ROUTE_UPGRADE);
    http->parser->upgrade = route != NULL;
    /* What follows may be frames, or requests that a proxy took for frames. */
    if (wanted && route == NULL)
        http->response.close = 1;
    if (route == NULL)
        route = sio__route_find(routes, path, SIO__ROUTE_REQUEST);
    http->route = route;
    http->request.prefix_length = route != NULL ? route->prefix_length : 0;
    http->parser->max_body = route != NULL ? route->max_body : http->host->options.max_http_body;
}

/* "Expect: 100-continue": the body comes when it is asked for (RFC 9110 10.1.1). */
static void ask_for_body(sio__http_t *http) {
    static const char answer[] = "HTTP/1.1 100 Continue\r\n\r\n";
    sio__parser_t *parser = http->parser;
    if (parser->message.length > parser->max_body) {
        parser->too_big = 1;
        return;
    }
    int rc = sio__conn_send(http->conn, (const unsigned char *) answer, sizeof(answer) - 1);
    if (rc == 0)
        http->awaits_continue = 0;
}

/* The header's part of a request that has a route. */
static void dispatch(sio__http_t *http) {
    const sio__route_ops_t *ops = http->route->ops;
    const sio__parser_t *parser = http->parser;
    /* Announced: there is no need to wait for it. A route with an answer of its own counts. */
    if (parser->message.length > parser->max_body && ops->too_big == NULL) {
        sio__http_fail(http, 413, "body too large");
        return;
    }
    if (!parser->upgrade && ops->head != NULL)
        ops->head(&http->request, &http->response, http->route->data);
    if (!http->gone && http->response.open && http->awaits_continue)
        ask_for_body(http);
}

/* Whoever asks for what no route is about, or no route must hear of; nonzero if that was answered. */
static int answer_ourselves(sio__http_t *http) {
    const char *expect = http->parser->message.has_expect && http->parser->minor > 0
                             ? header(http, "Expect")
                             : NULL;
    http->awaits_continue = expect != NULL && http->parser->has_body;
    if (is_platform_shutdown(http))
        sio__host_platform_shutdown(http->host, &http->response);
    else if (expect != NULL && !sio__text_equal_nocase(expect, "100-continue"))
        sio__http_fail(http, 417, "unknown expectation");
    else if (http->request.path.data[0] == '*') /* OPTIONS for the server (RFC 9110 9.3.7) */
        sio__response_simple(&http->response, 204);
    else if (http->route == NULL)
        sio__response_simple(&http->response, 404);
    else
        return 0;
    return 1;
}

void sio__http_dispatch_head(sio__http_t *http) {
    int rc = prepare(http);
    http->response.open = 1;
    if (rc < 0) {
        sio__http_fail(http, rc == SIO_EINVAL ? 400 : 503,
                       rc == SIO_EINVAL ? "malformed path" : "out of memory");
        return;
    }
    find_route(http);
    if (!answer_ourselves(http))
        dispatch(http);
}

void sio__http_dispatch_request(sio__http_t *http) {
    const sio__route_t *route = http->route;
    if (http->parser->upgrade)
        route->ops->upgrade(&http->request, &http->response, route->data);
    else
        route->ops->request(&http->request, &http->response, route->data);
}

void sio__http_dispatch_too_big(sio__http_t *http) {
    static const char reason[] = "body too large";
    const sio__route_t *route = http->route;
    if (route == NULL || route->ops->too_big == NULL) {
        sio__http_fail(http, 413, reason);
        return;
    }
    sio__host_refused(http->host, http->peer, 413, reason);
    sio__limit_count(http->host->loop, SIO_LIMIT_BODY);
    route->ops->too_big(&http->request, &http->response, route->data);
}
