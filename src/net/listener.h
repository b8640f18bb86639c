/* A listening socket: TCP, a pipe, or an inherited descriptor of either kind. */
#ifndef SIO__NET_LISTENER_H
#define SIO__NET_LISTENER_H

#include "net/loop.h"
#include <sio/tls.h>

typedef struct sio__host_s sio__host_t;
typedef struct sio__listener_s sio__listener_t;

/* They listen at once; 0, SIO_ENOMEM, SIO_EINVAL or libuv's code. */
int sio__listen_tcp(sio__listener_t **listener, sio__host_t *host, const char *address, int port);
int sio__listen_pipe(sio__listener_t **listener, sio__host_t *host, const char *name);
int sio__listen_fd(sio__listener_t **listener, sio__host_t *host, int fd);
/* What it accepts from now on speaks TLS. */
void sio__listener_set_tls(sio__listener_t *listener, sio_tls_t *tls);
int sio__listener_is_secure(const sio__listener_t *listener);
/* The TCP port, or a negative code. */
int sio__listener_port(const sio__listener_t *listener);
/* Stops listening; the memory goes with libuv's close callbacks. */
void sio__listener_close(sio__listener_t *listener);

/* The host's list. */
sio__listener_t **sio__listener_next(sio__listener_t *listener);

#endif
