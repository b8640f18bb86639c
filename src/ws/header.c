#include "ws/header.h"
#include <string.h>

static size_t refuse(sio__ws_header_t *header, uint16_t code) {
    header->refused = code;
    return 0;
}

/* What the first two bytes tell. */
static int is_allowed(const sio__ws_header_t *header, const unsigned char *data, int fragmented) {
    if ((data[0] & 0x70) != 0) /* no extension gives the RSV bits a meaning */
        return 0;
    if ((data[1] & 0x80) == 0) /* clients must mask (5.1) */
        return 0;
    switch (header->opcode) {
    case SIO__WS_CONTINUATION:
        return fragmented != 0;
    case SIO__WS_TEXT:
    case SIO__WS_BINARY:
        return fragmented <= 0;
    case SIO__WS_CLOSE:
    case SIO__WS_PING:
    case SIO__WS_PONG:
        return header->fin && (data[1] & 0x7f) <= 125; /* 5.5 */
    default:
        return 0;
    }
}

size_t sio__ws_header_read(sio__ws_header_t *header, const unsigned char *data, size_t length,
                           uint64_t limit, int fragmented) {
    header->refused = 0;
    if (length < 2)
        return 0;
    header->fin = data[0] >> 7;
    header->opcode = data[0] & 0x0f;
    if (!is_allowed(header, data, fragmented))
        return refuse(header, SIO__WS_PROTOCOL_ERROR);

    size_t at = 2;
    header->length = data[1] & 0x7f;
    if (header->length >= 126) {
        const size_t bytes = header->length == 126 ? 2 : 8;
        const uint64_t least = bytes == 2 ? 126 : 65536; /* the shortest form is a must (5.2) */
        if (length < at + bytes)
            return 0;
        header->length = 0;
        for (size_t i = 0; i < bytes; i++)
            header->length = header->length << 8 | data[at + i];
        if (header->length < least || header->length >> 63 != 0)
            return refuse(header, SIO__WS_PROTOCOL_ERROR);
        at += bytes;
    }
    if (header->length > limit && !sio__ws_is_control(header->opcode))
        return refuse(header, SIO__WS_TOO_BIG);
    if (length < at + sizeof(header->mask))
        return 0;
    memcpy(header->mask, data + at, sizeof(header->mask));
    return at + sizeof(header->mask);
}

int sio__ws_is_close_code(int code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != SIO__WS_NO_STATUS &&
            code != SIO__WS_ABNORMAL) ||
           (code >= 3000 && code <= 4999);
}
