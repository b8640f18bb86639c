/* Those who listen to what goes out [S25]. */
#ifndef SIO__SIO_OUTGOING_H
#define SIO__SIO_OUTGOING_H

#include "sio/message.h"
#include "sio/socket.h"

/* Nonzero if anybody does, for any socket of the server. */
static inline int sio__outgoing_heard(const sio__core_t *core) {
    return core->any_outgoing->refs > 1;
}
/* The listeners of the socket hear an event, before it is sent. They may do anything. */
void sio__outgoing_tell(sio_socket_t *socket, sio_message_t *message);
/* The same for all sockets of this process that are meant. */
void sio__outgoing_tell_all(sio_namespace_t *nsp, const sio_targets_t *targets,
                            sio_message_t *message);

#endif
