#include "sio/partial.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A block of this size is kept for the next packet: most of them are small and come one at a
 * time. */
enum { SPARE_CAPACITY = 4096 };

/* Slices that do not point into the text (a namespace left out) stay. */
static void rebase(sio__slice_t *slice, const char *from, size_t length, char *to) {
    if (slice->text >= from && slice->text <= from + length)
        slice->text = to + (slice->text - from);
}

sio__partial_t *sio__partial_new(sio__core_t *core, const sio__packet_t *packet, const char *text,
                                 size_t length) {
    /* The array goes behind the text, aligned. */
    size_t array = (length + 1 + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
    size_t need = array + packet->attachments * sizeof(sio__binary_t);
    sio__partial_t *partial = core->spare_partial;
    if (partial != NULL && partial->capacity >= need) {
        core->spare_partial = NULL;
    } else {
        size_t capacity = need > SPARE_CAPACITY ? need : SPARE_CAPACITY;
        partial = malloc(sizeof(*partial) + capacity);
        if (partial == NULL)
            return NULL;
        partial->capacity = capacity;
    }
    memcpy(partial->text, text, length);
    partial->packet = *packet;
    rebase(&partial->packet.nsp, text, length, partial->text);
    rebase(&partial->packet.data, text, length, partial->text);
    partial->binaries = (sio__binary_t *) (void *) (partial->text + array);
    partial->received = 0;
    return partial;
}

int sio__partial_add(sio__partial_t *partial, const void *data, size_t length) {
    unsigned char *copy = malloc(length > 0 ? length : 1);
    if (copy == NULL)
        return SIO_ENOMEM;
    if (length > 0)
        memcpy(copy, data, length);
    sio__binary_t *binary = &partial->binaries[partial->received++];
    binary->data = copy;
    binary->length = length;
    return 0;
}

void sio__partial_free(sio__core_t *core, sio__partial_t *partial) {
    if (partial == NULL)
        return;
    for (uint32_t i = 0; i < partial->received; i++)
        free((void *) (uintptr_t) partial->binaries[i].data);
    if (core->spare_partial == NULL && partial->capacity == SPARE_CAPACITY)
        core->spare_partial = partial;
    else
        free(partial);
}

void sio__partial_free_spare(sio__core_t *core) {
    free(core->spare_partial);
    core->spare_partial = NULL;
}
