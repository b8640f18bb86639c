/* The HTTP side of a WebSocket, any path. */
#ifndef RAW_HANDSHAKE_H
#define RAW_HANDSHAKE_H

#include <stddef.h>

#define HANDSHAKE_RESPONSE_SIZE 160

/* The bytes of the request's head in `text`, which ends with a NUL; 0 while it is not complete. */
size_t handshake_length(const char *text);
/* Writes the 101 for it; returns its size, or 0 if this is no request for a WebSocket. */
size_t handshake_respond(char response[HANDSHAKE_RESPONSE_SIZE], const char *head);

#endif
