/* What is done with a request: checks of its header, who answers, the answers nobody else gives. */
#include "base/text.h"
#include "net/host_internal.h"
#include "net/http_internal.h"
#include <sio/error.h>
#include <string.h>

static const char *header(const sio__http_t *http, const char *name) {
    return sio__head_header(sio__headbuf_head(&http->parser->head), name);
}

/* --- checks ----------------------------------------------------------------------------------- */

/* Nonzero, a status, if the header cannot be accepted (RFC 9112 3.2, 6.1; RFC 9110 10.1.1). */
static int check(const sio__http_t *http, const char **reason) {
    const sio__parser_t *parser = http->parser;
    const sio__head_t *head = sio__headbuf_head(&parser->head);
    const char *coding = header(http, "Transfer-Encoding");
    *reason = "unsupported version of HTTP";
    if (parser->major != 1)
        return 505;
    *reason = "missing or repeated Host header";
    size_t hosts = sio__head_repeated(head, "Host");
    if (hosts > 1 || (hosts == 0 && parser->minor > 0))
        return 400;
    *reason = "Transfer-Encoding in HTTP/1.0";
    if (coding != NULL && parser->minor == 0)
        return 400;
    *reason = "unknown transfer coding";
    if (coding != NULL && !sio__text_equal_nocase(coding, "chunked"))
        return 501;
    *reason = "CONNECT is not for servers";
    if (parser->connect)
        return 501;
    return 0;
}

/* The client's address, the scheme it used and the URL it asked for, which only a trusted
 * proxy is believed. */
static int apply_forwarding(sio__http_t *http) {
    sio__headbuf_t *headbuf = &http->parser->head;
    char client[SIO__ADDRESS_SIZE];
    if (!http->trusted)
        return sio__headbuf_set_address(headbuf, http->peer);
    size_t hops = sio__forwarded_client(http->host->proxies, http->peer,
                                        header(http, "x-forwarded-for"), client);
    sio__headbuf_head(headbuf)->secure =
        sio__forwarded_secure(header(http, "x-forwarded-proto"), hops) != 0;
    int rc = sio__headbuf_set_address(headbuf, client);
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

/* Makes the request ready for others: 0 or a status. */
static int prepare(sio__http_t *http) {
    sio__head_t *head = sio__headbuf_head(&http->parser->head);
    head->time = wall_clock();
    http->head_only = strcmp(head->method, "HEAD") == 0;
    if (apply_forwarding(http) < 0)
        return 503;
    int rc = sio__request_decode_path(&http->request);
    return rc == 0 ? 0 : rc == SIO_EINVAL ? 404 : 503;
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
    const char *upgrade = header(http, "Upgrade");
    if (upgrade == NULL || !sio__text_list_has(upgrade, "websocket", 9, 1))
        return 0;
    return http->parser->upgrade ||
           (http->host->options.lenient_upgrade && header(http, "sec-websocket-key") != NULL);
}

static void find_route(sio__http_t *http) {
    const char *path = http->request.path.data;
    const sio__route_t *routes = http->host->routes;
    const sio__route_t *route = NULL;
    if (wants_websocket(http))
        route = sio__route_find(routes, path, SIO__ROUTE_UPGRADE);
    sio__parser_set_upgrade(http->parser, route != NULL);
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
    if (parser->content_length > parser->max_body) {
        parser->too_big = 1;
        return;
    }
    int rc = sio__conn_send(http->conn, (const unsigned char *) answer, sizeof(answer) - 1);
    if (rc == 0)
        http->awaits_continue = 0;
}

static void dispatch(sio__http_t *http) {
    const sio__route_ops_t *ops = http->route->ops;
    if (!http->parser->upgrade && ops->head != NULL)
        ops->head(&http->request, &http->response, http->route->data);
    if (!http->gone && http->response.open && http->awaits_continue)
        ask_for_body(http);
}

void sio__http_dispatch_head(sio__http_t *http) {
    const char *reason;
    int status = check(http, &reason);
    if (status != 0) {
        sio__http_fail(http, status, reason);
        return;
    }
    status = prepare(http);
    http->response.open = 1;
    if (status == 0)
        find_route(http);
    else
        http->parser->max_body = 0;
    const char *expect = http->parser->minor > 0 ? header(http, "Expect") : NULL;
    http->awaits_continue = expect != NULL && http->parser->has_body;
    if (status != 0)
        sio__response_simple(&http->response, status);
    else if (is_platform_shutdown(http))
        sio__host_platform_shutdown(http->host, &http->response);
    else if (expect != NULL && !sio__text_equal_nocase(expect, "100-continue"))
        sio__response_simple(&http->response, 417);
    else if (http->route == NULL)
        sio__response_simple(&http->response, 404);
    else
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
    const sio__route_t *route = http->route;
    sio__log(&http->host->loop->log, SIO_LOG_WARN, "http", "%s: body too large", http->peer);
    if (route == NULL || route->ops->too_big == NULL) {
        sio__http_fail(http, 413, "body too large");
        return;
    }
    sio__limit_count(http->host->loop, SIO_LIMIT_BODY);
    route->ops->too_big(&http->request, &http->response, route->data);
}
