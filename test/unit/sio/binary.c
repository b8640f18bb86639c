/* Packets with binaries, put together over several messages [P7, P8], and the limits of
 * that. */
#include "../lib/sio.h"

static void echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    assert_int_equal(sio_emit_event(socket, "back", event), 0);
}

#define ONE "{\"_placeholder\":true,\"num\":0}"
#define TWO "{\"_placeholder\":true,\"num\":1}"

static void binaries_of_all_sizes(void **state) {
    static char large[65000];
    test_sio_t *t = *state;
    client_t peer;
    sio_on(t->io, "e", echo, NULL);
    peer_connect(&peer, t);
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (char) (i * 31);
    static const size_t sizes[] = {0, 1, 125, 126, 4096, sizeof(large)};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        peer_send(&peer, "52-[\"e\"," TWO "," ONE "," ONE "]"); /* any order, and twice */
        peer_send_binary(&peer, large, sizes[i]);
        peer_send_binary(&peer, "second", 6);
        const message_t *message = peer_next(&peer);
        /* On the way back they are numbered as they are met. */
        assert_string_equal(message->data, "452-[\"back\"," ONE "," TWO "," TWO "]");
        peer_expect_binary(&peer, "second", 6);
        peer_expect_binary(&peer, large, sizes[i]);
    }
    client_close(&peer);
}

static void a_packet_longer_than_the_spare_block(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    static char text[4000], packet[4090];
    sio_on(t->io, "e", echo, NULL);
    peer_connect(&peer, t);
    memset(text, 'a', sizeof(text) - 1);
    for (int i = 0; i < 3; i++) {
        snprintf(packet, sizeof(packet), "51-/,5[\"e\",\"%s\"," ONE "]", text);
        peer_send(&peer, packet);
        peer_send_binary(&peer, "x", 1);
        assert_int_equal(peer_next(&peer)->length,
                         strlen(packet) + strlen("back") - strlen("e") + 1 - strlen("/,5"));
        peer_expect_binary(&peer, "x", 1);
    }
    client_close(&peer);
}

typedef struct {
    const char *what;
    const char *packets[3]; /* a '#' stands for a binary */
} wrong_t;

static void what_does_not_belong_together(void **state) {
    static const wrong_t wrongs[] = {
        {"a binary that nobody has announced", {"#"}},
        {"a text where a binary must come", {"51-[\"e\"," ONE "]", "2[\"e\"]"}},
        {"a text after the first of two", {"52-[\"e\"," ONE "," TWO "]", "#", "2[\"e\"]"}},
        {"a placeholder for none of them", {"51-[\"e\"," TWO "]", "#"}},
        {"an id that is none", {"51-[\"e\",{\"_placeholder\":true,\"num\":\"x\"}]", "#"}},
    };
    test_sio_t *t = *state;
    client_t peer;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        t->disconnects = 0;
        peer_connect(&peer, t);
        for (int j = 0; j < 3 && wrongs[i].packets[j] != NULL; j++) {
            if (wrongs[i].packets[j][0] == '#')
                peer_send_binary(&peer, "x", 1);
            else
                peer_send(&peer, wrongs[i].packets[j]);
        }
        peer_expect_close(&peer);
        assert_int_equal(t->disconnects, 1);
        assert_int_equal(t->reason, SIO_REASON_FORCED_CLOSE); /* [P7] */
        client_close(&peer);
    }
}

static void more_than_the_limit(void **state) {
    sio_options_t options = SIO_OPTIONS_INIT;
    test_sio_t t;
    client_t peer;
    (void) state;
    options.max_attachments = 1;
    test_sio_open_with(&t, &options);
    sio_on(t.io, "e", echo, NULL);
    peer_connect(&peer, &t);
    peer_send(&peer, "51-[\"e\"," ONE "]");
    peer_send_binary(&peer, "x", 1);
    peer_expect(&peer, "51-[\"back\"," ONE "]");
    peer_expect_binary(&peer, "x", 1);
    peer_send(&peer, "52-[\"e\"," ONE "," TWO "]");
    peer_expect_close(&peer);
    client_close(&peer);
    test_sio_close(&t);
}

static void a_client_that_vanishes_in_between(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    peer_send(&peer, "53-[\"e\"," ONE "]");
    peer_send_binary(&peer, "x", 1);
    peer_send_binary(&peer, "y", 1);
    test_sio_turns(t);
    client_reset(&peer);
    test_sio_until(t, t->disconnects == 1); /* the leak check sees the rest */
}

static void a_packet_for_another_namespace(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    sio_namespace_t *other = sio_of(t->io, "/other");
    sio_on(other, "e", echo, NULL);
    peer_open(&peer, t);
    peer_join(&peer, "/other", "", NULL);
    peer_send(&peer, "51-/other,3[\"e\"," ONE "]");
    peer_send_binary(&peer, "x", 1);
    peer_expect(&peer, "51-/other,[\"back\"," ONE "]");
    peer_expect_binary(&peer, "x", 1);
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(binaries_of_all_sizes),
        IN_SIO(a_packet_longer_than_the_spare_block),
        IN_SIO(what_does_not_belong_together),
        cmocka_unit_test(more_than_the_limit),
        IN_SIO(a_client_that_vanishes_in_between),
        IN_SIO(a_packet_for_another_namespace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
