/* One broadcast to clients of all protocols, over each transport: everybody hears it, and it is
 * laid out once for each dialect, however many there are. */
#include "eio/forms.h"
#include "../lib/sio.h"
#include "sio/message.h"
#include "sio/namespace.h"
#include <sio/adapter.h>

enum { EACH = 3, KINDS = 8 };

typedef struct {
    client_t clients[KINDS][EACH];
} crowd_t;

static void answer_body(client_t *client, char *body, size_t size) {
    answer_t answer;
    client_answer(client, &answer, 0);
    assert_int_equal(answer.status, 200);
    snprintf(body, size, "%.*s", (int) answer.length, answer.body);
    answer_free(&answer);
}

static void get(client_t *client, const char *path, char *body, size_t size) {
    char request[512];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    client_puts(client, request);
    answer_body(client, body, size);
}

static void upgrade(client_t *client, const char *path) {
    char request[512];
    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             path);
    client_puts(client, request);
    client_until(client, strstr(client->data, "\r\n\r\n") != NULL || client->ended);
    size_t head = (size_t) (strstr(client->data, "\r\n\r\n") - client->data) + 4;
    client->length -= head;
    memmove(client->data, client->data + head, client->length + 1);
}

/* "\"sid\":\"…" or what stands before the first colon. */
static void sid_of(const char *body, char sid[32]) {
    const char *start = strstr(body, "\"sid\":\"");
    start = start != NULL ? start + 7 : body;
    snprintf(sid, 32, "%.*s", (int) strcspn(start, "\":"), start);
}

static void open_v4(test_sio_t *t, client_t *client) {
    peer_open(client, t);
    peer_join(client, "", "", NULL);
}

static void open_v3(test_sio_t *t, client_t *client) {
    client_connect(client, &t->uv, "127.0.0.1", t->port);
    upgrade(client, "/socket.io/?EIO=3&transport=websocket");
    assert_int_equal(peer_next(client)->data[0], '0');
    peer_expect(client, "0");
}

static void open_v09(test_sio_t *t, client_t *client) {
    char body[512], sid[32], path[128];
    client_connect(client, &t->uv, "127.0.0.1", t->port);
    get(client, "/socket.io/1/", body, sizeof(body));
    sid_of(body, sid);
    snprintf(path, sizeof(path), "/socket.io/1/websocket/%s", sid);
    upgrade(client, path);
    assert_string_equal(peer_next(client)->data, "1::");
}

static void open_poll(test_sio_t *t, client_t *client, const char *query, const char *first) {
    char body[1024], sid[32], path[160];
    snprintf(path, sizeof(path), "/socket.io/?%s&transport=polling", query);
    client_connect(client, &t->uv, "127.0.0.1", t->port);
    get(client, path, body, sizeof(body));
    sid_of(body, sid);
    snprintf(path, sizeof(path), "/socket.io/?%s&transport=polling&sid=%s", query, sid);
    if (strstr(query, "EIO=4") != NULL) {
        char request[512];
        snprintf(request, sizeof(request),
                 "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n40", path);
        client_puts(client, request);
        answer_body(client, body, sizeof(body));
    }
    get(client, path, body, sizeof(body));
    assert_memory_equal(body, first, strlen(first));
    char request[512]; /* the poll that waits */
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    client_puts(client, request);
}

static void open_v09_poll(test_sio_t *t, client_t *client) {
    char body[512], sid[32], request[512];
    client_connect(client, &t->uv, "127.0.0.1", t->port);
    get(client, "/socket.io/1/", body, sizeof(body));
    sid_of(body, sid);
    snprintf(request, sizeof(request), "/socket.io/1/xhr-polling/%s", sid);
    get(client, request, body, sizeof(body));
    assert_string_equal(body, "1::");
    snprintf(request, sizeof(request), "GET /socket.io/1/xhr-polling/%s HTTP/1.1\r\nHost: x\r\n\r\n",
             sid);
    client_puts(client, request);
}

/* These bytes come next. */
static void expect_bytes(client_t *client, const char *bytes, size_t length) {
    client_until(client, client->length >= length || client->ended);
    assert_int_equal(client->length, length);
    assert_memory_equal(client->data, bytes, length);
    client->length = 0;
}

/* A WebSocket of the drafts 75 or 76. */
static void open_draft(test_sio_t *t, client_t *client, const char *keys, const char *body) {
    char text[512], sid[32], request[512];
    client_connect(client, &t->uv, "127.0.0.1", t->port);
    get(client, "/socket.io/1/", text, sizeof(text));
    sid_of(text, sid);
    snprintf(request, sizeof(request),
             "GET /socket.io/1/websocket/%s HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n"
             "Connection: Upgrade\r\nOrigin: http://x\r\n%s\r\n%s",
             sid, keys, body);
    client_puts(client, request);
    client_until(client, memchr(client->data, 0xff, client->length) != NULL || client->ended);
    size_t head = (size_t) (strstr(client->data, "\r\n\r\n") - client->data) + 4;
    head += body[0] != '\0' ? 16 : 0;
    assert_int_equal(client->length - head, 5);
    assert_memory_equal(client->data + head, "\0001::\xff", 5);
    client->length = 0;
}

static void expect_body(client_t *client, const char *expected, size_t length) {
    answer_t answer;
    client_answer(client, &answer, 0);
    assert_int_equal(answer.length, length);
    assert_memory_equal(answer.body, expected, length);
    answer_free(&answer);
}

static int build(sio_message_t *message, sio_namespace_t *nsp, const sio_targets_t *targets,
                 const char *format, ...) {
    va_list list;
    va_start(list, format);
    sio__args_t args = {.kind = SIO__ARGS_FORMAT, .format = format, .list = &list};
    int rc = sio__message_event(message, nsp, targets, -1, "news", &args);
    va_end(list);
    return rc;
}

#define TEXT_PART "51-[\"news\",\"\xc3\xa8\",{\"_placeholder\":true,\"num\":0}]"
#define ASCII_PART "51-[\"news\",\"\\u00e8\",{\"_placeholder\":true,\"num\":0}]"
#define V09_PART "5:::{\"name\":\"news\",\"args\":[\"\xc3\xa8\",\"AQID\"]}"

static void expect_all(crowd_t *crowd, size_t i) {
    static const char v4[] = "4" TEXT_PART "\x1e" "bAQID", base64[] = "51:4" ASCII_PART "6:b4AQID";
    static const char units[] = "\0\5\1\xff" "4" ASCII_PART "\1\4\xff\4\1\2\3";
    peer_expect(&crowd->clients[0][i], TEXT_PART);
    peer_expect_binary(&crowd->clients[0][i], "\1\2\3", 3);
    peer_expect(&crowd->clients[1][i], TEXT_PART);
    peer_expect_binary(&crowd->clients[1][i], "\4\1\2\3", 4);
    assert_string_equal(peer_next(&crowd->clients[2][i])->data, V09_PART);
    expect_body(&crowd->clients[3][i], v4, sizeof(v4) - 1);
    expect_body(&crowd->clients[4][i], units, sizeof(units) - 1);
    expect_body(&crowd->clients[5][i], base64, sizeof(base64) - 1);
    expect_body(&crowd->clients[6][i], V09_PART, sizeof(V09_PART) - 1);
    expect_bytes(&crowd->clients[7][i], "\0" V09_PART "\xff", sizeof(V09_PART) + 1);
}

static void laid_out_once(void **state) {
    static crowd_t crowd;
    sio_options_t options = SIO_OPTIONS_INIT;
    test_sio_t t;
    sio_message_t message;
    const sio_targets_t everyone = {0};
    (void) state;
    options.allow_eio3 = options.allow_v09 = 1;
    test_sio_open_with(&t, &options);
    for (size_t i = 0; i < EACH; i++) {
        open_v4(&t, &crowd.clients[0][i]);
        open_v3(&t, &crowd.clients[1][i]);
        open_v09(&t, &crowd.clients[2][i]);
        open_poll(&t, &crowd.clients[3][i], "EIO=4", "40{\"sid\"");
        open_poll(&t, &crowd.clients[4][i], "EIO=3", "2:40");
        open_poll(&t, &crowd.clients[5][i], "EIO=3&b64=1", "2:40");
        open_v09_poll(&t, &crowd.clients[6][i]);
        open_draft(&t, &crowd.clients[7][i],
                   i == 0 ? "" : "Sec-WebSocket-Key1: 1 1\r\nSec-WebSocket-Key2: 2 2\r\n",
                   i == 0 ? "" : "12345678");
    }
    test_sio_turns(&t);
    assert_int_equal(t.connections, KINDS * EACH);

    sio_namespace_t *root = sio_of(t.io, "/");
    assert_int_equal(build(&message, root, &everyone, "sB", "\xc3\xa8", "\1\2\3", (size_t) 3), 0);
    assert_int_equal(sio_memory_broadcast(NULL, root, &everyone, &message), 0);
    const eio__message_t *text = &message.encoded.messages[0], *binary = text + 1;
    /* The text in ASCII for polls of protocol 3, and the whole as one of 0.9. */
    assert_int_equal(text->forms->made, 2);
    assert_int_equal(text->forms->ascii[0].forms->made, 1); /* with its length */
    /* The same; and between the bytes of the old WebSocket drafts. */
    assert_int_equal(text->forms->v09->forms->made, 2);
    /* The binary with its type; as a unit; in base64. */
    assert_int_equal(binary->forms->made, 3);
    assert_ptr_equal(text->forms->ascii[1].forms, binary->forms);
    for (size_t i = 0; i < EACH; i++)
        expect_all(&crowd, i);

    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < EACH; i++)
            client_close(&crowd.clients[kind][i]);
    test_sio_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(laid_out_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
