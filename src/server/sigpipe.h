/* The one signal that the library touches outside of sio_run. */
#ifndef SIO__SERVER_SIGPIPE_H
#define SIO__SERVER_SIGPIPE_H

/* Ignores SIGPIPE if it is at its default: libuv 1.44 dies of it on the second write to a peer
 * that has vanished. */
void sio__sigpipe_ignore(void);

#endif
