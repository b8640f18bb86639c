/* What is refused, at the edges, and what takes too long. */
#include "../lib/host.h"

enum {
    MAX_URL = 50,
    MAX_HEADER = 200,
    MAX_COUNT = 5,
    MAX_BODY = 100,
    HEADER_MS = 100,
    REQUEST_MS = 200,
    IDLE_MS = 150
};

typedef struct {
    test_host_t host;
    client_t client;
    int requests, too_big, lost, answer_later;
    sio_http_response_t *response;
} fixture_t;

static void on_lost(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) response;
    f->lost++;
    f->response = NULL;
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    size_t length;
    const void *body = sio_http_body(request, &length);
    f->requests++;
    assert_int_equal(sio_http_end(response, body, length), 0);
}

static void on_head(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) request;
    f->response = response;
    sio_http_on_close(response, on_lost, f);
}

static void on_too_big(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) request;
    f->too_big++;
    f->response = response;
    if (f->answer_later)
        return;
    assert_int_equal(sio_http_status(response, 413), 0);
    assert_int_equal(sio_http_end(response, "mine", 4), 0);
}

static const sio__route_ops_t plain_ops = {.request = on_request};
static const sio__route_ops_t head_ops = {.head = on_head, .request = on_request};
static const sio__route_ops_t too_big_ops = {.request = on_request, .too_big = on_too_big};

static int setup_with(void **state, int short_times) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    options.max_url_bytes = MAX_URL;
    options.max_header_bytes = MAX_HEADER;
    options.max_header_count = MAX_COUNT;
    if (short_times) {
        options.header_timeout_ms = HEADER_MS;
        options.request_timeout_ms = REQUEST_MS;
        options.keep_alive_timeout_ms = IDLE_MS;
    }
    test_host_open(&f->host, &options);
    assert_int_equal(sio__host_route(f->host.host, "/a", 0, MAX_BODY, &plain_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/head", 0, MAX_BODY, &head_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/big", 0, MAX_BODY, &too_big_ops, f), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 0);
}

static int setup_short(void **state) {
    return setup_with(state, 1);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->client);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    free(f);
    return 0;
}

/* On a connection of its own: sends it, expects this status, and with an error the end. */
static void check_from(fixture_t *f, const char *request, size_t length, int status, int trickle) {
    client_t client;
    test_host_client(&f->host, &client);
    if (trickle)
        client_trickle(&client, request, length);
    else
        client_send(&client, request, length);
    client_expect_answer(&client, status, NULL);
    if (status != 200 && status != 404)
        client_expect_end(&client);
    client_close(&client);
}

static void check(fixture_t *f, const char *request, int status) {
    int before = f->host.warnings;
    sio__host_loop(f->host.host)->told[SIO__TOLD_HTTP] = (sio__told_t){0}; /* each has a line */
    check_from(f, request, strlen(request), status, 0);
    assert_int_equal(f->host.warnings > before, status != 200 && status != 404);
    check_from(f, request, strlen(request), status, 1);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void malformed_requests(void **state) {
    static const char *const bad[] = {
        "\x16\x03\x01\x02\x01", /* TLS */
        "GET\r\n\r\n",
        "GE T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: \x01\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check(f, bad[i], 400);
    assert_int_equal(f->requests, 0);
}

static void a_nul_in_a_header(void **state) {
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n";
    check_from(*state, request, sizeof(request) - 1, 400, 0);
}

static void what_is_not_implemented(void **state) {
    fixture_t *f = *state;
    check(f, "NOSUCH / HTTP/1.1\r\nHost: x\r\n\r\n", 501);
    check(f, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
    check(f, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501);
    check(f, "GET /a HTTP/2.0\r\nHost: x\r\n\r\n", 505);
    check(f, "GET /a HTTP/3.7\r\nHost: x\r\n\r\n", 505);
}

static void http_1_0_needs_no_host(void **state) {
    check_from(*state, "GET /a HTTP/1.0\r\n\r\n", 19, 200, 0);
}

/* A request whose URL has `length` characters. */
static void check_url(fixture_t *f, size_t length, int status) {
    char request[256], url[128];
    memset(url, 'u', sizeof(url));
    memcpy(url, "/a/", 3);
    snprintf(request, sizeof(request), "GET %.*s HTTP/1.1\r\nHost: x\r\n\r\n", (int) length, url);
    check(f, request, status);
}

static void long_urls(void **state) {
    check_url(*state, MAX_URL, 200);
    check_url(*state, MAX_URL + 1, 414);
    check_url(*state, MAX_URL + 60, 414);
}

/* A request whose headers count `total` bytes, names, values and 4 for each. */
static void check_header(fixture_t *f, size_t total, int status) {
    char request[512], value[256];
    size_t others = 4 + 1 + 4 + 3 + 4; /* "Host: x\r\n", "X-A: \r\n" */
    memset(value, 'v', sizeof(value));
    snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\nHost: x\r\nX-A: %.*s\r\n\r\n",
             (int) (total - others), value);
    check(f, request, status);
}

static void long_headers(void **state) {
    check_header(*state, MAX_HEADER, 200);
    check_header(*state, MAX_HEADER + 1, 431);
    check_header(*state, MAX_HEADER + 50, 431);
}

static void check_count(fixture_t *f, int count, int status) {
    char request[512] = "GET /a HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < count; i++)
        strcat(request, "X-A: 1\r\n");
    strcat(request, "\r\n");
    check(f, request, status);
}

static void many_headers(void **state) {
    check_count(*state, MAX_COUNT, 200);
    check_count(*state, MAX_COUNT + 1, 431);
}

/* Blanks before a value belong to nothing, and have an end all the same. */
static void endless_blanks(void **state) {
    fixture_t *f = *state;
    char blanks[1000];
    memset(blanks, ' ', sizeof(blanks));
    client_puts(&f->client, "GET /a HTTP/1.1\r\nHost: x\r\nX-A:");
    for (int i = 0; i < 10; i++)
        client_send(&f->client, blanks, sizeof(blanks));
    client_expect_answer(&f->client, 431, NULL);
}

static void many_trailers(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
                            "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n");
    client_expect_answer(&f->client, 431, NULL);
}

static void long_chunk_extensions(void **state) {
    fixture_t *f = *state;
    char extension[MAX_HEADER + 2];
    memset(extension, 'e', sizeof(extension));
    extension[sizeof(extension) - 1] = '\0';
    client_puts(&f->client, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    client_puts(&f->client, extension);
    client_expect_answer(&f->client, 413, NULL);
    client_expect_end(&f->client);
}

/* --- bodies ----------------------------------------------------------------------------------- */

static void post(client_t *client, const char *path, size_t length, int chunked) {
    char request[1024], body[512];
    memset(body, 'b', sizeof(body));
    if (chunked)
        snprintf(request, sizeof(request), "POST %s HTTP/1.1\r\nHost: x\r\n"
                                           "Transfer-Encoding: chunked"
                 "\r\n\r\n1\r\nb\r\n%zx\r\n%.*s\r\n"
                 "0\r\n\r\n", path, length - 1, (int) (length - 1), body);
    else
        snprintf(request, sizeof(request), "POST %s HTTP/1.1\r\nHost: x\r\n"
                                           "Content-Length: %zu\r\n\r\n"
                 "%.*s", path, length, (int) length, body);
    client_puts(client, request);
}

static void large_bodies(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    for (int chunked = 0; chunked < 2; chunked++) {
        client_t client;
        test_host_client(&f->host, &client);
        post(&client, "/a", MAX_BODY, chunked);
        client_answer(&client, &answer, 0);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.length, MAX_BODY);
        answer_free(&answer);
        post(&client, "/a", MAX_BODY + 1, chunked);
        client_expect_answer(&client, 413, NULL);
        client_expect_end(&client);
        client_close(&client);
    }
    assert_int_equal(f->requests, 2);
}

static void a_route_may_answer_that_itself(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    post(&f->client, "/big", MAX_BODY + 1, 0);
    client_answer(&f->client, &answer, 0);
    assert_int_equal(answer.status, 413);
    assert_string_equal(answer.body, "mine");
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_free(&answer);
    client_expect_end(&f->client);
    assert_int_equal(f->too_big, 1);
    assert_int_equal(f->requests, 0);
}

/* The announced length counts for nothing, what comes does; the rest is dropped while the
 * answer takes its time. */
static void a_route_may_answer_that_later(void **state) {
    fixture_t *f = *state;
    char more[1000];
    f->answer_later = 1;
    memset(more, 'm', sizeof(more));
    client_puts(&f->client, "POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    client_idle(&f->client, 10);
    assert_int_equal(f->too_big, 0);
    client_send(&f->client, more, MAX_BODY);
    client_idle(&f->client, 10);
    assert_int_equal(f->too_big, 0);
    client_send(&f->client, more, 1);
    client_until(&f->client, f->too_big == 1);
    for (int i = 0; i < 10; i++)
        client_send(&f->client, more, sizeof(more));
    client_idle(&f->client, 10);
    assert_int_equal(sio_http_end(f->response, "late", 4), 0);
    client_expect_answer(&f->client, 200, "late");
    client_expect_end(&f->client);
    assert_int_equal(f->too_big, 1);
}

/* The owner of a response that is answered in its place hears of it. */
static void too_big_with_an_owner(void **state) {
    fixture_t *f = *state;
    post(&f->client, "/head", MAX_BODY + 1, 1);
    client_expect_answer(&f->client, 413, NULL);
    assert_int_equal(f->lost, 1);
}

static void malformed_with_an_owner(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /head HTTP/1.1\r\nHost: x\r\n"
                            "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
    client_expect_answer(&f->client, 400, NULL);
    assert_int_equal(f->lost, 1);
}

/* --- time-outs -------------------------------------------------------------------------------- */

static void check_time(uint64_t start, unsigned expected) {
    uint64_t taken = client_now() - start;
    assert_true(taken + 5 >= expected);
    assert_true(taken < expected + 1000);
}

static void a_connection_without_a_byte(void **state) {
    fixture_t *f = *state;
    uint64_t start = client_now();
    client_expect_answer(&f->client, 408, NULL);
    check_time(start, HEADER_MS);
    client_expect_end(&f->client);
}

/* Slow loris: bytes keep coming, the header never ends. */
static void a_header_without_an_end(void **state) {
    fixture_t *f = *state;
    uint64_t start = client_now();
    client_puts(&f->client, "GET /a HTTP/1.1\r\nX-A: ");
    while (f->client.length == 0) {
        client_puts(&f->client, "a");
        client_idle(&f->client, 5);
        assert_true(client_now() - start < PATIENCE_MS);
    }
    client_expect_answer(&f->client, 408, NULL);
    check_time(start, HEADER_MS);
}

static void a_body_without_an_end(void **state) {
    fixture_t *f = *state;
    uint64_t start = client_now();
    client_puts(&f->client, "POST /head HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n");
    for (int i = 0; f->client.length == 0; i++) {
        if (i < 40)
            client_puts(&f->client, "b");
        client_idle(&f->client, 5);
        assert_true(client_now() - start < PATIENCE_MS);
    }
    client_expect_answer(&f->client, 408, NULL);
    check_time(start, REQUEST_MS);
    assert_int_equal(f->lost, 1);
}

static void an_idle_connection(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "");
    uint64_t start = client_now();
    client_expect_end(&f->client);
    check_time(start, IDLE_MS);
}

static void the_second_header_has_its_own_time(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "");
    client_idle(&f->client, IDLE_MS / 2);
    client_puts(&f->client, "GET");
    uint64_t start = client_now();
    client_expect_answer(&f->client, 408, NULL);
    check_time(start, HEADER_MS);
}

static void an_answer_may_take_any_time(void **state) {
    fixture_t *f = *state;
    f->answer_later = 1;
    post(&f->client, "/big", MAX_BODY + 1, 0);
    client_until(&f->client, f->too_big == 1);
    client_idle(&f->client, REQUEST_MS + IDLE_MS + HEADER_MS);
    assert_int_equal(f->client.ended, 0);
    assert_int_equal(sio_http_end(f->response, "at last", 7), 0);
    client_expect_answer(&f->client, 200, "at last");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(malformed_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(a_nul_in_a_header, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_implemented, setup, teardown),
        cmocka_unit_test_setup_teardown(http_1_0_needs_no_host, setup, teardown),
        cmocka_unit_test_setup_teardown(long_urls, setup, teardown),
        cmocka_unit_test_setup_teardown(long_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(many_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(endless_blanks, setup, teardown),
        cmocka_unit_test_setup_teardown(many_trailers, setup, teardown),
        cmocka_unit_test_setup_teardown(long_chunk_extensions, setup, teardown),
        cmocka_unit_test_setup_teardown(large_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_may_answer_that_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_may_answer_that_later, setup, teardown),
        cmocka_unit_test_setup_teardown(too_big_with_an_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_with_an_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_without_a_byte, setup_short, teardown),
        cmocka_unit_test_setup_teardown(a_header_without_an_end, setup_short, teardown),
        cmocka_unit_test_setup_teardown(a_body_without_an_end, setup_short, teardown),
        cmocka_unit_test_setup_teardown(an_idle_connection, setup_short, teardown),
        cmocka_unit_test_setup_teardown(the_second_header_has_its_own_time, setup_short, teardown),
        cmocka_unit_test_setup_teardown(an_answer_may_take_any_time, setup_short, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
