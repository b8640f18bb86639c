#include "crowd.h"

#include "dial.h"
#include "fail.h"

static void on_ready(client_t *client) {
    crowd_t *crowd = client->setup->user.owner;
    crowd->ready++;
}

static void on_left(client_t *client) {
    crowd_t *crowd = client->setup->user.owner;
    crowd->left++;
}

void crowd_init(crowd_t *crowd, loop_t *loop, uint16_t port, bool raw, int count, int window) {
    *crowd = (crowd_t){.count = count, .window = window};
    dial_allow(count);
    crowd->clients = allocate((size_t) count, sizeof *crowd->clients);
    client_setup_init(&crowd->setup, loop, port, raw);
    crowd->setup.user.on_ready = on_ready;
    crowd->setup.user.on_left = on_left;
    crowd->setup.user.owner = crowd;
}

void crowd_open(crowd_t *crowd) {
    crowd->started = crowd->ready = 0;
    while (crowd->ready < crowd->count) {
        while (crowd->started < crowd->count && crowd->started - crowd->ready < crowd->window)
            client_connect(&crowd->clients[crowd->started++], &crowd->setup);
        loop_turn(crowd->setup.loop);
    }
}

void crowd_close(crowd_t *crowd) {
    int leaving = 0;

    crowd->left = 0;
    while (crowd->left < crowd->count) {
        while (leaving < crowd->count && leaving - crowd->left < crowd->window)
            client_leave(&crowd->clients[leaving++]);
        loop_turn(crowd->setup.loop);
    }
}
