/*
 * Accepting TCP connections by system calls of our own, where that is cheaper (Linux).
 *
 * libuv 1.44 accepts until nothing is left. On Linux an accept that finds nothing costs as much
 * as one that finds a connection (2.9 us of the 40 that opening one took), because the kernel
 * makes the new socket first; a poll in front of it costs a tenth. The peer's address comes with
 * the connection, and TCP_NODELAY from the listener.
 */
#ifndef SIO__NET_ACCEPT_H
#define SIO__NET_ACCEPT_H

#include <uv.h>

/* Nonzero where the others work; elsewhere they give UV_ENOSYS. */
int sio__accept_direct(void);
/* Listens on a bound socket: 0 or libuv's code. */
int sio__accept_listen(int fd, int backlog);
/* The descriptor of the next connection, non-blocking, with the peer's address; UV_EAGAIN if
 * there is none, or another code of libuv's. */
int sio__accept(int fd, struct sockaddr_storage *address);
void sio__accept_close(int fd);
/* A descriptor to have when all are in use; -1 if there is none. */
int sio__accept_spare(void);
/* After UV_EMFILE or UV_ENFILE: by means of the spare one, accepts what waits, `most` of it, and
 * closes it, so that these clients know, and the loop does not spin. How many there were; -1: it
 * was not possible. */
int sio__accept_refuse(int fd, int *spare, int most);
/* Nonzero if a connection waits. */
int sio__accept_waits(int fd);
#endif
