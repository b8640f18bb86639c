/* A keep-alive HTTP/1.1 connection with one request at a time. */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H

#include "loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

typedef struct link_s link_t;

/* A stretch of a response's body. There is at least one per response; the last one has
 * offset + size == length. */
typedef struct body_piece_s {
    size_t length;
    size_t offset;
    const char *data;
    size_t size;
} body_piece_t;

struct link_s {
    source_t source; /* first */
    loop_t *loop;
    void (*on_piece)(link_t *link, const body_piece_t *piece);
    void *owner;
    bool connected;
    bool waiting;        /* for a response, or for the rest of it */
    struct iovec out[2]; /* what the socket has not taken yet: head, body */
    char head[512];
    unsigned head_size;
    size_t length; /* of the body */
    size_t taken;
};

void link_open(link_t *link, loop_t *loop, uint16_t port);
/* Sends a request, when the connection is there. Head and body stay where they are meanwhile. */
void link_request(link_t *link, const void *head, size_t head_size, const void *body,
                  size_t body_size);

#endif
