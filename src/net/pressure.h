/*
 * Bytes that wait for all peers together, and who is cut off when they are too many: those for
 * whom the most waits, down to half as much as for the first of them. They are as far behind as
 * each other, may share what waits, and to cut one off alone may free nothing.
 *
 * What is freed is free when libuv has closed their handles, which it does behind the check
 * handles: so this is done there, once a turn, and again in the next one if it was not enough.
 */
#ifndef SIO__NET_PRESSURE_H
#define SIO__NET_PRESSURE_H

#include <stddef.h>

typedef struct sio__loop_s sio__loop_t;

/* Where bytes wait that are not a connection's yet. */
typedef struct sio__holder_s {
    struct sio__holder_s *next;
    /* As many as wait in the place where the most do; what follows begins anew. */
    size_t (*most)(void *data);
    /* Ends some more of those who have at least so much, and tells how many; 0: none are left. */
    size_t (*cut)(size_t least, void *data);
    void *data;
} sio__holder_t;

void sio__pressure_add(sio__loop_t *loop, sio__holder_t *holder);
/* Not there: fine. */
void sio__pressure_remove(sio__loop_t *loop, sio__holder_t *holder);
/* At the end of a turn: nonzero if somebody has been cut off. */
int sio__pressure_relieve(sio__loop_t *loop);

#endif
