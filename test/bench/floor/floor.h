/* What the parts of bench-floor share; main.c says what it is. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <stdint.h>

#define BUFFER_SIZE     ((size_t) 256 << 10)
#define MAX_DESCRIPTORS (1 << 16)

typedef enum kind_e {
    KIND_ECHO,
    KIND_ACK,
    KIND_BINARY,
    KIND_BROADCAST,
    KIND_RAW,
    KIND_CHURN,
    KIND_OPEN,
    KIND_POLLING,
} kind_t;

/* What is known of a connection. All that a connection costs is here. */
typedef struct peer_s {
    uint32_t step; /* of its life, until it repeats itself */
    uint32_t have; /* bytes of a request that is not complete */
    uint32_t owed; /* bytes of replies that the socket has not taken */
} peer_t;

typedef struct floor_s {
    kind_t kind;
    int epoll;
    void (*serve)(struct floor_s *floor, int fd);
    peer_t peers[MAX_DESCRIPTORS]; /* by descriptor */
    uint8_t buffer[BUFFER_SIZE];

    size_t request_size; /* 0 until the first message came */
    uint8_t *replies;    /* as many as a full buffer can ask for */
    size_t replies_size;
    size_t reply_size;
} floor_t;

/* websocket.c and polling.c: one readable socket. */
void websocket_serve(floor_t *floor, int fd);
void polling_serve(floor_t *floor, int fd);

/* learn.c: takes the measure of the first message when it is all there, and makes the replies from
 * it; 0 until then. */
int websocket_learn(floor_t *floor, int fd);

/* output.c: sends `size` bytes of replies, later what the socket does not take now. */
void reply(floor_t *floor, int fd, size_t size);
void reply_rest(floor_t *floor, int fd);
/* Sends a few bytes, which a socket always takes. */
void say(int fd, const void *data, size_t size);
/* Makes the replies: copies of this one. */
void can_replies(floor_t *floor, const void *one, size_t size, size_t copies);

void forget(floor_t *floor, int fd);

#endif
