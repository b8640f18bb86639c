/*
 * The inside of a session, for the files of this floor. A quiet one costs this struct, its
 * handshake, and what carries it; its one time-out serves heartbeat and closing by turns.
 */
#ifndef SIO__EIO_SESSION_H
#define SIO__EIO_SESSION_H

#include "eio/socket.h"
#include "eio/transport.h"
#include "net/loop.h"

/* How a revision of the protocol differs from others: who asks for signs of life. */
typedef struct {
    int protocol;
    int server_pings;
} eio__dialect_t;

extern const eio__dialect_t eio__dialect_v4;

typedef enum {
    EIO__STATE_OPEN,
    EIO__STATE_CLOSING, /* takes no packets; waits until what is queued has left */
    EIO__STATE_CLOSED   /* unknown to the server; memory goes with the last reference */
} eio__state_t;

/* In which list the session's time-out is. */
typedef enum {
    EIO__ARMED_NOT,
    EIO__ARMED_PING,  /* until the next PING */
    EIO__ARMED_PONG,  /* until the PONG must have come */
    EIO__ARMED_LAST,  /* until what had come by then has been read */
    EIO__ARMED_CLOSE, /* until a close is forced */
    EIO__ARMED_LEAVE  /* the same when the server closes */
} eio__armed_t;

struct eio_socket_s {
    eio_server_t *server;
    void *data; /* the user's */
    const eio__transport_t *transport;
    void *carrier; /* the transport's: eio__polling_t, or sio__ws_t */
    const eio__dialect_t *dialect;
    struct eio__upgrade_s *upgrade; /* a probe is under way */
    sio__head_t *head;
    sio__timeout_t timeout;
    uint64_t planned; /* loop time at which the PING is due */
    sio__deferred_t deferred;
    uint32_t refs;
    uint8_t state;     /* eio__state_t */
    uint8_t armed;     /* eio__armed_t */
    uint8_t refreshed; /* a packet has renewed the PONG's time-out once [E70] */
    uint8_t failing;   /* ends with `reason` at the end of the turn */
    uint8_t reason;    /* sio_reason_t */
    uint8_t base64;    /* the client takes no binary frames (b64) [E65] */
    uint8_t told;      /* the user knows it: `open` was called and has not refused */
    char id[];
};

/* A session under `id`, with one reference and known to the server. It takes the head, if it
 * succeeds. NULL out of memory. */
eio_socket_t *eio__socket_new(eio_server_t *server, const char *id, sio__head_t *head, int base64);
void eio__socket_ref(eio_socket_t *socket);
void eio__socket_unref(eio_socket_t *socket);

/* A packet has come, from the transport of the session. */
void eio__socket_packet(eio_socket_t *socket, const eio__packet_t *packet);
/* Ends the session, the one place where that happens; what comes after the first call does
 * nothing. Only from the loop (an event, the end of a turn) or eio_socket_close(…, 1). */
void eio__socket_end(eio_socket_t *socket, sio_reason_t reason);
/* Ends a closing session for the reason it closes. */
void eio__socket_finish(eio_socket_t *socket);
/* Calls the transport's turn_end when the turn ends. */
void eio__socket_defer(eio_socket_t *socket);
/* Everything queued has gone. */
void eio__socket_drained(eio_socket_t *socket);

#endif
