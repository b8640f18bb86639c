/* Base64 (RFC 4648): standard alphabet with padding, and the URL-safe one for ids. */
#ifndef SIO__BASE_BASE64_H
#define SIO__BASE_BASE64_H

#include <stddef.h>

static inline size_t sio__base64_length(size_t length) {
    return (length + 2) / 3 * 4;
}
/* Writes exactly sio__base64_length(length) characters, no NUL. */
void sio__base64_encode(char *out, const void *data, size_t length);
/* URL-safe, unpadded; `length` must be a multiple of 3. */
void sio__base64url_encode(char *out, const void *data, size_t length);
/* Decodes as Node's Buffer.from(text, "base64") does: both alphabets, padding optional, other
 * characters skipped. `out` needs room for length / 4 * 3 + 3 bytes and may be `text` itself.
 * Returns the bytes written. */
size_t sio__base64_decode(void *out, const char *text, size_t length);

#endif
