/*
 * What the built-in adapter keeps for those who may come back [R7]: their sessions, and the packets
 * that they might have missed. Both go after the time that a connection may be lost, the oldest of
 * them earlier if there is too much.
 */
#ifndef SIO__ADAPTER_SESSIONS_H
#define SIO__ADAPTER_SESSIONS_H

#include "sio/message.h"

typedef struct sio__sessions_s sio__sessions_t;

/* Takes NULL. */
void sio__sessions_free(sio__sessions_t *sessions);
/* A packet with an offset is broadcast. One that cannot be kept, for want of memory, is missed
 * by those who come back: they begin anew. */
void sio__sessions_store(sio_namespace_t *nsp, const sio_targets_t *targets,
                         const sio_message_t *message);

#endif
