/* Time-outs to the millisecond: just before its end nothing has happened, then the peer is
 * refused, and another one notices nothing. */
#include "memory/network.h"
#include <setjmp.h>
#include <sio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* The last: it needs those before. */
#include <cmocka.h>

#define UPGRADE                                                                                    \
    "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"        \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

enum { CONNECT_MS = 45000, UPGRADE_MS = 10000, PING_MS = 25000, PONG_MS = 20000, STALL_MS = 60000,
       V09_MS = 30000, IDLE_MS = 90000, RATE = 10 };

typedef struct {
    uv_loop_t loop;
    sio_server_t *server;
    sio_socket_t *socket; /* the latest */
    memory_peer_t *other; /* who notices nothing */
    int disconnects;
    sio_reason_t reason;
    int warnings;
    int ws_closed, ws_code, pongs;
    sio_ws_t *ws;
} world_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    world_t *world = data;
    (void) category, (void) text;
    world->warnings += level <= SIO_LOG_WARN;
}

static void on_connection(sio_socket_t *socket, void *data) {
    ((world_t *) data)->socket = socket;
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    world_t *world = data;
    if (world->socket == socket)
        world->socket = NULL;
    world->disconnects++;
    world->reason = reason;
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

/* --- bytes -------------------------------------------------------------------------------- */

static const char *output(const memory_peer_t *peer, size_t *length) {
    return (const char *) memory_output(peer, length);
}

static void drain(memory_peer_t *peer) {
    size_t length;
    output(peer, &length);
    memory_take(peer, length);
}

/* What has come for the peer, as text; it is taken. */
static const char *heard(memory_peer_t *peer) {
    static char text[4096];
    size_t length;
    const char *bytes = output(peer, &length);
    assert_true(length < sizeof(text));
    if (length > 0)
        memcpy(text, bytes, length);
    text[length] = '\0';
    memory_take(peer, length);
    return text;
}

static void feed(world_t *world, memory_peer_t *peer, const void *data, size_t length) {
    assert_int_equal(memory_feed(peer, data, length), length);
    memory_end_turn(world->server);
}

static void feed_text(world_t *world, memory_peer_t *peer, const char *text) {
    feed(world, peer, text, strlen(text));
}

/* A frame, masked with zeros. */
static void frame(world_t *world, memory_peer_t *peer, int opcode, const char *text) {
    char bytes[140];
    size_t length = strlen(text);
    assert_true(length < 126);
    bytes[0] = (char) (0x80 | opcode);
    bytes[1] = (char) (0x80 | length);
    memset(bytes + 2, 0, 4);
    memcpy(bytes + 6, text, length);
    feed(world, peer, bytes, 6 + length);
}

static memory_peer_t *connect_peer(world_t *world, const char *request) {
    memory_peer_t *peer = memory_connect(world->server);
    assert_non_null(peer);
    feed_text(world, peer, request);
    return peer;
}

static void pass(world_t *world, uint64_t ms) {
    memory_sleep(ms);
    for (int i = 0; i < 3; i++)
        memory_run(&world->loop);
}

/* --- the world ---------------------------------------------------------------------------- */

static memory_peer_t *open_session(world_t *world) {
    memory_peer_t *peer =
        connect_peer(world, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" UPGRADE);
    assert_non_null(strstr(heard(peer), "HTTP/1.1 101 "));
    return peer;
}

static memory_peer_t *join(world_t *world) {
    memory_peer_t *peer = open_session(world);
    frame(world, peer, 1, "40");
    assert_non_null(world->socket);
    drain(peer);
    return peer;
}

static void check_other(world_t *world) {
    drain(world->other);
    frame(world, world->other, 1, "42[\"echo\",1]");
    assert_non_null(strstr(heard(world->other), "42[\"echo\",1]"));
}

/* Lets time pass, and the other one live on. */
static void wait_for(world_t *world, uint64_t ms) {
    while (ms > 0) {
        const uint64_t part = ms < 10000 ? ms : 10000;
        pass(world, part);
        frame(world, world->other, 1, "3");
        ms -= part;
    }
}

static uint64_t limited(world_t *world, sio_limit_t limit) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(world->server, &stats), 0);
    return stats.limited[limit];
}

static void expect_limited(world_t *world, sio_limit_t limit, uint64_t count) {
    assert_int_equal(limited(world, limit), count);
    assert_true(count == 0 || world->warnings > 0);
    check_other(world);
}

static void on_ws_closed(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    world_t *world = data;
    (void) ws, (void) reason, (void) length;
    world->ws_closed++;
    world->ws_code = code;
    world->ws = NULL;
}

static void on_ws_pong(sio_ws_t *ws, const void *payload, size_t length, void *data) {
    (void) ws, (void) payload, (void) length;
    ((world_t *) data)->pongs++;
}

static void on_ws(sio_ws_t *ws, void *data) {
    ((world_t *) data)->ws = ws;
    sio_ws_on_close(ws, on_ws_closed);
    sio_ws_on_pong(ws, on_ws_pong);
}

static void open_with(world_t *world, sio_options_t *options) {
    memset(world, 0, sizeof(*world));
    options->log = on_log;
    options->log_data = world;
    options->allow_v09 = 1;
    options->ws_idle_timeout_ms = IDLE_MS;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(sio_server_new(&world->server, &world->loop, options), 0);
    assert_int_equal(sio_on_connection(world->server, on_connection, world), 0);
    assert_int_equal(sio_on(world->server, "echo", on_echo, NULL), 0);
    assert_int_equal(sio_ws(world->server, "/raw", on_ws, world), 0);
    memory_seed(1);
    world->other = join(world);
    world->socket = NULL;
    assert_int_equal(sio_on_disconnect(world->server, on_disconnect, world), 0);
}

static int open_world(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    world_t *world = malloc(sizeof(*world));
    assert_non_null(world);
    open_with(world, &options);
    *state = world;
    return 0;
}

static int close_world(void **state) {
    world_t *world = *state;
    sio_server_free(world->server);
    for (int i = 0; i < 5; i++)
        memory_run(&world->loop);
    memory_peer_free(world->other);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    free(world);
    return 0;
}

/* --- handshakes --------------------------------------------------------------------------- */

/* [P3] */
static void joins_no_namespace(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = open_session(world);
    wait_for(world, PING_MS);
    frame(world, peer, 1, "3");
    drain(peer);
    wait_for(world, CONNECT_MS - PING_MS - 1);
    assert_string_equal(heard(peer), "");
    wait_for(world, 1);
    assert_memory_equal(heard(peer), "\x88\x00", 2);
    expect_limited(world, SIO_LIMIT_HANDSHAKE_TIME, 1);
    memory_peer_free(peer);
}

/* [E5] The session that was to move stays where it is. */
static void does_not_complete_its_upgrade(void **state) {
    world_t *world = *state;
    char sid[32], text[512];
    memory_peer_t *poller =
        connect_peer(world, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(sscanf(strstr(heard(poller), "\"sid\":"), "\"sid\":\"%31[^\"]", sid), 1);
    snprintf(text, sizeof(text), "GET /socket.io/?EIO=4&transport=websocket&sid=%s HTTP/1.1\r\n%s",
             sid, UPGRADE);
    memory_peer_t *probe = connect_peer(world, text);
    frame(world, probe, 1, "2probe");
    assert_non_null(strstr(heard(probe), "3probe"));
    wait_for(world, UPGRADE_MS - 1);
    assert_string_equal(heard(probe), "");
    wait_for(world, 1);
    assert_memory_equal(heard(probe), "\x88\x00", 2);
    expect_limited(world, SIO_LIMIT_HANDSHAKE_TIME, 1);
    snprintf(text, sizeof(text),
             "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 2\r\n\r\n40",
             sid);
    feed_text(world, poller, text);
    assert_non_null(strstr(heard(poller), "\r\n\r\nok"));
    assert_non_null(world->socket);
    memory_peer_free(probe);
    memory_peer_free(poller);
}

/* [L2] */
static void handshakes_of_09_without_a_transport(void **state) {
    world_t *world = *state;
    memory_peer_t *peer =
        connect_peer(world, "GET /socket.io/1/ HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(heard(peer), ":60:60:websocket"));
    assert_int_equal(sio_server_clients(world->server), 2);
    wait_for(world, V09_MS - 1);
    assert_int_equal(sio_server_clients(world->server), 2);
    wait_for(world, 1);
    assert_int_equal(sio_server_clients(world->server), 1);
    expect_limited(world, SIO_LIMIT_HANDSHAKE_TIME, 1);
    memory_peer_free(peer);
}

/* The header of a request; then, its last byte having come, the body. */
static void sends_a_request_too_slowly(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = connect_peer(world, "GET /socket.io/ HTTP/1.1\r\n");
    wait_for(world, 60000 - 1);
    assert_string_equal(heard(peer), "");
    wait_for(world, 1);
    assert_non_null(strstr(heard(peer), "HTTP/1.1 408 "));
    expect_limited(world, SIO_LIMIT_REQUEST_TIME, 1);
    memory_peer_free(peer);
}

/* --- who says nothing, who reads nothing --------------------------------------------------- */

static void never_says_anything(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = join(world);
    wait_for(world, PING_MS - 1);
    assert_string_equal(heard(peer), "");
    wait_for(world, 1);
    assert_string_equal(heard(peer), "\x81\x01" "2");
    wait_for(world, PONG_MS);
    assert_int_equal(world->disconnects, 0);
    wait_for(world, 1); /* in which what had come by then would be read */
    assert_int_equal(world->disconnects, 1);
    assert_int_equal(world->reason, SIO_REASON_PING_TIMEOUT);
    check_other(world);
    memory_peer_free(peer);
}

static void reads_nothing(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = join(world);
    memory_set_room(peer, 3);
    sio_emit(world->socket, "hello");
    memory_end_turn(world->server);
    for (int i = 0; i < 5; i++) { /* it lives, as far as its heartbeat goes */
        wait_for(world, STALL_MS / 5 - (i == 4));
        frame(world, peer, 1, "3");
    }
    assert_int_equal(world->disconnects, 0);
    expect_limited(world, SIO_LIMIT_IDLE_TIME, 0);
    wait_for(world, 1);
    assert_int_equal(world->disconnects, 1);
    assert_int_equal(world->reason, SIO_REASON_TRANSPORT_CLOSE);
    expect_limited(world, SIO_LIMIT_IDLE_TIME, 1);
    memory_peer_free(peer);
}

/* --- raw WebSockets ----------------------------------------------------------------------- */

#define QUESTION "\x89\x0e" "are you there?"

static memory_peer_t *open_raw(world_t *world) {
    memory_peer_t *peer = connect_peer(world, "GET /raw HTTP/1.1\r\n" UPGRADE);
    assert_non_null(strstr(heard(peer), "HTTP/1.1 101 "));
    assert_non_null(world->ws);
    return peer;
}

static void a_silent_raw_one_is_asked_and_cut_off(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = open_raw(world);
    wait_for(world, IDLE_MS / 3 - 1);
    assert_string_equal(heard(peer), "");
    wait_for(world, 1);
    assert_string_equal(heard(peer), QUESTION);
    wait_for(world, IDLE_MS / 3 - 1);
    assert_int_equal(world->ws_closed, 0);
    wait_for(world, 1);
    assert_int_equal(world->ws_closed, 1);
    assert_int_equal(world->ws_code, 1006);
    assert_true(memory_closed(peer));
    expect_limited(world, SIO_LIMIT_IDLE_TIME, 1);
    memory_peer_free(peer);
}

/* The answer is not told the application; what it asks itself is. */
static void who_answers_stays(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = open_raw(world);
    for (int i = 0; i < 5; i++) {
        wait_for(world, IDLE_MS / 3);
        assert_string_equal(heard(peer), QUESTION);
        frame(world, peer, 10, "are you there?");
        wait_for(world, IDLE_MS / 3);
        assert_string_equal(heard(peer), "");
    }
    assert_int_equal(world->pongs, 0);
    sio_ws_ping(world->ws, "mine", 4);
    memory_end_turn(world->server);
    assert_string_equal(heard(peer), "\x89\x04" "mine");
    frame(world, peer, 10, "mine");
    assert_int_equal(world->pongs, 1);
    assert_int_equal(world->ws_closed, 0);
    expect_limited(world, SIO_LIMIT_IDLE_TIME, 0);
    memory_peer_free(peer);
}

/* Messages, and pieces of one, are signs of life as well. */
static void who_speaks_is_not_asked(void **state) {
    world_t *world = *state;
    memory_peer_t *peer = open_raw(world);
    for (int i = 0; i < 10; i++) {
        frame(world, peer, 1, "hello");
        wait_for(world, IDLE_MS / 3);
    }
    feed(world, peer, "\x82\xc8\0\0\0\0", 6); /* 72 bytes will come */
    for (int i = 0; i < 10; i++) {
        feed(world, peer, "x", 1);
        wait_for(world, IDLE_MS / 3);
    }
    feed(world, peer, "\x01", 1);
    assert_string_equal(heard(peer), "");
    assert_int_equal(world->ws_closed, 0);
    wait_for(world, IDLE_MS);
    assert_int_equal(world->ws_closed, 1);
    memory_peer_free(peer);
}

/* --- the random source -------------------------------------------------------------------- */

/* [E19] No session gets an id that is not random; nor does a server begin without a key for its
 * maps. */
static void without_randomness(void **state) {
    world_t *world = *state;
    memory_peer_t *peers[100];
    sio_server_t *another = NULL;
    size_t count = 0;
    const char *answer;
    memory_fail_random(UV_EIO);
    do { /* what is in stock comes first */
        assert_true(count < 100);
        peers[count] = connect_peer(
            world, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
        answer = heard(peers[count++]);
    } while (strstr(answer, "HTTP/1.1 200 ") != NULL);
    assert_non_null(strstr(answer, "HTTP/1.1 400 "));
    assert_non_null(strstr(answer, "{\"code\":3,\"message\":\"Bad request\"}"));
    assert_int_equal(sio_server_clients(world->server), count);
    assert_int_equal(sio_server_new(&another, &world->loop, NULL), UV_EIO);
    assert_null(another);
    check_other(world);
    memory_fail_random(0);
    peers[count] = connect_peer(
        world, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(heard(peers[count++]), "HTTP/1.1 200 "));
    while (count > 0)
        memory_peer_free(peers[--count]);
}

/* --- handshakes a second ------------------------------------------------------------------ */

static int handshake(world_t *world) {
    memory_peer_t *peer =
        connect_peer(world, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    const char *answer = heard(peer);
    int status = atoi(answer + 9);
    if (status == 503)
        assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
    memory_peer_free(peer);
    return status;
}

static int upgrade(world_t *world, const char *url) {
    char request[512];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" UPGRADE, url);
    memory_peer_t *peer = connect_peer(world, request);
    const char *answer = heard(peer);
    int status = atoi(answer + 9);
    if (status == 503)
        assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
    memory_peer_free(peer);
    return status;
}

static int open_rated(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    world_t *world = malloc(sizeof(*world));
    assert_non_null(world);
    options.max_handshakes_per_second = RATE;
    open_with(world, &options);
    pass(world, 1000);
    *state = world;
    return 0;
}

static void so_many_handshakes_a_second(void **state) {
    world_t *world = *state;
    for (int i = 0; i < RATE; i++)
        assert_int_equal(handshake(world), 200);
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 0);
    assert_int_equal(handshake(world), 503);
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 1);
    pass(world, 1000 / RATE - 1);
    assert_int_equal(handshake(world), 503);
    pass(world, 1);
    assert_int_equal(handshake(world), 200);
    assert_int_equal(handshake(world), 503);
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 3);
    /* They do not gather for longer than a second. */
    pass(world, 60000 / 6);
    for (int i = 0; i < RATE; i++)
        assert_int_equal(handshake(world), 200);
    assert_int_equal(handshake(world), 503);
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 4);
}

/* Of each kind; what belongs to a session is none. */
static void what_is_a_handshake(void **state) {
    world_t *world = *state;
    char request[512], sid[32];
    memory_peer_t *poller =
        connect_peer(world, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(sscanf(strstr(heard(poller), "\"sid\":"), "\"sid\":\"%31[^\"]", sid), 1);
    for (int i = 1; i < RATE; i++)
        assert_int_equal(handshake(world), 200);
    assert_int_equal(upgrade(world, "/socket.io/?EIO=4&transport=websocket"), 503);
    assert_int_equal(upgrade(world, "/raw"), 503);
    memory_peer_t *old = connect_peer(world, "GET /socket.io/1/ HTTP/1.1\r\nHost: x\r\n\r\n");
    const char *answer = heard(old);
    assert_non_null(strstr(answer, "HTTP/1.1 503 "));
    assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 3);
    assert_int_equal(upgrade(world, "/socket.io/?EIO=4"), 400); /* no transport */
    snprintf(request, sizeof(request),
             "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 2\r\n\r\n40",
             sid);
    feed_text(world, poller, request);
    assert_non_null(strstr(heard(poller), "\r\n\r\nok"));
    snprintf(request, sizeof(request), "/socket.io/?EIO=4&transport=websocket&sid=%s", sid);
    assert_int_equal(upgrade(world, request), 101);
    expect_limited(world, SIO_LIMIT_HANDSHAKES, 3);
    memory_peer_free(old);
    memory_peer_free(poller);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
#define RATED(name) cmocka_unit_test_setup_teardown(name, open_rated, close_world)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(joins_no_namespace),
        CASE(does_not_complete_its_upgrade),
        CASE(handshakes_of_09_without_a_transport),
        CASE(sends_a_request_too_slowly),
        CASE(never_says_anything),
        CASE(reads_nothing),
        CASE(a_silent_raw_one_is_asked_and_cut_off),
        CASE(who_answers_stays),
        CASE(who_speaks_is_not_asked),
        CASE(without_randomness),
        RATED(so_many_handshakes_a_second),
        RATED(what_is_a_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
