/*
 * Polling payloads of protocol 4: packets joined by 0x1E (Engine.IO protocol, "HTTP
 * long-polling") [E51]. Read in place, packet by packet; there is always at least one, so that
 * an empty body is an empty, bad packet. No I/O.
 */
#ifndef SIO__EIO_PAYLOAD_H
#define SIO__EIO_PAYLOAD_H

#include "eio/packet.h"

enum { EIO__SEPARATOR = 0x1e };

typedef struct {
    char *at;
    size_t left;
    int more; /* another packet follows, be it an empty one */
} eio__payload_t;

void eio__payload_begin(eio__payload_t *payload, char *data, size_t length);
/* 1 and the next packet, 0 at the end, or SIO_EPROTO: a bad packet, where reading stops [E57]. */
int eio__payload_next(eio__payload_t *payload, eio__packet_t *packet);

#endif
