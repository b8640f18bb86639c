#include "net/timeouts.h"

static void tick(uv_timer_t *timer);

static void set_timer(sio__clock_t *clock, uint64_t due) {
    uint64_t now = uv_now(clock->timer.loop);
    clock->due = due;
    /* Fails only for a closing handle, when nothing is due any more. */
    uv_timer_start(&clock->timer, tick, due > now ? due - now : 0, 0);
}

static void reschedule(sio__clock_t *clock) {
    uint64_t due = 0;
    for (sio__timeouts_t *list = clock->lists; list != NULL; list = list->next)
        if (list->first != NULL && (due == 0 || list->first->due < due))
            due = list->first->due;
    if (due != 0) {
        set_timer(clock, due);
    } else {
        clock->due = 0;
        uv_timer_stop(&clock->timer);
    }
}

/* Fires what is due in one list; nonzero if it fired something, after which any list may have
 * changed. */
static int fire(sio__timeouts_t *list, uint64_t now) {
    sio__timeout_t *timeout = list->first;
    if (timeout == NULL || timeout->due > now)
        return 0;
    list->fired = timeout->due;
    sio__timeout_disarm(list, timeout);
    list->cb(timeout, list->data);
    return 1;
}

static void tick(uv_timer_t *timer) {
    sio__clock_t *clock = timer->data;
    uint64_t now = uv_now(timer->loop);
    sio__timeouts_t *list = clock->lists;
    while (list != NULL)
        list = fire(list, now) ? clock->lists : list->next;
    reschedule(clock);
}

int sio__clock_init(sio__clock_t *clock, uv_loop_t *uv) {
    *clock = (sio__clock_t){0};
    int rc = uv_timer_init(uv, &clock->timer);
    if (rc == 0) {
        clock->timer.data = clock;
        uv_unref((uv_handle_t *) &clock->timer);
    }
    return rc;
}

void sio__timeouts_init(sio__timeouts_t *timeouts, sio__clock_t *clock, uint64_t length_ms,
                        sio__timeout_cb cb, void *data) {
    *timeouts = (sio__timeouts_t){0};
    timeouts->length_ms = length_ms;
    timeouts->cb = cb;
    timeouts->data = data;
    timeouts->clock = clock;
    timeouts->next = clock->lists;
    clock->lists = timeouts;
}

void sio__timeouts_remove(sio__timeouts_t *timeouts) {
    if (timeouts->clock == NULL)
        return;
    while (timeouts->first != NULL)
        sio__timeout_disarm(timeouts, timeouts->first);
    sio__timeouts_t **at = &timeouts->clock->lists;
    while (*at != NULL && *at != timeouts)
        at = &(*at)->next;
    if (*at != NULL)
        *at = timeouts->next;
    timeouts->clock = NULL;
}

void sio__timeout_arm(sio__timeouts_t *timeouts, sio__timeout_t *timeout) {
    sio__timeout_arm_from(timeouts, timeout, uv_now(timeouts->clock->timer.loop));
}

void sio__timeout_arm_from(sio__timeouts_t *timeouts, sio__timeout_t *timeout, uint64_t from) {
    if (timeouts->length_ms == 0)
        return;
    sio__timeout_disarm(timeouts, timeout);
    timeout->due = from + timeouts->length_ms;

    /* Nearly always the last: only `from` in the past can put it further ahead. */
    sio__timeout_t *before = timeouts->last;
    while (before != NULL && before->due > timeout->due)
        before = before->prev;
    timeout->prev = before;
    timeout->next = before != NULL ? before->next : timeouts->first;
    if (timeout->next != NULL)
        timeout->next->prev = timeout;
    else
        timeouts->last = timeout;
    if (before != NULL)
        before->next = timeout;
    else
        timeouts->first = timeout;

    sio__clock_t *clock = timeouts->clock;
    if (clock->due == 0 || timeout->due < clock->due)
        set_timer(clock, timeout->due);
}

void sio__timeout_disarm(sio__timeouts_t *timeouts, sio__timeout_t *timeout) {
    if (timeout->due == 0)
        return;
    if (timeout->prev != NULL)
        timeout->prev->next = timeout->next;
    else
        timeouts->first = timeout->next;
    if (timeout->next != NULL)
        timeout->next->prev = timeout->prev;
    else
        timeouts->last = timeout->prev;
    timeout->prev = timeout->next = NULL;
    timeout->due = 0;
}
