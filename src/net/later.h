/* What the network does not take at once: it waits with libuv, which writes when there is room. */
#ifndef SIO__NET_LATER_H
#define SIO__NET_LATER_H

#include "net/conn.h"

enum {
    SIO__WRITE_BUFS = 64,         /* extents in one system call */
    SIO__WRITE_MAX = 0x7fff0000,  /* bytes in one call: what fits sio__send's result */
    SIO__STALL_MS = 60000 /* a peer that takes nothing at all for so long fails the connection */
};

/* The first part of a queue, as one call takes it. */
static inline unsigned sio__gather(const sio__outq_t *out, uv_buf_t bufs[SIO__WRITE_BUFS],
                                   size_t *length) {
    unsigned count = out->count < SIO__WRITE_BUFS ? out->count : SIO__WRITE_BUFS;
    *length = 0;
    for (unsigned i = 0; i < count; i++) {
        const sio__extent_t *extent = sio__outq_at(out, i);
        size_t part = extent->length;
        if (part > SIO__WRITE_MAX - *length)
            part = SIO__WRITE_MAX - *length;
        bufs[i] = uv_buf_init((char *) (uintptr_t) extent->data, (unsigned) part);
        *length += part;
    }
    return count;
}

/* Leaves the first part of a queue, which is kept, to libuv; the connection is `writing` until it
 * has been written and taken off the queue. */
void sio__later_write(sio__conn_t *conn, sio__outq_t *out);
/* The loop's: the peer has taken nothing for too long, perhaps. */
void sio__later_stalled(sio__timeout_t *timeout);

#endif
