/* A packet on its way through an adapter: encoded for the sockets here, readable for others. */
#ifndef SIO__SIO_MESSAGE_H
#define SIO__SIO_MESSAGE_H

#include "sio/encode.h"
#include "sio/namespace.h"

enum { SIO__OFFSET_ROOM = 64 }; /* of an adapter's offset, with its NUL */

struct sio_message_s {
    sio__core_t *core;
    sio__encoded_t encoded;
    sio__encoded_t plain; /* by the protocol's own parser, where another one made `encoded` */
    const char *offset;   /* of the packet, by which a client says what it has got; NULL: none */
    char offset_room[SIO__OFFSET_ROOM];
    uint8_t has_plain;
};

/* An event; `targets` say whether it gets an offset. As
 * sio__encode_event. */
int sio__message_event(sio_message_t *message, sio_namespace_t *nsp, const sio_targets_t *targets,
                       int64_t id, const char *event, const sio__args_t *args);
/* What another server has said; `id` -1: no ack. 0, SIO_EINVAL, SIO_ECLOSED, SIO_ENOMEM. */
int sio__message_of_packet(sio_message_t *message, sio_namespace_t *nsp,
                           const sio_packet_t *packet, int64_t id);

/* What was emitted to its parent. */
int sio__message_for_child(sio_message_t *message, sio_namespace_t *nsp,
                           const sio_targets_t *targets, const sio_packet_t *packet);

/* Only to be told to servers: readable, not for sockets. */
int sio__message_for_servers(sio_message_t *message, sio_namespace_t *nsp, const char *event,
                             const sio__args_t *args);
/* The same for the answer to one. */
int sio__message_answer(sio_message_t *message, sio_namespace_t *nsp, const sio__args_t *args);

#endif
