/* SHA-1 (RFC 3174), for the WebSocket handshake only. */
#ifndef SIO__BASE_SHA1_H
#define SIO__BASE_SHA1_H

#include <stddef.h>

void sio__sha1(unsigned char digest[20], const void *data, size_t length);

#endif
