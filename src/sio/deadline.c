#include "sio/deadline.h"
#include <sio/error.h>
#include <stdlib.h>

enum { MIN_CAPACITY = 16 };

/* The loop's own time may be old (before it runs, or after a long callback): timers would fire
 * early. */
static uint64_t clock_now(void) {
    return uv_hrtime() / 1000000;
}

static void put(sio__deadlines_t *deadlines, size_t place, sio__deadline_t *deadline) {
    deadlines->heap[place - 1] = deadline;
    deadline->place = place;
}

static sio__deadline_t *at(const sio__deadlines_t *deadlines, size_t place) {
    return deadlines->heap[place - 1];
}

static void sift_up(sio__deadlines_t *deadlines, size_t place, sio__deadline_t *deadline) {
    while (place > 1 && at(deadlines, place / 2)->due > deadline->due) {
        put(deadlines, place, at(deadlines, place / 2));
        place /= 2;
    }
    put(deadlines, place, deadline);
}

static void sift_down(sio__deadlines_t *deadlines, size_t place, sio__deadline_t *deadline) {
    for (;;) {
        size_t child = place * 2;
        if (child > deadlines->count)
            break;
        if (child < deadlines->count && at(deadlines, child + 1)->due < at(deadlines, child)->due)
            child++;
        if (at(deadlines, child)->due >= deadline->due)
            break;
        put(deadlines, place, at(deadlines, child));
        place = child;
    }
    put(deadlines, place, deadline);
}

static void tick(uv_timer_t *timer);

static void reschedule(sio__deadlines_t *deadlines) {
    if (!deadlines->open)
        return;
    if (deadlines->count == 0) {
        uv_timer_stop(&deadlines->timer);
        return;
    }
    uint64_t now = uv_now(deadlines->loop->uv);
    uint64_t due = at(deadlines, 1)->due;
    /* Fails only for a closing handle, which `open` has excluded. */
    uv_timer_start(&deadlines->timer, tick, due > now ? due - now : 0, 0);
}

static void tick(uv_timer_t *timer) {
    sio__deadlines_t *deadlines = timer->data;
    uint64_t now = uv_now(timer->loop);
    /* What is armed meanwhile is due later than now, so this ends. */
    while (deadlines->open && deadlines->count > 0 && at(deadlines, 1)->due <= now) {
        sio__deadline_t *deadline = at(deadlines, 1);
        sio__deadline_disarm(deadlines, deadline);
        deadline->run(deadline);
    }
    reschedule(deadlines);
}

int sio__deadlines_init(sio__deadlines_t *deadlines, sio__loop_t *loop) {
    *deadlines = (sio__deadlines_t){.loop = loop};
    int rc = uv_timer_init(loop->uv, &deadlines->timer);
    if (rc < 0)
        return rc;
    deadlines->timer.data = deadlines;
    deadlines->open = 1;
    sio__loop_handle_opened(loop);
    return 0;
}

int sio__deadline_arm_at(sio__deadlines_t *deadlines, sio__deadline_t *deadline, uint64_t due) {
    sio__deadline_disarm(deadlines, deadline);
    if (deadlines->count == deadlines->capacity) {
        size_t capacity = deadlines->capacity > 0 ? deadlines->capacity * 2 : MIN_CAPACITY;
        sio__deadline_t **heap = realloc(deadlines->heap, capacity * sizeof(*heap));
        if (heap == NULL)
            return SIO_ENOMEM;
        deadlines->heap = heap;
        deadlines->capacity = capacity;
    }
    deadline->due = due;
    deadlines->count++;
    sift_up(deadlines, deadlines->count, deadline);
    if (deadline->place == 1)
        reschedule(deadlines);
    return 0;
}

int sio__deadline_arm(sio__deadlines_t *deadlines, sio__deadline_t *deadline, uint64_t ms) {
    uint64_t now = clock_now();
    ms = ms > 0 ? ms : 1;
    return sio__deadline_arm_at(deadlines, deadline, ms < UINT64_MAX - now ? now + ms : UINT64_MAX);
}

void sio__deadline_disarm(sio__deadlines_t *deadlines, sio__deadline_t *deadline) {
    size_t place = deadline->place;
    if (place == 0)
        return;
    sio__deadline_t *last = at(deadlines, deadlines->count);
    deadlines->count--;
    deadline->place = 0;
    if (last == deadline)
        return;
    if (place > 1 && at(deadlines, place / 2)->due > last->due)
        sift_up(deadlines, place, last);
    else
        sift_down(deadlines, place, last);
}

static void timer_closed(uv_handle_t *handle) {
    sio__deadlines_t *deadlines = handle->data;
    sio__loop_handle_closed(deadlines->loop);
}

void sio__deadlines_close(sio__deadlines_t *deadlines) {
    if (!deadlines->open)
        return;
    deadlines->open = 0;
    uv_close((uv_handle_t *) &deadlines->timer, timer_closed);
}

void sio__deadlines_free(sio__deadlines_t *deadlines) {
    free(deadlines->heap);
    deadlines->heap = NULL;
    deadlines->count = deadlines->capacity = 0;
}
