/* A peer that begins to join again and again while a middleware is deciding. */
#include "../lib/sio.h"

enum { ALLOWED = 17 /* the first one, and 16 that took the place of another */ };

typedef struct {
    int asked;
    sio_next_t *latest;
} waiting_t;

static void wait_for_answer(sio_socket_t *socket, sio_next_t *next, void *data) {
    waiting_t *waiting = data;
    (void) socket;
    waiting->asked++;
    waiting->latest = next;
}

static void impatience_is_bounded(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {0};
    client_t peer;
    sio_use(t->io, wait_for_answer, &waiting);
    peer_open(&peer, t);
    for (int i = 0; i < ALLOWED; i++)
        peer_send(&peer, "0");
    client_until(&peer, waiting.asked == ALLOWED);
    assert_int_equal(sio_server_clients(t->io), 1);
    peer_send(&peer, "0");
    peer_expect_close(&peer);
    assert_int_equal(waiting.asked, ALLOWED);
    assert_int_equal(sio_next(waiting.latest), SIO_ECLOSED);
    assert_int_equal(t->connections, 0);
    client_close(&peer);
}

static void joining_forgives(void **state) {
    test_sio_t *t = *state;
    waiting_t waiting = {0};
    client_t peer;
    sio_use(t->io, wait_for_answer, &waiting);
    peer_open(&peer, t);
    for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < ALLOWED; i++)
            peer_send(&peer, "0");
        client_until(&peer, waiting.asked == round * ALLOWED);
        assert_int_equal(sio_next(waiting.latest), 0);
        assert_int_equal(t->connections, round);
        const message_t *message = peer_next(&peer);
        assert_memory_equal(message->data, "40{\"sid\":\"", 10);
        peer_send(&peer, "1");
    }
    client_until(&peer, t->disconnects == 2);
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(impatience_is_bounded),
        IN_SIO(joining_forgives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
