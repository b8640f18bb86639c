/* Middlewares of events [S24], and errors. */
#include "../lib/sio.h"

enum { MANY = 8 };

typedef struct {
    test_sio_t *t;
    sio_next_t *next[MANY];
    sio_event_t *event[MANY];
    int count;
    char log[256];
} log_t;

static void note(log_t *log, const char *text) {
    size_t length = strlen(log->log);
    snprintf(log->log + length, sizeof(log->log) - length, "%s ", text);
}

static void expect(log_t *log, const char *text) {
    assert_string_equal(log->log, text);
    memset(log->log, 0, sizeof(log->log));
}

static void say(client_t *peer, const char *packet) {
    peer_send(peer, packet);
    peer_settle(peer);
}

static void pass(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) socket, (void) event;
    note(data, "pass");
    assert_int_equal(sio_next(next), 0);
    note(data, "passed");
    assert_int_equal(sio_next(next), SIO_EDONE);
    assert_int_equal(sio_next_error(next, "no", NULL), SIO_EDONE);
}

static void wait_for_it(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    log_t *log = data;
    assert_ptr_equal(sio_event_socket(event), socket);
    note(log, "wait");
    log->event[log->count] = event;
    log->next[log->count++] = next;
}

/* Refuses what is called "bad", drops what is called "lost". */
static void judge(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) socket;
    note(data, "judge");
    if (strcmp(sio_event_name(event), "bad") == 0) {
        json_t *more = json_pack("{s:i}", "code", 7);
        assert_int_equal(sio_next_error(next, "not that", more), 0);
        json_decref(more);
    } else if (strcmp(sio_event_name(event), "lost") == 0) {
        assert_int_equal(sio_next_error(next, NULL, NULL), 0);
    } else {
        assert_int_equal(sio_next(next), 0);
    }
}

static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    char text[64];
    int number = 0;
    (void) socket;
    sio_event_unpack(event, "i?", &number);
    snprintf(text, sizeof(text), "%s%d", sio_event_name(event), number);
    note(data, text);
    sio_ack(event, "i", number);
}

static void on_any(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event;
    note(data, "any");
}

static void on_error(sio_socket_t *socket, const char *message, const json_t *error, void *data) {
    char text[64];
    (void) socket;
    snprintf(text, sizeof(text), "error:%s:%d", message,
             (int) json_integer_value(json_object_get(error, "code")));
    note(data, text);
}

static void meet(client_t *peer, test_sio_t *t, log_t *log) {
    peer_connect(peer, t);
    sio_on(t->socket, "x", on_event, log);
    sio_on(t->socket, "bad", on_event, log);
    sio_on(t->socket, "lost", on_event, log);
}

/* [S24], and the listeners run when the middlewares have returned [S27] */
static void they_run_in_order_before_the_listeners(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    assert_int_equal(sio_use(t->socket, pass, &log), 0);
    assert_int_equal(sio_use(t->socket, judge, &log), 0);
    sio_on_any(t->socket, on_any, &log);
    peer_send(&peer, "23[\"x\",5]");
    peer_expect(&peer, "33[5]");
    expect(&log, "any pass judge passed x5 ");
    client_close(&peer);
}

static void an_error_goes_to_the_error_listeners(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, judge, &log);
    sio_use(t->socket, pass, &log);
    say(&peer, "2[\"bad\"]"); /* nobody listens: it goes to the log */
    expect(&log, "judge ");
    assert_int_equal(sio_on_error(t->socket, on_error, &log), 0);
    assert_int_equal(sio_on_error(t->io, on_error, &log), 0);
    say(&peer, "2[\"bad\"]");
    expect(&log, "judge error:not that:7 error:not that:7 ");
    assert_int_equal(sio_off_error(t->socket, on_error, &log), 0);
    say(&peer, "2[\"lost\"]");
    say(&peer, "2[\"x\"]");
    expect(&log, "judge judge pass passed x0 ");
    assert_int_equal(sio_off_error(sio_of(t->io, "/"), NULL, NULL), 0);
    say(&peer, "2[\"bad\"]");
    expect(&log, "judge ");
    client_close(&peer);
}

static void only_the_socket_that_has_them(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t one, two;
    meet(&one, t, &log);
    sio_use(t->socket, pass, &log);
    meet(&two, t, &log);
    say(&two, "2[\"x\"]");
    expect(&log, "x0 ");
    say(&one, "2[\"x\"]");
    expect(&log, "pass passed x0 ");
    client_close(&one);
    client_close(&two);
}

static void they_may_answer_later(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, wait_for_it, &log);
    sio_use(t->socket, pass, &log);
    sio_on_error(t->socket, on_error, &log);
    peer_send(&peer, "21[\"x\",1]");
    peer_send(&peer, "22[\"x\",2]");
    peer_send(&peer, "51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    peer_send_binary(&peer, "bytes", 5);
    peer_send(&peer, "2[\"this comes into the same buffer\"]");
    peer_settle(&peer);
    expect(&log, "wait wait wait wait ");
    size_t length;
    assert_memory_equal(sio_event_binary(log.event[2], 0, &length), "bytes", 5);
    assert_int_equal(sio_next(log.next[1]), 0);
    expect(&log, "pass passed x2 ");
    assert_int_equal(sio_next(log.next[0]), 0);
    expect(&log, "pass passed x1 ");
    peer_expect(&peer, "32[2]");
    peer_expect(&peer, "31[1]");
    assert_int_equal(sio_next_error(log.next[2], "late", NULL), 0);
    expect(&log, "error:late:0 ");
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    /* The last one is told that nobody is there any more. */
    assert_int_equal(sio_next(log.next[3]), SIO_ECLOSED);
    expect(&log, "");
}

static void what_nobody_calls_goes_with_the_server(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, wait_for_it, &log);
    say(&peer, "2[\"x\",{\"k\":[1,2,3]}]");
    expect(&log, "wait ");
    client_close(&peer);
}

static void use_more(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) event;
    note(data, "more");
    for (int i = 0; i < 20; i++)
        assert_int_equal(sio_use(socket, pass, data), 0);
    assert_int_equal(sio_next(next), 0);
}

static void those_added_meanwhile_are_for_the_next_event(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, use_more, &log);
    say(&peer, "2[\"x\"]");
    expect(&log, "more x0 ");
    client_close(&peer);
}

static void hang_up(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) event;
    note(data, "hang up");
    assert_int_equal(sio_disconnect(socket, 0), 0);
    assert_int_equal(sio_next(next), SIO_ECLOSED);
}

static void pass_then_hang_up(sio_socket_t *socket, sio_event_t *event, sio_next_t *next,
                              void *data) {
    (void) event;
    note(data, "pass");
    assert_int_equal(sio_next(next), 0);
    assert_int_equal(sio_disconnect(socket, 1), 0);
}

/* [S27] */
static void listeners_are_not_called_after_the_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, hang_up, &log);
    sio_use(t->socket, pass, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_expect(&peer, "1");
    expect(&log, "hang up ");
    client_close(&peer);
    meet(&peer, t, &log);
    sio_use(t->socket, pass_then_hang_up, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_expect(&peer, "1");
    expect(&log, "pass ");
    client_close(&peer);
}

static void passed_while_it_ends(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    (void) socket, (void) reason;
    note(log, "ending");
    assert_int_equal(sio_next(log->next[0]), SIO_ECLOSED);
}

static void nor_while_the_socket_ends(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    sio_use(t->socket, wait_for_it, &log);
    sio_on_disconnecting(t->socket, passed_while_it_ends, &log);
    say(&peer, "2[\"x\"]");
    sio_disconnect(t->socket, 0);
    expect(&log, "wait ending ");
    client_close(&peer);
}

static void misuse_is_refused(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    assert_int_equal(sio_use((sio_socket_t *) NULL, pass, NULL), SIO_EINVAL);
    assert_int_equal(sio_socket_use(t->socket, NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio_on_error(t->socket, NULL, NULL), SIO_EINVAL);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    assert_int_equal(sio_use(socket, pass, NULL), SIO_ECLOSED);
    assert_int_equal(sio_on_error(socket, on_error, NULL), SIO_ECLOSED);
    sio_socket_unref(socket);
}

/* --- what is no packet [P7, S26] ---------------------------------------------------------- */

static void hang_up_on_error(sio_socket_t *socket, const char *message, const json_t *error,
                             void *data) {
    (void) message, (void) error;
    note(data, "hang up");
    sio_disconnect(socket, 1);
}

static void what_is_no_packet_is_told_to_every_socket(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    sio_namespace_t *b = sio_of(t->io, "/b");
    sio_on_error(t->io, on_error, &log);
    sio_on_error(b, on_error, &log);
    peer_connect(&peer, t);
    peer_join(&peer, "/b", "", NULL);
    peer_send(&peer, "2[\"x\"");
    peer_expect_close(&peer);
    expect(&log, "error:invalid payload:0 error:invalid payload:0 ");
    assert_int_equal(t->reason, SIO_REASON_FORCED_CLOSE);
    client_close(&peer);
    /* A listener may end them all. */
    sio_off_error(b, NULL, NULL);
    sio_on_error(b, hang_up_on_error, &log);
    peer_connect(&peer, t);
    peer_join(&peer, "/b", "", NULL);
    peer_send(&peer, "9");
    peer_expect(&peer, "1/b,");
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    expect(&log, "hang up ");
    assert_int_equal(t->reason, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(they_run_in_order_before_the_listeners),
        IN_SIO(an_error_goes_to_the_error_listeners),
        IN_SIO(only_the_socket_that_has_them),
        IN_SIO(they_may_answer_later),
        IN_SIO(what_nobody_calls_goes_with_the_server),
        IN_SIO(those_added_meanwhile_are_for_the_next_event),
        IN_SIO(listeners_are_not_called_after_the_disconnect),
        IN_SIO(nor_while_the_socket_ends),
        IN_SIO(misuse_is_refused),
        IN_SIO(what_is_no_packet_is_told_to_every_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
