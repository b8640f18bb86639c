/* Connecting to the server under test. */
#ifndef LOAD_DIAL_H
#define LOAD_DIAL_H

#include <stdint.h>

/* Starts to connect to 127.0.0.1; the returned descriptor becomes writable when that is done. */
int dial_start(uint16_t port);
/* To be called then; fails if it did not work. */
void dial_finish(int fd);

/* Raises the limit of open files as far as it goes, and fails if that is not enough. */
void dial_allow(int connections);

#endif
