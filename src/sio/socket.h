/* A socket: one client in one namespace. */
#ifndef SIO__SIO_SOCKET_H
#define SIO__SIO_SOCKET_H

#include "base/buf.h"
#include "base/id.h"
#include "sio/client.h"
#include "sio/namespace.h"
#include <sio/listeners.h>
#include <sio/socket.h>

typedef enum {
    SIO__SOCKET_PENDING, /* in the middleware */
    SIO__SOCKET_CONNECTED,
    SIO__SOCKET_CLOSED
} sio__socket_state_t;

/* A decoded query parameter that was asked for. */
typedef struct sio__query_s {
    struct sio__query_s *next;
    const char *value; /* in `text`, behind the name */
    char text[];
} sio__query_t;

/* A middleware of events. */
typedef struct {
    sio_event_use_cb cb;
    void *data;
} sio__event_use_t;

/* What a quiet socket does without. */
typedef struct {
    struct sio__ack_s *first_ack, *last_ack; /* waited for, in the order of their ids */
    sio_timer_t *timers;
    sio__event_use_t *uses;
    size_t use_count;
    char *auth_text; /* what came with CONNECT, NULL for nothing or {} */
    size_t auth_length;
    json_t *auth;
    sio__query_t *queries;
    json_t *shared; /* sio_socket_shared_data */
    char pid[SIO__ID_LENGTH + 1]; /* the private id [R2] */
    uint8_t recovered;
    uint32_t ack_count; /* of those that are waited for */
    sio__buf_t missed; /* packets to be sent before the CONNECT reply [R5] */
} sio__more_t;

struct sio_socket_s {
    uint8_t state;
    uint8_t ending;   /* on the way to SIO__SOCKET_CLOSED */
    uint8_t has_uses; /* more->uses */
    uint32_t id_length;
    sio__client_t *client; /* a reference */
    sio_socket_t *client_next;
    sio_namespace_t *nsp;  /* a reference */
    sio__listeners_t listeners;
    void *rooms;           /* the adapter's */
    void *data;
    void (*destroy)(void *data);
    sio__more_t *more;
    uint32_t refs;
    uint32_t stamp;        /* of the last broadcast that has seen it */
    char id[];             /* NUL-terminated; its own [P12], or what its client thinks it is [P14] */
};

/* A pending socket, linked to its client; NULL out of memory. It lives until
 * sio__socket_end. */
sio_socket_t *sio__socket_new(sio__client_t *client, sio_namespace_t *nsp);
/* Makes sure of socket->more: 0 or SIO_ENOMEM. */
int sio__socket_more(sio_socket_t *socket);
/* Keeps what came with CONNECT: 0 or SIO_ENOMEM. */
int sio__socket_set_auth(sio_socket_t *socket, const sio__slice_t *text);
/* Registers it with its namespace: 0 or SIO_ENOMEM. */
int sio__socket_connect(sio_socket_t *socket);
/* Ends it; callbacks are called if it was connected. Twice is fine. */
void sio__socket_end(sio_socket_t *socket, sio_reason_t reason);
/* Says DISCONNECT to the client. */
void sio__socket_goodbye(sio_socket_t *socket);
/* Sends what was encoded for several. Nonzero if it was sent, for the caller to count; `watched`:
 * somebody is told of it and it is counted. */
int sio__socket_deliver(sio_socket_t *socket, eio__message_t *messages, size_t count,
                        int is_volatile, int watched);
static inline int sio__socket_is_connected(const sio_socket_t *socket) {
    return socket->state == SIO__SOCKET_CONNECTED;
}

#endif
