/* A parser of a program's own [A1], written against the public header alone: a packet is the line
 * "<type> <nsp> <id> <binaries>", a text message with its data if there is any, then its
 * binaries. Each connection has a state, in which such a packet is put together. */
#include "../lib/sio.h"
#include <sio/parser.h>

enum { MOST = 8 };

typedef struct {
    int opened, closed; /* states */
    int refuse_open;
    int encoded; /* packets */
    int code;    /* what encode returns; 0: it works */
    int ignore;  /* it ignores that a message is refused */
} counts_t;

typedef struct {
    counts_t *counts;
    int waiting; /* for the text (1) or the binaries (2) of this packet */
    sio_packet_t packet;
    char nsp[64], text[4096];
    int has_text;
    size_t wanted;
    sio_binary_t binaries[MOST];
} state_t;

static int line_open(void **state, void *data) {
    counts_t *counts = data;
    if (counts->refuse_open)
        return SIO_EINVAL;
    state_t *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return SIO_ENOMEM;
    made->counts = counts;
    counts->opened++;
    *state = made;
    return 0;
}

static void drop_binaries(state_t *state) {
    for (size_t i = 0; i < state->packet.binary_count; i++)
        free((void *) (uintptr_t) state->binaries[i].data);
    state->packet.binary_count = 0;
}

static void line_close(void *data, void *parser) {
    state_t *state = data;
    ((counts_t *) parser)->closed++;
    drop_binaries(state);
    free(state);
}

static int line_encode(sio_parser_output_t *output, const sio_packet_t *packet, void *data) {
    counts_t *counts = data;
    char line[256];
    if (counts->code != 0)
        return counts->code;
    counts->encoded++;
    int length = snprintf(line, sizeof(line), "%d %.*s %lld %zu %d", (int) packet->type,
                          (int) packet->nsp_length, packet->nsp, (long long) packet->id,
                          packet->binary_count, packet->data_length > 0);
    int rc = sio_parser_text(output, line, (size_t) length);
    if (rc == 0 && packet->data_length > 0)
        rc = sio_parser_text(output, packet->data, packet->data_length);
    for (size_t i = 0; rc == 0 && i < packet->binary_count; i++)
        rc = sio_parser_binary(output, packet->binaries[i].data, packet->binaries[i].length);
    if (counts->ignore)
        sio_parser_text(output, "\xff", 1);
    return rc;
}

static int complete(sio_parser_input_t *input, state_t *state) {
    state->waiting = 0;
    state->packet.nsp = state->nsp;
    state->packet.nsp_length = strlen(state->nsp);
    state->packet.data = state->text;
    state->packet.binaries = state->binaries;
    int rc = sio_parser_packet(input, &state->packet);
    drop_binaries(state); /* also when the connection has ended meanwhile */
    return rc;
}

static int begin(sio_parser_input_t *input, state_t *state, const char *line) {
    int type;
    long long id;
    size_t length = strlen(line);
    memset(&state->packet, 0, sizeof(state->packet));
    if (sscanf(line, "%d %63s %lld %zu %d", &type, state->nsp, &id, &state->wanted,
               &state->has_text) != 5 || state->wanted > MOST || length == 0)
        return sio_parser_refuse(input, "this is no line");
    state->packet.type = (sio_packet_type_t) type;
    state->packet.id = id;
    state->waiting = state->has_text ? 1 : 2;
    return state->has_text || state->wanted > 0 ? 0 : complete(input, state);
}

static int line_decode(sio_parser_input_t *input, void *data, const void *message, size_t length,
                       int binary, void *parser) {
    state_t *state = data;
    char line[256];
    assert_ptr_equal(state->counts, parser);
    if (binary != (state->waiting == 2))
        return SIO_EPROTO; /* the connection goes without a word, too */
    if (binary) {
        unsigned char *bytes = malloc(length + 1);
        memcpy(bytes, message, length);
        state->binaries[state->packet.binary_count++] = (sio_binary_t){bytes, length};
    } else if (state->waiting == 1) {
        assert_true(length < sizeof(state->text));
        memcpy(state->text, message, length);
        state->packet.data_length = length;
        state->waiting = 2;
    } else {
        /* Several packets in one message, a line each. */
        const char *at = message, *end = at + length;
        int rc = 0;
        while (rc == 0 && at < end) {
            const char *stop = memchr(at, '\n', (size_t) (end - at));
            if (stop == NULL)
                stop = end;
            snprintf(line, sizeof(line), "%.*s", (int) (stop - at), at);
            rc = begin(input, state, line);
            at = stop + 1;
        }
        return rc;
    }
    return state->packet.binary_count == state->wanted ? complete(input, state) : 0;
}

typedef struct {
    test_sio_t sio;
    counts_t counts;
    sio_parser_t parser;
} parsed_t;

static int setup(void **state) {
    parsed_t *t = calloc(1, sizeof(*t));
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_parser_t parser = {SIO_PARSER_INIT, .encode = line_encode, .decode = line_decode,
                           .open = line_open, .close = line_close, .data = &t->counts};
    assert_non_null(t);
    options.parser = &parser;
    test_sio_open_with(&t->sio, &options);
    memset(&parser, 0xff, sizeof(parser)); /* it was copied */
    *state = t;
    return 0;
}

static int teardown(void **state) {
    parsed_t *t = *state;
    test_sio_close(&t->sio);
    assert_int_equal(t->counts.opened, t->counts.closed);
    free(t);
    return 0;
}

#define IN_PARSED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void join(client_t *peer, parsed_t *t, const char *nsp) {
    char line[128];
    snprintf(line, sizeof(line), "0 %s -1 0 0", nsp);
    peer_send(peer, line);
    snprintf(line, sizeof(line), "0 %s -1 0 1", nsp);
    peer_expect(peer, line);
    assert_memory_equal(peer_next(peer)->data, "4{\"sid\":\"", 9);
    assert_non_null(t->sio.socket);
}

static void open_peer(client_t *peer, parsed_t *t) {
    peer_open(peer, &t->sio);
    join(peer, t, "/");
}

#define ONE "{\"_placeholder\":true,\"num\":0}"
#define TWO "{\"_placeholder\":true,\"num\":1}"

/* All ways to look at an event. */
static void look(sio_socket_t *socket, sio_event_t *event, void *data) {
    parsed_t *t = data;
    const char *text, *raw;
    const void *bytes, *inner;
    size_t length, inner_length, raw_length;
    int number;
    t->sio.calls++;
    assert_string_equal(sio_event_name(event), "e\"\n");
    assert_int_equal(sio_event_count(event), 3);
    assert_int_equal(sio_event_unpack(event, "sB{s:[iB]}", &text, &bytes, &length, "list", &number,
                                      &inner, &inner_length), 0);
    assert_string_equal(text, "a\tb");
    assert_int_equal(length, 3);
    assert_memory_equal(bytes, "one", 3);
    assert_int_equal(number, 7);
    assert_int_equal(inner_length, 0);
    assert_int_equal(json_integer_value(json_array_get(
                         json_object_get(sio_event_arg(event, 2), "list"), 0)), 7);
    raw = sio_event_raw(event, 0, &raw_length);
    assert_int_equal(raw_length, 6);
    assert_memory_equal(raw, "\"a\\tb\"", 6);
    assert_ptr_equal(sio_event_binary(event, 1, &length), bytes);
    assert_null(sio_event_binary(event, 2, &length));
    assert_int_equal(sio_event_attachments(event), 2);
    assert_true(sio_event_wants_ack(event));
    assert_int_equal(sio_emit_event(socket, "back", event), 0);
    assert_int_equal(sio_ack(event, "{s:B}", "b", bytes, (size_t) 3), 0);
    t->sio.data = sio_event_ref(event);
}

/* [A1] */
static void events_and_acks_with_binaries(void **state) {
    parsed_t *t = *state;
    client_t peer;
    size_t length;
    sio_on(t->sio.io, "e\"\n", look, t);
    open_peer(&peer, t);
    peer_send(&peer, "2 / 5 2 1");
    peer_send(&peer, "[\"e\\\"\\n\",\"a\\tb\"," TWO ",{\"list\":[7," ONE "]}]");
    peer_send_binary(&peer, "", 0);
    assert_int_equal(t->sio.calls, 0);
    peer_send_binary(&peer, "one", 3);
    peer_expect(&peer, "2 / -1 2 1");
    peer_expect(&peer, "[\"back\",\"a\\tb\"," ONE ",{\"list\":[7," TWO "]}]");
    peer_expect_binary(&peer, "one", 3);
    peer_expect_binary(&peer, "", 0);
    peer_expect(&peer, "3 / 5 1 1");
    peer_expect(&peer, "[{\"b\":" ONE "}]");
    peer_expect_binary(&peer, "one", 3);
    /* What was kept is whole although the parser has freed its binaries. */
    sio_event_t *kept = t->sio.data;
    assert_memory_equal(sio_event_binary(kept, 1, &length), "one", 3);
    sio_event_unref(kept);
    client_close(&peer);
}

static void answered(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    parsed_t *t = data;
    const char *text;
    (void) socket;
    assert_int_equal(error, 0);
    assert_int_equal(sio_event_unpack(reply, "s", &text), 0);
    assert_string_equal(text, "yes");
    t->sio.calls++;
}

/* [A1] */
static void acks_of_clients(void **state) {
    parsed_t *t = *state;
    client_t peer;
    open_peer(&peer, t);
    assert_int_equal(sio_emit_with_ack(t->sio.socket, 0, answered, t, "q", "n"), 0);
    peer_expect(&peer, "2 / 0 0 1");
    peer_expect(&peer, "[\"q\",null]");
    peer_send(&peer, "3 / 99 0 1"); /* nobody waits for it [P11] */
    peer_send(&peer, "[]");
    peer_send(&peer, "3 / 0 0 1");
    peer_send(&peer, "[\"yes\"]");
    test_sio_until(&t->sio, t->sio.calls == 1);
    client_close(&peer);
}

static void refuse_all(sio_socket_t *socket, sio_next_t *next, void *data) {
    json_t *details = json_pack("{s:i}", "code", 7);
    (void) socket, (void) data;
    sio_next_error(next, "no", details);
    json_decref(details);
}

/* [A1] */
static void namespaces_errors_and_goodbyes(void **state) {
    parsed_t *t = *state;
    client_t peer;
    assert_int_equal(sio_use(sio_of(t->sio.io, "/no"), refuse_all, NULL), 0);
    sio_namespace_t *other = sio_of(t->sio.io, "/other");
    sio_on_connection(other, test_sio_connected, &t->sio);
    open_peer(&peer, t);
    peer_send(&peer, "0 /no -1 0 0");
    peer_expect(&peer, "4 /no -1 0 1");
    peer_expect(&peer, "{\"message\":\"no\",\"data\":{\"code\":7}}");
    peer_send(&peer, "0 /none -1 0 1");
    peer_send(&peer, "{\"a\":1}");
    peer_expect(&peer, "4 /none -1 0 1");
    peer_expect(&peer, "{\"message\":\"Invalid namespace\"}");
    join(&peer, t, "/other");
    assert_int_equal(sio_emit(other, "all", "i", 1), 0);
    peer_expect(&peer, "2 /other -1 0 1");
    peer_expect(&peer, "[\"all\",1]");
    assert_int_equal(sio_disconnect(t->sio.socket, 0), 0);
    peer_expect(&peer, "1 /other -1 0 0");
    peer_send(&peer, "1 / -1 0 0");
    test_sio_until(&t->sio, t->sio.disconnects == 1);
    assert_int_equal(t->sio.reason, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    client_close(&peer);
}

static void allow_all(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    (void) auth;
    assert_int_equal(name[0], '/');
    ++*(int *) data;
    sio_match(match, 1);
}

/* Names begin with a slash, whatever a parser says: nobody is asked about others. */
static void names_that_are_none(void **state) {
    parsed_t *t = *state;
    client_t peer;
    int asked = 0;
    assert_non_null(sio_of_match(t->sio.io, allow_all, &asked));
    open_peer(&peer, t);
    peer_send(&peer, "0 none -1 0 0");
    peer_expect(&peer, "4 none -1 0 1");
    peer_expect(&peer, "{\"message\":\"Invalid namespace\"}");
    assert_int_equal(asked, 0);
    peer_send(&peer, "0 /one -1 0 0");
    peer_expect(&peer, "0 /one -1 0 1");
    assert_int_equal(asked, 1);
    client_close(&peer);
}

/* [A1] */
static void a_broadcast_is_encoded_once(void **state) {
    parsed_t *t = *state;
    client_t peers[3];
    for (int i = 0; i < 3; i++) {
        open_peer(&peers[i], t);
        sio_join(t->sio.socket, "room");
    }
    t->counts.encoded = 0;
    /* More messages than fit into the packet without memory. */
    assert_int_equal(sio_emit(sio_to(t->sio.io, "room"), "x", "BBBBB", "a", (size_t) 1, "b",
                              (size_t) 1, "c", (size_t) 1, "d", (size_t) 1, "e", (size_t) 1), 0);
    assert_int_equal(t->counts.encoded, 1);
    for (int i = 0; i < 3; i++) {
        peer_expect(&peers[i], "2 / -1 5 1");
        assert_memory_equal(peer_next(&peers[i])->data, "4[\"x\",", 6);
        for (int j = 0; j < 5; j++)
            peer_expect_binary(&peers[i], &"abcde"[j], 1);
        client_close(&peers[i]);
    }
}

/* [A1] */
static void what_a_parser_cannot_encode(void **state) {
    parsed_t *t = *state;
    client_t peer;
    open_peer(&peer, t);
    t->counts.code = SIO_ETOOBIG;
    assert_int_equal(sio_emit(t->sio.socket, "x"), SIO_ETOOBIG);
    assert_int_equal(sio_emit(t->sio.io, "x"), SIO_ETOOBIG);
    t->counts.code = 1; /* no error of ours */
    assert_int_equal(sio_emit(t->sio.socket, "x"), SIO_EINVAL);
    t->counts.code = 0;
    t->counts.ignore = 1;
    assert_int_equal(sio_emit(t->sio.socket, "x"), SIO_EUTF8);
    t->counts.ignore = 0;
    /* What is not the parser's business. */
    assert_int_equal(sio_emit(t->sio.socket, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_emit(t->sio.socket, "x", "s", (const char *) NULL), SIO_EINVAL);
    assert_int_equal(sio_emit_raw(t->sio.socket, "x", "{", 1), SIO_EINVAL);
    assert_int_equal(sio_emit_raw(t->sio.socket, "x", "{}", 2), 0);
    peer_expect(&peer, "2 / -1 0 1");
    peer_expect(&peer, "[\"x\",{}]");
    client_close(&peer);
}

/* [A1, P7, P9, P10] */
static void what_is_refused(void **state) {
    static const char *const wrongs[][3] = {
        {"nonsense"},
        {"9 / -1 0 0"},
        {"-1 / -1 0 0"},
        {"5 / -1 0 1", "[\"e\"]"},
        {"2 / -2 0 1", "[\"e\"]"},
        {"2 / 9007199254740992 0 1", "[\"e\"]"},
        {"2 / -1 0 0"},
        {"2 / -1 0 1", "[]"},
        {"2 / -1 0 1", "[\"e\""},
        {"2 / -1 0 1", "[null]"},
        {"2 / -1 0 1", "[\"disconnect\"]"},
        {"3 / 1 0 1", "{}"},
        {"0 /other -1 0 1", "[]"},
        {"1 / -1 0 1", "{}"},
        {"4 / -1 0 1", "{}"},
        {"2 / -1 1 1", "[\"e\"," TWO "]", "#"},
        {"0 / -1 0 0"},
        {"2 /other -1 0 1", "[\"e\"]"},
        {"2 / -1 1 1", "#"},
    };
    parsed_t *t = *state;
    client_t peer;
    sio_of(t->sio.io, "/other");
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        t->sio.disconnects = 0;
        open_peer(&peer, t);
        for (int j = 0; j < 3 && wrongs[i][j] != NULL; j++) {
            if (wrongs[i][j][0] == '#')
                peer_send_binary(&peer, "x", 1);
            else
                peer_send(&peer, wrongs[i][j]);
        }
        peer_expect_close(&peer);
        test_sio_until(&t->sio, t->sio.disconnects == 1);
        assert_int_equal(t->sio.reason, SIO_REASON_FORCED_CLOSE);
        client_close(&peer);
    }
}

static void leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    ((parsed_t *) data)->sio.calls++;
    sio_disconnect(socket, 1);
}

/* [A1] The state lives until decode has returned, and what else was in the message is lost. */
static void a_handler_that_ends_the_connection(void **state) {
    parsed_t *t = *state;
    client_t peer;
    sio_on(t->sio.io, "go", leave, t);
    open_peer(&peer, t);
    peer_send(&peer, "2 / -1 1 1");
    peer_send(&peer, "[\"go\"," ONE "]");
    peer_send_binary(&peer, "x", 1);
    peer_expect(&peer, "1 / -1 0 0");
    peer_expect_close(&peer);
    assert_int_equal(t->sio.calls, 1);
    assert_int_equal(t->counts.closed, 1);
    client_close(&peer);
}

/* [A1] */
static void several_packets_in_one_message(void **state) {
    parsed_t *t = *state;
    client_t peer;
    sio_of(t->sio.io, "/a");
    sio_of(t->sio.io, "/b");
    peer_open(&peer, &t->sio);
    peer_send(&peer, "0 /a -1 0 0\n0 /b -1 0 0\n1 /a -1 0 0");
    peer_expect(&peer, "0 /a -1 0 1");
    peer_next(&peer);
    peer_expect(&peer, "0 /b -1 0 1");
    peer_next(&peer);
    /* The first of these is of a namespace that it has left: the second is not looked at. */
    peer_send(&peer, "1 /a -1 0 0\n0 /a -1 0 0");
    peer_expect_close(&peer);
    client_close(&peer);
}

/* [A1] */
static void connections_that_end_in_between(void **state) {
    parsed_t *t = *state;
    client_t peer;
    open_peer(&peer, t);
    peer_send(&peer, "2 / -1 3 1");
    peer_send(&peer, "[\"e\"," ONE "]");
    peer_send_binary(&peer, "x", 1);
    test_sio_turns(&t->sio);
    client_reset(&peer);
    test_sio_until(&t->sio, t->counts.closed == 1);
    /* One that has not joined anything. */
    peer_open(&peer, &t->sio);
    assert_int_equal(t->counts.opened, 2);
    client_close(&peer);
    test_sio_until(&t->sio, t->counts.closed == 2);
}

static void a_server_that_closes(void **state) {
    parsed_t *t = *state;
    client_t peer;
    open_peer(&peer, t);
    assert_int_equal(sio_server_close(t->sio.io, NULL, NULL), 0);
    peer_expect_close(&peer);
    assert_int_equal(t->counts.closed, 1);
    client_close(&peer);
}

/* [A1] */
static void parsers_that_are_none(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_parser_t parser = {SIO_PARSER_INIT, .encode = line_encode};
    sio_server_t *io = NULL;
    (void) state;
    options.parser = &parser;
    assert_int_equal(sio_server_new(&io, NULL, &options), SIO_ENOTSUP);
    parser.encode = NULL;
    parser.decode = line_decode;
    assert_int_equal(sio_server_new(&io, NULL, &options), SIO_ENOTSUP);
    parser.encode = line_encode;
    parser.size = sizeof(size_t);
    assert_int_equal(sio_server_new(&io, NULL, &options), SIO_ENOTSUP);
    assert_null(io);
}

/* [A2] There in every build; one that lacks it says so. */
static void the_msgpack_parser(void **state) {
    const sio_parser_t *parser = sio_parser_msgpack();
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_server_t *io = NULL;
    (void) state;
    assert_non_null(parser);
    options.parser = parser;
    int rc = sio_server_new(&io, NULL, &options);
    assert_int_equal(rc, parser->encode != NULL ? 0 : SIO_ENOTSUP);
    sio_server_free(io);
}

/* Without state: the functions get NULL. */
static int stateless_decode(sio_parser_input_t *input, void *state, const void *message,
                            size_t length, int binary, void *data) {
    static const char nsp[] = "/";
    sio_packet_t packet = {.type = SIO_PACKET_CONNECT, .nsp = nsp, .nsp_length = 1, .id = -1};
    (void) message, (void) length, (void) binary, (void) data;
    assert_null(state);
    return sio_parser_packet(input, &packet);
}

static void a_parser_without_state(void **state) {
    counts_t counts = {0};
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_parser_t parser = {SIO_PARSER_INIT, .encode = line_encode, .decode = stateless_decode,
                           .data = &counts};
    test_sio_t t;
    client_t peer;
    (void) state;
    options.parser = &parser;
    test_sio_open_with(&t, &options);
    peer_open(&peer, &t);
    peer_send(&peer, "hello");
    peer_expect(&peer, "0 / -1 0 1");
    client_close(&peer);
    test_sio_close(&t);
}

/* A state that cannot be made. */
static void a_connection_that_the_parser_refuses(void **state) {
    parsed_t *t = *state;
    client_t peer;
    t->counts.refuse_open = 1;
    client_connect(&peer, &t->sio.uv, "127.0.0.1", t->sio.port);
    client_puts(&peer, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(&peer, strstr(peer.data, "\r\n\r\n") != NULL || peer.ended);
    assert_int_not_equal(strncmp(peer.data, "HTTP/1.1 200", 12), 0);
    assert_int_equal(sio_server_clients(t->sio.io), 0);
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_PARSED(events_and_acks_with_binaries),
        IN_PARSED(acks_of_clients),
        IN_PARSED(namespaces_errors_and_goodbyes),
        IN_PARSED(names_that_are_none),
        IN_PARSED(a_broadcast_is_encoded_once),
        IN_PARSED(what_a_parser_cannot_encode),
        IN_PARSED(what_is_refused),
        IN_PARSED(a_handler_that_ends_the_connection),
        IN_PARSED(several_packets_in_one_message),
        IN_PARSED(connections_that_end_in_between),
        IN_PARSED(a_server_that_closes),
        cmocka_unit_test(parsers_that_are_none),
        cmocka_unit_test(the_msgpack_parser),
        cmocka_unit_test(a_parser_without_state),
        IN_PARSED(a_connection_that_the_parser_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
