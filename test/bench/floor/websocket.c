/* Socket.IO over WebSocket, and the raw WebSocket. */
#include "floor.h"

#include <sys/socket.h>

enum { NEW, OPENED, JOINED, ECHOED };

/* The accept value belongs to bench-load's key. */
#define UPGRADED                                                                                   \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define OPEN                                                                                       \
    "0{\"sid\":\"nnoVuYBVf2moyQdAAAAA\",\"upgrades\":[],\"pingInterval\":25000,"                   \
    "\"pingTimeout\":20000,\"maxPayload\":1000000}"
#define CONNECTED "40{\"sid\":\"rtzVuYBVf2moyQdAAAAB\"}"

static const char upgraded[] = UPGRADED;
static const char opening[] = UPGRADED "\x81\x6b" OPEN;
static const char connected[] = "\x81\x20" CONNECTED;
static const char closing[] = {'\x88', '\x00'};

_Static_assert(sizeof OPEN - 1 == 0x6b && sizeof CONNECTED - 1 == 0x20, "the frames' lengths");

/* Of a broadcast. */
static int members[MAX_DESCRIPTORS];
static int member_count;

static void greet(floor_t *floor, int fd, peer_t *peer) {
    if (floor->kind == KIND_RAW) {
        say(fd, upgraded, sizeof upgraded - 1);
        peer->step = JOINED;
    } else if (peer->step == NEW) {
        say(fd, opening, sizeof opening - 1);
        peer->step = OPENED;
    } else {
        say(fd, connected, sizeof connected - 1);
        peer->step = JOINED;
        if (floor->kind == KIND_BROADCAST)
            members[member_count++] = fd;
    }
}

static void leave(floor_t *floor, int fd) {
    if (floor->kind == KIND_BROADCAST) {
        for (int i = 0; i < member_count; i++)
            if (members[i] == fd)
                members[i--] = members[--member_count];
    }
    forget(floor, fd);
}

void websocket_serve(floor_t *floor, int fd) {
    peer_t *peer = &floor->peers[fd];

    if (peer->step == JOINED && floor->request_size == 0 && floor->kind != KIND_OPEN &&
        !websocket_learn(floor, fd))
        return;
    ssize_t received = recv(fd, floor->buffer, BUFFER_SIZE, 0);
    if (received <= 0) {
        leave(floor, fd);
        return;
    }
    if (peer->step < JOINED) {
        greet(floor, fd, peer);
        return;
    }
    if (peer->step == ECHOED || floor->kind == KIND_OPEN) {
        say(fd, closing, sizeof closing);
        leave(floor, fd);
        return;
    }

    size_t have = peer->have + (size_t) received;
    size_t messages = have / floor->request_size;
    peer->have = (uint32_t) (have - messages * floor->request_size);
    if (floor->kind == KIND_BROADCAST) {
        for (int i = 0; i < member_count && messages > 0; i++)
            reply(floor, members[i], messages * floor->reply_size);
    } else if (messages > 0) {
        reply(floor, fd, messages * floor->reply_size);
        if (floor->kind == KIND_CHURN)
            peer->step = ECHOED;
    }
}
