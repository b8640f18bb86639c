/* A WebSocket client of Engine.IO 4 and Socket.IO 5, one of a crowd. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "frame.h"
#include "loop.h"

#include <stdbool.h>

typedef struct client_s client_t;

/* Who uses the clients. on_piece gets every piece of every message that is not the engine's, once
 * the client is ready; on_ready and on_left may be NULL. */
typedef struct client_user_s {
    void (*on_ready)(client_t *client); /* the namespace is joined (raw: the WebSocket is open) */
    void (*on_piece)(client_t *client, const frame_piece_t *piece);
    void (*on_left)(client_t *client); /* the server has closed after client_leave() */
    void *owner;                       /* of the clients */
    void *mode;                        /* the measurement that goes on */
} client_user_t;

/* What the clients of a crowd share. */
typedef struct client_setup_s {
    loop_t *loop;
    client_user_t user;
    uint16_t port;
    bool raw; /* the plain WebSocket at /raw */
    char request[512];
    size_t request_size;
} client_setup_t;

typedef enum client_state_e {
    CLIENT_CLOSED,
    CLIENT_CONNECTING, /* TCP */
    CLIENT_UPGRADING,  /* until the end of the 101's head */
    CLIENT_OPENING,    /* until the engine's OPEN packet */
    CLIENT_JOINING,    /* until the answer to CONNECT */
    CLIENT_READY,
    CLIENT_LEAVING, /* the close frame is out */
} client_state_t;

struct client_s {
    source_t source; /* first */
    const client_setup_t *setup;
    client_state_t state;
    unsigned head_taken; /* bytes of the 101's head */
    unsigned head_tail;  /* how many bytes of the empty line that ends it */
    frame_reader_t reader;
    const uint8_t *out; /* what the socket has not taken yet */
    size_t out_size;
    bool pong_due;

    /* For the user. */
    int64_t sent_at;
    unsigned due;  /* replies missing */
    unsigned part; /* of the reply that comes next */
    bool verified; /* one reply was compared byte by byte */
};

void client_setup_init(client_setup_t *setup, loop_t *loop, uint16_t port, bool raw);

void client_connect(client_t *client, const client_setup_t *setup);
/* Sends bytes that stay where they are until all has gone out. One such call at a time. */
void client_send(client_t *client, const uint8_t *data, size_t size);
/* Closes as engine.io-client does: a close frame; the server answers it and ends the connection. */
void client_leave(client_t *client);

#endif
