/* Socket.IO over HTTP long-polling. A session has two connections: one brings GETs, the other
 * POSTs. Its id is its number. */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SEPARATOR    0x1e
#define SID_LENGTH   20
#define MAX_SESSIONS 100000 /* ids of five digits */

/* As libsio answers; the date has its length. */
#define HEAD                                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\ncache-control: no-store\r\n"    \
    "Date: Tue, 24 Nov 2026 00:00:00 GMT\r\nContent-Length: "
#define OPEN                                                                                       \
    "0{\"sid\":\"%020u\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"                     \
    "\"pingTimeout\":20000,\"maxPayload\":1000000}"

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncache-control: no-store\r\n"
                         "Date: Tue, 24 Nov 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok";
static const char connected[] = HEAD "32\r\n\r\n40{\"sid\":\"rtzVuYBVf2moyQdAAAAB\"}";

typedef struct session_s {
    int poll;      /* the GET that waits, by its descriptor; or 0 */
    unsigned owed; /* answers for GETs to come */
    unsigned joined;
} session_t;

static session_t sessions[MAX_SESSIONS];
static unsigned session_count;
static session_t *session_of[MAX_DESCRIPTORS];

/* The first request of a connection that brings GETs. */
static void open_session(int fd) {
    char text[512];
    unsigned number = session_count++ % MAX_SESSIONS;
    int length = snprintf(NULL, 0, OPEN, number);
    int size = snprintf(text, sizeof text, HEAD "%d\r\n\r\n" OPEN, length, number);

    session_of[fd] = &sessions[number];
    *session_of[fd] = (session_t){0};
    say(fd, text, (size_t) size);
}

/* The first request of a connection that brings POSTs: CONNECT. */
static void find_session(floor_t *floor, int fd, size_t size) {
    const uint8_t *sid = memmem(floor->buffer, size, "&sid=", 5);
    unsigned number = 0;

    for (int i = 0; sid != NULL && i < SID_LENGTH; i++)
        number = number * 10 + (unsigned) (sid[5 + i] - '0');
    session_of[fd] = &sessions[number % MAX_SESSIONS];
}

static void answer(floor_t *floor, session_t *session, int fd) {
    if (session->joined) {
        reply(floor, fd, floor->reply_size);
    } else {
        say(fd, connected, sizeof connected - 1);
        session->joined = 1;
    }
}

static void take_get(floor_t *floor, int fd) {
    session_t *session = session_of[fd];

    if (session->owed > 0) {
        session->owed--;
        answer(floor, session, fd);
    } else {
        session->poll = fd;
    }
}

static void take_post(floor_t *floor, int fd) {
    session_t *session = session_of[fd];
    int poll = session->poll;

    say(fd, ok, sizeof ok - 1);
    if (poll != 0) {
        session->poll = 0;
        answer(floor, session, poll);
    } else {
        session->owed++;
    }
}

/* Takes the measure of the first POST with a batch when its first packet is all there. The body of
 * the answer is the POST's: an event `echo` looks the same both ways, and all packets are alike. */
static int learn(floor_t *floor, const char *data, size_t size) {
    char head[256];
    const char *field = memmem(data, size, "Content-Length: ", 16);
    const char *end = memmem(data, size, "\r\n\r\n", 4);

    if (field == NULL || end == NULL)
        return 0;
    const char *packet = end + 4;
    size_t have = size - (size_t) (packet - data);
    size_t length = strtoul(field + 16, NULL, 10);
    const char *separator = memchr(packet, SEPARATOR, have);
    if (separator == NULL && have < length)
        return 0;
    size_t period = separator == NULL ? length : (size_t) (separator + 1 - packet);

    size_t head_size = (size_t) snprintf(head, sizeof head, HEAD "%zu\r\n\r\n", length);
    char *one = malloc(head_size + length);
    if (one == NULL)
        abort();
    memcpy(one, head, head_size);
    for (size_t i = 0; i < length; i++)
        one[head_size + i] = packet[i % period];
    can_replies(floor, one, head_size + length, 1);
    free(one);
    floor->request_size = size - have + length;
    return 1;
}

/* False: too little of the first POST with a batch is there. */
static int prepared(floor_t *floor, int fd) {
    ssize_t size = recv(fd, floor->buffer, BUFFER_SIZE, MSG_PEEK);

    return size <= 0 || floor->buffer[0] != 'P' ||
           learn(floor, (const char *) floor->buffer, (size_t) size);
}

void polling_serve(floor_t *floor, int fd) {
    peer_t *peer = &floor->peers[fd];

    if (floor->request_size == 0 && peer->step > 0 && !prepared(floor, fd))
        return;
    ssize_t received = recv(fd, floor->buffer, BUFFER_SIZE, 0);
    if (received <= 0) {
        forget(floor, fd);
        return;
    }
    int get = peer->have == 0 && floor->buffer[0] == 'G';
    if (peer->step++ == 0) {
        if (get) {
            open_session(fd);
        } else {
            find_session(floor, fd, (size_t) received);
            take_post(floor, fd);
        }
    } else if (get) {
        take_get(floor, fd);
    } else {
        peer->have += (uint32_t) received;
        if (peer->have >= floor->request_size) {
            peer->have = 0;
            take_post(floor, fd);
        }
    }
}
