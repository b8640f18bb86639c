/* Those who watch the rooms of a namespace [A4]. */
#ifndef SIO__SIO_ROOMS_H
#define SIO__SIO_ROOMS_H

#include "sio/namespace.h"

void sio__rooms_told(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                     const char *id);
static inline void sio__rooms_tell(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                                   const char *id) {
    if (nsp->watch_count > 0)
        sio__rooms_told(nsp, what, room, id);
}
/* A socket's own id is a room from its connection to its end. */
void sio__rooms_own_begins(const sio_socket_t *socket);
void sio__rooms_own_ends(const sio_socket_t *socket);

#endif
