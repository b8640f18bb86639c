/*
 * Sessions for which no connection is there at the moment: those that poll, while neither a poll
 * nor a POST is pending and no WebSocket is to take over; those of 0.9 without a transport. No
 * limit on connections holds for them, so that they have one of their own.
 */
#ifndef SIO__EIO_ABSENCE_H
#define SIO__EIO_ABSENCE_H

#include "eio/engine.h"

/* Of a session that has not ended; the same once more is fine. */
static inline void eio__absence_set(eio_socket_t *socket, int absent) {
    if (socket->absent == absent)
        return;
    socket->absent = (unsigned) absent & 1u;
    if (absent)
        socket->server->absent++;
    else
        socket->server->absent--;
}

/* Nonzero if there are as many as may be: a handshake that would make one more is to be refused; it
 * has been counted and the log told. */
int eio__absence_is_full(const eio_server_t *server);

#endif
