/*
 * Payloads of Socket.IO 0.9 over HTTP: one message as it is, several each with U+FFFD, its
 * length in UTF-16 code units and U+FFFD in front of it. No I/O.
 */
#ifndef SIO__EIO_V09_FRAMING_H
#define SIO__EIO_V09_FRAMING_H

#include "base/scratch.h"
#include <stddef.h>

typedef struct {
    char *at;
    size_t left;
    int framed;
} eio__v09_payload_t;

/* The text must be valid UTF-8. */
void eio__v09_payload_begin(eio__v09_payload_t *payload, char *text, size_t length);
/* 1 and the next message, 0 at the end, or SIO_EPROTO: a bad length. */
int eio__v09_payload_next(eio__v09_payload_t *payload, char **message, size_t *length);

/* Writes a message with its length in front. */
void eio__v09_payload_put(sio__writer_t *writer, const void *message, size_t length);
/* Takes that off again. */
const unsigned char *eio__v09_payload_message(const unsigned char *framed, size_t framed_length,
                                              size_t *length);

#endif
