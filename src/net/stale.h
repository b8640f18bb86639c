/* UNIX sockets that a process has left behind. */
#ifndef SIO__NET_STALE_H
#define SIO__NET_STALE_H

#include <stddef.h>

/* The longest name a pipe may have. */
size_t sio__pipe_name_max(void);
/* Removes a socket on which nobody listens: nonzero if it was one and has gone. On Windows
 * there are none. */
int sio__pipe_remove_stale(const char *name);

#endif
