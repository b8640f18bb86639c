/* Files of a folder under a prefix (sio_static). */
#ifndef SIO__SERVE_STATIC_H
#define SIO__SERVE_STATIC_H

#include "net/host.h"

/* 0, SIO_ENOMEM, SIO_EINVAL, or libuv's code if the folder cannot be found. */
int sio__static_add(sio__host_t *host, const char *prefix, const char *directory);

#endif
