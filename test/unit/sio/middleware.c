/* The way of a socket into its namespace [P2-P6, S8, S9]. */
#include "../lib/sio.h"

enum { MANY = 4 };

typedef struct {
    test_sio_t *t;
    sio_next_t *next[MANY];
    sio_socket_t *socket;
    int count;
    int order;
} waiting_t;

/* Leaves the decision to the test. */
static void wait_for_it(sio_socket_t *socket, sio_next_t *next, void *data) {
    waiting_t *waiting = data;
    assert_false(sio_socket_connected(socket));
    waiting->socket = socket;
    waiting->next[waiting->count++] = next;
}

static void pass(sio_socket_t *socket, sio_next_t *next, void *data) {
    waiting_t *waiting = data;
    (void) socket;
    waiting->order = waiting->order * 10 + 1;
    assert_int_equal(sio_next(next), 0);
}

static void pass_later(sio_socket_t *socket, sio_next_t *next, void *data) {
    waiting_t *waiting = data;
    waiting->order = waiting->order * 10 + 2;
    wait_for_it(socket, next, data);
}

static void middlewares_run_one_after_the_other(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer;
    sio_use(t->io, pass, &waiting);
    sio_use(t->io, pass_later, &waiting);
    sio_use(t->io, pass, &waiting);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    client_until(&peer, waiting.count == 1);
    assert_int_equal(waiting.order, 12);
    assert_int_equal(t->connections, 0);
    assert_int_equal(sio_namespace_count(sio_of(t->io, "/")), 0);
    assert_int_equal(sio_join(waiting.socket, "room"), 0); /* legal already */
    assert_int_equal(sio_emit(sio_to(t->io, "room"), "too early"), 0);
    assert_int_equal(sio_next(waiting.next[0]), 0);
    assert_int_equal(waiting.order, 121);
    assert_int_equal(t->connections, 1);
    assert_int_equal(sio_namespace_count(sio_of(t->io, "/")), 1);
    assert_int_equal(sio_emit(sio_to(t->io, "room"), "now"), 0);
    const message_t *message = peer_next(&peer);
    assert_int_equal(strncmp(message->data, "40{\"sid\":\"", 10), 0);
    peer_expect(&peer, "2[\"now\"]");
    client_close(&peer);
}

static void refuse(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket;
    json_t *more = json_pack("{s:i}", "code", 7);
    assert_int_equal(sio_next_error(next, "nope", data != NULL ? more : NULL), 0);
    json_decref(more);
}

static void an_error_is_told_and_stops(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer;
    sio_namespace_use(sio_of(t->io, "/deny"), refuse, t);
    sio_namespace_use(sio_of(t->io, "/deny"), pass, &waiting);
    sio_namespace_use(sio_of(t->io, "/deny2"), refuse, NULL);
    peer_open(&peer, t);
    peer_send(&peer, "0/deny,");
    peer_expect(&peer, "4/deny,{\"message\":\"nope\",\"data\":{\"code\":7}}");
    peer_send(&peer, "0/deny2,{\"x\":1}");
    peer_expect(&peer, "4/deny2,{\"message\":\"nope\"}");
    assert_int_equal(waiting.order, 0);
    peer_join(&peer, "", "", NULL); /* the connection is as good as before */
    client_close(&peer);
}

static void a_second_call_in_the_same_turn_is_found_out(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer;
    sio_use(t->io, wait_for_it, &waiting);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    client_until(&peer, waiting.count == 1);
    assert_int_equal(sio_next(waiting.next[0]), 0);
    assert_int_equal(sio_next(waiting.next[0]), SIO_EDONE);
    assert_int_equal(sio_next_error(waiting.next[0], "no", NULL), SIO_EDONE);
    assert_int_equal(t->connections, 1);
    assert_true(sio_socket_connected(t->socket));
    client_close(&peer);
}

static void a_late_call_finds_the_client_gone(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer, other;
    sio_use(t->io, wait_for_it, &waiting);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    client_until(&peer, waiting.count == 1);
    peer_open(&other, t);
    peer_send(&other, "0");
    client_until(&other, waiting.count == 2);
    client_close(&peer);
    client_close(&other);
    test_sio_until(t, sio_server_clients(t->io) == 0);
    assert_int_equal(sio_next(waiting.next[0]), SIO_ECLOSED);
    assert_int_equal(sio_next_error(waiting.next[1], "no", NULL), SIO_ECLOSED);
    assert_int_equal(t->connections, 0);
    assert_int_equal(t->disconnects, 0); /* what never connected does not disconnect */
}

static void one_that_never_decides_leaks_nothing(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer;
    sio_use(t->io, wait_for_it, &waiting);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    client_until(&peer, waiting.count == 1);
    client_close(&peer); /* the rest is the teardown's and the leak check's */
}

static void a_client_that_begins_anew_voids_the_old_attempt(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {.t = t};
    client_t peer;
    sio_use(t->io, wait_for_it, &waiting);
    peer_open(&peer, t);
    peer_send(&peer, "0{\"try\":1}");
    peer_send(&peer, "0{\"try\":2}");
    client_until(&peer, waiting.count == 2);
    assert_int_equal(sio_next(waiting.next[0]), SIO_ECLOSED);
    assert_int_equal(sio_next(waiting.next[1]), 0);
    assert_int_equal(json_integer_value(json_object_get(sio_socket_auth(t->socket), "try")), 2);
    assert_int_equal(t->connections, 1);
    client_close(&peer);
}

static void hang_up(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) data;
    assert_int_equal(sio_disconnect(socket, 0), 0); /* not connected yet: nothing to leave */
    assert_int_equal(sio_disconnect(socket, 1), 0);
    assert_int_equal(sio_next(next), SIO_ECLOSED);
}

static void a_middleware_may_end_the_connection(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_use(t->io, hang_up, NULL);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    peer_expect_close(&peer);
    assert_int_equal(t->connections, 0);
    client_close(&peer);
}

static void leave_at_once(sio_socket_t *socket, void *data) {
    test_sio_t *t = data;
    t->calls++;
    sio_disconnect(socket, 0);
}

static void count_call(sio_socket_t *socket, void *data) {
    (void) socket;
    ((test_sio_t *) data)->calls += 100;
}

static void a_connection_callback_may_disconnect(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_on_connection(t->io, leave_at_once, t);
    sio_on_connection(t->io, count_call, t); /* too late: the socket has gone */
    peer_open(&peer, t);
    peer_join(&peer, "", "", NULL);
    peer_expect(&peer, "1");
    assert_int_equal(t->calls, 1);
    assert_int_equal(t->disconnects, 1);
    client_close(&peer);
}

static void count_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    (void) event;
    ((test_sio_t *) data)->calls++;
}

/* Node loses these [P6]. */
static void an_event_behind_its_connect_arrives(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_on(t->io, "x", count_event, t);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    peer_send(&peer, "2[\"x\"]");
    client_until(&peer, t->calls == 1);
    client_close(&peer);
}

static void invalid_states_end_the_connection(void **state) {
    static const char *const packets[] = {"2[\"x\"]", "1", "30[]", "4{\"message\":\"x\"}",
        "2/other,[\"x\"]"};
    test_sio_t *t = *state;
    client_t peer;
    sio_of(t->io, "/other");
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        peer_open(&peer, t);
        if (i >= 3)
            peer_join(&peer, "", "", NULL);
        peer_send(&peer, packets[i]);
        peer_expect_close(&peer);
        client_close(&peer);
    }
    assert_int_equal(t->disconnects, 2);
    assert_int_equal(t->reason, SIO_REASON_FORCED_CLOSE); /* [S29] */
}

static void nobody_joins_in_time(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    test_sio_t t;
    client_t silent, prompt;
    (void) state;
    options.connect_timeout_ms = 50;
    test_sio_open_with(&t, &options);
    peer_open(&silent, &t);
    peer_connect(&prompt, &t);
    peer_expect_close(&silent); /* [P3] */
    client_idle(&prompt, 80);
    assert_true(sio_socket_connected(t.socket));
    sio_disconnect(t.socket, 0); /* one that has been in a namespace is left alone */
    client_idle(&prompt, 80);
    assert_int_equal(sio_server_clients(t.io), 1);
    client_close(&silent);
    client_close(&prompt);
    test_sio_close(&t);
}

static void close_server(sio_socket_t *socket, sio_next_t *next, void *data) {
    test_sio_t *t = data;
    (void) socket;
    assert_int_equal(sio_server_close(t->io, NULL, NULL), 0);
    assert_int_equal(sio_next(next), SIO_ECLOSED);
}

static void a_middleware_may_close_the_server(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_use(t->io, close_server, t);
    peer_open(&peer, t);
    peer_send(&peer, "0");
    peer_expect_close(&peer);
    client_close(&peer);
    test_sio_until(t, sio_server_clients(t->io) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(middlewares_run_one_after_the_other),
        IN_SIO(an_error_is_told_and_stops),
        IN_SIO(a_second_call_in_the_same_turn_is_found_out),
        IN_SIO(a_late_call_finds_the_client_gone),
        IN_SIO(one_that_never_decides_leaks_nothing),
        IN_SIO(a_client_that_begins_anew_voids_the_old_attempt),
        IN_SIO(a_middleware_may_end_the_connection),
        IN_SIO(a_connection_callback_may_disconnect),
        IN_SIO(an_event_behind_its_connect_arrives),
        IN_SIO(invalid_states_end_the_connection),
        cmocka_unit_test(nobody_joins_in_time),
        IN_SIO(a_middleware_may_close_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
