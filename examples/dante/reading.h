/* The reading itself: a stanza at once, then one each interval, from the start for everyone
 * who comes. */
#ifndef DANTE_READING_H
#define DANTE_READING_H

#include <sio.h>

/* Reads to Socket.IO clients (event `divinecomedy`) and to raw WebSockets on any path that
 * nothing else takes. `interval` must outlive the server. */
int dante_reading_start(sio_server_t *io, uint64_t *interval);

#endif
