/* A connection changes hands: at once or later, with bytes behind the request, and peers
 * that vanish meanwhile. */
#include "../lib/host.h"
#include "base/buf.h"

typedef struct {
    test_host_t host;
    client_t client;
    sio_http_response_t *response; /* of an upgrade that is not decided yet */
    sio__conn_t *conn;             /* switched */
    sio__buf_t got;                /* by the new protocol */
    int upgrades, requests, lost, ended, closed, drained;
    int first_owner;
    int in_switch; /* nothing may be called from inside of it */
    enum { AT_ONCE, LATER, AND_CLOSE, REFUSE, ANSWER, ABORT } how;
} fixture_t;

/* --- the new protocol: echoes ----------------------------------------------------------------- */

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    fixture_t *f = conn->protocol_data;
    assert_int_equal(f->in_switch, 0);
    assert_true(length <= SIO__READ_BUFFER);
    assert_int_equal(sio__buf_append(&f->got, data, length), 0);
    memset(data, '!', length);
    if (memchr(f->got.data, 'Q', f->got.length) != NULL)
        sio__conn_close(conn, 0);
}

static void on_end(sio__conn_t *conn) {
    fixture_t *f = conn->protocol_data;
    f->ended++;
    sio__conn_close(conn, 0);
}

static void on_drained(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->drained++;
}

static void on_closed(sio__conn_t *conn, int error) {
    fixture_t *f = conn->protocol_data;
    (void) error;
    assert_int_equal(f->in_switch, 0);
    f->closed++;
    f->conn = NULL;
}

static const sio__protocol_t protocol = {on_data, on_end, on_drained, on_closed};

static void take(fixture_t *f, sio_http_response_t *response) {
    assert_int_equal(sio_http_header(response, "Upgrade", "websocket"), 0);
    assert_int_equal(sio_http_header(response, "Connection", "Upgrade"), 0);
    f->in_switch = 1;
    assert_int_equal(sio__response_switch(response, &protocol, &f->first_owner, &f->conn), 0);
    f->in_switch = 0;
    /* It may change owners before the bytes behind the request are delivered. */
    assert_ptr_equal(f->conn->protocol_data, &f->first_owner);
    f->conn->protocol_data = f;
    f->response = NULL;
}

/* --- routes ----------------------------------------------------------------------------------- */

static void on_lost(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) response;
    f->lost++;
    f->response = NULL;
}

static void on_upgrade(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) request;
    f->upgrades++;
    switch (f->how) {
    case AT_ONCE:
    case AND_CLOSE:
        take(f, response);
        if (f->how == AND_CLOSE)
            sio__conn_close(f->conn, 0);
        break;
    case LATER:
        f->response = response;
        sio_http_on_close(response, on_lost, f);
        break;
    case REFUSE:
        assert_int_equal(sio_http_header(response, "X-Not", "sent"), 0);
        assert_int_equal(sio_http_header(response, "Sec-WebSocket-Version", "13, 8"), 0);
        assert_int_equal(sio__response_refuse_upgrade(response, 400, "Session ID unknown"), 0);
        break;
    case ANSWER:
        assert_int_equal(sio_http_header(response, "Connection", "Upgrade"), 0);
        assert_int_equal(sio_http_end(response, "no", 2), 0);
        break;
    case ABORT:
        sio__response_abort(response);
        break;
    }
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    ((fixture_t *) data)->requests++;
    (void) request;
    assert_int_equal(sio_http_end(response, "plain", 5), 0);
}

static const sio__route_ops_t both_ops = {.request = on_request, .upgrade = on_upgrade};
static const sio__route_ops_t upgrade_ops = {.upgrade = on_upgrade};
static const sio__route_ops_t request_ops = {.request = on_request};

static int setup_with(void **state, int lenient) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    options.lenient_upgrade = lenient;
    test_host_open(&f->host, &options);
    assert_int_equal(sio__host_route(f->host.host, "/up", 0, 100, &both_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/plain", 0, 100, &request_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/only", 0, 100, &upgrade_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/only/plain", 0, 100, &request_ops, f), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 0);
}

static int setup_lenient(void **state) {
    return setup_with(state, 1);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->client);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    sio__buf_free(&f->got);
    free(f);
    return 0;
}

#define UPGRADE(path)                                                                              \
    "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"                      \
    "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"

static const char switched[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\n\r\n";

static void wait_for(fixture_t *f, const char *text) {
    client_until(&f->client, f->got.length >= strlen(text));
    assert_int_equal(f->got.length, strlen(text));
    assert_memory_equal(f->got.data, text, f->got.length);
}

/* --- taken ------------------------------------------------------------------------------------ */

static void at_once(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, UPGRADE("/up"));
    client_expect(&f->client, switched);
    client_puts(&f->client, "abc");
    wait_for(f, "abc");
    assert_int_equal(sio__conn_send_copy(f->conn, "xyz", 3), 0);
    client_expect(&f->client, "xyz");
    assert_int_equal(sio__host_connections(f->host.host), 1);
}

static void with_bytes_behind_it(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_expect(&f->client, switched);
    wait_for(f, "abc");
    client_puts(&f->client, "def");
    wait_for(f, "abcdef");
}

static void a_byte_at_a_time(void **state) {
    fixture_t *f = *state;
    client_trickle(&f->client, UPGRADE("/up") "abc", sizeof(UPGRADE("/up") "abc") - 1);
    client_expect(&f->client, switched);
    wait_for(f, "abc");
}

static void later_with_bytes_behind_it(void **state) {
    fixture_t *f = *state;
    f->how = LATER;
    client_puts(&f->client, UPGRADE("/up") "ab");
    client_until(&f->client, f->response != NULL);
    client_puts(&f->client, "cd");
    client_idle(&f->client, 10);
    assert_int_equal(f->got.length, 0);
    take(f, f->response);
    assert_int_equal(f->got.length, 0);
    client_expect(&f->client, switched);
    wait_for(f, "abcd");
    client_puts(&f->client, "ef");
    wait_for(f, "abcdef");
}

static void take_now(uv_poll_t *poll, int status, int events) {
    fixture_t *f = poll->data;
    assert_int_equal(status, 0);
    assert_int_equal(events, UV_READABLE);
    uv_poll_stop(poll);
    take(f, f->response);
    assert_int_equal(f->got.length, 0);
}

/* Bytes that are read between the switch and the end of its turn come behind those that waited. */
static void no_bytes_overtake(void **state) {
    fixture_t *f = *state;
    uv_poll_t poll;
    int fds[2];
    f->how = LATER;
    client_puts(&f->client, UPGRADE("/up") "ab");
    client_until(&f->client, f->response != NULL);
    /* Both are ready in one turn, in the order in which they became so. */
    assert_int_equal(pipe(fds), 0);
    uv_poll_init(&f->host.uv, &poll, fds[0]);
    poll.data = f;
    uv_poll_start(&poll, UV_READABLE, take_now);
    uv_run(&f->host.uv, UV_RUN_NOWAIT);
    assert_int_equal(write(fds[1], "x", 1), 1);
    client_puts(&f->client, "cd");
    uv_run(&f->host.uv, UV_RUN_NOWAIT);
    assert_int_equal(f->got.length, 4);
    wait_for(f, "abcd");
    client_expect(&f->client, switched);
    uv_close((uv_handle_t *) &poll, NULL);
    uv_run(&f->host.uv, UV_RUN_NOWAIT);
    close(fds[0]);
    close(fds[1]);
}

static void much_behind_it(void **state) {
    fixture_t *f = *state;
    enum { MUCH = 4 * 1024 * 1024 };
    char *much = malloc(MUCH);
    size_t sent = 0;
    for (size_t i = 0; i < MUCH; i++)
        much[i] = (char) ('a' + i % 15);
    f->how = LATER;
    client_puts(&f->client, UPGRADE("/up"));
    client_until(&f->client, f->response != NULL);
    uint64_t start = client_now();
    while (sent < MUCH && client_now() - start < 200) {
        ssize_t now = send(f->client.fd, much + sent, MUCH - sent, MSG_NOSIGNAL);
        sent += now > 0 ? (size_t) now : 0;
        client_turn(&f->client);
    }
    assert_int_equal(sio__response_conn(f->response)->reading, 0);
    take(f, f->response);
    client_send(&f->client, much + sent, MUCH - sent);
    client_until(&f->client, f->got.length >= MUCH);
    assert_int_equal(f->got.length, MUCH);
    assert_memory_equal(f->got.data, much, MUCH);
    free(much);
}

static void drained_is_told_to_the_new_protocol(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_expect(&f->client, switched);
    wait_for(f, "abc");
    client_until(&f->client, f->drained == 1);
}

static void a_fin_right_behind(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_shutdown(&f->client);
    client_until(&f->client, f->closed == 1);
    assert_int_equal(f->ended, 1);
    assert_int_equal(f->got.length, 3);
}

static void closed_by_the_new_protocol_at_once(void **state) {
    fixture_t *f = *state;
    f->how = AND_CLOSE;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_until(&f->client, f->closed == 1);
    client_until(&f->client, f->client.ended || f->client.error);
    assert_int_equal(f->got.length, 0);
}

static void closed_by_the_new_protocol_in_what_waited(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, UPGRADE("/up") "abQ");
    client_until(&f->client, f->closed == 1);
    assert_int_equal(f->got.length, 3);
}

/* Whatever happens first happens to the second owner. */
static void handed_on_and_closed(void **state) {
    fixture_t *f = *state;
    f->how = AND_CLOSE;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_until(&f->client, f->closed == 1);
    assert_int_equal(f->got.length, 0);
}

/* More than one buffer, which is read in the turn of the switch. */
static void handed_on_with_much_behind_it(void **state) {
    fixture_t *f = *state;
    enum { MUCH = 3 * SIO__READ_BUFFER, HEAD = sizeof(UPGRADE("/up")) - 1 };
    char *much = malloc(HEAD + MUCH);
    memcpy(much, UPGRADE("/up"), HEAD);
    memset(much + HEAD, 'a', MUCH);
    client_send(&f->client, much, HEAD + MUCH);
    client_until(&f->client, f->got.length >= MUCH);
    assert_int_equal(f->got.length, MUCH);
    free(much);
}

/* --- not taken -------------------------------------------------------------------------------- */

static void refused(void **state) {
    fixture_t *f = *state;
    f->how = REFUSE;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_expect(&f->client, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                              "Content-type: text/html\r\nContent-Length: 18\r\n"
                              "Sec-WebSocket-Version: 13, 8\r\n\r\nSession ID unknown");
    client_expect_end(&f->client);
}

static void answered(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    f->how = ANSWER;
    client_puts(&f->client, UPGRADE("/up") "GET /up HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    assert_null(strstr(answer.head, "Upgrade"));
    answer_free(&answer);
    client_expect_end(&f->client);
    assert_int_equal(f->requests, 0);
}

static void aborted(void **state) {
    fixture_t *f = *state;
    f->how = ABORT;
    client_puts(&f->client, UPGRADE("/up") "abc");
    client_expect_end(&f->client);
}

static void vanished_before_the_decision(void **state) {
    fixture_t *f = *state;
    void (*const vanish[])(client_t *) = {client_close, client_reset, client_shutdown};
    f->how = LATER;
    for (int i = 0; i < 3; i++) {
        client_t client;
        test_host_client(&f->host, &client);
        client_puts(&client, UPGRADE("/up") "abc");
        client_until(&client, f->response != NULL);
        vanish[i](&client);
        while (f->lost == i)
            uv_run(&f->host.uv, UV_RUN_NOWAIT);
        test_host_connections(&f->host, 1);
        client_close(&client);
    }
}

/* --- which requests are upgrades -------------------------------------------------------------- */

static void expect_plain(fixture_t *f, const char *request) {
    int before = f->requests;
    client_puts(&f->client, request);
    client_expect_answer(&f->client, 200, "plain");
    assert_int_equal(f->requests, before + 1);
    assert_int_equal(f->upgrades, 0);
}

static void those_that_are_none(void **state) {
    fixture_t *f = *state;
    expect_plain(f, "GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    "Upgrade: h2c\r\n"
                    "HTTP2-Settings: x\r\n\r\n");
    expect_plain(f, "GET /up HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Key: x\r\n\r\n");
    expect_plain(f, "GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\n");
    /* RFC 9110 7.8 */
    expect_plain(f, "GET /up HTTP/1.0\r\nConnection: keep-alive, Upgrade\r\n"
                    "Upgrade: websocket\r\n\r\n");
}

/* What comes behind one that nobody takes may be anything: the connection ends with its answer. */
static void one_that_nobody_takes(void **state) {
    fixture_t *f = *state;
    expect_plain(f, UPGRADE("/plain") "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_end(&f->client);
    assert_int_equal(f->requests, 1);
}

static void a_list_of_protocols(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /up HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
                            "Upgrade: foo, WebSocket\r\n\r\n");
    client_expect(&f->client, switched);
}

static void a_route_for_upgrades_only(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /only HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 404, NULL);
    client_puts(&f->client, "GET /only/plain HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "plain");
    /* The longer prefix takes no upgrades. */
    client_puts(&f->client, UPGRADE("/only/plain"));
    client_expect(&f->client, switched);
}

static void without_the_token(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /up HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n"
                            "Upgrade: websocket\r\n"
                            "Sec-WebSocket-Key: x\r\n\r\nabc");
    client_expect(&f->client, switched);
    wait_for(f, "abc");
}

static void without_the_token_and_the_key(void **state) {
    expect_plain(*state, "GET /up HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(with_bytes_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_byte_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(later_with_bytes_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(no_bytes_overtake, setup, teardown),
        cmocka_unit_test_setup_teardown(much_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(drained_is_told_to_the_new_protocol, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fin_right_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_by_the_new_protocol_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(closed_by_the_new_protocol_in_what_waited, setup, teardown),
        cmocka_unit_test_setup_teardown(handed_on_and_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(handed_on_with_much_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(answered, setup, teardown),
        cmocka_unit_test_setup_teardown(aborted, setup, teardown),
        cmocka_unit_test_setup_teardown(vanished_before_the_decision, setup, teardown),
        cmocka_unit_test_setup_teardown(those_that_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_nobody_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_of_protocols, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_for_upgrades_only, setup, teardown),
        cmocka_unit_test_setup_teardown(without_the_token, setup_lenient, teardown),
        cmocka_unit_test_setup_teardown(without_the_token_and_the_key, setup_lenient, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
