/*
 * From bytes to messages. The usual frame is whole in the loop's read buffer: it is unmasked,
 * checked and delivered there. One that is cut by the buffer's end gets memory of its own (a
 * partial), which grows with what has really arrived; fragments go to wslay (see odd.h);
 * control frames are answered here, also between fragments.
 */
#include "base/utf8.h"
#include "ws/mask.h"
#include "ws/state.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { RSV1 = 0x40 };

static void partial_free(sio__ws_partial_t *partial) {
    if (partial == NULL)
        return;
    sio__buf_free(&partial->payload);
    free(partial);
}

static size_t least(uint64_t a, size_t b) {
    return a < b ? (size_t) a : b;
}

/* --- whole frames ----------------------------------------------------------------------------- */

static void deliver(sio__ws_t *ws, char *data, size_t length, int binary) {
    if (ws->user != NULL)
        ws->user->message(ws, data, length, binary);
}

static void answer_ping(sio__ws_t *ws, const char *payload, size_t length) {
    sio__frame_t pong;
    if (ws->state != SIO__WS_OPEN)
        return;
    /* Without memory there is no pong: the peer may ask again. */
    if (sio__frame_make(sio__ws_conn(ws)->loop->scratch, SIO__WS_PONG, payload, length, &pong) == 0)
        sio__ws_send(ws, &pong);
}

static void take_close(sio__ws_t *ws, const char *payload, size_t length) {
    if (length > 0) {
        const unsigned char *bytes = (const unsigned char *) payload;
        if (length == 1 || !sio__ws_is_close_code(bytes[0] << 8 | bytes[1])) {
            sio__ws_fail(ws, SIO__WS_PROTOCOL_ERROR, SIO_EPROTO);
            return;
        }
        if (!sio__utf8_valid(payload + 2, length - 2)) {
            sio__ws_fail(ws, SIO__WS_BAD_DATA, SIO_EUTF8);
            return;
        }
    }
    sio__ws_peer_closed(ws, payload, length);
}

/* A frame whose payload is there, unmasked. `checked` bytes of a text are known to be good. */
static void take_frame(sio__ws_t *ws, int opcode, char *payload, size_t length, size_t checked) {
    switch (opcode) {
    case SIO__WS_TEXT:
        if (checked < length && !sio__utf8_valid(payload + checked, length - checked)) {
            sio__ws_fail(ws, SIO__WS_BAD_DATA, SIO_EUTF8);
            return;
        }
        deliver(ws, payload, length, 0);
        return;
    case SIO__WS_BINARY:
        deliver(ws, payload, length, 1);
        return;
    case SIO__WS_PING:
        answer_ping(ws, payload, length);
        return;
    case SIO__WS_PONG:
        if (ws->user != NULL && ws->user->pong != NULL && ws->state == SIO__WS_OPEN)
            ws->user->pong(ws, payload, length);
        return;
    default:
        take_close(ws, payload, length);
    }
}

/* --- frames that are cut ---------------------------------------------------------------------- */

/* Takes bytes of the payload into the partial; a wrong text is noticed at once, not at its end. */
static int absorb(sio__ws_partial_t *partial, const char *data, size_t length) {
    sio__buf_t *payload = &partial->payload;
    if (length == 0)
        return 0;
    int rc = sio__buf_reserve(payload, length);
    if (rc < 0)
        return rc;
    sio__ws_unmask(payload->data + payload->length, data, length, partial->header.mask,
                   payload->length);
    payload->length += length;
    if (partial->header.opcode != SIO__WS_TEXT)
        return 0;
    const char *fresh = payload->data + partial->checked;
    size_t left = payload->length - partial->checked;
    size_t good = sio__utf8_valid_prefix(fresh, left);
    partial->checked += good;
    return good == left || sio__utf8_incomplete(fresh + good, left - good) ? 0 : SIO_EUTF8;
}

static void fail_with(sio__ws_t *ws, int error) {
    sio__ws_fail(ws, error == SIO_EUTF8   ? SIO__WS_BAD_DATA
                     : error == SIO_EPROTO ? SIO__WS_PROTOCOL_ERROR
                                           : SIO__WS_INTERNAL_ERROR, error);
}

/* Fails the connection without memory. */
static sio__ws_partial_t *partial_new(sio__ws_t *ws) {
    sio__ws_partial_t *partial =
        sio__ws_need_more(ws) < 0 ? NULL : calloc(1, sizeof(*partial));
    if (partial != NULL)
        ws->more->partial = partial;
    else
        fail_with(ws, SIO_ENOMEM);
    return partial;
}

/* Begins a partial with the part of the payload that is there. */
static void begin_partial(sio__ws_t *ws, const sio__ws_header_t *header, const char *data,
                          size_t length) {
    sio__ws_partial_t *partial = partial_new(ws);
    if (partial == NULL)
        return;
    partial->header = *header;
    int rc = absorb(partial, data, length);
    if (rc < 0)
        fail_with(ws, rc);
}

static size_t continue_partial(sio__ws_t *ws, sio__ws_partial_t *partial, const char *data,
                               size_t length) {
    length = least(partial->header.length - partial->payload.length, length);
    int rc = absorb(partial, data, length);
    if (rc < 0) {
        fail_with(ws, rc);
    } else if (partial->payload.length == partial->header.length) {
        ws->more->partial = NULL; /* whatever the user does now, the payload stays */
        take_frame(ws, partial->header.opcode, partial->payload.data, partial->payload.length,
                   partial->checked);
        partial_free(partial);
    }
    return length;
}

/* --- fragments -------------------------------------------------------------------------------- */

/* After wslay got something: a message may be complete. */
static void after_feeding(sio__ws_t *ws, int rc) {
    if (rc < 0) {
        fail_with(ws, rc);
        return;
    }
    int binary;
    char empty = '\0';
    sio__odd_t *odd = sio__ws_odd(ws);
    sio__buf_t *message = sio__odd_message(odd, &binary);
    if (message == NULL)
        return;
    ws->more->odd = NULL;
    deliver(ws, message->data != NULL ? message->data : &empty, message->length, binary);
    sio__odd_return(&sio__ws_pool(ws)->odd, odd);
}

static void begin_fragment(sio__ws_t *ws, const sio__ws_header_t *header,
                           const unsigned char *head, size_t head_length) {
    if (sio__ws_odd(ws) == NULL && sio__ws_need_more(ws) == 0)
        ws->more->odd = sio__odd_lend(&sio__ws_pool(ws)->odd);
    if (sio__ws_odd(ws) == NULL)
        fail_with(ws, SIO_ENOMEM);
    else
        after_feeding(ws, sio__odd_frame(ws->more->odd, head, head_length, header->length));
}

static size_t continue_fragment(sio__ws_t *ws, const char *data, size_t length) {
    sio__odd_t *odd = ws->more->odd;
    length = least(sio__odd_left(odd), length);
    after_feeding(ws, sio__odd_feed(odd, data, length));
    return length;
}

/* --- compressed messages ---------------------------------------------------------------------- */

/* This frame begins a message that is compressed, or goes on with one. */
static int is_compressed(const sio__ws_t *ws, const sio__ws_header_t *header,
                         const unsigned char *head) {
    return (head[0] & RSV1) != 0 ||
           (header->opcode == SIO__WS_CONTINUATION && sio__ws_deflate_active(ws->more->deflate));
}

static void fail_inflating(sio__ws_t *ws, int error) {
    sio__ws_fail(ws, error == SIO_ETOOBIG   ? SIO__WS_TOO_BIG
                     : error == SIO_ENOMEM ? SIO__WS_INTERNAL_ERROR
                                           : SIO__WS_BAD_DATA, error);
}

/* After bytes or a frame without any: the message may be complete. */
static void after_inflating(sio__ws_t *ws, int rc) {
    sio__ws_deflate_t *deflate = ws->more->deflate;
    sio__zips_t *zips = &sio__ws_conn(ws)->loop->zips;
    sio__buf_t message;
    int opcode;
    char empty = '\0';
    if (rc == 0 && !sio__ws_deflate_complete(deflate))
        return;
    if (rc == 0)
        rc = sio__ws_deflate_end(deflate, ws->max_message, &message, &opcode);
    if (rc != 0) {
        fail_inflating(ws, rc);
        return;
    }
    /* Whatever the user does now, the message stays. */
    take_frame(ws, opcode, message.data != NULL ? message.data : &empty, message.length, 0);
    sio__zips_return_buf(zips, &message);
}

static size_t continue_compressed(sio__ws_t *ws, char *data, size_t length) {
    length = least(sio__ws_deflate_left(ws->more->deflate), length);
    after_inflating(ws, sio__ws_deflate_feed(ws->more->deflate, ws->max_message, data, length));
    return length;
}

/* Returns the bytes taken of its payload. */
static size_t begin_compressed(sio__ws_t *ws, const sio__ws_header_t *header, char *data,
                               size_t length) {
    sio__ws_deflate_frame(ws->more->deflate, header);
    if (header->length > 0)
        return length > 0 ? continue_compressed(ws, data, length) : 0;
    after_inflating(ws, 0);
    return 0;
}

/* --- the stream ------------------------------------------------------------------------------- */

/* A header is complete: takes what is there of the payload, or leaves it to the next step.
 * Returns the bytes taken. */
static size_t begin_frame(sio__ws_t *ws, const sio__ws_header_t *header, const unsigned char *head,
                          size_t head_length, char *data, size_t length) {
    if (!sio__ws_is_control(header->opcode)) {
        if (ws->state == SIO__WS_CLOSING) {
            ws->more->closing->skip = header->length;
            return 0;
        }
        if (ws->deflates && is_compressed(ws, header, head))
            return begin_compressed(ws, header, data, length);
        if (!header->fin || header->opcode == SIO__WS_CONTINUATION) {
            begin_fragment(ws, header, head, head_length);
            return 0;
        }
    }
    if (length < header->length) {
        begin_partial(ws, header, data, length);
        return length;
    }
    length = (size_t) header->length;
    int high = sio__ws_unmask(data, data, length, header->mask, 0);
    take_frame(ws, header->opcode, data, length, high ? 0 : length);
    return length;
}

/* The header where compression was agreed on: RSV1 may be set, in the first frame of a message
 * alone (RFC 7692 6). */
static size_t read_deflate_header(const sio__ws_t *ws, sio__ws_header_t *header,
                                  const unsigned char *data, size_t length, uint64_t limit,
                                  int fragmented) {
    const sio__ws_deflate_t *deflate = ws->more != NULL ? ws->more->deflate : NULL;
    unsigned char head[SIO__WS_HEADER_MAX];
    length = least(sizeof(head), length);
    memcpy(head, data, length);
    const int opcode = head[0] & 0x0f;
    if (opcode == SIO__WS_TEXT || opcode == SIO__WS_BINARY)
        head[0] &= (unsigned char) ~RSV1;
    if (deflate != NULL && fragmented == 0 && sio__ws_deflate_active(deflate)) {
        fragmented = 1;
        limit -= sio__ws_deflate_length(deflate);
    }
    return sio__ws_header_read(header, head, length, limit, fragmented);
}

static size_t read_header(sio__ws_t *ws, sio__ws_header_t *header, const unsigned char *data,
                          size_t length) {
    uint64_t limit = ws->max_message;
    int fragmented = sio__ws_odd(ws) != NULL;
    if (fragmented)
        limit -= sio__odd_length(ws->more->odd);
    if (ws->state == SIO__WS_CLOSING) {
        limit = UINT64_MAX;
        fragmented = -1;
    }
    size_t size = ws->deflates
                      ? read_deflate_header(ws, header, data, length, limit, fragmented)
                      : sio__ws_header_read(header, data, length, limit, fragmented);
    if (header->refused != 0)
        sio__ws_fail(ws, header->refused,
                     header->refused == SIO__WS_TOO_BIG ? SIO_ETOOBIG : SIO_EPROTO);
    return size;
}

/* The header was cut: puts its pieces together. */
static size_t continue_header(sio__ws_t *ws, sio__ws_partial_t *partial, char *data,
                              size_t length) {
    const size_t before = partial->head_length;
    const size_t taken = least(sizeof(partial->head) - before, length);
    memcpy(partial->head + before, data, taken);

    sio__ws_header_t header;
    size_t size = read_header(ws, &header, partial->head, before + taken);
    if (ws->state == SIO__WS_DONE)
        return length;
    if (size == 0) {
        partial->head_length = (uint8_t) (before + taken);
        return taken;
    }
    unsigned char head[SIO__WS_HEADER_MAX];
    memcpy(head, partial->head, size);
    ws->more->partial = NULL;
    partial_free(partial);
    size_t used = size - before;
    return used + begin_frame(ws, &header, head, size, data + used, length - used);
}

static void keep_head(sio__ws_t *ws, const char *data, size_t length) {
    sio__ws_partial_t *partial = partial_new(ws);
    if (partial == NULL)
        return;
    memcpy(partial->head, data, length);
    partial->head_length = (uint8_t) length;
}

/* Goes on with what is under way; returns the bytes taken, 0 if nothing is. */
static size_t step_on(sio__ws_t *ws, char *data, size_t length) {
    sio__ws_more_t *more = ws->more;
    sio__ws_partial_t *partial = more->partial;
    if (partial != NULL)
        return partial->head_length > 0 ? continue_header(ws, partial, data, length)
                                        : continue_partial(ws, partial, data, length);
    if (more->odd != NULL && sio__odd_left(more->odd) > 0)
        return continue_fragment(ws, data, length);
    if (more->deflate != NULL && sio__ws_deflate_left(more->deflate) > 0)
        return continue_compressed(ws, data, length);
    if (more->closing != NULL && more->closing->skip > 0) {
        length = least(more->closing->skip, length);
        more->closing->skip -= length;
        return length;
    }
    return 0;
}

/* One step: a frame or a part of one. Returns the bytes taken. */
static size_t step(sio__ws_t *ws, char *data, size_t length) {
    size_t taken = ws->more != NULL ? step_on(ws, data, length) : 0;
    if (taken > 0)
        return taken;
    sio__ws_header_t header;
    const unsigned char *head = (const unsigned char *) data;
    size_t size = read_header(ws, &header, head, length);
    if (ws->state == SIO__WS_DONE)
        return length;
    if (size == 0) {
        keep_head(ws, data, length);
        return length;
    }
    return size + begin_frame(ws, &header, head, size, data + size, length - size);
}

void sio__ws_receive(sio__ws_t *ws, char *data, size_t length) {
    ws->busy = 1;
    while (length > 0 && ws->state != SIO__WS_DONE) {
        size_t taken = step(ws, data, length);
        data += taken;
        length -= taken;
    }
    ws->busy = 0;
    if (ws->more != NULL)
        sio__ws_tidy(ws);
    if (ws->dead)
        sio__ws_pool_leave(sio__ws_pool(ws));
}

void sio__ws_drop_incoming(sio__ws_t *ws) {
    sio__ws_more_t *more = ws->more;
    sio__ws_partial_t *partial = more->partial;
    /* Half a header or a control frame stays: it may be the peer's close. */
    if (partial != NULL && partial->head_length == 0 &&
        !sio__ws_is_control(partial->header.opcode)) {
        more->closing->skip = partial->header.length - partial->payload.length;
        partial_free(partial);
        more->partial = NULL;
    }
    if (more->odd != NULL) {
        more->closing->skip = sio__odd_left(more->odd);
        sio__odd_return(&sio__ws_pool(ws)->odd, more->odd);
        more->odd = NULL;
    }
    if (more->deflate != NULL) {
        if (sio__ws_deflate_active(more->deflate))
            more->closing->skip = sio__ws_deflate_left(more->deflate);
        sio__ws_deflate_free(more->deflate);
        more->deflate = NULL;
    }
}

void sio__ws_free_incoming(sio__ws_t *ws) {
    sio__ws_more_t *more = ws->more;
    if (more == NULL)
        return;
    partial_free(more->partial);
    more->partial = NULL;
    sio__odd_return(&sio__ws_pool(ws)->odd, more->odd);
    more->odd = NULL;
    sio__ws_deflate_free(more->deflate);
    more->deflate = NULL;
}

uint64_t sio__ws_under_way(const sio__ws_t *ws) {
    const sio__ws_more_t *more = ws->more;
    uint64_t bytes = 0;
    if (more == NULL)
        return 0;
    if (more->partial != NULL)
        bytes += more->partial->head_length + more->partial->payload.length;
    if (more->odd != NULL)
        bytes += sio__odd_length(more->odd) - sio__odd_left(more->odd);
    if (more->deflate != NULL && sio__ws_deflate_active(more->deflate))
        bytes += sio__ws_deflate_length(more->deflate) - sio__ws_deflate_left(more->deflate);
    return bytes;
}
