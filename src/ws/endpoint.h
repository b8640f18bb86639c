/* Raw WebSocket endpoints on a host: the public sio_ws_t over sio__ws_t. */
#ifndef SIO__WS_ENDPOINT_H
#define SIO__WS_ENDPOINT_H

#include "net/host.h"
#include "ws/ws.h"
#include <sio/ws.h>

/* All endpoints of a host; the pool is shared with the engine. */
typedef struct sio__endpoints_s sio__endpoints_t;

int sio__endpoints_new(sio__endpoints_t **endpoints, sio__host_t *host);
int sio__endpoints_add(sio__endpoints_t *endpoints, const char *prefix, sio_ws_open_cb cb,
                       void *data);
/* Closes every connection with 1001 (going away). */
void sio__endpoints_close(sio__endpoints_t *endpoints);
/* Cuts off what is open and frees. */
void sio__endpoints_free(sio__endpoints_t *endpoints);

#endif
