/* Sessions over real connections: closing in every state and from every callback, limits,
 * lifetimes. */
#include "eio/session.h"
#include "peer.h"

#define CLOSE_FRAME "\x88"

typedef struct {
    eio_server_t *server;
    eio_socket_t *socket; /* the last one opened; NULL when it has ended */
    int opened, messages, closed, drained;
    sio_reason_t reason;
    char last[64];
    /* what callbacks do */
    void (*on_open)(eio_socket_t *socket);
    void (*on_message)(eio_socket_t *socket);
} app_t;

static void on_message(eio_socket_t *socket, const void *message, size_t length, int binary,
                       void *data) {
    app_t *app = data;
    (void) binary;
    app->messages++;
    snprintf(app->last, sizeof(app->last), "%.*s", (int) length, (const char *) message);
    if (app->on_message != NULL)
        app->on_message(socket);
}

static void on_close(eio_socket_t *socket, sio_reason_t reason, void *data) {
    app_t *app = data;
    app->closed++;
    app->reason = reason;
    assert_int_equal(eio_socket_send(socket, "x", 1), SIO_ECLOSED);
    if (app->socket == socket)
        app->socket = NULL;
}

static void on_drain(eio_socket_t *socket, void *data) {
    (void) socket;
    ((app_t *) data)->drained++;
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    app_t *app = data;
    assert_string_equal(sio_http_method(request), "GET");
    app->opened++;
    app->socket = socket;
    eio_socket_on_message(socket, on_message, app);
    eio_socket_on_close(socket, on_close, app);
    eio_socket_on_drain(socket, on_drain, app);
    if (app->on_open != NULL)
        app->on_open(socket);
}

/* Without a heartbeat, which has tests of its own, so that a machine that stands still for a
 * while changes nothing. */
static app_t *start(const sio_options_t *given) {
    sio_options_t options = SIO_OPTIONS_INIT;
    app_t *app = calloc(1, sizeof(*app));
    assert_non_null(app);
    if (given != NULL)
        options = *given;
    options.ping_interval_ms = 3600 * 1000;
    assert_int_equal(eio_server_new(&app->server, NULL, &options), 0);
    assert_int_equal(eio_server_listen(app->server, "127.0.0.1", 0), 0);
    eio_server_on_connection(app->server, on_connection, app);
    return app;
}

static void stop(app_t *app) {
    eio_server_free(app->server);
    assert_int_equal(app->closed, app->opened);
    free(app);
}

static uv_loop_t *loop_of(const app_t *app) {
    return eio_server_loop(app->server);
}

/* --- closing by the application
 * ------------------------------------------------------------------ */

static void close_with_poll(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    peer_ask(peer, "GET", query, "");
    WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
    eio_socket_close(app->socket, 0);
    assert_int_equal(app->closed, 0); /* never from inside */
    assert_int_equal(eio_socket_send(app->socket, "x", 1), SIO_ECLOSED);
    peer_expect(peer, 200, "1");
    assert_int_equal(app->reason, SIO_REASON_FORCED_CLOSE);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 400, "{\"code\":1,\"message\":\"Session ID unknown\"}");
    peer_close(peer, 0);
    stop(app);
}

static void close_without_poll(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    eio_socket_close(app->socket, 0);
    turn(loop_of(app));
    assert_int_equal(app->closed, 0);
    /* A closing session takes no messages. */
    peer_ask(peer, "POST", query, "4x");
    peer_expect(peer, 200, "ok");
    assert_int_equal(app->messages, 0);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "6\x1e" "1");
    assert_int_equal(app->closed, 1);
    assert_int_equal(app->reason, SIO_REASON_FORCED_CLOSE);
    peer_close(peer, 0);
    stop(app);
}

static void close_with_buffer(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    assert_int_equal(eio_socket_send(app->socket, "a", 1), 0);
    assert_int_equal(eio_socket_send_binary(app->socket, "\1\2", 2), 0);
    assert_int_equal(eio_socket_buffered(app->socket), 2 + 1 + 5);
    eio_socket_close(app->socket, 0);
    turn(loop_of(app));
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "4a\x1e" "bAQI=");
    assert_int_equal(app->closed, 0);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "6\x1e" "1");
    assert_int_equal(app->closed, 1);
    peer_close(peer, 0);
    stop(app);
}

static void close_forced(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.close_timeout_ms = 50;
    app_t *app = start(&options);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    eio_socket_send(app->socket, "never fetched", 13);
    eio_socket_close(app->socket, 0);
    WAIT_FOR(loop_of(app), app->closed);
    assert_int_equal(app->reason, SIO_REASON_FORCED_CLOSE);
    assert_int_equal(eio_server_clients(app->server), 0);
    peer_close(peer, 0);
    stop(app);
}

static void close_discarding(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    eio_socket_send(app->socket, "dropped", 7);
    eio_socket_close(app->socket, 1);
    assert_int_equal(app->closed, 1);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 400, "{\"code\":1,\"message\":\"Session ID unknown\"}");
    peer_close(peer, 0);
    stop(app);
}

static void close_aborts_upload(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128], text[512];

    (void) state;
    peer_session(peer, query);
    peer->length = 0;
    int length = snprintf(text, sizeof(text), "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 10\r\n\r\n4abc", query);
    peer_write(peer, text, (size_t) length);
    for (int i = 0; i < 5; i++)
        turn(loop_of(app));
    eio_socket_close(app->socket, 1);
    WAIT_FOR(loop_of(app), peer_has_ended(peer));
    assert_int_equal(peer->length, 0);
    peer_close(peer, 0);
    stop(app);
}

static void close_websocket(void **state) {
    (void) state;
    for (int discard = 0; discard < 2; discard++) {
        app_t *app = start(NULL);
        peer_t *peer = peer_open(app->server);
        peer_upgrade(peer, SOCKET);
        assert_int_equal(eio_socket_send(app->socket, "bye", 3), 0);
        eio_socket_close(app->socket, discard);
        assert_int_equal(app->closed, discard);
        WAIT_FOR(loop_of(app), peer_has(peer, "\x81\x04" "4bye" CLOSE_FRAME));
        assert_int_equal(app->closed, 1);
        assert_int_equal(app->reason, SIO_REASON_FORCED_CLOSE);
        peer_close(peer, 0);
        stop(app);
    }
}

/* --- from callbacks
 * ------------------------------------------------------------------------------ */

static void closer(eio_socket_t *socket) {
    eio_socket_close(socket, 0);
}

static void discarder(eio_socket_t *socket) {
    eio_socket_close(socket, 1);
}

static void failer(eio_socket_t *socket) {
    eio__socket_fail(socket, SIO_REASON_PARSE_ERROR);
    eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR); /* the first one counts */
}

static void server_closer(eio_socket_t *socket) {
    assert_int_equal(eio_server_close(eio__socket_server(socket), NULL, NULL), 0);
    assert_int_equal(eio_server_close(eio__socket_server(socket), NULL, NULL), SIO_EDONE);
}

static void (*const closers[])(eio_socket_t *) = {closer, discarder, failer, server_closer};

/* The packets behind the one whose callback closes are dropped; the POST is answered all the
 * same. */
static void close_in_message(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(closers) / sizeof(closers[0]); i++) {
        app_t *app = start(NULL);
        peer_t *peer = peer_open(app->server), *poller = peer_open(app->server);
        char query[128];
        app->on_message = closers[i];
        peer_session(peer, query);
        peer_ask(poller, "GET", query, "");
        WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
        peer_ask(peer, "POST", query, "4one\x1e" "4two\x1e" "4three");
        peer_expect(peer, 200, "ok");
        peer_expect(poller, 200, "1");
        assert_int_equal(app->messages, 1);
        assert_int_equal(app->closed, 1);
        assert_int_equal(app->reason,
                         closers[i] == failer ? SIO_REASON_PARSE_ERROR : SIO_REASON_FORCED_CLOSE);
        peer_close(peer, 0);
        peer_close(poller, 0);
        stop(app);
    }
}

static void close_in_websocket_message(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(closers) / sizeof(closers[0]); i++) {
        app_t *app = start(NULL);
        peer_t *peer = peer_open(app->server);
        app->on_message = closers[i];
        peer_upgrade(peer, SOCKET);
        peer_frame(peer, "4one");
        peer_frame(peer, "4two");
        WAIT_FOR(loop_of(app), peer_has(peer, CLOSE_FRAME));
        assert_int_equal(app->messages, 1);
        assert_int_equal(app->closed, 1);
        peer_close(peer, 1);
        stop(app);
    }
}

/* The client gets its open packet, then the end. */
static void close_in_open(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(closers) / sizeof(closers[0]); i++) {
        app_t *app = start(NULL);
        peer_t *peer = peer_open(app->server), *other = peer_open(app->server);
        const char *body;
        app->on_open = closers[i];
        peer_ask(peer, "GET", POLL, "");
        WAIT_FOR(loop_of(app), peer_answered(peer, &body));
        assert_memory_equal(body, "0{\"sid\":\"", 9);
        peer_close(peer, 0);
        if (closers[i] != server_closer) {
            peer_upgrade(other, SOCKET);
            WAIT_FOR(loop_of(app), peer_has(other, "0{\"sid\":\"") && peer_has(other, CLOSE_FRAME));
            assert_int_equal(app->opened, 2);
        }
        peer_close(other, 0);
        stop(app);
    }
}

static void sender(eio_socket_t *socket) {
    assert_int_equal(eio_socket_send(socket, "first", 5), 0);
    assert_int_equal(eio_socket_send_binary(socket, "\1\2\3", 3), 0);
}

/* What is sent on connection comes behind the open packet; on polling with the first poll. */
static void send_in_open(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server), *other = peer_open(app->server);
    char query[128];

    (void) state;
    app->on_open = sender;
    peer_session(peer, query);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "4first\x1e" "bAQID");
    peer_upgrade(other, SOCKET);
    WAIT_FOR(loop_of(app), peer_has(other, "}\x81\x06" "4first\x82\x03\x01\x02\x03"));
    peer_close(peer, 0);
    peer_close(other, 0);
    stop(app);
}

/* --- sending
 * ------------------------------------------------------------------------------------- */

static void send_refuses(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);

    (void) state;
    peer_upgrade(peer, SOCKET);
    assert_int_equal(eio_socket_send(app->socket, "\xff", 1), SIO_EUTF8);
    assert_int_equal(eio_socket_buffered(app->socket), 0);
    assert_string_equal(eio_socket_transport(app->socket), "websocket");
    assert_string_equal(eio_socket_address(app->socket), "127.0.0.1");
    assert_null(eio_socket_request(app->socket));
    peer_close(peer, 0);
    stop(app);
}

/* One turn, one answer; told when it has gone. */
static void one_answer_a_turn(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server);
    char query[128];

    (void) state;
    peer_session(peer, query);
    peer_ask(peer, "GET", query, "");
    WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
    app->drained = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(eio_socket_send(app->socket, &"abc"[i], 1), 0);
    peer_expect(peer, 200, "4a\x1e" "4b\x1e" "4c");
    assert_int_equal(app->drained, 1);
    assert_int_equal(eio_socket_buffered(app->socket), 0);
    assert_int_equal(eio__socket_writable(app->socket), 0);
    peer_close(peer, 0);
    stop(app);
}

/* A client that does not poll is cut off beyond the limit, whatever the size of the packets. */
static void too_much_waits(void **state) {
    static char large[4000];
    (void) state;
    memset(large, 'x', sizeof(large));
    for (size_t size = 1; size <= sizeof(large); size = size == 1 ? sizeof(large) : size + 1) {
        sio_options_t options = SIO_OPTIONS_INIT;
        options.max_buffered = 10000;
        app_t *app = start(&options);
        peer_t *peer = peer_open(app->server);
        char query[128];
        int sent = 0;
        peer_session(peer, query);
        while (app->closed == 0 && sent < 10000) {
            eio_socket_send(app->socket, large, size);
            sent++;
            turn(loop_of(app));
        }
        assert_int_equal(app->closed, 1);
        assert_int_equal(app->reason, SIO_REASON_TRANSPORT_ERROR);
        assert_true(sent > (size == 1 ? 100 : 2) && sent <= (size == 1 ? 5000 : 3));
        peer_close(peer, 0);
        stop(app);
    }
}

/* --- the peer's end
 * ------------------------------------------------------------------------------ */

static void peer_vanishes(void **state) {
    (void) state;
    for (int reset = 0; reset < 2; reset++) {
        app_t *app = start(NULL);
        peer_t *poller = peer_open(app->server), *other = peer_open(app->server);
        char query[128];
        peer_session(poller, query);
        peer_ask(poller, "GET", query, "");
        WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
        peer_close(poller, reset);
        WAIT_FOR(loop_of(app), app->closed == 1);
        assert_int_equal(app->reason, SIO_REASON_TRANSPORT_ERROR);

        peer_upgrade(other, SOCKET);
        peer_close(other, reset);
        WAIT_FOR(loop_of(app), app->closed == 2);
        assert_int_equal(app->reason, SIO_REASON_TRANSPORT_CLOSE);
        assert_int_equal(eio_server_clients(app->server), 0);
        stop(app);
    }
}

/* --- upgrade
 * ------------------------------------------------------------------------------------- */

static void upgrade_expires(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.upgrade_timeout_ms = 50;
    app_t *app = start(&options);
    peer_t *peer = peer_open(app->server), *probe = peer_open(app->server);
    char query[128], upgrade[160];

    (void) state;
    peer_session(peer, query);
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_upgrade(probe, upgrade);
    peer_frame(probe, "2probe");
    WAIT_FOR(loop_of(app), peer_has(probe, "\x81\x06" "3probe"));
    WAIT_FOR(loop_of(app), peer_has(probe, CLOSE_FRAME));
    assert_int_equal(app->closed, 0);
    assert_string_equal(eio_socket_transport(app->socket), "polling");
    peer_ask(peer, "POST", query, "4x");
    peer_expect(peer, 200, "ok");
    assert_string_equal(app->last, "x");
    peer_close(peer, 0);
    peer_close(probe, 0);
    stop(app);
}

/* [E78] The client moves while the server closes: what is queued leaves on the WebSocket first. */
static void upgrade_while_closing(void **state) {
    app_t *app = start(NULL);
    peer_t *peer = peer_open(app->server), *probe = peer_open(app->server);
    char query[128], upgrade[160];

    (void) state;
    peer_session(peer, query);
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_upgrade(probe, upgrade);
    peer_frame(probe, "2probe");
    WAIT_FOR(loop_of(app), peer_has(probe, "\x81\x06" "3probe"));
    assert_int_equal(eio_socket_send(app->socket, "last", 4), 0);
    eio_socket_close(app->socket, 0);
    turn(loop_of(app));
    assert_int_equal(app->closed, 0);
    peer_frame(probe, "5");
    WAIT_FOR(loop_of(app), peer_has(probe, "\x81\x05" "4last" CLOSE_FRAME));
    assert_int_equal(app->closed, 1);
    assert_int_equal(app->reason, SIO_REASON_FORCED_CLOSE);
    peer_close(peer, 0);
    peer_close(probe, 0);
    stop(app);
}

/* --- the server's end
 * ---------------------------------------------------------------------------- */

static void on_server_closed(eio_server_t *server, void *data) {
    (void) server;
    ++*(int *) data;
}

/* Everybody hears of it: a pending poll, a WebSocket, one that polls later; who never comes
 * does not hold it up for long. */
static void server_closes(void **state) {
    app_t *app = start(NULL);
    peer_t *poller = peer_open(app->server), *socket = peer_open(app->server);
    peer_t *later = peer_open(app->server), *absent = peer_open(app->server);
    char poller_query[128], later_query[128], absent_query[128];
    int closed = 0;

    (void) state;
    peer_session(poller, poller_query);
    peer_ask(poller, "GET", poller_query, "");
    WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
    peer_upgrade(socket, SOCKET);
    peer_session(later, later_query);
    eio_socket_send(app->socket, "x", 1);
    peer_session(absent, absent_query);

    assert_int_equal(eio_server_close(app->server, on_server_closed, &closed), 0);
    peer_expect(poller, 200, "1");
    WAIT_FOR(loop_of(app), peer_has(socket, CLOSE_FRAME));
    peer_ask(poller, "GET", POLL, "");
    peer_expect(poller, 503, "");
    peer_ask(later, "GET", later_query, "");
    peer_expect(later, 200, "4x");
    peer_ask(later, "GET", later_query, "");
    peer_expect(later, 200, "6\x1e" "1");
    peer_close(socket, 0);
    assert_int_equal(closed, 0);
    WAIT_FOR(loop_of(app), closed);
    assert_int_equal(app->closed, 4);
    peer_close(poller, 0);
    peer_close(later, 0);
    peer_close(absent, 0);
    stop(app);
}

/* Freed in the middle of everything: all are told, nothing is left (the sanitizers look). */
static void server_freed(void **state) {
    app_t *app = start(NULL);
    peer_t *peers[5];
    char query[128], upgrade[160];

    (void) state;
    for (size_t i = 0; i < 5; i++)
        peers[i] = peer_open(app->server);
    peer_session(peers[0], query);
    peer_ask(peers[0], "GET", query, "");
    WAIT_FOR(loop_of(app), eio__socket_writable(app->socket));
    peer_upgrade(peers[1], SOCKET);
    peer_session(peers[2], query);
    eio_socket_send(app->socket, "waits", 5);
    snprintf(upgrade, sizeof(upgrade), SOCKET "%s", strstr(query, "&sid="));
    peer_upgrade(peers[3], upgrade);
    peer_frame(peers[3], "2probe");
    WAIT_FOR(loop_of(app), peer_has(peers[3], "3probe"));
    eio_socket_send(app->socket, "this turn", 9);
    peer_write(peers[4], "GET /engine.io/?EIO=4", 21);
    assert_int_equal(app->opened, 3);
    stop(app);
    for (size_t i = 0; i < 5; i++)
        peer_close(peers[i], 0);
}

/* On a loop of the application's, with its own loop run afterwards. */
static void foreign_loop(void **state) {
    uv_loop_t loop;
    eio_server_t *server;
    int closed = 0;

    (void) state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(eio_server_new(&server, &loop, NULL), 0);
    assert_int_equal(eio_server_listen(server, "127.0.0.1", 0), 0);
    peer_t *peer = peer_open(server);
    char query[128];
    peer_session(peer, query);
    assert_int_equal(eio_server_clients(server), 1);
    eio_server_close(server, on_server_closed, &closed);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "6\x1e" "1");
    WAIT_FOR(&loop, closed);
    eio_server_free(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    peer_close(peer, 0);
}

static void is_small(void **state) {
    (void) state;
    assert_true(sizeof(eio_socket_t) + 21 <= 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_with_poll),
        cmocka_unit_test(close_without_poll),
        cmocka_unit_test(close_with_buffer),
        cmocka_unit_test(close_forced),
        cmocka_unit_test(close_discarding),
        cmocka_unit_test(close_aborts_upload),
        cmocka_unit_test(close_websocket),
        cmocka_unit_test(close_in_message),
        cmocka_unit_test(close_in_websocket_message),
        cmocka_unit_test(close_in_open),
        cmocka_unit_test(send_in_open),
        cmocka_unit_test(send_refuses),
        cmocka_unit_test(one_answer_a_turn),
        cmocka_unit_test(too_much_waits),
        cmocka_unit_test(peer_vanishes),
        cmocka_unit_test(upgrade_expires),
        cmocka_unit_test(upgrade_while_closing),
        cmocka_unit_test(server_closes),
        cmocka_unit_test(server_freed),
        cmocka_unit_test(foreign_loop),
        cmocka_unit_test(is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
