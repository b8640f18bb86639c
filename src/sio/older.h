/*
 * Clients of socket.io 1.x and 2.x, by way of Engine.IO 3 or 2 [P14, P15]: they are in the namespace
 * "/" without asking, put what CONNECT has to say into a query behind the name, and hear of it
 * in other words. All else is as with those of today.
 */
#ifndef SIO__SIO_OLDER_H
#define SIO__SIO_OLDER_H

#include "sio/client.h"

/* Takes the query off the packet's namespace. For a CONNECT it becomes the packet's data, an
 * object of this turn. 0 or SIO_ENOMEM. */
int sio__older_read(sio__core_t *core, sio__packet_t *packet);
/* The object that a query makes, "token=x&a=1", of this turn: 0 or SIO_ENOMEM. */
int sio__older_auth(sio__core_t *core, const char *query, size_t length, sio__slice_t *auth);

#endif
