/*
 * Time-outs of equal length in FIFO lists, all driven by one uv_timer: arming and disarming is
 * a list operation, whatever the number of connections. Exact to the millisecond: deadlines
 * count from the planned time that the caller names, not from when the loop got round to it.
 */
#ifndef SIO__NET_TIMEOUTS_H
#define SIO__NET_TIMEOUTS_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Embedded in what waits. All zeros: not armed. */
typedef struct sio__timeout_s {
    struct sio__timeout_s *prev, *next;
    uint64_t due; /* loop time in ms; 0: not armed */
} sio__timeout_t;

typedef struct sio__timeouts_s sio__timeouts_t;
typedef struct sio__clock_s sio__clock_t;

/* Called when `timeout` is due; it is disarmed already and may be armed again. */
typedef void (*sio__timeout_cb)(sio__timeout_t *timeout, void *data);

struct sio__timeouts_s {
    sio__timeout_t *first, *last;
    uint64_t length_ms; /* 0: never; arming does nothing */
    uint64_t fired;     /* for its callback: when the time-out was due */
    sio__timeout_cb cb;
    void *data;
    sio__clock_t *clock;
    sio__timeouts_t *next; /* the clock's other lists */
};

struct sio__clock_s {
    uv_timer_t timer; /* unreferenced: time-outs alone keep no loop alive */
    sio__timeouts_t *lists;
    uint64_t due; /* when the timer fires; 0: stopped */
};

/* Adds a list to the clock, for the life of the clock or until sio__timeouts_remove. */
void sio__timeouts_init(sio__timeouts_t *timeouts, sio__clock_t *clock, uint64_t length_ms,
                        sio__timeout_cb cb, void *data);
void sio__timeouts_remove(sio__timeouts_t *timeouts);
/* Arms (again) for length_ms from now, or from `from`, a loop time. */
void sio__timeout_arm(sio__timeouts_t *timeouts, sio__timeout_t *timeout);
void sio__timeout_arm_from(sio__timeouts_t *timeouts, sio__timeout_t *timeout, uint64_t from);
/* Not armed: fine. */
void sio__timeout_disarm(sio__timeouts_t *timeouts, sio__timeout_t *timeout);

int sio__clock_init(sio__clock_t *clock, uv_loop_t *uv);

#endif
