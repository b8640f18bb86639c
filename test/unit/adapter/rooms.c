/* The built-in adapter: events of rooms [A4], remote control of the sockets here [S16, S17]. */
#include "../lib/sio.h"

enum { PEERS = 3 };

typedef struct {
    test_sio_t sio;
    client_t peers[PEERS];
    char ids[PEERS][21];
    char log[1024];
    int fetches;
    int fetch_error;
    size_t fetched;
    const char *leave_inside;
} fixture_t;

static void note(fixture_t *f, const char *text) {
    size_t used = strlen(f->log);
    snprintf(f->log + used, sizeof(f->log) - used, "%s ", text);
}

/* An id by the number of its peer. */
static const char *short_name(const fixture_t *f, const char *name) {
    static const char *const names[PEERS] = {"#0", "#1", "#2"};
    for (int i = 0; i < PEERS; i++)
        if (name != NULL && strcmp(name, f->ids[i]) == 0)
            return names[i];
    return name != NULL ? name : "-";
}

static void on_room(sio_namespace_t *nsp, sio_room_event_t what, const char *room, const char *id,
                    void *data) {
    static const char *const words[] = {"create", "delete", "join", "leave"};
    fixture_t *f = data;
    char text[128];
    /* A new socket's id is its last room. */
    snprintf(text, sizeof(text), "%s:%s:%s", words[what], short_name(f, room), short_name(f, id));
    note(f, text);
    if (what == SIO_ROOM_JOIN && f->leave_inside != NULL)
        sio_leave(sio_namespace_socket(nsp, id), f->leave_inside);
}

static void expect_log(fixture_t *f, const char *text) {
    assert_string_equal(f->log, text);
    f->log[0] = '\0';
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    test_sio_open_with(&f->sio, NULL);
    for (int i = 0; i < PEERS; i++) {
        peer_open(&f->peers[i], &f->sio);
        peer_join(&f->peers[i], "", "", f->ids[i]);
    }
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < PEERS; i++)
        client_close(&f->peers[i]);
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static sio_socket_t *socket_of(fixture_t *f, int peer) {
    return sio_namespace_socket(sio_server_sockets(f->sio.io), f->ids[peer]);
}

/* [A4] */
static void rooms_come_and_go(void **state) {
    fixture_t *f = *state;
    sio_namespace_t *nsp = sio_server_sockets(f->sio.io);
    assert_int_equal(sio_namespace_on_room(nsp, on_room, f), 0);
    sio_join(socket_of(f, 0), "a");
    sio_join(socket_of(f, 0), "a");
    sio_join(socket_of(f, 1), "a");
    expect_log(f, "create:a:- join:a:#0 join:a:#1 ");
    assert_int_equal(sio_namespace_room_size(nsp, "a"), 2);
    assert_int_equal(sio_namespace_room_size(nsp, f->ids[0]), 1);
    assert_int_equal(sio_namespace_room_size(nsp, "none"), 0);
    sio_leave(socket_of(f, 0), "a");
    sio_leave(socket_of(f, 0), "a");
    expect_log(f, "leave:a:#0 ");
    sio_disconnect(socket_of(f, 1), 0);
    expect_log(f, "leave:a:#1 delete:a:- leave:#1:#1 delete:#1:- ");
    assert_int_equal(sio_namespace_room_size(nsp, "a"), 0);
    assert_int_equal(sio_namespace_off_room(nsp, on_room, f), 0);
    sio_join(socket_of(f, 0), "a");
    expect_log(f, "");
}

/* [A4] The own id is a room from the connection on. */
static void own_rooms(void **state) {
    fixture_t *f = *state;
    client_t peer;
    char id[21], expected[128];
    sio_namespace_on_room(sio_server_sockets(f->sio.io), on_room, f);
    peer_open(&peer, &f->sio);
    peer_join(&peer, "", "", id);
    snprintf(expected, sizeof(expected), "create:%s:- join:%s:%s ", id, id, id);
    expect_log(f, expected);
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects == 1);
}

static void watchers_may_change_rooms(void **state) {
    fixture_t *f = *state;
    sio_namespace_on_room(sio_server_sockets(f->sio.io), on_room, f);
    f->leave_inside = "a";
    assert_int_equal(sio_join(socket_of(f, 0), "a"), 0);
    expect_log(f, "create:a:- join:a:#0 leave:a:#0 delete:a:- ");
    assert_false(sio_in_room(socket_of(f, 0), "a"));
    f->leave_inside = NULL;
    assert_int_equal(sio_join(socket_of(f, 0), "a"), 0);
    expect_log(f, "create:a:- join:a:#0 ");
}

static void end_first(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                      const char *id, void *data) {
    fixture_t *f = data;
    on_room(nsp, what, room, id, data);
    if (what == SIO_ROOM_CREATE)
        sio_disconnect(socket_of(f, 0), 0);
}

/* Nobody has a reference to it. */
static void watchers_may_end_who_joins(void **state) {
    fixture_t *f = *state;
    sio_namespace_on_room(sio_server_sockets(f->sio.io), end_first, f);
    assert_int_equal(sio_join(socket_of(f, 0), "a"), 0);
    expect_log(f, "create:a:- leave:a:#0 delete:a:- leave:#0:#0 delete:#0:- ");
    assert_null(socket_of(f, 0));
}

static void on_sockets(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    fixture_t *f = data;
    f->fetches++;
    f->fetch_error = error;
    f->fetched = count;
    for (size_t i = 0; error == 0 && i < count; i++) {
        const char *id = sio_remote_id(sockets[i]);
        assert_ptr_equal(sio_remote_local(sockets[i]), sio_namespace_socket(nsp, id));
        note(f, short_name(f, id));
        assert_string_equal(json_string_value(json_array_get(sio_remote_rooms(sockets[i]), 0)), id);
        assert_non_null(json_object_get(sio_remote_handshake(sockets[i]), "headers"));
        assert_true(json_is_object(sio_remote_data(sockets[i])));
        sio_emit(sio_only(sockets[i]), "found", "s", id);
        sio_sockets_join(sio_only(sockets[i]), "found");
    }
}

/* [S16] */
static void sockets_are_fetched(void **state) {
    fixture_t *f = *state;
    char packet[64];
    json_object_set_new(sio_socket_shared_data(socket_of(f, 1)), "name", json_string("x"));
    sio_join(socket_of(f, 1), "a");
    assert_int_equal(sio_fetch_sockets(sio_in(f->sio.io, "a"), on_sockets, f), 0);
    assert_int_equal(f->fetches, 0); /* never from inside the verb */
    test_sio_until(&f->sio, f->fetches == 1);
    expect_log(f, "#1 ");
    snprintf(packet, sizeof(packet), "2[\"found\",\"%s\"]", f->ids[1]);
    peer_expect(&f->peers[1], packet);
    assert_true(sio_in_room(socket_of(f, 1), "found"));
    assert_int_equal(sio_fetch_sockets(f->sio.io, on_sockets, f), 0);
    test_sio_until(&f->sio, f->fetches == 2);
    assert_int_equal(f->fetched, PEERS);
    assert_int_equal(sio_fetch_sockets(sio_except(sio_server_sockets(f->sio.io), "found"),
                                       on_sockets, f), 0);
    test_sio_until(&f->sio, f->fetches == 3);
    assert_int_equal(f->fetched, 0); /* all of them were moved there */
    assert_int_equal(sio_fetch_sockets(f->sio.io, NULL, f), SIO_EINVAL);
    assert_int_equal(sio_fetch_sockets((sio_broadcast_t *) NULL, on_sockets, f), SIO_EINVAL);
}

static void a_fetch_outlives_its_server_by_an_error(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_fetch_sockets(f->sio.io, on_sockets, f), 0);
    sio_server_free(f->sio.io);
    f->sio.io = NULL;
    assert_int_equal(f->fetches, 1);
    assert_int_equal(f->fetch_error, SIO_ECLOSED);
}

/* [S17] */
static void sockets_are_moved(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_sockets_join(f->sio.io, "all"), 0);
    assert_int_equal(sio_sockets_join(sio_to(f->sio.io, f->ids[0]), "some"), 0);
    assert_int_equal(sio_sockets_join(sio_to(f->sio.io, f->ids[2]), "some"), 0);
    assert_int_equal(sio_namespace_room_size(sio_server_sockets(f->sio.io), "all"), PEERS);
    assert_int_equal(sio_sockets_leave(sio_in(f->sio.io, "some"), "all"), 0);
    sio_emit(sio_to(f->sio.io, "all"), "x");
    peer_expect(&f->peers[1], "2[\"x\"]");
    peer_expect_nothing(&f->peers[0]);
    peer_expect_nothing(&f->peers[2]);
    assert_int_equal(sio_sockets_join(f->sio.io, NULL), SIO_EINVAL);
    /* A chain from a socket leaves it out. */
    assert_int_equal(sio_sockets_leave(sio_to(socket_of(f, 0), "some"), "some"), 0);
    assert_true(sio_in_room(socket_of(f, 0), "some"));
    assert_false(sio_in_room(socket_of(f, 2), "some"));
}

/* [S17] */
static void sockets_are_disconnected(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_disconnect_sockets(sio_to(f->sio.io, f->ids[0]), 0), 0);
    peer_expect(&f->peers[0], "1");
    assert_int_equal(f->sio.reason, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    peer_settle(&f->peers[0]); /* the connection is still there */
    assert_int_equal(sio_disconnect_sockets(f->sio.io, 1), 0);
    for (int i = 1; i < PEERS; i++) {
        peer_expect(&f->peers[i], "1");
        peer_expect_close(&f->peers[i]);
    }
    assert_int_equal(f->sio.disconnects, PEERS);
}

static int each(sio_socket_t *socket, void *data) {
    fixture_t *f = data;
    note(f, short_name(f, sio_socket_id(socket)));
    /* Those that end meanwhile are left out. */
    for (int i = 0; i < PEERS; i++)
        if (socket_of(f, i) != NULL && socket_of(f, i) != socket)
            sio_disconnect(socket_of(f, i), 0);
    return 7;
}

static void each_of_the_targets(void **state) {
    fixture_t *f = *state;
    sio_targets_t targets = {.rooms = {f->ids[1], sizeof(f->ids[1])}};
    assert_int_equal(sio_memory_each(sio_server_sockets(f->sio.io), &targets, each, f), 7);
    expect_log(f, "#1 ");
    assert_int_equal(f->sio.disconnects, PEERS - 1);
    assert_int_equal(sio_memory_each(NULL, &targets, each, f), SIO_EINVAL);
}

static void names_behind_each_other(void **state) {
    sio_rooms_t rooms = {"one\0two\0", 9}, none = {NULL, 0}; /* the last one is empty */
    (void) state;
    assert_null(sio_rooms_next(&none, NULL));
    const char *name = sio_rooms_next(&rooms, NULL);
    assert_string_equal(name, "one");
    name = sio_rooms_next(&rooms, name);
    assert_string_equal(name, "two");
    name = sio_rooms_next(&rooms, name);
    assert_string_equal(name, "");
    assert_null(sio_rooms_next(&rooms, name));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(rooms_come_and_go),
        CASE(own_rooms),
        CASE(watchers_may_change_rooms),
        CASE(sockets_are_fetched),
        CASE(a_fetch_outlives_its_server_by_an_error),
        CASE(sockets_are_moved),
        CASE(sockets_are_disconnected),
        CASE(each_of_the_targets),
        CASE(watchers_may_end_who_joins),
        cmocka_unit_test(names_behind_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
