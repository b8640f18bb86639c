/* Acks that the server asks for [P11, S13]. */
#include "../lib/sio.h"

typedef struct {
    test_sio_t *t;
    int calls;
    int error;
    int value;
    uint64_t at;
    void (*then)(sio_socket_t *socket, void *data);
} answer_log_t;

static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    answer_log_t *log = data;
    log->calls++;
    log->error = error;
    log->at = client_now();
    assert_true((error == 0) == (reply != NULL));
    if (reply != NULL) {
        assert_string_equal(sio_event_name(reply), "");
        assert_ptr_equal(sio_event_socket(reply), socket);
        assert_false(sio_event_wants_ack(reply));
        sio_event_unpack(reply, "i", &log->value);
    }
    if (log->then != NULL)
        log->then(socket, data);
}

static int ask(sio_socket_t *socket, uint32_t timeout_ms, answer_log_t *log) {
    return sio_emit_with_ack(socket, timeout_ms, on_answer, log, "ask");
}

static void answers_come_in_any_order(void **state) {
    test_sio_t *t = *state;
    answer_log_t logs[3] = {{.t = t}, {.t = t}, {.t = t}};
    client_t peer;
    peer_connect(&peer, t);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(t->socket, 0, &logs[i]), 0);
    peer_expect(&peer, "20[\"ask\"]");
    peer_expect(&peer, "21[\"ask\"]");
    peer_expect(&peer, "22[\"ask\"]");
    peer_send(&peer, "31[11]");
    peer_send(&peer, "31[12]"); /* a second answer is dropped */
    peer_send(&peer, "39[0]");  /* one that nobody has asked for, too */
    peer_send(&peer, "32[21]");
    peer_send(&peer, "30[1]");
    peer_settle(&peer);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(logs[i].calls, 1);
        assert_int_equal(logs[i].error, 0);
    }
    assert_int_equal(logs[0].value, 1);
    assert_int_equal(logs[1].value, 11);
    assert_int_equal(logs[2].value, 21);
    client_close(&peer);
}

static void ids_count_per_namespace(void **state) {
    test_sio_t *t = *state;
    answer_log_t log = {.t = t};
    client_t first, second;
    sio_namespace_t *other = sio_of(t->io, "/other");
    sio_on_connection(other, test_sio_connected, t);
    peer_connect(&first, t);
    ask(t->socket, 0, &log);
    peer_expect(&first, "20[\"ask\"]");
    peer_connect(&second, t);
    ask(t->socket, 0, &log);
    peer_expect(&second, "21[\"ask\"]");
    peer_send(&first, "31[5]"); /* not its own */
    peer_settle(&first);
    assert_int_equal(log.calls, 0);
    peer_join(&second, "/other", "", NULL);
    ask(t->socket, 0, &log);
    peer_expect(&second, "2/other,0[\"ask\"]");
    peer_send(&second, "3/other,0[6]");
    peer_settle(&second);
    assert_int_equal(log.calls, 1);
    assert_int_equal(log.value, 6);
    client_close(&first);
    client_close(&second);
    test_sio_until(t, log.calls == 3); /* those that nobody answered */
}

static void binaries_come_back(void **state) {
    test_sio_t *t = *state;
    answer_log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, on_answer, &log, "ask", "B", "\1\2",
                                       (size_t) 2), 0);
    peer_expect(&peer, "51-0[\"ask\",{\"_placeholder\":true,\"num\":0}]");
    peer_expect_binary(&peer, "\1\2", 2);
    peer_send(&peer, "61-0[7,{\"_placeholder\":true,\"num\":0}]");
    peer_send_binary(&peer, "\3", 1);
    client_until(&peer, log.calls == 1);
    assert_int_equal(log.value, 7);
    client_close(&peer);
}

static void each_has_its_own_timeout(void **state) {
    test_sio_t *t = *state;
    answer_log_t logs[4] = {{.t = t}, {.t = t}, {.t = t}, {.t = t}};
    client_t peer;
    peer_connect(&peer, t);
    uint64_t start = client_now();
    ask(t->socket, 90, &logs[0]);
    ask(t->socket, 30, &logs[1]);
    ask(t->socket, 60, &logs[2]);
    ask(t->socket, 0, &logs[3]);
    client_until(&peer, logs[0].calls == 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(logs[i].calls, 1);
        assert_int_equal(logs[i].error, SIO_ETIMEDOUT);
    }
    assert_true(logs[1].at - start >= 30 && logs[1].at <= logs[2].at);
    assert_true(logs[2].at - start >= 60 && logs[2].at <= logs[0].at);
    assert_true(logs[0].at - start >= 90);
    peer_next(&peer), peer_next(&peer), peer_next(&peer), peer_next(&peer);
    peer_send(&peer, "30[1]"); /* too late */
    peer_send(&peer, "33[4]");
    peer_settle(&peer);
    assert_int_equal(logs[0].calls, 1);
    assert_int_equal(logs[3].calls, 1);
    assert_int_equal(logs[3].value, 4);
    client_close(&peer);
}

static void at_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    answer_log_t *log = data;
    (void) socket, (void) reason;
    /* It has been told before: what belongs to the socket can be freed here. */
    assert_int_equal(log->calls, 1);
    assert_int_equal(log->error, SIO_ECLOSED);
    log->calls += 100;
}

static void a_disconnect_answers_all(void **state) {
    test_sio_t *t = *state;
    answer_log_t logs[2] = {{.t = t}, {.t = t}};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_disconnect(t->socket, at_disconnect, &logs[0]);
    ask(t->socket, 0, &logs[0]);
    ask(t->socket, 1000, &logs[1]);
    assert_int_equal(logs[0].calls, 0);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    assert_int_equal(logs[0].calls, 101);
    assert_int_equal(logs[1].calls, 1);
    assert_int_equal(logs[1].error, SIO_ECLOSED);
}

static void ask_again(sio_socket_t *socket, void *data) {
    answer_log_t *log = data;
    log->then = NULL;
    assert_int_equal(ask(socket, 0, log), log->error == SIO_ECLOSED ? SIO_ECLOSED : 0);
}

static void hang_up(sio_socket_t *socket, void *data) {
    answer_log_t *log = data;
    log->then = NULL;
    sio_disconnect(socket, 1);
}

static void the_callback_may_ask_again_or_hang_up(void **state) {
    test_sio_t *t = *state;
    answer_log_t log = {.t = t, .then = ask_again}, other = {.t = t, .then = ask_again};
    client_t peer;
    peer_connect(&peer, t);
    ask(t->socket, 0, &log);
    peer_expect(&peer, "20[\"ask\"]");
    peer_send(&peer, "30[1]");
    peer_expect(&peer, "21[\"ask\"]");
    log.then = hang_up;
    ask(t->socket, 20, &other);
    peer_send(&peer, "31[2]");
    client_until(&peer, t->disconnects == 1);
    assert_int_equal(log.calls, 2);
    assert_int_equal(other.calls, 1);
    assert_int_equal(other.error, SIO_ECLOSED);
    client_close(&peer);
}

static void what_fails_asks_nobody(void **state) {
    test_sio_t *t = *state;
    answer_log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, on_answer, &log, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, on_answer, &log, "x", "q"), SIO_EFORMAT);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, NULL, &log, "x", "o", json_string("released")),
                     SIO_EINVAL);
    json_t *args = json_pack("[b]", 1);
    assert_int_equal(sio_socket_emit_json_with_ack(t->socket, 0, on_answer, &log, "x", args), 0);
    json_decref(args);
    peer_expect(&peer, "20[\"x\",true]"); /* the first id: the others have taken none */
    assert_int_equal(log.calls, 0);
    client_close(&peer);
    test_sio_until(t, log.calls == 1); /* it looks at the stack of this function */
}

/* Who watches the engine may do anything while a question is on its way. */
typedef struct {
    answer_log_t log;
    void (*then)(test_sio_t *t, answer_log_t *log);
} watch_t;

static void on_engine(eio_socket_t *socket, const eio_event_t *event, void *data) {
    watch_t *watch = data;
    void (*then)(test_sio_t *, answer_log_t *) = watch->then;
    (void) socket;
    if (event->type != EIO_EVENT_PACKET_CREATE || then == NULL)
        return;
    watch->then = NULL;
    then(watch->log.t, &watch->log);
}

static void end_session(test_sio_t *t, answer_log_t *log) {
    (void) log;
    eio_socket_close(sio_socket_conn(t->socket), 1);
}

static void end_socket(test_sio_t *t, answer_log_t *log) {
    (void) log;
    sio_disconnect(t->socket, 0);
}

static void ask_too(test_sio_t *t, answer_log_t *log) {
    assert_int_equal(ask(t->socket, 0, log), 0);
}

static void nobody_is_told_from_inside_the_question(void **state) {
    test_sio_t *t = *state;
    void (*const ends[])(test_sio_t *, answer_log_t *) = {end_session, end_socket};
    for (int i = 0; i < 2; i++) {
        watch_t watch = {.log = {.t = t}};
        client_t peer;
        peer_connect(&peer, t);
        eio_server_on_event(sio_server_engine(t->io), on_engine, &watch);
        watch.then = ends[i];
        assert_int_equal(ask(t->socket, 1, &watch.log), SIO_ECLOSED);
        assert_null(t->socket);
        test_sio_until(t, t->disconnects == i + 1);
        assert_int_equal(watch.log.calls, 0);
        eio_server_on_event(sio_server_engine(t->io), NULL, NULL);
        client_close(&peer);
    }
}

static void a_question_within_a_question_has_its_own_id(void **state) {
    test_sio_t *t = *state;
    watch_t watch = {.log = {.t = t}, .then = ask_too};
    client_t peer;
    peer_connect(&peer, t);
    eio_server_on_event(sio_server_engine(t->io), on_engine, &watch);
    assert_int_equal(ask(t->socket, 0, &watch.log), 0);
    peer_expect(&peer, "21[\"ask\"]");
    peer_expect(&peer, "20[\"ask\"]");
    peer_send(&peer, "30[]");
    peer_send(&peer, "31[]");
    peer_settle(&peer);
    assert_int_equal(watch.log.calls, 2);
    eio_server_on_event(sio_server_engine(t->io), NULL, NULL); /* it looks at this stack */
    client_close(&peer);
}

static void many_at_a_time(void **state) {
    enum { MANY = 500 };
    test_sio_t *t = *state;
    answer_log_t log = {.t = t};
    client_t peer;
    char text[64];
    peer_connect(&peer, t);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ask(t->socket, (uint32_t) (10000 + (i * 7919) % 5000), &log), 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "2%d[\"ask\"]", i);
        peer_expect(&peer, text);
    }
    for (int i = 0; i < MANY; i += 2) {
        snprintf(text, sizeof(text), "3%d[%d]", (i * 3) % MANY, i);
        peer_send(&peer, text);
    }
    peer_settle(&peer);
    assert_int_equal(log.calls, MANY / 2);
    sio_disconnect(t->socket, 0);
    assert_int_equal(log.calls, MANY);
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(answers_come_in_any_order),
        IN_SIO(ids_count_per_namespace),
        IN_SIO(binaries_come_back),
        IN_SIO(each_has_its_own_timeout),
        IN_SIO(a_disconnect_answers_all),
        IN_SIO(the_callback_may_ask_again_or_hang_up),
        IN_SIO(what_fails_asks_nobody),
        IN_SIO(nobody_is_told_from_inside_the_question),
        IN_SIO(a_question_within_a_question_has_its_own_id),
        IN_SIO(many_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
