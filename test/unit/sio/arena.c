/* Memory of messages: an event's goes with the event; packets in a row leave as one piece. */
#include "../lib/sio.h"
#include "server/server.h"
#include "sio/encode.h"
#include "sio/emit.h"
#include "sio/event.h"

typedef struct {
    test_sio_t *t;
    const void *args[2];
    uint64_t turns[2]; /* the loop's turn, by the number of times it was prepared */
    uint64_t turn;
} seen_t;

static void on_prepare(uv_prepare_t *prepare) {
    ((seen_t *) prepare->data)->turn++;
}

/* Emits too, so that what is written for the turn lies behind. */
static void on_many(sio_socket_t *socket, sio_event_t *event, void *data) {
    seen_t *seen = data;
    int last;
    assert_int_equal(sio_event_count(event), 100);
    assert_int_equal(sio_event_unpack(event, "i", &last), 0);
    assert_int_equal(last, 1);
    if (seen->t->calls < 2) {
        seen->args[seen->t->calls] = event->args;
        seen->turns[seen->t->calls] = seen->turn;
    }
    seen->t->calls++;
    sio_emit(socket, "got", "i", seen->t->calls);
}

static void two_events_of_one_turn_use_the_same_memory(void **state) {
    test_sio_t *t = *state;
    seen_t seen = {.t = t};
    client_t peer;
    uv_prepare_t prepare;
    char packet[512] = "42[\"many\"";
    unsigned char frames[1024];
    peer_connect(&peer, t);
    sio_on(t->io, "many", on_many, &seen);
    uv_prepare_init(&t->uv, &prepare);
    prepare.data = &seen;
    uv_prepare_start(&prepare, on_prepare);

    for (int i = 0; i < 100; i++)
        strcat(packet, ",1");
    strcat(packet, "]");
    size_t length = strlen(packet);
    for (size_t i = 0; i < 2; i++) {
        unsigned char *frame = frames + i * (length + 8);
        memcpy(frame, "\x81\xfe\0\0\0\0\0\0", 8); /* masked with zeros */
        frame[2] = (unsigned char) (length >> 8);
        frame[3] = (unsigned char) length;
        memcpy(frame + 8, packet, length);
    }
    client_send(&peer, frames, 2 * (length + 8));
    test_sio_until(t, t->calls == 2);
    assert_int_equal(seen.turns[0], seen.turns[1]);
    assert_ptr_equal(seen.args[0], seen.args[1]);
    peer_expect(&peer, "2[\"got\",1]");
    peer_expect(&peer, "2[\"got\",2]");
    uv_close((uv_handle_t *) &prepare, NULL);
    test_sio_turns(t); /* libuv lets go of it */
    client_close(&peer);
}

static void encode(sio__encoded_t *encoded, sio__scratch_t *scratch, const char *format, ...) {
    va_list list;
    va_start(list, format);
    sio__args_t args = sio__args_format(format, &list);
    sio__outlet_t output = {.scratch = scratch};
    assert_int_equal(sio__encode_event(encoded, &output, "/", -1, "b", &args), 0);
    va_end(list);
}

/* So a connection's queue needs one extent for them, and no memory. */
static void frames_of_binary_packets_are_neighbours(void **state) {
    sio__scratch_t *scratch = sio__scratch_new();
    sio__encoded_t first, second;
    sio__outq_t queue = {0};
    (void) state;
    assert_non_null(scratch);
    encode(&first, scratch, "BB", "one", (size_t) 3, "two", (size_t) 3);
    encode(&second, scratch, "B", "three", (size_t) 5);
    assert_int_equal(first.count, 3);
    assert_int_equal(second.count, 2);
    for (size_t i = 0; i < first.count; i++)
        sio__outq_scratch(&queue, first.messages[i].frame.data, first.messages[i].frame.length);
    for (size_t i = 0; i < second.count; i++)
        sio__outq_scratch(&queue, second.messages[i].frame.data, second.messages[i].frame.length);
    assert_int_equal(queue.count, 1);
    sio__outq_clear(&queue);
    sio__scratch_free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(two_events_of_one_turn_use_the_same_memory),
        cmocka_unit_test(frames_of_binary_packets_are_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
