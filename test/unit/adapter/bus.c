/* An adapter of a program's own [A3]: that of examples/cluster, joining two servers on one
 * loop, with the parser of the protocol and with another. */
#include "../../../examples/cluster/bus.h"
#include "../lib/sio.h"

enum { SERVERS = 2 };

typedef struct {
    test_sio_t sio[SERVERS]; /* the second one on the loop of the first */
    bus_t bus;
    client_t peers[SERVERS];
    char ids[SERVERS][21];
    int calls;
    int error;
    size_t count;
    int sum;
    sio_event_t *held;
} fixture_t;

static void start(fixture_t *f, int i, const sio_options_t *options) {
    test_sio_t *t = &f->sio[i];
    uv_loop_t *loop = &f->sio[0].uv;
    assert_int_equal(sio_server_new(&t->io, loop, options), 0);
    assert_int_equal(sio_listen(t->io, "127.0.0.1", 0), 0);
    t->port = sio_server_port(t->io);
    sio_on_connection(t->io, test_sio_connected, t);
    sio_on_disconnect(t->io, test_sio_disconnected, t);
}

static void open_servers(fixture_t *f, const sio_parser_t *parser) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_adapter_t adapter = bus_adapter(&f->bus);
    options.adapter = &adapter;
    options.parser = parser;
    assert_int_equal(uv_loop_init(&f->sio[0].uv), 0);
    for (int i = 0; i < SERVERS; i++)
        start(f, i, &options);
    memset(&adapter, 0xff, sizeof(adapter)); /* it was copied */
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    open_servers(f, NULL);
    for (int i = 0; i < SERVERS; i++) {
        peer_open_with(&f->peers[i], &f->sio[0].uv, f->sio[i].port, "", "");
        peer_join(&f->peers[i], "", "", f->ids[i]);
    }
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < SERVERS; i++)
        client_close(&f->peers[i]);
    for (int i = 0; i < SERVERS; i++)
        sio_server_free(f->sio[i].io);
    uv_run(&f->sio[0].uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->sio[0].uv), 0);
    assert_null(f->bus.nodes);
    free(f);
    return 0;
}

/* The event "x" comes to those whose digit is in `who`, and to nobody else. */
static void expect(fixture_t *f, const char *who) {
    for (int i = 0; i < SERVERS; i++) {
        if (strchr(who, '0' + i) != NULL)
            peer_expect(&f->peers[i], "2[\"x\"]");
        peer_expect_nothing(&f->peers[i]);
    }
}

/* [A3, S11] */
static void broadcasts(void **state) {
    fixture_t *f = *state;
    sio_emit(f->sio[0].io, "x");
    expect(f, "01");
    sio_emit(sio_to(f->sio[0].io, f->ids[1]), "x");
    expect(f, "1");
    sio_emit(sio_local(f->sio[0].io), "x");
    expect(f, "0");
    sio_emit(sio_broadcast(f->sio[1].socket), "x");
    expect(f, "0");
    sio_emit(sio_except(f->sio[1].socket, "nobody"), "x");
    expect(f, "0");
    sio_emit(sio_except(sio_except(f->sio[1].socket, f->ids[0]), "nobody"), "x");
    expect(f, "");
    sio_emit(sio_except(f->sio[1].io, f->ids[0]), "x");
    expect(f, "1");
    sio_emit(f->sio[0].io, "b", "{s:B}", "k", "abc", (size_t) 3);
    for (int i = 0; i < SERVERS; i++) {
        peer_expect(&f->peers[i], "51-[\"b\",{\"k\":{\"_placeholder\":true,\"num\":0}}]");
        peer_expect_binary(&f->peers[i], "abc", 3);
    }
    /* Raw text that is no JSON can be told nobody. */
    assert_int_equal(sio_emit_raw(f->sio[0].io, "x", "{", 1), SIO_EINVAL);
    expect(f, "");
}

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    fixture_t *f = data;
    (void) nsp;
    f->calls++;
    f->error = error;
    f->count = sio_event_count(responses);
    f->sum = 0;
    for (size_t i = 0; i < f->count; i++)
        f->sum += (int) json_integer_value(sio_event_arg(responses, i));
}

/* [A3, S14] */
static void broadcasts_with_acks(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit_with_ack(f->sio[0].io, 5000, on_responses, f, "ask", "i", 5), 0);
    for (int i = 0; i < SERVERS; i++) {
        peer_expect(&f->peers[i], "20[\"ask\",5]");
        peer_send(&f->peers[i], i == 0 ? "30[10]" : "30[20,\"more\"]");
    }
    test_sio_until(&f->sio[0], f->calls == 1);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->sum, 30);
    /* Only one answers. */
    sio_emit_with_ack(sio_except(f->sio[0].io, f->ids[0]), 50, on_responses, f, "ask");
    peer_expect(&f->peers[1], "21[\"ask\"]");
    test_sio_until(&f->sio[0], f->calls == 2);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    peer_send(&f->peers[1], "31[1]"); /* late */
    peer_settle(&f->peers[1]);
    sio_emit_with_ack(sio_local(f->sio[0].io), 5000, on_responses, f, "ask");
    peer_expect(&f->peers[0], "22[\"ask\"]");
    peer_send(&f->peers[0], "32[3]");
    test_sio_until(&f->sio[0], f->calls == 3);
    assert_int_equal(f->sum, 3);
}

/* The other server goes with what it was asked. */
static void a_server_goes_while_it_is_asked(void **state) {
    fixture_t *f = *state;
    sio_emit_with_ack(f->sio[0].io, 100, on_responses, f, "ask");
    peer_expect(&f->peers[0], "20[\"ask\"]");
    sio_server_free(f->sio[1].io);
    f->sio[1].io = NULL;
    peer_send(&f->peers[0], "30[1]");
    test_sio_until(&f->sio[0], f->calls == 1);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_int_equal(f->count, 1);
    assert_int_equal(sio_emit(f->sio[0].io, "x"), 0);
    peer_expect(&f->peers[0], "2[\"x\"]");
}

static void on_sockets(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    fixture_t *f = data;
    f->calls++;
    f->error = error;
    f->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *id = sio_remote_id(sockets[i]);
        assert_ptr_equal(sio_remote_local(sockets[i]), sio_namespace_socket(nsp, id));
        assert_string_equal(json_string_value(json_array_get(sio_remote_rooms(sockets[i]), 0)),
                            id);
        assert_true(json_is_object(sio_remote_handshake(sockets[i])));
        if (sio_remote_local(sockets[i]) == NULL)
            f->sum = (int) json_integer_value(json_object_get(sio_remote_data(sockets[i]), "n"));
    }
}

/* [S16, S17] */
static void remote_control(void **state) {
    fixture_t *f = *state;
    json_object_set_new(sio_socket_shared_data(f->sio[1].socket), "n", json_integer(42));
    sio_fetch_sockets(f->sio[0].io, on_sockets, f);
    test_sio_until(&f->sio[0], f->calls == 1);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->sum, 42);
    sio_fetch_sockets(sio_local(f->sio[0].io), on_sockets, f);
    test_sio_until(&f->sio[0], f->calls == 2);
    assert_int_equal(f->count, 1);
    sio_sockets_join(sio_in(f->sio[0].io, f->ids[1]), "a");
    assert_true(sio_in_room(f->sio[1].socket, "a"));
    sio_sockets_leave(sio_in(f->sio[0].io, "a"), "a");
    assert_false(sio_in_room(f->sio[1].socket, "a"));
    sio_disconnect_sockets(sio_in(f->sio[0].io, f->ids[1]), 0);
    peer_expect(&f->peers[1], "1");
    assert_int_equal(f->sio[1].disconnects, 1);
    assert_int_equal(f->sio[0].disconnects, 0);
}

static void on_sum(sio_namespace_t *nsp, sio_event_t *event, void *data) {
    int a, b;
    (void) nsp;
    ((fixture_t *) data)->calls++;
    assert_null(sio_event_socket(event));
    if (sio_event_unpack(event, "ii", &a, &b) == 0)
        sio_ack(event, "i", a + b);
    assert_int_equal(sio_ack(event, "i", 0), SIO_EDONE);
}

static void on_plain(sio_namespace_t *nsp, sio_event_t *event, void *data) {
    const char *text;
    const void *bytes;
    size_t length;
    (void) nsp;
    assert_int_equal(sio_event_unpack(event, "sB", &text, &bytes, &length), 0);
    assert_string_equal(sio_event_name(event), "plain");
    assert_string_equal(text, "text");
    assert_memory_equal(bytes, "abc", 3);
    assert_false(sio_event_wants_ack(event));
    assert_int_equal(sio_ack(event, "i", 1), 0); /* nobody waits */
    ((fixture_t *) data)->calls++;
}

/* [S18] */
static void events_between_servers(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_on_server_side(f->sio[1].io, "plain", on_plain, f), 0);
    assert_int_equal(sio_on_server_side(f->sio[0].io, "plain", on_plain, f), 0);
    assert_int_equal(sio_server_side_emit(f->sio[0].io, "plain", "sB", "text", "abc", (size_t) 3),
                     0);
    assert_int_equal(f->calls, 1); /* not its own */
    assert_int_equal(sio_off_server_side(f->sio[1].io, "plain", on_plain, f), 0);
    sio_server_side_emit(f->sio[0].io, "plain", "s", "nobody listens");
    assert_int_equal(f->calls, 1);
    peer_send(&f->peers[1], "2[\"plain\",\"of a client\"]"); /* is something else */
    peer_settle(&f->peers[1]);
    assert_int_equal(sio_server_side_emit(f->sio[0].io, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_on_server_side(f->sio[0].io, "connect", on_plain, f), SIO_ERESERVED);
}

/* [S18] */
static void answers_between_servers(void **state) {
    fixture_t *f = *state;
    sio_on_server_side(f->sio[1].io, "sum", on_sum, f);
    assert_int_equal(
        sio_server_side_emit_with_ack(f->sio[0].io, 5000, on_responses, f, "sum", "ii", 1, 2), 0);
    test_sio_until(&f->sio[0], f->calls == 2);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->sum, 3);
    f->calls = 0;
    sio_server_side_emit_with_ack(f->sio[0].io, 30, on_responses, f, "nobody");
    test_sio_until(&f->sio[0], f->calls == 1);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_int_equal(f->count, 0);
}

static void hold(sio_namespace_t *nsp, sio_event_t *event, void *data) {
    (void) nsp;
    ((fixture_t *) data)->held = sio_event_ref(event);
}

/* An answer may come later, and never. */
static void a_late_answer_between_servers(void **state) {
    fixture_t *f = *state;
    sio_on_server_side(f->sio[1].io, "hold", hold, f);
    sio_server_side_emit_with_ack(f->sio[0].io, 5000, on_responses, f, "hold");
    assert_non_null(f->held);
    assert_true(sio_event_wants_ack(f->held));
    assert_int_equal(sio_ack(f->held, "i", 9), 0);
    assert_int_equal(sio_ack(f->held, "i", 9), SIO_EDONE);
    sio_event_unref(f->held);
    test_sio_until(&f->sio[0], f->calls == 1);
    assert_int_equal(f->sum, 9);

    sio_server_side_emit_with_ack(f->sio[0].io, 20, on_responses, f, "hold");
    test_sio_until(&f->sio[0], f->calls == 2);
    assert_int_equal(sio_ack(f->held, "i", 1), 0); /* too late */
    sio_event_unref(f->held);

    sio_server_side_emit_with_ack(f->sio[0].io, 5000, on_responses, f, "hold");
    sio_server_free(f->sio[1].io);
    f->sio[1].io = NULL;
    assert_int_equal(sio_ack(f->held, "i", 1), SIO_ECLOSED);
    sio_event_unref(f->held);
}

static void other_namespaces_are_apart(void **state) {
    fixture_t *f = *state;
    assert_non_null(sio_of(f->sio[0].io, "/only here"));
    assert_int_equal(sio_emit(sio_of(f->sio[0].io, "/only here"), "x"), 0);
    expect(f, "");
}

/* What another server has said is checked. */
static void bad_packets_are_refused(void **state) {
    fixture_t *f = *state;
    sio_namespace_t *nsp = sio_server_sockets(f->sio[0].io);
    sio_targets_t everyone = {0};
    const char *const bad[] = {"", "{}", "[]", "[1", "[\"connect\"]", "[{}]"};
    sio_packet_t packet = {.type = SIO_PACKET_EVENT, .nsp = "/", .nsp_length = 1, .id = -1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        packet.data = bad[i];
        packet.data_length = strlen(bad[i]);
        assert_int_equal(sio_memory_broadcast_packet(nsp, &everyone, &packet), SIO_EINVAL);
        assert_int_equal(sio_server_side_receive(nsp, &packet, NULL), SIO_EINVAL);
    }
    packet.type = SIO_PACKET_ACK;
    packet.data = "[\"x\"]";
    packet.data_length = 5;
    assert_int_equal(sio_memory_broadcast_packet(nsp, &everyone, &packet), SIO_EINVAL);
    packet.type = SIO_PACKET_EVENT;
    packet.data = "[\"x\",{\"_placeholder\":true,\"num\":1}]";
    packet.data_length = strlen(packet.data);
    packet.binaries = &(sio_binary_t){"a", 1};
    packet.binary_count = 1;
    assert_int_equal(sio_memory_broadcast_packet(nsp, &everyone, &packet), SIO_EINVAL);
    expect(f, "");
}

/* An adapter that keeps sessions elsewhere, and answers in a later turn. */
typedef struct {
    char sid[21], pid[21], rooms[64];
    size_t rooms_length;
    json_t *data;
    char offset[64];
    sio_restore_t *restore;
    int asked;
} elsewhere_t;

static int elsewhere_open(void **state, sio_namespace_t *nsp, void *data) {
    (void) nsp;
    *state = data;
    return 0;
}

static void elsewhere_save(void *state, sio_namespace_t *nsp, const sio_session_t *session) {
    elsewhere_t *e = state;
    (void) nsp;
    snprintf(e->sid, sizeof(e->sid), "%s", session->sid);
    snprintf(e->pid, sizeof(e->pid), "%s", session->pid);
    assert_true(session->rooms.length < sizeof(e->rooms));
    memcpy(e->rooms, session->rooms.text, session->rooms.length);
    e->rooms_length = session->rooms.length;
    e->data = json_incref((json_t *) (uintptr_t) session->data);
}

static void elsewhere_restore(void *state, sio_namespace_t *nsp, const char *pid,
                              const char *offset, sio_restore_t *restore) {
    elsewhere_t *e = state;
    (void) nsp;
    assert_string_equal(pid, e->pid);
    snprintf(e->offset, sizeof(e->offset), "%s", offset);
    e->restore = restore;
    e->asked++;
}

static void give_back(elsewhere_t *e) {
    sio_session_t session = {.sid = e->sid, .pid = e->pid, .rooms = {e->rooms, e->rooms_length},
                             .data = e->data};
    sio_packet_t missed = {.type = SIO_PACKET_EVENT, .nsp = "/", .nsp_length = 1, .id = -1,
                           .data = "[\"missed\",\"offset 7\"]", .data_length = 21};
    sio_packet_t bad = {.type = SIO_PACKET_EVENT, .data = "[", .data_length = 1};
    assert_int_equal(sio_restore_session(e->restore, &session), 0);
    assert_int_equal(sio_restore_packet(e->restore, &missed), 0);
    assert_int_equal(sio_restore_packet(e->restore, &bad), SIO_EINVAL);
    sio_restore_done(e->restore);
}

/* [R8] */
static void recovery_by_an_adapter_of_ones_own(void **state) {
    elsewhere_t e = {.asked = 0};
    test_sio_t t;
    client_t peer, other, third;
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_recovery_options_t recovery = {.max_disconnection_ms = 0};
    sio_adapter_t adapter = {SIO_ADAPTER_INIT, .data = &e, .open = elsewhere_open,
                             .save_session = elsewhere_save,
                             .restore_session = elsewhere_restore};
    char packet[128];
    (void) state;
    options.adapter = &adapter;
    options.recovery = &recovery;
    test_sio_open_with(&t, &options);
    peer_open(&peer, &t);
    peer_send(&peer, "0");
    assert_int_equal(strncmp(peer_next(&peer)->data, "40{\"sid\":", 9), 0);
    sio_join(t.socket, "room");
    json_object_set_new(sio_socket_shared_data(t.socket), "n", json_integer(1));
    sio_emit(t.socket, "x"); /* offsets are the adapter's business */
    peer_expect(&peer, "2[\"x\"]");
    client_close(&peer);
    test_sio_until(&t, t.disconnects == 1);
    assert_string_not_equal(e.pid, "");

    peer_open(&other, &t);
    snprintf(packet, sizeof(packet), "0{\"pid\":\"%s\",\"offset\":\"offset 6\"}", e.pid);
    peer_send(&other, packet);
    test_sio_until(&t, e.asked == 1);
    assert_string_equal(e.offset, "offset 6");
    assert_int_equal(t.connections, 1);
    give_back(&e);
    peer_expect(&other, "2[\"missed\",\"offset 7\"]");
    snprintf(packet, sizeof(packet), "0{\"sid\":\"%s\",\"pid\":\"%s\"}", e.sid, e.pid);
    peer_expect(&other, packet);
    assert_true(sio_socket_recovered(t.socket));
    assert_true(sio_in_room(t.socket, "room"));
    client_close(&other);
    test_sio_until(&t, t.disconnects == 2);
    json_decref(e.data);
    json_decref(e.data); /* it was kept twice */

    /* The client goes before it is known, or nothing ever is: both leave nothing behind. */
    peer_open(&third, &t);
    snprintf(packet, sizeof(packet), "0{\"pid\":\"%s\",\"offset\":\"offset 6\"}", e.pid);
    peer_send(&third, packet);
    test_sio_until(&t, e.asked == 2);
    client_close(&third);
    test_sio_until(&t, sio_server_clients(t.io) == 0);
    sio_restore_done(e.restore);
    assert_int_equal(t.connections, 2);
    peer_open(&third, &t);
    peer_send(&third, packet);
    test_sio_until(&t, e.asked == 3);
    client_close(&third);
    test_sio_close(&t);
}

typedef struct {
    char log[256];
    sio_server_t *io;
} order_t;

static void note(order_t *order, const char *text) {
    size_t used = strlen(order->log);
    snprintf(order->log + used, sizeof(order->log) - used, "%s ", text);
}

static int note_open(void **state, sio_namespace_t *nsp, void *data) {
    (void) nsp;
    *state = data;
    return 0;
}

static void note_close(void *state, sio_namespace_t *nsp) {
    order_t *order = state;
    if (strcmp(sio_namespace_name(nsp), "/") == 0)
        note(order, sio_server_clients(order->io) > 0 ? "adapter-before-engine" : "adapter");
}

static void note_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket;
    note(data, sio_reason_string(reason));
}

static void note_closed(sio_server_t *io, void *data) {
    note(data, sio_server_clients(io) == 0 ? "closed" : "closed-with-clients");
}

/* [S3] Sockets end without a packet, then adapters, then the engine, then the listener. */
static void the_order_of_closing(void **state) {
    static order_t order;
    test_sio_t t;
    client_t peer;
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_adapter_t adapter = {SIO_ADAPTER_INIT, .data = &order, .open = note_open,
                             .close = note_close};
    (void) state;
    options.adapter = &adapter;
    test_sio_open_with(&t, &options);
    order.io = t.io;
    sio_on_disconnect(t.io, note_disconnect, &order);
    peer_connect(&peer, &t);
    assert_int_equal(sio_server_close(t.io, note_closed, &order), 0);
    assert_string_equal(order.log, "server shutting down adapter-before-engine ");
    assert_int_equal(sio_emit(t.io, "nobody hears it"), 0);
    peer_expect_close(&peer);
    client_close(&peer);
    test_sio_until(&t, strstr(order.log, " closed ") != NULL);
    assert_string_equal(order.log, "server shutting down adapter-before-engine closed ");
    test_sio_close(&t);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(broadcasts),
        CASE(broadcasts_with_acks),
        CASE(a_server_goes_while_it_is_asked),
        CASE(remote_control),
        CASE(events_between_servers),
        CASE(answers_between_servers),
        CASE(a_late_answer_between_servers),
        CASE(other_namespaces_are_apart),
        CASE(bad_packets_are_refused),
        cmocka_unit_test(recovery_by_an_adapter_of_ones_own),
        cmocka_unit_test(the_order_of_closing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
