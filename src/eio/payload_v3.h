/*
 * Polling payloads of protocols 3 and 2: each packet has its length in front of it. In text it
 * counts UTF-16 code units ("2:40"); a payload with binary packets in it is made of units of
 * bytes: 0 (text) or 1, the digits of the length as bytes 0 to 9, 255, the packet [V2, V3]. No
 * I/O.
 */
#ifndef SIO__EIO_PAYLOAD_V3_H
#define SIO__EIO_PAYLOAD_V3_H

#include "base/scratch.h"
#include "eio/packet.h"

typedef struct {
    char *at;
    size_t left;
    int binary; /* units */
} eio__payload_v3_t;

/* Text must be valid UTF-8. That of a packet may be encoded twice, as clients of 1.x do it, whose
 * lengths count what is there; nothing but the text itself tells them from others. */
void eio__payload_v3_begin(eio__payload_v3_t *payload, char *data, size_t length, int binary);
/* 1 and the next packet, 0 at the end, or SIO_EPROTO: a bad length or packet. */
int eio__payload_v3_next(eio__payload_v3_t *payload, eio__packet_t *packet);

/* A packet as part of a text payload. */
void eio__payload_v3_put(sio__writer_t *writer, const void *packet, size_t length);
/* As a unit. */
void eio__payload_v3_put_unit(sio__writer_t *writer, int binary, const void *packet, size_t length);
/* Takes a part, of either form, apart again: its packet. Nonzero if it is a unit of binary data. */
int eio__payload_v3_part(const unsigned char *part, size_t part_length,
                         const unsigned char **packet, size_t *length);

#endif
