/* UTF-8 (RFC 3629): checking, counting, mending. Fast on ASCII. */
#ifndef SIO__BASE_UTF8_H
#define SIO__BASE_UTF8_H

#include "base/buf.h"
#include <stddef.h>

/* Nonzero if the bytes are valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
int sio__utf8_valid(const void *data, size_t length);
/* Length of the valid beginning. */
size_t sio__utf8_valid_prefix(const void *data, size_t length);
/* Nonzero if the bytes are the beginning of one sequence that what follows may complete. */
int sio__utf8_incomplete(const void *data, size_t length);
/* Appends the text to `out` with each ill-formed part replaced by U+FFFD, as WHATWG's
 * decoder and Node do (maximal subparts). 0 or SIO_ENOMEM. */
int sio__utf8_mend(sio__buf_t *out, const void *data, size_t length);

/* How many UTF-16 code units valid text has: what JavaScript calls its length. */
size_t sio__utf8_units(const void *data, size_t length);
/* The length in bytes of the first `units` code units of valid text; SIZE_MAX if it has fewer, or
 * they end in the middle of a character. */
size_t sio__utf8_of_units(const void *data, size_t length, size_t units);
/* The same as sio__utf8_valid once each surrogate that somebody has encoded by itself is made a
 * U+FFFD, which takes as many bytes. */
int sio__utf8_tolerate(void *data, size_t length);
/* Undoes, in place, what clients do that encode a text twice: where all its characters are bytes
 * that are UTF-8 again, it becomes that. Returns its length, the same if it is not of that kind. */
size_t sio__utf8_undouble(void *data, size_t length);

#endif
