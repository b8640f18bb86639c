/* The table of lifetimes in <sio.h>, row by row, and what belongs to it. */
#include "../lib/sio.h"

/* --- events ------------------------------------------------------------------------------- */

typedef struct {
    test_sio_t *t;
    sio_event_t *event;
    const char *text;
} kept_t;

static void keep_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    kept_t *kept = data;
    (void) socket;
    kept->t->calls++;
    if (kept->event == NULL)
        kept->event = sio_event_ref(event);
}

static void an_event_is_kept_by_a_reference(void **state) {
    test_sio_t *t = *state;
    kept_t kept = {.t = t};
    client_t peer;
    int number;
    sio_on(t->io, "keep", keep_event, &kept);
    peer_connect(&peer, t);
    peer_send(&peer, "51-7[\"keep\",\"text\",12,{\"_placeholder\":true,\"num\":0}]");
    peer_send_binary(&peer, "\1\2\3", 3);
    peer_send(&peer, "2[\"keep\",\"this comes into the same buffer and overwrites it\"]");
    client_until(&peer, t->calls == 2);
    assert_non_null(kept.event);
    assert_string_equal(sio_event_name(kept.event), "keep");
    assert_int_equal(sio_event_count(kept.event), 3);
    assert_int_equal(sio_event_unpack(kept.event, "si", &kept.text, &number), 0);
    assert_string_equal(kept.text, "text");
    assert_int_equal(number, 12);
    size_t length;
    assert_memory_equal(sio_event_binary(kept.event, 2, &length), "\1\2\3", 3);
    assert_int_equal(length, 3);
    assert_ptr_equal(sio_event_socket(kept.event), t->socket);
    assert_int_equal(sio_ack(kept.event, "s", "late"), 0);
    peer_expect(&peer, "37[\"late\"]");
    sio_event_unref(kept.event);
    client_close(&peer);
}

static void an_ack_after_the_disconnect_is_refused(void **state) {
    test_sio_t *t = *state;
    kept_t kept = {.t = t};
    client_t peer;
    sio_on(t->io, "keep", keep_event, &kept);
    peer_connect(&peer, t);
    peer_send(&peer, "27[\"keep\"]");
    client_until(&peer, t->calls == 1);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    /* The reference keeps the socket, too. */
    assert_false(sio_socket_connected(sio_event_socket(kept.event)));
    assert_int_equal(sio_ack(kept.event, "o", json_string("released")), SIO_ECLOSED);
    sio_event_unref(kept.event);
}

static void ack_twice(sio_socket_t *socket, sio_event_t *event, void *data) {
    test_sio_t *t = data;
    (void) socket;
    int wanted = sio_event_wants_ack(event);
    assert_int_equal(sio_ack(event, "i", 1), 0);
    assert_int_equal(sio_ack(event, "i", 2), wanted ? SIO_EDONE : 0);
    assert_false(sio_event_wants_ack(event));
    t->calls++;
}

static void an_ack_is_given_once(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_on(t->io, "ask", ack_twice, t);
    peer_connect(&peer, t);
    peer_send(&peer, "2123[\"ask\"]");
    peer_expect(&peer, "3123[1]");
    peer_send(&peer, "2[\"ask\"]"); /* no ack is asked for: nothing happens */
    peer_expect_nothing(&peer);
    assert_int_equal(t->calls, 2);
    client_close(&peer);
}

/* --- sockets ------------------------------------------------------------------------------ */

typedef struct {
    test_sio_t *t;
    int destroyed;
    int seen;
    char id[21];
} witness_t;

static void destroy_data(void *data) {
    ((witness_t *) data)->destroyed++;
}

static int count_room(const char *room, void *data) {
    (void) room;
    ++*(int *) data;
    return 0;
}

static void check_accessors(sio_socket_t *socket, const witness_t *witness) {
    int rooms = 0;
    assert_false(sio_socket_connected(socket));
    assert_string_equal(sio_socket_id(socket), witness->id);
    assert_string_equal(sio_socket_header(socket, "x-test"), "yes");
    assert_string_equal(sio_socket_query(socket, "name"), "a b");
    assert_null(sio_socket_query(socket, "other"));
    assert_non_null(strstr(sio_socket_url(socket), "EIO=4"));
    assert_string_equal(sio_socket_address(socket), "127.0.0.1");
    assert_string_equal(sio_socket_transport(socket), "websocket");
    assert_string_equal(sio_namespace_name(sio_socket_namespace(socket)), "/");
    assert_true(sio_in_room(socket, "room"));
    assert_true(sio_in_room(socket, witness->id));
    assert_false(sio_in_room(socket, "elsewhere"));
    assert_int_equal(sio_socket_rooms(socket, count_room, &rooms), 0);
    assert_int_equal(rooms, 2);
    assert_ptr_equal(sio_socket_data(socket), witness);
    assert_int_equal(sio_socket_buffered(socket), 0);
    assert_string_equal(json_string_value(json_object_get(sio_socket_auth(socket), "token")), "t");
    assert_int_equal(sio_emit(socket, "x", "o", json_string("released")), SIO_ECLOSED);
    assert_int_equal(sio_emit(sio_volatile(socket), "x"), SIO_ECLOSED);
    assert_int_equal(sio_join(socket, "x"), SIO_ECLOSED);
    assert_int_equal(sio_on(socket, "x", ack_twice, NULL), SIO_ECLOSED);
    assert_null(sio_after(socket, 1, NULL, NULL));
    assert_int_equal(sio_disconnect(socket, 0), 0);
}

static void at_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    witness_t *witness = data;
    assert_int_equal(reason, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    assert_int_equal(witness->t->disconnects, 0); /* the socket's own are called first */
    assert_int_equal(witness->destroyed, 0);
    assert_null(sio_namespace_socket(sio_of(witness->t->io, "/"), witness->id));
    check_accessors(socket, witness);
    witness->seen++;
}

static void meet(test_sio_t *t, client_t *peer, witness_t *witness) {
    peer_open_with(peer, &t->uv, t->port, "&name=a%20b", "X-Test: yes\r\n");
    peer_join(peer, "", "{\"token\":\"t\"}", witness->id);
    assert_int_equal(sio_join(t->socket, "room"), 0);
    sio_socket_set_data(t->socket, witness, destroy_data);
    assert_int_equal(sio_on_disconnect(t->socket, at_disconnect, witness), 0);
    assert_ptr_equal(sio_namespace_socket(sio_of(t->io, "/"), witness->id), t->socket);
}

static void a_socket_answers_in_its_disconnect_callbacks(void **state) {
    test_sio_t *t = *state;
    witness_t witness = {.t = t};
    client_t peer;
    meet(t, &peer, &witness);
    peer_send(&peer, "1");
    client_until(&peer, t->disconnects == 1);
    assert_int_equal(witness.seen, 1);
    client_until(&peer, witness.destroyed == 1);
    peer_settle(&peer); /* the connection stays [S23] */
    client_close(&peer);
}

static void a_socket_is_kept_by_a_reference(void **state) {
    test_sio_t *t = *state;
    witness_t witness = {.t = t};
    client_t peer;
    meet(t, &peer, &witness);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    peer_send(&peer, "1");
    client_until(&peer, t->disconnects == 1);
    check_accessors(socket, &witness);
    client_close(&peer);
    test_sio_until(t, sio_server_clients(t->io) == 0);
    check_accessors(socket, &witness); /* the handshake outlives the connection */
    assert_int_equal(witness.destroyed, 0);
    sio_socket_unref(socket);
    assert_int_equal(witness.destroyed, 1);
}

static void a_socket_is_kept_beyond_its_server(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    witness_t witness = {.t = t};
    peer_open_with(&peer, &t->uv, t->port, "", "X-Test: yes\r\n");
    peer_join(&peer, "", "", NULL);
    sio_join(t->socket, "room");
    sio_socket_set_data(t->socket, &witness, destroy_data);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    sio_server_free(t->io);
    t->io = NULL;
    uv_run(&t->uv, UV_RUN_DEFAULT);
    assert_int_equal(t->disconnects, 1);
    assert_int_equal(t->reason, SIO_REASON_SERVER_SHUTTING_DOWN);
    assert_string_equal(sio_socket_header(socket, "x-test"), "yes");
    assert_true(sio_in_room(socket, "room"));
    assert_string_equal(sio_namespace_name(sio_socket_namespace(socket)), "/");
    assert_null(sio_socket_server(socket));
    assert_int_equal(sio_emit(socket, "x", "o", json_string("released")), SIO_ECLOSED);
    assert_int_equal(sio_emit(sio_to(socket, "room"), "x"), SIO_EINVAL);
    sio_socket_unref(socket);
    assert_int_equal(witness.destroyed, 1);
    client_close(&peer);
}

static void data_is_destroyed_when_it_is_replaced(void **state) {
    test_sio_t *t = *state;
    witness_t first = {.t = t}, second = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_socket_set_data(t->socket, &first, destroy_data);
    sio_socket_set_data(t->socket, &second, destroy_data);
    assert_int_equal(first.destroyed, 1);
    sio_socket_set_data(t->socket, NULL, NULL);
    assert_int_equal(second.destroyed, 1);
    client_close(&peer);
}

/* --- disconnecting ------------------------------------------------------------------------ */

static void a_disconnect_leaves_the_connection(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    assert_int_equal(sio_disconnect(socket, 0), 0);
    assert_int_equal(t->disconnects, 1); /* before it returns */
    assert_int_equal(t->reason, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    assert_int_equal(sio_disconnect(socket, 0), 0); /* twice is fine */
    assert_int_equal(sio_disconnect(socket, 1), 0);
    assert_int_equal(t->disconnects, 1);
    sio_socket_unref(socket);
    peer_expect(&peer, "1");
    peer_join(&peer, "", "", NULL);
    assert_int_equal(t->connections, 2);
    client_close(&peer);
}

static void a_disconnect_ends_all_namespaces_and_the_connection(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_namespace_t *other = sio_of(t->io, "other");
    assert_string_equal(sio_namespace_name(other), "/other"); /* [P13] */
    sio_on_disconnect(other, test_sio_disconnected, t);
    peer_connect(&peer, t);
    peer_join(&peer, "/other", "", NULL);
    assert_int_equal(sio_disconnect(t->socket, 1), 0);
    assert_int_equal(t->disconnects, 2);
    assert_int_equal(t->reason, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    peer_expect(&peer, "1/other,");
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    client_close(&peer);
}

/* --- broadcasts --------------------------------------------------------------------------- */

static void a_chain_that_nothing_ends_is_reclaimed(void **state) {
    test_sio_t *t = *state;
    sio_broadcast_t *first = sio_to(t->io, "a");
    assert_non_null(first);
    assert_ptr_equal(sio_except(first, "b"), first); /* lengthened in place */
    test_sio_turns(t);
    /* Its memory serves the next one, which is empty. */
    sio_broadcast_t *second = sio_volatile(t->io);
    assert_ptr_equal(second, first);
    assert_int_equal(sio_emit(second, "x"), 0);
}

static void a_kept_chain_is_used_again(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    sio_join(t->socket, "a");
    sio_broadcast_t *kept = sio_broadcast_ref(sio_to(t->io, "a"));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sio_emit(kept, "x", "i", i), 0);
        test_sio_turns(t);
    }
    sio_broadcast_t *longer = sio_except(kept, "a"); /* a copy: the kept one never changes */
    assert_ptr_not_equal(longer, kept);
    assert_int_equal(sio_emit(longer, "not for a"), 0);
    assert_int_equal(sio_emit(kept, "x", "i", 3), 0);
    for (int i = 0; i < 4; i++) {
        char text[32];
        snprintf(text, sizeof(text), "2[\"x\",%d]", i);
        peer_expect(&peer, text);
    }
    sio_broadcast_ref(kept);
    sio_broadcast_unref(kept);
    sio_broadcast_unref(kept);
    client_close(&peer);
}

static void a_kept_chain_may_outlive_the_server(void **state) {
    test_sio_t *t = *state;
    sio_broadcast_t *kept = sio_broadcast_ref(sio_to(t->io, "a"));
    sio_server_free(t->io);
    t->io = NULL;
    uv_run(&t->uv, UV_RUN_DEFAULT);
    assert_int_equal(sio_emit(kept, "x", "o", json_string("released")), SIO_ECLOSED);
    assert_null(sio_to(kept, "b"));
    sio_broadcast_unref(kept);
}

static void a_failed_verb_ends_the_chain_too(void **state) {
    test_sio_t *t = *state;
    sio_broadcast_t *chain = sio_to(t->io, "a");
    assert_int_equal(sio_emit(chain, "disconnect"), SIO_ERESERVED);
    assert_ptr_equal(sio_to(t->io, "b"), chain); /* it was given back */
    assert_null(sio_to(chain, NULL));
    assert_ptr_equal(sio_to(t->io, "c"), chain);
}

static void nothing_falls_over_null(void **state) {
    sio_broadcast_t *none = NULL;
    (void) state;
    assert_null(sio_to((sio_server_t *) NULL, "a"));
    assert_null(sio_to((sio_socket_t *) NULL, "a"));
    assert_null(sio_except(sio_to(sio_volatile(none), "a"), "b"));
    assert_int_equal(sio_emit(none, "x", "o", json_string("released")), SIO_EINVAL);
    assert_int_equal(sio_emit((sio_socket_t *) NULL, "x", "o", json_string("released")),
                     SIO_EINVAL);
    assert_int_equal(sio_emit((sio_namespace_t *) NULL, "x"), SIO_EINVAL);
    assert_int_equal(sio_ack((sio_event_t *) NULL, "o", json_string("released")), SIO_EINVAL);
    assert_null(sio_broadcast_ref(NULL));
    sio_broadcast_unref(NULL);
    sio_socket_unref(NULL);
    sio_timer_stop(NULL);
    sio_server_free(NULL);
    assert_int_equal(sio_next(NULL), SIO_EINVAL);
    assert_int_equal(sio_join(NULL, "a"), SIO_EINVAL);
    assert_int_equal(sio_disconnect(NULL, 1), SIO_EINVAL);
    assert_null(sio_of(NULL, "/"));
}

/* --- the server --------------------------------------------------------------------------- */

static void on_closed(sio_server_t *server, void *data) {
    test_sio_t *t = data;
    (void) server;
    t->closed++;
}

static void a_close_is_graceful(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    sio_emit(t->io, "last", "s", "words");
    assert_int_equal(sio_server_close(t->io, on_closed, t), 0);
    assert_int_equal(t->closed, 0); /* from the loop */
    assert_int_equal(t->disconnects, 1);
    assert_int_equal(t->reason, SIO_REASON_SERVER_SHUTTING_DOWN);
    assert_int_equal(sio_server_close(t->io, on_closed, t), SIO_EDONE);
    assert_int_equal(sio_listen(t->io, "127.0.0.1", 0), SIO_ECLOSED);
    assert_int_equal(sio_post(t->io, on_closed, t), SIO_ECLOSED);
    assert_null(sio_after(t->io, 1, on_closed, t));
    peer_expect(&peer, "2[\"last\",\"words\"]");
    peer_expect_close(&peer); /* no DISCONNECT packet [S3] */
    peer_frame(&peer, 8, "", 0);
    client_until(&peer, t->closed == 1);
    client_close(&peer);
}

static void free_server(sio_server_t *server, void *data) {
    test_sio_t *t = data;
    t->closed++;
    sio_server_free(server);
    t->io = NULL;
}

static void a_server_may_be_freed_in_its_close_callback(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_server_close(t->io, free_server, t), 0);
    peer_expect_close(&peer);
    client_close(&peer);
    test_sio_until(t, t->closed == 1);
}

static void a_server_may_be_freed_without_a_close(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    sio_after(t->io, 1, on_closed, t);
    sio_server_free(t->io);
    t->io = NULL;
    assert_int_equal(t->disconnects, 1);
    uv_run(&t->uv, UV_RUN_DEFAULT);
    assert_int_equal(t->closed, 0);
    client_until(&peer, peer.ended || peer.error != 0);
    client_close(&peer);
}

static void bad_options_leave_the_output_alone(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_server_t *server = NULL;
    (void) state;
    options.transports = "carrier-pigeon";
    assert_int_equal(sio_server_new(&server, NULL, &options), SIO_EINVAL);
    assert_null(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(an_event_is_kept_by_a_reference),
        IN_SIO(an_ack_after_the_disconnect_is_refused),
        IN_SIO(an_ack_is_given_once),
        IN_SIO(a_socket_answers_in_its_disconnect_callbacks),
        IN_SIO(a_socket_is_kept_by_a_reference),
        IN_SIO(a_socket_is_kept_beyond_its_server),
        IN_SIO(data_is_destroyed_when_it_is_replaced),
        IN_SIO(a_disconnect_leaves_the_connection),
        IN_SIO(a_disconnect_ends_all_namespaces_and_the_connection),
        IN_SIO(a_chain_that_nothing_ends_is_reclaimed),
        IN_SIO(a_kept_chain_is_used_again),
        IN_SIO(a_kept_chain_may_outlive_the_server),
        IN_SIO(a_failed_verb_ends_the_chain_too),
        IN_SIO(nothing_falls_over_null),
        IN_SIO(a_close_is_graceful),
        IN_SIO(a_server_may_be_freed_in_its_close_callback),
        IN_SIO(a_server_may_be_freed_without_a_close),
        cmocka_unit_test(bad_options_leave_the_output_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
