/* A client on a loopback connection, in the same thread as the server: it runs the server's
 * loop while it waits. */
#ifndef PEER_H
#define PEER_H

#include <setjmp.h>
#include <sio/eio.h>
#include <sio/http.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL "EIO=4&transport=polling"
#define SOCKET "EIO=4&transport=websocket"

typedef struct {
    uv_loop_t *loop;
    int fd;
    int ended; /* the server has closed */
    size_t length;
    char in[1 << 16];
} peer_t;

/* --- the loop
 * ----------------------------------------------------------------------------------- */

/* Runs the loop until the condition holds; a test that waits 5 seconds has failed. */
#define WAIT_FOR(loop, condition)                                                                  \
    do {                                                                                           \
        uint64_t end_ = uv_hrtime() + UINT64_C(5000000000);                                        \
        while (!(condition) && uv_hrtime() < end_)                                                 \
            turn(loop);                                                                            \
        assert_true(condition);                                                                    \
    } while (0)

static inline void on_tick(uv_timer_t *timer) {
    (void) timer;
}

/* One turn of the loop, at most a few milliseconds long: the timer repeats, since it may fire
 * before the loop polls. */
static inline void turn(uv_loop_t *loop) {
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(loop, &timer), 0);
    assert_int_equal(uv_timer_start(&timer, on_tick, 1, 1), 0);
    uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *) &timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

/* --- bytes
 * -------------------------------------------------------------------------------------- */

static inline peer_t *peer_open(eio_server_t *server) {
    peer_t *peer = calloc(1, sizeof(*peer));
    struct sockaddr_in address = {.sin_family = AF_INET};
    assert_non_null(peer);
    address.sin_port = htons((uint16_t) eio_server_port(server));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->loop = eio_server_loop(server);
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(peer->fd >= 0);
    assert_int_equal(connect(peer->fd, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(fcntl(peer->fd, F_SETFL, O_NONBLOCK), 0);
    return peer;
}

static inline void peer_write(peer_t *peer, const void *data, size_t length) {
    assert_int_equal(send(peer->fd, data, length, MSG_NOSIGNAL), length);
}

static inline void peer_read(peer_t *peer) {
    ssize_t got = recv(peer->fd, peer->in + peer->length, sizeof(peer->in) - 1 - peer->length, 0);
    if (got > 0)
        peer->length += (size_t) got;
    else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        peer->ended = 1;
    peer->in[peer->length] = '\0';
}

static inline int peer_has(peer_t *peer, const char *text) {
    peer_read(peer);
    return memmem(peer->in, peer->length, text, strlen(text)) != NULL;
}

static inline int peer_has_ended(peer_t *peer) {
    peer_read(peer);
    return peer->ended;
}

/* Closes; with `reset` by RST. */
static inline void peer_close(peer_t *peer, int reset) {
    struct linger linger = {1, 0};
    if (reset)
        assert_int_equal(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    close(peer->fd);
    free(peer);
}

/* --- HTTP
 * --------------------------------------------------------------------------------------- */

static inline void peer_ask(peer_t *peer, const char *method, const char *query, const char *body) {
    char text[4096];
    int length = snprintf(text, sizeof(text),
                          "%s /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
                          method, query, strlen(body), body);
    peer->length = 0;
    peer_write(peer, text, (size_t) length);
}

/* Nonzero when a whole response has come; *body points at its body. */
static inline int peer_answered(peer_t *peer, const char **body) {
    peer_read(peer);
    const char *end = strstr(peer->in, "\r\n\r\n");
    const char *size = strstr(peer->in, "\r\nContent-Length: ");
    if (end == NULL || (size == NULL && !peer->ended))
        return 0;
    *body = end + 4;
    size_t wanted = size != NULL ? strtoul(size + 18, NULL, 10) : 0;
    return peer->length - (size_t) (*body - peer->in) >= wanted;
}

/* Waits for the response: its status, with its body checked. */
static inline void peer_expect(peer_t *peer, int status, const char *expected) {
    const char *body = "";
    WAIT_FOR(peer->loop, peer_answered(peer, &body));
    assert_int_equal(atoi(peer->in + 9), status);
    assert_string_equal(body, expected);
}

/* Opens a polling session; its query for later requests in `query`. */
static inline void peer_session(peer_t *peer, char query[128]) {
    const char *body = NULL;
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(peer->loop, peer_answered(peer, &body));
    const char *sid = strstr(body, "{\"sid\":\"");
    assert_non_null(sid);
    sid += 8;
    snprintf(query, 128, POLL "&sid=%.*s", (int) strcspn(sid, "\""), sid);
}

/* --- WebSocket
 * ---------------------------------------------------------------------------------- */

static inline void peer_ask_upgrade(peer_t *peer, const char *query) {
    char text[1024];
    int length = snprintf(text, sizeof(text),
                          "GET /engine.io/?%s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          query);
    peer->length = 0;
    peer_write(peer, text, (size_t) length);
}

static inline void peer_upgrade(peer_t *peer, const char *query) {
    peer_ask_upgrade(peer, query);
    WAIT_FOR(peer->loop, peer_has(peer, "\r\n\r\n"));
    assert_memory_equal(peer->in, "HTTP/1.1 101 ", 13);
}

/* A short text frame, masked with zeros. */
static inline void peer_frame(peer_t *peer, const char *text) {
    unsigned char frame[6 + 125] = {0x81};
    size_t length = strlen(text);
    assert_true(length <= 125);
    frame[1] = (unsigned char) (0x80 | length);
    memcpy(frame + 6, text, length);
    peer_write(peer, frame, 6 + length);
}

#endif
