/* The first message over WebSocket: its size, and the reply to it. */
#include "floor.h"

#include <string.h>
#include <sys/socket.h>

typedef struct frame_s {
    size_t header; /* with the mask */
    size_t length;
} frame_t;

/* The masked frame at `data`; 0 if its header is not all there. */
static int look_at_frame(const uint8_t *data, size_t size, frame_t *frame) {
    if (size < 2)
        return 0;
    frame->length = data[1] & 0x7f;
    frame->header = frame->length < 126 ? 6 : frame->length == 126 ? 8 : 14;
    if (size < frame->header)
        return 0;
    if (frame->length >= 126)
        frame->length = 0;
    for (size_t i = 2; i < frame->header - 4; i++)
        frame->length = frame->length << 8 | data[i];
    return 1;
}

/* The same frame as a server sends it, with the first `cut` bytes of the payload replaced. */
static size_t write_frame(uint8_t *out, const uint8_t *data, frame_t frame, size_t cut,
                          const char *start) {
    size_t header = frame.header - 4;
    size_t started = strlen(start);
    size_t length = frame.length - cut + started;
    const uint8_t *mask = data + header;

    out[0] = data[0];
    if (length < 126) {
        out[1] = (uint8_t) length;
        header = 2;
    } else if (length <= UINT16_MAX) {
        out[1] = 126;
        out[2] = (uint8_t) (length >> 8);
        out[3] = (uint8_t) length;
        header = 4;
    } else {
        out[1] = 127;
        for (int i = 0; i < 8; i++)
            out[2 + i] = (uint8_t) (length >> (56 - 8 * i));
        header = 10;
    }
    memcpy(out + header, start, started);
    for (size_t i = cut; i < frame.length; i++)
        out[header + started + i - cut] = data[frame.header + i] ^ mask[i % 4];
    return header + length;
}

int websocket_learn(floor_t *floor, int fd) {
    static uint8_t one[BUFFER_SIZE];
    uint8_t *data = floor->buffer;
    frame_t text, binary = {0, 0};
    size_t cut = 0;
    const char *start = "";

    ssize_t received = recv(fd, data, BUFFER_SIZE, MSG_PEEK);
    size_t size = received > 0 ? (size_t) received : 0;
    if (!look_at_frame(data, size, &text))
        return received <= 0;
    size_t first = text.header + text.length;
    if (floor->kind == KIND_BINARY &&
        (size < first || !look_at_frame(data + first, size - first, &binary)))
        return 0;
    size_t request = first + binary.header + binary.length;
    if (size < request)
        return 0;

    if (floor->kind == KIND_ACK) {
        cut = strlen("420[\"ack\",");
        start = "430[";
    } else if (floor->kind == KIND_BROADCAST) {
        cut = strlen("42[\"pub\",");
        start = "42[\"news\",";
    }
    size_t reply_size = write_frame(one, data, text, cut, start);
    if (floor->kind == KIND_BINARY)
        reply_size += write_frame(one + reply_size, data + first, binary, 0, "");
    can_replies(floor, one, reply_size, BUFFER_SIZE / request + 1);
    floor->request_size = request;
    return 1;
}
