/* What waits for all peers together: who is cut off when it is too much, and who is not. */
#include "../lib/sio.h"

enum { MOST = 1000000, MANY = 150 };

typedef struct {
    test_sio_t sio;
    client_t other; /* who reads, and notices nothing */
} fixture_t;

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    assert_non_null(f);
    options.max_buffered_total = MOST;
    options.http_compression.enabled = 0;
    options.allow_v09 = 1;
    test_sio_open_with(&f->sio, &options);
    assert_int_equal(sio_on(f->sio.io, "echo", on_echo, f), 0);
    peer_connect(&f->other, &f->sio);
    f->sio.connections = 0;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->other);
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static void check_other(fixture_t *f) {
    peer_send(&f->other, "2[\"echo\",1]");
    peer_expect(&f->other, "2[\"echo\",1]");
}

static sio_stats_t stats_of(fixture_t *f) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(f->sio.io, &stats), 0);
    return stats;
}

static size_t kept(fixture_t *f) {
    return (size_t) stats_of(f).kept_bytes;
}

static uint64_t limited(fixture_t *f) {
    return stats_of(f).limited[SIO_LIMIT_BUFFERED_TOTAL];
}

/* Emits so much to the target, and lets the turn end. */
#define emit_bytes(f, target, size)                                                                \
    do {                                                                                           \
        char *bytes_ = calloc(1, size);                                                            \
        assert_non_null(bytes_);                                                                   \
        memset(bytes_, 'x', (size) -1);                                                            \
        assert_int_equal(sio_emit(target, "much", "s", bytes_), 0);                                \
        free(bytes_);                                                                              \
        test_sio_turns(&(f)->sio);                                                                 \
    } while (0)

/* --- those who poll ----------------------------------------------------------------------- */

typedef struct {
    client_t http;
    char sid[32];
    sio_socket_t *socket; /* a reference */
} poller_t;

static void post(poller_t *poller, const char *body) {
    char request[256];
    snprintf(request, sizeof(request),
             "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             poller->sid, strlen(body), body);
    client_puts(&poller->http, request);
    client_expect_answer(&poller->http, 200, "ok");
}

/* One that has joined "/", and does not poll. */
static void poller_open(fixture_t *f, poller_t *poller) {
    answer_t answer;
    client_connect(&poller->http, &f->sio.uv, "127.0.0.1", f->sio.port);
    client_puts(&poller->http,
                "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&poller->http, &answer, 0);
    assert_int_equal(sscanf(answer.body, "0{\"sid\":\"%31[^\"]", poller->sid), 1);
    answer_free(&answer);
    post(poller, "40");
    assert_non_null(f->sio.socket);
    poller->socket = sio_socket_ref(f->sio.socket);
}

static void poller_close(poller_t *poller) {
    sio_socket_unref(poller->socket);
    client_close(&poller->http);
}

static void poll_once(poller_t *poller, answer_t *answer) {
    char request[256];
    snprintf(request, sizeof(request),
             "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n\r\n",
             poller->sid);
    client_puts(&poller->http, request);
    client_answer(&poller->http, answer, 0);
}

static void who_has_the_most_is_cut_off(void **state) {
    fixture_t *f = *state;
    poller_t first, second;
    answer_t answer;
    poller_open(f, &first);
    poller_open(f, &second);
    emit_bytes(f, first.socket, 600000);
    emit_bytes(f, second.socket, 250000);
    emit_bytes(f, first.socket, MOST - kept(f) - 200); /* and a little for the packet */
    assert_in_range(kept(f), MOST - 200, MOST);
    assert_int_equal(f->sio.disconnects, 0); /* so much may be */
    assert_int_equal(limited(f), 0);
    emit_bytes(f, second.socket, 1000);
    assert_int_equal(f->sio.disconnects, 1);
    assert_int_equal(f->sio.reason, SIO_REASON_TRANSPORT_ERROR);
    assert_false(sio_socket_connected(first.socket));
    assert_true(sio_socket_connected(second.socket));
    assert_int_equal(limited(f), 1);
    assert_in_range(kept(f), 251000, 252000);
    check_other(f);
    poll_once(&second, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer.length > 251000);
    answer_free(&answer);
    assert_int_equal(kept(f), 0);
    poll_once(&first, &answer);
    assert_int_equal(answer.status, 400); /* unknown session */
    answer_free(&answer);
    poller_close(&first);
    poller_close(&second);
}

static void what_is_shared_counts_once(void **state) {
    fixture_t *f = *state;
    poller_t pollers[5];
    for (int i = 0; i < 5; i++)
        poller_open(f, &pollers[i]);
    for (int i = 0; i < 5; i++)
        sio_join(pollers[i].socket, "slow");
    emit_bytes(f, sio_to(f->sio.io, "slow"), 900000);
    assert_in_range(kept(f), 900000, 901000);
    assert_int_equal(f->sio.disconnects, 0);
    /* They are as slow as each other: none of them alone would free anything. */
    emit_bytes(f, pollers[4].socket, 150000);
    assert_int_equal(f->sio.disconnects, 5);
    assert_int_equal(limited(f), 5);
    assert_int_equal(kept(f), 0);
    check_other(f);
    for (int i = 0; i < 5; i++)
        poller_close(&pollers[i]);
}

/* More than are cut off at a time, and one among them who has little to come for. */
static void many_are_cut_off_in_one_turn(void **state) {
    fixture_t *f = *state;
    poller_t pollers[MANY], modest;
    for (int i = 0; i < MANY; i++) {
        if (i == MANY / 2)
            poller_open(f, &modest);
        poller_open(f, &pollers[i]);
        sio_join(pollers[i].socket, "slow");
    }
    emit_bytes(f, modest.socket, 1000);
    emit_bytes(f, sio_to(f->sio.io, "slow"), MOST);
    assert_int_equal(f->sio.disconnects, MANY);
    assert_int_equal(limited(f), MANY);
    assert_true(sio_socket_connected(modest.socket));
    assert_in_range(kept(f), 1000, 1100);
    /* And again: those that have come since are found as well. */
    for (int i = 0; i < 2; i++) {
        poller_close(&pollers[i]);
        poller_open(f, &pollers[i]);
        emit_bytes(f, pollers[i].socket, MOST + 1000);
        assert_int_equal(f->sio.disconnects, MANY + i + 1);
        assert_true(sio_socket_connected(modest.socket));
    }
    check_other(f);
    for (int i = 0; i < MANY; i++)
        poller_close(&pollers[i]);
    poller_close(&modest);
}

/* --- those who do not read ---------------------------------------------------------------- */

static void a_connection_is_cut_off(void **state) {
    fixture_t *f = *state;
    client_t peer;
    poller_t poller;
    poller_open(f, &poller);
    emit_bytes(f, poller.socket, 50000);
    peer_open(&peer, &f->sio);
    peer_join(&peer, "", "", NULL);
    sio_socket_t *socket = sio_socket_ref(f->sio.socket);
    /* First the buffers of the system fill. */
    for (int i = 0; i < 1000 && f->sio.disconnects == 0; i++) {
        emit_bytes(f, socket, 60000);
        assert_in_range(kept(f), 0, MOST);
    }
    assert_int_equal(f->sio.disconnects, 1);
    assert_int_equal(f->sio.reason, SIO_REASON_TRANSPORT_ERROR);
    assert_false(sio_socket_connected(socket));
    assert_true(sio_socket_connected(poller.socket));
    assert_in_range(kept(f), 50000, 51000);
    assert_int_equal(limited(f), 1);
    check_other(f);
    sio_socket_unref(socket);
    client_close(&peer);
    poller_close(&poller);
}

/* --- whoever is told may do anything ------------------------------------------------------ */

static void close_all(sio_socket_t *socket, sio_reason_t reason, void *data) {
    fixture_t *f = data;
    (void) socket, (void) reason;
    sio_server_close(f->sio.io, NULL, NULL);
}

static void the_server_closes_meanwhile(void **state) {
    fixture_t *f = *state;
    poller_t pollers[3];
    for (int i = 0; i < 3; i++)
        poller_open(f, &pollers[i]);
    for (int i = 0; i < 3; i++) {
        sio_join(pollers[i].socket, "slow");
        sio_socket_unref(pollers[i].socket);
    }
    sio_on_disconnect(f->sio.io, close_all, f);
    emit_bytes(f, sio_to(f->sio.io, "slow"), MOST + 1);
    assert_int_equal(f->sio.disconnects, 4); /* that of `other`, too */
    for (int i = 0; i < 3; i++)
        client_close(&pollers[i].http);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(who_has_the_most_is_cut_off),
        CASE(what_is_shared_counts_once),
        CASE(many_are_cut_off_in_one_turn),
        CASE(a_connection_is_cut_off),
        CASE(the_server_closes_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
