/* Requests over a real connection: in one piece, in many, pipelined; what they bring. */
#include "http.h"

static void one_request(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /echo/a%20b?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "GET /echo/a b rest=/a b body=");
    assert_string_equal(answer_header(&answer, "Content-Type"), "text/plain");
    assert_int_equal(strlen(answer_header(&answer, "Date")), 29);
    assert_null(answer_header(&answer, "Connection"));
    assert_null(answer_header(&answer, "Transfer-Encoding"));
    answer_free(&answer);
}

static const char post[] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
static const char post_answer[] = "POST /echo rest= body=hello";

static void a_byte_at_a_time(void **state) {
    fixture_t *f = *state;
    static const char chunked[] = "POST /echo HTTP/1.1\r\nHost: x\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n";
    client_trickle(&f->client, post, sizeof(post) - 1);
    client_expect_answer(&f->client, 200, post_answer);
    client_trickle(&f->client, chunked, sizeof(chunked) - 1);
    client_expect_answer(&f->client, 200, post_answer);
    client_trickle(&f->client, post, sizeof(post) - 1);
    client_expect_answer(&f->client, 200, post_answer);
    assert_int_equal(sio__host_connections(f->host.host), 1);
}

static void cut_anywhere(void **state) {
    fixture_t *f = *state;
    for (size_t cut = 1; cut < sizeof(post) - 1; cut++) {
        client_send(&f->client, post, cut);
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
        client_send(&f->client, post + cut, sizeof(post) - 1 - cut);
        client_expect_answer(&f->client, 200, post_answer);
    }
}

static void pipelined(void **state) {
    fixture_t *f = *state;
    enum { COUNT = 1000 };
    char *all = malloc(COUNT * sizeof(post));
    for (int i = 0; i < COUNT; i++)
        memcpy(all + (size_t) i * (sizeof(post) - 1), post, sizeof(post) - 1);
    client_send(&f->client, all, COUNT * (sizeof(post) - 1));
    for (int i = 0; i < COUNT; i++)
        client_expect_answer(&f->client, 200, post_answer);
    assert_int_equal(f->requests, COUNT);
    free(all);
}

static void pipelined_behind_one_that_waits(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/1 HTTP/1.1\r\n"
                            "Host: x\r\n\r\n"
                            "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /ec");
    wait_for_requests(f, 1);
    client_puts(&f->client, "ho/2 HTTP/1.1\r\nHost: x\r\n\r\n");
    client_idle(&f->client, 20);
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->client.length, 0);
    assert_int_equal(sio_http_end(f->response, "one", 3), 0);
    client_expect_answer(&f->client, 200, "one");
    client_expect_answer(&f->client, 200, "GET /echo/1 rest=/1 body=");
    wait_for_requests(f, 3);
    assert_int_equal(sio_http_end(f->response, "two", 3), 0);
    client_expect_answer(&f->client, 200, "two");
    client_expect_answer(&f->client, 200, "GET /echo/2 rest=/2 body=");
    assert_int_equal(f->lost, 0);
}

/* More than waits in memory: the rest stays in the network until there is room. */
static void a_flood_behind_one_that_waits(void **state) {
    fixture_t *f = *state;
    enum { COUNT = 20000 };
    static const char request[] = "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\n";
    char *all = malloc(COUNT * sizeof(request));
    size_t length = 0, sent = 0;
    for (int i = 0; i < COUNT; i++, length += sizeof(request) - 1)
        memcpy(all + length, request, sizeof(request) - 1);
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    uint64_t start = client_now();
    while (sent < length && client_now() - start < 300) {
        ssize_t now = send(f->client.fd, all + sent, length - sent, MSG_NOSIGNAL);
        if (now > 0)
            sent += (size_t) now;
        client_turn(&f->client);
    }
    sio__conn_t *conn = sio__response_conn(f->response);
    assert_int_equal(conn->reading, 0);
    assert_int_equal(sio_http_end(f->response, "one", 3), 0);
    client_expect_answer(&f->client, 200, "one");
    client_send(&f->client, all + sent, length - sent);
    for (int i = 0; i < COUNT; i++)
        client_expect_answer(&f->client, 200, "GET /echo/1 rest=/1 body=");
    assert_int_equal(f->requests, COUNT + 1);
    free(all);
}

/* Answers wait for their reader, and requests for their answers: a peer that asks and does not read
 * makes the server hold about one answer more than it takes. */
static void a_flood_of_a_peer_that_does_not_read(void **state) {
    fixture_t *f = *state;
    enum { COUNT = 300, ABOUT = 64 * 1024 + 200 * 1024 };
    static const char request[] = "GET /special/joined HTTP/1.1\r\nHost: x\r\n\r\n";
    size_t one, most = 0;
    client_puts(&f->client, request);
    client_until(&f->client, f->client.length > 100000);
    client_idle(&f->client, 20);
    one = f->client.length;
    for (int i = 1; i < COUNT; i++)
        client_puts(&f->client, request);
    const sio__conn_t *conn = sio__host_loop(f->host.host)->conns;
    for (int i = 0; i < 100; i++) {
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
        size_t held = sio__conn_buffered(conn);
        most = held > most ? held : most;
        usleep(100);
    }
    assert_in_range(most, 64 * 1024, ABOUT);
    client_until(&f->client, f->client.length >= COUNT * one);
    assert_int_equal(f->client.length, COUNT * one);
    assert_memory_equal(f->client.data + (COUNT - 1) * one + one / 2, f->client.data + one / 2,
                        one - one / 2);
}

static void repeated_headers_are_joined(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /headers?name=X-A HTTP/1.1\r\nHost: h\r\nx-a: 1\r\nX-b:2 \r\n"
                            "X-A:\t 3\t\r\n"
                            "Cookie: a=1\r\ncookie: b=2\r\nX-A:\r\n\r\n");
    client_expect_answer(&f->client, 200,
                         "Host=h;x-a=1;X-b=2;X-A=3;Cookie=a=1;cookie=b=2;X-A=;|1, 3, ");
    client_puts(&f->client, "GET /headers?name=COOKIE HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\n"
                            "cookie: b=2\r\n\r\n");
    client_expect_answer(&f->client, 200, "Host=h;Cookie=a=1;cookie=b=2;|a=1; b=2");
    client_puts(&f->client, "GET /headers?name=user-agent HTTP/1.1\r\nHost: h\r\nUser-Agent: a\r\n"
                            "User-Agent: b\r\n\r\n");
    client_expect_answer(&f->client, 200, "Host=h;User-Agent=a;User-Agent=b;|a");
    client_puts(&f->client, "GET /headers?name=x HTTP/1.1\r\nHost: h\r\n\r\n");
    client_expect_answer(&f->client, 200, "Host=h;|(none)");
}

/* What one connection has left behind is used by the next, which must not see it. */
static void connections_know_nothing_of_each_other(void **state) {
    fixture_t *f = *state;
    client_t client;
    for (int i = 0; i < 40; i++) {
        test_host_client(&f->host, &client);
        client_puts(&client, "HEAD /headers?name=x-old HTTP/1.0\r\nX-Old: 1\r\nX-Old: 2\r\n\r\n");
        client_until(&client, client.ended);
        client_close(&client);
        test_host_client(&f->host, &client);
        client_puts(&client, "POST /echo?name=old HTTP/1.1\r\nHost: x\r\nX-Old: 1\r\n"
                             "Content-Length: 100\r\n\r\nhello");
        client_close(&client);
        test_host_client(&f->host, &client);
        client_puts(&client, "GET /headers HTTP/1.1\r\nHost: h\r\n\r\n");
        client_expect_answer(&client, 200, "Host=h;|(none)");
        client_puts(&client, post);
        client_expect_answer(&client, 200, post_answer);
        client_close(&client);
    }
}

static void query_parameters(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /later?a=1%2B+2&b=&c&a=3&d=%00x HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    const char *a = sio_http_query(f->request, "a");
    assert_string_equal(sio_http_query(f->request, "b"), "");
    assert_string_equal(sio_http_query(f->request, "c"), "");
    assert_string_equal(sio_http_query(f->request, "d"), "");
    assert_null(sio_http_query(f->request, "x"));
    assert_null(sio_http_query(f->request, NULL));
    assert_string_equal(a, "1+ 2");
    assert_string_equal(sio_http_url(f->request), "/later?a=1%2B+2&b=&c&a=3&d=%00x");
    assert_string_equal(sio_http_path(f->request), "/later");
    assert_string_equal(sio_http_rest(f->request), "");
    assert_string_equal(sio_http_address(f->request), "127.0.0.1");
    assert_int_equal(sio__request_secure(f->request), 0);
    assert_ptr_equal(sio__request_host(f->request), f->host.host);
    sio__request_set_data(f->request, f);
    assert_ptr_equal(sio__request_data(f->request), f);
    assert_int_equal(sio_http_end(f->response, NULL, 0), 0);
    client_expect_answer(&f->client, 200, "");
}

static void a_head_can_be_kept(void **state) {
    fixture_t *f = *state;
    uv_timeval64_t now;
    client_puts(&f->client, "PUT /later?q HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-A: 2\r\n\r\n");
    wait_for_requests(f, 1);
    size_t size = sio__kept_size(sio__request_head(f->request));
    f->kept = malloc(size);
    assert_non_null(f->kept);
    sio__kept_write(f->kept, sio__request_head(f->request));
    assert_true(size < 80); /* 52 came */
    assert_string_equal(sio_http_url(f->request), "/later?q");
    assert_int_equal(sio_http_end(f->response, NULL, 0), 0);
    client_expect_answer(&f->client, 200, "");
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: y\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
    assert_string_equal(sio__kept_url(f->kept), "/later?q");
    assert_string_equal(sio__kept_header(f->kept, "HOST"), "h");
    assert_string_equal(sio__kept_header(f->kept, "x-a"), "1, 2");
    assert_null(sio__kept_header(f->kept, "x"));
    assert_string_equal(sio__kept_address(f->kept), "127.0.0.1");
    uv_gettimeofday(&now);
    int64_t ms = (int64_t) now.tv_sec * 1000;
    assert_true(sio__kept_time(f->kept) <= ms + 1000 && sio__kept_time(f->kept) > ms - 60000);
    const char *name, *value;
    assert_true(sio__kept_header_at(f->kept, 2, &name, &value));
    assert_string_equal(name, "x-A");
    assert_string_equal(value, "2");
    assert_false(sio__kept_header_at(f->kept, 3, &name, &value));
    assert_int_equal(sio__kept_secure(f->kept), 0);
}

/* --- expectations ----------------------------------------------------------------------------- */

static void expect_100_continue(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n"
                            "Content-Length: 5\r\n\r\n");
    client_expect(&f->client, "HTTP/1.1 100 Continue\r\n\r\n");
    client_puts(&f->client, "hello");
    client_expect_answer(&f->client, 200, post_answer);
    /* Without a body there is nothing to wait for. */
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void expect_is_refused_without_the_body(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                            "Content-Length: 5\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_int_equal(answer.status, 404);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_free(&answer);
    client_expect_end(&f->client);
}

static void an_unknown_expectation(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n");
    client_expect_answer(&f->client, 417, NULL);
    assert_int_equal(f->requests, 0);
}

static void expect_with_too_large_a_body(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                            "Content-Length: 1001\r\n\r\n");
    client_expect_answer(&f->client, 413, NULL);
    client_expect_end(&f->client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(one_request),
        CASE(a_byte_at_a_time),
        CASE(cut_anywhere),
        CASE(pipelined),
        CASE(pipelined_behind_one_that_waits),
        CASE(a_flood_behind_one_that_waits),
        CASE(a_flood_of_a_peer_that_does_not_read),
        CASE(repeated_headers_are_joined),
        CASE(connections_know_nothing_of_each_other),
        CASE(query_parameters),
        CASE(a_head_can_be_kept),
        CASE(expect_100_continue),
        CASE(expect_is_refused_without_the_body),
        CASE(an_unknown_expectation),
        CASE(expect_with_too_large_a_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
