/* Many clients, opened and closed together. */
#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

#include "client.h"

typedef struct crowd_s {
    client_setup_t setup;
    client_t *clients;
    int count;
    int window; /* so many may be connecting at a time */
    int started;
    int ready;
    int left;
} crowd_t;

void crowd_init(crowd_t *crowd, loop_t *loop, uint16_t port, bool raw, int count, int window);
/* Returns when all are ready. */
void crowd_open(crowd_t *crowd);
/* Returns when the server has closed them all. */
void crowd_close(crowd_t *crowd);

#endif
