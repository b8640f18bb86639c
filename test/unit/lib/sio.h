/* A socket.io server on a loop of the test's, and raw clients of it over WebSocket, in the same
 * thread. */
#ifndef TEST_SIO_H
#define TEST_SIO_H

#include "client.h"
#include <sio.h>

/* --- the server --------------------------------------------------------------------------- */

typedef struct {
    uv_loop_t uv;
    sio_server_t *io;
    sio_socket_t *socket; /* the latest that has connected, borrowed */
    int port;
    int connections;
    int disconnects;
    sio_reason_t reason; /* of the latest disconnect */
    int closed;
    int calls; /* for what the test counts */
    void *data;
} test_sio_t;

static inline void test_sio_connected(sio_socket_t *socket, void *data) {
    test_sio_t *t = data;
    t->socket = socket;
    t->connections++;
}

static inline void test_sio_disconnected(sio_socket_t *socket, sio_reason_t reason, void *data) {
    test_sio_t *t = data;
    if (t->socket == socket)
        t->socket = NULL;
    t->disconnects++;
    t->reason = reason;
}

static inline void test_sio_open_with(test_sio_t *t, const sio_options_t *options) {
    memset(t, 0, sizeof(*t));
    assert_int_equal(uv_loop_init(&t->uv), 0);
    assert_int_equal(sio_server_new(&t->io, &t->uv, options), 0);
    assert_int_equal(sio_listen(t->io, "127.0.0.1", 0), 0);
    t->port = sio_server_port(t->io);
    assert_true(t->port > 0);
    assert_int_equal(sio_on_connection(t->io, test_sio_connected, t), 0);
    assert_int_equal(sio_on_disconnect(t->io, test_sio_disconnected, t), 0);
}

/* Frees the server, if the test has not, and checks that nothing is left on the loop. */
static inline void test_sio_close(test_sio_t *t) {
    sio_server_free(t->io);
    uv_run(&t->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&t->uv), 0);
}

static inline int test_sio_setup(void **state) {
    test_sio_t *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    test_sio_open_with(t, NULL);
    *state = t;
    return 0;
}

static inline int test_sio_teardown(void **state) {
    test_sio_close(*state);
    free(*state);
    return 0;
}

#define IN_SIO(test) cmocka_unit_test_setup_teardown(test, test_sio_setup, test_sio_teardown)

/* Runs the loop until the condition holds. */
#define test_sio_until(t, condition)                                                               \
    do {                                                                                           \
        uint64_t until_start = client_now();                                                       \
        while (!(condition)) {                                                                     \
            if (client_now() - until_start > PATIENCE_MS)                                          \
                fail_msg("%s has not come true", #condition);                                      \
            if (uv_run(&(t)->uv, UV_RUN_NOWAIT) != 0)                                              \
                usleep(200);                                                                       \
        }                                                                                          \
    } while (0)

/* A few turns of the loop: what was put off to the end of one has happened. */
static inline void test_sio_turns(test_sio_t *t) {
    for (int i = 0; i < 3; i++)
        uv_run(&t->uv, UV_RUN_NOWAIT);
}

/* --- frames ------------------------------------------------------------------------------- */

/* A masked frame of less than 64 KiB. */
static inline void peer_frame(client_t *peer, int opcode, const void *data, size_t length) {
    static const unsigned char mask[4] = {0x1f, 0x2e, 0x3d, 0x4c};
    unsigned char *frame = malloc(length + 8);
    size_t at = 0;
    assert_non_null(frame);
    frame[at++] = (unsigned char) (0x80 | opcode);
    if (length < 126) {
        frame[at++] = (unsigned char) (0x80 | length);
    } else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char) (length >> 8);
        frame[at++] = (unsigned char) length;
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < length; i++)
        frame[at++] = ((const unsigned char *) data)[i] ^ mask[i % 4];
    client_send(peer, frame, at);
    free(frame);
}

/* A whole frame has come: its size with the header, or 0. */
static inline size_t peer_has(const client_t *peer, size_t *header) {
    const unsigned char *data = (const unsigned char *) peer->data;
    size_t length;
    if (peer->length < 2)
        return 0;
    *header = data[1] < 126 ? 2 : data[1] == 126 ? 4 : 10;
    if (peer->length < *header)
        return 0;
    length = data[1];
    if (data[1] == 126)
        length = (size_t) data[2] << 8 | data[3];
    else if (data[1] == 127)
        length = (size_t) data[7] << 16 | (size_t) data[8] << 8 | data[9];
    return peer->length >= *header + length ? *header + length : 0;
}

typedef struct {
    int opcode;
    size_t length;
    char data[70000]; /* NUL-terminated */
} message_t;

/* The next frame, in static memory. */
static inline const message_t *peer_next(client_t *peer) {
    static message_t message;
    size_t header = 0, size = 0;
    client_until(peer, (size = peer_has(peer, &header)) > 0 || peer->ended || peer->error != 0);
    if (size == 0)
        fail_msg("the connection has ended");
    message.opcode = peer->data[0] & 15;
    message.length = size - header;
    assert_true(message.length < sizeof(message.data));
    memcpy(message.data, peer->data + header, message.length);
    message.data[message.length] = '\0';
    peer->length -= size;
    memmove(peer->data, peer->data + size, peer->length + 1);
    return &message;
}

/* --- packets ------------------------------------------------------------------------------ */

/* Sends a Socket.IO packet. */
static inline void peer_send(client_t *peer, const char *packet) {
    char text[4096];
    int length = snprintf(text, sizeof(text), "4%s", packet);
    assert_true(length < (int) sizeof(text));
    peer_frame(peer, 1, text, (size_t) length);
}

static inline void peer_send_binary(client_t *peer, const void *data, size_t length) {
    peer_frame(peer, 2, data, length);
}

/* The next one is exactly this. */
static inline void peer_expect(client_t *peer, const char *packet) {
    const message_t *message = peer_next(peer);
    if (message->opcode != 1 || message->data[0] != '4' || strcmp(message->data + 1, packet) != 0)
        fail_msg("expected %s, got opcode %d: %s", packet, message->opcode, message->data);
}

static inline void peer_expect_binary(client_t *peer, const void *data, size_t length) {
    const message_t *message = peer_next(peer);
    assert_int_equal(message->opcode, 2);
    assert_int_equal(message->length, length);
    assert_memory_equal(message->data, data, length);
}

/* The server has closed with an empty close frame. */
static inline void peer_expect_close(client_t *peer) {
    const message_t *message = peer_next(peer);
    if (message->opcode != 8 || message->length != 0)
        fail_msg("expected the close, got opcode %d: %s", message->opcode, message->data);
}

/* Nothing has come that was sent before an answer to this: an unknown namespace. */
static inline void peer_expect_nothing(client_t *peer) {
    peer_send(peer, "0/nowhere,");
    peer_expect(peer, "4/nowhere,{\"message\":\"Invalid namespace\"}");
}

/* Opens the engine's connection; `query` and `headers` may be "". */
static inline void peer_open_with(client_t *peer, uv_loop_t *loop, int port, const char *query,
                                  const char *headers) {
    char request[2048];
    client_connect(peer, loop, "127.0.0.1", port);
    snprintf(request, sizeof(request),
             "GET /socket.io/?EIO=4&transport=websocket%s HTTP/1.1\r\nHost: x\r\n%s"
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             query, headers);
    client_puts(peer, request);
    client_until(peer, strstr(peer->data, "\r\n\r\n") != NULL || peer->ended);
    assert_int_equal(strncmp(peer->data, "HTTP/1.1 101 ", 13), 0);
    size_t head = (size_t) (strstr(peer->data, "\r\n\r\n") - peer->data) + 4;
    peer->length -= head;
    memmove(peer->data, peer->data + head, peer->length + 1);
    assert_int_equal(peer_next(peer)->data[0], '0');
}

static inline void peer_open(client_t *peer, test_sio_t *t) {
    peer_open_with(peer, &t->uv, t->port, "", "");
}

/* Joins a namespace ("" is "/"); the id of the socket goes to `id`, which may be NULL. */
static inline void peer_join(client_t *peer, const char *nsp, const char *auth, char id[21]) {
    char text[512], prefix[128];
    const char *comma = nsp[0] != '\0' ? "," : "";
    snprintf(text, sizeof(text), "0%s%s%s", nsp, comma, auth);
    peer_send(peer, text);
    int length = snprintf(prefix, sizeof(prefix), "40%s%s{\"sid\":\"", nsp, comma);
    const message_t *message = peer_next(peer);
    if (strncmp(message->data, prefix, (size_t) length) != 0 ||
        message->length != (size_t) length + 22)
        fail_msg("no CONNECT, but: %s", message->data);
    if (id != NULL)
        snprintf(id, 21, "%s", message->data + length);
}

/* A connected client of "/"; the server's socket is t->socket. */
static inline void peer_connect(client_t *peer, test_sio_t *t) {
    peer_open(peer, t);
    peer_join(peer, "", "", NULL);
    assert_non_null(t->socket);
}

/* Waits until the server has noticed all that was sent: the answer to an own round trip. */
static inline void peer_settle(client_t *peer) {
    peer_expect_nothing(peer);
}

#endif
