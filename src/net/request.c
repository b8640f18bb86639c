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

/* Appends a name or value, decoded, up to its first NUL. */
static void decode_into(sio__buf_t *query, const char *text, size_t length) {
    char *copy = query->data + query->length;
    memcpy(copy, text, length);
    copy[sio__url_decode(copy, length, 1)] = '\0';
    query->length += strlen(copy) + 1;
}

/* All parameters are decoded at the first question, so that the answers stay where they are. */
static int decode_query(sio_http_request_t *request) {
    const char *cursor = sio_http_url(request), *name, *value;
    size_t name_length, value_length;
    /* Each parameter has at least a character in front of it and one of its own, or an '='. */
    int rc = sio__buf_reserve(&request->query, 2 * strlen(cursor) + 2);
    if (rc < 0)
        return rc;
    while (sio__url_query_next(&cursor, &name, &name_length, &value, &value_length)) {
        decode_into(&request->query, name, name_length);
        decode_into(&request->query, value, value_length);
    }
    request->query_known = 1;
    return 0;
}

const char *sio_http_query(const sio_http_request_t *request, const char *name) {
    /* The decoded form is a cache: the request stays the same. */
    sio_http_request_t *cache = (sio_http_request_t *) (uintptr_t) request;
    if (name == NULL || (!request->query_known && decode_query(cache) < 0))
        return NULL;
    const char *at = request->query.data, *end = at + request->query.length;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}
