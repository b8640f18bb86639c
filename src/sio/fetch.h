/* Asking for sockets, here and on other servers [S16]. */
#ifndef SIO__SIO_FETCH_H
#define SIO__SIO_FETCH_H

#include "sio/namespace.h"
#include <sio/remote.h>

/* The application is told at the end of the turn in which sio_fetch_done is called. NULL out of
 * memory. */
sio_fetch_t *sio__fetch_new(sio_namespace_t *nsp, sio_fetch_cb cb, void *data);
/* Abandons it: nobody is told. */
void sio__fetch_cancel(sio_fetch_t *fetch);
/* 0 or SIO_ENOMEM. */
int sio__fetch_add_local(sio_fetch_t *fetch, sio_socket_t *socket);
/* Of one namespace or (NULL) all: SIO_ECLOSED. */
void sio__fetch_end_all(sio__core_t *core, const sio_namespace_t *nsp);

#endif
