/* Listeners of whatever comes in or goes out [S25]. */
#include "../lib/sio.h"

typedef struct {
    test_sio_t *t;
    sio_socket_t *other;
    sio_broadcast_t *kept;
    int limit;
    char log[512];
} log_t;

static void note(log_t *log, const char *text) {
    size_t length = strlen(log->log);
    snprintf(log->log + length, sizeof(log->log) - length, "%s ", text);
}

static void expect(log_t *log, const char *text) {
    assert_string_equal(log->log, text);
    memset(log->log, 0, sizeof(log->log));
}

static void note_event(log_t *log, const char *who, sio_event_t *event) {
    char text[128];
    snprintf(text, sizeof(text), "%s:%s", who, sio_event_name(event));
    note(log, text);
}

static void on_a(sio_socket_t *socket, sio_event_t *event, void *data) {
    assert_ptr_equal(sio_event_socket(event), socket);
    note_event(data, "a", event);
}

static void on_b(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    note_event(data, "b", event);
}

static void on_x(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    note_event(data, "x", event);
}

static void say(client_t *peer, const char *packet) {
    peer_send(peer, packet);
    peer_settle(peer);
}

/* --- incoming ----------------------------------------------------------------------------- */

static void any_listeners_come_before_those_of_the_name(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_on(t->socket, "x", on_x, &log), 0);
    assert_int_equal(sio_on_any(t->io, on_b, &log), 0);
    assert_int_equal(sio_on_any(t->socket, on_a, &log), 0);
    say(&peer, "2[\"x\",1]");
    expect(&log, "a:x b:x x:x ");
    say(&peer, "2[\"nobody listens to this one\"]");
    expect(&log, "a:nobody listens to this one b:nobody listens to this one ");
    assert_int_equal(sio_off_any(t->socket, on_a, &log), 0);
    say(&peer, "2[\"x\"]");
    expect(&log, "b:x x:x ");
    assert_int_equal(sio_off_any(t->io, NULL, NULL), 0);
    say(&peer, "2[\"x\"]");
    expect(&log, "x:x ");
    client_close(&peer);
}

static void prepended_ones_come_first(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t}, other = {.t = t};
    sio_listener_t list[4];
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_on(t->socket, "x", on_x, &other), 0);
    assert_int_equal(sio_on_any(t->socket, on_a, &log), 0);
    assert_int_equal(sio_prepend_any(t->socket, on_b, &log), 0);
    assert_int_equal(sio_prepend_any(t->socket, on_x, &log), 0);
    say(&peer, "2[\"x\"]");
    expect(&log, "x:x b:x a:x ");
    expect(&other, "x:x ");
    assert_int_equal(sio_listeners_any(t->socket, list, 4), 3);
    assert_true(list[0].cb == on_x && list[1].cb == on_b && list[2].cb == on_a);
    assert_ptr_equal(list[2].data, &log);
    list[1].cb = NULL;
    assert_int_equal(sio_listeners_any(t->socket, list, 1), 3); /* no more than there is room for */
    assert_null(list[1].cb);
    assert_int_equal(sio_listeners_any(t->socket, NULL, 0), 3);
    assert_int_equal(sio_listeners_any(t->io, list, 4), 0);
    assert_int_equal(sio_listeners_any_outgoing(t->socket, list, 4), 0);
    assert_int_equal(sio_prepend_any(sio_of(t->io, "/"), on_a, &log), 0);
    assert_int_equal(sio_listeners_any(t->io, list, 4), 1);
    assert_int_equal(sio_off_any(t->socket, NULL, NULL), 0);
    assert_int_equal(sio_listeners_any(t->socket, list, 4), 0);
    say(&peer, "2[\"x\"]");
    expect(&log, "a:x ");
    expect(&other, "x:x ");
    client_close(&peer);
}

static void misuse_is_refused(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_socket_t *none = NULL;
    peer_connect(&peer, t);
    assert_int_equal(sio_on_any(none, on_a, NULL), SIO_EINVAL);
    assert_int_equal(sio_on_any(t->socket, NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio_off_any(none, on_a, NULL), SIO_EINVAL);
    assert_int_equal(sio_server_on_any(NULL, on_a, NULL), SIO_EINVAL);
    assert_int_equal(sio_listeners_any(none, NULL, 0), 0);
    /* The names under which they are kept are none of events. */
    assert_int_equal(sio_on(t->socket, "\xff" "any incoming", on_a, NULL), SIO_ERESERVED);
    assert_int_equal(sio_off(t->socket, "\xff" "any incoming", NULL, NULL), SIO_ERESERVED);
    assert_int_equal(sio_emit(t->socket, "\xff" "any outgoing"), SIO_EUTF8);
    sio_socket_t *socket = sio_socket_ref(t->socket);
    client_close(&peer);
    test_sio_until(t, t->disconnects == 1);
    assert_int_equal(sio_on_any(socket, on_a, NULL), SIO_ECLOSED);
    assert_int_equal(sio_prepend_any_outgoing(socket, on_a, NULL), SIO_ECLOSED);
    assert_int_equal(sio_off_any(socket, on_a, NULL), 0);
    sio_socket_unref(socket);
}

static void end_it(sio_socket_t *socket, sio_event_t *event, void *data) {
    note_event(data, "end", event);
    assert_int_equal(sio_disconnect(socket, 0), 0);
}

/* [S27] */
static void nobody_is_called_after_an_any_listener_has_disconnected(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any(t->io, on_b, &log);
    sio_on(t->io, "x", on_x, &log);
    sio_on_any(t->socket, end_it, &log);
    sio_on_any(t->socket, on_a, &log);
    peer_send(&peer, "2[\"x\"]");
    peer_expect(&peer, "1");
    expect(&log, "end:x ");
    client_close(&peer);
}

static void change_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    log_t *log = data;
    note_event(log, "change", event);
    sio_off_any(socket, NULL, NULL);
    sio_on_any(socket, on_b, log);
    sio_prepend_any(socket, on_x, log);
    sio_on(socket, "x", on_b, log);
}

static void they_may_be_changed_while_they_are_called(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any(t->socket, change_all, &log);
    sio_on_any(t->socket, on_a, &log);
    say(&peer, "2[\"x\"]");
    expect(&log, "change:x b:x ");
    say(&peer, "2[\"y\"]");
    expect(&log, "x:y b:y ");
    client_close(&peer);
}

/* --- outgoing ----------------------------------------------------------------------------- */

/* Notes name and arguments. */
static void on_out(sio_socket_t *socket, sio_event_t *event, void *data) {
    char text[256];
    size_t length, at;
    assert_ptr_equal(sio_event_socket(event), socket);
    assert_false(sio_event_wants_ack(event));
    assert_int_equal(sio_ack(event, "i", 1), 0);
    at = (size_t) snprintf(text, sizeof(text), "%s", sio_event_name(event));
    for (size_t i = 0; i < sio_event_count(event); i++) {
        const char *raw = sio_event_raw(event, i, &length);
        at += (size_t) snprintf(text + at, sizeof(text) - at, ",%.*s", (int) length, raw);
    }
    note(data, text);
}

static void answered(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) socket;
    assert_int_equal(error, 0);
    note_event(data, "answer", reply);
}

static void outgoing_ones_hear_emits_but_not_acks(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    assert_int_equal(sio_on_any_outgoing(t->socket, on_out, &log), 0);
    assert_int_equal(sio_emit(t->socket, "x", "si", "t\"ext", 7), 0);
    assert_int_equal(sio_emit(t->socket, "na\nme"), 0);
    json_t *array = json_pack("[i,{s:b}]", 1, "k", 1);
    assert_int_equal(sio_emit_json(t->socket, "json", array), 0);
    json_decref(array);
    assert_int_equal(sio_emit_raw(t->socket, "raw", "[1,2],null", 10), 0);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, answered, &log, "ask", "i", 1), 0);
    expect(&log, "x,\"t\\\"ext\",7 na\nme json,1,{\"k\":true} raw,[1,2],null ask,1 ");
    peer_expect(&peer, "2[\"x\",\"t\\\"ext\",7]");
    peer_expect(&peer, "2[\"na\\nme\"]");
    peer_expect(&peer, "2[\"json\",1,{\"k\":true}]");
    peer_expect(&peer, "2[\"raw\",[1,2],null]");
    peer_expect(&peer, "20[\"ask\",1]");
    peer_send(&peer, "30[]");
    peer_settle(&peer);
    expect(&log, "answer: ");
    assert_int_equal(sio_emit(t->socket, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_emit(t->socket, "x", "s", (const char *) NULL), SIO_EINVAL);
    assert_int_equal(sio_off_any_outgoing(t->socket, on_out, &log), 0);
    assert_int_equal(sio_emit(t->socket, "x"), 0);
    expect(&log, "");
    client_close(&peer);
}

static void echo_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_event_ack_event(event, event);
}

static void outgoing_ones_do_not_hear_acks_nor_the_disconnect(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_open(&peer, t);
    assert_int_equal(sio_on_any_outgoing(t->io, on_out, &log), 0);
    peer_join(&peer, "", "", NULL);
    sio_on(t->io, "ask", echo_ack, NULL);
    peer_send(&peer, "25[\"ask\",1]");
    peer_expect(&peer, "35[1]");
    sio_disconnect(t->socket, 0);
    peer_expect(&peer, "1");
    expect(&log, "");
    client_close(&peer);
}

typedef struct {
    test_sio_t *t;
    sio_event_t *kept[2];
    int count;
} keeper_t;

static void keep(sio_socket_t *socket, sio_event_t *event, void *data) {
    keeper_t *keeper = data;
    const void *bytes;
    size_t length;
    (void) socket;
    assert_int_equal(sio_event_attachments(event), 2);
    assert_memory_equal(sio_event_binary(event, 0, &length), "\1\2\3", 3);
    assert_int_equal(length, 3);
    assert_int_equal(sio_event_unpack(event, "n{s:B}", "k", &bytes, &length), SIO_ETYPE);
    assert_int_equal(sio_event_unpack(event, "B{s:B}", &bytes, &length, "k", &bytes, &length), 0);
    assert_int_equal(length, 0);
    assert_true(json_is_object(sio_event_arg(event, 1)));
    keeper->kept[keeper->count++] = sio_event_ref(event);
}

static void an_outgoing_event_has_binaries_and_can_be_kept(void **state) {
    test_sio_t *t = *state;
    keeper_t keeper = {.t = t};
    client_t one, two;
    size_t length;
    peer_connect(&one, t);
    sio_socket_t *first = t->socket;
    peer_connect(&two, t);
    sio_on_any_outgoing(t->io, keep, &keeper);
    assert_int_equal(sio_emit(t->io, "x", "B{s:B}", "\1\2\3", (size_t) 3, "k", "", (size_t) 0), 0);
    peer_expect(&one, "52-[\"x\",{\"_placeholder\":true,\"num\":0},{\"k\":{\"_placeholder\":true,"
                      "\"num\":1}}]");
    peer_expect_binary(&one, "\1\2\3", 3);
    assert_int_equal(keeper.count, 2);
    assert_ptr_not_equal(keeper.kept[0], keeper.kept[1]);
    sio_socket_t *sockets[2] = {sio_event_socket(keeper.kept[0]), sio_event_socket(keeper.kept[1])};
    assert_ptr_not_equal(sockets[0], sockets[1]);
    assert_true(sockets[0] == first || sockets[1] == first);
    client_close(&one);
    client_close(&two);
    test_sio_until(t, t->disconnects == 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(sio_event_name(keeper.kept[i]), "x");
        assert_memory_equal(sio_event_binary(keeper.kept[i], 0, &length), "\1\2\3", 3);
        sio_event_unref(keeper.kept[i]);
    }
}

static void count_calls(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event;
    ++*(int *) data;
}

static void outgoing_ones_hear_broadcasts_for_each_socket(void **state) {
    test_sio_t *t = *state;
    int one = 0, two = 0, all = 0;
    client_t first, second;
    peer_connect(&first, t);
    sio_socket_t *sender = t->socket;
    sio_on_any_outgoing(sender, count_calls, &one);
    peer_connect(&second, t);
    sio_on_any_outgoing(t->socket, count_calls, &two);
    sio_on_any_outgoing(t->io, count_calls, &all);
    sio_join(t->socket, "r");
    sio_emit(t->io, "x");
    assert_true(one == 1 && two == 1 && all == 2);
    sio_emit(sio_broadcast(sender), "x");
    assert_true(one == 1 && two == 2 && all == 3);
    sio_emit(sio_to(sio_to(t->io, "r"), sio_socket_id(sender)), "x");
    assert_true(one == 2 && two == 3 && all == 5);
    sio_emit(sio_except(t->io, "r"), "x");
    assert_true(one == 3 && two == 3 && all == 6);
    sio_emit(sio_of(t->io, "/elsewhere"), "x");
    assert_int_equal(all, 6);
    client_close(&first);
    client_close(&second);
}

static void many_answered(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    (void) nsp;
    assert_int_equal(error, 0);
    note_event(data, "answers", responses);
}

static void outgoing_ones_hear_broadcasts_that_ask_for_acks(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->socket, on_out, &log);
    assert_int_equal(sio_emit_with_ack(t->io, 5000, many_answered, &log, "ask", "i", 1), 0);
    peer_expect(&peer, "20[\"ask\",1]");
    peer_send(&peer, "30[]");
    peer_settle(&peer);
    expect(&log, "ask,1 answers: ");
    client_close(&peer);
}

/* [S15] */
static void outgoing_ones_hear_what_is_dropped_as_volatile(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->socket, on_out, &log);
    sio_emit(t->socket, "first"); /* queued, so that the others are dropped */
    sio_emit(sio_volatile(t->socket), "one");
    sio_emit(sio_volatile(t->io), "all");
    peer_expect(&peer, "2[\"first\"]");
    peer_expect_nothing(&peer);
    expect(&log, "first one all ");
    client_close(&peer);
}

static void unpack_long(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text;
    (void) socket;
    assert_int_equal(sio_event_unpack(event, "s", &text), 0);
    *(size_t *) data += strlen(text);
    assert_int_equal(sio_event_count(event), 12);
    assert_int_equal(json_integer_value(sio_event_arg(event, 11)), 11);
}

static void outgoing_ones_read_much(void **state) {
    test_sio_t *t = *state;
    size_t length = 0;
    char *text = malloc(5001);
    client_t peers[2];
    assert_non_null(text);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    peer_connect(&peers[0], t);
    peer_connect(&peers[1], t);
    sio_on_any_outgoing(t->io, unpack_long, &length);
    sio_on_any_outgoing(t->socket, unpack_long, &length);
    assert_int_equal(sio_emit(t->io, "x", "siiiiiiiiiii", text, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                     0);
    assert_int_equal(length, 15000);
    free(text);
    client_close(&peers[0]);
    client_close(&peers[1]);
}

/* Emits the same again, so that it is called within its own call. */
static void emit_again(sio_socket_t *socket, sio_event_t *event, void *data) {
    log_t *log = data;
    char name[16];
    note_event(log, "in", event);
    if (log->limit-- > 0) {
        snprintf(name, sizeof(name), "n%d", log->limit);
        assert_int_equal(sio_emit(socket, name), 0);
        assert_int_equal(sio_emit_with_ack(socket, 0, answered, log, "ask"), 0);
    }
    note_event(log, "out", event);
}

static void outgoing_ones_may_emit(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t, .limit = 1};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->socket, emit_again, &log);
    assert_int_equal(sio_emit_with_ack(t->socket, 0, answered, &log, "x"), 0);
    expect(&log, "in:x in:n0 out:n0 in:ask out:ask out:x ");
    peer_expect(&peer, "2[\"n0\"]");
    peer_expect(&peer, "21[\"ask\"]");
    peer_expect(&peer, "20[\"x\"]");
    peer_send(&peer, "30[]");
    peer_send(&peer, "31[]");
    peer_settle(&peer);
    expect(&log, "answer: answer: ");
    client_close(&peer);
}

/* Ends the socket, or both, and gives back what the emitter kept. */
static void end_them(sio_socket_t *socket, sio_event_t *event, void *data) {
    log_t *log = data;
    note_event(log, "end", event);
    sio_disconnect(log->other != NULL ? log->other : socket, 1);
    sio_broadcast_unref(log->kept);
    log->kept = NULL;
}

static void an_outgoing_one_that_ends_the_socket_stops_the_emit(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->socket, end_them, &log);
    sio_on_any_outgoing(t->socket, on_out, &log);
    assert_int_equal(sio_emit(t->socket, "x"), SIO_ECLOSED);
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    expect(&log, "end:x ");
    client_close(&peer);
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->socket, end_them, &log);
    /* The answer that nobody waits for is none: the emit has failed. */
    assert_int_equal(sio_emit_with_ack(t->socket, 0, answered, &log, "x"), SIO_ECLOSED);
    expect(&log, "end:x ");
    client_close(&peer);
}

static void an_outgoing_one_that_ends_sockets_stops_their_deliveries(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t one, two;
    peer_connect(&one, t);
    log.other = sio_socket_ref(t->socket);
    peer_connect(&two, t);
    sio_on_any_outgoing(t->io, end_them, &log);
    log.kept = sio_broadcast_ref(sio_to(sio_to(t->io, sio_socket_id(log.other)),
                                        sio_socket_id(t->socket)));
    assert_int_equal(sio_emit(log.kept, "x"), 0);
    assert_null(log.kept);
    sio_socket_unref(log.other);
    peer_expect(&one, "1");
    peer_expect_close(&one);
    peer_expect(&two, "2[\"x\"]");
    client_close(&one);
    client_close(&two);
}

static void close_server(sio_socket_t *socket, sio_event_t *event, void *data) {
    test_sio_t *t = data;
    (void) event;
    t->calls++;
    sio_server_close(sio_socket_server(socket), NULL, NULL);
}

static void an_outgoing_one_may_close_the_server(void **state) {
    test_sio_t *t = *state;
    client_t one, two;
    peer_connect(&one, t);
    peer_connect(&two, t);
    sio_on_any_outgoing(t->io, close_server, t);
    sio_emit(sio_except(t->io, "nobody"), "x");
    assert_int_equal(t->calls, 1);
    assert_int_equal(t->disconnects, 2);
    client_close(&one);
    client_close(&two);
}

static void raw_text_that_is_no_json_is_not_told(void **state) {
    test_sio_t *t = *state;
    log_t log = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_on_any_outgoing(t->io, on_out, &log);
    assert_int_equal(sio_emit_raw(t->socket, "x", "{", 1), 0);
    peer_expect(&peer, "2[\"x\",{]");
    expect(&log, "");
    client_close(&peer);
}

/* --- with a parser of its own [A1] -------------------------------------------------------- */

static int letter_encode(sio_parser_output_t *output, const sio_packet_t *packet, void *data) {
    (void) data;
    return sio_parser_text(output, packet->type == SIO_PACKET_CONNECT ? "C" : "E", 1);
}

static int letter_decode(sio_parser_input_t *input, void *state, const void *message,
                         size_t length, int binary, void *data) {
    sio_packet_t packet = {.nsp = "/", .nsp_length = 1, .id = -1};
    (void) state, (void) message, (void) length, (void) binary, (void) data;
    return sio_parser_packet(input, &packet);
}

static void outgoing_ones_read_what_another_parser_writes(void **state) {
    static const sio_parser_t letters = {SIO_PARSER_INIT, .encode = letter_encode,
                                         .decode = letter_decode};
    sio_options_t options = SIO_OPTIONS_INIT;
    log_t log = {0};
    test_sio_t t;
    client_t peer;
    (void) state;
    options.parser = &letters;
    test_sio_open_with(&t, &options);
    peer_open(&peer, &t);
    peer_send(&peer, "c");
    peer_expect(&peer, "C");
    sio_on_any_outgoing(t.io, on_out, &log);
    assert_int_equal(sio_emit(t.socket, "one", "B", "bytes", (size_t) 5), 0);
    assert_int_equal(sio_emit(t.io, "all", "i", 2), 0);
    sio_packet_t packet = {.type = SIO_PACKET_EVENT, .nsp = "/", .nsp_length = 1, .id = -1,
                           .data = "[\"far\",3]", .data_length = 9};
    sio_targets_t everyone = {{NULL, 0}, {NULL, 0}, NULL, 0, 0};
    assert_int_equal(sio_memory_broadcast_packet(sio_of(t.io, "/"), &everyone, &packet), 0);
    expect(&log, "one,{\"_placeholder\":true,\"num\":0} all,2 far,3 ");
    for (int i = 0; i < 3; i++)
        peer_expect(&peer, "E");
    client_close(&peer);
    test_sio_close(&t);
}

/* --- with recovery [R6] ------------------------------------------------------------------- */

static void outgoing_ones_hear_what_may_be_sent_again(void **state) {
    static const sio_recovery_options_t recovery = {0};
    sio_options_t options = SIO_OPTIONS_INIT;
    log_t log = {0};
    test_sio_t t;
    client_t peer;
    (void) state;
    options.recovery = &recovery;
    test_sio_open_with(&t, &options);
    peer_open(&peer, &t);
    peer_send(&peer, "0");
    assert_int_equal(peer_next(&peer)->data[1], '0');
    sio_on_any_outgoing(t.socket, end_them, &log);
    sio_emit(t.socket, "x");
    expect(&log, "end:x ");
    peer_expect(&peer, "1");
    client_close(&peer);
    test_sio_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(any_listeners_come_before_those_of_the_name),
        IN_SIO(prepended_ones_come_first),
        IN_SIO(misuse_is_refused),
        IN_SIO(nobody_is_called_after_an_any_listener_has_disconnected),
        IN_SIO(they_may_be_changed_while_they_are_called),
        IN_SIO(outgoing_ones_hear_emits_but_not_acks),
        IN_SIO(outgoing_ones_do_not_hear_acks_nor_the_disconnect),
        IN_SIO(an_outgoing_event_has_binaries_and_can_be_kept),
        IN_SIO(outgoing_ones_hear_broadcasts_for_each_socket),
        IN_SIO(outgoing_ones_hear_broadcasts_that_ask_for_acks),
        IN_SIO(outgoing_ones_hear_what_is_dropped_as_volatile),
        IN_SIO(outgoing_ones_read_much),
        IN_SIO(outgoing_ones_may_emit),
        IN_SIO(an_outgoing_one_that_ends_the_socket_stops_the_emit),
        IN_SIO(an_outgoing_one_that_ends_sockets_stops_their_deliveries),
        IN_SIO(an_outgoing_one_may_close_the_server),
        IN_SIO(raw_text_that_is_no_json_is_not_told),
        cmocka_unit_test(outgoing_ones_read_what_another_parser_writes),
        cmocka_unit_test(outgoing_ones_hear_what_may_be_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
