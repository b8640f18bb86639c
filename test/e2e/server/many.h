/* Handlers about many sockets at once: acks of all of them, remote control. */
#ifndef MANY_H
#define MANY_H

#include <sio.h>

int many_set_up(sio_namespace_t *nsp);

#endif
