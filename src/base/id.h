/* Ids of sessions and sockets [E19]: 15 bytes from the system's random source as 20 URL-safe
 * characters. */
#ifndef SIO__BASE_ID_H
#define SIO__BASE_ID_H

#include <stddef.h>

enum { SIO__ID_LENGTH = 20 };

/* A stock of random bytes, so that an id does not cost a system call. One per server. */
typedef struct {
    unsigned char pool[480];
    size_t left;
} sio__ids_t;

/* Writes SIO__ID_LENGTH characters and a NUL; 0 or libuv's code when there is no randomness. */
int sio__id_new(sio__ids_t *ids, char id[SIO__ID_LENGTH + 1]);

#endif
