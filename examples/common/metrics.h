/** Counters in the text format of Prometheus, for any program here: metrics_mount(io,
 * "/metrics"). */
#ifndef METRICS_H
#define METRICS_H

#include <sio.h>

int metrics_mount(sio_server_t *io, const char *path);

#endif
