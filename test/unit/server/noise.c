/* What the log of a server says of peers: each single refusal, of a flood a few lines, and nothing
 * that a peer could pass off as a line of its own. */
#include "../lib/sio.h"

enum { FLOOD = 500, MOST = 10 };

typedef struct {
    test_sio_t sio;
    int lines;
    char last[1024];
    uint64_t began; /* when the first one came, and the last one */
    uint64_t ended;
} fixture_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    for (const char *at = text; *at != '\0'; at++)
        assert_true((unsigned char) *at >= 0x20 && *at != 0x7f);
    if (level > SIO_LOG_WARN)
        return;
    f->ended = client_now();
    if (f->lines++ == 0)
        f->began = f->ended;
    snprintf(f->last, sizeof(f->last), "%s %s", category, text);
}

static void open_with(fixture_t *f, sio_options_t *options) {
    options->log = on_log;
    options->log_data = f;
    options->allow_v09 = 1;
    test_sio_open_with(&f->sio, options);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    assert_non_null(f);
    open_with(f, &options);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static sio_stats_t stats_of(const fixture_t *f) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(f->sio.io, &stats), 0);
    return stats;
}

/* As many lines as the seconds that it took may have. */
static void expect_few_lines(const fixture_t *f) {
    const uint64_t seconds = (f->ended - f->began) / 1000 + 1;
    assert_true(f->lines >= 1);
    assert_true((uint64_t) f->lines <= seconds * MOST);
    assert_true(f->lines < FLOOD / 2);
}

/* Of what is asked on connections of their own, one after the other. */
static void ask(fixture_t *f, const char *request) {
    client_t client;
    client_connect(&client, &f->sio.uv, "127.0.0.1", f->sio.port);
    client_puts(&client, request);
    client_until(&client, client.length > 0 || client.ended || client.error != 0);
    client_close(&client);
}

/* --- floods ----------------------------------------------------------------------------------- */

/* The connection stays open: as many refusals as it can ask for. */
static void requests_of_the_engine(void **state) {
    static const char request[] = "GET /socket.io/?transport=x HTTP/1.1\r\nHost: x\r\n\r\n";
    fixture_t *f = *state;
    client_t client;
    client_connect(&client, &f->sio.uv, "127.0.0.1", f->sio.port);
    for (int i = 0; i < FLOOD; i++)
        client_puts(&client, request);
    for (int i = 0; i < FLOOD; i++)
        client_expect_answer(&client, 400, "{\"code\":0,\"message\":\"Transport unknown\"}");
    client_close(&client);
    assert_int_equal(stats_of(f).refused[0], FLOOD); /* each is counted */
    assert_memory_equal(f->last, "engine refused: Transport unknown (transport=x)", 47);
    expect_few_lines(f);
}

static void requests_of_http(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < FLOOD; i++)
        ask(f, "GET / HTTP/1.1\r\n\r\n");
    assert_int_equal(stats_of(f).http_refused, FLOOD);
    assert_memory_equal(f->last, "http 127.0.0.1: 400: ", 21);
    expect_few_lines(f);
}

static void requests_of_0_9(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < FLOOD; i++)
        ask(f, "GET /socket.io/1/pigeon/123 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_memory_equal(f->last, "engine refused: unknown transport of 0.9", 40);
    expect_few_lines(f);
}

static void connections_of_socket_io(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < FLOOD; i++) {
        client_t peer;
        peer_open(&peer, &f->sio);
        peer_send(&peer, "9");
        assert_int_equal(peer_next(&peer)->opcode, 8);
        client_close(&peer);
    }
    assert_memory_equal(f->last, "socket connection ", 18);
    expect_few_lines(f);
}

static void refuse_event(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) socket, (void) event, (void) data;
    assert_int_equal(sio_next_error(next, "not that", NULL), 0);
}

static void events_that_a_middleware_refuses(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_connect(&peer, &f->sio);
    assert_int_equal(sio_use(f->sio.socket, refuse_event, NULL), 0);
    for (int i = 0; i < FLOOD; i++)
        peer_send(&peer, "2[\"x\"]");
    peer_expect_nothing(&peer);
    client_close(&peer);
    assert_non_null(strstr(f->last, "missing error handler: not that"));
    expect_few_lines(f);
}

/* --- forgeries -------------------------------------------------------------------------------- */

static void a_parameter_begins_no_line(void **state) {
    fixture_t *f = *state;
    ask(f, "GET /socket.io/?EIO=4&transport=x%0A[1%20http]%20forged%0D%1b[2J HTTP/1.1\r\n"
           "Host: x\r\n\r\n");
    assert_string_equal(
        f->last, "engine refused: Transport unknown (transport=x?[1 http] forged??[2J)");
}

static void any_name(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    (void) name, (void) auth, (void) data;
    assert_int_equal(sio_match(match, 1), 0);
}

/* At the level SIO_LOG_DEBUG: on_log looks at it. */
static void a_namespace_begins_no_line(void **state) {
    fixture_t *f = *state;
    client_t peer;
    sio_namespace_t *parent = sio_of_match(f->sio.io, any_name, NULL);
    assert_non_null(parent);
    assert_int_equal(sio_on_connection(parent, test_sio_connected, &f->sio), 0);
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0/a\n[1 http] forged,");
    test_sio_until(&f->sio, f->sio.connections == 1);
    assert_string_equal(sio_namespace_name(sio_socket_namespace(f->sio.socket)),
                        "/a\n[1 http] forged");
    client_close(&peer);
    test_sio_turns(&f->sio);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(requests_of_the_engine),
        CASE(requests_of_http),
        CASE(requests_of_0_9),
        CASE(connections_of_socket_io),
        CASE(events_that_a_middleware_refuses),
        CASE(a_parameter_begins_no_line),
        CASE(a_namespace_begins_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
