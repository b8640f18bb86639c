/* The handshakes of the drafts 75 and 76 over real HTTP [L3]. */
#include "../lib/host.h"
#include "ws/hixie.h"
#include "ws/ws.h"

#define KEYS                                                                                       \
    "Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\n"                                  \
    "Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n"
#define UPGRADE "Upgrade: WebSocket\r\nConnection: Upgrade\r\n"
#define ORIGIN "Origin: http://example.com\r\n"
#define REQUEST(headers) "GET /demo?a=%20b HTTP/1.1\r\nHost: example.com:81\r\n" headers "\r\n"
#define BODY "Tm[K T2u"
#define DIGEST "fQJ,fN/4F4!~K~MH"

static const char *added; /* a header that the application has given */
static int with_body;

static void on_opened(sio__hixie_t *hixie) {
    (void) hixie;
}

static void on_message(sio__hixie_t *hixie, char *text, size_t length) {
    size_t size;
    const unsigned char *frame =
        sio__hixie_frame(sio__hixie_conn(hixie)->loop->scratch, text, length, &size);
    assert_int_equal(sio__hixie_send(hixie, frame, size), 0);
}

static void on_drained(sio__hixie_t *hixie) {
    (void) hixie;
}

static void on_closed(sio__hixie_t *hixie, int error) {
    (void) hixie, (void) error;
}

static const sio__hixie_user_t user = {on_opened, on_message, on_drained, on_closed};

static void on_upgrade(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    sio__hixie_t *hixie;
    int status, draft = sio__hixie_draft(request);
    (void) data;
    if (draft == 0) {
        assert_int_equal(sio__response_refuse_upgrade(response, 400, "neither"), 0);
        return;
    }
    const char *why = sio__hixie_check(request, draft, &status);
    if (why != NULL) {
        assert_int_equal(sio__response_refuse_upgrade(response, status, why), 0);
        return;
    }
    if (added != NULL)
        assert_int_equal(sio_http_header(response, "X-Added", added), 0);
    assert_int_equal(sio__hixie_accept(&hixie, request, response, draft, 1000, &user, NULL), 0);
    assert_int_equal(sio__hixie_is_open(hixie), draft == SIO__HIXIE_75 || with_body);
}

static const sio__route_ops_t ops = {.upgrade = on_upgrade};

typedef struct {
    test_host_t host;
    sio__ws_pool_t *pool;
} fixture_t;

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    options.trusted_proxies = "127.0.0.1";
    options.original_url_header = "x-original-url";
    test_host_open(&f->host, &options);
    assert_int_equal(sio__ws_pool_new(&f->pool, sio__host_loop(f->host.host), 1000), 0);
    assert_int_equal(sio__host_route(f->host.host, "/", 0, 1000, &ops, NULL), 0);
    added = NULL;
    with_body = 0;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    sio__ws_pool_free(f->pool);
    test_host_close(&f->host);
    free(f);
    return 0;
}

#define IN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* Asks, and gets exactly this. */
static void is(fixture_t *f, const char *request, size_t length, const char *expected,
               size_t expected_length) {
    client_t client;
    test_host_client(&f->host, &client);
    client_send(&client, request, length);
    client_until(&client, client.length >= expected_length || client.ended);
    if (client.length != expected_length ||
        memcmp(client.data, expected, expected_length) != 0)
        fail_msg("%s\nbrought\n%s", request, client.data);
    client_close(&client);
}

#define IS(f, request, expected)                                                                   \
    is(f, request, sizeof(request) - 1, expected, sizeof(expected) - 1)

/* Asks, and the answer has this in it. */
static void has(fixture_t *f, const char *request, const char *expected) {
    client_t client;
    test_host_client(&f->host, &client);
    client_puts(&client, request);
    client_until(&client, strstr(client.data, "\r\n\r\n") != NULL);
    if (strstr(client.data, expected) == NULL)
        fail_msg("%s\nbrought\n%s", request, client.data);
    client_close(&client);
}

#define START "HTTP/1.1 101 WebSocket Protocol Handshake\r\n" UPGRADE
#define START_75 "HTTP/1.1 101 Web Socket Protocol Handshake\r\n" UPGRADE

static void draft_76(void **state) {
    IS(*state, REQUEST(UPGRADE ORIGIN KEYS) BODY "\0hello\xff\xff\0",
       START "Sec-WebSocket-Origin: http://example.com\r\n"
             "Sec-WebSocket-Location: ws://example.com:81/demo?a=%20b\r\n\r\n" DIGEST
             "\0hello\xff\xff\0");
}

/* Arbitrary order, and case of the names. */
static void draft_76_in_any_order(void **state) {
    IS(*state,
       "GET / HTTP/1.1\r\n"
       "sec-websocket-key2: 12998 5 Y3 1  .P00\r\nSEC-WEBSOCKET-PROTOCOL: sample, b\r\n"
       "origin: null\r\ncookie: a=b\r\nconnection: Upgrade\r\nhost: h\r\n"
       "Sec-Websocket-Key1: 4 @1  46546xW%0l 1 5\r\nupgrade: WebSocket\r\n\r\n^n:ds[4U",
       START "Sec-WebSocket-Origin: null\r\nSec-WebSocket-Location: ws://h/\r\n"
             "Sec-WebSocket-Protocol: sample, b\r\n\r\n8jKS'y:G*Co,Wxa-");
}

/* The header is answered before the rest has come: there are proxies that wait for it. */
static void draft_76_in_pieces(void **state) {
    static const char request[] = REQUEST(UPGRADE ORIGIN KEYS) BODY;
    fixture_t *f = *state;
    client_t client;
    test_host_client(&f->host, &client);
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        client_send(&client, &request[i], 1);
        client_turn(&client);
        if (i == sizeof(request) - 2 - 8)
            client_until(&client, strstr(client.data, "\r\n\r\n") != NULL);
    }
    client_until(&client, client.length >= 16 &&
                              memcmp(client.data + client.length - 16, DIGEST, 16) == 0);
    client_close(&client);
}

/* The 8 bytes as the body of a request that HTTP knows, too. */
static void draft_76_with_a_body(void **state) {
#define ANSWER                                                                                     \
    START "Sec-WebSocket-Origin: http://example.com\r\n"                                           \
          "Sec-WebSocket-Location: ws://example.com:81/demo?a=%20b\r\n\r\n" DIGEST
    with_body = 1;
    IS(*state, REQUEST(UPGRADE ORIGIN KEYS "Content-Length: 8\r\n") BODY "\0hello\xff",
       ANSWER "\0hello\xff");
    IS(*state,
       REQUEST(UPGRADE ORIGIN KEYS "Transfer-Encoding: chunked\r\n")
       "5\r\nTm[K \r\n3\r\nT2u\r\n0\r\n\r\n",
       ANSWER);
#undef ANSWER
}

/* Its clients compare the first lines byte by byte; what an application adds is behind them. */
static void draft_75(void **state) {
    added = "yes";
    IS(*state, REQUEST(UPGRADE ORIGIN "WebSocket-Protocol: sample\r\n") "\0hello\xff",
       START_75 "X-Added: yes\r\nWebSocket-Origin: http://example.com\r\n"
                "WebSocket-Location: ws://example.com:81/demo?a=%20b\r\n"
                "WebSocket-Protocol: sample\r\n\r\n\0hello\xff");
}

static void without_an_origin(void **state) {
    IS(*state, REQUEST(UPGRADE KEYS) BODY,
       START "Sec-WebSocket-Location: ws://example.com:81/demo?a=%20b\r\n\r\n" DIGEST);
}

static void where_it_is(void **state) {
    fixture_t *f = *state;
    has(f, REQUEST(UPGRADE ORIGIN KEYS "X-Forwarded-Proto: https\r\n"),
        "\r\nSec-WebSocket-Location: wss://example.com:81/demo?a=%20b\r\n");
    has(f, REQUEST(UPGRADE ORIGIN KEYS "X-Original-URL: /app/demo?x\r\n"),
        "\r\nSec-WebSocket-Location: ws://example.com:81/app/demo?x\r\n");
    has(f, "GET http://example.com/demo HTTP/1.1\r\nHost: example.com\r\n" UPGRADE ORIGIN "\r\n",
        "\r\nWebSocket-Location: ws://example.com/demo\r\n");
    has(f, "GET http://example.com?x HTTP/1.1\r\nHost: example.com\r\n" UPGRADE ORIGIN "\r\n",
        "\r\nWebSocket-Location: ws://example.com/?x\r\n");
}

static void refused(void **state) {
    static const struct {
        const char *request, *status, *why;
    } cases[] = {
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" UPGRADE ORIGIN "\r\n", "405",
         "Invalid HTTP method"},
        {"GET / HTTP/1.0\r\n" UPGRADE ORIGIN "\r\n", "404", "Not Found"}, /* RFC 9110 7.8 */
        {REQUEST(UPGRADE "Sec-WebSocket-Key1: 1 1x\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key2 header"},
        {REQUEST(UPGRADE "Sec-WebSocket-Key2: 1 1x\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key1 header"},
        {REQUEST(UPGRADE "Sec-WebSocket-Key1: 1 1x\r\nSec-WebSocket-Key2: 11x\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key2 header"},
        {REQUEST(UPGRADE "Sec-WebSocket-Key1: 1 1 x1\r\nSec-WebSocket-Key2: 1 1x\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key1 header"},
        {REQUEST(UPGRADE KEYS "Content-Length: 7\r\n"), "400", "Invalid body"},
        {REQUEST(UPGRADE ORIGIN "Content-Length: 8\r\n"), "400", "Invalid body"},
        /* no handshakes of these drafts */
        {REQUEST("Upgrade: websocket\r\nConnection: Upgrade\r\n" ORIGIN KEYS), "400", "neither"},
        {REQUEST(UPGRADE KEYS "Sec-WebSocket-Version: 8\r\n"), "400", "neither"},
        {REQUEST(UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "400", "neither"},
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        client_t client;
        char line[16];
        test_host_client(&f->host, &client);
        client_puts(&client, cases[i].request);
        client_puts(&client, BODY);
        client_until(&client, client.ended || client.error != 0);
        snprintf(line, sizeof(line), "HTTP/1.1 %s ", cases[i].status);
        const char *body = strstr(client.data, "\r\n\r\n");
        if (strncmp(client.data, line, strlen(line)) != 0 || body == NULL ||
            strcmp(body + 4, cases[i].why) != 0)
            fail_msg("%s\nbrought\n%s", cases[i].request, client.data);
        client_close(&client);
    }
    test_host_connections(&f->host, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(draft_76),
        IN(draft_76_in_any_order),
        IN(draft_76_in_pieces),
        IN(draft_76_with_a_body),
        IN(draft_75),
        IN(without_an_origin),
        IN(where_it_is),
        IN(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
