/* Emits with acks to many [S14], operators [S11], broadcasts that are kept. */
#include "../lib/sio.h"

enum { PEERS = 3 };

typedef struct {
    test_sio_t sio;
    client_t peers[PEERS];
    char ids[PEERS][21];
    int calls;
    int error;
    size_t count;
    char text[256]; /* the responses, with blanks between */
    size_t binary_length;
    uint64_t at;
    sio_event_t *kept;
} fixture_t;

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
    sio_event_unref(f->kept); /* it outlives the server */
    free(f);
    return 0;
}

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    fixture_t *f = data;
    assert_string_equal(sio_namespace_name(nsp), "/");
    f->calls++;
    f->error = error;
    f->at = client_now();
    f->text[0] = '\0';
    assert_non_null(responses);
    assert_null(sio_event_socket(responses));
    assert_string_equal(sio_event_name(responses), "");
    assert_false(sio_event_wants_ack(responses));
    f->count = sio_event_count(responses);
    for (size_t i = 0; i < f->count; i++) {
        size_t length, used = strlen(f->text);
        const char *raw = sio_event_raw(responses, i, &length);
        snprintf(f->text + used, sizeof(f->text) - used, "%.*s ", (int) length, raw);
        if (sio_event_binary(responses, i, &length) != NULL)
            f->binary_length += length;
    }
    f->kept = sio_event_ref(responses);
}

static void release(fixture_t *f) {
    sio_event_unref(f->kept);
    f->kept = NULL;
}

/* [S14] */
static void all_answer(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit_with_ack(f->sio.io, 5000, on_responses, f, "ask", "i", 1), 0);
    for (int i = 0; i < PEERS; i++)
        peer_expect(&f->peers[i], "20[\"ask\",1]");
    peer_send(&f->peers[2], "30[\"c\",\"more\"]");
    peer_settle(&f->peers[2]);
    peer_send(&f->peers[0], "30[{\"a\":[1]}]");
    peer_settle(&f->peers[0]);
    assert_int_equal(f->calls, 0);
    peer_send(&f->peers[1], "30[]");
    test_sio_until(&f->sio, f->calls == 1);
    assert_int_equal(f->error, 0);
    assert_string_equal(f->text, "\"c\" {\"a\":[1]} null ");
    release(f);
    peer_send(&f->peers[1], "30[2]"); /* a second answer is dropped */
    peer_settle(&f->peers[1]);
    assert_int_equal(f->calls, 1);
}

/* [S14] */
static void partial_results_at_the_time_out(void **state) {
    fixture_t *f = *state;
    uint64_t start = client_now();
    assert_int_equal(
        sio_emit_with_ack(sio_timeout(f->sio.io, 60), 0, on_responses, f, "ask"), 0);
    for (int i = 0; i < PEERS; i++)
        peer_expect(&f->peers[i], "20[\"ask\"]");
    peer_send(&f->peers[1], "30[\"only\"]");
    test_sio_until(&f->sio, f->calls == 1);
    assert_true(f->at - start >= 59);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_string_equal(f->text, "\"only\" ");
    release(f);
    peer_send(&f->peers[0], "30[\"late\"]");
    peer_settle(&f->peers[0]);
    assert_int_equal(f->calls, 1);
    /* The next one has an id of its own. */
    assert_int_equal(sio_emit_with_ack(f->sio.io, 5000, on_responses, f, "ask"), 0);
    peer_expect(&f->peers[0], "21[\"ask\"]");
}

/* [S14] Without a time it fails at once. */
static void without_a_time_it_is_one_ms(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit_with_ack(f->sio.io, 0, on_responses, f, "ask"), 0);
    assert_int_equal(f->calls, 0);
    test_sio_until(&f->sio, f->calls == 1);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_int_equal(f->count, 0);
    release(f);
}

static void nobody_is_asked(void **state) {
    fixture_t *f = *state;
    assert_int_equal(
        sio_emit_with_ack(sio_to(f->sio.io, "nowhere"), 5000, on_responses, f, "ask"), 0);
    assert_int_equal(f->calls, 0); /* never from inside the emit */
    test_sio_until(&f->sio, f->calls == 1);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->count, 0);
    release(f);
}

static void binaries_of_many(void **state) {
    fixture_t *f = *state;
    const void *bytes;
    size_t length;
    sio_emit_with_ack(sio_to(sio_to(f->sio.io, f->ids[0]), f->ids[1]), 5000, on_responses, f,
                      "ask");
    for (int i = 0; i < 2; i++) {
        peer_expect(&f->peers[i], "20[\"ask\"]");
        peer_send(&f->peers[i], "61-0[{\"_placeholder\":true,\"num\":0}]");
        peer_send_binary(&f->peers[i], "abcd", i == 0 ? 3 : 4);
        peer_settle(&f->peers[i]);
    }
    test_sio_until(&f->sio, f->calls == 1);
    assert_int_equal(f->error, 0);
    assert_int_equal(f->binary_length, 7);
    bytes = sio_event_binary(f->kept, 1, &length);
    assert_int_equal(length, 4);
    assert_memory_equal(bytes, "abcd", 4);
    release(f);
    peer_expect_nothing(&f->peers[2]);
}

/* One that goes is waited for until the time is up, as in Node. */
static void one_goes_meanwhile(void **state) {
    fixture_t *f = *state;
    sio_emit_with_ack(f->sio.io, 150, on_responses, f, "ask");
    for (int i = 0; i < PEERS; i++)
        peer_expect(&f->peers[i], "20[\"ask\"]");
    client_close(&f->peers[0]);
    peer_send(&f->peers[1], "30[1]");
    peer_send(&f->peers[2], "30[2]");
    test_sio_until(&f->sio, f->calls == 1);
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_int_equal(f->count, 2);
    release(f);
}

static void the_server_goes_meanwhile(void **state) {
    fixture_t *f = *state;
    sio_emit_with_ack(f->sio.io, 5000, on_responses, f, "ask");
    peer_expect(&f->peers[1], "20[\"ask\"]");
    peer_send(&f->peers[1], "30[1]");
    peer_settle(&f->peers[1]);
    assert_int_equal(f->calls, 0);
    sio_server_close(f->sio.io, NULL, NULL);
    assert_int_equal(f->calls, 1);
    assert_int_equal(f->error, SIO_ECLOSED);
    assert_string_equal(f->text, "1 ");
    release(f);
}

static void close_the_server(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text;
    sio_server_close(sio_socket_server(socket), NULL, NULL);
    /* What the event has given is still there. */
    assert_int_equal(sio_event_unpack(event, "s", &text), 0);
    assert_string_equal(text, "still here");
    ((fixture_t *) data)->sio.calls++;
}

static void the_server_is_closed_in_a_handler(void **state) {
    fixture_t *f = *state;
    sio_on(f->sio.io, "close", close_the_server, f);
    sio_emit_with_ack(f->sio.io, 5000, on_responses, f, "ask");
    peer_send(&f->peers[0], "2[\"close\",\"still here\"]");
    test_sio_until(&f->sio, f->sio.calls == 1);
    assert_int_equal(f->calls, 1);
    assert_int_equal(f->error, SIO_ECLOSED);
    release(f);
}

static void close_on_the_way_out(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    if (((fixture_t *) data)->sio.calls++ == 0)
        sio_server_close(sio_socket_server(socket), NULL, NULL);
}

static void the_server_is_closed_on_the_way_out(void **state) {
    fixture_t *f = *state;
    sio_on_any_outgoing(f->sio.io, close_on_the_way_out, f);
    sio_emit_with_ack(f->sio.io, 5000, on_responses, f, "ask");
    assert_int_equal(f->calls, 1);
    assert_int_equal(f->error, SIO_ECLOSED);
    release(f);
}

static void errors_have_no_effect(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit_with_ack(f->sio.io, 100, NULL, f, "ask"), SIO_EINVAL);
    assert_int_equal(sio_emit_with_ack(f->sio.io, 100, on_responses, f, "connect"), SIO_ERESERVED);
    assert_int_equal(sio_emit_with_ack(f->sio.io, 100, on_responses, f, "ask", "s", NULL),
                     SIO_EINVAL);
    assert_int_equal(
        sio_broadcast_emit_with_ack(NULL, 100, on_responses, f, "ask", "o", json_object()),
        SIO_EINVAL);
    peer_expect_nothing(&f->peers[0]);
    assert_int_equal(f->calls, 0);
}

/* [S11] io.to("a") as one keeps it: each use leaves it as it is. */
static void a_kept_broadcast(void **state) {
    fixture_t *f = *state;
    sio_broadcast_t *two = sio_broadcast_ref(sio_to(sio_to(f->sio.io, f->ids[0]), f->ids[1]));
    for (int i = 0; i < 2; i++) {
        test_sio_turns(&f->sio);
        assert_int_equal(sio_emit(two, "x"), 0);
        assert_int_equal(sio_emit(sio_except(two, f->ids[0]), "y"), 0);
        assert_int_equal(sio_emit_with_ack(two, 1, on_responses, f, "z"), 0);
        test_sio_until(&f->sio, f->calls == i + 1);
        release(f);
        peer_expect(&f->peers[0], "2[\"x\"]");
        peer_expect(&f->peers[0], i == 0 ? "20[\"z\"]" : "21[\"z\"]");
        peer_expect(&f->peers[1], "2[\"x\"]");
        peer_expect(&f->peers[1], "2[\"y\"]");
        peer_expect(&f->peers[1], i == 0 ? "20[\"z\"]" : "21[\"z\"]");
        peer_expect_nothing(&f->peers[2]);
    }
    sio_broadcast_unref(two);
}

/* [S11] */
static void operators_of_every_target(void **state) {
    fixture_t *f = *state;
    sio_namespace_t *nsp = sio_server_sockets(f->sio.io);
    assert_ptr_equal(nsp, sio_of(f->sio.io, "/"));
    sio_socket_t *socket = sio_namespace_socket(nsp, f->ids[0]);
    assert_int_equal(sio_emit(sio_local(f->sio.io), "a"), 0);
    assert_int_equal(sio_emit(sio_local(nsp), "b"), 0);
    assert_int_equal(sio_emit(sio_compress(sio_local(sio_to(nsp, f->ids[0])), 0), "c"), 0);
    assert_int_equal(sio_emit(sio_compress(socket, 0), "d"), 0);     /* to itself */
    assert_int_equal(sio_emit(sio_timeout(socket, 10), "e"), 0);     /* to itself */
    assert_int_equal(sio_emit(sio_local(socket), "f"), 0);           /* to all others */
    assert_int_equal(sio_emit(sio_compress(f->sio.io, 1), "g"), 0);
    for (const char *at = "abcdeg"; *at != '\0'; at++) {
        char packet[8];
        snprintf(packet, sizeof(packet), "2[\"%c\"]", *at);
        peer_expect(&f->peers[0], packet);
    }
    for (const char *at = "abfg"; *at != '\0'; at++) {
        char packet[8];
        snprintf(packet, sizeof(packet), "2[\"%c\"]", *at);
        peer_expect(&f->peers[1], packet);
    }
    peer_expect_nothing(&f->peers[0]);
    assert_int_equal(sio_emit(sio_local((sio_broadcast_t *) NULL), "x"), SIO_EINVAL);
}

/* A chain from one socket asks that one. */
static void one_socket_by_a_chain(void **state) {
    fixture_t *f = *state;
    sio_socket_t *socket = sio_namespace_socket(sio_server_sockets(f->sio.io), f->ids[1]);
    sio_emit_with_ack(sio_timeout(socket, 5000), 0, on_responses, f, "ask");
    peer_expect(&f->peers[1], "20[\"ask\"]");
    peer_send(&f->peers[1], "30[7]");
    test_sio_until(&f->sio, f->calls == 1);
    assert_string_equal(f->text, "7 ");
    release(f);
    peer_expect_nothing(&f->peers[0]);
}

/* As often as it is told that there is nothing. */
static void ask_again(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    fixture_t *f = data;
    (void) responses;
    f->error = error;
    if (++f->calls < 100)
        sio_emit_with_ack(nsp, 5000, ask_again, f, "ask");
}

static void find_again(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    fixture_t *f = data;
    (void) sockets, (void) count;
    f->error = error;
    if (++f->calls < 100)
        sio_fetch_sockets(nsp, find_again, f);
}

/* Who asks again whenever it has failed does not keep a server that closes busy for ever. */
static void asking_ends_with_the_server(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_emit_with_ack(f->sio.io, 5000, ask_again, f, "ask"), 0);
    assert_int_equal(sio_server_close(f->sio.io, NULL, NULL), 0);
    assert_int_equal(f->calls, 1);
    assert_int_equal(f->error, SIO_ECLOSED);
}

static void fetching_ends_with_the_server(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_fetch_sockets(f->sio.io, find_again, f), 0);
    assert_int_equal(sio_server_close(f->sio.io, NULL, NULL), 0);
    assert_int_equal(f->calls, 1);
    assert_int_equal(f->error, SIO_ECLOSED);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(asking_ends_with_the_server),
        CASE(fetching_ends_with_the_server),
        CASE(all_answer),
        CASE(partial_results_at_the_time_out),
        CASE(without_a_time_it_is_one_ms),
        CASE(nobody_is_asked),
        CASE(binaries_of_many),
        CASE(one_goes_meanwhile),
        CASE(the_server_goes_meanwhile),
        CASE(the_server_is_closed_in_a_handler),
        CASE(the_server_is_closed_on_the_way_out),
        CASE(errors_have_no_effect),
        CASE(a_kept_broadcast),
        CASE(operators_of_every_target),
        CASE(one_socket_by_a_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
