/*
 * The inside of a session, for the files of this floor. A quiet one costs this struct with its
 * handshake in one block, and what carries it; its one time-out serves heartbeat and closing by
 * turns.
 */
#ifndef SIO__EIO_SESSION_H
#define SIO__EIO_SESSION_H

#include "eio/socket.h"
#include "eio/transport.h"
#include "net/loop.h"

/* How a revision of the protocol differs from others: who asks for signs of life, how packets are
 * joined for a poll. */
typedef struct {
    int protocol;
    int server_pings;
    int separator; /* between packets, of which each is as it is; -1: each is counted [V2] */
} eio__dialect_t;

enum { EIO__DIALECT_V4, EIO__DIALECT_V3, EIO__DIALECT_V2, EIO__DIALECT_V09, EIO__DIALECTS };

/* What a session is sent for a binary message. */
enum {
    EIO__BINARY_PLAIN, /* the bytes */
    EIO__BINARY_TYPED, /* the type in front of them [V5] */
    EIO__BINARY_TEXT   /* base64 [E65, V4] */
};

extern const eio__dialect_t eio__dialects[EIO__DIALECTS];

typedef enum {
    EIO__STATE_OPEN,
    EIO__STATE_CLOSING, /* takes no packets; waits until what is queued has left */
    EIO__STATE_CLOSED   /* unknown to the server; memory goes with the last reference */
} eio__state_t;

/* In which list the session's time-out is. */
typedef enum {
    EIO__ARMED_NOT,
    EIO__ARMED_HELD,  /* until what is held back may leave */
    EIO__ARMED_PING,  /* until the next PING */
    EIO__ARMED_PONG,  /* until the PONG must have come */
    EIO__ARMED_SIGN,  /* until a client that sends PINGs must have sent one [V1] */
    EIO__ARMED_LAST,  /* until what had come by then has been read */
    EIO__ARMED_CLOSE, /* until a close is forced */
    EIO__ARMED_LEAVE, /* the same when the server closes */
    EIO__ARMED_V09_HANDSHAKE, /* of 0.9 clients, see v09/v09.h */
    EIO__ARMED_V09_PING,
    EIO__ARMED_V09_PONG,
    EIO__ARMED_V09_POLL,
    EIO__ARMED_V09_ABSENT
} eio__armed_t;

struct eio_socket_s {
    union {
        void *pointer;
        unsigned char bytes[EIO__USER_ROOM];
    } user; /* first, see eio__socket_user */
    eio_server_t *server; /* NULL once it has ended */
    const eio__transport_t *transport;
    void *carrier; /* the transport's: eio__polling_t, sio__ws_t, eio__v09_t… */
    sio__timeout_t timeout;
    eio_socket_t *turn_next; /* in the server's list, if it is `deferred` */
    uint32_t refs;
    uint8_t state;     /* eio__state_t */
    uint8_t armed : 4;     /* eio__armed_t */
    uint8_t reason : 4;    /* sio_reason_t */
    uint8_t dialect : 2;   /* index of eio__dialects */
    uint8_t binary : 2;    /* EIO__BINARY_… */
    uint8_t refreshed : 1; /* a packet has renewed the PONG's time-out once [E70] */
    uint8_t failing : 1;   /* ends with `reason` at the end of the turn */
    uint8_t told : 1;      /* the user knows it: `open` was called and has not refused */
    uint8_t upgraded : 1;  /* it has moved to another transport */
    uint8_t deferred : 1;  /* its transport is called at the end of the turn */
    uint8_t absent : 1;    /* no connection is there for it, see absence.h */
    char id[]; /* NUL-terminated; behind it the handshake (sio__kept_t) */
};

_Static_assert(sizeof(void *) != 8 || offsetof(eio_socket_t, id) <= 88,
               "a quiet session has grown");

static inline const eio__dialect_t *eio__socket_dialect(const eio_socket_t *socket) {
    return &eio__dialects[socket->dialect];
}

/* A session under `id`, with one reference and known to the server, that keeps `head`. NULL out
 * of memory. */
eio_socket_t *eio__socket_new(eio_server_t *server, const char *id, const sio__head_t *head,
                              unsigned dialect);
/* The client wants base64 (b64), or does not, on the transport that it comes by. */
void eio__socket_set_base64(eio_socket_t *socket, int base64);

/* A packet has come, from the transport of the session. */
void eio__socket_packet(eio_socket_t *socket, const eio__packet_t *packet);
/* Ends the session, the one place where that happens; what comes after the first call does
 * nothing. Only from the loop (an event, the end of a turn) or eio_socket_close(…, 1). */
void eio__socket_end(eio_socket_t *socket, sio_reason_t reason);
/* Ends a closing session for the reason it closes. */
void eio__socket_finish(eio_socket_t *socket);
/* Calls the transport's turn_end when the turn ends. */
void eio__socket_defer(eio_socket_t *socket);
/* The server goes: forgets those that wait for the end of the turn. */
void eio__socket_undefer_all(eio_server_t *server);
/* Everything queued has gone. */
void eio__socket_drained(eio_socket_t *socket);

#endif
