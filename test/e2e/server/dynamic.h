/* Parent namespaces: /room-1, /room-2, … by a pattern, /team-… by a function, after 50 ms, with
 * a token. */
#ifndef DYNAMIC_H
#define DYNAMIC_H

#include <sio.h>

/** Calls @p prepare for each parent. */
int dynamic_set_up(sio_server_t *io, int (*prepare)(sio_namespace_t *nsp, void *data), void *data);

#endif
