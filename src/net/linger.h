/*
 * The end of a connection that we have ended first: FIN sent, input dropped until the peer's FIN.
 * Closing a socket with unread input sends RST, which can destroy what the peer has not read yet.
 */
#ifndef SIO__NET_LINGER_H
#define SIO__NET_LINGER_H

#include "net/conn.h"

/* How long a connection may wait for the peer's FIN. */
enum { SIO__LINGER_MS = 2000 };

/* Everything has been written: sends the FIN and waits for the peer's, for a while; then, or if
 * nothing is to be waited for, closes. */
void sio__linger_begin(sio__conn_t *conn);
/* The connection closes while it lingers. */
void sio__linger_end(sio__conn_t *conn);
/* The loop's: the peer's FIN has not come in time. */
void sio__linger_expired(sio__timeout_t *timeout);

#endif
