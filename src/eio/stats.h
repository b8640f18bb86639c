/* The engine's counters. */
#ifndef SIO__EIO_STATS_H
#define SIO__EIO_STATS_H

#include "eio/server.h"
#include <sio/stats.h>

/* Adds what the engine knows. */
void eio__stats(const eio_server_t *server, sio_stats_t *stats);

#endif
