#include "base/outq.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

static sio__extent_t *extents(sio__outq_t *outq) {
    return outq->in_array ? outq->u.many.extents + outq->u.many.first : &outq->u.one;
}

static int reserve_array(sio__outq_t *outq, unsigned more) {
    unsigned capacity = outq->u.many.capacity;
    /* Where half of it is free in front, which pays for the move. */
    if (outq->u.many.first >= capacity / 2 &&
        outq->u.many.first + outq->count + more > capacity) {
        memmove(outq->u.many.extents, extents(outq), outq->count * sizeof(sio__extent_t));
        outq->u.many.first = 0;
    }
    unsigned wanted = outq->u.many.first + outq->count + more;
    while (capacity < wanted)
        capacity += capacity / 2;
    if (capacity == outq->u.many.capacity)
        return 0;
    sio__extent_t *grown = realloc(outq->u.many.extents, capacity * sizeof(sio__extent_t));
    if (grown == NULL)
        return SIO_ENOMEM;
    outq->u.many.extents = grown;
    outq->u.many.capacity = capacity;
    return 0;
}

/* Room for `more` extents behind the last. */
static int reserve(sio__outq_t *outq, unsigned more) {
    if (outq->in_array)
        return reserve_array(outq, more);
    if (outq->count + more <= 1)
        return 0;
    unsigned capacity = outq->count + more > FIRST_CAPACITY ? outq->count + more : FIRST_CAPACITY;
    sio__extent_t *array = malloc(capacity * sizeof(sio__extent_t));
    if (array == NULL)
        return SIO_ENOMEM;
    array[0] = outq->u.one;
    outq->u.many.extents = array;
    outq->u.many.first = 0;
    outq->u.many.capacity = capacity;
    outq->in_array = 1;
    return 0;
}

static int push(sio__outq_t *outq, sio__extent_t extent) {
    int rc = reserve(outq, 1);
    if (rc < 0)
        return rc;
    extents(outq)[outq->count++] = extent;
    outq->bytes += extent.length;
    return 0;
}

int sio__outq_push(sio__outq_t *outq, const unsigned char *data, size_t length) {
    if (length == 0)
        return 0;
    if (outq->count > 0) {
        sio__extent_t *last = &extents(outq)[outq->count - 1];
        if (last->owner == NULL && last->data + last->length == data) {
            last->length += length;
            outq->bytes += length;
            return 0;
        }
    }
    return push(outq, (sio__extent_t){data, length, NULL});
}

int sio__outq_apart(sio__outq_t *outq, const unsigned char *data, size_t length) {
    return length == 0 ? 0 : push(outq, (sio__extent_t){data, length, NULL});
}

int sio__outq_rcbuf(sio__outq_t *outq, sio__rcbuf_t *rcbuf, const unsigned char *data,
                    size_t length) {
    if (length == 0)
        return 0;
    int rc = push(outq, (sio__extent_t){data, length, rcbuf});
    if (rc == 0)
        sio__rcbuf_ref(rcbuf);
    return rc;
}

/* Empties without giving up references. */
static void drop_array(sio__outq_t *outq) {
    if (outq->in_array)
        free(outq->u.many.extents);
    *outq = (sio__outq_t){0};
}

int sio__outq_move(sio__outq_t *outq, sio__outq_t *from) {
    if (outq->count == 0) {
        drop_array(outq);
        *outq = *from;
        *from = (sio__outq_t){0};
        return 0;
    }
    int rc = reserve(outq, from->count);
    if (rc < 0)
        return rc;
    if (from->count > 0)
        memcpy(extents(outq) + outq->count, extents(from), from->count * sizeof(sio__extent_t));
    outq->count += from->count;
    outq->bytes += from->bytes;
    drop_array(from);
    return 0;
}

void sio__outq_consume(sio__outq_t *outq, size_t length) {
    if (length >= outq->bytes) {
        sio__outq_clear(outq);
        return;
    }
    outq->bytes -= length;
    while (length > 0) {
        sio__extent_t *first = extents(outq);
        if (length < first->length) {
            first->data += length;
            first->length -= length;
            return;
        }
        length -= first->length;
        sio__rcbuf_unref(first->owner);
        if (outq->kept > 0)
            outq->kept--;
        outq->count--;
        outq->u.many.first++; /* more than one extent: it is an array */
    }
}

int sio__outq_keep(sio__outq_t *outq, sio__scratch_t *scratch) {
    sio__extent_t *extent = extents(outq) + outq->kept;
    for (; outq->kept < outq->count; outq->kept++, extent++) {
        if (extent->owner != NULL)
            continue;
        extent->owner = sio__scratch_keep(scratch, extent->data, extent->length);
        if (extent->owner == NULL)
            return SIO_ENOMEM;
        extent->data = extent->owner->data;
    }
    return 0;
}

void sio__outq_clear(sio__outq_t *outq) {
    sio__extent_t *extent = extents(outq);
    for (unsigned i = 0; i < outq->count; i++)
        sio__rcbuf_unref(extent[i].owner);
    drop_array(outq);
}
