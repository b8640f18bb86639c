/* Counters of all floors, put together. */
#include "server/server.h"
#include "eio/stats.h"
#include <sio/error.h>
#include <sio/stats.h>
#include <string.h>

static void count_sockets(const sio__core_t *core, sio_stats_t *stats) {
    const sio_namespace_t *nsp;
    size_t cursor = 0;
    while ((nsp = sio__idmap_next(&core->namespaces, &cursor)) != NULL) {
        stats->namespaces++;
        stats->sockets += nsp->sockets.count;
    }
}

_Static_assert((int) SIO_LIMITS <= (int) SIO_STATS_LIMITS, "no room for a kind of limit");

static void count_limits(const sio__loop_t *loop, sio_stats_t *stats) {
    stats->kept_bytes = loop->scratch->kept_bytes;
    for (int i = 0; i < SIO_LIMITS; i++)
        stats->limited[i] = loop->limits.kinds[i].count;
}

int sio_server_stats(const sio_server_t *server, sio_stats_t *out) {
    sio_stats_t stats = {.size = sizeof(stats)};
    if (server == NULL || out == NULL || out->size < sizeof(out->size))
        return SIO_EINVAL;
    stats.connections = server->loop->conn_count;
    stats.bytes_in = server->loop->bytes_in;
    stats.bytes_out = server->loop->bytes_out;
    stats.http_refused = sio__host_refusals(server->host);
    eio__stats(server->engine, &stats);
    count_sockets(&server->core, &stats);
    count_limits(server->loop, &stats);
    /* A program of an older header has a smaller struct. */
    if (stats.size > out->size)
        stats.size = out->size;
    memcpy(out, &stats, stats.size);
    return 0;
}
