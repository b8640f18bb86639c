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
    rc = sio__url_decode_path(decoded->data, &length);
    if (rc < 0)
        return rc;
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

int sio_http_secure(const sio_http_request_t *request) {
    return sio__request_secure(request);
}

const char *sio_http_tls_version(const sio_http_request_t *request) {
    return sio__head_tls_version(sio__request_head(request));
}

const char *sio_http_tls_subject(const sio_http_request_t *request) {
    return sio__head_tls_subject(sio__request_head(request));
}

/* A parameter in its decoded form: the lengths of both (not aligned), name, NUL, value, NUL. */
enum { LENGTHS = 2 * sizeof(uint32_t) };

/* Appends the name or value at *at, decoded, and notes its length. There is room. */
static void take(sio__buf_t *query, const char **at, int name, char *noted) {
    char *copy = query->data + query->length;
    uint32_t length = (uint32_t) sio__url_query_take(at, copy, name);
    memcpy(noted, &length, sizeof(length));
    copy[length] = '\0';
    query->length += length + 1;
}

/* All parameters are decoded at the first question, so that the answers stay where they are. */
static int decode_query(sio_http_request_t *request) {
    const char *at = sio__url_query_start(sio_http_url(request));
    sio__buf_t *query = &request->query;
    /* Each parameter has at least a character of its own and one behind it, or is the last. */
    int rc = sio__buf_reserve(query, (LENGTHS / 2 + 2) * strlen(at) + LENGTHS + 2);
    if (rc < 0)
        return rc;
    while (*at != '\0' && *at != '#') {
        if (*at == '&') {
            at++;
            continue;
        }
        char *lengths = query->data + query->length;
        query->length += LENGTHS;
        take(query, &at, 1, lengths);
        if (*at == '=')
            at++;
        take(query, &at, 0, lengths + sizeof(uint32_t));
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
    uint32_t lengths[2];
    if (sio__request_need_query(request) < 0)
        return 0;
    const char *at = request->query.data;
    if (*name != NULL) {
        memcpy(lengths, *name - LENGTHS, LENGTHS);
        at = *value + lengths[1] + 1;
    }
    if (at == NULL || at >= request->query.data + request->query.length)
        return 0;
    memcpy(lengths, at, LENGTHS);
    *name = at + LENGTHS;
    *value = *name + lengths[0] + 1;
    return 1;
}

const char *sio_http_query(const sio_http_request_t *request, const char *name) {
    const char *other = NULL, *value = NULL;
    if (name == NULL)
        return NULL;
    while (sio__request_query_next(request, &other, &value))
        if (other[0] == name[0] && strcmp(other, name) == 0)
            return value;
    return NULL;
}
