/* Sessions for which something waits until they come for it: that counts for what all peers may have
 * waiting. */
#ifndef SIO__EIO_HOLD_H
#define SIO__EIO_HOLD_H

#include "eio/engine.h"

void eio__hold_init(eio_server_t *server);
void eio__hold_free(eio_server_t *server);

#endif
