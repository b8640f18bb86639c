/*
 * Outgoing frames (RFC 6455 5.2): laid out once in the scratch, header right before the
 * payload, so that the payload alone can leave on another transport and the whole frame can go
 * to any number of connections.
 */
#ifndef SIO__WS_FRAME_H
#define SIO__WS_FRAME_H

#include "base/scratch.h"

typedef struct {
    const unsigned char *data; /* the frame */
    size_t length;
    const unsigned char *payload; /* in it */
    size_t payload_length;
} sio__frame_t;

/* The compressed form of a message, which connections share that need no context of their own;
 * in the scratch. */
typedef struct {
    const unsigned char *data; /* the frame; NULL: it gained nothing */
    size_t length;
    int bits; /* the window it was made with; 0: any, it is not to be compressed */
} sio__deflated_t;

/* Stands for the form of a message that is to go as it is. */
extern const sio__deflated_t sio__not_deflated;

enum {
    SIO__WS_CONTINUATION = 0,
    SIO__WS_TEXT = 1,
    SIO__WS_BINARY = 2,
    SIO__WS_CLOSE = 8,
    SIO__WS_PING = 9,
    SIO__WS_PONG = 10
};

/* The longest payloads whose header has 2 and 4 bytes. */
enum { SIO__FRAME_SMALL = 125, SIO__FRAME_MIDDLE = 65535 };

static inline size_t sio__frame_header_size(uint64_t length) {
    return length <= SIO__FRAME_SMALL ? 2 : length <= SIO__FRAME_MIDDLE ? 4 : 10;
}
/* Write the payload with the writer in between. If its length is of another size than the one
 * `expected` (0: a small one), it has to be moved by a few bytes at the end. 0 or SIO_ENOMEM. */
static inline void sio__frame_begin(sio__writer_t *writer, sio__scratch_t *scratch,
                                    size_t expected) {
    sio__writer_begin(writer, scratch, sio__frame_header_size(expected));
}
int sio__frame_end(sio__writer_t *writer, int opcode, sio__frame_t *frame);
/* A whole frame around a copy of the payload. */
int sio__frame_make(sio__scratch_t *scratch, int opcode, const void *payload, size_t length,
                    sio__frame_t *frame);
/* The header alone: 2, 4 or 10 bytes. Returns its length. */
size_t sio__frame_header(unsigned char header[10], int opcode, uint64_t length);

#endif
