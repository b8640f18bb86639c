#include "net/parser.h"
#include "base/text.h"
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

/* llhttp knows methods of other protocols, too. */
static int refuse_method(parser_t *parser) {
    int method = parser->llhttp.method;
    if (method == HTTP_PRI)
        return refuse(parser, 505, "the preface of HTTP/2");
    return method >= HTTP_SOURCE && method <= HTTP_FLUSH ? refuse(parser, 501, "unknown method") : 0;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    sio__headbuf_t *head = &parser->public.head;
    size_t gathered = head->block.length - head->text;
    if (gathered == 0 && refuse_method(parser) != 0)
        return HPE_USER;
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
    int rc = sio__headbuf_name(&parser->public.head, at, length);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

/* More of a name or value. */
static int more_header(parser_t *parser, const char *at, size_t length) {
    if (count_header_bytes(parser, length) != 0)
        return HPE_USER;
    int rc = sio__headbuf_put(&parser->public.head, at, length);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t length) {
    parser_t *parser = parser_of(llhttp);
    return parser->public.in_name ? more_header(parser, at, length)
                                  : begin_header(parser, at, length);
}

/* In its lenient builds llhttp takes names with blanks in them. */
static int has_blank(const sio__headbuf_t *head) {
#if LLHTTP_VERSION_MAJOR < 9 && !LLHTTP_STRICT_MODE
    return memchr(head->block.data + head->text, ' ', head->block.length - head->text) != NULL;
#else
    (void) head;
    return 0;
#endif
}

static int on_header_field_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    sio__headbuf_t *head = &parser->public.head;
    if (!parser->public.in_name || head->block.length == head->text || has_blank(head))
        return refuse(parser, 400, "malformed name of a header");
    parser->public.in_name = 0;
    int rc = sio__headbuf_name_end(head);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t length) {
    return more_header(parser_of(llhttp), at, length);
}

static int on_header_value_complete(llhttp_t *llhttp) {
    parser_t *parser = parser_of(llhttp);
    int rc = sio__headbuf_value_end(&parser->public.head);
    return rc < 0 ? refuse_memory(parser, rc) : 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
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
};

/* --- the parser ------------------------------------------------------------------------------- */

sio__parser_t *sio__parser_new(const sio_options_t *options) {
    parser_t *parser = calloc(1, sizeof(*parser));
    if (parser == NULL)
        return NULL;
    parser->public.options = options;
    return (sio__parser_t *) parser;
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

/* --- the header ------------------------------------------------------------------------------- */

/* llhttp does not tell of the piece in which it gives up, though of its beginning, had that come by
 * itself: what is too long there counts first, however the bytes come. */
static void take_withheld(parser_t *parser, const char *at) {
    const sio__parser_t *public = &parser->public;
    const sio__head_t *head = sio__headbuf_head(&parser->public.head);
    llhttp_t *llhttp = &parser->llhttp;
    const char *piece = llhttp->_span_pos0;
    if (piece == NULL || at == NULL || at <= piece)
        return;
    size_t length = (size_t) (at - piece);
    if (head->records == 0)
        on_url(llhttp, piece, length);
    else if (!public->in_name && public->header_count > head->count)
        on_header_value(llhttp, piece, length);
    else
        on_header_field(llhttp, piece, length);
}

/* What llhttp objects to. The form of the version has been checked before. */
static void explain(parser_t *parser, llhttp_errno_t error) {
    const llhttp_t *llhttp = &parser->llhttp;
    const char *reason = llhttp_get_error_reason(llhttp), *at = llhttp_get_error_pos(llhttp);
    if (parser->public.status == 0)
        take_withheld(parser, at);
    if (parser->public.status != 0)
        return;
    /* Where it gives up on what begins as HTTP/2 does, depends on how the bytes come. */
    int status = error == HPE_INVALID_VERSION || llhttp->method == HTTP_PRI ? 505 : 400;
    /* It gives up at the first letter that none of the methods has there. */
    if (error == HPE_INVALID_METHOD && at != NULL && sio__text_is_token(*at))
        status = 501;
    refuse(parser, status, reason != NULL ? reason : llhttp_errno_name(error));
}

/* How much more of a header there may be. The other limits count what is kept, this one what is
 * skipped, too: blanks before a value have no end. */
static size_t head_room(const sio__parser_t *public) {
    const sio_options_t *options = public->options;
    uint64_t max = (uint64_t) options->max_url_bytes + 2 * (uint64_t) options->max_header_bytes +
                   4 * (uint64_t) options->max_header_count + RAW_SLACK;
    return max - public->raw_bytes < SIZE_MAX ? (size_t) (max - public->raw_bytes) : SIZE_MAX;
}

static void begin_body(sio__parser_t *public) {
    const sio_options_t *options = public->options;
    public->in_body = 1;
    public->has_body = public->message.framing == SIO__BODY_IN_CHUNKS || public->message.length > 0;
    if (public->message.framing == SIO__BODY_IN_CHUNKS)
        sio__chunked_begin(&public->chunked, options->max_header_bytes,
                           options->max_header_bytes - public->header_bytes,
                           options->max_header_count - public->header_count);
}

/* All of it has come: what it says. */
static sio__parse_t finish_head(parser_t *parser) {
    sio__parser_t *public = &parser->public;
    const llhttp_t *llhttp = &parser->llhttp;
    int rc = sio__headbuf_finish(&public->head);
    if (rc < 0) {
        refuse_memory(parser, rc);
        return SIO__PARSE_BAD;
    }
    sio__headbuf_head(&public->head)->method =
        llhttp_method_name((llhttp_method_t) llhttp->method);
    public->minor = llhttp->http_minor;
    public->keep_alive =
        llhttp_should_keep_alive(llhttp) != 0 && (llhttp->flags & F_CONNECTION_CLOSE) == 0;
    public->upgrade = llhttp->upgrade != 0 && llhttp->method != HTTP_CONNECT;
    if (llhttp->http_major != 1)
        refuse(parser, 505, "unsupported version of HTTP");
    else if (llhttp->method == HTTP_CONNECT)
        refuse(parser, 501, "CONNECT is for proxies");
    else
        public->status =
            sio__check(&public->head, public->minor, &public->message, &public->reason);
    if (public->status != 0)
        return SIO__PARSE_BAD;
    begin_body(public);
    return SIO__PARSE_HEAD;
}

/* llhttp gets what the lines let pass, so that the first byte that is wrong for either of them
 * decides about the answer, however the bytes come. */
static sio__parse_t feed_head(parser_t *parser, const char *data, size_t length, size_t *used) {
    sio__parser_t *public = &parser->public;
    size_t room = head_room(public);
    const char *reason;
    sio__lines_result_t lines =
        sio__lines_read(&public->lines, data, length < room ? length : room, used, &reason);
    public->raw_bytes += *used;
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, data, *used);
    if (error == HPE_PAUSED && lines == SIO__LINES_END &&
        llhttp_get_error_pos(&parser->llhttp) == data + *used)
        return finish_head(parser);
    if (error != HPE_OK)
        explain(parser, error);
    else if (lines == SIO__LINES_MORE && length <= room)
        return SIO__PARSE_MORE;
    else if (lines == SIO__LINES_MORE)
        refuse(parser, 431, "header too large");
    else
        refuse(parser, 400, lines == SIO__LINES_BAD ? reason : "a header without an end");
    return SIO__PARSE_BAD;
}

/* --- the body --------------------------------------------------------------------------------- */

/* More of it than is taken is counted and dropped. 0 or SIO_ENOMEM. */
static int take_body(sio__parser_t *public, const char *data, size_t length) {
    public->body_bytes += length;
    if (public->drop_body || public->too_big)
        return 0;
    if (public->body_bytes > public->max_body) {
        public->too_big = 1;
        sio__buf_free(&public->body);
        return 0;
    }
    return sio__buf_append(&public->body, data, length);
}

/* As much of the data as there is, of `*left` bytes that are to come. */
static int take_part(sio__parser_t *public, uint64_t *left, const char *data, size_t length,
                     size_t *used) {
    *used = length < *left ? length : (size_t) *left;
    *left -= *used;
    int rc = take_body(public, data, *used);
    return rc < 0 ? refuse_memory((parser_t *) public, rc) : 0;
}

static sio__parse_t feed_counted(sio__parser_t *public, const char *data, size_t length,
                                 size_t *used) {
    uint64_t *left = &public->message.length;
    if (take_part(public, left, data, length, used) != 0)
        return SIO__PARSE_BAD;
    return *left == 0 ? SIO__PARSE_DONE : SIO__PARSE_MORE;
}

static sio__parse_t feed_chunks(sio__parser_t *public, const char *data, size_t length,
                                size_t *used) {
    sio__chunked_t *chunked = &public->chunked;
    for (*used = 0; *used < length;) {
        if (chunked->left > 0) {
            size_t part;
            if (take_part(public, &chunked->left, data + *used, length - *used, &part) != 0)
                return SIO__PARSE_BAD;
            *used += part;
            continue;
        }
        switch (sio__chunked_byte(chunked, data[(*used)++])) {
        case SIO__CHUNKED_GO: break;
        case SIO__CHUNKED_END: return SIO__PARSE_DONE;
        case SIO__CHUNKED_BAD:
            refuse((parser_t *) public, chunked->status, chunked->reason);
            return SIO__PARSE_BAD;
        }
    }
    return SIO__PARSE_MORE;
}

sio__parse_t sio__parser_feed(sio__parser_t *public, const char *data, size_t length,
                              size_t *used) {
    if (!public->in_body)
        return feed_head((parser_t *) public, data, length, used);
    switch (public->message.framing) {
    case SIO__BODY_COUNTED: return feed_counted(public, data, length, used);
    case SIO__BODY_IN_CHUNKS: return feed_chunks(public, data, length, used);
    case SIO__BODY_ABSENT: break;
    }
    *used = 0;
    return SIO__PARSE_DONE;
}

static void trim(sio__buf_t *buf) {
    if (buf->capacity > KEPT_CAPACITY)
        sio__buf_free(buf);
}

void sio__parser_trim(sio__parser_t *parser) {
    trim(&parser->head.block);
    trim(&parser->body);
}
