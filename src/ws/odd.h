/*
 * Fragmented messages, by wslay. A wslay context is about 9 KB and most connections never need
 * one, so contexts are lent from a small pool for as long as a message lasts. wslay takes the
 * frames apart and checks UTF-8 as it comes; it allocates a fragment's announced length at once
 * when it may, so the message is gathered here. Headers have passed sio__ws_header_read before:
 * wslay enforces neither client masking nor RSV bits nor a limit.
 */
#ifndef SIO__WS_ODD_H
#define SIO__WS_ODD_H

#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

typedef struct sio__odd_s sio__odd_t;

typedef struct {
    sio__odd_t *free;
    unsigned count;
} sio__odd_pool_t;

/* A context for one message; NULL out of memory. */
sio__odd_t *sio__odd_lend(sio__odd_pool_t *pool);
/* Gives it back after the message or in the midst of it. NULL is fine. */
void sio__odd_return(sio__odd_pool_t *pool, sio__odd_t *odd);
void sio__odd_pool_clear(sio__odd_pool_t *pool);

/* Starts the next frame of the message: its header's bytes and the length of its payload. As
 * sio__odd_feed. */
int sio__odd_frame(sio__odd_t *odd, const unsigned char *head, size_t head_length,
                   uint64_t payload);
/* Feeds bytes of the frame's payload, no more than sio__odd_left() says. 0; SIO_EUTF8 as
 * soon as the text goes wrong; SIO_ENOMEM, SIO_EPROTO. */
int sio__odd_feed(sio__odd_t *odd, const char *data, size_t length);
/* Bytes of the frame's payload that have not come yet. */
uint64_t sio__odd_left(const sio__odd_t *odd);
/* Bytes announced for the message so far. */
uint64_t sio__odd_length(const sio__odd_t *odd);
/* NULL until the message is complete. */
sio__buf_t *sio__odd_message(sio__odd_t *odd, int *binary);

#endif
