/* Sessions for which something waits until they come for it: that counts for what all peers may
 * have waiting. */
#ifndef SIO__EIO_BACKLOG_H
#define SIO__EIO_BACKLOG_H

#include "eio/engine.h"

void eio__backlog_init(eio_server_t *server);
void eio__backlog_free(eio_server_t *server);

#endif
