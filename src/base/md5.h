/* MD5 (RFC 1321), for the handshake of an old WebSocket draft only: it keeps no secret. */
#ifndef SIO__BASE_MD5_H
#define SIO__BASE_MD5_H

#include <stddef.h>

void sio__md5(unsigned char digest[16], const void *data, size_t length);

#endif
