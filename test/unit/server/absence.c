/* Sessions for which no connection is there: who counts as one of them, until when, and how one
 * too many is refused. */
#include "../lib/sio.h"

enum { MOST = 3, SHORT_MS = 100 };

#define HOST " HTTP/1.1\r\nHost: x\r\n"
#define V4 "/socket.io/?EIO=4&transport=polling"
#define V3 "/socket.io/?EIO=3&transport=polling"
#define V09 "/socket.io/1/"
#define WEBSOCKET                                                                                  \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

typedef struct {
    test_sio_t sio;
    client_t other; /* by WebSocket, who notices nothing */
    int warnings;
} fixture_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    (void) category, (void) text;
    f->warnings += level <= SIO_LOG_WARN;
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

static int setup_with(void **state, sio_options_t *options) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    options->max_absent_sessions = MOST;
    options->max_payload = 1000;
    options->allow_eio3 = 1;
    options->allow_v09 = 1;
    options->log = on_log;
    options->log_data = f;
    test_sio_open_with(&f->sio, options);
    assert_int_equal(sio_on(f->sio.io, "echo", on_echo, f), 0);
    peer_connect(&f->other, &f->sio);
    *state = f;
    return 0;
}

static int setup(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    return setup_with(state, &options);
}

static int setup_hasty(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.ping_interval_ms = SHORT_MS;
    options.ping_timeout_ms = SHORT_MS;
    options.upgrade_timeout_ms = SHORT_MS;
    options.v09.handshake_timeout_ms = SHORT_MS;
    options.v09.close_timeout_ms = SHORT_MS;
    return setup_with(state, &options);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->other);
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static sio_stats_t stats_of(fixture_t *f) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(f->sio.io, &stats), 0);
    return stats;
}

static uint64_t absent(fixture_t *f) {
    return stats_of(f).absent;
}

static void expect_limited(fixture_t *f, uint64_t count) {
    assert_int_equal(stats_of(f).limited[SIO_LIMIT_ABSENT], count);
    assert_true(count == 0 || f->warnings > 0);
    peer_send(&f->other, "2[\"echo\",1]");
    peer_expect(&f->other, "2[\"echo\",1]");
}

/* Everybody has gone. */
static void expect_nobody(fixture_t *f) {
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 1);
    assert_int_equal(absent(f), 0);
}

/* --- clients ------------------------------------------------------------------------------ */

typedef struct {
    client_t http;
    char url[128]; /* of its session */
} poller_t;

static void connect_to(fixture_t *f, client_t *client) {
    client_connect(client, &f->sio.uv, "127.0.0.1", f->sio.port);
}

static void get(client_t *client, const char *url) {
    char request[256];
    snprintf(request, sizeof(request), "GET %s" HOST "\r\n", url);
    client_puts(client, request);
}

/* The header of a POST of so many bytes, and those that come with it. */
static void post(client_t *client, const char *url, size_t length, const char *body) {
    char request[2048];
    snprintf(request, sizeof(request), "POST %s" HOST "Content-Length: %zu\r\n\r\n%s", url, length,
             body);
    client_puts(client, request);
}

static void post_too_much(client_t *client, const char *url) {
    char body[1002];
    memset(body, 'x', 1001);
    body[1001] = '\0';
    post(client, url, 1001, body);
    client_expect_answer(client, 413, NULL);
}

/* A handshake by the connection that is there: its session's URL. */
static void begin(poller_t *poller, const char *url) {
    answer_t answer;
    char sid[64];
    get(&poller->http, url);
    client_answer(&poller->http, &answer, 0);
    assert_int_equal(answer.status, 200);
    const char *start = strstr(answer.body, "sid");
    assert_non_null(start);
    assert_int_equal(sscanf(start + strcspn(start, ":"), ":%*[\\\"]%63[^\\\"]", sid), 1);
    answer_free(&answer);
    snprintf(poller->url, sizeof(poller->url), "%s&sid=%s", url, sid);
}

static void begin_v09(poller_t *poller, const char *transport) {
    answer_t answer;
    get(&poller->http, V09);
    client_answer(&poller->http, &answer, 0);
    assert_int_equal(answer.status, 200);
    snprintf(poller->url, sizeof(poller->url), V09 "%s/%.*s", transport,
             (int) strcspn(answer.body, ":"), answer.body);
    answer_free(&answer);
}

static void poller_open(fixture_t *f, poller_t *poller, const char *url) {
    connect_to(f, &poller->http);
    begin(poller, url);
}

static void expect_refused(client_t *client, const char *url, int status, const char *body) {
    answer_t answer;
    get(client, url);
    client_answer(client, &answer, 0);
    assert_int_equal(answer.status, status);
    assert_string_equal(answer_header(&answer, "Retry-After"), "1");
    if (body != NULL)
        assert_string_equal(answer.body, body);
    answer_free(&answer);
}

static void expect_busy(client_t *client, const char *url, const char *body) {
    expect_refused(client, url, 503, body);
}

static void upgrade(fixture_t *f, client_t *client, const char *url) {
    char request[512], sid[64];
    assert_int_equal(sscanf(strstr(url, "sid="), "sid=%63s", sid), 1);
    connect_to(f, client);
    snprintf(request, sizeof(request),
             "GET /socket.io/?EIO=4&transport=websocket&sid=%s" HOST WEBSOCKET, sid);
    client_puts(client, request);
    client_expect_answer(client, 101, NULL);
}

/* --- one too many ------------------------------------------------------------------------- */

static void handshakes_beyond_it(void **state) {
    fixture_t *f = *state;
    poller_t pollers[MOST];
    client_t more, socket;
    const char *const urls[MOST] = {V4, V3, V3 "&j=0"};
    for (unsigned i = 0; i < MOST; i++) {
        poller_open(f, &pollers[i], urls[i]);
        assert_int_equal(absent(f), i + 1);
    }
    expect_limited(f, 0);
    connect_to(f, &more);
    expect_busy(&more, V4, NULL);
    expect_busy(&more, V3, NULL);
    expect_busy(&more, V3 "&j=1", NULL);
    expect_busy(&more, V09, "handshake error");
    expect_limited(f, 4);
    assert_int_equal(sio_server_clients(f->sio.io), 1 + MOST);
    peer_connect(&socket, &f->sio); /* brings its connection along */
    assert_int_equal(absent(f), MOST);

    get(&pollers[0].http, pollers[0].url);
    test_sio_until(&f->sio, absent(f) == MOST - 1);
    begin(&pollers[1], V4); /* its old one is left alone */
    assert_int_equal(absent(f), MOST);
    expect_busy(&more, V4, NULL);
    expect_limited(f, 5);
    client_close(&socket);
    client_close(&more);
    for (unsigned i = 0; i < MOST; i++)
        client_close(&pollers[i].http);
}

static void handshakes_of_09_beyond_it(void **state) {
    fixture_t *f = *state;
    poller_t poller;
    client_t more;
    connect_to(f, &poller.http);
    for (unsigned i = 0; i < MOST; i++)
        begin_v09(&poller, "xhr-polling");
    assert_int_equal(absent(f), MOST);
    connect_to(f, &more);
    expect_refused(&more, V09 "?jsonp=0", 200, "io.j[0](new Error(\"handshake error\"));");
    expect_limited(f, 1);
    get(&poller.http, poller.url);
    client_expect_answer(&poller.http, 200, "1::");
    get(&poller.http, poller.url);
    test_sio_until(&f->sio, absent(f) == MOST - 1);
    get(&more, V4);
    client_expect_answer(&more, 200, NULL);
    expect_busy(&more, V4, NULL);
    client_close(&more);
    client_close(&poller.http);
}

/* --- there, and gone ---------------------------------------------------------------------- */

static void a_poll_and_a_post(void **state) {
    fixture_t *f = *state;
    poller_t poller;
    client_t poster;
    poller_open(f, &poller, V4);
    connect_to(f, &poster);
    assert_int_equal(absent(f), 1);
    post(&poster, poller.url, 2, "4"); /* a byte is missing */
    test_sio_until(&f->sio, absent(f) == 0);
    get(&poller.http, poller.url);
    test_sio_turns(&f->sio);
    client_puts(&poster, "0");
    client_expect_answer(&poster, 200, "ok");
    client_expect_answer(&poller.http, 200, NULL); /* of the CONNECT */
    assert_int_equal(absent(f), 1);
    get(&poller.http, poller.url);
    test_sio_until(&f->sio, absent(f) == 0);
    post_too_much(&poster, poller.url);
    assert_int_equal(absent(f), 0); /* the poll */
    sio_emit(f->sio.socket, "x");
    client_expect_answer(&poller.http, 200, "42[\"x\"]");
    assert_int_equal(absent(f), 1);
    client_close(&poster);
    connect_to(f, &poster);
    post_too_much(&poster, poller.url);
    assert_int_equal(absent(f), 1);
    post(&poller.http, poller.url, 1, "1"); /* the CLOSE */
    client_expect_answer(&poller.http, 200, "ok");
    expect_nobody(f);
    client_close(&poster);
    client_close(&poller.http);
}

static void peers_that_leave(void **state) {
    fixture_t *f = *state;
    poller_t poller;
    client_t second;
    poller_open(f, &poller, V4);
    get(&poller.http, poller.url);
    test_sio_until(&f->sio, absent(f) == 0);
    client_close(&poller.http);
    expect_nobody(f);
    poller_open(f, &poller, V4);
    post(&poller.http, poller.url, 5, "4");
    test_sio_until(&f->sio, absent(f) == 0);
    client_reset(&poller.http);
    expect_nobody(f);
    poller_open(f, &poller, V4);
    get(&poller.http, poller.url);
    test_sio_until(&f->sio, absent(f) == 0);
    connect_to(f, &second);
    get(&second, poller.url); /* [E55] */
    client_expect_answer(&second, 400, NULL);
    expect_nobody(f);
    client_close(&second);
    client_close(&poller.http);
}

static void closed_by_the_application(void **state) {
    fixture_t *f = *state;
    for (int polls = 0; polls < 2; polls++) {
        poller_t poller;
        poller_open(f, &poller, V4);
        post(&poller.http, poller.url, 2, "40");
        client_expect_answer(&poller.http, 200, "ok");
        get(&poller.http, poller.url);
        client_expect_answer(&poller.http, 200, NULL);
        if (polls) {
            get(&poller.http, poller.url);
            test_sio_until(&f->sio, absent(f) == 0);
        }
        sio_disconnect(f->sio.socket, 1);
        test_sio_turns(&f->sio);
        if (!polls) { /* which waits for a poll */
            assert_int_equal(absent(f), 1);
            get(&poller.http, poller.url);
        }
        client_expect_answer(&poller.http, 200, "41");
        assert_int_equal(absent(f), 1);
        get(&poller.http, poller.url);
        client_expect_answer(&poller.http, 200, "6\x1e" "1");
        client_close(&poller.http);
        expect_nobody(f);
    }
}

/* A WebSocket that is to take over is a connection, too. */
static void moving_to_a_websocket(void **state) {
    fixture_t *f = *state;
    poller_t poller;
    client_t probe;
    poller_open(f, &poller, V4);
    upgrade(f, &probe, poller.url);
    assert_int_equal(absent(f), 0);
    client_close(&probe);
    test_sio_until(&f->sio, absent(f) == 1);
    upgrade(f, &probe, poller.url);
    assert_int_equal(absent(f), 0);
    peer_frame(&probe, 1, "2probe", 6);
    assert_memory_equal(peer_next(&probe)->data, "3probe", 6);
    get(&poller.http, poller.url);
    client_expect_answer(&poller.http, 200, "6");
    assert_int_equal(absent(f), 0);
    get(&poller.http, poller.url); /* is still there when it moves */
    test_sio_turns(&f->sio);
    peer_frame(&probe, 1, "5", 1);
    client_expect_answer(&poller.http, 200, "6");
    assert_int_equal(stats_of(f).upgraded, 1);
    assert_int_equal(absent(f), 0);
    client_close(&poller.http);
    client_close(&probe);
    expect_nobody(f);
}

/* --- of 0.9 ------------------------------------------------------------------------------- */

static void transports_of_09(void **state) {
    fixture_t *f = *state;
    const char *const names[] = {"xhr-polling", "jsonp-polling", "htmlfile", "websocket"};
    for (size_t i = 0; i < 4; i++) {
        poller_t poller;
        char request[512];
        connect_to(f, &poller.http);
        begin_v09(&poller, names[i]);
        assert_int_equal(absent(f), 1);
        snprintf(request, sizeof(request), "GET %s" HOST "%s", poller.url,
                 i == 3 ? WEBSOCKET : "\r\n");
        client_puts(&poller.http, request);
        if (i < 2) {
            client_expect_answer(&poller.http, 200, NULL);
            assert_int_equal(absent(f), 1);
            client_puts(&poller.http, request); /* one that pends */
        }
        test_sio_until(&f->sio, absent(f) == 0);
        client_close(&poller.http);
        if (i < 2) { /* the client may come again */
            test_sio_until(&f->sio, absent(f) == 1);
            connect_to(f, &poller.http);
            client_puts(&poller.http, request);
            test_sio_until(&f->sio, absent(f) == 0);
            snprintf(request, sizeof(request), "%s?disconnect", poller.url);
            client_close(&poller.http);
            connect_to(f, &poller.http);
            get(&poller.http, request);
            client_expect_answer(&poller.http, 200, NULL);
            client_close(&poller.http);
        }
        expect_nobody(f);
    }
}

/* --- time --------------------------------------------------------------------------------- */

static void who_does_not_come_again(void **state) {
    fixture_t *f = *state;
    poller_t pollers[MOST];
    client_t probe;
    poller_open(f, &pollers[0], V4);
    poller_open(f, &pollers[1], V3);
    connect_to(f, &pollers[2].http);
    begin_v09(&pollers[2], "xhr-polling");
    assert_int_equal(absent(f), 3);
    upgrade(f, &probe, pollers[0].url); /* and never completed */
    for (unsigned i = 0; i < MOST; i++)
        client_close(&pollers[i].http);
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 0); /* the other, too */
    assert_int_equal(absent(f), 0);
    client_close(&probe);
}

/* The server goes before they do. */
static void with_the_server(void **state) {
    fixture_t *f = *state;
    poller_t poller;
    poller_open(f, &poller, V4);
    begin(&poller, V3);
    begin_v09(&poller, "xhr-polling");
    assert_int_equal(sio_server_close(f->sio.io, NULL, NULL), 0);
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 0);
    assert_int_equal(absent(f), 0);
    client_close(&poller.http);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define HASTY(name) cmocka_unit_test_setup_teardown(name, setup_hasty, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(handshakes_beyond_it),
        CASE(handshakes_of_09_beyond_it),
        CASE(a_poll_and_a_post),
        CASE(peers_that_leave),
        CASE(closed_by_the_application),
        CASE(moving_to_a_websocket),
        CASE(transports_of_09),
        HASTY(who_does_not_come_again),
        CASE(with_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
