/* Who gets what: rooms, exceptions, senders [S10-S12, S15, S22]. */
#include "../lib/sio.h"
#include "sio/namespace.h"
#include "sio/socket.h"

#define ONE "{\"_placeholder\":true,\"num\":0}"
#define TWO "{\"_placeholder\":true,\"num\":1}"

enum { PEERS = 4 };

typedef struct {
    test_sio_t sio;
    client_t peers[PEERS];
    sio_socket_t *sockets[PEERS];
    char ids[PEERS][21];
} fixture_t;

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    test_sio_open_with(&f->sio, NULL);
    for (int i = 0; i < PEERS; i++) {
        peer_open(&f->peers[i], &f->sio);
        peer_join(&f->peers[i], "", "", f->ids[i]);
        f->sockets[i] = f->sio.socket;
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

/* The event "x" has come exactly once to those whose digit is in `who`, and to nobody else. */
static void expect(fixture_t *f, const char *who) {
    for (int i = 0; i < PEERS; i++) {
        if (strchr(who, '0' + i) != NULL)
            peer_expect(&f->peers[i], "2[\"x\"]");
        peer_expect_nothing(&f->peers[i]);
    }
}

static void join(fixture_t *f, const char *room, const char *who) {
    for (; *who != '\0'; who++)
        assert_int_equal(sio_join(f->sockets[*who - '0'], room), 0);
}

static void to_everyone(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit(f->sio.io, "x"), 0);
    expect(f, "0123");
    assert_int_equal(sio_emit(sio_of(f->sio.io, "/"), "x"), 0);
    expect(f, "0123");
    assert_int_equal(sio_emit(sio_broadcast(f->sockets[1]), "x"), 0);
    expect(f, "023");
    assert_int_equal(sio_emit(sio_of(f->sio.io, "/other"), "x"), 0);
    expect(f, "");
}

static void to_rooms(void **state) {
    fixture_t *f = *state;
    join(f, "a", "01");
    join(f, "b", "12");
    join(f, "a", "0"); /* again: fine */
    sio_emit(sio_to(f->sio.io, "a"), "x");
    expect(f, "01");
    sio_emit(sio_in(sio_to(f->sio.io, "a"), "b"), "x"); /* once each */
    expect(f, "012");
    sio_emit(sio_to(f->sio.io, "nobody"), "x");
    expect(f, "");
    sio_emit(sio_to(sio_to(f->sio.io, "nobody"), "b"), "x");
    expect(f, "12");
    sio_emit(sio_to(f->sockets[1], "a"), "x");
    expect(f, "0");
    sio_emit(sio_to(sio_to(f->sockets[1], "a"), "b"), "x");
    expect(f, "02");
    sio_leave(f->sockets[1], "a");
    sio_leave(f->sockets[3], "a"); /* not in it: fine */
    sio_emit(sio_to(f->sio.io, "a"), "x");
    expect(f, "0");
}

static void with_exceptions(void **state) {
    fixture_t *f = *state;
    join(f, "a", "01");
    join(f, "b", "12");
    sio_emit(sio_except(f->sio.io, "a"), "x");
    expect(f, "23");
    sio_emit(sio_except(sio_except(f->sio.io, "a"), "b"), "x");
    expect(f, "3");
    sio_emit(sio_except(sio_to(f->sio.io, "a"), "b"), "x");
    expect(f, "0");
    sio_emit(sio_except(f->sockets[3], "b"), "x");
    expect(f, "0");
    sio_emit(sio_except(f->sio.io, "nobody"), "x");
    expect(f, "0123");
    sio_emit(sio_except(f->sio.io, f->ids[2]), "x");
    expect(f, "013");
}

static void an_id_is_a_room(void **state) {
    fixture_t *f = *state;
    sio_emit(sio_to(f->sio.io, f->ids[2]), "x");
    expect(f, "2");
    sio_emit(sio_to(f->sockets[2], f->ids[2]), "x");
    expect(f, "");
    /* Somebody else may join it. */
    join(f, f->ids[2], "2");
    join(f, f->ids[2], "0");
    sio_emit(sio_to(f->sio.io, f->ids[2]), "x");
    expect(f, "02");
    sio_leave(f->sockets[2], f->ids[2]);
    assert_true(sio_in_room(f->sockets[2], f->ids[2]));
    sio_emit(sio_to(sio_to(f->sio.io, f->ids[2]), f->ids[0]), "x");
    expect(f, "02");
}

static void volatile_ones(void **state) {
    fixture_t *f = *state;
    sio_emit(sio_volatile(f->sockets[0]), "x"); /* to this one */
    expect(f, "0");
    /* with a room: not to this one */
    sio_emit(sio_to(sio_volatile(f->sockets[0]), f->ids[1]), "x");
    expect(f, "1");
    sio_emit(sio_volatile(f->sio.io), "x");
    expect(f, "0123");
    /* With something queued before it, it is dropped [S15]. */
    sio_emit(f->sockets[0], "y");
    sio_emit(sio_volatile(f->sio.io), "x");
    peer_expect(&f->peers[0], "2[\"y\"]");
    expect(f, "123");
}

static void all_kinds_of_arguments(void **state) {
    fixture_t *f = *state;
    json_t *args = json_pack("[i,s]", 1, "two");
    sio_broadcast_t *kept = sio_broadcast_ref(sio_to(f->sio.io, f->ids[0]));
    assert_int_equal(sio_emit_json(kept, "j", args), 0);
    assert_int_equal(sio_emit_raw(kept, "r", "1,{}", 4), 0);
    assert_int_equal(sio_emit(kept, "b", "iB", 1, "abc", (size_t) 3), 0);
    peer_expect(&f->peers[0], "2[\"j\",1,\"two\"]");
    peer_expect(&f->peers[0], "2[\"r\",1,{}]");
    peer_expect(&f->peers[0], "51-[\"b\",1,{\"_placeholder\":true,\"num\":0}]");
    peer_expect_binary(&f->peers[0], "abc", 3);
    assert_int_equal(sio_emit(kept, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_emit(kept, "x", "s", NULL), SIO_EINVAL);
    assert_int_equal(sio_emit(kept, "x", "s", "\xff"), SIO_EUTF8);
    assert_int_equal(sio_emit(kept, "x", "?"), SIO_EFORMAT);
    expect(f, "");
    sio_broadcast_unref(kept);
    json_decref(args);
}

static void an_event_is_forwarded(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    assert_int_equal(sio_emit_event(sio_broadcast(socket), sio_event_name(event), event), 0);
}

static void what_came_in_is_forwarded(void **state) {
    fixture_t *f = *state;
    sio_on(f->sio.io, "fwd", an_event_is_forwarded, NULL);
    peer_send(&f->peers[0],
              "52-[\"fwd\",{\"a\":" TWO "}," ONE ",\"x\"]");
    peer_send_binary(&f->peers[0], "first", 5);
    peer_send_binary(&f->peers[0], "", 0);
    for (int i = 1; i < PEERS; i++) {
        peer_expect(&f->peers[i],
                    "52-[\"fwd\",{\"a\":" ONE "}," TWO ",\"x\"]");
        peer_expect_binary(&f->peers[i], "", 0);
        peer_expect_binary(&f->peers[i], "first", 5);
    }
    expect(f, "");
}

static void goodbye(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) reason, (void) data;
    /* In rooms still, as far as it is asked, but no broadcast reaches it. */
    assert_true(sio_in_room(socket, "a"));
    assert_int_equal(sio_emit(sio_to(sio_socket_server(socket), "a"), "x"), 0);
    assert_int_equal(sio_emit(sio_to(socket, "a"), "x"), 0);
}

static void the_one_who_leaves_gets_nothing(void **state) {
    fixture_t *f = *state;
    join(f, "a", "01");
    sio_on_disconnect(f->sockets[0], goodbye, NULL);
    sio_disconnect(f->sockets[0], 0);
    peer_expect(&f->peers[0], "1");
    peer_expect(&f->peers[1], "2[\"x\"]");
    expect(f, "1");
}

/* --- the rooms themselves ----------------------------------------------------------------- */

static int collect(const char *room, void *data) {
    strcat(strcat(data, room), " ");
    return 0;
}

static int stop(const char *room, void *data) {
    (void) data;
    return room[0] == 'b' ? 7 : 0;
}

static void rooms_of_a_socket(void **state) {
    fixture_t *f = *state;
    char text[128] = "";
    for (const char *room = "a\0b\0c\0d\0e\0"; *room != '\0'; room += 2)
        join(f, room, "0");
    sio_leave(f->sockets[0], "b");
    sio_leave(f->sockets[0], "e");
    sio_leave(f->sockets[0], "e");
    assert_int_equal(sio_socket_rooms(f->sockets[0], collect, text), 0);
    assert_int_equal(strlen(text), strlen(f->ids[0]) + strlen(" a c d "));
    assert_int_equal(strncmp(text, f->ids[0], 20), 0); /* its own comes first */
    assert_true(sio_in_room(f->sockets[0], "a") && sio_in_room(f->sockets[0], "c") &&
                sio_in_room(f->sockets[0], "d"));
    assert_false(sio_in_room(f->sockets[0], "b") || sio_in_room(f->sockets[0], "e"));
    join(f, "b", "0");
    assert_int_equal(sio_socket_rooms(f->sockets[0], stop, NULL), 7);
    assert_int_equal(sio_join(f->sockets[0], NULL), SIO_EINVAL);
    assert_int_equal(sio_join(f->sockets[0], ""), 0); /* a name like any other */
    sio_emit(sio_to(f->sio.io, ""), "x");
    expect(f, "0");
}

/* The membership that the test keeps, against the adapter's. */
static void random_joins_and_leaves(void **state) {
    enum { ROOMS = 24, STEPS = 4000 };
    fixture_t *f = *state;
    unsigned seed = 12345;
    char in[PEERS][ROOMS] = {{0}};
    for (int step = 0; step < STEPS; step++) {
        char name[24];
        seed = seed * 1103515245u + 12345u;
        int who = (int) (seed >> 16) % PEERS, room = (int) (seed >> 20) % ROOMS;
        int doing = (int) (seed >> 28) & 1;
        snprintf(name, sizeof(name), "room %d", room);
        if (doing)
            assert_int_equal(sio_join(f->sockets[who], name), 0);
        else
            assert_int_equal(sio_leave(f->sockets[who], name), 0);
        in[who][room] = (char) doing;
        if (step % 16 != 0)
            continue;
        for (int i = 0; i < PEERS; i++)
            for (int j = 0; j < ROOMS; j++) {
                snprintf(name, sizeof(name), "room %d", j);
                assert_int_equal(sio_in_room(f->sockets[i], name), in[i][j]);
            }
    }
    sio_emit(sio_to(sio_to(f->sio.io, "room 3"), "room 4"), "x");
    char who[PEERS + 1] = "";
    for (int i = 0; i < PEERS; i++)
        if (in[i][3] || in[i][4])
            who[strlen(who)] = (char) ('0' + i);
    expect(f, who);
    sio_disconnect(f->sockets[2], 0); /* out of all of them */
    peer_expect(&f->peers[2], "1");
    sio_emit(sio_except(f->sio.io, "room 3"), "x");
    memset(who, 0, sizeof(who));
    for (int i = 0; i < PEERS; i++)
        if (i != 2 && !in[i][3])
            who[strlen(who)] = (char) ('0' + i);
    expect(f, who);
}

static void a_stamp_that_wraps_around(void **state) {
    fixture_t *f = *state;
    join(f, "a", "01");
    sio_emit(sio_except(f->sio.io, "a"), "x"); /* leaves stamps behind */
    expect(f, "23");
    ((sio_namespace_t *) sio_of(f->sio.io, "/"))->stamp = UINT32_MAX;
    for (int i = 0; i < 3; i++) {
        sio_emit(sio_except(f->sio.io, "a"), "x");
        expect(f, "23");
    }
}

#define IN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(to_everyone),
        IN(to_rooms),
        IN(with_exceptions),
        IN(an_id_is_a_room),
        IN(volatile_ones),
        IN(all_kinds_of_arguments),
        IN(what_came_in_is_forwarded),
        IN(the_one_who_leaves_gets_nothing),
        IN(rooms_of_a_socket),
        IN(random_joins_and_leaves),
        IN(a_stamp_that_wraps_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
