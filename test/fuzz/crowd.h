/*
 * The clients of the whole-server program, on the network in memory. What they have to say waits
 * until it is delivered, all at once or in pieces, those of several connections in turn; of what
 * they hear they remember the ids that the server has given out, for what they say next.
 */
#ifndef TEST_FUZZ_CROWD_H
#define TEST_FUZZ_CROWD_H

#include "fuzz.h"
#include "memory/network.h"

enum { CROWD_CLIENTS = 8, CROWD_IDS = 8, CROWD_ID_SIZE = 32 };

typedef struct {
    memory_peer_t *peer; /* NULL: not connected */
    sio__buf_t outbox;
    size_t cut; /* the length of the pieces; 0: all */
} client_t;

typedef struct {
    sio_server_t *server;
    client_t clients[CROWD_CLIENTS];
    char sessions[CROWD_IDS][CROWD_ID_SIZE]; /* of the engine, or 0.9; the latest ones, in a ring */
    unsigned session_count;
    char private_id[CROWD_ID_SIZE], offset[CROWD_ID_SIZE]; /* for a recovery, the latest */
} crowd_t;

void crowd_open(crowd_t *crowd, sio_server_t *server);
/* Says something, connecting before if need be. In the first `~0` to `~7` are session ids, `~p` and
 * `~o` what a recovery needs. */
void crowd_say(crowd_t *crowd, unsigned number, const void *bytes, size_t length);
void crowd_say_text(crowd_t *crowd, unsigned number, const char *text, size_t length);
/* A masked frame with this first byte. */
void crowd_say_frame(crowd_t *crowd, unsigned number, int first, const char *text, size_t length);

/* Delivers a piece of what each of them has to say, and takes what they hear. Nonzero if something
 * was delivered. */
int crowd_deliver(crowd_t *crowd);
void crowd_listen(crowd_t *crowd);
/* The FIN, or the loss of the connection. */
void crowd_end(crowd_t *crowd, unsigned number, int error);
/* The client vanishes without a word. */
void crowd_vanish(crowd_t *crowd, unsigned number);
void crowd_close(crowd_t *crowd);

#endif
