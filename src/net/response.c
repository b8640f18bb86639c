#include "net/response.h"
#include "base/text.h"
#include "net/host_internal.h"
#include "net/http_internal.h"
#include "net/status.h"
#include <sio/error.h>
#include <string.h>

enum {
    KEPT_CAPACITY = 1024,
    HEAD_ROOM = 256, /* status line and our own headers, about */
    /* Of a body in extents: one up to this size is copied behind the header, since one of its own
     * costs more (a poll's answer with 16 messages: 33 pieces in one write or one); as long as
     * no more has been copied than a block of the scratch holds. */
    COPY_MAX = 2048,
    COPIED_MAX = 32 * 1024
};

void sio__response_begin(sio_http_response_t *response) {
    struct sio__http_s *http = response->http;
    sio__buf_t headers = response->headers;
    headers.length = 0;
    if (headers.capacity > KEPT_CAPACITY)
        sio__buf_free(&headers);
    *response = (sio_http_response_t){.http = http, .headers = headers, .status = 200};
}

void sio__response_free(sio_http_response_t *response) {
    sio__buf_free(&response->headers);
}

/* 0 if there is still a header to be changed. */
static int check_unsent(const sio_http_response_t *response) {
    if (response == NULL)
        return SIO_EINVAL;
    if (!response->open)
        return SIO_ECLOSED;
    return response->started ? SIO_EDONE : 0;
}

int sio_http_status(sio_http_response_t *response, int status) {
    int rc = check_unsent(response);
    if (rc < 0)
        return rc;
    if (status < 200 || status > 999)
        return SIO_EINVAL;
    response->status = status;
    return 0;
}

/* --- headers ---------------------------------------------------------------------------------- */

static int is_token(const char *name) {
    for (const char *c = name; *c != '\0'; c++)
        if (!sio__text_is_token(*c))
            return 0;
    return name[0] != '\0';
}

/* No control characters: a line break would begin a header, or a response, of somebody else's. */
static int is_value(const char *value) {
    for (const unsigned char *c = (const unsigned char *) value; *c != '\0'; c++)
        if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
            return 0;
    return 1;
}

static int is_ours(const sio_http_response_t *response, const char *name) {
    if (sio__text_equal_nocase(name, "connection"))
        return !response->http->parser->upgrade;
    return sio__text_equal_nocase(name, "content-length") ||
           sio__text_equal_nocase(name, "transfer-encoding") ||
           sio__text_equal_nocase(name, "date");
}

int sio_http_header(sio_http_response_t *response, const char *name, const char *value) {
    int rc = check_unsent(response);
    if (rc < 0)
        return rc;
    if (name == NULL || value == NULL || !is_token(name) || !is_value(value) ||
        is_ours(response, name))
        return SIO_EINVAL;
    size_t name_length = strlen(name), value_length = strlen(value);
    sio__buf_t *headers = &response->headers;
    rc = sio__buf_reserve(headers, name_length + value_length + 4);
    if (rc < 0)
        return rc;
    char *at = headers->data + headers->length;
    memcpy(at, name, name_length);
    memcpy(at + name_length, ": ", 2);
    memcpy(at + name_length + 2, value, value_length);
    memcpy(at + name_length + 2 + value_length, "\r\n", 2);
    headers->length += name_length + value_length + 4;
    return 0;
}

int sio__response_add(sio_http_response_t *response, const char *lines, size_t length) {
    int rc = check_unsent(response);
    return rc < 0 ? rc : sio__buf_append(&response->headers, lines, length);
}

/* A text that the compiler knows: a move or two instead of a call. */
#define PUT(writer, literal) put_literal(writer, literal, sizeof(literal) - 1)

static inline void put_literal(sio__writer_t *writer, const char *literal, size_t length) {
    if (sio__writer_need(writer, length)) {
        memcpy(writer->at, literal, length);
        writer->at += length;
    }
}

static void put_text(sio__writer_t *writer, const char *text) {
    sio__writer_put(writer, text, strlen(text));
}

static void put_status_line(sio__writer_t *writer, int status) {
    if (status == 200) {
        PUT(writer, "HTTP/1.1 200 OK\r\n");
        return;
    }
    PUT(writer, "HTTP/1.1 ");
    sio__writer_u64(writer, (uint64_t) status);
    sio__writer_byte(writer, ' ');
    put_text(writer, sio__status_text(status));
    PUT(writer, "\r\n");
}

static int line_begins(const char *line, size_t length, const char *name) {
    size_t i = 0;
    for (; name[i] != '\0'; i++)
        if (i >= length || (line[i] | 0x20) != name[i])
            return 0;
    return 1;
}

/* Those of the added headers whose lines begin with (keep) or without (!keep) one of the
 * given lower-case texts. */
static void put_some_headers(sio__writer_t *writer, const sio__buf_t *headers,
                             const char *const *names, int keep) {
    const char *at = headers->data, *end = at + headers->length;
    while (at < end) {
        const char *next = (const char *) memchr(at, '\n', (size_t) (end - at)) + 1;
        int found = 0;
        for (size_t i = 0; names[i] != NULL; i++)
            found |= line_begins(at, (size_t) (next - at), names[i]);
        if (found == keep)
            sio__writer_put(writer, at, (size_t) (next - at));
        at = next;
    }
}

static void put_headers(sio__writer_t *writer, const sio_http_response_t *response) {
    static const char *const connection[] = {"connection:", NULL};
    const sio__buf_t *headers = &response->headers;
    if (headers->length == 0)
        return;
    /* Only there can the caller have set it, meaning to switch. */
    if (response->http->parser->upgrade)
        put_some_headers(writer, headers, connection, 0);
    else
        sio__writer_put(writer, headers->data, headers->length);
}

/* How the connection goes on, and how the body's end will be told. */
static void decide(sio_http_response_t *response) {
    const sio__http_t *http = response->http;
    const sio__parser_t *parser = http->parser;
    /* A client that waits for 100 (Continue) and gets this may send its body or not: nobody
     * can tell what follows. Behind an upgrade that was not taken the other protocol may
     * follow. */
    if (!parser->keep_alive || http->host->closing || http->awaits_continue || parser->upgrade)
        response->close = 1;
    if (response->status == 204 || response->status == 304)
        response->kind = SIO__BODY_NONE;
    else if (response->has_length)
        response->kind = SIO__BODY_LENGTH;
    else
        response->kind = parser->minor > 0 ? SIO__BODY_CHUNKED : SIO__BODY_CLOSE;
    if (response->kind == SIO__BODY_CLOSE)
        response->close = 1;
}

/* Writes the header; the body's length is in the response, if it is known. */
static void put_head(sio__writer_t *writer, sio_http_response_t *response) {
    decide(response);
    sio__writer_need(writer, HEAD_ROOM + response->headers.length);
    put_status_line(writer, response->status);
    put_headers(writer, response);
    PUT(writer, "Date: ");
    sio__writer_put(writer, sio__host_date(response->http->host), SIO__DATE_LENGTH);
    if (response->kind == SIO__BODY_LENGTH ||
        (response->force_length && response->status == 204)) {
        PUT(writer, "\r\nContent-Length: ");
        sio__writer_u64(writer, response->kind == SIO__BODY_LENGTH ? response->length : 0);
    } else if (response->kind == SIO__BODY_CHUNKED) {
        PUT(writer, "\r\nTransfer-Encoding: chunked");
    }
    if (response->close)
        PUT(writer, "\r\nConnection: close");
    else if (response->http->parser->minor == 0)
        PUT(writer, "\r\nConnection: keep-alive");
    PUT(writer, "\r\n\r\n");
    if (response->http->head_only)
        response->kind = SIO__BODY_NONE;
}

/* The floor above is told once, before the owner. */
static void tell_lost(sio_http_response_t *response) {
    void (*cb)(sio_http_response_t *, int, void *) = response->gone_cb;
    response->gone_cb = NULL;
    if (cb != NULL)
        cb(response, 1, response->gone_data);
}

void sio__response_on_gone(sio_http_response_t *response, sio__gone_cb cb, void *data) {
    response->gone_cb = cb;
    response->gone_data = data;
}

/* Whoever is told may do anything, so that comes last. */
static void done(sio_http_response_t *response) {
    void (*cb)(sio_http_response_t *, int, void *) = response->gone_cb;
    void *data = response->gone_data;
    response->gone_cb = NULL;
    sio__http_response_done(response->http);
    if (cb != NULL)
        cb(response, 0, data);
}

/* --- sending ---------------------------------------------------------------------------------- */

static int check_open(const sio_http_response_t *response) {
    if (response == NULL)
        return SIO_EINVAL;
    return response->open && !response->http->conn->closing ? 0 : SIO_ECLOSED;
}

static void begin_writer(sio__writer_t *writer, const sio_http_response_t *response) {
    sio__writer_begin(writer, response->http->conn->loop->scratch, 0);
}

static int send_written(sio__writer_t *writer, sio_http_response_t *response) {
    size_t length;
    const unsigned char *data = sio__writer_end(writer, &length);
    return data == NULL ? SIO_ENOMEM : sio__conn_send(response->http->conn, data, length);
}

/* A piece of the body in the form that was promised; nothing if there is to be none. */
static void put_piece(sio__writer_t *writer, const sio_http_response_t *response, const void *data,
                      size_t length) {
    if (length == 0 || response->kind == SIO__BODY_NONE)
        return;
    if (response->kind == SIO__BODY_CHUNKED) {
        static const char digits[] = "0123456789abcdef";
        char size[2 * sizeof(length)], *at = size + sizeof(size);
        for (size_t rest = length; rest > 0; rest >>= 4)
            *--at = digits[rest & 15];
        sio__writer_put(writer, at, (size_t) (size + sizeof(size) - at));
        PUT(writer, "\r\n");
    }
    sio__writer_put(writer, data, length);
    if (response->kind == SIO__BODY_CHUNKED)
        PUT(writer, "\r\n");
}

int sio__response_set_length(sio_http_response_t *response, uint64_t length) {
    int rc = check_unsent(response);
    if (rc < 0)
        return rc;
    response->has_length = 1;
    response->length = length;
    return 0;
}

void sio__response_force_length(sio_http_response_t *response) {
    response->force_length = 1;
}

/* Sends a piece, behind the header if that has not gone yet. */
static int write_piece(sio_http_response_t *response, const void *data, size_t length, int last) {
    sio__writer_t writer;
    begin_writer(&writer, response);
    sio__writer_need(&writer, HEAD_ROOM + response->headers.length + length);
    if (!response->started)
        put_head(&writer, response);
    put_piece(&writer, response, data, length);
    if (last && response->kind == SIO__BODY_CHUNKED)
        PUT(&writer, "0\r\n\r\n");
    int rc = send_written(&writer, response);
    if (rc < 0)
        return rc;
    response->started = 1;
    return 0;
}

int sio_http_write(sio_http_response_t *response, const void *data, size_t length) {
    int rc = check_open(response);
    if (rc < 0)
        return rc;
    if ((data == NULL && length > 0) || (response->has_length && length > response->length))
        return SIO_EINVAL;
    rc = write_piece(response, data, length, 0);
    if (rc == 0 && response->has_length)
        response->length -= length;
    return rc;
}

int sio_http_end(sio_http_response_t *response, const void *body, size_t length) {
    int rc = check_open(response);
    if (rc < 0)
        return rc;
    if ((body == NULL && length > 0) || (response->has_length && length != response->length))
        return SIO_EINVAL;
    int known = response->started || response->has_length;
    if (!known) {
        response->has_length = 1;
        response->length = length;
    }
    rc = write_piece(response, body, length, 1);
    if (rc == 0)
        done(response);
    else if (!known)
        response->has_length = 0;
    return rc;
}

int sio__response_end_header(sio_http_response_t *response, uint64_t length) {
    int rc = check_open(response);
    if (rc == 0 && response->started)
        rc = SIO_EDONE;
    if (rc < 0)
        return rc;
    response->has_length = 1;
    response->length = length;
    rc = write_piece(response, NULL, 0, 1);
    if (rc == 0)
        done(response);
    return rc;
}

/* What has been written goes behind the queue. */
static int end_piece(sio__writer_t *writer, sio__outq_t *queue) {
    size_t length;
    const unsigned char *data = sio__writer_end(writer, &length);
    return data == NULL ? SIO_ENOMEM : sio__outq_scratch(queue, data, length);
}

static int put_extent(sio__outq_t *queue, const sio__extent_t *extent) {
    return extent->owner != NULL
               ? sio__outq_rcbuf(queue, extent->owner, extent->data, extent->length)
               : sio__outq_scratch(queue, extent->data, extent->length);
}

/* Header and body in one queue: all of it goes, or nothing. */
static int send_with_queue(sio_http_response_t *response, const sio__outq_t *body, int separator) {
    sio__writer_t writer;
    sio__outq_t all = {0};
    size_t copied = 0;
    int rc = 0;
    begin_writer(&writer, response);
    put_head(&writer, response);
    unsigned count = response->kind != SIO__BODY_NONE ? body->count : 0;
    for (unsigned i = 0; i < count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(body, i);
        if (i > 0 && separator >= 0)
            sio__writer_byte(&writer, (char) separator);
        if (extent->length <= COPY_MAX && copied < COPIED_MAX) {
            sio__writer_put(&writer, extent->data, extent->length);
            copied += extent->length;
            continue;
        }
        rc = end_piece(&writer, &all);
        if (rc == 0)
            rc = put_extent(&all, extent);
        begin_writer(&writer, response);
    }
    if (rc == 0)
        rc = end_piece(&writer, &all);
    if (rc == 0)
        rc = sio__conn_send_queue(response->http->conn, &all);
    sio__outq_clear(&all);
    return rc;
}

int sio__response_end_queue(sio_http_response_t *response, sio__outq_t *body, int separator) {
    int rc = check_open(response);
    if (rc == 0 && response->started)
        rc = SIO_EDONE;
    if (rc == 0) {
        response->has_length = 1;
        response->length = body->bytes;
        if (separator >= 0 && body->count > 0)
            response->length += body->count - 1;
        rc = send_with_queue(response, body, separator);
        response->has_length = 0;
    }
    sio__outq_clear(body);
    if (rc == 0)
        done(response);
    return rc;
}

void sio__response_simple(sio_http_response_t *response, int status) {
    const char *text = sio__status_text(status);
    sio_http_status(response, status);
    if (sio_http_header(response, "Content-Type", "text/plain; charset=utf-8") < 0 ||
        sio_http_end(response, text, strlen(text)) < 0)
        sio__response_abort(response);
}

size_t sio_http_buffered(const sio_http_response_t *response) {
    return response != NULL && response->open ? sio__conn_buffered(response->http->conn) : 0;
}

void sio_http_on_close(sio_http_response_t *response, sio_http_close_cb cb, void *data) {
    response->close_cb = cb;
    response->close_data = data;
}

void sio_http_on_drain(sio_http_response_t *response, sio_http_drain_cb cb, void *data) {
    response->drain_cb = cb;
    response->drain_data = data;
}

void sio__response_close_after(sio_http_response_t *response) {
    response->close = 1;
}

sio__conn_t *sio__response_conn(sio_http_response_t *response) {
    return response->http->conn;
}

void sio__response_lost(sio_http_response_t *response) {
    if (!response->open)
        return;
    response->open = 0;
    tell_lost(response);
    if (response->close_cb != NULL)
        response->close_cb(response, response->close_data);
}

void sio__response_abort(sio_http_response_t *response) {
    sio__conn_t *conn = response->http->conn;
    response->open = 0;
    tell_lost(response);
    sio__conn_close(conn, 0);
}

/* --- upgrades --------------------------------------------------------------------------------- */

int sio__response_send_switch(sio_http_response_t *response, const char *lines, size_t length) {
    int rc = check_open(response);
    if (rc == 0 && response->started)
        rc = SIO_EDONE;
    if (rc < 0)
        return rc;
    sio__writer_t writer;
    begin_writer(&writer, response);
    sio__writer_put(&writer, lines, length);
    sio__writer_put(&writer, response->headers.data, response->headers.length);
    PUT(&writer, "\r\n");
    rc = send_written(&writer, response);
    if (rc == 0)
        response->open = 0;
    return rc;
}

/* The bytes of [E33]; of the headers added so far only those go along that such a refusal
 * needs [E36]. */
int sio__response_refuse_upgrade(sio_http_response_t *response, int status, const char *body) {
    static const char *const needed[] = {"sec-websocket-", "upgrade:", "retry-after:", NULL};
    int rc = check_open(response);
    if (rc == 0 && response->started)
        rc = SIO_EDONE;
    if (rc < 0)
        return rc;
    sio__writer_t writer;
    begin_writer(&writer, response);
    put_status_line(&writer, status);
    PUT(&writer, "Connection: close\r\nContent-type: text/html\r\nContent-Length: ");
    sio__writer_u64(&writer, strlen(body));
    PUT(&writer, "\r\n");
    if (response->headers.length > 0)
        put_some_headers(&writer, &response->headers, needed, 1);
    PUT(&writer, "\r\n");
    put_text(&writer, body);
    rc = send_written(&writer, response);
    if (rc < 0) {
        sio__response_abort(response); /* nobody else ends it */
        return rc;
    }
    response->close = 1;
    done(response);
    return 0;
}
