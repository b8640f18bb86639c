/* Sending, from one block of canned replies. */
#include "floor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void watch(floor_t *floor, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};

    epoll_ctl(floor->epoll, EPOLL_CTL_MOD, fd, &event);
}

void reply(floor_t *floor, int fd, size_t size) {
    peer_t *peer = &floor->peers[fd];

    if (peer->owed == 0) {
        ssize_t sent = send(fd, floor->replies, size, MSG_NOSIGNAL);
        if (sent == (ssize_t) size)
            return;
        if (sent > 0)
            size -= (size_t) sent;
        watch(floor, fd, EPOLLIN | EPOLLOUT);
    }
    peer->owed += (uint32_t) size;
}

void reply_rest(floor_t *floor, int fd) {
    peer_t *peer = &floor->peers[fd];
    /* Replies repeat themselves: what is owed ends where one ends. */
    size_t done = (floor->reply_size - peer->owed % floor->reply_size) % floor->reply_size;
    size_t size = floor->replies_size - done;

    ssize_t sent =
        send(fd, floor->replies + done, size < peer->owed ? size : peer->owed, MSG_NOSIGNAL);
    if (sent > 0)
        peer->owed -= (uint32_t) sent;
    if (peer->owed == 0)
        watch(floor, fd, EPOLLIN);
}

void say(int fd, const void *data, size_t size) {
    (void) !send(fd, data, size, MSG_NOSIGNAL);
}

void can_replies(floor_t *floor, const void *one, size_t size, size_t copies) {
    floor->reply_size = size;
    floor->replies_size = size * copies;
    floor->replies = malloc(floor->replies_size);
    if (floor->replies == NULL)
        abort();
    for (size_t i = 0; i < copies; i++)
        memcpy(floor->replies + i * size, one, size);
}

void forget(floor_t *floor, int fd) {
    floor->peers[fd] = (peer_t){0};
    close(fd);
}
