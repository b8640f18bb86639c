/* The network in memory does what the kernel's would. */
#include "memory/network.h"
#include <setjmp.h>
#include <sio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* The last: it needs those before. */
#include <cmocka.h>

static const char upgrade[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                              "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/* A CONNECT, masked with zeros. */
static const char join_packet[] = "\x81\x82\0\0\0\0"
                                  "40";

typedef struct {
    uv_loop_t loop;
    sio_server_t *server;
    sio_socket_t *socket;
    sio_reason_t reason;
} world_t;

static void on_connection(sio_socket_t *socket, void *data) {
    world_t *world = data;
    world->socket = socket;
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    world_t *world = data;
    assert_ptr_equal(socket, world->socket);
    world->socket = NULL;
    world->reason = reason;
}

static int open_world(void **state) {
    world_t *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(sio_server_new(&world->server, &world->loop, NULL), 0);
    assert_int_equal(sio_on_connection(world->server, on_connection, world), 0);
    assert_int_equal(sio_on_disconnect(world->server, on_disconnect, world), 0);
    memory_seed(1);
    *state = world;
    return 0;
}

static int close_world(void **state) {
    world_t *world = *state;
    sio_server_free(world->server);
    for (int i = 0; i < 5; i++)
        memory_run(&world->loop);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    free(world);
    return 0;
}

static size_t waiting(const memory_peer_t *peer) {
    size_t length;
    memory_output(peer, &length);
    return length;
}

static void drain(memory_peer_t *peer) {
    memory_take(peer, waiting(peer));
}

static void say(world_t *world, memory_peer_t *peer, const void *data, size_t length) {
    assert_int_equal(memory_feed(peer, data, length), length);
    memory_end_turn(world->server);
}

static memory_peer_t *join(world_t *world) {
    memory_peer_t *peer = memory_connect(world->server);
    assert_non_null(peer);
    say(world, peer, upgrade, sizeof(upgrade) - 1);
    say(world, peer, join_packet, sizeof(join_packet) - 1);
    assert_non_null(world->socket);
    assert_string_equal(sio_socket_address(world->socket), "127.0.0.1");
    drain(peer);
    return peer;
}

/* The same ids from the same seed: the answers are equal to the last byte. */
static void test_pieces(void **state) {
    world_t *world = *state;
    memory_peer_t *whole = memory_connect(world->server), *bytes = memory_connect(world->server);
    size_t length, length_of_bytes;
    say(world, whole, upgrade, sizeof(upgrade) - 1);
    for (size_t i = 0; i < sizeof(upgrade) - 1; i++)
        say(world, bytes, upgrade + i, 1);
    const char *output = (const char *) memory_output(whole, &length);
    assert_int_equal(strncmp(output, "HTTP/1.1 101 ", 13), 0);
    const char *end = strstr(output, "\r\n\r\n");
    assert_non_null(end);
    assert_memory_equal(memory_output(bytes, &length_of_bytes), output,
                        (size_t) (end + 4 - output));
    assert_int_equal(length_of_bytes, length);
    memory_peer_free(whole);
    memory_peer_free(bytes);
}

static void test_room(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = join(world);
    static const char frame[] = "\x81\x19"
                                "42[\"slow\",\"0123456789ab\"]";
    memory_set_room(peer, 10);
    assert_int_equal(sio_emit(world->socket, "slow", "s", "0123456789ab"), 0);
    memory_end_turn(world->server);
    assert_int_equal(waiting(peer), 10);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), 10);
    assert_true(sio_socket_buffered(world->socket) > 0);
    memory_set_room(peer, 5);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), 15);
    memory_set_room(peer, SIZE_MAX);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), sizeof(frame) - 1);
    assert_memory_equal(memory_output(peer, &(size_t){0}), frame, sizeof(frame) - 1);
    assert_int_equal(sio_socket_buffered(world->socket), 0);
    memory_peer_free(peer);
}

/* A write that waits is cancelled with its connection. */
static void test_closed_while_full(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = join(world);
    memory_set_room(peer, 0);
    assert_int_equal(sio_emit(world->socket, "slow", "s", "text"), 0);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), 0);
    assert_true(memory_feed_end(peer, UV_ECONNRESET));
    assert_null(world->socket);
    assert_false(memory_reads(peer));
    assert_false(memory_feed_end(peer, UV_EOF));
    memory_run(&world->loop);
    assert_true(memory_closed(peer));
    assert_int_equal(world->reason, SIO_REASON_TRANSPORT_CLOSE);
    memory_peer_free(peer);
}

/* A PING after 25 s, and the end 20 s later; none of it before its time. */
static void test_time(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = join(world);
    memory_sleep(24999);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), 0);
    memory_sleep(1);
    memory_run(&world->loop);
    assert_int_equal(waiting(peer), 3);
    assert_memory_equal(memory_output(peer, &(size_t){0}), "\x81\x01" "2", 3);
    memory_sleep(19000);
    memory_run(&world->loop);
    assert_non_null(world->socket);
    /* The deadline, and what a late PONG is given beyond it. */
    for (int i = 0; i < 3; i++) {
        memory_sleep(500);
        memory_run(&world->loop);
    }
    assert_null(world->socket);
    assert_int_equal(world->reason, SIO_REASON_PING_TIMEOUT);
    memory_peer_free(peer);
}

/* The server says goodbye: its FIN behind the last bytes; then the client's ends the connection. */
static void test_finish(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = memory_connect(world->server);
    static const char request[] = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    memory_set_room(peer, 20);
    say(world, peer, request, sizeof(request) - 1);
    assert_int_equal(waiting(peer), 20);
    assert_false(memory_finished(peer));
    memory_set_room(peer, SIZE_MAX);
    memory_run(&world->loop);
    memory_run(&world->loop);
    assert_true(waiting(peer) > 20);
    assert_true(memory_finished(peer));
    assert_false(memory_closed(peer));
    assert_true(memory_feed_end(peer, UV_EOF));
    memory_run(&world->loop);
    assert_true(memory_closed(peer));
    memory_peer_free(peer);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_pieces), IN_WORLD(test_room), IN_WORLD(test_closed_while_full),
        IN_WORLD(test_time),   IN_WORLD(test_finish),
    };
    return cmocka_run_group_tests_name("memory-network", tests, NULL, NULL);
}
