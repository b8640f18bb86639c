/* Callbacks that end the very session they are called for. */
#include "peer.h"

typedef struct {
    eio_socket_t *socket;
    sio_reason_t reason;
    int closed;
} session_t;

static void on_close(eio_socket_t *socket, sio_reason_t reason, void *data) {
    session_t *session = data;
    assert_ptr_equal(socket, session->socket);
    session->socket = NULL;
    session->reason = reason;
    session->closed++;
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    session_t *session = data;
    (void) request;
    session->socket = socket;
    eio_socket_on_close(socket, on_close, session);
}

/* Of the upgrade request, or of the polls. */
static void close_at_upgrade(sio_http_request_t *request, sio_http_response_t *response,
                             int initial, void *data) {
    session_t *session = data;
    (void) response;
    if (!initial && session->socket != NULL && sio_http_header_in(request, "upgrade") != NULL)
        eio_socket_close(session->socket, 1);
}

static void close_at_poll(sio_http_request_t *request, sio_http_response_t *response, int initial,
                          void *data) {
    session_t *session = data;
    (void) response;
    if (!initial && session->socket != NULL && strcmp(sio_http_method(request), "GET") == 0)
        eio_socket_close(session->socket, 1);
}

static eio_server_t *open_server(uv_loop_t *loop, eio_headers_cb headers, session_t *session) {
    eio_server_t *server;
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(eio_server_new(&server, loop, NULL), 0);
    assert_int_equal(eio_server_listen(server, "127.0.0.1", 0), 0);
    eio_server_on_connection(server, on_connection, session);
    eio_server_on_headers(server, headers, session);
    return server;
}

static void close_server(uv_loop_t *loop, eio_server_t *server) {
    eio_server_free(server);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

static void the_headers_hook_ends_a_session_that_would_upgrade(void **state) {
    uv_loop_t loop;
    session_t session = {0};
    char polling[128], query[256];
    (void) state;
    eio_server_t *server = open_server(&loop, close_at_upgrade, &session);
    peer_t *peer = peer_open(server), *probe = peer_open(server);
    peer_session(peer, polling);
    snprintf(query, sizeof(query), SOCKET "&%s", strstr(polling, "sid="));
    peer_upgrade(probe, query);
    assert_int_equal(session.closed, 1);
    assert_int_equal(session.reason, SIO_REASON_FORCED_CLOSE);
    assert_int_equal(eio_server_clients(server), 0);
    WAIT_FOR(&loop, peer_has(probe, "\x88")); /* nothing to be upgraded: the close frame */
    peer_close(probe, 0);
    peer_close(peer, 0);
    close_server(&loop, server);
}

static void the_headers_hook_ends_a_session_whose_poll_is_answered(void **state) {
    uv_loop_t loop;
    session_t session = {0};
    char query[128];
    (void) state;
    eio_server_t *server = open_server(&loop, close_at_poll, &session);
    peer_t *peer = peer_open(server);
    peer_session(peer, query);
    assert_int_equal(eio_socket_send(session.socket, "last", 4), 0);
    peer_ask(peer, "GET", query, "");
    peer_expect(peer, 200, "4last");
    assert_int_equal(session.closed, 1);
    assert_int_equal(eio_server_clients(server), 0);
    peer_close(peer, 0);
    close_server(&loop, server);
}

static void a_discarding_close_tells_before_it_returns(void **state) {
    uv_loop_t loop;
    session_t session = {0};
    char query[128];
    (void) state;
    eio_server_t *server = open_server(&loop, NULL, &session);
    peer_t *peer = peer_open(server);
    peer_session(peer, query);
    eio_socket_close(session.socket, 1);
    assert_int_equal(session.closed, 1);
    assert_int_equal(session.reason, SIO_REASON_FORCED_CLOSE);
    peer_close(peer, 0);
    close_server(&loop, server);
}

static int same_id(sio_http_request_t *request, char *id, size_t capacity, void *data) {
    (void) request, (void) data;
    snprintf(id, capacity, "the-same");
    return 0;
}

typedef struct {
    eio_next_t *held;
    int told;
} held_t;

static void hold_posts(sio_http_request_t *request, sio_http_response_t *response,
                       eio_next_t *next, void *data) {
    held_t *held = data;
    (void) response;
    if (strcmp(sio_http_method(request), "POST") == 0)
        held->held = next;
    else
        eio_next(next);
}

static void let_go(sio_http_request_t *request, sio_http_response_t *response, int initial,
                   void *data) {
    held_t *held = data;
    (void) request, (void) response;
    if (initial)
        eio_next(held->held);
}

static void on_told(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    (void) socket, (void) request;
    ((held_t *) data)->told++;
}

/* Its id is known before it begins. */
static void nothing_comes_of_a_session_that_nobody_was_told_of(void **state) {
    uv_loop_t loop;
    held_t held = {NULL, 0};
    sio_options_t options = SIO_OPTIONS_INIT;
    eio_server_t *server;
    (void) state;
    options.generate_id = same_id;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(eio_server_new(&server, &loop, &options), 0);
    assert_int_equal(eio_server_listen(server, "127.0.0.1", 0), 0);
    eio_server_on_connection(server, on_told, &held);
    eio_server_on_headers(server, let_go, &held);
    eio_server_use(server, hold_posts, &held);
    peer_t *peer = peer_open(server), *poster = peer_open(server);
    peer_ask(poster, "POST", POLL "&sid=the-same", "4early");
    WAIT_FOR(&loop, held.held != NULL);
    peer_ask(peer, "GET", POLL, "");
    WAIT_FOR(&loop, peer_has(peer, "the-same"));
    WAIT_FOR(&loop, peer_has(poster, "Session ID unknown"));
    assert_int_equal(held.told, 1);
    peer_close(poster, 0);
    peer_close(peer, 0);
    close_server(&loop, server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_headers_hook_ends_a_session_that_would_upgrade),
        cmocka_unit_test(the_headers_hook_ends_a_session_whose_poll_is_answered),
        cmocka_unit_test(nothing_comes_of_a_session_that_nobody_was_told_of),
        cmocka_unit_test(a_discarding_close_tells_before_it_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
