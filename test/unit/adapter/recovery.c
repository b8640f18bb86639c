/* Connection state recovery by the built-in adapter [R1-R7]. */
#include "../lib/sio.h"
#include "sio/namespace.h"

typedef struct {
    test_sio_t sio;
    sio_recovery_options_t recovery;
    char sid[21], pid[21], offset[64];
    int middlewares;
    int recovered;
} fixture_t;

static void count_middleware(sio_socket_t *socket, sio_next_t *next, void *data) {
    fixture_t *f = data;
    f->middlewares++;
    f->recovered = sio_socket_recovered(socket);
    sio_next(next);
}

static void open_as(fixture_t *f, const sio_recovery_options_t *recovery, sio_options_t options) {
    f->recovery = *recovery;
    options.recovery = &f->recovery;
    test_sio_open_with(&f->sio, &options);
    memset(&f->recovery, 0xff, sizeof(f->recovery)); /* it was copied */
    sio_use(f->sio.io, count_middleware, f);
}

static void open_with(fixture_t *f, const sio_recovery_options_t *recovery) {
    sio_options_t options = SIO_OPTIONS_INIT;
    open_as(f, recovery, options);
}

static int setup(void **state) {
    static const sio_recovery_options_t defaults;
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    open_with(f, &defaults);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

/* Takes 40{"sid":"…","pid":"…"} [R2]. */
static void expect_connect(client_t *peer, char sid[21], char pid[21]) {
    const message_t *message = peer_next(peer);
    if (message->length != strlen("40{\"sid\":\"\",\"pid\":\"\"}") + 40 ||
        sscanf(message->data, "40{\"sid\":\"%20[A-Za-z0-9_-]\",\"pid\":\"%20[A-Za-z0-9_-]\"}", sid,
               pid) != 2)
        fail_msg("no CONNECT with a pid, but: %s", message->data);
}

static void connect_peer(client_t *peer, fixture_t *f) {
    peer_open(peer, &f->sio);
    peer_send(peer, "0");
    expect_connect(peer, f->sid, f->pid);
}

/* The event `name` comes with an offset, which is noted. */
static void expect_event(client_t *peer, fixture_t *f, const char *name) {
    char prefix[64];
    const message_t *message = peer_next(peer);
    size_t length = (size_t) snprintf(prefix, sizeof(prefix), "42[\"%s\",\"", name);
    if (strncmp(message->data, prefix, length) != 0 || message->length < length + 3 ||
        strcmp(message->data + message->length - 2, "\"]") != 0)
        fail_msg("expected %s with an offset, got: %s", name, message->data);
    snprintf(f->offset, sizeof(f->offset), "%.*s", (int) (message->length - length - 2),
             message->data + length);
}

static void lose(client_t *peer, fixture_t *f) {
    int before = f->sio.disconnects;
    client_close(peer);
    test_sio_until(&f->sio, f->sio.disconnects == before + 1);
}

static void come_back(client_t *peer, fixture_t *f) {
    char packet[256];
    peer_open(peer, &f->sio);
    snprintf(packet, sizeof(packet), "0{\"pid\":\"%s\",\"offset\":\"%s\"}", f->pid, f->offset);
    peer_send(peer, packet);
}

static void expect_same(client_t *peer, const fixture_t *f) {
    char sid[21], pid[21];
    expect_connect(peer, sid, pid);
    assert_string_equal(sid, f->sid);
    assert_string_equal(pid, f->pid);
    assert_true(sio_socket_recovered(f->sio.socket));
}

static void expect_other(client_t *peer, const fixture_t *f) {
    char sid[21], pid[21];
    expect_connect(peer, sid, pid);
    assert_string_not_equal(sid, f->sid);
    assert_string_not_equal(pid, f->pid);
    assert_false(sio_socket_recovered(f->sio.socket));
}

/* [R2] What has an offset: events that are not volatile and ask for no ack. */
static void offsets(void **state) {
    fixture_t *f = *state;
    client_t peer;
    char first[64];
    connect_peer(&peer, f);
    assert_false(sio_socket_recovered(f->sio.socket));
    sio_emit(f->sio.socket, "one");
    sio_emit(f->sio.io, "two");
    expect_event(&peer, f, "one");
    snprintf(first, sizeof(first), "%s", f->offset);
    expect_event(&peer, f, "two");
    assert_string_not_equal(first, f->offset);
    sio_emit(sio_volatile(f->sio.socket), "volatile");
    peer_expect(&peer, "2[\"volatile\"]");
    sio_socket_emit_with_ack(f->sio.socket, 0, (sio_ack_cb) NULL, NULL, "nothing", NULL);
    peer_send(&peer, "20[\"unknown\"]");
    peer_settle(&peer);
    client_close(&peer);
}

/* [R7] yeast: 7 digits of a clock in ms, then .0, .1 for more in the same ms. */
static void offsets_are_yeast(void **state) {
    fixture_t *f = *state;
    sio_namespace_t *nsp = sio_server_sockets(f->sio.io);
    char a[64], b[64], last[64] = "";
    sio_targets_t targets = {0};
    int numbered = 0;
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(sio_memory_next_offset(NULL, nsp, &targets, a, sizeof(a)), 0);
        assert_string_not_equal(a, last);
        snprintf(last, sizeof(last), "%s", a);
        const char *dot = strchr(a, '.');
        assert_int_equal(dot != NULL ? (size_t) (dot - a) : strlen(a), 7);
        if (dot != NULL && strcmp(dot, ".0") == 0) {
            numbered++;
            assert_int_equal(sio_memory_next_offset(NULL, nsp, &targets, b, sizeof(b)), 0);
            snprintf(last, sizeof(last), "%s", b);
        }
    }
    assert_true(numbered > 0);
}

/* [R3, R5] */
static void a_client_comes_back(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    connect_peer(&peer, f);
    sio_join(f->sio.socket, "room");
    json_object_set_new(sio_socket_shared_data(f->sio.socket), "name", json_string("x"));
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    sio_emit(f->sio.io, "all");
    sio_emit(sio_to(f->sio.io, "room"), "room");
    sio_emit(sio_to(f->sio.io, "elsewhere"), "not for it");
    sio_emit(sio_except(f->sio.io, "room"), "not for it");
    sio_emit(sio_to(f->sio.io, f->sid), "own");
    sio_emit(sio_volatile(f->sio.io), "volatile");
    assert_int_equal(f->middlewares, 1);
    come_back(&other, f);
    /* What was missed is there before the answer. */
    expect_event(&other, f, "all");
    expect_event(&other, f, "room");
    expect_event(&other, f, "own");
    expect_same(&other, f);
    assert_int_equal(f->middlewares, 1);
    assert_true(sio_in_room(f->sio.socket, "room"));
    assert_string_equal(
        json_string_value(json_object_get(sio_socket_shared_data(f->sio.socket), "name")), "x");
    sio_emit(sio_to(f->sio.io, "room"), "again");
    expect_event(&other, f, "again");
    client_close(&other);
}

/* Binaries that were missed come as they would have. */
static void binaries_are_missed(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    sio_emit(f->sio.io, "bytes", "B", "abc", (size_t) 3);
    come_back(&other, f);
    const message_t *message = peer_next(&other);
    assert_int_equal(strncmp(message->data, "451-[\"bytes\",{\"_placeholder\":true,\"num\":0},\"", 43),
                     0);
    peer_expect_binary(&other, "abc", 3);
    expect_same(&other, f);
    client_close(&other);
}

/* [R3] */
static void who_cannot_come_back(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    char packet[128];
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    const char *const auths[] = {"{\"pid\":\"%s\"}", "{\"pid\":\"%s\",\"offset\":1}",
                                 "{\"pid\":[\"%s\"],\"offset\":\"x\"}",
                                 "{\"pid\":\"%s\",\"offset\":\"0\"}",
                                 "{\"pid\":\"%s\",\"offset\":\"?\"}",
                                 "{\"pid\":\"%s\",\"offset\":\"\"}",
                                 "{\"pid\":\"%s\",\"offset\":\"zzzzzzzzzz.zzzzzzzzzzzz\"}"};
    for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
        peer_open(&other, &f->sio);
        packet[0] = '0';
        snprintf(packet + 1, sizeof(packet) - 1, auths[i], f->pid);
        peer_send(&other, packet);
        expect_other(&other, f);
        client_close(&other);
    }
    snprintf(packet, sizeof(packet), "0{\"pid\":\"nobody\",\"offset\":\"%s\"}", f->offset);
    peer_open(&other, &f->sio);
    peer_send(&other, packet);
    expect_other(&other, f);
    client_close(&other);
}

/* Not as a second socket beside the one whose end was not noticed yet. */
static void not_while_it_is_there(void **state) {
    fixture_t *f = *state;
    client_t peer, other, third;
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    come_back(&other, f);
    expect_same(&other, f);
    come_back(&third, f);
    expect_other(&third, f);
    client_close(&other);
    client_close(&third);
}

/* [R4] */
static void after_which_reasons(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    peer_send(&peer, "1"); /* it leaves of its own will */
    test_sio_until(&f->sio, f->sio.disconnects == 1);
    come_back(&other, f);
    expect_other(&other, f);
    client_close(&peer);
    client_close(&other);

    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    sio_disconnect(f->sio.socket, 1); /* it is sent away */
    peer_expect(&peer, "1");
    client_close(&peer);
    come_back(&other, f);
    expect_other(&other, f);
    client_close(&other);

    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    int before = f->sio.disconnects;
    peer_send(&peer, "9"); /* no packet: forced close */
    test_sio_until(&f->sio, f->sio.disconnects == before + 1);
    assert_int_equal(f->sio.reason, SIO_REASON_FORCED_CLOSE);
    client_close(&peer);
    come_back(&other, f);
    expect_same(&other, f);
    client_close(&other);
}

static void middlewares_if_wanted(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    client_t peer, other;
    (void) state;
    assert_non_null(f);
    open_with(f, &(sio_recovery_options_t){.run_middlewares = 1});
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    sio_emit(f->sio.io, "missed");
    come_back(&other, f);
    expect_event(&other, f, "missed");
    expect_same(&other, f);
    assert_int_equal(f->middlewares, 2);
    assert_true(f->recovered); /* they see who comes */
    client_close(&other);
    test_sio_close(&f->sio);
    free(f);
}

static void hold_middleware(sio_socket_t *socket, sio_next_t *next, void *data) {
    sio_next_t **held = data;
    (void) socket;
    held[held[0] != NULL] = next;
}

/* Two come back as the same one while a middleware takes its time: one of them does. */
static void not_twice_at_once(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_next_t *held[2] = {NULL, NULL};
    client_t peer, one, two;
    (void) state;
    assert_non_null(f);
    open_with(f, &(sio_recovery_options_t){.run_middlewares = 1});
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    sio_use(f->sio.io, hold_middleware, held);
    come_back(&one, f);
    test_sio_until(&f->sio, held[0] != NULL);
    come_back(&two, f);
    test_sio_until(&f->sio, held[1] != NULL);
    assert_int_equal(sio_next(held[0]), 0);
    expect_same(&one, f);
    assert_int_equal(sio_next(held[1]), SIO_EBUSY);
    peer_expect_close(&two);
    assert_int_equal(sio_namespace_count(sio_server_sockets(f->sio.io)), 1);
    client_close(&one);
    client_close(&two);
    test_sio_close(&f->sio);
    free(f);
}

static void too_late(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    client_t peer, other;
    (void) state;
    assert_non_null(f);
    open_with(f, &(sio_recovery_options_t){.max_disconnection_ms = 20});
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    uint64_t start = client_now();
    test_sio_until(&f->sio, client_now() - start > 40);
    come_back(&other, f);
    expect_other(&other, f);
    client_close(&other);
    test_sio_close(&f->sio);
    free(f);
}

/* What is kept is bounded: whose offset has gone begins anew. */
static void memory_is_bounded(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    client_t peer, other;
    char *text = malloc(10001);
    (void) state;
    assert_non_null(f);
    assert_non_null(text);
    memset(text, 'x', 10000);
    text[10000] = '\0';
    open_with(f, &(sio_recovery_options_t){.max_bytes = 100000});
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    for (int i = 0; i < 8; i++)
        sio_emit(f->sio.io, "much", "s", text);
    come_back(&other, f);
    for (int i = 0; i < 8; i++)
        assert_true(peer_next(&other)->length > 10000);
    expect_same(&other, f);
    lose(&other, f);
    for (int i = 0; i < 3; i++)
        sio_emit(f->sio.io, "more", "s", text);
    come_back(&other, f);
    expect_other(&other, f);
    client_close(&other);
    free(text);
    test_sio_close(&f->sio);
    free(f);
}

typedef struct {
    fixture_t *f;
    sio_socket_t *other; /* to be ended; NULL: the server closes */
} watcher_t;

static void act_at_join(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                        const char *id, void *data) {
    watcher_t *watcher = data;
    (void) nsp, (void) id;
    if (what != SIO_ROOM_JOIN || strcmp(room, "first") != 0 || watcher->f == NULL)
        return;
    sio_server_t *io = watcher->f->sio.io;
    watcher->f = NULL;
    if (watcher->other != NULL)
        eio_socket_close(sio_socket_conn(watcher->other), 1);
    else
        sio_server_close(io, NULL, NULL);
}

static void lose_in_rooms(client_t *peer, fixture_t *f) {
    connect_peer(peer, f);
    sio_join(f->sio.socket, "first");
    sio_join(f->sio.socket, "second");
    sio_emit(f->sio.socket, "got");
    expect_event(peer, f, "got");
    lose(peer, f);
}

/* The one that comes back is told of no more, nor is anything of it touched. */
static void the_server_closes_while_a_client_comes_back(void **state) {
    fixture_t *f = *state;
    client_t peer, other;
    watcher_t watcher = {NULL, NULL};
    sio_namespace_on_room(sio_server_sockets(f->sio.io), act_at_join, &watcher);
    lose_in_rooms(&peer, f);
    watcher.f = f;
    come_back(&other, f);
    test_sio_until(&f->sio, watcher.f == NULL);
    client_close(&other);
    assert_int_equal(f->sio.connections, 1);
}

/* What is kept of one that ends meanwhile may take the place of what is being read. */
static void another_ends_while_a_client_comes_back(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    client_t peer, other, large;
    char name[2001], sid[21], pid[21];
    (void) state;
    assert_non_null(f);
    memset(name, 'x', 2000);
    name[2000] = '\0';
    open_with(f, &(sio_recovery_options_t){.max_bytes = 1000});
    watcher_t watcher = {NULL, NULL};
    sio_namespace_on_room(sio_server_sockets(f->sio.io), act_at_join, &watcher);
    lose_in_rooms(&peer, f);
    peer_open(&large, &f->sio);
    peer_send(&large, "0");
    expect_connect(&large, sid, pid);
    sio_join(f->sio.socket, name);
    watcher = (watcher_t){f, f->sio.socket};
    come_back(&other, f);
    expect_same(&other, f);
    assert_true(sio_in_room(f->sio.socket, "second"));
    client_close(&other);
    client_close(&large);
    test_sio_close(&f->sio);
    free(f);
}

/* A session is kept until somebody has come back, and whoever knows it may come as often as he
 * likes. */
static void what_waits_in_middlewares_is_bounded(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_next_t *held[2] = {NULL, NULL};
    sio_options_t options = SIO_OPTIONS_INIT;
    client_t peer, one, two;
    char text[1001];
    (void) state;
    assert_non_null(f);
    memset(text, 'x', 1000);
    text[1000] = '\0';
    options.max_buffered_total = 15000;
    open_as(f, &(sio_recovery_options_t){.run_middlewares = 1}, options);
    connect_peer(&peer, f);
    sio_emit(f->sio.socket, "got");
    expect_event(&peer, f, "got");
    lose(&peer, f);
    for (int i = 0; i < 10; i++)
        sio_emit(f->sio.io, "much", "s", text);
    sio_use(f->sio.io, hold_middleware, held);
    come_back(&one, f);
    test_sio_until(&f->sio, held[0] != NULL);
    assert_true(f->recovered);
    come_back(&two, f);
    test_sio_until(&f->sio, held[1] != NULL);
    assert_false(f->recovered); /* it begins anew */
    client_close(&one);
    test_sio_until(&f->sio, eio_server_clients(sio_server_engine(f->sio.io)) == 1);
    assert_int_equal(sio_next_error(held[0], "gone", NULL), SIO_ECLOSED);
    assert_int_equal(sio_next_error(held[1], "no", NULL), 0);
    client_close(&two);
    held[0] = held[1] = NULL;
    come_back(&one, f);
    test_sio_until(&f->sio, held[0] != NULL);
    assert_true(f->recovered); /* there is room again */
    assert_int_equal(sio_next(held[0]), 0);
    for (int i = 0; i < 10; i++)
        assert_true(peer_next(&one)->length > 1000);
    expect_same(&one, f);
    client_close(&one);
    test_sio_close(&f->sio);
    free(f);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(offsets),
        CASE(offsets_are_yeast),
        CASE(a_client_comes_back),
        CASE(binaries_are_missed),
        CASE(who_cannot_come_back),
        CASE(not_while_it_is_there),
        CASE(after_which_reasons),
        cmocka_unit_test(middlewares_if_wanted),
        cmocka_unit_test(not_twice_at_once),
        cmocka_unit_test(too_late),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test_setup_teardown(the_server_closes_while_a_client_comes_back, setup, teardown),
        cmocka_unit_test(another_ends_while_a_client_comes_back),
        cmocka_unit_test(what_waits_in_middlewares_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
