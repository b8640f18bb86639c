/* A client: one engine connection, with a socket in each namespace it has joined. */
#ifndef SIO__SIO_CLIENT_H
#define SIO__SIO_CLIENT_H

#include "sio/core.h"
#include "sio/encode.h"
#include "sio/packet.h"

typedef struct sio__partial_s sio__partial_t;
typedef struct sio__decoder_s sio__decoder_t;

/* A packet that waits for its binaries; or the state of another parser than the built-in one. */
typedef union {
    sio__partial_t *partial;
    sio__decoder_t *decoder;
} sio__incoming_t;

/* The revision of Engine.IO that goes with the protocol of today. */
enum { SIO__PROTOCOL = 4 };

/* Until it has joined a namespace. */
typedef struct {
    sio__timeout_t timeout;
    struct sio__client_s *client;
    sio__incoming_t incoming;
} sio__joining_t;

/* The user's part of an engine session, whose references are those of the client: the engine's,
 * and those of sockets, ended ones included. */
typedef struct sio__client_s {
    sio_socket_t *sockets; /* pending and connected, linked by client_next */
    union {
        sio__joining_t *joining;
        sio__incoming_t incoming;
    } u;
    uint8_t abandoned; /* attempts to join given up by the peer, since it joined last */
    uint8_t undecided; /* names that parents have been asked about, see sio__parent_ask */
    uint8_t closing;   /* what still comes in is dropped */
    uint8_t joined;    /* a namespace; u.incoming is in use */
    uint8_t protocol;  /* eio_socket_protocol: 4, that of today; 3, 2 [P14] */
} sio__client_t;

_Static_assert(sizeof(sio__client_t) <= EIO__USER_ROOM, "a client has no room in its session");

/* What the engine is given, without options.parser and with it; its user data is the core. */
extern const eio__user_t sio__client_user, sio__client_parsed_user;

static inline eio_socket_t *sio__client_eio(const sio__client_t *client) {
    return eio__socket_of_user(client);
}
static inline void sio__client_unref(sio__client_t *client) {
    eio__socket_unref(sio__client_eio(client));
}
static inline int sio__client_is_older(const sio__client_t *client) {
    return client->protocol != SIO__PROTOCOL;
}
/* Sends the messages of a packet to a client of before, in the form that it knows; `watched` as in
 * sio__socket_deliver. 0, SIO_ECLOSED, SIO_ENOMEM. */
int sio__client_send_older(sio__client_t *client, eio__message_t *messages, size_t count,
                           int watched);
/* 0, SIO_ECLOSED, SIO_ENOMEM. */
int sio__client_send(sio__client_t *client, sio__encoded_t *encoded);
/* Ends all sockets for `reason` and closes the connection behind what is queued. */
void sio__client_close(sio__client_t *client, sio_reason_t reason);
/* Every namespace gets a DISCONNECT, then the connection ends [S23]. */
void sio__client_disconnect(sio__client_t *client);
void sio__client_link(sio__client_t *client, sio_socket_t *socket);
void sio__client_unlink(sio__client_t *client, sio_socket_t *socket);
/* A complete packet, its data checked: it goes to the socket of its namespace. */
void sio__client_take(sio__client_t *client, const sio__packet_t *packet,
                      const sio__binary_t *binaries, size_t count);
/* What came makes no packet [P7]; or there is no memory for it (SIO_ENOMEM). */
void sio__client_refuse(sio__client_t *client, int rc, const char *why);
/* Its socket in the namespace of this name; NULL: none. */
sio_socket_t *sio__client_socket(const sio__client_t *client, const sio__slice_t *name);
/* While the session is there. */
sio__core_t *sio__client_core(const sio__client_t *client);
/* A socket for a namespace begins its way in; `nsp` NULL: the client is refused. 0 or
 * SIO_ENOMEM. */
int sio__client_join(sio__client_t *client, sio_namespace_t *nsp, const sio__slice_t *name,
                     const sio__slice_t *auth);
/* A namespace was joined. */
void sio__client_joined(sio__client_t *client);

#endif
