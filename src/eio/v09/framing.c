#include "eio/v09/framing.h"
#include "base/utf8.h"
#include <sio/error.h>
#include <stdint.h>
#include <string.h>

static const char mark[] = {(char) 0xef, (char) 0xbf, (char) 0xbd};

enum { MARK = sizeof(mark) };

static int at_mark(const eio__v09_payload_t *payload) {
    return payload->left >= MARK && memcmp(payload->at, mark, MARK) == 0;
}

static char *take(eio__v09_payload_t *payload, size_t length) {
    char *text = payload->at;
    payload->at += length;
    payload->left -= length;
    return text;
}

void eio__v09_payload_begin(eio__v09_payload_t *payload, char *text, size_t length) {
    *payload = (eio__v09_payload_t){text, length, 0};
    payload->framed = at_mark(payload);
}

/* Digits between two marks; a number larger than what is left is one that lies. */
static int read_units(eio__v09_payload_t *payload, size_t *units) {
    size_t value = 0, digits = 0;
    if (!at_mark(payload))
        return SIO_EPROTO;
    take(payload, MARK);
    for (; payload->left > 0 && *payload->at >= '0' && *payload->at <= '9'; digits++) {
        if (value > payload->left)
            return SIO_EPROTO;
        value = value * 10 + (size_t) (*take(payload, 1) - '0');
    }
    if (digits == 0 || !at_mark(payload))
        return SIO_EPROTO;
    take(payload, MARK);
    *units = value;
    return 0;
}

int eio__v09_payload_next(eio__v09_payload_t *payload, char **message, size_t *length) {
    size_t units;
    if (payload->left == 0)
        return 0;
    if (!payload->framed) {
        *length = payload->left;
        *message = take(payload, payload->left);
        return 1;
    }
    if (read_units(payload, &units) < 0)
        return SIO_EPROTO;
    *length = sio__utf8_of_units(payload->at, payload->left, units);
    if (*length == SIZE_MAX)
        return SIO_EPROTO;
    *message = take(payload, *length);
    return 1;
}

void eio__v09_payload_put(sio__writer_t *writer, const void *message, size_t length) {
    sio__writer_put(writer, mark, MARK);
    sio__writer_u64(writer, sio__utf8_units(message, length));
    sio__writer_put(writer, mark, MARK);
    sio__writer_put(writer, message, length);
}

const unsigned char *eio__v09_payload_message(const unsigned char *framed, size_t framed_length,
                                              size_t *length) {
    const unsigned char *at = framed + MARK;
    while (*at >= '0' && *at <= '9')
        at++;
    at += MARK;
    *length = framed_length - (size_t) (at - framed);
    return at;
}
