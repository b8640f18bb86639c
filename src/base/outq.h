/*
 * A queue of extents: bytes on their way out, in order. An extent points into the scratch (its
 * owner is NULL, it is valid until the end of the turn), into a counted buffer, or at static
 * memory.
 */
#ifndef SIO__BASE_OUTQ_H
#define SIO__BASE_OUTQ_H

#include "base/rcbuf.h"
#include "base/scratch.h"
#include <stddef.h>

typedef struct {
    const unsigned char *data;
    size_t length;
    sio__rcbuf_t *owner; /* NULL: the scratch's (or static, see sio__outq_keep) */
} sio__extent_t;

/* All zeros is an empty queue. One extent, the usual number, needs no memory; a queue that ran
 * empty holds none. */
typedef struct {
    union {
        sio__extent_t one;
        struct {
            sio__extent_t *extents;
            unsigned first, capacity;
        } many;
    } u;
    size_t bytes;
    unsigned count;
    unsigned in_array : 1; /* u.many is in use */
    unsigned kept : 31;    /* of the extents, the first ones: they are known to have owners */
} sio__outq_t;

/* Appends scratch bytes; merged with the last extent when they are its neighbours. 0 or
 * SIO_ENOMEM. */
int sio__outq_push(sio__outq_t *outq, const unsigned char *data, size_t length);
/* The same, quick where all that is queued are neighbours. */
static inline int sio__outq_scratch(sio__outq_t *outq, const unsigned char *data, size_t length) {
    sio__extent_t *one = &outq->u.one;
    if (outq->in_array || outq->count > 1 || length == 0)
        return sio__outq_push(outq, data, length);
    if (outq->count == 0)
        *one = (sio__extent_t){data, 0, NULL};
    else if (one->owner != NULL || one->data + one->length != data)
        return sio__outq_push(outq, data, length);
    outq->count = 1;
    one->length += length;
    outq->bytes += length;
    return 0;
}
/* As sio__outq_scratch, but an extent of its own even behind a neighbour. */
int sio__outq_apart(sio__outq_t *outq, const unsigned char *data, size_t length);
/* Appends (part of) a counted buffer; takes a reference of its own. */
int sio__outq_rcbuf(sio__outq_t *outq, sio__rcbuf_t *rcbuf, const unsigned char *data,
                    size_t length);
/* Appends all of `from` and leaves it empty. 0 or SIO_ENOMEM (then both unchanged). */
int sio__outq_move(sio__outq_t *outq, sio__outq_t *from);
static inline const sio__extent_t *sio__outq_at(const sio__outq_t *outq, unsigned index) {
    return outq->in_array ? &outq->u.many.extents[outq->u.many.first + index] : &outq->u.one;
}
/* What the queue costs, for bounds: its bytes, and the extents, so that many small pieces do not
 * get past them. */
static inline size_t sio__outq_weight(const sio__outq_t *outq) {
    return outq->bytes + outq->count * sizeof(sio__extent_t);
}
/* Drops the first `length` bytes: they have been written. */
void sio__outq_consume(sio__outq_t *outq, size_t length);
/* Before the turn ends: turns scratch extents into counted ones. 0 or SIO_ENOMEM. */
int sio__outq_keep(sio__outq_t *outq, sio__scratch_t *scratch);
void sio__outq_clear(sio__outq_t *outq);

#endif
