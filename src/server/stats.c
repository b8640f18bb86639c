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
    /* A program of an older header has a smaller struct. */
    if (stats.size > out->size)
        stats.size = out->size;
    memcpy(out, &stats, stats.size);
    return 0;
}
