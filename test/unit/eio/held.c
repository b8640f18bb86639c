/* What a session of protocol 3 is sent in its first moment on a WebSocket. */
#include "peer.h"

enum { BIG = 3000, BURST = 400 * 1000 };

static void echo(eio_socket_t *socket, const void *message, size_t length, int binary, void *data) {
    (void) binary, (void) data;
    assert_int_equal(eio_socket_send(socket, message, length), 0);
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    (void) request;
    eio_socket_on_message(socket, echo, NULL);
    if (data != NULL)
        assert_int_equal(eio_socket_send(socket, data, strlen(data)), 0);
}

static eio_server_t *start(char *greeting) {
    sio_options_t options = SIO_OPTIONS_INIT;
    eio_server_t *server;
    options.allow_eio3 = 1;
    assert_int_equal(eio_server_new(&server, NULL, &options), 0);
    assert_int_equal(eio_server_listen(server, "127.0.0.1", 0), 0);
    eio_server_on_connection(server, on_connection, greeting);
    return server;
}

static char *text_of(size_t length) {
    char *text = malloc(length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 26);
    text[length] = '\0';
    return text;
}

/* Reads `length` bytes behind the first `mark`, though they are more than the peer has room for. */
static void expect_behind(peer_t *peer, const char *mark, const char *wanted) {
    size_t length = strlen(wanted), seen = 0;
    WAIT_FOR(peer->loop, peer_has(peer, mark));
    char *at = memmem(peer->in, peer->length, mark, strlen(mark));
    size_t before = (size_t) (at - peer->in) + strlen(mark);
    for (uint64_t end = uv_hrtime() + UINT64_C(5000000000); seen < length && uv_hrtime() < end;) {
        size_t got = peer->length - before;
        if (got > length - seen)
            got = length - seen;
        assert_memory_equal(peer->in + before, wanted + seen, got);
        seen += got;
        before = peer->length = 0;
        turn(peer->loop);
        peer_read(peer);
    }
    assert_int_equal(seen, length);
}

/* What is larger than a copy costs is sent from where it was kept, which must last as long. */
static void what_the_application_says_first(void **state) {
    char *greeting = text_of(BIG);
    eio_server_t *server = start(greeting);
    peer_t *peer = peer_open(server);
    (void) state;
    peer_ask_upgrade(peer, "EIO=3&transport=websocket");
    expect_behind(peer, "\x7e\x0b\xb9" "4", greeting);
    peer_close(peer, 0);
    eio_server_free(server);
    free(greeting);
}

static void more_than_the_network_takes_at_once(void **state) {
    char *greeting = text_of(BURST);
    eio_server_t *server = start(greeting);
    peer_t *peer = peer_open(server);
    (void) state;
    peer_ask_upgrade(peer, "EIO=3&transport=websocket");
    expect_behind(peer, "\x06\x1a\x81" "4", greeting);
    peer_close(peer, 0);
    eio_server_free(server);
    free(greeting);
}

static void an_answer_to_what_came_with_the_handshake(void **state) {
    eio_server_t *server = start(NULL);
    peer_t *peer = peer_open(server);
    char *text = text_of(BIG);
    unsigned char frame[8 + 1 + BIG] = {0x81, 0xfe, 0x0b, 0xb9, 0, 0, 0, 0, '4'};
    (void) state;
    memcpy(frame + 9, text, BIG);
    peer_ask_upgrade(peer, "EIO=3&transport=websocket");
    peer_write(peer, frame, sizeof(frame));
    expect_behind(peer, "\x7e\x0b\xb9" "4", text);
    peer_close(peer, 0);
    eio_server_free(server);
    free(text);
}

static void the_peer_goes_at_once(void **state) {
    char *greeting = text_of(BIG);
    eio_server_t *server = start(greeting);
    (void) state;
    for (int reset = 0; reset < 2; reset++) {
        peer_t *peer = peer_open(server);
        peer_ask_upgrade(peer, "EIO=3&transport=websocket");
        peer_close(peer, reset);
        WAIT_FOR(eio_server_loop(server), eio_server_clients(server) == 0);
        turn(eio_server_loop(server));
    }
    eio_server_free(server);
    free(greeting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_application_says_first),
        cmocka_unit_test(more_than_the_network_takes_at_once),
        cmocka_unit_test(an_answer_to_what_came_with_the_handshake),
        cmocka_unit_test(the_peer_goes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
