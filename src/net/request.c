#include "net/request.h"
#include "net/http_internal.h"
#include "net/url.h"
#include <sio/error.h>
#include <string.h>

enum { KEPT_CAPACITY = 1024 };

static void empty(sio__buf_t *buf) {
    buf->length = 0;
    if (buf->capacity > KEPT_CAPACITY)
        sio__buf_free(buf);
}

void sio__request_begin(sio_http_request_t *request) {
    request->prefix_length = 0;
    request->data = NULL;
    request->query_known = 0;
    empty(&request->path);
    empty(&request->query);
}

int sio__request_decode_path(sio_http_request_t *request) {
    const char *path;
    size_t length = sio__url_path(sio_http_url(request), &path);
    sio__buf_t *decoded = &request->path;
    decoded->length = 0;
    int rc = sio__buf_reserve(decoded, length + 2);
    if (rc < 0)
        return rc;
    memcpy(decoded->data, path, length);
    length = sio__url_decode(decoded->data, length, 0);
    if (memchr(decoded->data, '\0', length) != NULL)
        return SIO_EINVAL;
    if (length == 0)
        decoded->data[length++] = '/';
    decoded->data[length] = '\0';
    decoded->length = length;
    return 0;
}

void sio__request_free(sio_http_request_t *request) {
    sio__buf_free(&request->path);
    sio__buf_free(&request->query);
}

const sio__head_t *sio__request_head(const sio_http_request_t *request) {
    return sio__headbuf_head(&request->http->parser->head);
}

sio__host_t *sio__request_host(const sio_http_request_t *request) {
    return request->http->host;
}

int sio__request_secure(const sio_http_request_t *request) {
    return sio__head_secure(sio__request_head(request));
}

int sio__request_is_forwarded(const sio_http_request_t *request) {
    return request->http->trusted;
}

char *sio__request_body(sio_http_request_t *request, size_t *length) {
    sio__buf_t *body = &request->http->parser->body;
    *length = body->length;
    return body->data;
}

void sio__request_set_data(sio_http_request_t *request, void *data) {
    request->data = data;
}

void *sio__request_data(const sio_http_request_t *request) {
    return request->data;
}

/* --- sio/http.h ------------------------------------------------------------------------------- */

const char *sio_http_method(const sio_http_request_t *request) {
    return sio__head_method(sio__request_head(request));
}

const char *sio_http_url(const sio_http_request_t *request) {
    return sio__head_url(sio__request_head(request));
}

const char *sio_http_path(const sio_http_request_t *request) {
    return request->path.data;
}

const char *sio_http_rest(const sio_http_request_t *request) {
    return request->path.data + request->prefix_length;
}

const char *sio_http_header_in(const sio_http_request_t *request, const char *name) {
    return name != NULL ? sio__head_header(sio__request_head(request), name) : NULL;
}

int sio_http_header_at(const sio_http_request_t *request, size_t index, const char **name,
                       const char **value) {
    return sio__head_header_at(sio__request_head(request), index, name, value);
}

const void *sio_http_body(const sio_http_request_t *request, size_t *length) {
    const sio__buf_t *body = &request->http->parser->body;
    *length = body->length;
    return body->length > 0 ? body->data : "";
}

const char *sio_http_address(const sio_http_request_t *request) {
    return sio__head_address(sio__request_head(request));
}

/* Appends the name or value at *at, decoded. There is room. */
static void take(sio__buf_t *query, const char **at, int name) {
    char *copy = query->data + query->length;
    size_t length = sio__url_query_take(at, copy, name);
    copy[length] = '\0';
    query->length += length + 1;
}

/* All parameters are decoded at the first question, so that the answers stay where they are. */
static int decode_query(sio_http_request_t *request) {
    const char *at = sio__url_query_start(sio_http_url(request));
    /* Each parameter has at least a character of its own and one behind it, or is the last. */
    int rc = sio__buf_reserve(&request->query, 2 * strlen(at) + 2);
    if (rc < 0)
        return rc;
    while (*at != '\0' && *at != '#') {
        if (*at == '&') {
            at++;
            continue;
        }
        take(&request->query, &at, 1);
        if (*at == '=')
            at++;
        take(&request->query, &at, 0);
    }
    request->query_known = 1;
    return 0;
}

int sio__request_need_query(const sio_http_request_t *request) {
    /* The decoded form is a cache: the request stays the same. */
    return request->query_known ? 0 : decode_query((sio_http_request_t *) (uintptr_t) request);
}

int sio__request_query_next(const sio_http_request_t *request, const char **name,
                            const char **value) {
    if (sio__request_need_query(request) < 0)
        return 0;
    const char *at = *name == NULL ? request->query.data : *value + strlen(*value) + 1;
    if (at == NULL || at >= request->query.data + request->query.length)
        return 0;
    *name = at;
    *value = at + strlen(at) + 1;
    return 1;
}

const char *sio_http_query(const sio_http_request_t *request, const char *name) {
    const char *other = NULL, *value;
    if (name == NULL)
        return NULL;
    while (sio__request_query_next(request, &other, &value))
        if (strcmp(other, name) == 0)
            return value;
    return NULL;
}
