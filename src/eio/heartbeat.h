/* Heartbeat [E70, E71]: PING each interval, PONG within the time-out; of protocols 3 and 2 the
 * client sends the PINGs, and is missed after interval and time-out [V1]. And the time-out of a
 * close, which takes its place. */
#ifndef SIO__EIO_HEARTBEAT_H
#define SIO__EIO_HEARTBEAT_H

#include "eio/engine.h"

void eio__heartbeat_init(eio_server_t *server);
void eio__heartbeat_free(eio_server_t *server);

/* Starts (again) with a whole interval. */
void eio__heartbeat_start(eio_socket_t *socket);
/* Starts in a moment, see held.h. */
void eio__heartbeat_hold(eio_socket_t *socket);
/* Puts the session's time-out into a list. */
void eio__heartbeat_arm(eio_socket_t *socket, eio__armed_t armed);
void eio__heartbeat_stop(eio_socket_t *socket);
/* A packet has come: the PONG, or the sign of life that renews the time-out once. */
void eio__heartbeat_packet(eio_socket_t *socket, eio__packet_type_t type);
/* The session is closing: it has options.close_timeout_ms left, little if the server closes too. */
void eio__heartbeat_closing(eio_socket_t *socket);
/* Nonzero if its PONG is overdue, though the session has not ended yet. */
int eio__heartbeat_overdue(const eio_socket_t *socket);

#endif
