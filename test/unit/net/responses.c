/* Responses over a real connection: how they end, what they carry, how early they may come. */
#include "http.h"

/* --- versions and methods --------------------------------------------------------------------- */

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
                            "abcGET /echoe/../echo HTTP/1.1\r\n"
                            "Host: x\r\n\r\n");
    client_expect_answer(&f->client, 404, "Not Found");
    client_expect_answer(&f->client, 404, "Not Found");
    client_puts(&f->client, "GET http://any.where/echo/x HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->client, 200, "GET /echo/x rest=/x body=");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(http_1_0_closes_unless_asked_not_to),
        CASE(connection_close_is_heeded),
        CASE(a_route_can_close),
        CASE(a_route_can_drop_the_connection),
        CASE(head_has_no_body),
        CASE(statuses_without_a_body),
        CASE(a_body_of_extents),
        CASE(extents_are_joined),
        CASE(nothing_there),
        CASE(answered_at_the_header),
        CASE(answered_in_the_body),
        CASE(header_first_then_the_body),
        CASE(no_way_to_split_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
