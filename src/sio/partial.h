/* A packet whose binaries are still to come [P8]. It holds at most max_attachments binaries of
 * at most max_payload bytes each, beside its text, which is one such message too. */
#ifndef SIO__SIO_PARTIAL_H
#define SIO__SIO_PARTIAL_H

#include "sio/client.h"
#include "sio/event.h"

struct sio__partial_s {
    sio__packet_t packet; /* its slices point into the text */
    size_t capacity;      /* bytes of this block */
    uint32_t received;
    sio__binary_t *binaries; /* packet.attachments of them; what was received is owned */
    char text[];
};

/* Keeps a packet decoded from `text`; NULL out of memory. */
sio__partial_t *sio__partial_new(sio__core_t *core, const sio__packet_t *packet, const char *text,
                                 size_t length);
/* Adds a binary that is not the last: 0 or SIO_ENOMEM. */
int sio__partial_add(sio__partial_t *partial, const void *data, size_t length);
void sio__partial_free(sio__core_t *core, sio__partial_t *partial);
/* Frees the block kept for the next packet. */
void sio__partial_free_spare(sio__core_t *core);

#endif
