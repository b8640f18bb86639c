/* Deadlines of any length: a heap driven by one uv_timer, for acks and the application's
 * timers. */
#ifndef SIO__SIO_DEADLINE_H
#define SIO__SIO_DEADLINE_H

#include "net/loop.h"
#include <stddef.h>
#include <stdint.h>

/* Embedded in what waits. All zeros (with `run` set): not armed. */
typedef struct sio__deadline_s {
    uint64_t due;  /* loop time in ms */
    size_t place;  /* in the heap, from 1; 0: not armed */
    /* it is disarmed already and may be armed again */
    void (*run)(struct sio__deadline_s *deadline);
} sio__deadline_t;

typedef struct {
    uv_timer_t timer;
    sio__loop_t *loop;
    sio__deadline_t **heap;
    size_t count;
    size_t capacity;
    uint8_t open;
} sio__deadlines_t;

int sio__deadlines_init(sio__deadlines_t *deadlines, sio__loop_t *loop);
/* Arms (again) for `ms` from now, at least 1: 0 or SIO_ENOMEM. Re-arming from `run` cannot
 * fail. */
int sio__deadline_arm(sio__deadlines_t *deadlines, sio__deadline_t *deadline, uint64_t ms);
/* The same for a loop time. */
int sio__deadline_arm_at(sio__deadlines_t *deadlines, sio__deadline_t *deadline, uint64_t due);
/* Not armed: fine. */
void sio__deadline_disarm(sio__deadlines_t *deadlines, sio__deadline_t *deadline);
/* Closes the timer; nothing fires any more. The struct must live until libuv has called
 * back. */
void sio__deadlines_close(sio__deadlines_t *deadlines);
void sio__deadlines_free(sio__deadlines_t *deadlines);

#endif
