/* What a client sends and what has to come back: bytes made once, before the measurement. */
#ifndef LOAD_EXCHANGE_H
#define LOAD_EXCHANGE_H

#include "client.h"

typedef enum exchange_kind_e {
    EXCHANGE_ECHO,
    EXCHANGE_ACK,
    EXCHANGE_BINARY,
    EXCHANGE_BROADCAST,
    EXCHANGE_RAW,
} exchange_kind_t;

typedef struct part_s {
    int opcode;
    uint8_t *payload;
    size_t length;
} part_t;

typedef struct exchange_s {
    int depth;
    uint8_t *batch; /* `depth` messages, framed and masked, for one send() */
    size_t batch_size;
    part_t reply[2]; /* one reply: two frames if it is binary, else one */
    unsigned parts;
} exchange_t;

void exchange_init(exchange_t *exchange, exchange_kind_t kind, int size, int depth);
/* Checks a piece against the reply expected, and counts down client->due with each whole reply.
 * Returns whether this was the last that was due. */
bool exchange_take(const exchange_t *exchange, client_t *client, const frame_piece_t *piece);

/* `length` letters, for payloads; the caller frees. */
char *letters(size_t length);

#endif
