/* Who watches the engine: events of sessions [E82], and what sessions and engine tell of themselves
 * [E22, E81]. */
#include "peer.h"

typedef struct {
    eio_server_t *server;
    eio_socket_t *socket;
    char log[1024];
    eio_event_type_t close_at; /* closes the session there; EIO_EVENT_CLOSE: nowhere */
    int messages;
    int closed;
} app_t;

static void on_event(eio_socket_t *socket, const eio_event_t *event, void *data) {
    static const char *const names[] = {"open",    "packet", "create", "heartbeat", "upgrading",
                                        "upgrade", "flush",  "drain",  "close"};
    app_t *app = data;
    size_t used = strlen(app->log);
    char text[64] = "";
    if (event->type == EIO_EVENT_PACKET || event->type == EIO_EVENT_PACKET_CREATE)
        snprintf(text, sizeof(text), ":%d%.*s", event->packet,
                 event->packet == 0 ? 0 : (int) event->length, (const char *) event->data);
    else if (event->type == EIO_EVENT_CLOSE)
        snprintf(text, sizeof(text), ":%s", sio_reason_string(event->reason));
    snprintf(app->log + used, sizeof(app->log) - used, "%s%s ", names[event->type], text);
    if (event->type == app->close_at && event->type != EIO_EVENT_CLOSE)
        eio_socket_close(socket, 1);
}

static void on_message(eio_socket_t *socket, const void *message, size_t length, int binary,
                       void *data) {
    app_t *app = data;
    app->messages++;
    if (length > 0 && !binary)
        eio_socket_send(socket, message, length);
}

static void on_close(eio_socket_t *socket, sio_reason_t reason, void *data) {
    app_t *app = data;
    (void) reason;
    assert_string_equal(eio_socket_state(socket), "closed");
    app->closed++;
    app->socket = NULL;
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    app_t *app = data;
    (void) request;
    app->socket = socket;
    eio_socket_on_message(socket, on_message, app);
    eio_socket_on_close(socket, on_close, app);
}

static int setup_with(void **state, uint32_t ping_interval_ms) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = calloc(1, sizeof(*app));
    assert_non_null(app);
    options.ping_interval_ms = ping_interval_ms;
    app->close_at = EIO_EVENT_CLOSE;
    assert_int_equal(eio_server_new(&app->server, NULL, &options), 0);
    assert_int_equal(eio_server_listen(app->server, "127.0.0.1", 0), 0);
    eio_server_on_connection(app->server, on_connection, app);
    eio_server_on_event(app->server, on_event, app);
    *state = app;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 3600 * 1000);
}

static int setup_pinging(void **state) {
    return setup_with(state, 30);
}

static int teardown(void **state) {
    app_t *app = *state;
    eio_server_free(app->server);
    free(app);
    return 0;
}

static uv_loop_t *loop_of(const app_t *app) {
    return eio_server_loop(app->server);
}

static void expect_log(app_t *app, const char *text) {
    WAIT_FOR(loop_of(app), strlen(app->log) >= strlen(text));
    assert_string_equal(app->log, text);
    app->log[0] = '\0';
}

static void a_message_and_its_echo(void **state) {
    app_t *app = *state;
    peer_t *peer = peer_open(app->server);
    peer_upgrade(peer, SOCKET);
    expect_log(app, "create:0 open drain ");
    peer_frame(peer, "4hello");
    expect_log(app, "packet:4hello create:4hello flush drain ");
    assert_string_equal(eio_socket_state(app->socket), "open");
    assert_int_equal(eio_socket_protocol(app->socket), 4);
    assert_int_equal(eio_socket_upgraded(app->socket), 0);
    eio_socket_close(app->socket, 0);
    assert_string_equal(eio_socket_state(app->socket), "closing");
    WAIT_FOR(loop_of(app), app->closed == 1);
    expect_log(app, "close:forced close ");
    peer_close(peer, 0);
}

static void heartbeats(void **state) {
    app_t *app = *state;
    peer_t *peer = peer_open(app->server);
    peer_upgrade(peer, SOCKET);
    expect_log(app, "create:0 open drain ");
    expect_log(app, "create:2 drain ");
    peer_frame(peer, "3");
    WAIT_FOR(loop_of(app), strstr(app->log, "heartbeat") != NULL);
    assert_int_equal(strncmp(app->log, "packet:3 heartbeat ", 19), 0);
    peer_close(peer, 0);
}

static void an_upgrade(void **state) {
    app_t *app = *state;
    peer_t *peer = peer_open(app->server), *probe = peer_open(app->server);
    char query[128], upgrade[160];
    peer_session(peer, query);
    expect_log(app, "create:0 open ");
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_upgrade(probe, upgrade);
    peer_frame(probe, "2probe");
    expect_log(app, "upgrading ");
    assert_int_equal(eio_socket_upgraded(app->socket), 0);
    peer_frame(probe, "5");
    expect_log(app, "upgrade drain ");
    assert_int_equal(eio_socket_upgraded(app->socket), 1);
    assert_string_equal(eio_socket_transport(app->socket), "websocket");
    peer_close(peer, 0);
    peer_close(probe, 0);
}

/* On polling what waits is flushed when a poll comes. */
static void polls(void **state) {
    app_t *app = *state;
    peer_t *peer = peer_open(app->server), *poll = peer_open(app->server);
    char query[128];
    peer_session(peer, query);
    expect_log(app, "create:0 open ");
    peer_ask(peer, "POST", query, "4a");
    peer_expect(peer, 200, "ok");
    expect_log(app, "packet:4a create:4a ");
    peer_ask(poll, "GET", query, "");
    peer_expect(poll, 200, "4a");
    expect_log(app, "flush drain ");
    peer_close(peer, 0);
    peer_close(poll, 0);
}

static void closing_at(app_t *app, eio_event_type_t where, const char *log) {
    peer_t *peer = peer_open(app->server);
    int before = app->closed;
    app->close_at = where;
    app->log[0] = '\0';
    peer_upgrade(peer, SOCKET);
    if (where != EIO_EVENT_OPEN && where != EIO_EVENT_DRAIN)
        peer_frame(peer, "4x");
    WAIT_FOR(loop_of(app), app->closed == before + 1);
    assert_string_equal(app->log, log);
    app->close_at = EIO_EVENT_CLOSE;
    peer_close(peer, 0);
}

/* Whoever watches may close what it sees. */
static void a_watcher_closes(void **state) {
    app_t *app = *state;
    closing_at(app, EIO_EVENT_OPEN, "create:0 open close:forced close ");
    closing_at(app, EIO_EVENT_DRAIN, "create:0 open drain close:forced close ");
    closing_at(app, EIO_EVENT_PACKET, "create:0 open drain packet:4x close:forced close ");
    assert_int_equal(app->messages, 0);
    closing_at(app, EIO_EVENT_FLUSH,
               "create:0 open drain packet:4x create:4x flush close:forced close ");
    assert_int_equal(app->messages, 1);
}

static int close_each(eio_socket_t *socket, void *data) {
    ++*(int *) data;
    eio_socket_close(socket, 1);
    return 0;
}

static int stop_at_once(eio_socket_t *socket, void *data) {
    (void) socket;
    ++*(int *) data;
    return 7;
}

/* [E22] */
static void the_engine_tells_of_itself(void **state) {
    app_t *app = *state;
    peer_t *peers[3];
    int calls = 0;
    for (int i = 0; i < 3; i++) {
        peers[i] = peer_open(app->server);
        peer_upgrade(peers[i], SOCKET);
    }
    assert_int_equal(eio_server_clients(app->server), 3);
    assert_ptr_equal(eio_server_socket(app->server, eio_socket_id(app->socket)), app->socket);
    assert_null(eio_server_socket(app->server, "nobody"));
    assert_string_equal(eio_server_upgrades(app->server, "polling"), "websocket");
    assert_string_equal(eio_server_upgrades(app->server, "websocket"), "");
    assert_string_equal(eio_server_upgrades(app->server, "pigeon"), "");
    assert_int_equal(eio_server_options(app->server)->max_payload, 1000000);
    assert_int_equal(eio_server_each(app->server, stop_at_once, &calls), 7);
    assert_int_equal(calls, 1);
    assert_int_equal(eio_server_each(app->server, close_each, &calls), 0);
    assert_int_equal(calls, 4);
    assert_int_equal(eio_server_clients(app->server), 0);
    for (int i = 0; i < 3; i++)
        peer_close(peers[i], 0);
}

/* [E22] At the port of an engine alone there is nothing else. */
static void other_requests_are_not_implemented(void **state) {
    app_t *app = *state;
    peer_t *peer = peer_open(app->server);
    static const char request[] = "GET /other HTTP/1.1\r\nHost: x\r\n\r\n";
    peer_write(peer, request, sizeof(request) - 1);
    peer_expect(peer, 501, "Not Implemented");
    peer_close(peer, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_message_and_its_echo),
        cmocka_unit_test_setup_teardown(heartbeats, setup_pinging, teardown),
        CASE(an_upgrade),
        CASE(polls),
        CASE(a_watcher_closes),
        CASE(the_engine_tells_of_itself),
        CASE(other_requests_are_not_implemented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
