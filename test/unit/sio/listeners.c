/* Listeners: the order of the calls, what they may do meanwhile, and the tables that sockets
 * share. */
#include "../lib/sio.h"
#include "sio/listeners.h"
#include "sio/names.h"

/* --- over a connection -------------------------------------------------------------------- */

typedef struct {
    test_sio_t *t;
    char log[64];
} log_t;

static void note(log_t *log, char letter) {
    size_t length = strlen(log->log);
    assert_true(length + 1 < sizeof(log->log));
    log->log[length] = letter;
}

static void on_a(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event;
    note(data, 'a');
}

static void on_b(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event;
    note(data, 'b');
}

/* Sends the event "x" and waits until it has been handled. */
static void send_x(test_sio_t *t, client_t *peer) {
    (void) t;
    peer_send(peer, "2[\"x\"]");
    peer_settle(peer);
}

static void expect(log_t *log, const char *text) {
    assert_string_equal(log->log, text);
    memset(log->log, 0, sizeof(log->log));
}

static void the_sockets_own_come_first(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t}, other = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->io, "x", on_b, &log);
    sio_on(t->socket, "x", on_a, &log);
    sio_on(t->socket, "x", on_a, &other);
    sio_on(t->socket, "y", on_b, &log);
    send_x(t, &peer);
    expect(&log, "ab");
    expect(&other, "a");
    /* What is removed is what has all four in common. */
    assert_int_equal(sio_off(t->socket, "x", on_a, &log), 0);
    send_x(t, &peer);
    expect(&log, "b");
    expect(&other, "a");
    assert_int_equal(sio_off(t->socket, "x", on_b, &log), 0); /* not there: fine */
    assert_int_equal(sio_off(t->socket, "unknown", NULL, NULL), 0);
    assert_int_equal(sio_off(t->io, "x", NULL, NULL), 0); /* all of the event */
    send_x(t, &peer);
    expect(&log, "");
    expect(&other, "a");
    client_close(&peer);
}

static void reserved_names_are_refused(void **state) {
    test_sio_t *t = *state;
    assert_int_equal(sio_on(t->io, "disconnect", on_a, NULL), SIO_ERESERVED); /* [P10] */
    assert_int_equal(sio_on(t->io, NULL, on_a, NULL), SIO_EINVAL);
    assert_int_equal(sio_on(t->io, "x", NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio_off(t->io, "connect", NULL, NULL), SIO_ERESERVED);
}

static void once_is_once(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_once(t->socket, "x", on_a, &log);
    sio_once(t->io, "x", on_b, &log);
    send_x(t, &peer);
    expect(&log, "ab");
    send_x(t, &peer);
    expect(&log, "");
    client_close(&peer);
}

static void remove_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    log_t *log = data;
    (void) event;
    note(log, 'r');
    sio_off(socket, "x", NULL, NULL); /* itself and those behind it */
    sio_off(log->t->io, "x", on_b, log);
    sio_on(socket, "x", on_a, log); /* not for this event any more */
}

static void listeners_change_while_being_called(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->socket, "x", remove_all, &log);
    sio_on(t->socket, "x", on_b, &log);
    sio_on(t->io, "x", on_b, &log);
    send_x(t, &peer);
    expect(&log, "r");
    send_x(t, &peer);
    expect(&log, "a");
    client_close(&peer);
}

static void many_for_one_event(void **state) {
    test_sio_t *t = *state;
    log_t log[40];
    client_t peer;
    peer_connect(&peer, t);
    memset(log, 0, sizeof(log));
    for (size_t i = 0; i < 40; i++) {
        log[i].t = t;
        if (i % 2)
            sio_on(t->socket, "x", on_a, &log[i]);
        else
            sio_on(t->io, "x", on_b, &log[i]);
    }
    send_x(t, &peer);
    for (size_t i = 0; i < 40; i++)
        expect(&log[i], i % 2 ? "a" : "b");
    client_close(&peer);
}

static void leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, 'l');
    sio_disconnect(socket, 0);
}

static void nothing_is_called_after_the_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->socket, "x", leave, &log);
    sio_on(t->socket, "x", on_a, &log);
    sio_on(t->io, "x", on_b, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_expect(&peer, "1");
    expect(&log, "l"); /* [S27] */
    client_close(&peer);
}

static void cut(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, 'c');
    sio_disconnect(socket, 1);
}

static void a_listener_may_end_the_connection(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->socket, "x", cut, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_send(&peer, "2[\"x\"]"); /* dropped */
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    expect(&log, "c");
    client_close(&peer);
}

static void close_server(sio_socket_t *socket, sio_event_t *event, void *data) {
    log_t *log = data;
    (void) event;
    assert_int_equal(sio_server_close(log->t->io, NULL, NULL), 0);
    assert_false(sio_socket_connected(socket));
}

static void a_listener_may_close_the_server(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on(t->socket, "x", close_server, &log);
    sio_on(t->socket, "x", on_a, &log);
    peer_send(&peer, "51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    peer_send_binary(&peer, "abc", 3);
    peer_expect_close(&peer);
    expect(&log, "");
    client_close(&peer);
}

static int leave_one(sio_socket_t *socket, void *data) {
    (void) data;
    return sio_disconnect(socket, 0);
}

static int all_leave(sio_socket_t *socket, void *data) {
    ((test_sio_t *) data)->calls++;
    return sio_namespace_each(sio_socket_namespace(socket), leave_one, NULL);
}

static void each_may_disconnect(void **state) {
    test_sio_t *t = *state;
    client_t peers[3];
    for (int i = 0; i < 3; i++)
        peer_connect(&peers[i], t);
    assert_int_equal(sio_namespace_count(sio_of(t->io, "/")), 3);
    assert_int_equal(sio_namespace_each(sio_of(t->io, "/"), all_leave, t), 0);
    assert_int_equal(t->calls, 1); /* the others had gone by then */
    assert_int_equal(t->disconnects, 3);
    for (int i = 0; i < 3; i++)
        client_close(&peers[i]);
}

static int stop(sio_socket_t *socket, void *data) {
    (void) socket, (void) data;
    return 42;
}

static void each_stops_at_nonzero(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    assert_int_equal(sio_namespace_each(sio_of(t->io, "/"), stop, t), 0);
    peer_connect(&peer, t);
    assert_int_equal(sio_namespace_each(sio_of(t->io, "/"), stop, t), 42);
    client_close(&peer);
}

/* --- the tables --------------------------------------------------------------------------- */

typedef struct {
    sio__names_t names;
    sio__tables_t tables;
} fixture_t;

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    static const sio__idmap_key_t key = {1, 3};
    sio__names_init(&f->names, &key);
    assert_int_equal(sio__tables_init(&f->tables, &f->names), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    assert_int_equal(f->names.map.count, 0); /* names go with their listeners */
    sio__tables_free(&f->tables);
    sio__names_free(&f->names);
    free(f);
    return 0;
}

static void first(void) {
}

static void second(void) {
}

static void add(fixture_t *f, sio__listeners_t *listeners, const char *name,
                sio__function_t function, void *data) {
    sio__listener_t listener = {function, data, 0};
    assert_int_equal(sio__listeners_add(&f->tables, listeners, name, &listener), 0);
}

static void sockets_that_register_alike_share_a_table(void **state) {
    fixture_t *f = *state;
    sio__listeners_t one = {NULL, {NULL}}, two = {NULL, {NULL}};
    int x, y;
    add(f, &one, "a", first, &x);
    add(f, &one, "b", second, &x);
    add(f, &two, "a", first, &y);
    add(f, &two, "b", second, &y);
    assert_ptr_equal(one.table, two.table);
    assert_ptr_equal(one.data.one, &x); /* one pointer for all */
    assert_ptr_equal(two.data.one, &y);
    add(f, &two, "a", second, &y);
    assert_ptr_not_equal(one.table, two.table);
    add(f, &one, "a", second, &x);
    assert_ptr_equal(one.table, two.table);
    /* The same functions in another order are another table. */
    sio__listeners_clear(&f->tables, &two);
    add(f, &two, "b", second, &y);
    add(f, &two, "a", first, &y);
    assert_ptr_not_equal(one.table, two.table);
    sio__listeners_clear(&f->tables, &one);
    sio__listeners_clear(&f->tables, &two);
}

static sio__name_t *name_of(fixture_t *f, const char *name) {
    return sio__names_find(&f->names, name, strlen(name));
}

static void pointers_may_differ(void **state) {
    fixture_t *f = *state;
    sio__listeners_t listeners = {NULL, {NULL}};
    int data[9];
    sio__listener_t found[12];
    for (int i = 0; i < 9; i++)
        add(f, &listeners, i % 3 ? "a" : "b", i % 2 ? first : second, &data[i]);
    sio__name_t *a = name_of(f, "a");
    assert_int_equal(sio__listeners_find(&listeners, a, found, 12), 6);
    assert_ptr_equal(found[0].data, &data[1]);
    assert_ptr_equal(found[5].data, &data[8]);
    assert_true(found[0].function == first);
    assert_true(sio__listeners_has(&listeners, a, &found[5]));
    assert_int_equal(sio__listeners_remove(&f->tables, &listeners, a, found[5].function, &data[8]),
                     0);
    assert_false(sio__listeners_has(&listeners, a, &found[5]));
    /* counts on beyond the room */
    assert_int_equal(sio__listeners_find(&listeners, a, found, 2), 5);
    sio__listeners_remove(&f->tables, &listeners, a, NULL, NULL);
    assert_int_equal(sio__listeners_find(&listeners, a, found, 12), 0);
    assert_int_equal(sio__listeners_find(&listeners, name_of(f, "b"), found, 12), 3);
    sio__listeners_clear(&f->tables, &listeners);
}

static void many_different_continuations(void **state) {
    fixture_t *f = *state;
    enum { OWNERS = 100 };
    sio__listeners_t listeners[OWNERS];
    memset(listeners, 0, sizeof(listeners));
    for (int i = 0; i < OWNERS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "own %d", i);
        add(f, &listeners[i], "common", first, NULL);
        add(f, &listeners[i], name, second, NULL);
    }
    for (int i = 0; i < OWNERS; i++) {
        char name[16];
        sio__listener_t found;
        snprintf(name, sizeof(name), "own %d", i);
        assert_int_equal(sio__listeners_find(&listeners[i], name_of(f, name), &found, 1), 1);
        assert_true(found.function == second);
        assert_int_equal(sio__listeners_find(&listeners[i], name_of(f, "common"), &found, 1), 1);
        assert_true(found.function == first);
    }
    for (int i = 0; i < OWNERS; i++)
        sio__listeners_clear(&f->tables, &listeners[(i * 37) % OWNERS]);
}

#define IN_TABLES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(the_sockets_own_come_first),
        IN_SIO(reserved_names_are_refused),
        IN_SIO(once_is_once),
        IN_SIO(listeners_change_while_being_called),
        IN_SIO(many_for_one_event),
        IN_SIO(nothing_is_called_after_the_disconnect),
        IN_SIO(a_listener_may_end_the_connection),
        IN_SIO(a_listener_may_close_the_server),
        IN_SIO(each_may_disconnect),
        IN_SIO(each_stops_at_nonzero),
        IN_TABLES(sockets_that_register_alike_share_a_table),
        IN_TABLES(pointers_may_differ),
        IN_TABLES(many_different_continuations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
