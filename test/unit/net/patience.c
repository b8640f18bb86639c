/* Slow peers, in the network in memory: what each time-out does, to the millisecond and no earlier. */
#include "memory/network.h"
#include <setjmp.h>
#include <sio.h>
#include <sio/stats.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* The last: it needs those before. */
#include <cmocka.h>

/* The defaults. */
enum { HEADER_MS = 60000, REQUEST_MS = 300000, IDLE_MS = 65000 };
/* How long a connection that the server has ended waits for the peer's end. */
enum { LINGER_MS = 2000 };

typedef struct {
    uv_loop_t loop;
    sio_server_t *server;
    memory_peer_t *peer, *bystander;
    sio_http_response_t *response; /* of /later */
    int lost;
    char log[256]; /* the last warning */
} world_t;

static void on_lost(sio_http_response_t *response, void *data) {
    world_t *world = data;
    assert_ptr_equal(response, world->response);
    world->response = NULL;
    world->lost++;
}

static void answer(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    size_t length;
    const void *body = sio_http_body(request, &length);
    (void) data;
    assert_int_equal(sio_http_end(response, body, length), 0);
}

static void answer_later(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    world_t *world = data;
    (void) request;
    world->response = response;
    sio_http_on_close(response, on_lost, world);
}

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    world_t *world = data;
    if (level <= SIO_LOG_WARN)
        snprintf(world->log, sizeof(world->log), "%s %s", category, text);
}

static int open_world_with(void **state, uint32_t header_ms, uint32_t request_ms) {
    world_t *world = calloc(1, sizeof(*world));
    sio_options_t options = SIO_OPTIONS_INIT;
    assert_non_null(world);
    options.header_timeout_ms = header_ms;
    options.request_timeout_ms = request_ms;
    options.log = on_log;
    options.log_data = world;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(sio_server_new(&world->server, &world->loop, &options), 0);
    assert_int_equal(sio_http(world->server, "/now", answer, world), 0);
    assert_int_equal(sio_http(world->server, "/later", answer_later, world), 0);
    world->peer = memory_connect(world->server);
    world->bystander = memory_connect(world->server);
    *state = world;
    return 0;
}

static int open_world(void **state) {
    return open_world_with(state, HEADER_MS, REQUEST_MS);
}

static int open_impatient(void **state) {
    return open_world_with(state, 0, 1000);
}

static int open_patient(void **state) {
    return open_world_with(state, 0, 0);
}

static int close_world(void **state) {
    world_t *world = *state;
    memory_peer_free(world->peer);
    memory_peer_free(world->bystander);
    sio_server_free(world->server);
    for (int i = 0; i < 5; i++)
        memory_run(&world->loop);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    free(world);
    return 0;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static void say(world_t *world, memory_peer_t *peer, const char *text) {
    assert_int_equal(memory_feed(peer, text, strlen(text)), strlen(text));
    memory_end_turn(world->server);
}

static void pass(world_t *world, uint64_t ms) {
    memory_sleep(ms);
    memory_run(&world->loop);
    memory_end_turn(world->server);
    memory_run(&world->loop); /* what was ended in that turn */
}

static void expect_nothing(const memory_peer_t *peer) {
    size_t length;
    memory_output(peer, &length);
    assert_int_equal(length, 0);
    assert_false(memory_finished(peer));
    assert_false(memory_closed(peer));
}

static void expect_answer(memory_peer_t *peer, const char *status) {
    size_t length;
    const char *output = (const char *) memory_output(peer, &length);
    assert_true(length > strlen(status));
    assert_memory_equal(output, status, strlen(status));
    memory_take(peer, length);
}

static uint64_t refusals(const world_t *world) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(world->server, &stats), 0);
    return stats.http_refused;
}

/* Answered, ended, in the log and in the counters; whoever does what is right goes on. */
static void expect_408(world_t *world, const char *log) {
    expect_answer(world->peer, "HTTP/1.1 408 Request Timeout\r\n");
    assert_true(memory_finished(world->peer));
    assert_string_equal(world->log, log);
    assert_int_equal(refusals(world), 1);
    say(world, world->bystander, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_answer(world->bystander, "HTTP/1.1 200 OK\r\n");
    pass(world, LINGER_MS - 1);
    assert_false(memory_closed(world->peer));
    pass(world, 1);
    assert_true(memory_closed(world->peer));
}

/* A byte a second, up to a millisecond before the time is over, and that. */
static void drip(world_t *world, uint64_t ms) {
    for (; ms > 1000; ms -= 1000) {
        say(world, world->peer, "a");
        pass(world, 1000);
        expect_nothing(world->peer);
    }
    pass(world, ms - 1);
    expect_nothing(world->peer);
    pass(world, 1);
}

/* So that it is not the bystander's time that is over. */
static void keep_bystander(world_t *world) {
    say(world, world->bystander, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_answer(world->bystander, "HTTP/1.1 200 OK\r\n");
}

/* --- time-outs -------------------------------------------------------------------------------- */

static const char header_log[] = "http 127.0.0.1: 408: the header took too long";
static const char request_log[] = "http 127.0.0.1: 408: the request took too long";

static void not_a_byte(void **state) {
    world_t *world = *state;
    keep_bystander(world);
    pass(world, HEADER_MS - 1);
    expect_nothing(world->peer);
    pass(world, 1);
    expect_408(world, header_log);
}

static void a_header_by_drops(void **state) {
    world_t *world = *state;
    keep_bystander(world);
    say(world, world->peer, "GET /now HTTP/1.1\r\nHost: x\r\nA: ");
    drip(world, HEADER_MS);
    expect_408(world, header_log);
}

/* Its time counts from its first byte, however long the connection has been idle. */
static void the_second_header_by_drops(void **state) {
    world_t *world = *state;
    keep_bystander(world);
    say(world, world->peer, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_answer(world->peer, "HTTP/1.1 200 OK\r\n");
    pass(world, IDLE_MS / 2);
    keep_bystander(world);
    say(world, world->peer, "GET /now/");
    drip(world, HEADER_MS);
    expect_408(world, header_log);
}

static void a_body_by_drops(void **state) {
    world_t *world = *state;
    say(world, world->peer, "POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    for (uint64_t ms = 0; ms < REQUEST_MS - 50000; ms += 50000) {
        keep_bystander(world);
        drip(world, 50000);
        expect_nothing(world->peer);
    }
    keep_bystander(world);
    drip(world, 50000);
    expect_408(world, request_log);
}

static void chunks_by_drops(void **state) {
    world_t *world = *state;
    say(world, world->peer, "POST /now HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "1\r\na\r\n1;");
    for (uint64_t ms = 0; ms < REQUEST_MS - 50000; ms += 50000) {
        keep_bystander(world);
        drip(world, 50000);
    }
    keep_bystander(world);
    drip(world, 50000);
    expect_408(world, request_log);
}

/* A body that nobody wants any more: its answer has gone, so that there is no other. */
static void the_rest_of_a_body_by_drops(void **state) {
    world_t *world = *state;
    size_t length;
    say(world, world->peer, "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    expect_answer(world->peer, "HTTP/1.1 404 Not Found\r\n");
    for (uint64_t ms = 0; ms < REQUEST_MS; ms += 50000) {
        expect_nothing(world->peer);
        keep_bystander(world);
        pass(world, 50000);
    }
    memory_output(world->peer, &length);
    assert_int_equal(length, 0);
    assert_true(memory_finished(world->peer));
    assert_int_equal(refusals(world), 0);
}

/* Without a word: there is nothing to be answered. */
static void an_idle_connection(void **state) {
    world_t *world = *state;
    size_t length;
    say(world, world->peer, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_answer(world->peer, "HTTP/1.1 200 OK\r\n");
    pass(world, IDLE_MS - 1);
    expect_nothing(world->peer);
    pass(world, 1);
    memory_output(world->peer, &length);
    assert_int_equal(length, 0);
    assert_true(memory_finished(world->peer));
    assert_int_equal(refusals(world), 1); /* the bystander, who has not said a word */
}

/* Time is the peer's; an answer may take as long as it likes. */
static void an_answer_that_takes_its_time(void **state) {
    world_t *world = *state;
    say(world, world->peer, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
    assert_non_null(world->response);
    for (int i = 0; i < 20; i++)
        pass(world, HEADER_MS);
    expect_nothing(world->peer);
    assert_int_equal(sio_http_end(world->response, "late", 4), 0);
    memory_end_turn(world->server);
    expect_answer(world->peer, "HTTP/1.1 200 OK\r\n");
}

/* What is pipelined behind such an answer has its time from when its turn has come. */
static void a_request_that_waited_for_its_turn(void **state) {
    world_t *world = *state;
    say(world, world->peer, "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /now/");
    for (int i = 0; i < 3; i++) {
        keep_bystander(world);
        pass(world, HEADER_MS);
    }
    assert_int_equal(sio_http_end(world->response, "late", 4), 0);
    memory_end_turn(world->server);
    expect_answer(world->peer, "HTTP/1.1 200 OK\r\n");
    keep_bystander(world);
    drip(world, HEADER_MS);
    expect_408(world, header_log);
}

/* --- options ---------------------------------------------------------------------------------- */

/* Without a time for the header there is that for the request. */
static void one_time_for_all(void **state) {
    world_t *world = *state;
    keep_bystander(world);
    say(world, world->peer, "GET");
    pass(world, 999);
    expect_nothing(world->peer);
    pass(world, 1);
    expect_408(world, request_log);
}

static void no_times_at_all(void **state) {
    world_t *world = *state;
    say(world, world->peer, "POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n");
    pass(world, 10 * REQUEST_MS);
    expect_nothing(world->peer);
    expect_nothing(world->bystander);
    say(world, world->peer, "a");
    expect_answer(world->peer, "HTTP/1.1 200 OK\r\n");
}

#define IN(world, test) cmocka_unit_test_setup_teardown(test, world, close_world)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(open_world, not_a_byte),
        IN(open_world, a_header_by_drops),
        IN(open_world, the_second_header_by_drops),
        IN(open_world, a_body_by_drops),
        IN(open_world, chunks_by_drops),
        IN(open_world, the_rest_of_a_body_by_drops),
        IN(open_world, an_idle_connection),
        IN(open_world, an_answer_that_takes_its_time),
        IN(open_world, a_request_that_waited_for_its_turn),
        IN(open_impatient, one_time_for_all),
        IN(open_patient, no_times_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
