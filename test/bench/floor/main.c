/*
 * bench-floor MODE: the least C program that does the same bytes as the servers under test: bare
 * epoll, one recv and one send per readable socket, canned replies, no allocation per message, no
 * timers, no checks. What a server costs above this is its own doing.
 *
 * It believes its client, bench-load in the same MODE. Only the first message is looked at, to make
 * the canned reply from it; from then on messages are counted by their size alone. It listens on
 * 127.0.0.1, port PORT of the environment.
 */
#include "floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define BATCH 1024

static const struct {
    const char *name;
    kind_t kind;
} modes[] = {
    {"echo", KIND_ECHO},   {"ack", KIND_ACK},         {"binary", KIND_BINARY},
    {"raw", KIND_RAW},     {"polling", KIND_POLLING}, {"broadcast", KIND_BROADCAST},
    {"churn", KIND_CHURN}, {"open", KIND_OPEN},       {"idle", KIND_OPEN},
};

static void watch(floor_t *floor, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(floor->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        perror("bench-floor: epoll_ctl");
}

static int listen_at(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int yes = 1;

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* handed down to what it accepts */
    if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 4096) < 0)
        return -1;
    return fd;
}

static void accept_all(floor_t *floor, int listener) {
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        watch(floor, fd);
}

static void run(floor_t *floor, int listener) {
    static struct epoll_event events[BATCH];

    for (;;) {
        int count = epoll_wait(floor->epoll, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(floor, listener);
                continue;
            }
            if (events[i].events & EPOLLOUT)
                reply_rest(floor, fd);
            if (events[i].events & ~(uint32_t) EPOLLOUT)
                floor->serve(floor, fd);
        }
    }
}

static void allow_many_files(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv) {
    static floor_t floor;
    const char *port = getenv("PORT");
    size_t i = 0;

    while (i < sizeof modes / sizeof *modes && (argc != 2 || strcmp(modes[i].name, argv[1]) != 0))
        i++;
    if (i == sizeof modes / sizeof *modes || port == NULL) {
        fputs("usage: PORT=N bench-floor MODE (of bench-load, or raw)\n", stderr);
        return 2;
    }
    floor.kind = modes[i].kind;
    floor.serve = floor.kind == KIND_POLLING ? polling_serve : websocket_serve;
    floor.epoll = epoll_create1(0);
    allow_many_files();
    int listener = listen_at((uint16_t) strtoul(port, NULL, 10));
    if (floor.epoll < 0 || listener < 0) {
        perror("bench-floor");
        return 1;
    }
    watch(&floor, listener);
    run(&floor, listener);
}
