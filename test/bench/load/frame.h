/* WebSocket framing (RFC 6455, section 5), the client's side of it. */
#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_TEXT   1
#define FRAME_BINARY 2
#define FRAME_CLOSE  8

/* The size of a masked frame with that much payload. */
size_t frame_size(size_t payload_length);
/* Writes a masked, unfragmented frame, returns its size. */
size_t frame_write(uint8_t *out, int opcode, const void *payload, size_t length);

/* Takes the server's messages out of a stream, in whatever pieces and fragments they come. */
typedef struct frame_reader_s {
    uint8_t header[10];
    uint8_t have; /* bytes of the header so far */
    bool in_payload;
    bool final;      /* the frame ends its message */
    uint8_t opcode;  /* of the message */
    uint64_t left;   /* of the frame's payload */
    uint64_t offset; /* in the message */
} frame_reader_t;

/* A stretch of one message. */
typedef struct frame_piece_s {
    int opcode;
    uint64_t offset; /* in the message */
    const uint8_t *data;
    size_t size;
    bool last;
} frame_piece_t;

/* The next piece in the bytes at *data. Moves *data and *size past it; false when there is none. */
bool frame_next(frame_reader_t *reader, const uint8_t **data, size_t *size, frame_piece_t *piece);

#endif
