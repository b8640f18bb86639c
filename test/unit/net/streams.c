/* Bodies in pieces, slow readers, and peers that vanish in the middle of things. */
#include "http.h"

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
        CASE(a_chunked_stream),
        CASE(a_stream_for_http_1_0),
        CASE(a_stream_to_head),
        CASE(a_slow_reader),
        CASE(a_reader_that_is_too_slow_is_cut_off),
        CASE(peers_that_close),
        CASE(peers_that_reset),
        CASE(peers_that_half_close),
        CASE(answers_before_the_fin_still_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
