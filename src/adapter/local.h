/* Who is in which room, in this process. */
#ifndef SIO__ADAPTER_LOCAL_H
#define SIO__ADAPTER_LOCAL_H

#include "sio/namespace.h"

typedef struct {
    sio_socket_t *socket;
    uint32_t place; /* in the socket's list */
} sio__member_t;

typedef struct {
    sio__member_t *members;
    uint32_t count;
    uint32_t capacity;
    size_t kept; /* sockets that have ended and are still asked for it; those who speak of it */
    uint8_t listed;
    char name[];
} sio__room_t;

typedef struct {
    sio__room_t *room;
    uint32_t place; /* among the members */
} sio__membership_t;

/* socket->rooms; NULL: in none. */
typedef struct {
    uint32_t count;
    uint32_t capacity;
    sio__membership_t of[];
} sio__memberships_t;

struct sio__local_s {
    sio_namespace_t *nsp;
    sio__idmap_t rooms; /* those with members */
    struct sio__sessions_s *sessions; /* of sockets that may come back; NULL: none yet */
};

#endif
