#include "link.h"

#include "dial.h"
#include "fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_SIZE ((size_t) 256 << 10)

static void consume(link_t *link, size_t sent) {
    for (int i = 0; i < 2; i++) {
        size_t part = sent < link->out[i].iov_len ? sent : link->out[i].iov_len;
        link->out[i].iov_base = (char *) link->out[i].iov_base + part;
        link->out[i].iov_len -= part;
        sent -= part;
    }
}

static void flush(link_t *link) {
    while (link->out[0].iov_len + link->out[1].iov_len > 0) {
        struct msghdr message = {.msg_iov = link->out, .msg_iovlen = 2};
        ssize_t sent = sendmsg(link->source.fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            loop_change(link->loop, &link->source, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0)
            fail_errno("send");
        consume(link, (size_t) sent);
    }
}

void link_request(link_t *link, const void *head, size_t head_size, const void *body,
                  size_t body_size) {
    if (link->waiting)
        fail("a request before the response to the one before");
    link->waiting = true;
    link->out[0] = (struct iovec){(void *) (uintptr_t) head, head_size};
    link->out[1] = (struct iovec){(void *) (uintptr_t) body, body_size};
    if (link->connected)
        flush(link);
}

static void parse_head(link_t *link) {
    static const char status[] = "HTTP/1.1 200";

    link->head[link->head_size] = '\0';
    const char *length = strcasestr(link->head, "\r\nContent-Length:");
    if (strncmp(link->head, status, strlen(status)) != 0 || length == NULL)
        fail("not a response with status 200 and a Content-Length: %s", link->head);
    link->length = strtoul(strchr(length, ':') + 1, NULL, 10);
    link->taken = 0;
}

/* Returns whether the head is complete. */
static bool take_head(link_t *link, const char **data, size_t *size) {
    static const char end[4] = "\r\n\r\n";

    while (*size > 0) {
        if (link->head_size == sizeof link->head - 1)
            fail("a response's head is longer than %zu bytes", sizeof link->head);
        link->head[link->head_size++] = *(*data)++;
        --*size;
        if (link->head_size >= sizeof end &&
            memcmp(link->head + link->head_size - sizeof end, end, sizeof end) == 0) {
            parse_head(link);
            return true;
        }
    }
    return false;
}

static void take_body(link_t *link, const char **data, size_t *size) {
    size_t left = link->length - link->taken;
    body_piece_t piece = {link->length, link->taken, *data, left < *size ? left : *size};

    *data += piece.size;
    *size -= piece.size;
    link->taken += piece.size;
    if (link->taken == link->length) {
        /* on_piece may send the next request. */
        link->head_size = 0;
        link->length = link->taken = 0;
        link->waiting = false;
    }
    link->on_piece(link, &piece);
}

static void receive(link_t *link) {
    static char buffer[RECEIVE_SIZE];
    const char *data = buffer;

    ssize_t received = recv(link->source.fd, buffer, sizeof buffer, 0);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received < 0)
        fail_errno("recv");
    if (received == 0)
        fail("the server has closed a connection");
    size_t size = (size_t) received;
    while (size > 0) {
        if (!link->waiting)
            fail("a response to no request");
        if (link->length == 0 && !take_head(link, &data, &size))
            return;
        take_body(link, &data, &size);
    }
}

static void on_ready(source_t *source, uint32_t events) {
    link_t *link = (link_t *) source;

    if (events & EPOLLOUT) {
        if (!link->connected)
            dial_finish(source->fd);
        link->connected = true;
        loop_change(link->loop, source, EPOLLIN);
        flush(link);
    }
    if (events & ~(uint32_t) EPOLLOUT)
        receive(link);
}

void link_open(link_t *link, loop_t *loop, uint16_t port) {
    link->loop = loop;
    link->source.fd = dial_start(port);
    link->source.ready = on_ready;
    loop_watch(loop, &link->source, EPOLLOUT);
}
