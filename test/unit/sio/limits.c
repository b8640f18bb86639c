/* Limits of a connection and of a socket: the last that passes, the first that does not and how
 * it is refused; and another client, whom it does not concern. */
#include "../lib/sio.h"

enum { DEPTH = 4, NAMESPACES = 3, ROOMS = 4, LISTENERS = 5, ACKS = 3, ATTACHMENTS = 2,
       NAME = 12, CHILDREN = 3 };

typedef struct {
    test_sio_t sio;
    client_t other; /* who notices nothing */
    int warnings;
} fixture_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    (void) category, (void) text;
    f->warnings += level <= SIO_LOG_WARN;
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
    sio_ack(event, "s", "heard");
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    assert_non_null(f);
    options.max_json_depth = DEPTH;
    options.max_namespaces = NAMESPACES;
    options.max_rooms = ROOMS;
    options.max_listeners = LISTENERS;
    options.max_pending_acks = ACKS;
    options.max_attachments = ATTACHMENTS;
    options.max_namespace_bytes = NAME;
    options.max_child_namespaces = CHILDREN;
    options.log = on_log;
    options.log_data = f;
    test_sio_open_with(&f->sio, &options);
    assert_int_equal(sio_on(f->sio.io, "echo", on_echo, f), 0);
    peer_connect(&f->other, &f->sio);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->other);
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static void check_other(fixture_t *f) {
    peer_send(&f->other, "2[\"echo\",1]");
    peer_expect(&f->other, "2[\"echo\",1]");
}

static uint64_t limited(fixture_t *f, sio_limit_t limit) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(f->sio.io, &stats), 0);
    return stats.limited[limit];
}

/* It was refused so often by now, the first time with a word; nobody else was concerned. */
static void expect_limited(fixture_t *f, sio_limit_t limit, uint64_t count) {
    assert_int_equal(limited(f, limit), count);
    assert_true(f->warnings > 0);
    check_other(f);
}

/* --- packets ------------------------------------------------------------------------------ */

static void expect_passes(fixture_t *f, const char *packet, const char *answer) {
    client_t peer;
    peer_connect(&peer, &f->sio);
    peer_send(&peer, packet);
    peer_expect(&peer, answer);
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects > 0);
    f->sio.disconnects = 0;
    assert_int_equal(f->warnings, 0);
}

/* [P7] A parse error ends the connection: "forced close". */
static void expect_parse_error(fixture_t *f, const char *packet) {
    client_t peer;
    peer_connect(&peer, &f->sio);
    peer_send(&peer, packet);
    test_sio_until(&f->sio, f->sio.disconnects > 0);
    assert_int_equal(f->sio.reason, SIO_REASON_FORCED_CLOSE);
    f->sio.disconnects = 0;
    assert_int_equal(peer_next(&peer)->opcode, 8);
    client_close(&peer);
}

static void levels_of_an_event(void **state) {
    fixture_t *f = *state;
    expect_passes(f, "2[\"echo\",[[[]]]]", "2[\"echo\",[[[]]]]");
    expect_passes(f, "2[\"echo\",{\"a\":{\"b\":{}}}]", "2[\"echo\",{\"a\":{\"b\":{}}}]");
    expect_parse_error(f, "2[\"echo\",[[[[]]]]]");
    expect_limited(f, SIO_LIMIT_DEPTH, 1);
    expect_parse_error(f, "2[\"echo\",{\"a\":{\"b\":{\"c\":{}}}}]");
    expect_limited(f, SIO_LIMIT_DEPTH, 2);
    expect_parse_error(f, "51-[\"echo\",{\"a\":{\"b\":{\"_placeholder\":true,\"num\":0,\"c\":[]}}}]");
    expect_limited(f, SIO_LIMIT_DEPTH, 3);
}

static void ignore_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) socket, (void) reply;
    *(int *) data += error == 0;
}

static void levels_of_an_ack(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_connect(&peer, &f->sio);
    sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "ask");
    sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "ask");
    peer_expect(&peer, "20[\"ask\"]");
    peer_expect(&peer, "21[\"ask\"]");
    peer_send(&peer, "30[[[[]]]]");
    test_sio_until(&f->sio, f->sio.calls == 1);
    peer_send(&peer, "31[[[[[]]]]]");
    test_sio_until(&f->sio, f->sio.disconnects == 1);
    assert_int_equal(f->sio.calls, 1);
    expect_limited(f, SIO_LIMIT_DEPTH, 1);
    client_close(&peer);
}

static void levels_of_auth(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_open(&peer, &f->sio);
    peer_join(&peer, "", "{\"a\":[[{}]]}", NULL);
    client_close(&peer);
    peer_open(&peer, &f->sio);
    peer_send(&peer, "0{\"a\":[[{\"b\":[]}]]}");
    assert_int_equal(peer_next(&peer)->opcode, 8);
    expect_limited(f, SIO_LIMIT_DEPTH, 1);
    client_close(&peer);
}

static void attachments_of_a_packet(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_connect(&peer, &f->sio);
    peer_send(&peer, "52-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    peer_frame(&peer, 2, "one", 3);
    peer_frame(&peer, 2, "two", 3);
    peer_expect(&peer,
                "52-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects == 1);
    f->sio.disconnects = 0;
    expect_parse_error(f, "53-[\"echo\"]");
    expect_limited(f, SIO_LIMIT_ATTACHMENTS, 1);
}

/* --- namespaces --------------------------------------------------------------------------- */

static void one_namespace_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    const char *const names[] = {"/a", "/b", "/c"};
    for (size_t i = 0; i < 3; i++)
        assert_non_null(sio_of(f->sio.io, names[i]));
    peer_connect(&peer, &f->sio);
    peer_join(&peer, "/a", "", NULL);
    peer_join(&peer, "/b", "", NULL);
    for (uint64_t i = 1; i <= 3; i++) {
        peer_send(&peer, "0/c,");
        peer_expect(&peer, "4/c,{\"message\":\"Too many namespaces\"}");
        expect_limited(f, SIO_LIMIT_NAMESPACES, i);
    }
    peer_send(&peer, "2[\"echo\",2]"); /* those it is in go on */
    peer_expect(&peer, "2[\"echo\",2]");
    peer_send(&peer, "1/a,");
    peer_join(&peer, "/c", "", NULL);
    client_close(&peer);
}

static void allow(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    (void) name, (void) auth;
    ++*(int *) data;
    sio_match(match, 1);
}

/* One that would have to be made is not even asked for. */
static void one_dynamic_namespace_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int asked = 0;
    assert_non_null(sio_of_match(f->sio.io, allow, &asked));
    peer_connect(&peer, &f->sio);
    peer_join(&peer, "/x1", "", NULL);
    peer_join(&peer, "/x2", "", NULL);
    assert_int_equal(asked, 2);
    peer_send(&peer, "0/x3,");
    peer_expect(&peer, "4/x3,{\"message\":\"Too many namespaces\"}");
    assert_int_equal(asked, 2);
    expect_limited(f, SIO_LIMIT_NAMESPACES, 1);
    client_close(&peer);
}

static sio_match_t *undecided[2];

static void put_off(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    (void) name, (void) auth;
    undecided[(*(int *) data)++] = match;
}

/* Two that there was room for when they were asked for, and then for one of them only. */
static void decided_too_late(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int asked = 0;
    assert_non_null(sio_of_match(f->sio.io, put_off, &asked));
    assert_non_null(sio_of(f->sio.io, "/a"));
    peer_connect(&peer, &f->sio);
    peer_join(&peer, "/a", "", NULL);
    peer_send(&peer, "0/x1,");
    peer_send(&peer, "0/x2,");
    test_sio_until(&f->sio, asked == 2);
    assert_int_equal(sio_match(undecided[0], 1), 0);
    assert_int_equal(strncmp(peer_next(&peer)->data, "40/x1,{\"sid\":", 13), 0);
    assert_int_equal(sio_match(undecided[1], 1), 0);
    peer_expect(&peer, "4/x2,{\"message\":\"Too many namespaces\"}");
    expect_limited(f, SIO_LIMIT_NAMESPACES, 1);
    client_close(&peer);
}

/* Nobody is asked about one that is too long; those that are there may have any. */
static void length_of_a_name(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int asked = 0;
    assert_non_null(sio_of_match(f->sio.io, allow, &asked));
    assert_non_null(sio_of(f->sio.io, "/a-name-of-ours"));
    peer_connect(&peer, &f->sio);
    peer_join(&peer, "/12345678901", "", NULL);
    assert_int_equal(asked, 1);
    peer_send(&peer, "0/123456789012,");
    peer_expect(&peer, "4/123456789012,{\"message\":\"Invalid namespace\"}");
    assert_int_equal(asked, 1);
    expect_limited(f, SIO_LIMIT_NAMESPACE_NAME, 1);
    peer_join(&peer, "/a-name-of-ours", "", NULL);
    expect_limited(f, SIO_LIMIT_NAMESPACE_NAME, 1);
    client_close(&peer);
}

static void one_child_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int asked = 0;
    assert_non_null(sio_of_match(f->sio.io, allow, &asked));
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < CHILDREN; i++) { /* they stay */
        char name[8], packet[8];
        snprintf(name, sizeof(name), "/x%d", i);
        snprintf(packet, sizeof(packet), "1/x%d,", i);
        peer_join(&peer, name, "", NULL);
        peer_send(&peer, packet);
    }
    assert_int_equal(limited(f, SIO_LIMIT_CHILDREN), 0);
    for (uint64_t i = 1; i <= 3; i++) {
        peer_send(&peer, "0/x3,");
        peer_expect(&peer, "4/x3,{\"message\":\"Invalid namespace\"}");
        expect_limited(f, SIO_LIMIT_CHILDREN, i);
    }
    peer_join(&peer, "/x1", "", NULL);
    assert_non_null(sio_of(f->sio.io, "/x3"));
    peer_join(&peer, "/x3", "", NULL);
    expect_limited(f, SIO_LIMIT_CHILDREN, 3);
    client_close(&peer);
}

/* Two that there was room for when they were asked for, and then for one of them only. */
static void one_child_too_many_by_now(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int asked = 0, others = 0;
    sio_namespace_t *parent = sio_of_match(f->sio.io, put_off, &asked);
    assert_non_null(parent);
    assert_non_null(sio_of_match(f->sio.io, allow, &others));
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < CHILDREN - 1; i++) {
        char name[8];
        snprintf(name, sizeof(name), "0/x%d,", i);
        asked = 0;
        peer_send(&peer, name);
        test_sio_until(&f->sio, asked == 1);
        assert_int_equal(sio_match(undecided[0], 1), 0);
        assert_int_equal(strncmp(peer_next(&peer)->data, "40/x", 4), 0);
        snprintf(name, sizeof(name), "1/x%d,", i);
        peer_send(&peer, name);
    }
    asked = 0;
    peer_send(&peer, "0/y1,");
    peer_send(&peer, "0/y2,");
    test_sio_until(&f->sio, asked == 2);
    assert_int_equal(sio_match(undecided[0], 1), 0);
    assert_int_equal(strncmp(peer_next(&peer)->data, "40/y1,{\"sid\":", 13), 0);
    assert_int_equal(sio_match(undecided[1], 1), SIO_ETOOBIG);
    assert_int_equal(sio_match(undecided[1], 1), SIO_EDONE);
    peer_expect(&peer, "4/y2,{\"message\":\"Invalid namespace\"}");
    expect_limited(f, SIO_LIMIT_CHILDREN, 1);
    /* Each parent has its own number. */
    asked = 0;
    peer_send(&peer, "0/z,");
    test_sio_until(&f->sio, asked == 1);
    assert_int_equal(others, 0);
    assert_int_equal(sio_match(undecided[0], 0), 0);
    assert_int_equal(others, 1);
    assert_int_equal(strncmp(peer_next(&peer)->data, "40/z,{\"sid\":", 12), 0);
    expect_limited(f, SIO_LIMIT_CHILDREN, 1);
    client_close(&peer);
}

/* --- rooms -------------------------------------------------------------------------------- */

static void one_room_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    const char *const more[] = {"x", "y"};
    char room[8];
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < ROOMS; i++) {
        snprintf(room, sizeof(room), "r%d", i);
        assert_int_equal(sio_join(f->sio.socket, room), 0);
    }
    assert_int_equal(sio_join(f->sio.socket, "r0"), 0); /* is in it */
    assert_int_equal(sio_join(f->sio.socket, sio_socket_id(f->sio.socket)), 0);
    assert_int_equal(sio_join(f->sio.socket, "x"), SIO_ETOOBIG);
    expect_limited(f, SIO_LIMIT_ROOMS, 1);
    assert_int_equal(sio_namespace_room_size(sio_of(f->sio.io, "/"), "x"), 0);
    assert_int_equal(sio_leave(f->sio.socket, "r1"), 0);
    assert_int_equal(sio_join_rooms(f->sio.socket, more, 2), SIO_ETOOBIG);
    assert_true(sio_in_room(f->sio.socket, "x"));
    assert_false(sio_in_room(f->sio.socket, "y"));
    expect_limited(f, SIO_LIMIT_ROOMS, 2);
    /* From afar: the others join. */
    assert_int_equal(sio_sockets_join(f->sio.io, "z"), 0);
    assert_int_equal(sio_namespace_room_size(sio_of(f->sio.io, "/"), "z"), 1);
    expect_limited(f, SIO_LIMIT_ROOMS, 3);
    client_close(&peer);
}

/* --- listeners ---------------------------------------------------------------------------- */

static void ignore(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event, (void) data;
}

static void end_is_ignored(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket, (void) reason, (void) data;
}

static void one_listener_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    char event[8];
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < LISTENERS; i++) {
        snprintf(event, sizeof(event), "e%d", i);
        assert_int_equal(sio_on(f->sio.socket, event, ignore, NULL), 0);
    }
    assert_int_equal(sio_on(f->sio.socket, "e0", ignore, NULL), SIO_ETOOBIG);
    assert_int_equal(sio_once(f->sio.socket, "e5", ignore, NULL), SIO_ETOOBIG);
    assert_int_equal(sio_on_disconnect(f->sio.socket, end_is_ignored, NULL), SIO_ETOOBIG);
    assert_int_equal(sio_on_any(f->sio.socket, ignore, NULL), SIO_ETOOBIG);
    assert_int_equal(sio_prepend_any(f->sio.socket, ignore, NULL), SIO_ETOOBIG);
    expect_limited(f, SIO_LIMIT_LISTENERS, 5);
    assert_int_equal(sio_off(f->sio.socket, "e0", ignore, NULL), 0);
    assert_int_equal(sio_once(f->sio.socket, "e5", ignore, NULL), 0);
    peer_send(&peer, "2[\"e5\"]"); /* which takes it off */
    peer_send(&peer, "2[\"echo\",3]");
    peer_expect(&peer, "2[\"echo\",3]");
    assert_int_equal(sio_on(f->sio.socket, "e6", ignore, NULL), 0);
    assert_int_equal(sio_on(f->sio.socket, "e7", ignore, NULL), SIO_ETOOBIG);
    expect_limited(f, SIO_LIMIT_LISTENERS, 6);
    client_close(&peer);
}

/* Each namespace has its own number. */
static void listeners_of_a_namespace(void **state) {
    fixture_t *f = *state;
    sio_namespace_t *nsp = sio_of(f->sio.io, "/a");
    int i = 0;
    while (i < LISTENERS && sio_on(nsp, "e", ignore, NULL) == 0)
        i++;
    assert_int_equal(i, LISTENERS);
    assert_int_equal(sio_on(nsp, "e", ignore, NULL), SIO_ETOOBIG);
    assert_int_equal(sio_on(sio_of(f->sio.io, "/b"), "e", ignore, NULL), 0);
    expect_limited(f, SIO_LIMIT_LISTENERS, 1);
}

/* --- acks --------------------------------------------------------------------------------- */

static void one_ack_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < ACKS; i++)
        assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "ask"), 0);
    assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "no"),
                     SIO_ETOOBIG);
    assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "no", "o",
                                       json_array()), /* which is released */
                     SIO_ETOOBIG);
    expect_limited(f, SIO_LIMIT_ACKS, 2);
    assert_int_equal(sio_emit(f->sio.socket, "yes"), 0); /* without an ack */
    peer_expect(&peer, "20[\"ask\"]");
    peer_expect(&peer, "21[\"ask\"]");
    peer_expect(&peer, "22[\"ask\"]");
    peer_expect(&peer, "2[\"yes\"]");
    peer_send(&peer, "31[]");
    test_sio_until(&f->sio, f->sio.calls == 1);
    assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "ask"), 0);
    peer_expect(&peer, "23[\"ask\"]");
    assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "no"),
                     SIO_ETOOBIG);
    expect_limited(f, SIO_LIMIT_ACKS, 3);
    client_close(&peer);
}

static void on_answers(sio_namespace_t *nsp, int error, sio_event_t *answers, void *data) {
    (void) nsp;
    int *results = data;
    results[0]++;
    results[1] = error;
    results[2] = (int) sio_event_count(answers);
}

/* Who owes too many gets the event all the same, and is one who did not answer in time. */
static void a_broadcast_to_somebody_who_owes_too_many(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int results[3] = {0, 0, 0};
    peer_connect(&peer, &f->sio);
    for (int i = 0; i < ACKS; i++)
        assert_int_equal(sio_emit_with_ack(f->sio.socket, 0, ignore_answer, &f->sio.calls, "ask"), 0);
    assert_int_equal(sio_emit_with_ack(f->sio.io, 100, on_answers, results, "all"), 0);
    assert_int_equal(limited(f, SIO_LIMIT_ACKS), 1);
    peer_expect(&f->other, "23[\"all\"]");
    peer_send(&f->other, "33[\"here\"]");
    for (int i = 0; i < ACKS; i++)
        peer_next(&peer);
    peer_expect(&peer, "23[\"all\"]");
    peer_send(&peer, "33[\"too late\"]"); /* nobody waits for it */
    test_sio_until(&f->sio, results[0] == 1);
    assert_int_equal(results[1], SIO_ETIMEDOUT);
    assert_int_equal(results[2], 1);
    expect_limited(f, SIO_LIMIT_ACKS, 1);
    client_close(&peer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(levels_of_an_event),
        CASE(levels_of_an_ack),
        CASE(levels_of_auth),
        CASE(attachments_of_a_packet),
        CASE(one_namespace_too_many),
        CASE(one_dynamic_namespace_too_many),
        CASE(decided_too_late),
        CASE(length_of_a_name),
        CASE(one_child_too_many),
        CASE(one_child_too_many_by_now),
        CASE(one_room_too_many),
        CASE(one_listener_too_many),
        CASE(listeners_of_a_namespace),
        CASE(one_ack_too_many),
        CASE(a_broadcast_to_somebody_who_owes_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
