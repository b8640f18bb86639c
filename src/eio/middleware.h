/* The chain of eio_server_use: each request of the engine runs through it before anything is
 * checked [E20]. */
#ifndef SIO__EIO_MIDDLEWARE_H
#define SIO__EIO_MIDDLEWARE_H

#include "eio/engine.h"

/* Runs the chain, then eio__server_proceed, now or later. `complete`: the body is there. */
void eio__middleware_run(eio_server_t *server, sio_http_request_t *request,
                         sio_http_response_t *response, int upgrade, int complete);

#endif
