#include "net/parser.h"
#include <llhttp.h>
#include <sio/error.h>
#include <stdlib.h>

enum {
    HEADER_OVERHEAD = 4, /* ": " and CR LF count as bytes of a header */
    RAW_SLACK = 4096,    /* blanks, the method and the like, beyond the other limits */
    KEPT_CAPACITY = 4096 /* buffers up to this size stay with an idle connection */
};

typedef struct {
    sio__parser_t public;
    llhttp_t llhttp;
} parser_t;

static parser_t *parser_of(const llhttp_t *llhttp) {
    return llhttp->data;
}

/* Stops llhttp; the status is what the peer is told. */
static int refuse(parser_t *parser, int status, const char *reason) {
    parser->public.status = status;
    parser->public.reason = reason;
    return HPE_USER;
}

static int refuse_memory(parser_t *parser, int rc) {
    return rc == SIO_ETOOBIG ? refuse(parser, 431, "header too large")
                             : refuse(parser, 503, "out of memory");
}

/* --- llhttp's callbacks ----------------------------------------------------------------------- */

static int on_url(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    sio__headbuf_t *head = &parser->public.head;
    size_t gathered = head->block.length - head->text;
    uint32_t max = parser->public.options->max_url_bytes;
    if (gathered > max || length > max - gathered)
        return refuse(parser, 414, "URL too long");
    int rc = sio__headbuf_put(head, at, length);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_url_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    int rc = sio__headbuf_url_end(&parser->public.head);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int count_header_bytes(parser_t *parser, size_t length) {
    uint32_t max = parser->public.options->max_header_bytes;
    if (length > max || parser->public.header_bytes > max - length)
        return refuse(parser, 431, "header too large");
    parser->public.header_bytes += (uint32_t) length;
    return 0;
}

/* The first piece of a header's name. */
static int begin_header(parser_t *parser, const char *at, size_t length) {
    parser->public.in_name = 1;
    if (parser->public.header_count >= parser->public.options->max_header_count)
        return refuse(parser, 431, "too many headers");
    parser->public.header_count++;
    if (count_header_bytes(parser, HEADER_OVERHEAD + length) != 0)
        return HPE_USER;
    /* Trailers are counted and dropped: nobody may take them for headers (RFC 9110 6.5.1). */
    int rc = parser->public.in_body ? 0 : sio__headbuf_name(&parser->public.head, at, length);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

/* More of a name or value. */
static int more_header(parser_t *parser, const char *at, size_t length) {
    if (count_header_bytes(parser, length) != 0)
        return HPE_USER;
    int rc = parser->public.in_body ? 0 : sio__headbuf_put(&parser->public.head, at, length);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    return parser->public.in_name ? more_header(parser, at, length)
                                  : begin_header(parser, at, length);
}

static int on_header_field_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    parser->public.in_name = 0;
    int rc = parser->public.in_body ? 0 : sio__headbuf_name_end(&parser->public.head);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t length) {
    return more_header(parser_of(llhttp), at, length);
}

static int on_header_value_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    int rc = parser->public.in_body ? 0 : sio__headbuf_value_end(&parser->public.head);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    sio__parser_t *public = &parser->public;
    int rc = sio__headbuf_finish(&public->head);
    if (rc < 0)
        return refuse_memory(parser, rc);
    sio__headbuf_head(&public->head)->method =
        llhttp_method_name((llhttp_method_t) llhttp->method);
    public->major = llhttp->http_major;
    public->minor = llhttp->http_minor;
    public->keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    public->connect = llhttp->method == HTTP_CONNECT;
    public->upgrade = llhttp->upgrade != 0 && !public->connect;
    public->content_length = (llhttp->flags & F_CONTENT_LENGTH) != 0 ? llhttp->content_length : 0;
    public->has_body = (llhttp->flags & F_CHUNKED) != 0 || public->content_length > 0;
    public->in_body = 1;
    return HPE_PAUSED;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    sio__parser_t *public = &parser->public;
    public->body_bytes += length;
    if (public->drop_body || public->too_big)
        return 0;
    if (public->body_bytes > public->max_body) {
        public->too_big = 1;
        sio__buf_free(&public->body);
        return 0;
    }
    return sio__buf_append(&public->body, at, length) < 0
               ? refuse(parser, 503, "out of memory")
               : 0;
}

/* Extensions mean nothing to anybody, and llhttp skips them whatever their size. */
static int on_chunk_extension(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    uint32_t max = parser->public.options->max_header_bytes;
    (void) at;
    if (length > max || parser->public.extension_bytes > max - length)
        return refuse(parser, 413, "chunk extensions too large");
    parser->public.extension_bytes += (uint32_t) length;
    return 0;
}

static int on_message_complete(llhttp_t *llhttp) {
    (void) llhttp;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_url_complete = on_url_complete,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_message_complete = on_message_complete,
};

/* --- the parser ------------------------------------------------------------------------------- */

sio__parser_t *sio__parser_new(const sio_options_t *options) {
    parser_t *parser = calloc(1, sizeof(*parser));
    if (parser == NULL)
        return NULL;
    parser->public.options = options;
    return &parser->public;
}

void sio__parser_free(sio__parser_t *public) {
    if (public == NULL)
        return;
    sio__headbuf_free(&public->head);
    sio__buf_free(&public->body);
    free((parser_t *) public);
}

int sio__parser_begin(sio__parser_t *public) {
    parser_t *parser = (parser_t *) public;
    sio__headbuf_t head = public->head;
    sio__buf_t body = public->body;
    body.length = 0;
    *public = (sio__parser_t){.options = public->options, .head = head, .body = body};
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
    return sio__headbuf_begin(&public->head);
}

/* What llhttp objects to. */
static void explain(parser_t *parser, llhttp_errno_t error) {
    if (parser->public.status != 0)
        return;
    parser->public.reason = llhttp_get_error_reason(&parser->llhttp);
    if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE)
        parser->public.status = 505;
    else
        parser->public.status = 400;
    if (parser->public.reason == NULL)
        parser->public.reason = llhttp_errno_name(error);
}

/* The other limits count what is kept; this one what is skipped, too (blanks before a value
 * have no end). */
static int head_too_long(parser_t *parser, size_t length) {
    const sio_options_t *options = parser->public.options;
    parser->public.raw_bytes += length;
    return parser->public.raw_bytes > (uint64_t) options->max_url_bytes +
                                          2 * (uint64_t) options->max_header_bytes +
                                          4 * (uint64_t) options->max_header_count + RAW_SLACK;
}

sio__parse_t sio__parser_feed(sio__parser_t *public, const char *data, size_t length,
                              size_t *used) {
    parser_t *parser = (parser_t *) public;
    int in_head = !public->in_body;
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, data, length);
    if (error == HPE_OK) {
        *used = length;
        if (!in_head || public->in_body || !head_too_long(parser, length))
            return SIO__PARSE_MORE;
        refuse(parser, 431, "header too large");
        return SIO__PARSE_BAD;
    }
    if (error != HPE_PAUSED && error != HPE_PAUSED_UPGRADE) {
        *used = length;
        explain(parser, error);
        return SIO__PARSE_BAD;
    }
    *used = (size_t) (llhttp_get_error_pos(&parser->llhttp) - data);
    if (error == HPE_PAUSED)
        llhttp_resume(&parser->llhttp);
    return in_head ? SIO__PARSE_HEAD : SIO__PARSE_DONE;
}

void sio__parser_set_upgrade(sio__parser_t *public, int upgrade) {
    public->upgrade = upgrade != 0;
    ((parser_t *) public)->llhttp.upgrade = upgrade != 0;
}

static void trim(sio__buf_t *buf) {
    if (buf->capacity > KEPT_CAPACITY)
        sio__buf_free(buf);
}

void sio__parser_trim(sio__parser_t *parser) {
    trim(&parser->head.block);
    trim(&parser->body);
}
