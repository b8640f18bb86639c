/* A client: one engine connection, with a socket in each namespace it has joined. */
#ifndef SIO__SIO_CLIENT_H
#define SIO__SIO_CLIENT_H

#include "sio/core.h"
#include "sio/encode.h"
#include "sio/packet.h"

typedef struct sio__partial_s sio__partial_t;

typedef struct sio__client_s {
    sio__core_t *core;     /* to be used only while `eio` is there */
    eio_socket_t *eio;     /* NULL once the connection has ended */
    sio_socket_t *sockets; /* pending and connected, linked by client_next */
    sio__partial_t *partial; /* a packet that waits for its binaries */
    sio__head_t *head;     /* the engine's, from the end of the connection on */
    sio__timeout_t connect_timeout;
    uint32_t refs;         /* the engine, and sockets, ended ones included */
    uint8_t abandoned;     /* attempts to join given up by the peer, since it joined last */
    uint8_t closing;       /* what still comes in is dropped */
    uint8_t websocket;     /* the transport, from the end of the connection on */
} sio__client_t;

/* What the engine is given; its user data is the core. */
extern const eio__user_t sio__client_user;

void sio__client_unref(sio__client_t *client);
const sio__head_t *sio__client_head(const sio__client_t *client);
/* 0, SIO_ECLOSED, SIO_ENOMEM. */
int sio__client_send(sio__client_t *client, sio__encoded_t *encoded);
/* Ends all sockets for `reason` and closes the connection behind what is queued. */
void sio__client_close(sio__client_t *client, sio_reason_t reason);
/* Every namespace gets a DISCONNECT, then the connection ends [S23]. */
void sio__client_disconnect(sio__client_t *client);
void sio__client_link(sio__client_t *client, sio_socket_t *socket);
void sio__client_unlink(sio__client_t *client, sio_socket_t *socket);
/* A namespace was joined. */
void sio__client_joined(sio__client_t *client);

#endif
