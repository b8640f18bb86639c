/* What a socket says of itself [S20, S22]; its handshake [S21] is in handshake.c. */
#include "../lib/sio.h"

static int append(const char *room, void *data) {
    char *text = data;
    strcat(strcat(text, room), " ");
    return 0;
}

/* [S20] */
static void a_socket_and_what_it_belongs_to(void **state) {
    test_sio_t *t = *state;
    sio_namespace_t *b = sio_of(t->io, "/b");
    client_t peer;
    char id[21];
    sio_on_connection(b, test_sio_connected, t);
    peer_open(&peer, t);
    peer_join(&peer, "", "", id);
    sio_socket_t *first = t->socket;
    assert_string_equal(sio_socket_id(first), id);
    peer_join(&peer, "/b", "", id);
    sio_socket_t *second = t->socket;
    assert_string_equal(sio_socket_id(second), id);
    assert_string_not_equal(sio_socket_id(first), id);
    assert_ptr_equal(sio_socket_namespace(first), sio_of(t->io, "/"));
    assert_ptr_equal(sio_socket_namespace(second), b);
    assert_ptr_equal(sio_socket_server(second), t->io);
    /* One client, whose id is neither's. */
    eio_socket_t *conn = sio_socket_conn(first);
    assert_ptr_equal(conn, sio_socket_conn(second));
    assert_int_equal(strlen(eio_socket_id(conn)), 20);
    assert_string_not_equal(eio_socket_id(conn), sio_socket_id(first));
    assert_string_not_equal(eio_socket_id(conn), id);
    assert_string_equal(eio_socket_transport(conn), sio_socket_transport(first));
    assert_true(sio_socket_connected(first));
    assert_false(sio_socket_connected(NULL));
    assert_false(sio_socket_recovered(first));
    assert_null(sio_socket_data(first));
    sio_socket_set_data(first, t, NULL);
    assert_ptr_equal(sio_socket_data(first), t);
    sio_socket_ref(first);
    sio_socket_set_data(first, NULL, NULL);
    client_close(&peer);
    test_sio_until(t, sio_server_clients(t->io) == 0);
    assert_false(sio_socket_connected(first));
    assert_ptr_equal(sio_socket_conn(first), conn); /* as long as the socket */
    assert_int_equal(strlen(eio_socket_id(conn)), 20);
    sio_socket_unref(first);
}

/* [S22] */
static void rooms_are_joined_one_by_one_or_several_at_once(void **state) {
    static const char *const rooms[] = {"a", "b", "a", "c"}, *const bad[] = {"d", NULL, "e"};
    test_sio_t *t = *state;
    client_t peer;
    char text[128] = "", expected[128];
    peer_connect(&peer, t);
    assert_true(sio_in_room(t->socket, sio_socket_id(t->socket)));
    assert_int_equal(sio_join_rooms(t->socket, rooms, 4), 0);
    assert_int_equal(sio_join_rooms(t->socket, NULL, 0), 0);
    assert_int_equal(sio_join_rooms(t->socket, NULL, 1), SIO_EINVAL);
    assert_int_equal(sio_join_rooms(NULL, rooms, 4), SIO_EINVAL);
    assert_int_equal(sio_join_rooms(t->socket, bad, 3), SIO_EINVAL);
    assert_int_equal(sio_leave(t->socket, "b"), 0);
    sio_socket_rooms(t->socket, append, text);
    snprintf(expected, sizeof(expected), "%s a d c ", sio_socket_id(t->socket));
    assert_string_equal(text, expected);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    assert_int_equal(sio_join_rooms(socket, rooms, 4), SIO_ECLOSED);
    assert_int_equal(sio_join_rooms(socket, NULL, 0), SIO_ECLOSED);
    sio_socket_unref(socket);
}

/* --- errors that nobody listens to [S24] -------------------------------------------------- */

typedef struct {
    int errors;
    char text[128];
} heard_t;

static void hear(sio_log_level_t level, const char *category, const char *text, void *data) {
    heard_t *heard = data;
    if (level != SIO_LOG_ERROR)
        return;
    assert_string_equal(category, "socket");
    heard->errors++;
    snprintf(heard->text, sizeof(heard->text), "%s", text);
}

static void refuse(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) socket, (void) event, (void) data;
    assert_int_equal(sio_next_error(next, "not that", NULL), 0);
}

static void an_error_that_nobody_listens_to_goes_to_the_log(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    heard_t heard = {0};
    test_sio_t t;
    client_t peer;
    (void) state;
    options.log = hear;
    options.log_data = &heard;
    test_sio_open_with(&t, &options);
    peer_connect(&peer, &t);
    sio_use(t.socket, refuse, NULL);
    peer_send(&peer, "2[\"x\"]");
    peer_settle(&peer);
    assert_int_equal(heard.errors, 1);
    assert_non_null(strstr(heard.text, sio_socket_id(t.socket)));
    assert_non_null(strstr(heard.text, "missing error handler: not that"));
    client_close(&peer);
    test_sio_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(a_socket_and_what_it_belongs_to),
        IN_SIO(rooms_are_joined_one_by_one_or_several_at_once),
        cmocka_unit_test(an_error_that_nobody_listens_to_goes_to_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
