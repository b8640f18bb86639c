/* The last moments of a socket [S26], and what may be done in them. */
#include "../lib/sio.h"

typedef struct {
    test_sio_t *t;
    sio_socket_t *other;
    int close;
    sio_reason_t reason;
    char log[128];
} log_t;

static void note(log_t *log, char letter) {
    size_t length = strlen(log->log);
    assert_true(length + 1 < sizeof(log->log));
    log->log[length] = letter;
}

static void expect(log_t *log, const char *text) {
    assert_string_equal(log->log, text);
    memset(log->log, 0, sizeof(log->log));
}

static int count_room(const char *room, void *data) {
    (void) room;
    ++*(int *) data;
    return 0;
}

static void intact(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    int rooms = 0;
    sio_namespace_t *nsp = sio_socket_namespace(socket);
    note(log, 'i');
    log->reason = reason;
    assert_true(sio_socket_connected(socket));
    assert_true(sio_in_room(socket, "room"));
    assert_int_equal(sio_socket_rooms(socket, count_room, &rooms), 0);
    assert_int_equal(rooms, 2);
    assert_ptr_equal(sio_namespace_socket(nsp, sio_socket_id(socket)), socket);
    assert_int_equal(sio_namespace_count(nsp), 1);
    assert_int_equal(sio_namespace_room_size(nsp, "room"), 1);
}

static void left(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    sio_namespace_t *nsp = sio_socket_namespace(socket);
    note(log, 'd');
    assert_int_equal(reason, log->reason);
    assert_false(sio_socket_connected(socket));
    assert_null(sio_namespace_socket(nsp, sio_socket_id(socket)));
    assert_int_equal(sio_namespace_room_size(nsp, "room"), 0);
}

static void failed(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    assert_int_equal(error, SIO_ECLOSED);
    assert_null(reply);
    assert_false(sio_socket_connected(socket));
    assert_int_equal(sio_namespace_room_size(sio_socket_namespace(socket), "room"), 0);
    note(data, 'a');
}

static void noted(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket, (void) reason;
    note(data, 'n');
}

static void meet(client_t *peer, test_sio_t *t, log_t *log) {
    peer_connect(peer, t);
    sio_join(t->socket, "room");
    sio_on_disconnect(t->socket, left, log);
    sio_on_disconnecting(t->socket, intact, log);
    sio_emit_with_ack(t->socket, 0, failed, log, "ask");
    peer_expect(peer, "20[\"ask\"]");
}

static void disconnecting_rooms_left_acks_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    assert_int_equal(sio_on_disconnecting(t->io, noted, &log), 0);
    meet(&peer, t, &log);
    peer_send(&peer, "1");
    peer_settle(&peer);
    expect(&log, "inad");
    assert_int_equal(log.reason, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    client_close(&peer);
}

static void also_when_the_connection_is_lost(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    meet(&peer, t, &log);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    expect(&log, "iad");
    assert_int_equal(log.reason, SIO_REASON_TRANSPORT_CLOSE);
}

static void never_for_one_that_was_not_connected(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    sio_on_disconnecting(t->io, noted, &log);
    peer_open(&peer, t);
    peer_expect_nothing(&peer);
    client_close(&peer);
    test_sio_until(t, sio_server_clients(t->io) == 0);
    expect(&log, "");
}

/* --- once and off ------------------------------------------------------------------------- */

static void connected(sio_socket_t *socket, void *data) {
    (void) socket;
    note(data, 'c');
}

static void come_and_go(test_sio_t *t) {
    client_t peer;
    int before = t->disconnects;
    peer_connect(&peer, t);
    client_close(&peer);
    test_sio_until(t, t->disconnects == before + 1);
}

static void listeners_for_one_time_and_their_removal(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    sio_namespace_t *nsp = sio_of(t->io, "/");
    assert_int_equal(sio_once_connection(t->io, connected, &log), 0);
    assert_int_equal(sio_once_disconnecting(nsp, noted, &log), 0);
    assert_int_equal(sio_once_disconnect(t->io, noted, &log), 0);
    come_and_go(t);
    come_and_go(t);
    expect(&log, "cnn");
    sio_on_connection(nsp, connected, &log);
    sio_on_disconnecting(t->io, noted, &log);
    sio_on_disconnect(nsp, noted, &log);
    come_and_go(t);
    expect(&log, "cnn");
    assert_int_equal(sio_off_disconnecting(nsp, noted, &log), 0);
    come_and_go(t);
    expect(&log, "cn");
    assert_int_equal(sio_off_connection(t->io, connected, &log), 0);
    assert_int_equal(sio_off_disconnect(t->io, noted, &log), 0);
    come_and_go(t);
    expect(&log, "");
    assert_int_equal(sio_server_on_disconnecting(NULL, noted, &log), SIO_EINVAL);
    assert_int_equal(sio_off_connection((sio_server_t *) NULL, NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio_once_connection(t->io, NULL, NULL), SIO_EINVAL);
}

static void listeners_of_one_socket(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_once_disconnect(t->socket, noted, &log);
    sio_once_disconnecting(t->socket, noted, &log);
    sio_on_disconnect(t->socket, left, &log);
    sio_on_disconnecting(t->socket, intact, &log);
    assert_int_equal(sio_off_disconnect(t->socket, left, &log), 0);
    assert_int_equal(sio_off_disconnecting(t->socket, NULL, NULL), 0);
    peer_send(&peer, "1");
    peer_settle(&peer);
    expect(&log, "n");
    client_close(&peer);
}

/* --- re-entrancy -------------------------------------------------------------------------- */

static void end_again(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    note(log, 'e');
    log->reason = reason;
    assert_int_equal(sio_disconnect(socket, log->close), 0);
    assert_true(sio_socket_connected(socket));
    assert_int_equal(sio_leave(socket, "room"), 0);
    assert_int_equal(sio_join(socket, "another"), 0);
    assert_int_equal(sio_on_disconnect(socket, noted, log), 0);
}

static void to_end_it_again_is_nothing(void **state) {
    test_sio_t *t = *state;
    sio_namespace_t *b = sio_of(t->io, "/b");
    sio_on_disconnect(b, test_sio_disconnected, t);
    for (int close = 0; close < 2; close++) {
        log_t log = {.t = t, .close = close};
        client_t peer;
        peer_open(&peer, t);
        peer_join(&peer, "/b", "", NULL);
        peer_join(&peer, "", "", NULL);
        sio_join(t->socket, "room");
        sio_on_disconnecting(t->socket, end_again, &log);
        sio_disconnect(t->socket, 0);
        peer_expect(&peer, "1");
        expect(&log, "en");
        assert_int_equal(sio_namespace_count(b), 1 - close);
        assert_int_equal(log.reason, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
        if (close) { /* the other namespaces of the client, and its connection */
            peer_expect(&peer, "1/b,");
            peer_expect_close(&peer);
        } else {
            peer_expect_nothing(&peer);
        }
        client_close(&peer);
        test_sio_until(t, sio_server_clients(t->io) == 0);
    }
}

static void end_other(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    (void) reason;
    note(log, 'o');
    if (socket != log->other)
        sio_disconnect(log->other, 1);
}

static void to_end_others_is_fine(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t one, two;
    sio_on_disconnecting(t->io, end_other, &log);
    peer_connect(&one, t);
    log.other = t->socket;
    peer_connect(&two, t);
    client_close(&two);
    test_sio_until(t, t->disconnects == 2);
    peer_expect(&one, "1");
    peer_expect_close(&one);
    expect(&log, "oo");
    client_close(&one);
}

static void close_server(sio_socket_t *socket, sio_reason_t reason, void *data) {
    log_t *log = data;
    note(log, 's');
    if (sio_server_close(sio_socket_server(socket), NULL, NULL) == 0)
        log->reason = reason;
    else
        assert_int_equal(reason, SIO_REASON_SERVER_SHUTTING_DOWN);
}

static void to_close_the_server_is_fine(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peers[3];
    for (int i = 0; i < 3; i++)
        peer_connect(&peers[i], t);
    sio_on_disconnecting(t->io, close_server, &log);
    peer_send(&peers[2], "1");
    test_sio_until(t, t->disconnects == 3);
    expect(&log, "sss");
    assert_int_equal(log.reason, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    assert_int_equal(t->reason, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT); /* the first, told last */
    for (int i = 0; i < 3; i++)
        client_close(&peers[i]);
}

static void told(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) socket, (void) reply;
    assert_int_equal(error, SIO_ECLOSED);
    note(data, 'a');
}

static void tell_room(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) reason;
    note(data, 't');
    assert_int_equal(sio_emit(sio_to(socket, "room"), "gone", "s", sio_socket_id(socket)), 0);
    /* Nobody is there to answer any more. */
    assert_int_equal(sio_emit_with_ack(socket, 0, told, data, "ask"), 0);
}

static void the_others_in_the_room_can_be_told(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t one, two;
    char id[21], packet[64];
    peer_connect(&one, t);
    sio_join(t->socket, "room");
    peer_open(&two, t);
    peer_join(&two, "", "", id);
    sio_join(t->socket, "room");
    sio_on_disconnecting(t->socket, tell_room, &log);
    peer_send(&two, "1");
    snprintf(packet, sizeof(packet), "2[\"gone\",\"%s\"]", id);
    peer_expect(&one, packet);
    expect(&log, "ta");
    client_close(&one);
    client_close(&two);
}

/* --- nothing behind the end [S27] --------------------------------------------------------- */

static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event;
    note(data, 'x');
}

static void hang_up(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, 'h');
    sio_disconnect(socket, 0);
}

static void no_listener_is_called_after_the_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->socket, "x", hang_up, &log);
    sio_on(t->socket, "x", on_event, &log);
    sio_on_any(t->socket, on_event, &log);
    sio_on_disconnect(t->socket, noted, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_expect(&peer, "1");
    expect(&log, "xhn");
    /* The namespace is not joined any more [P6]: the connection ends with the next event. */
    peer_send(&peer, "2[\"x\"]");
    peer_expect_close(&peer);
    expect(&log, "");
    client_close(&peer);
}

static void disconnect_in_connection(sio_socket_t *socket, void *data) {
    note(data, 'c');
    sio_disconnect(socket, 0);
}

static void no_connection_listener_is_called_after_the_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    sio_on_connection(t->io, disconnect_in_connection, &log);
    sio_on_connection(t->io, connected, &log);
    peer_open(&peer, t);
    peer_join(&peer, "", "", NULL);
    peer_expect(&peer, "1");
    expect(&log, "c");
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(disconnecting_rooms_left_acks_disconnect),
        IN_SIO(also_when_the_connection_is_lost),
        IN_SIO(never_for_one_that_was_not_connected),
        IN_SIO(listeners_for_one_time_and_their_removal),
        IN_SIO(listeners_of_one_socket),
        IN_SIO(to_end_it_again_is_nothing),
        IN_SIO(to_end_others_is_fine),
        IN_SIO(to_close_the_server_is_fine),
        IN_SIO(the_others_in_the_room_can_be_told),
        IN_SIO(no_listener_is_called_after_the_disconnect),
        IN_SIO(no_connection_listener_is_called_after_the_disconnect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
