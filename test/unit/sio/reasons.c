/* Why sockets end [S28, S29], each reason over WebSocket and polling where it can happen. */
#include "../lib/sio.h"
#include "eio/socket.h"

/* --- WebSocket ---------------------------------------------------------------------------- */

static void expect_reason(test_sio_t *t, sio_reason_t reason, const char *words) {
    test_sio_until(t, t->disconnects == 1);
    assert_int_equal(t->reason, reason);
    assert_string_equal(sio_reason_string(t->reason), words);
    t->disconnects = 0;
}

static void transport_error(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    client_send(&peer, "\x81\x01" "x", 3); /* not masked */
    expect_reason(t, SIO_REASON_TRANSPORT_ERROR, "transport error");
    client_close(&peer);
}

static void transport_close(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    client_close(&peer);
    expect_reason(t, SIO_REASON_TRANSPORT_CLOSE, "transport close");
    peer_connect(&peer, t);
    peer_frame(&peer, 8, "\x03\xe8", 2);
    expect_reason(t, SIO_REASON_TRANSPORT_CLOSE, "transport close");
    client_close(&peer);
}

static void forced_close(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    peer_send(&peer, "2{}");
    expect_reason(t, SIO_REASON_FORCED_CLOSE, "forced close");
    client_close(&peer);
}

static void parse_error(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    peer_frame(&peer, 1, "x", 1); /* no packet of the engine's */
    expect_reason(t, SIO_REASON_PARSE_ERROR, "parse error");
    client_close(&peer);
}

static void ping_timeout(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    test_sio_t t;
    client_t peer;
    (void) state;
    options.ping_interval_ms = 20;
    options.ping_timeout_ms = 20;
    test_sio_open_with(&t, &options);
    peer_connect(&peer, &t);
    expect_reason(&t, SIO_REASON_PING_TIMEOUT, "ping timeout");
    client_close(&peer);
    test_sio_close(&t);
}

static void server_shutting_down(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_server_close(t->io, NULL, NULL), 0);
    expect_reason(t, SIO_REASON_SERVER_SHUTTING_DOWN, "server shutting down");
    peer_expect_close(&peer); /* no DISCONNECT packet [S3] */
    client_close(&peer);
}

static void client_namespace_disconnect(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    peer_send(&peer, "1");
    expect_reason(t, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT, "client namespace disconnect");
    client_close(&peer);
}

/* [S23] */
static void server_namespace_disconnect(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_disconnect(t->socket, 0), 0);
    expect_reason(t, SIO_REASON_SERVER_NAMESPACE_DISCONNECT, "server namespace disconnect");
    peer_expect(&peer, "1");
    peer_join(&peer, "", "", NULL); /* the connection is there */
    assert_int_equal(sio_disconnect(t->socket, 1), 0);
    expect_reason(t, SIO_REASON_SERVER_NAMESPACE_DISCONNECT, "server namespace disconnect");
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    client_close(&peer);
}

/* --- polling ------------------------------------------------------------------------------ */

typedef struct {
    client_t client;
    char sid[32];
} poller_t;

static void ask(poller_t *poller, const char *method, const char *body) {
    char request[1024];
    snprintf(request, sizeof(request),
             "%s /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: x\r\n"
             "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
             method, *poller->sid != '\0' ? "&sid=" : "", poller->sid, strlen(body), body);
    client_puts(&poller->client, request);
}

static void post(poller_t *poller, const char *body) {
    ask(poller, "POST", body);
    client_expect_answer(&poller->client, 200, "ok");
}

static void poller_connect(poller_t *poller, test_sio_t *t) {
    answer_t answer;
    memset(poller, 0, sizeof(*poller));
    client_connect(&poller->client, &t->uv, "127.0.0.1", t->port);
    ask(poller, "GET", "");
    client_answer(&poller->client, &answer, 0);
    const char *sid = strstr(answer.body, "\"sid\":\"");
    assert_non_null(sid);
    snprintf(poller->sid, 21, "%s", sid + 7);
    answer_free(&answer);
    post(poller, "40");
    assert_true(sio_socket_connected(t->socket));
}

/* The CONNECT is fetched, the next poll waits; `other` is a second connection of the session. */
static void poll_twice(poller_t *poller, test_sio_t *t, poller_t *other) {
    answer_t answer;
    ask(poller, "GET", "");
    client_answer(&poller->client, &answer, 0);
    answer_free(&answer);
    ask(poller, "GET", "");
    memset(other, 0, sizeof(*other));
    memcpy(other->sid, poller->sid, sizeof(other->sid));
    client_connect(&other->client, &t->uv, "127.0.0.1", t->port);
    eio_socket_t *conn = sio_socket_conn(t->socket);
    test_sio_until(t, eio__socket_writable(conn));
}

/* [S29] */
static void a_packet_out_of_place_is_another_thing_on_each_transport(void **state) {
    static const char *const packets[] = {"0", "2/elsewhere,[\"x\"]", "1/elsewhere,",
                                          "4{\"message\":\"x\"}"};
    test_sio_t *t = *state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
        client_t peer;
        poller_t poller, other;
        char body[64];
        peer_connect(&peer, t);
        peer_send(&peer, packets[i]);
        expect_reason(t, SIO_REASON_FORCED_CLOSE, "forced close");
        client_close(&peer);
        poller_connect(&poller, t);
        snprintf(body, sizeof(body), "4%s", packets[i]);
        ask(&poller, "POST", body);
        expect_reason(t, SIO_REASON_FORCED_SERVER_CLOSE, "forced server close");
        client_close(&poller.client);
        /* With a poll that waits, the end can be said at once. */
        poller_connect(&poller, t);
        poll_twice(&poller, t, &other);
        ask(&other, "POST", body);
        expect_reason(t, SIO_REASON_FORCED_CLOSE, "forced close");
        client_close(&poller.client);
        client_close(&other.client);
    }
}

static void on_polling(void **state) {
    static const struct {
        const char *body;
        sio_reason_t reason;
    } cases[] = {
        {"1", SIO_REASON_TRANSPORT_CLOSE},
        {"x", SIO_REASON_PARSE_ERROR},
        {"42{}", SIO_REASON_FORCED_CLOSE},
        {"41", SIO_REASON_CLIENT_NAMESPACE_DISCONNECT},
    };
    test_sio_t *t = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        poller_t poller;
        poller_connect(&poller, t);
        ask(&poller, "POST", cases[i].body);
        expect_reason(t, cases[i].reason, sio_reason_string(cases[i].reason));
        client_close(&poller.client);
    }
}

static void a_second_poll_is_a_transport_error(void **state) {
    test_sio_t *t = *state;
    poller_t poller, other;
    poller_connect(&poller, t);
    poll_twice(&poller, t, &other);
    ask(&other, "GET", "");
    expect_reason(t, SIO_REASON_TRANSPORT_ERROR, "transport error");
    client_close(&poller.client);
    client_close(&other.client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(transport_error),
        IN_SIO(transport_close),
        IN_SIO(forced_close),
        IN_SIO(parse_error),
        cmocka_unit_test(ping_timeout),
        IN_SIO(server_shutting_down),
        IN_SIO(client_namespace_disconnect),
        IN_SIO(server_namespace_disconnect),
        IN_SIO(a_packet_out_of_place_is_another_thing_on_each_transport),
        IN_SIO(on_polling),
        IN_SIO(a_second_poll_is_a_transport_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
