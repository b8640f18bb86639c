/* Namespace /hooks: who hears what comes in and goes out, and in which order. Each socket keeps
 * a journal. */
#ifndef HOOKS_H
#define HOOKS_H

#include <sio.h>

int hooks_set_up(sio_namespace_t *nsp);

#endif
