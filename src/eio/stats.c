#include "eio/stats.h"
#include "eio/engine.h"

_Static_assert((int) SIO_STATS_REFUSALS == (int) EIO__REFUSALS, "codes of refusals");

static void count_session(const eio_socket_t *socket, sio_stats_t *stats) {
    size_t queued = eio_socket_buffered(socket);
    if (socket->transport->name == EIO__WEBSOCKET)
        stats->websocket++;
    else
        stats->polling++;
    if (socket->dialect == EIO__DIALECT_V4)
        stats->protocol_v4++;
    else if (socket->dialect == EIO__DIALECT_V09)
        stats->protocol_v09++;
    else
        stats->protocol_v3++;
    stats->queued_bytes += queued;
    if (queued > stats->queued_most)
        stats->queued_most = queued;
}

void eio__stats(const eio_server_t *server, sio_stats_t *stats) {
    const eio__counters_t *counters = &server->counters;
    const eio_socket_t *socket;
    size_t cursor = 0;
    while ((socket = sio__idmap_next(&server->sessions, &cursor)) != NULL)
        if (socket->transport != NULL)
            count_session(socket, stats);
    stats->absent = server->absent;
    stats->opened = counters->opened;
    stats->upgraded = counters->upgraded;
    stats->packets_in = counters->packets_in;
    stats->packets_out = counters->packets_out;
    for (size_t i = 0; i < sizeof(stats->closed) / sizeof(stats->closed[0]); i++)
        stats->closed[i] = counters->closed[i];
    for (size_t i = 0; i < EIO__REFUSALS; i++)
        stats->refused[i] = counters->refused[i];
}
