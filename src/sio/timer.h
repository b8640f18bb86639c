/* Timers of sockets and servers. */
#ifndef SIO__SIO_TIMER_H
#define SIO__SIO_TIMER_H

#include "sio/socket.h"

/* A timer of the server; `repeat` nonzero: again and again. NULL out of memory or closing. */
sio_timer_t *sio__timer_new(sio__core_t *core, uint64_t ms, int repeat, sio_server_cb cb,
                            void *data);
/* Stops all timers of a list. */
void sio__timer_stop_all(sio_timer_t **list);

#endif
