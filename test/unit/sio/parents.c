/* Parent namespaces: by pattern, by function, their children [S4-S7]. */
#include "../lib/sio.h"
#include "sio/namespace.h"

enum { CHILDREN = 6 };

typedef struct {
    test_sio_t sio;
    sio_match_t *match; /* undecided */
    int asked;
    int allow;
    char name[64];
    int token;
    int made;
    char made_name[64];
    int events;
    int uses;
    int rc;
    const char *also; /* a namespace that is made in the function */
} fixture_t;

static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    (void) event;
    ((fixture_t *) data)->events++;
}

static void count_use(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket;
    ((fixture_t *) data)->uses++;
    sio_next(next);
}

static void refuse(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket;
    (void) data;
    sio_next_error(next, "no", NULL);
}

/* Each needs data of its own, so that both forms of a listener's data are copied. */
static void prepare(fixture_t *f, sio_namespace_t *parent) {
    assert_non_null(parent);
    assert_int_equal(sio_use(parent, count_use, f), 0);
    assert_int_equal(sio_on_connection(parent, test_sio_connected, &f->sio), 0);
    assert_int_equal(sio_on_disconnect(parent, test_sio_disconnected, &f->sio), 0);
    assert_int_equal(sio_on(parent, "x", on_event, f), 0);
}

static void ask(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    fixture_t *f = data;
    f->asked++;
    snprintf(f->name, sizeof(f->name), "%s", name);
    f->token = (int) json_integer_value(json_object_get(auth, "token"));
    if (f->also != NULL)
        assert_non_null(sio_of(f->sio.io, f->also));
    if (f->allow < 0) {
        f->match = match;
        return;
    }
    f->rc = sio_match(match, f->allow);
    assert_int_equal(sio_match(match, 1), SIO_EDONE);
}

static void on_new(sio_namespace_t *nsp, void *data) {
    fixture_t *f = data;
    f->made++;
    snprintf(f->made_name, sizeof(f->made_name), "%s", sio_namespace_name(nsp));
}

static int setup_with(void **state, int cleanup) {
    sio_options_t options = SIO_OPTIONS_INIT;
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    options.cleanup_empty_child_namespaces = cleanup;
    options.max_child_namespaces = CHILDREN;
    test_sio_open_with(&f->sio, &options);
    assert_int_equal(sio_on_new_namespace(f->sio.io, on_new, f), 0);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 0);
}

static int setup_cleaning(void **state) {
    return setup_with(state, 1);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static void expect_refused(client_t *peer, const char *name) {
    char packet[128];
    snprintf(packet, sizeof(packet), "0%s,", name);
    peer_send(peer, packet);
    snprintf(packet, sizeof(packet), "4%s,{\"message\":\"Invalid namespace\"}", name);
    peer_expect(peer, packet);
}

/* [S5, S6] */
static void parent_namespaces_by_pattern(void **state) {
    fixture_t *f = *state;
    client_t peer;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/room-\\d+$");
    prepare(f, parent);
    peer_open(&peer, &f->sio);
    expect_refused(&peer, "/room-");
    expect_refused(&peer, "/room-1x");
    expect_refused(&peer, "/a/room-1");
    assert_int_equal(f->made, 0);
    peer_join(&peer, "/room-1", "", NULL);
    assert_int_equal(f->made, 1);
    assert_string_equal(f->made_name, "/room-1");
    assert_int_equal(f->uses, 1);
    assert_int_equal(f->sio.connections, 1);
    sio_namespace_t *child = sio_socket_namespace(f->sio.socket);
    assert_ptr_equal(sio_namespace_parent(child), parent);
    assert_null(sio_namespace_parent(parent));
    assert_ptr_equal(sio_of(f->sio.io, "/room-1"), child);
    peer_send(&peer, "2/room-1,[\"x\"]");
    peer_settle(&peer);
    assert_int_equal(f->events, 1);
    assert_int_equal(sio_namespace_count(parent), 0);
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects == 1);
    assert_ptr_equal(sio_of(f->sio.io, "/room-1"), child); /* it stays */
    assert_int_equal(f->made, 1);
}

/* [S6] What the parent gets later is not for the children there are. */
static void children_begin_with_what_there_is(void **state) {
    fixture_t *f = *state;
    client_t peer;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    prepare(f, parent);
    peer_send(&peer, "2/n1,[\"x\"]");
    peer_settle(&peer);
    assert_int_equal(f->events, 0);
    peer_join(&peer, "/n2", "", NULL);
    peer_send(&peer, "2/n2,[\"x\"]");
    peer_settle(&peer);
    assert_int_equal(f->events, 1);
    assert_int_equal(f->uses, 1);
    client_close(&peer);
}

/* [S6] */
static void code_that_asks_for_a_name_adopts_it(void **state) {
    fixture_t *f = *state;
    client_t peer;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    prepare(f, parent);
    sio_namespace_t *child = sio_of(f->sio.io, "n1"), *other = sio_of(f->sio.io, "/other");
    assert_ptr_equal(sio_namespace_parent(child), parent);
    assert_null(sio_namespace_parent(other));
    assert_int_equal(f->made, 2);
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    assert_int_equal(f->uses, 1);
    client_close(&peer);
}

/* [S5] */
static void parent_namespaces_by_function(void **state) {
    fixture_t *f = *state;
    client_t peer;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    expect_refused(&peer, "/no");
    assert_int_equal(f->asked, 1);
    assert_int_equal(f->rc, 0);
    f->allow = 1;
    peer_join(&peer, "/yes", "{\"token\":7}", NULL);
    assert_string_equal(f->name, "/yes");
    assert_int_equal(f->token, 7);
    assert_int_equal(f->uses, 1);
    /* It is asked about what is not there. */
    peer_send(&peer, "1/yes,");
    peer_join(&peer, "/yes", "", NULL);
    assert_int_equal(f->asked, 2);
    client_close(&peer);
}

/* Here a name ends with its NUL: what is behind it would get by whoever compares names. */
static void a_name_with_a_nul_is_none(void **state) {
    static const char packet[] = "40/yes\0no,";
    fixture_t *f = *state;
    client_t peer;
    f->allow = 1;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_frame(&peer, 1, packet, sizeof(packet) - 1);
    assert_non_null(strstr(peer_next(&peer)->data, "44/yes"));
    assert_int_equal(f->asked, 0);
    client_close(&peer);
}

static void a_parent_outlives_its_server_for_nobody(void **state) {
    fixture_t *f = *state;
    client_t peer;
    prepare(f, sio_of_pattern(f->sio.io, "^/n\\d"));
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    sio_socket_t *socket = sio_socket_ref(f->sio.socket);
    assert_non_null(sio_namespace_parent(sio_socket_namespace(socket)));
    test_sio_close(&f->sio);
    assert_null(sio_namespace_parent(sio_socket_namespace(socket)));
    sio_socket_unref(socket);
    client_close(&peer);
    test_sio_open_with(&f->sio, NULL); /* for the teardown */
}

/* [S5] */
static void a_function_may_take_its_time(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    f->allow = -1;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0/never,{\"token\":7}");
    test_sio_until(&f->sio, f->asked == 1);

    peer_open(&other, &f->sio);
    peer_send(&other, "0/later,");
    test_sio_until(&f->sio, f->asked == 2);
    assert_int_equal(f->sio.connections, 0);
    assert_int_equal(sio_match(f->match, 1), 0);
    const message_t *message = peer_next(&other);
    assert_int_equal(strncmp(message->data, "40/later,{\"sid\":\"", 17), 0);
    client_close(&peer);
    client_close(&other);
    test_sio_until(&f->sio, f->sio.disconnects == 1);
}

/* The peer goes before it is decided. */
static void a_peer_may_not_wait(void **state) {
    fixture_t *f = *state;
    client_t peer;
    f->allow = -1;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0/later,");
    test_sio_until(&f->sio, f->asked == 1);
    client_close(&peer);
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 0);
    assert_int_equal(sio_match(f->match, 1), SIO_ECLOSED);
    assert_int_equal(f->made, 0);
}

/* Never decided: it goes with the server. */
static void it_may_never_be_decided(void **state) {
    fixture_t *f = *state;
    client_t peer;
    f->allow = -1;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0/a,");
    test_sio_until(&f->sio, f->asked == 1);
    client_close(&peer);
}

static void names_undecided_are_bounded(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    char packet[32];
    f->allow = -1;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_open(&other, &f->sio);
    for (int i = 0; i < 16; i++) {
        snprintf(packet, sizeof(packet), "0/n%d,", i);
        peer_send(&peer, packet);
    }
    test_sio_until(&f->sio, f->asked == 16);
    assert_int_equal(sio_match(f->match, 0), 0); /* which leaves room for one */
    peer_expect(&peer, "4/n15,{\"message\":\"Invalid namespace\"}");
    peer_send(&peer, "0/n16,");
    test_sio_until(&f->sio, f->asked == 17);
    peer_send(&other, "0/n17,"); /* whom it does not concern */
    test_sio_until(&f->sio, f->asked == 18);
    peer_send(&peer, "0/n18,");
    peer_expect_close(&peer);
    assert_int_equal(f->asked, 18);
    client_close(&peer);
    client_close(&other);
}

/* [S5] Parents are asked in order; what one refuses another may allow. */
static void parents_in_order(void **state) {
    fixture_t *f = *state;
    fixture_t second = {.allow = 1};
    client_t peer;
    prepare(f, sio_of_match(f->sio.io, ask, f));
    sio_namespace_t *middle = sio_of_pattern(f->sio.io, "^/middle");
    sio_namespace_t *last = sio_of_match(f->sio.io, ask, &second);
    sio_on_connection(middle, test_sio_connected, &f->sio);
    sio_on_connection(last, test_sio_connected, &f->sio);
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/middle", "", NULL);
    assert_ptr_equal(sio_namespace_parent(sio_socket_namespace(f->sio.socket)), middle);
    assert_int_equal(second.asked, 0);
    peer_join(&peer, "/other", "", NULL);
    assert_ptr_equal(sio_namespace_parent(sio_socket_namespace(f->sio.socket)), last);
    assert_int_equal(f->asked, 2);
    assert_int_equal(second.asked, 1);
    client_close(&peer);
}

/* [S5] The namespace that was made meanwhile is taken. */
static void made_meanwhile(void **state) {
    fixture_t *f = *state;
    client_t peer;
    f->allow = 1;
    f->also = "/n1";
    prepare(f, sio_of_match(f->sio.io, ask, f));
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    assert_int_equal(f->made, 1);
    assert_null(sio_namespace_parent(sio_of(f->sio.io, "/n1")));
    assert_int_equal(f->uses, 0);
    client_close(&peer);
}

/* [S6] */
static void emitting_to_a_parent_reaches_all_children(void **state) {
    fixture_t *f = *state;
    client_t a, b, c;
    char id[21];
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    prepare(f, parent);
    assert_int_equal(sio_emit(parent, "nobody"), 0);
    peer_open(&a, &f->sio);
    peer_open(&b, &f->sio);
    peer_open(&c, &f->sio);
    peer_join(&a, "/n1", "", id);
    peer_join(&b, "/n2", "", NULL);
    sio_join(f->sio.socket, "room");
    peer_join(&c, "", "", NULL);
    assert_int_equal(sio_emit(parent, "all", "sB", "x", "ab", (size_t) 2), 0);
    peer_expect(&a, "51-/n1,[\"all\",\"x\",{\"_placeholder\":true,\"num\":0}]");
    peer_expect_binary(&a, "ab", 2);
    peer_expect(&b, "51-/n2,[\"all\",\"x\",{\"_placeholder\":true,\"num\":0}]");
    peer_expect_binary(&b, "ab", 2);
    assert_int_equal(sio_emit(sio_to(parent, "room"), "some"), 0);
    peer_expect(&b, "2/n2,[\"some\"]");
    assert_int_equal(sio_emit(sio_except(parent, "room"), "others"), 0);
    peer_expect(&a, "2/n1,[\"others\"]");
    assert_int_equal(sio_emit(sio_to(parent, id), "one"), 0);
    peer_expect(&a, "2/n1,[\"one\"]");
    peer_expect_nothing(&a);
    peer_expect_nothing(&b);
    peer_expect_nothing(&c);
    client_close(&a);
    client_close(&b);
    client_close(&c);
}

static void no_fetch(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                     size_t count, void *data) {
    (void) nsp, (void) error, (void) sockets, (void) count, (void) data;
    fail();
}

static void no_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    (void) nsp, (void) error, (void) responses, (void) data;
    fail();
}

static void count_child(sio_namespace_t *nsp, void *data) {
    (void) nsp;
    ++*(int *) data;
}

/* [S6] */
static void a_parent_has_no_sockets(void **state) {
    fixture_t *f = *state;
    int children = 0;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    assert_int_equal(sio_fetch_sockets(parent, no_fetch, NULL), SIO_ENOTSUP);
    assert_int_equal(sio_sockets_join(parent, "x"), SIO_ENOTSUP);
    assert_int_equal(sio_disconnect_sockets(sio_to(parent, "x"), 1), SIO_ENOTSUP);
    assert_int_equal(sio_emit_with_ack(parent, 10, no_responses, NULL, "x"), SIO_ENOTSUP);
    assert_int_equal(sio_server_side_emit(parent, "x"), SIO_ENOTSUP);
    sio_of(f->sio.io, "/n1");
    sio_of(f->sio.io, "/n2");
    assert_int_equal(sio_namespace_children(parent, count_child, &children), 0);
    assert_int_equal(sio_namespace_children(sio_of(f->sio.io, "/n1"), count_child, &children), 0);
    assert_int_equal(children, 2);
    test_sio_turns(&f->sio);
}

static void bad_patterns(void **state) {
    fixture_t *f = *state;
    assert_null(sio_of_pattern(f->sio.io, "^/(unclosed"));
    assert_null(sio_of_pattern(f->sio.io, NULL));
    assert_null(sio_of_pattern(NULL, "^/x"));
    assert_null(sio_of_match(f->sio.io, NULL, NULL));
}

/* A pattern that takes very long on the right name ends soon, and does not match. */
static void a_hostile_name_burns_no_time(void **state) {
    fixture_t *f = *state;
    client_t peer;
    assert_non_null(sio_of_pattern(f->sio.io, "^/(a+)+$"));
    peer_open(&peer, &f->sio);
    uint64_t start = client_now();
    expect_refused(&peer, "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    assert_true(client_now() - start < 2000);
    client_close(&peer);
}

/* [S7] */
static void empty_children_are_dropped(void **state) {
    fixture_t *f = *state;
    client_t peer;
    prepare(f, sio_of_pattern(f->sio.io, "^/n\\d"));
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    sio_socket_t *socket = sio_socket_ref(f->sio.socket);
    sio_broadcast_t *kept = sio_broadcast_ref(sio_to(socket, "x"));
    peer_send(&peer, "1/n1,");
    peer_settle(&peer);
    assert_int_equal(f->sio.disconnects, 1);
    /* What the application still has answers. */
    assert_int_equal(sio_emit(socket, "x"), SIO_ECLOSED);
    assert_int_equal(sio_emit(kept, "x"), SIO_ECLOSED);
    assert_int_equal(sio_emit(sio_socket_namespace(socket), "x"), SIO_ECLOSED);
    assert_null(sio_socket_server(socket));
    assert_int_equal(sio_namespace_count(sio_socket_namespace(socket)), 0);
    assert_int_equal(sio_on(sio_socket_namespace(socket), "x", on_event, f), SIO_ECLOSED);
    assert_null(sio_to(socket, "y"));
    assert_int_equal(sio_join(socket, "y"), SIO_ECLOSED);
    assert_true(sio_in_room(socket, sio_socket_id(socket)));
    assert_int_equal(f->made, 1);
    peer_join(&peer, "/n1", "", NULL); /* a new one */
    assert_int_equal(f->made, 2);
    assert_ptr_not_equal(sio_socket_namespace(f->sio.socket), sio_socket_namespace(socket));
    sio_broadcast_unref(kept);
    sio_socket_unref(socket);
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects == 2);
}

/* [S7] */
static void children_that_refuse_are_dropped(void **state) {
    fixture_t *f = *state;
    client_t peer;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    int children = 0;
    sio_use(parent, refuse, f);
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0/n1,");
    peer_expect(&peer, "4/n1,{\"message\":\"no\"}");
    peer_settle(&peer);
    assert_int_equal(f->made, 1);
    sio_namespace_children(parent, count_child, &children);
    assert_int_equal(children, 0);
    client_close(&peer);
}

/* [S7] Those among many that are empty, in whatever order they become so. */
static void the_others_stay(void **state) {
    fixture_t *f = *state;
    client_t peer;
    char name[16], packet[16];
    int children = 0;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    peer_open(&peer, &f->sio);
    for (int i = 0; i < CHILDREN; i++) {
        snprintf(name, sizeof(name), "/n%d", i);
        peer_join(&peer, name, "", NULL);
    }
    expect_refused(&peer, "/n6"); /* one too many, for now */
    static const int leaves[] = {2, 5, 0, 3};
    for (int i = 0; i < 4; i++) {
        snprintf(packet, sizeof(packet), "1/n%d,", leaves[i]);
        peer_send(&peer, packet);
        if (i % 2 == 1) {
            peer_settle(&peer);
            children = 0;
            sio_namespace_children(parent, count_child, &children);
            assert_int_equal(children, CHILDREN - (i + 1));
        }
    }
    /* One that is left and joined in the same turn. */
    peer_send(&peer, "1/n1,");
    peer_join(&peer, "/n1", "", NULL);
    for (int i = 6; i < 6 + 3; i++) {
        snprintf(name, sizeof(name), "/n%d", i);
        peer_join(&peer, name, "", NULL);
    }
    peer_join(&peer, "/n2", "", NULL);
    expect_refused(&peer, "/n3");
    children = 0;
    sio_namespace_children(parent, count_child, &children);
    assert_int_equal(children, CHILDREN);
    client_close(&peer);
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 0);
    test_sio_turns(&f->sio);
    children = 0;
    sio_namespace_children(parent, count_child, &children);
    assert_int_equal(children, 0);
}

static void leave_at_once(sio_namespace_t *nsp, void *data) {
    (void) nsp;
    eio_socket_close(data, 1);
}

static int find_conn(eio_socket_t *conn, void *data) {
    *(eio_socket_t **) data = conn;
    return 1;
}

/* [S7] Who it is for has gone before it got in. */
static void a_child_that_nobody_ever_was_in(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int children = 0;
    eio_socket_t *conn = NULL;
    sio_namespace_t *parent = sio_of_pattern(f->sio.io, "^/n\\d");
    peer_open(&peer, &f->sio);
    eio_server_each(sio_server_engine(f->sio.io), find_conn, &conn);
    assert_non_null(conn);
    assert_int_equal(sio_on_new_namespace(f->sio.io, leave_at_once, conn), 0);
    peer_send(&peer, "0/n1,");
    test_sio_until(&f->sio, sio_server_clients(f->sio.io) == 0);
    test_sio_turns(&f->sio);
    assert_int_equal(f->made, 1);
    sio_namespace_children(parent, count_child, &children);
    assert_int_equal(children, 0);
    client_close(&peer);
}

/* [S7] Not what the application has in its hands. */
static void children_that_are_asked_for_stay(void **state) {
    fixture_t *f = *state;
    client_t peer;
    prepare(f, sio_of_pattern(f->sio.io, "^/n\\d"));
    sio_namespace_t *child = sio_of(f->sio.io, "/n1");
    peer_open(&peer, &f->sio);
    peer_join(&peer, "/n1", "", NULL);
    peer_send(&peer, "1/n1,");
    peer_settle(&peer);
    assert_ptr_equal(sio_of(f->sio.io, "/n1"), child);
    assert_string_equal(sio_namespace_name(child), "/n1");
    assert_int_equal(sio_off_new_namespace(f->sio.io, on_new, f), 0);
    sio_of(f->sio.io, "/n2");
    assert_int_equal(f->made, 1);
    client_close(&peer);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define CLEANING(test) cmocka_unit_test_setup_teardown(test, setup_cleaning, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(parent_namespaces_by_pattern),
        CASE(children_begin_with_what_there_is),
        CASE(code_that_asks_for_a_name_adopts_it),
        CASE(parent_namespaces_by_function),
        CASE(a_name_with_a_nul_is_none),
        CASE(a_parent_outlives_its_server_for_nobody),
        CASE(a_function_may_take_its_time),
        CASE(a_peer_may_not_wait),
        CASE(it_may_never_be_decided),
        CASE(names_undecided_are_bounded),
        CASE(parents_in_order),
        CASE(made_meanwhile),
        CASE(emitting_to_a_parent_reaches_all_children),
        CASE(a_parent_has_no_sockets),
        CASE(bad_patterns),
        CASE(a_hostile_name_burns_no_time),
        CLEANING(empty_children_are_dropped),
        CLEANING(children_that_refuse_are_dropped),
        CLEANING(the_others_stay),
        CLEANING(a_child_that_nobody_ever_was_in),
        CLEANING(children_that_are_asked_for_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
