/* Timers and the heap that they share with the time-outs of acks. */
#include "../lib/sio.h"
#include "sio/deadline.h"

typedef struct {
    test_sio_t *t;
    sio_timer_t *timer;
    int calls;
    int stop_at;
    uint64_t at[16];
} beat_t;

static void on_beat(beat_t *beat) {
    if (beat->calls < 16)
        beat->at[beat->calls] = client_now();
    beat->calls++;
    if (beat->calls == beat->stop_at)
        sio_timer_stop(beat->timer);
}

static void server_beat(sio_server_t *server, void *data) {
    beat_t *beat = data;
    assert_ptr_equal(server, beat->t->io);
    on_beat(beat);
}

static void socket_beat(sio_socket_t *socket, void *data) {
    (void) socket;
    on_beat(data);
}

static void an_interval_keeps_its_beat(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t, .stop_at = 5};
    uint64_t start = client_now();
    beat.timer = sio_every(t->io, 20, server_beat, &beat);
    assert_non_null(beat.timer);
    test_sio_until(t, beat.calls == 5); /* and stops itself in its callback */
    assert_true(beat.at[0] - start >= 20);
    assert_true(beat.at[4] - start >= 100);
    beat_t other = {.t = t};
    assert_non_null(sio_after(t->io, 60, server_beat, &other));
    test_sio_until(t, other.calls == 1);
    assert_int_equal(beat.calls, 5);
}

static void it_counts_from_now_not_from_the_loops_time(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t};
    usleep(60000); /* the loop's time is old now, as after a long setup: this is what is tested */
    uint64_t start = client_now();
    sio_after(t->io, 50, server_beat, &beat);
    test_sio_until(t, beat.calls == 1);
    assert_true(beat.at[0] - start >= 49);
}

static void a_timer_is_stopped(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t}, other = {.t = t, .stop_at = 1};
    sio_timer_t *timer = sio_every(t->io, 10, server_beat, &beat);
    sio_timer_stop(timer);
    /* stopping what fires once is fine, too */
    other.timer = sio_after(t->io, 30, server_beat, &other);
    test_sio_until(t, other.calls == 1);
    assert_int_equal(beat.calls, 0);
}

static void soon_is_later_than_now(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t};
    sio_after(t->io, 0, server_beat, &beat);
    assert_int_equal(beat.calls, 0);
    test_sio_until(t, beat.calls == 1);
    assert_null(sio_every(t->io, 10, NULL, NULL));
}

static void a_socket_takes_its_timers_along(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t}, once = {.t = t}, other = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_every(t->socket, 5, socket_beat, &beat);
    sio_after(t->socket, 40, socket_beat, &once);
    client_until(&peer, beat.calls == 2);
    sio_disconnect(t->socket, 0);
    int calls = beat.calls;
    sio_after(t->io, 60, server_beat, &other);
    test_sio_until(t, other.calls == 1);
    assert_int_equal(beat.calls, calls);
    assert_int_equal(once.calls, 0);
    client_close(&peer);
}

static void leave(sio_socket_t *socket, void *data) {
    on_beat(data);
    sio_disconnect(socket, 1);
}

static void a_timer_may_disconnect_its_socket(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_every(t->socket, 5, leave, &beat);
    peer_expect(&peer, "1");
    peer_expect_close(&peer);
    assert_int_equal(beat.calls, 1);
    client_close(&peer);
}

static void close_server(sio_server_t *server, void *data) {
    on_beat(data);
    assert_int_equal(sio_server_close(server, NULL, NULL), 0);
    assert_null(sio_every(server, 5, close_server, data));
}

static void a_timer_may_close_its_server(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t}, other = {.t = t};
    client_t peer;
    peer_connect(&peer, t);
    sio_every(t->io, 5, close_server, &beat);
    sio_every(t->io, 500, server_beat, &other);
    sio_every(t->socket, 500, socket_beat, &other);
    peer_expect_close(&peer);
    assert_int_equal(beat.calls, 1);
    assert_int_equal(other.calls, 0);
    client_close(&peer);
}

static void shout(sio_server_t *server, void *data) {
    on_beat(data);
    sio_emit(server, "now");
}

/* What a timer emits on a silent loop leaves before the loop sleeps again. The loop blocks
 * here, as in a program: the client is looked at only when the loop has come back from a timer
 * of our own. */
static void stop_loop(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

static void a_timers_event_arrives_at_once(void **state) {
    test_sio_t *t = *state;
    beat_t beat = {.t = t};
    client_t peer;
    uv_timer_t end;
    peer_connect(&peer, t);
    uv_timer_init(&t->uv, &end);
    uv_timer_start(&end, stop_loop, 50 + 19, 0);
    sio_after(t->io, 50, shout, &beat);
    uv_run(&t->uv, UV_RUN_DEFAULT);
    assert_int_equal(beat.calls, 1);
    assert_true(client_read(&peer)); /* within 20 ms */
    peer_expect(&peer, "2[\"now\"]");
    uv_close((uv_handle_t *) &end, NULL);
    test_sio_turns(t);
    client_close(&peer);
}

/* --- the heap ----------------------------------------------------------------------------- */

typedef struct {
    sio__deadline_t deadline;
    int ran;
    uint64_t expected;
} entry_t;

static uint64_t latest;

static void on_due(sio__deadline_t *deadline) {
    entry_t *entry = (entry_t *) deadline;
    entry->ran++;
    assert_true(entry->expected >= latest); /* in order */
    latest = entry->expected;
}

static void on_loop_closed(sio__loop_t *loop, void *data) {
    (void) loop;
    *(int *) data = 1;
}

static void a_heap_of_many(void **state) {
    enum { MANY = 300 };
    static entry_t entries[MANY];
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__deadlines_t deadlines;
    sio__log_t silent = {0};
    int closed = 0, left = 0;
    unsigned seed = 7;
    (void) state;
    assert_int_equal(uv_loop_init(&uv), 0);
    assert_int_equal(sio__loop_new(&loop, &uv, silent), 0);
    assert_int_equal(sio__deadlines_init(&deadlines, loop), 0);
    uint64_t now = uv_now(&uv);
    for (int i = 0; i < MANY; i++) {
        seed = seed * 1103515245u + 12345u;
        entries[i].deadline.run = on_due;
        entries[i].expected = now + 1 + (seed >> 16) % 60;
        assert_int_equal(sio__deadline_arm_at(&deadlines, &entries[i].deadline,
                                              entries[i].expected), 0);
    }
    for (int i = 0; i < MANY; i += 3)
        sio__deadline_disarm(&deadlines, &entries[i].deadline);
    sio__deadline_disarm(&deadlines, &entries[0].deadline); /* not armed: fine */
    while (deadlines.count > 0)
        uv_run(&uv, UV_RUN_ONCE);
    for (int i = 0; i < MANY; i++)
        left += entries[i].ran != (i % 3 != 0);
    assert_int_equal(left, 0);
    sio__deadlines_close(&deadlines);
    sio__loop_close(loop, on_loop_closed, &closed);
    while (!closed)
        uv_run(&uv, UV_RUN_ONCE);
    sio__deadlines_free(&deadlines);
    sio__loop_free(loop);
    assert_int_equal(uv_loop_close(&uv), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(an_interval_keeps_its_beat),
        IN_SIO(it_counts_from_now_not_from_the_loops_time),
        IN_SIO(a_timer_is_stopped),
        IN_SIO(soon_is_later_than_now),
        IN_SIO(a_socket_takes_its_timers_along),
        IN_SIO(a_timer_may_disconnect_its_socket),
        IN_SIO(a_timer_may_close_its_server),
        IN_SIO(a_timers_event_arrives_at_once),
        cmocka_unit_test(a_heap_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
