#include "frame.h"

#include "fail.h"

#include <string.h>

#define FINAL        0x80
#define RESERVED     0x70
#define OPCODE       0x0f
#define CONTINUATION 0
#define MASKED       0x80
#define IN_16_BITS   126
#define IN_64_BITS   127

/* Any mask will do as long as the server has to take it off: bytes of zero could be skipped. */
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

size_t frame_size(size_t payload_length) {
    return 2 +
           (payload_length < IN_16_BITS    ? 0u
            : payload_length <= UINT16_MAX ? 2u
                                           : 8u) +
           sizeof mask + payload_length;
}

static uint8_t *write_big_endian(uint8_t *out, uint64_t value, int bytes) {
    while (bytes-- > 0)
        *out++ = (uint8_t) (value >> (8 * bytes));
    return out;
}

size_t frame_write(uint8_t *out, int opcode, const void *payload, size_t length) {
    const uint8_t *from = payload;
    uint8_t *to = out;

    *to++ = (uint8_t) (FINAL | opcode);
    if (length < IN_16_BITS) {
        *to++ = (uint8_t) (MASKED | length);
    } else if (length <= UINT16_MAX) {
        *to++ = MASKED | IN_16_BITS;
        to = write_big_endian(to, length, 2);
    } else {
        *to++ = MASKED | IN_64_BITS;
        to = write_big_endian(to, length, 8);
    }
    memcpy(to, mask, sizeof mask);
    to += sizeof mask;
    for (size_t i = 0; i < length; i++)
        to[i] = from[i] ^ mask[i % sizeof mask];
    return (size_t) (to - out) + length;
}

static size_t header_size(uint8_t second) {
    return second < IN_16_BITS ? 2 : second == IN_16_BITS ? 4 : 10;
}

static void parse_header(frame_reader_t *reader) {
    uint8_t first = reader->header[0], second = reader->header[1];

    if (first & RESERVED || second & MASKED)
        fail("unexpected frame header: %02x %02x", first, second);
    reader->final = first & FINAL;
    reader->left = second < IN_16_BITS ? second : 0;
    for (size_t i = 2; i < reader->have; i++)
        reader->left = reader->left << 8 | reader->header[i];
    if ((first & OPCODE) != CONTINUATION) {
        reader->opcode = first & OPCODE;
        reader->offset = 0;
    }
    reader->have = 0;
    reader->in_payload = true;
}

static bool take_header(frame_reader_t *reader, const uint8_t **data, size_t *size) {
    while (reader->have < 2 || reader->have < header_size(reader->header[1])) {
        if (*size == 0)
            return false;
        reader->header[reader->have++] = *(*data)++;
        --*size;
    }
    parse_header(reader);
    return true;
}

bool frame_next(frame_reader_t *reader, const uint8_t **data, size_t *size, frame_piece_t *piece) {
    if (reader->in_payload ? *size == 0 : !take_header(reader, data, size))
        return false;

    piece->opcode = reader->opcode;
    piece->offset = reader->offset;
    piece->data = *data;
    piece->size = reader->left < *size ? (size_t) reader->left : *size;
    reader->left -= piece->size;
    reader->offset += piece->size;
    reader->in_payload = reader->left > 0;
    piece->last = reader->final && !reader->in_payload;
    *data += piece->size;
    *size -= piece->size;
    return true;
}
