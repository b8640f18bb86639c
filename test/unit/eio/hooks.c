/* What an application can decide about requests and handshakes: options, middlewares,
 * allow_request, hooks. */
#include "peer.h"

typedef struct {
    eio_server_t *server;
    int errors, asked, initials, others;
    int code;
    char context[192];
    sio_allow_t *allow;
    eio_next_t *next;
    sio_http_response_t *response;
    const char *ids[4];
    size_t id;
} app_t;

static void on_error(sio_http_request_t *request, int code, const char *message,
                     const char *context, void *data) {
    app_t *app = data;
    assert_non_null(sio_http_method(request));
    assert_non_null(message);
    app->errors++;
    app->code = code;
    snprintf(app->context, sizeof(app->context), "%s", context);
}

static void on_headers(sio_http_request_t *request, sio_http_response_t *response, int initial,
                       void *data) {
    app_t *app = data;
    assert_non_null(sio_http_url(request));
    if (initial)
        app->initials++;
    else
        app->others++;
    sio_http_header(response, "X-Hook", initial ? "first" : "later");
}

/* The app is the data of all hooks; `options` may have any of them. */
static app_t *start(app_t *app, sio_options_t *options) {
    if (options->ping_interval_ms == 25000)
        options->ping_interval_ms = 3600 * 1000;
    options->path = "/engine.io";
    assert_int_equal(eio_server_new(&app->server, NULL, options), 0);
    assert_int_equal(eio_server_listen(app->server, "127.0.0.1", 0), 0);
    eio_server_on_connection_error(app->server, on_error, app);
    eio_server_on_headers(app->server, on_headers, app);
    return app;
}

static app_t *make(void) {
    app_t *app = calloc(1, sizeof(*app));
    assert_non_null(app);
    return app;
}

static void stop(app_t *app) {
    eio_server_free(app->server);
    free(app);
}

static uv_loop_t *loop_of(const app_t *app) {
    return eio_server_loop(app->server);
}

static void expect_answer(peer_t *peer, int status) {
    const char *body;
    WAIT_FOR(peer->loop, peer_answered(peer, &body));
    assert_int_equal(atoi(peer->in + 9), status);
}

/* --- options
 * ------------------------------------------------------------------------------------- */

static void cookie(void **state) {
    static const struct {
        sio_cookie_options_t cookie;
        const char *expected; /* behind the sid */
    } cases[] = {
        {{0}, "; Path=/; HttpOnly; SameSite=Lax\r\n"},
        {{"sid", "/x", "example.org", "strict", 60, 1, 1},
         "; Max-Age=60; Domain=example.org; Path=/x; Secure; SameSite=Strict\r\n"},
        {{.same_site = "None", .secure = 1}, "; Path=/; HttpOnly; Secure; SameSite=None\r\n"},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sio_options_t options = SIO_OPTIONS_INIT;
        options.cookie = &cases[i].cookie;
        app_t *app = start(make(), &options);
        peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
        char query[128], expected[256];
        peer_session(peer, query);
        snprintf(expected, sizeof(expected), "\r\nSet-Cookie: %s=%s%s",
                 cases[i].cookie.name != NULL ? cases[i].cookie.name : "io",
                 strstr(query, "&sid=") + 5, cases[i].expected);
        assert_non_null(strstr(peer->in, expected));
        peer_ask(peer, "POST", query, "4x");
        peer_expect(peer, 200, "ok");
        assert_null(strstr(peer->in, "Set-Cookie"));
        peer_upgrade(socket, SOCKET); /* polling only */
        assert_null(strstr(socket->in, "Set-Cookie"));
        peer_close(peer, 0);
        peer_close(socket, 0);
        stop(app);
    }
}

static void bad_cookies(void **state) {
    static const sio_cookie_options_t cookies[] = {
        {.name = ""}, {.name = "a=b"}, {.name = "a;b"}, {.path = "/; Secure"},
        {.domain = "x\r\ny"}, {.same_site = "sometimes"},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
        sio_options_t options = SIO_OPTIONS_INIT;
        eio_server_t *server;
        options.cookie = &cookies[i];
        assert_int_equal(eio_server_new(&server, NULL, &options), SIO_EINVAL);
    }
}

static void initial_packet(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.initial_packet = "hello";
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    assert_non_null(strstr(peer->in, "\"maxPayload\":1000000}\x1e" "4hello"));
    peer_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), peer_has(socket, "}\x81\x06" "4hello"));
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void transports(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    char query[128], upgrade[160];

    (void) state;
    options.transports = "websocket";
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    peer_ask(peer, "GET", POLL, "");
    peer_expect(peer, 400, "{\"code\":0,\"message\":\"Transport unknown\"}");
    peer_upgrade(socket, SOCKET);
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);

    options = (sio_options_t) SIO_OPTIONS_INIT;
    options.transports = "polling";
    app = start(make(), &options);
    peer = peer_open(app->server), socket = peer_open(app->server);
    peer_session(peer, query);
    assert_non_null(strstr(peer->in, "\"upgrades\":[],"));
    peer_ask_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), peer_has_ended(socket));
    assert_memory_equal(socket->in, "HTTP/1.1 400 ", 13);
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);

    options = (sio_options_t) SIO_OPTIONS_INIT;
    options.allow_upgrades = 0;
    app = start(make(), &options);
    peer = peer_open(app->server), socket = peer_open(app->server);
    peer_session(peer, query);
    assert_non_null(strstr(peer->in, "\"upgrades\":[],"));
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_ask_upgrade(socket, upgrade);
    WAIT_FOR(loop_of(app), peer_has_ended(socket));
    assert_memory_equal(socket->in, "HTTP/1.1 400 ", 13);
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void trailing_slash(void **state) {
    static const struct {
        const char *path;
        int with, without; /* status with add_trailing_slash, and without */
    } cases[] = {
        {"/engine.io", 200, 200}, {"/engine.io/", 200, 404}, {"/engine.io/x", 200, 404},
        {"/engine.iox", 501, 501}, /* [E22] */
    };
    (void) state;
    for (int add = 0; add < 2; add++) {
        sio_options_t options = SIO_OPTIONS_INIT;
        options.add_trailing_slash = add;
        app_t *app = start(make(), &options);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            peer_t *peer = peer_open(app->server);
            char text[256];
            int length = snprintf(text, sizeof(text), "GET %s?" POLL " HTTP/1.1\r\nHost: x\r\n\r\n",
                                  cases[i].path);
            peer_write(peer, text, (size_t) length);
            expect_answer(peer, add ? cases[i].with : cases[i].without);
            peer_close(peer, 0);
        }
        stop(app);
    }
}

static int next_id(sio_http_request_t *request, char *id, size_t capacity, void *data) {
    app_t *app = data;
    assert_non_null(sio_http_header_in(request, "host"));
    assert_true(capacity >= 64);
    const char *given = app->ids[app->id++];
    if (given == NULL)
        return -1;
    snprintf(id, capacity, "%s", given);
    return 0;
}

static void generated_ids(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = make();
    char query[128];

    (void) state;
    options.generate_id = next_id;
    options.generate_id_data = app;
    app->ids[0] = "my-own_ID";
    app->ids[1] = "my-own_ID"; /* taken */
    app->ids[2] = "no blanks";
    start(app, &options);
    peer_t *peer = peer_open(app->server);
    peer_session(peer, query);
    assert_string_equal(query, POLL "&sid=my-own_ID");
    for (int i = 1; i <= 3; i++) {
        peer_ask(peer, "GET", POLL, "");
        peer_expect(peer, 400, "{\"code\":3,\"message\":\"Bad request\"}");
        assert_int_equal(app->errors, i);
        assert_string_equal(app->context, "name=ID_GENERATION_ERROR");
    }
    assert_int_equal(eio_server_clients(app->server), 1);
    peer_close(peer, 0);
    stop(app);
}

/* --- connection_error, headers
 * ------------------------------------------------------------------ */

static void contexts(void **state) {
    static const struct {
        const char *method, *query;
        int code;
        const char *context;
    } cases[] = {
        {"GET", "EIO=4&transport=carrier-pigeon", 0, "transport=carrier-pigeon"},
        {"GET", "EIO=4", 0, "transport="},
        {"GET", POLL "&sid=nobody", 1, "sid=nobody"},
        {"POST", POLL, 2, "method=POST"},
        {"GET", SOCKET, 3, "name=TRANSPORT_HANDSHAKE_ERROR"},
        {"GET", "transport=polling", 5, "protocol=3"},
    };
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    char query[128], wrong[256], text[128];

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_ask(peer, cases[i].method, cases[i].query, "");
        expect_answer(peer, 400);
        assert_int_equal(app->errors, i + 1);
        assert_int_equal(app->code, cases[i].code);
        assert_string_equal(app->context, cases[i].context);
    }
    peer_session(peer, query);
    snprintf(wrong, sizeof(wrong), SOCKET "%s", strstr(query, "&sid="));
    peer_ask(peer, "GET", wrong, "");
    expect_answer(peer, 400);
    assert_string_equal(app->context,
                        "name=TRANSPORT_MISMATCH transport=websocket previousTransport=polling");
    snprintf(wrong, sizeof(wrong), "EIO=3&transport=polling%s", strstr(query, "&sid="));
    peer_ask(peer, "GET", wrong, "");
    expect_answer(peer, 400);
    assert_string_equal(app->context, "name=PROTOCOL_MISMATCH protocol=3 previousProtocol=4");
    /* What is longer than the context can hold is cut. */
    memset(wrong, 'x', sizeof(wrong));
    memcpy(wrong, POLL "&sid=", strlen(POLL "&sid="));
    wrong[sizeof(wrong) - 1] = '\0';
    peer_ask(peer, "GET", wrong, "");
    expect_answer(peer, 400);
    assert_int_equal(strlen(app->context), sizeof(app->context) - 1);

    snprintf(text, sizeof(text), SOCKET "&sid=nobody");
    peer_ask_upgrade(socket, text);
    WAIT_FOR(loop_of(app), peer_has_ended(socket));
    assert_string_equal(app->context, "sid=nobody");
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

/* A request that names the transport of a session on WebSocket is none of a poll's. */
static void nothing_beside_a_websocket(void **state) {
    static const char *const methods[] = {"GET", "POST", "PUT"};
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    char query[128];

    (void) state;
    peer_ask_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), peer_has(socket, "\"upgrades\""));
    const char *sid = strstr(socket->in, "{\"sid\":\"") + 8;
    snprintf(query, sizeof(query), SOCKET "&sid=%.*s", (int) strcspn(sid, "\""), sid);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        peer_ask(peer, methods[i], query, "4x");
        expect_answer(peer, 400);
        assert_string_equal(app->context, "name=TRANSPORT_HANDSHAKE_ERROR");
    }
    assert_int_equal(eio_server_clients(app->server), 1);
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void header_hook(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    peer_t *probe = peer_open(app->server);
    char query[128], upgrade[160];

    (void) state;
    peer_session(peer, query);
    assert_non_null(strstr(peer->in, "\r\nX-Hook: first\r\n"));
    peer_ask(peer, "POST", query, "4x");
    peer_expect(peer, 200, "ok");
    assert_non_null(strstr(peer->in, "\r\nX-Hook: later\r\n"));
    peer_upgrade(socket, SOCKET);
    assert_non_null(strstr(socket->in, "\r\nX-Hook: first\r\n"));
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_upgrade(probe, upgrade);
    assert_non_null(strstr(probe->in, "\r\nX-Hook: later\r\n"));
    assert_int_equal(app->initials, 2);
    assert_int_equal(app->others, 2);
    peer_ask(peer, "GET", "EIO=4", ""); /* not on refusals */
    expect_answer(peer, 400);
    assert_null(strstr(peer->in, "X-Hook"));
    peer_close(peer, 0);
    peer_close(socket, 0);
    peer_close(probe, 0);
    stop(app);
}

/* --- allow_request
 * ------------------------------------------------------------------------------- */

static void hold_allow(sio_allow_t *allow, sio_http_request_t *request, void *data) {
    app_t *app = data;
    assert_string_equal(sio_http_query(request, "EIO"), "4");
    app->asked++;
    app->allow = allow;
}

static app_t *start_asking(void) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = make();
    options.allow_request = hold_allow;
    options.allow_request_data = app;
    return start(app, &options);
}

static void allowed_later(void **state) {
    app_t *app = start_asking();
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    const char *body;

    (void) state;
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 1);
    assert_int_equal(eio_server_clients(app->server), 0);
    sio_allow(app->allow);
    WAIT_FOR(loop_of(app), peer_answered(peer, &body));
    assert_memory_equal(body, "0{\"sid\"", 7);
    peer_ask_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), app->asked == 2);
    sio_allow(app->allow);
    WAIT_FOR(loop_of(app), peer_has(socket, "0{\"sid\""));
    assert_int_equal(eio_server_clients(app->server), 2);
    /* Handshakes only, and only those that pass the other checks. */
    peer_ask(peer, "GET", POLL "&sid=nobody", "");
    expect_answer(peer, 400);
    peer_ask(peer, "POST", POLL, "");
    expect_answer(peer, 400);
    assert_int_equal(app->asked, 2);
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void denied(void **state) {
    app_t *app = start_asking();
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);

    (void) state;
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 1);
    sio_deny(app->allow, NULL);
    peer_expect(peer, 403, "{\"code\":4,\"message\":\"Forbidden\"}");
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 2);
    sio_deny(app->allow, "no \"way\"\\\n");
    peer_expect(peer, 403, "{\"code\":4,\"message\":\"no \\\"way\\\"\\\\\\u000a\"}");
    assert_int_equal(app->errors, 2);
    assert_int_equal(app->code, 4);
    assert_string_equal(app->context, "message=no \"way\"\\\n");
    peer_ask_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), app->asked == 3);
    sio_deny(app->allow, "never");
    WAIT_FOR(loop_of(app), peer_has_ended(socket));
    assert_string_equal(socket->in, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                                    "Content-type: text/html\r\nContent-Length: 5\r\n\r\nnever");
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void answer_to_nobody(void **state) {
    (void) state;
    for (int how = 0; how < 4; how++) {
        app_t *app = start_asking();
        peer_t *peer = peer_open(app->server), *other = peer_open(app->server);
        if (how & 1)
            peer_ask(peer, "GET", POLL, "");
        else
            peer_ask_upgrade(peer, SOCKET);
        WAIT_FOR(loop_of(app), app->asked == 1);
        peer_close(peer, how & 2);
        sio_allow_t *allow = app->allow;
        /* Another request passes meanwhile; by then the first one's end has been seen. */
        peer_ask(other, "GET", POLL, "");
        WAIT_FOR(loop_of(app), app->asked == 2);
        sio_allow(app->allow);
        expect_answer(other, 200);
        if (how & 1)
            sio_allow(allow);
        else
            sio_deny(allow, "too late");
        assert_int_equal(eio_server_clients(app->server), 1);
        assert_int_equal(app->errors, 0);
        peer_close(other, 0);
        stop(app);
    }
}

static void answer_after_the_end(void **state) {
    app_t *app = start_asking();
    peer_t *peer = peer_open(app->server);

    (void) state;
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 1);
    sio_allow_t *allow = app->allow;
    stop(app);
    sio_allow(allow);
    peer_close(peer, 0);
}

static void allowed_while_closing(void **state) {
    app_t *app = start_asking();
    peer_t *peer = peer_open(app->server);

    (void) state;
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 1);
    eio_server_close(app->server, NULL, NULL);
    turn(loop_of(app));
    sio_allow(app->allow);
    peer_expect(peer, 503, "");
    peer_close(peer, 0);
    stop(app);
}

/* --- middlewares
 * --------------------------------------------------------------------------------- */

static void add_one(sio_http_request_t *request, sio_http_response_t *response, eio_next_t *next,
                    void *data) {
    (void) request;
    sio_http_header(response, "X-Chain", data);
    eio_next(next);
}

static void hold_next(sio_http_request_t *request, sio_http_response_t *response, eio_next_t *next,
                      void *data) {
    app_t *app = data;
    (void) request;
    app->asked++;
    app->next = next;
    app->response = response;
}

static void reject(sio_http_request_t *request, sio_http_response_t *response, eio_next_t *next,
                   void *data) {
    (void) request, (void) response, (void) data;
    eio_next_error(next);
}

static void answer(sio_http_request_t *request, sio_http_response_t *response, eio_next_t *next,
                   void *data) {
    (void) request, (void) next, (void) data;
    sio_http_status(response, 418);
    sio_http_end(response, "mine", 4);
}

static void chain(void **state) {
    static char one[] = "1", two[] = "2";
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    char query[128];

    (void) state;
    assert_int_equal(eio_server_use(app->server, NULL, NULL), SIO_EINVAL);
    assert_int_equal(eio_server_use(app->server, add_one, one), 0);
    assert_int_equal(eio_server_use(app->server, add_one, two), 0);
    peer_session(peer, query);
    assert_non_null(strstr(peer->in, "\r\nX-Chain: 1\r\nX-Chain: 2\r\n"));
    peer_ask(peer, "GET", "EIO=4", ""); /* before anything is checked */
    expect_answer(peer, 400);
    assert_non_null(strstr(peer->in, "\r\nX-Chain: 1\r\nX-Chain: 2\r\n"));
    peer_upgrade(socket, SOCKET);
    assert_non_null(strstr(socket->in, "\r\nX-Chain: 1\r\nX-Chain: 2\r\n"));
    assert_int_equal(eio_server_use(app->server, reject, NULL), 0);
    peer_ask(peer, "POST", query, "4x");
    peer_expect(peer, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    assert_string_equal(app->context, "name=MIDDLEWARE_FAILURE");
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

/* The body comes while the chain waits, or after it. */
static void chain_waits(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server), *socket = peer_open(app->server);
    char query[128], head[512];

    (void) state;
    peer_session(peer, query);
    assert_int_equal(eio_server_use(app->server, hold_next, app), 0);
    peer_ask(peer, "POST", query, "4x");
    WAIT_FOR(loop_of(app), app->asked == 1);
    for (int i = 0; i < 3; i++)
        turn(loop_of(app));
    eio_next(app->next);
    peer_expect(peer, 200, "ok");

    int length = snprintf(head, sizeof(head), "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 2\r\n\r\n", query);
    peer->length = 0;
    peer_write(peer, head, (size_t) length);
    WAIT_FOR(loop_of(app), app->asked == 2);
    eio_next(app->next);
    peer_write(peer, "4x", 2);
    peer_expect(peer, 200, "ok");

    peer_ask(peer, "GET", query, "");
    WAIT_FOR(loop_of(app), app->asked == 3);
    eio_next_error(app->next);
    peer_expect(peer, 400, "{\"code\":3,\"message\":\"Bad request\"}");

    peer_ask_upgrade(socket, SOCKET);
    WAIT_FOR(loop_of(app), app->asked == 4);
    eio_next(app->next);
    WAIT_FOR(loop_of(app), peer_has(socket, "0{\"sid\""));
    peer_close(peer, 0);
    peer_close(socket, 0);
    stop(app);
}

static void chain_answers(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server);
    char large[3000];

    (void) state;
    assert_int_equal(eio_server_use(app->server, answer, NULL), 0);
    for (int i = 0; i < 3; i++) {
        peer_ask(peer, "GET", POLL, "");
        peer_expect(peer, 418, "mine");
    }
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    peer_ask(peer, "POST", POLL, large); /* the body is dropped */
    peer_expect(peer, 418, "mine");
    assert_int_equal(app->errors, 0);
    peer_close(peer, 0);
    stop(app);

    app = start(make(), &options);
    peer = peer_open(app->server);
    assert_int_equal(eio_server_use(app->server, hold_next, app), 0);
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(loop_of(app), app->asked == 1);
    sio_http_end(app->response, "later", 5);
    peer_expect(peer, 200, "later");
    peer_close(peer, 0);
    stop(app);
}

static void chain_loses_its_peer(void **state) {
    (void) state;
    for (int how = 0; how < 4; how++) {
        sio_options_t options = SIO_OPTIONS_INIT;
        app_t *app = start(make(), &options);
        peer_t *peer = peer_open(app->server), *other = peer_open(app->server);
        assert_int_equal(eio_server_use(app->server, hold_next, app), 0);
        peer_ask(peer, how & 1 ? "GET" : "POST", POLL, "4x");
        WAIT_FOR(loop_of(app), app->asked == 1);
        eio_next_t *next = app->next;
        peer_close(peer, how & 2);
        peer_ask(other, "GET", POLL, "");
        WAIT_FOR(loop_of(app), app->asked == 2);
        eio_next(app->next);
        expect_answer(other, 200);
        if (how & 1)
            eio_next(next);
        else
            eio_next_error(next);
        assert_int_equal(app->errors, 0);
        peer_close(other, 0);
        stop(app);
    }
}

static void chain_outlives_the_server(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server);

    (void) state;
    assert_int_equal(eio_server_use(app->server, hold_next, app), 0);
    peer_ask_upgrade(peer, SOCKET);
    WAIT_FOR(loop_of(app), app->asked == 1);
    eio_next_t *next = app->next;
    stop(app);
    eio_next(next);
    peer_close(peer, 0);
}

/* Too large a body while the chain waits. */
static void chain_and_too_much(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.max_payload = 10;
    app_t *app = start(make(), &options);
    peer_t *peer = peer_open(app->server);

    (void) state;
    assert_int_equal(eio_server_use(app->server, hold_next, app), 0);
    peer_ask(peer, "POST", POLL, "4 more than ten");
    WAIT_FOR(loop_of(app), app->asked == 1);
    peer_expect(peer, 413, "");
    eio_next(app->next);
    peer_close(peer, 0);
    stop(app);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookie),
        cmocka_unit_test(bad_cookies),
        cmocka_unit_test(initial_packet),
        cmocka_unit_test(transports),
        cmocka_unit_test(trailing_slash),
        cmocka_unit_test(generated_ids),
        cmocka_unit_test(contexts),
        cmocka_unit_test(nothing_beside_a_websocket),
        cmocka_unit_test(header_hook),
        cmocka_unit_test(allowed_later),
        cmocka_unit_test(denied),
        cmocka_unit_test(answer_to_nobody),
        cmocka_unit_test(answer_after_the_end),
        cmocka_unit_test(allowed_while_closing),
        cmocka_unit_test(chain),
        cmocka_unit_test(chain_waits),
        cmocka_unit_test(chain_answers),
        cmocka_unit_test(chain_loses_its_peer),
        cmocka_unit_test(chain_outlives_the_server),
        cmocka_unit_test(chain_and_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
