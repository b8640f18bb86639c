#include "net/pressure.h"
#include "net/conn.h"
#include <sio/error.h>

void sio__pressure_add(sio__loop_t *loop, sio__holder_t *holder) {
    holder->next = loop->holders;
    loop->holders = holder;
}

void sio__pressure_remove(sio__loop_t *loop, sio__holder_t *holder) {
    sio__holder_t **at = &loop->holders;
    while (*at != NULL && *at != holder)
        at = &(*at)->next;
    if (*at != NULL)
        *at = holder->next;
}

static size_t most_of(const sio__loop_t *loop) {
    size_t most = 0;
    for (const sio__conn_t *conn = loop->conns; conn != NULL; conn = conn->next)
        if (sio__conn_buffered(conn) > most)
            most = sio__conn_buffered(conn);
    for (const sio__holder_t *holder = loop->holders; holder != NULL; holder = holder->next) {
        const size_t held = holder->most(holder->data);
        if (held > most)
            most = held;
    }
    return most;
}

/* Nobody is told before the turn ends. */
static size_t cut_conns(sio__loop_t *loop, size_t least) {
    size_t count = 0;
    for (sio__conn_t *conn = loop->conns; conn != NULL; conn = conn->next)
        if (!conn->failed && sio__conn_buffered(conn) >= least) {
            sio__conn_fail(conn, SIO_ETOOBIG);
            count++;
        }
    return count;
}

/* One that has cut somebody off is asked again, those before it, too: what there is may have
 * changed. */
static size_t cut_held(sio__loop_t *loop, size_t least) {
    size_t count = 0;
    sio__holder_t *holder = loop->holders;
    while (holder != NULL) {
        const size_t cut = holder->cut(least, holder->data);
        count += cut;
        holder = cut > 0 ? loop->holders : holder->next;
    }
    return count;
}

int sio__pressure_relieve(sio__loop_t *loop) {
    const size_t kept = loop->scratch->kept_bytes, most = most_of(loop);
    const size_t least = most / 2 + most % 2;
    if (most == 0)
        return 0;
    size_t count = cut_conns(loop, least);
    count += cut_held(loop, least);
    if (count == 0)
        return 0;
    sio__limited(loop, SIO_LIMIT_BUFFERED_TOTAL, "http",
                 "%zu of those with the most to read were cut off: %zu bytes waited for all peers",
                 count, kept);
    while (--count > 0)
        sio__limit_count(loop, SIO_LIMIT_BUFFERED_TOTAL);
    return 1;
}
