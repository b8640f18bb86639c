/*
 * Clients of socket.io 1.x and 2.x, by way of Engine.IO 3 or 2 [P14, P15]: they are in the
 * namespace "/" without asking, put what CONNECT has to say into a query behind the name, and
 * hear of it in other words. All else is as with those of today.
 */
#ifndef SIO__SIO_OLDER_H
#define SIO__SIO_OLDER_H

#include "sio/client.h"

/* Takes the query off the packet's namespace. For a CONNECT it becomes the packet's data, an
 * object of this turn. 0 or SIO_ENOMEM. */
int sio__older_read(sio__core_t *core, sio__packet_t *packet);
/* The object that a query makes, "token=x&a=1", of this turn: 0 or SIO_ENOMEM. */
int sio__older_auth(sio__core_t *core, const char *query, size_t length, sio__slice_t *auth);

/* The messages of a packet for such a client: those of 1.x want their text encoded once or twice
 * as the transport is, and do not say who they are. All of them understand ASCII, so that is
 * what a poll gets: "\u00e8" in the JSON for "è". *messages may become others; 0 or SIO_ENOMEM. */
int sio__older_write(const sio__client_t *client, sio__scratch_t *scratch,
                     eio__message_t **messages, size_t count);

#endif
