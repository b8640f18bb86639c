/* Requests and answers over a real connection: in one piece, in many, pipelined; whatever
 * order things happen in. */
#include "../lib/host.h"
#include "net/kept.h"

typedef struct {
    test_host_t host;
    client_t client;
    sio_http_request_t *request;   /* of /later, until answered or lost */
    sio_http_response_t *response;
    int requests, lost, drained, heads, removed;
    sio__kept_t *kept;
} fixture_t;

/* --- routes ----------------------------------------------------------------------------------- */

static void on_lost(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    assert_ptr_equal(response, f->response);
    assert_int_equal(sio_http_end(response, "late", 4), SIO_ECLOSED);
    f->lost++;
    f->response = NULL;
}

/* Says what it got: "POST /echo/x rest=/x body=hello". */
static void echo(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    char text[2048];
    size_t length;
    const char *body = sio_http_body(request, &length);
    f->requests++;
    int size = snprintf(text, sizeof(text), "%s %s rest=%s body=%.*s", sio_http_method(request),
                        sio_http_path(request), sio_http_rest(request), (int) length, body);
    assert_int_equal(sio_http_header(response, "Content-Type", "text/plain"), 0);
    assert_int_equal(sio_http_end(response, text, (size_t) size), 0);
}

static void later(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->requests++;
    f->request = request;
    f->response = response;
    sio_http_on_close(response, on_lost, f);
}

static void headers(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    char text[4096] = "";
    const char *name, *value;
    (void) data;
    for (size_t i = 0; sio_http_header_at(request, i, &name, &value); i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%s;", name, value);
    const char *wanted = sio_http_query(request, "name");
    value = sio_http_header_in(request, wanted != NULL ? wanted : "none");
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "|%s", value ? value : "(none)");
    assert_int_equal(sio_http_end(response, text, strlen(text)), 0);
}

static void in_head(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->heads++;
    if (sio_http_query(request, "now") != NULL)
        assert_int_equal(sio_http_end(response, "early", 5), 0);
    else
        later(request, response, data);
}

static void after_head(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->requests++;
    f->response = NULL;
    sio_http_on_close(response, NULL, NULL);
    size_t length;
    const char *body = sio__request_body(request, &length);
    assert_int_equal(sio_http_end(response, body, length), 0);
}

/* Lengths of extents on both sides of what is copied, all together more than may be. */
static const size_t joined[] = {1, 2, 2048, 2049, 1, 70000, 3,
                                2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000,
                                2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 1, 2048};

static void special(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *what = sio_http_rest(request);
    (void) data;
    if (strcmp(what, "/204") == 0) {
        assert_int_equal(sio_http_status(response, 204), 0);
        assert_int_equal(sio_http_end(response, NULL, 0), 0);
    } else if (strcmp(what, "/304") == 0) {
        assert_int_equal(sio_http_status(response, 304), 0);
        assert_int_equal(sio_http_end(response, "never seen", 10), 0);
    } else if (strcmp(what, "/close") == 0) {
        sio__response_close_after(response);
        assert_int_equal(sio_http_end(response, "bye", 3), 0);
    } else if (strcmp(what, "/abort") == 0) {
        sio__response_abort(response);
    } else if (strcmp(what, "/queue") == 0) {
        sio__conn_t *conn = sio__response_conn(response);
        sio__outq_t body = {0};
        sio__rcbuf_t *part = sio__rcbuf_new("counted", 7);
        const unsigned char *copy = sio__scratch_copy(conn->loop->scratch, "scratch ", 8);
        assert_int_equal(sio__outq_scratch(&body, copy, 8), 0);
        assert_int_equal(sio__outq_rcbuf(&body, part, part->data, 7), 0);
        sio__rcbuf_unref(part);
        assert_int_equal(sio__response_end_queue(response, &body, -1), 0);
        assert_int_equal(body.count, 0);
    } else if (strcmp(what, "/joined") == 0) {
        sio__scratch_t *scratch = sio__response_conn(response)->loop->scratch;
        sio__outq_t body = {0};
        for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
            unsigned char *piece = sio__scratch_alloc(scratch, joined[i]);
            memset(piece, 'a' + (int) i % 26, joined[i]);
            assert_int_equal(sio__outq_apart(&body, piece, joined[i]), 0);
        }
        static const char lines[] = "X-One: 1\r\nX-Two: 2\r\n";
        assert_int_equal(sio__response_add(response, lines, sizeof(lines) - 1), 0);
        assert_int_equal(sio__response_end_queue(response, &body, '|'), 0);
        assert_int_equal(body.count, 0);
        assert_int_equal(sio__response_add(response, lines, sizeof(lines) - 1), SIO_ECLOSED);
    }
}

static void removed(void *data) {
    ((fixture_t *) data)->removed++;
}

static const sio__route_ops_t echo_ops = {.request = echo, .removed = removed};
static const sio__route_ops_t later_ops = {.request = later};
static const sio__route_ops_t headers_ops = {.request = headers};
static const sio__route_ops_t head_ops = {.head = in_head, .request = after_head};
static const sio__route_ops_t special_ops = {.request = special};

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    test_host_open(&f->host, NULL);
    sio__host_t *host = f->host.host;
    assert_int_equal(sio__host_route(host, "/echo", 0, 1000, &echo_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/later/", 0, 1000, &later_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/headers", 0, 1000, &headers_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/head", 0, 1000, &head_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/special", 0, 1000, &special_ops, f), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->client);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    assert_int_equal(f->removed, 1);
    free(f->kept);
    free(f);
    return 0;
}

static void wait_for_requests(fixture_t *f, int count) {
    client_until(&f->client, f->requests >= count);
    assert_int_equal(f->requests, count);
}

/* --- requests --------------------------------------------------------------------------------- */

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

/* --- versions, methods, expectations ---------------------------------------------------------- */

static void http_1_0_closes_unless_asked_not_to(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "keep-alive");
    answer_free(&answer);
    client_puts(&f->client, "GET /echo HTTP/1.0\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_free(&answer);
    client_expect_end(&f->client);
}

static void connection_close_is_heeded(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_free(&answer);
    client_expect_end(&f->client);
    assert_int_equal(f->requests, 1);
}

static void a_route_can_close(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /special/close HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    assert_string_equal(answer.body, "bye");
    answer_free(&answer);
    client_expect_end(&f->client);
}

static void a_route_can_drop_the_connection(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /special/abort HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_end(&f->client);
    test_host_connections(&f->host, 0);
}

static void head_has_no_body(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\n"
                            "Host: x\r\n\r\n");
    client_answer(&f->client, &answer, 1);
    assert_string_equal(answer_header(&answer, "Content-Length"), "22");
    answer_free(&answer);
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void statuses_without_a_body(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /special/204 HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /special/304 HTTP/1.1\r\n"
                            "Host: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int status = 204; status <= 304; status += 100) {
        client_answer(&f->client, &answer, 0);
        assert_int_equal(answer.status, status);
        assert_null(answer_header(&answer, "Content-Length"));
        assert_null(answer_header(&answer, "Transfer-Encoding"));
        answer_free(&answer);
    }
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void a_body_of_extents(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /special/queue HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "scratch counted");
    client_puts(&f->client, "HEAD /special/queue HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 1);
    assert_string_equal(answer_header(&answer, "Content-Length"), "15");
    answer_free(&answer);
    client_idle(&f->client, 10);
    assert_int_equal(f->client.length, 0);
}

static void extents_are_joined(void **state) {
    enum { COUNT = sizeof(joined) / sizeof(joined[0]) };
    fixture_t *f = *state;
    answer_t answer;
    char length[16], *expected, *at;
    size_t total = COUNT - 1;
    for (size_t i = 0; i < COUNT; i++)
        total += joined[i];
    at = expected = malloc(total + 1);
    for (size_t i = 0; i < COUNT; i++) {
        memset(at, 'a' + (int) i % 26, joined[i]);
        at += joined[i];
        *at++ = '|';
    }
    expected[total] = '\0';
    for (int i = 0; i < 2; i++) {
        client_puts(&f->client, "GET /special/joined HTTP/1.1\r\nHost: x\r\n\r\n");
        client_expect_answer(&f->client, 200, expected);
    }
    free(expected);
    client_puts(&f->client, "HEAD /special/joined HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(&f->client, &answer, 1);
    snprintf(length, sizeof(length), "%zu", total);
    assert_string_equal(answer_header(&answer, "Content-Length"), length);
    assert_string_equal(answer_header(&answer, "X-One"), "1");
    assert_string_equal(answer_header(&answer, "X-Two"), "2");
    answer_free(&answer);
    client_idle(&f->client, 10);
    assert_int_equal(f->client.length, 0);
}

static void nothing_there(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /echoes HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 404, "Not Found");
    client_puts(&f->client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
                            "abcGET /echo%00/../x HTTP/1.1\r\n"
                            "Host: x\r\n\r\n");
    client_expect_answer(&f->client, 404, "Not Found");
    client_expect_answer(&f->client, 404, "Not Found");
    client_puts(&f->client, "GET http://any.where/echo/x HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo/x rest=/x body=");
    client_puts(&f->client, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 404, "Not Found");
}

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

/* --- answers before the body ------------------------------------------------------------------ */

static void answered_at_the_header(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /head?now HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
                            "12345");
    client_expect_answer(&f->client, 200, "early");
    client_puts(&f->client, "67890GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
    assert_int_equal(f->requests, 1);
}

static void answered_in_the_body(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /head HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    wait_for_requests(f, 1);
    assert_int_equal(sio_http_end(f->response, "enough", 6), 0);
    client_expect_answer(&f->client, 200, "enough");
    client_puts(&f->client, "67890GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
    assert_int_equal(f->heads, 1);
    assert_int_equal(f->requests, 2);
}

static void header_first_then_the_body(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "POST /head HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    wait_for_requests(f, 1);
    client_puts(&f->client, "67890");
    client_expect_answer(&f->client, 200, "1234567890");
}

/* --- headers of the answer -------------------------------------------------------------------- */

static void no_way_to_split_an_answer(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    sio_http_response_t *response = f->response;
    assert_int_equal(sio_http_header(response, "X-A", "a\r\nX-B: c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X-A", "a\nX-B: c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X-A", "\x7f"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X-A\r\nX-B", "c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X A", "c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X:", "c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "", "c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, NULL, "c"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X-A", NULL), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "Content-length", "3"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "transfer-encoding", "chunked"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "Connection", "close"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "DATE", "today"), SIO_EINVAL);
    assert_int_equal(sio_http_status(response, 199), SIO_EINVAL);
    assert_int_equal(sio_http_status(response, 1000), SIO_EINVAL);
    assert_int_equal(sio_http_header(NULL, "X-A", "a"), SIO_EINVAL);
    assert_int_equal(sio_http_header(response, "X-A", "tab\tand \xc3\xa9"), 0);
    assert_int_equal(sio_http_header(response, "Set-Cookie", "a=1"), 0);
    assert_int_equal(sio_http_header(response, "Set-Cookie", "b=2"), 0);
    assert_int_equal(sio_http_status(response, 299), 0);
    assert_int_equal(sio_http_end(response, NULL, 1), SIO_EINVAL);
    assert_int_equal(sio_http_end(response, "x", 1), 0);
    assert_int_equal(sio_http_header(response, "X-A", "a"), SIO_ECLOSED);
    assert_int_equal(sio_http_end(response, "x", 1), SIO_ECLOSED);
    client_answer(&f->client, &answer, 0);
    assert_int_equal(answer.status, 299);
    assert_string_equal(answer_header(&answer, "X-A"), "tab\tand \xc3\xa9");
    assert_non_null(strstr(answer.head, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
    answer_free(&answer);
}

/* --- streams ---------------------------------------------------------------------------------- */

static void a_chunked_stream(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    assert_int_equal(sio_http_write(f->response, "one", 3), 0);
    assert_int_equal(sio_http_status(f->response, 404), SIO_EDONE);
    assert_int_equal(sio_http_header(f->response, "X-A", "a"), SIO_EDONE);
    assert_true(sio_http_buffered(f->response) > 3);
    client_until(&f->client, strstr(f->client.data, "\r\n\r\n3\r\none\r\n") != NULL);
    assert_non_null(strstr(f->client.data, "Transfer-Encoding: chunked\r\n"));
    assert_int_equal(sio_http_buffered(f->response), 0);
    f->client.length = 0;
    f->client.data[0] = '\0';
    assert_int_equal(sio_http_write(f->response, "0123456789abcdefXYZ", 19), 0);
    assert_int_equal(sio_http_write(f->response, "", 0), 0);
    client_expect(&f->client, "13\r\n0123456789abcdefXYZ\r\n");
    assert_int_equal(sio_http_end(f->response, "end", 3), 0);
    client_expect(&f->client, "3\r\nend\r\n0\r\n\r\n");
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void a_stream_for_http_1_0(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    wait_for_requests(f, 1);
    assert_int_equal(sio_http_write(f->response, "one", 3), 0);
    assert_int_equal(sio_http_end(f->response, "two", 3), 0);
    client_until(&f->client, f->client.ended);
    assert_non_null(strstr(f->client.data, "Connection: close\r\n"));
    assert_null(strstr(f->client.data, "chunked"));
    assert_string_equal(strstr(f->client.data, "\r\n\r\n"), "\r\n\r\nonetwo");
}

static void a_stream_to_head(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    client_puts(&f->client, "HEAD /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    assert_int_equal(sio_http_write(f->response, "one", 3), 0);
    assert_int_equal(sio_http_end(f->response, "two", 3), 0);
    client_answer(&f->client, &answer, 1);
    assert_string_equal(answer_header(&answer, "Transfer-Encoding"), "chunked");
    answer_free(&answer);
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void on_drain(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    assert_int_equal(sio_http_buffered(response), 0);
    f->drained++;
}

static void a_slow_reader(void **state) {
    fixture_t *f = *state;
    enum { PIECE = 100000, PIECES = 80 };
    char *piece = malloc(PIECE);
    size_t total = 0;
    memset(piece, 'x', PIECE);
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    sio_http_on_drain(f->response, on_drain, f);
    for (int i = 0; i < PIECES; i++)
        assert_int_equal(sio_http_write(f->response, piece, PIECE), 0);
    for (int i = 0; i < 10; i++)
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
    assert_int_equal(f->drained, 0);
    assert_true(sio_http_buffered(f->response) > 0);
    client_until(&f->client, f->drained == 1);
    assert_int_equal(sio_http_end(f->response, NULL, 0), 0);
    client_t *client = &f->client;
    client_until(client, client->length > 5 &&
                             strcmp(client->data + client->length - 5, "0\r\n\r\n") == 0);
    for (size_t i = 0; i < f->client.length; i++)
        total += f->client.data[i] == 'x';
    assert_int_equal(total, PIECE * PIECES);
    free(piece);
}

static void a_reader_that_is_too_slow_is_cut_off(void **state) {
    fixture_t *f = *state;
    size_t size = 20 * 1024 * 1024;
    char *large = calloc(1, size);
    client_puts(&f->client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for_requests(f, 1);
    assert_int_equal(sio_http_write(f->response, large, size), SIO_ETOOBIG);
    assert_int_equal(f->lost, 0);
    uint64_t start = client_now();
    while (f->lost == 0 && client_now() - start < PATIENCE_MS)
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
    assert_int_equal(f->lost, 1);
    free(large);
}

/* --- peers that vanish ------------------------------------------------------------------------ */

static const char *const beginnings[] = {
    "",
    "G",
    "GET /echo HTT",
    "GET /echo HTTP/1.1\r\nHost: x\r\nX-A: tr",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123",
    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5",
    "POST /head HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123",
    "POST /head?now HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123",
    "GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\nGET",
};

static void vanish_everywhere(fixture_t *f, void (*vanish)(client_t *)) {
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        client_t client;
        const char *text = beginnings[i];
        int expected = f->lost + (strstr(text, "/later") || strstr(text, "/head "));
        test_host_client(&f->host, &client);
        client_puts(&client, beginnings[i]);
        client_idle(&client, 3);
        test_host_connections(&f->host, 2);
        vanish(&client);
        test_host_connections(&f->host, 1);
        assert_int_equal(f->lost, expected);
        client_close(&client);
    }
    client_puts(&f->client, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo rest= body=");
}

static void peers_that_close(void **state) {
    vanish_everywhere(*state, client_close);
}

static void peers_that_reset(void **state) {
    vanish_everywhere(*state, client_reset);
}

/* What has been answered already may be read; then the end comes from the other side, too. */
static void half_close(client_t *client) {
    client_shutdown(client);
    client_until(client, client->ended || client->error != 0);
}

static void peers_that_half_close(void **state) {
    vanish_everywhere(*state, half_close);
}

static void answers_before_the_fin_still_arrive(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/2 HTTP/1.1\r\n"
                            "Host: x\r\n\r\n");
    client_shutdown(&f->client);
    client_expect_answer(&f->client, 200, "GET /echo/1 rest=/1 body=");
    client_expect_answer(&f->client, 200, "GET /echo/2 rest=/2 body=");
    client_expect_end(&f->client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_request, setup, teardown),
        cmocka_unit_test_setup_teardown(a_byte_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined_behind_one_that_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_behind_one_that_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(repeated_headers_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(query_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(a_head_can_be_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(http_1_0_closes_unless_asked_not_to, setup, teardown),
        cmocka_unit_test_setup_teardown(connection_close_is_heeded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_can_close, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_can_drop_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(head_has_no_body, setup, teardown),
        cmocka_unit_test_setup_teardown(statuses_without_a_body, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_of_extents, setup, teardown),
        cmocka_unit_test_setup_teardown(extents_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(expect_100_continue, setup, teardown),
        cmocka_unit_test_setup_teardown(expect_is_refused_without_the_body, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_expectation, setup, teardown),
        cmocka_unit_test_setup_teardown(expect_with_too_large_a_body, setup, teardown),
        cmocka_unit_test_setup_teardown(answered_at_the_header, setup, teardown),
        cmocka_unit_test_setup_teardown(answered_in_the_body, setup, teardown),
        cmocka_unit_test_setup_teardown(header_first_then_the_body, setup, teardown),
        cmocka_unit_test_setup_teardown(no_way_to_split_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chunked_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_for_http_1_0, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_to_head, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_is_too_slow_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(peers_that_close, setup, teardown),
        cmocka_unit_test_setup_teardown(peers_that_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(peers_that_half_close, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_before_the_fin_still_arrive, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
