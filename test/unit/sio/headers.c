/* The headers hook hears of each answer that the engine gives to clients of 0.9, as it does of
 * those to others [E21]. */
#include "../lib/sio.h"

typedef struct {
    test_sio_t sio;
    client_t client;
    char sid[64];
    int initial, others;
    int ends; /* the session, in the hook */
} headers_t;

static void on_headers(sio_http_request_t *request, sio_http_response_t *response, int initial,
                       void *data) {
    headers_t *t = data;
    (void) request;
    t->initial += initial != 0;
    t->others += initial == 0;
    if (t->ends)
        eio_socket_close(sio_socket_conn(t->sio.socket), 1);
    assert_int_equal(sio_http_header(response, "X-App", initial ? "first" : "later"), 0);
}

static int setup(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    headers_t *t = calloc(1, sizeof(*t));
    options.allow_v09 = 1;
    test_sio_open_with(&t->sio, &options);
    assert_int_equal(sio_on_headers(t->sio.io, on_headers, t), 0);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    headers_t *t = *state;
    client_close(&t->client);
    test_sio_close(&t->sio);
    free(t);
    return 0;
}

static void ask(headers_t *t, const char *method, const char *path, const char *more) {
    char text[512];
    if (t->client.data != NULL)
        client_close(&t->client);
    client_connect(&t->client, &t->sio.uv, "127.0.0.1", t->sio.port);
    snprintf(text, sizeof(text), "%s /socket.io/1/%s%s%s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, path,
             path[0] != '\0' ? "/" : "", path[0] != '\0' ? t->sid : "", more);
    client_puts(&t->client, text);
}

static void begin(headers_t *t) {
    answer_t answer;
    ask(t, "GET", "", "");
    client_answer(&t->client, &answer, 0);
    assert_string_equal(answer_header(&answer, "X-App"), "first");
    snprintf(t->sid, sizeof(t->sid), "%.*s", (int) strcspn(answer.body, ":"), answer.body);
    answer_free(&answer);
    assert_int_equal(t->initial, 1);
    assert_int_equal(t->others, 0);
}

static void of_polls_and_posts(void **state) {
    headers_t *t = *state;
    answer_t answer;
    begin(t);
    for (int i = 0; i < 2; i++) {
        ask(t, i == 0 ? "GET" : "POST", "xhr-polling", i == 0 ? "" : "Content-Length: 0\r\n");
        client_answer(&t->client, &answer, 0);
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer_header(&answer, "X-App"), "later");
        answer_free(&answer);
    }
    assert_int_equal(t->others, 2);
}

static void of_pages(void **state) {
    headers_t *t = *state;
    begin(t);
    ask(t, "GET", "htmlfile", "");
    client_until(&t->client, strstr(t->client.data, "1::") != NULL);
    assert_non_null(strstr(t->client.data, "X-App: later\r\n"));
    assert_non_null(strstr(t->client.data, "cache-control: no-store\r\n"));
    assert_int_equal(t->others, 1);
}

static void of_web_sockets(void **state) {
    headers_t *t = *state;
    begin(t);
    ask(t, "GET", "websocket",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    client_until(&t->client, strstr(t->client.data, "1::") != NULL);
    assert_non_null(strstr(t->client.data, "X-App: later\r\n"));
    assert_int_equal(t->others, 1);
}

/* No session was opened. */
static void of_what_is_refused(void **state) {
    headers_t *t = *state;
    begin(t);
    strcpy(t->sid, "nobody");
    ask(t, "GET", "htmlfile", "");
    client_until(&t->client, strstr(t->client.data, "</script>\r\n0\r\n\r\n") != NULL);
    assert_non_null(strstr(t->client.data, "<script>_(\"7:::1+0\");</script>"));
    assert_non_null(strstr(t->client.data, "X-App: later\r\n"));
    assert_int_equal(t->initial, 1);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* The session that the answer is for may end in the hook. */
static void of_a_session_that_ends(void **state) {
    headers_t *t = *state;
    static const char *const transports[] = {"xhr-polling", "jsonp-polling", "htmlfile", "websocket"};
    static const char socket[] =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (int i = 0; i < 4; i++) {
        t->initial = t->others = t->sio.disconnects = 0;
        begin(t);
        ask(t, "GET", "xhr-polling", "");
        client_expect_answer(&t->client, 200, "1::");
        assert_non_null(t->sio.socket);
        if (i < 2)
            sio_emit(t->sio.socket, "x");
        t->ends = 1;
        ask(t, "GET", transports[i], i == 3 ? socket : "");
        test_sio_until(&t->sio, t->sio.disconnects == 1);
        t->ends = 0;
        if (i < 2)
            client_expect_answer(&t->client, 200, NULL);
        else
            client_expect_end(&t->client);
        assert_int_equal(sio_server_clients(t->sio.io), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(of_polls_and_posts),
        WITH(of_pages),
        WITH(of_web_sockets),
        WITH(of_what_is_refused),
        WITH(of_a_session_that_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
