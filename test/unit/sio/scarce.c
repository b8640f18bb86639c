/* Transports of a 0.9 session take each other's place while each allocation fails in turn, alone or
 * with those behind it: nobody waits for ever, nothing is left behind, the next client is served.
 * (What a whole life needs is in test/faults.) */
#include "../lib/sio.h"

/* --- the memory --------------------------------------------------------------------------- */

static int in_loop;  /* the server runs, not the test */
static long before;  /* allocations that succeed yet; -1: all of them */
static int failures; /* behind these */

int __real_uv_run(uv_loop_t *loop, uv_run_mode mode);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

int __wrap_uv_run(uv_loop_t *loop, uv_run_mode mode) {
    in_loop = 1;
    int rc = __real_uv_run(loop, mode);
    in_loop = 0;
    return rc;
}

static int there_is_some(void) {
    if (!in_loop || before < 0)
        return 1;
    if (before > 0) {
        before--;
        return 1;
    }
    if (--failures == 0)
        before = -1;
    return 0;
}

void *__wrap_malloc(size_t size) {
    return there_is_some() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size) {
    return there_is_some() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size) {
    return there_is_some() ? __real_realloc(memory, size) : NULL;
}

/* --- the clients -------------------------------------------------------------------------- */

typedef struct {
    test_sio_t sio;
    char sid[64];
} scarce_t;

static void echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "message", event);
}

static void ask(client_t *client, scarce_t *t, const char *method, const char *path,
                const char *body) {
    char text[1024];
    client_connect(client, &t->sio.uv, "127.0.0.1", t->sio.port);
    snprintf(text, sizeof(text),
             "%s /socket.io/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", method, path,
             strlen(body), body);
    client_puts(client, text);
}

static int is_answered(const client_t *client) {
    const char *end = strstr(client->data, "\r\n\r\n");
    const char *size = strstr(client->data, "\r\nContent-Length: ");
    return client->ended || client->error != 0 ||
           (end != NULL && size != NULL && strlen(end + 4) >= strtoul(size + 18, NULL, 10));
}

/* An endless page, or the answer that came instead, has ended. */
static int is_over(const client_t *client) {
    return is_answered(client) || strstr(client->data, "\r\n0\r\n\r\n") != NULL;
}

/* An answer, or the end of the connection. */
static void hear(client_t *client, char *body, size_t size) {
    client_until(client, is_answered(client));
    const char *end = strstr(client->data, "\r\n\r\n");
    snprintf(body, size, "%s", end != NULL ? end + 4 : "");
    client_close(client);
}

static void get(scarce_t *t, const char *path, char *body, size_t size) {
    client_t client;
    ask(&client, t, "GET", path, "");
    hear(&client, body, size);
}

/* Forgets what is under way; the server notices when it may. */
static void go(client_t *client) {
    client_turn(client);
    client_close(client);
}

static void shake_hands(scarce_t *t) {
    char body[256];
    get(t, "1/", body, sizeof(body));
    snprintf(t->sid, sizeof(t->sid), "%.*s", (int) strcspn(body, ":"), body);
}

static const char *path_of(const scarce_t *t, const char *transport, const char *more) {
    static char path[128];
    snprintf(path, sizeof(path), "1/%s/%s%s", transport, t->sid, more);
    return path;
}

/* --- what they do ------------------------------------------------------------------------- */

static void polls(scarce_t *t) {
    client_t first, second, post;
    char body[256];
    get(t, path_of(t, "xhr-polling", ""), body, sizeof(body));
    ask(&first, t, "GET", path_of(t, "xhr-polling", ""), "");
    client_turn(&first);
    ask(&second, t, "GET", path_of(t, "jsonp-polling", "?i=1"), ""); /* takes its place */
    hear(&first, body, sizeof(body));
    ask(&post, t, "POST", path_of(t, "xhr-polling", ""), "3:1::x");
    hear(&post, body, sizeof(body));
    hear(&second, body, sizeof(body));
    get(t, path_of(t, "xhr-polling", ""), body, sizeof(body)); /* a noop after its time */
    get(t, path_of(t, "xhr-polling", "?disconnect"), body, sizeof(body));
}

static void pages(scarce_t *t) {
    client_t first, second;
    char body[256];
    ask(&first, t, "GET", path_of(t, "htmlfile", ""), "");
    client_until(&first, strstr(first.data, "1::") != NULL || is_over(&first));
    ask(&second, t, "GET", path_of(t, "htmlfile", ""), ""); /* takes its place */
    client_until(&first, is_over(&first));
    go(&second);
    go(&first);
    get(t, path_of(t, "xhr-polling", "?disconnect"), body, sizeof(body));
}

/* --- all of it ---------------------------------------------------------------------------- */

static int setup(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    scarce_t *t = calloc(1, sizeof(*t));
    options.allow_v09 = 1;
    options.v09.heartbeat_interval_ms = 5;
    options.v09.polling_duration_ms = 5;
    options.v09.close_timeout_ms = options.v09.handshake_timeout_ms = 1000;
    before = -1;
    test_sio_open_with(&t->sio, &options);
    assert_int_equal(sio_on(t->sio.io, "message", echo, NULL), 0);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    scarce_t *t = *state;
    before = -1;
    test_sio_close(&t->sio);
    free(t);
    return 0;
}

/* Whether it fails or not, what follows is as ever. */
static void expect_service(scarce_t *t) {
    char body[256];
    shake_hands(t);
    get(t, path_of(t, "xhr-polling", ""), body, sizeof(body));
    assert_string_equal(body, "1::");
    get(t, path_of(t, "xhr-polling", "?disconnect"), body, sizeof(body));
}

static void try_all(scarce_t *t, void (*visit)(scarce_t *t), int at_once) {
    long turn = 0;
    do {
        shake_hands(t);
        before = turn;
        failures = at_once;
        visit(t);
        int reached = before < 0 || failures < at_once;
        before = -1;
        expect_service(t);
        if (!reached)
            break;
    } while (++turn < 1000);
    assert_in_range(turn, 5, 999);
    test_sio_until(&t->sio, sio_server_clients(t->sio.io) == 0);
    assert_int_equal(t->sio.connections, t->sio.disconnects);
}

static void one_by_one(void **state) {
    try_all(*state, polls, 1);
    try_all(*state, pages, 1);
}

static void several_at_once(void **state) {
    try_all(*state, polls, 3);
    try_all(*state, pages, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(several_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
