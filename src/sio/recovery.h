/* Connection state recovery: who loses the connection comes back as the same socket [R1-R6]. */
#ifndef SIO__SIO_RECOVERY_H
#define SIO__SIO_RECOVERY_H

#include "sio/socket.h"

/* A pending socket whose client says that it has been here: looks for its session, now or
 * later, and goes on to the middlewares then. 0: it is none. */
int sio__recovery_begin(sio_socket_t *socket);
/* Before the CONNECT reply: what was missed is sent. The private id that the reply tells, or
 * NULL. 0, or a negative code. */
int sio__recovery_connect(sio_socket_t *socket, const char **pid);
/* A connected socket ends: its session is kept, if the reason is one after which clients come
 * back. */
void sio__recovery_save(sio_socket_t *socket, sio_reason_t reason);

/* The socket will not be connected: nothing is sent any more of what it has missed. */
void sio__recovery_forget(sio_socket_t *socket);

/* The same as sio_restore_packet for messages as they were sent. */
int sio__restore_message(sio_restore_t *restore, int binary, const void *data, size_t length);
/* The server goes: those that nobody will end. */
void sio__restore_end_all(sio__core_t *core);

#endif
