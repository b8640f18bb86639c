#include "eio/payload_v3.h"
#include "base/utf8.h"
#include <sio/error.h>
#include <stdint.h>
#include <string.h>

enum { UNIT_TEXT = 0, UNIT_BINARY = 1, UNIT_END = 0xff };

/* --- reading ---------------------------------------------------------------------------------- */

void eio__payload_v3_begin(eio__payload_v3_t *payload, char *data, size_t length, int binary) {
    *payload = (eio__payload_v3_t){data, length, binary};
}

/* Moves past `length` bytes. */
static char *take(eio__payload_v3_t *payload, size_t length) {
    char *data = payload->at;
    payload->at += length;
    payload->left -= length;
    return data;
}

/* Reads digits that count from `zero`, up to `end`. A number larger than what is left is one that
 * lies. */
static int read_length(eio__payload_v3_t *payload, unsigned char zero, unsigned char end,
                       size_t *length) {
    size_t i = 0, value = 0;
    for (; i < payload->left && (unsigned char) payload->at[i] != end; i++) {
        unsigned digit = (unsigned) (unsigned char) payload->at[i] - zero;
        if (digit > 9 || value > payload->left)
            return SIO_EPROTO;
        value = value * 10 + digit;
    }
    if (i == 0 || i == payload->left)
        return SIO_EPROTO;
    take(payload, i + 1);
    *length = value;
    return 0;
}

static int next_text(eio__payload_v3_t *payload, eio__packet_t *packet) {
    size_t units, length;
    do {
        if (payload->left == 0)
            return 0;
        if (read_length(payload, '0', ':', &units) < 0)
            return SIO_EPROTO;
    } while (units == 0); /* "0:" is how nothing is written */
    length = sio__utf8_of_units(payload->at, payload->left, units);
    if (length == SIZE_MAX)
        return SIO_EPROTO;
    char *text = take(payload, length);
    length = sio__utf8_undouble(text, length);
    int rc = eio__packet_decode_v3(packet, text, length);
    return rc < 0 ? rc : 1;
}

static int next_unit(eio__payload_v3_t *payload, eio__packet_t *packet) {
    size_t length;
    if (payload->left == 0)
        return 0;
    char kind = *take(payload, 1);
    if ((kind != UNIT_TEXT && kind != UNIT_BINARY) ||
        read_length(payload, 0, UNIT_END, &length) < 0 || length > payload->left)
        return SIO_EPROTO;
    char *data = take(payload, length);
    if (kind == UNIT_TEXT && !sio__utf8_tolerate(data, length)) /* [V9] */
        return SIO_EPROTO;
    int rc = kind == UNIT_TEXT ? eio__packet_decode_v3(packet, data, length)
                               : eio__packet_decode_typed(packet, data, length);
    return rc < 0 ? rc : 1;
}

int eio__payload_v3_next(eio__payload_v3_t *payload, eio__packet_t *packet) {
    int rc = payload->binary ? next_unit(payload, packet) : next_text(payload, packet);
    if (rc < 0)
        payload->left = 0;
    return rc;
}

/* --- writing ---------------------------------------------------------------------------------- */

void eio__payload_v3_put(sio__writer_t *writer, const void *packet, size_t length) {
    sio__writer_u64(writer, sio__utf8_units(packet, length));
    sio__writer_byte(writer, ':');
    sio__writer_put(writer, packet, length);
}

void eio__payload_v3_put_unit(sio__writer_t *writer, int binary, const void *packet,
                              size_t length) {
    char digits[20];
    size_t count = 0;
    for (size_t rest = length; rest != 0 || count == 0; rest /= 10)
        digits[count++] = (char) (rest % 10);
    sio__writer_byte(writer, binary ? UNIT_BINARY : UNIT_TEXT);
    while (count > 0)
        sio__writer_byte(writer, digits[--count]);
    sio__writer_byte(writer, (char) UNIT_END);
    sio__writer_put(writer, packet, length);
}

/* A text part begins with a digit, a unit with 0 or 1. */
int eio__payload_v3_part(const unsigned char *part, size_t part_length,
                         const unsigned char **packet, size_t *length) {
    int unit = *part == UNIT_BINARY;
    const unsigned char *end = memchr(part, unit ? UNIT_END : ':', part_length);
    *packet = end + 1;
    *length = part_length - (size_t) (end + 1 - part);
    return unit;
}
