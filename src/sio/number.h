/* Numbers as JavaScript writes and JSON spells them, independent of the locale. */
#ifndef SIO__SIO_NUMBER_H
#define SIO__SIO_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* "-1.2345678901234567e-308" has 24 characters. */
enum { SIO__NUMBER_ROOM = 32 };

/*
 * The shortest text that reads back as the same double, laid out as JSON.stringify does: 5 and
 * not 5.0, 1e+21, -0 as 0, what is not finite as null. Returns the length; no NUL is added.
 */
size_t sio__number_write(char out[SIO__NUMBER_ROOM], double value);

/* The rest reads the text of a JSON number, already checked. */

/* The nearest double; beyond the largest one the largest, with its sign. */
double sio__number_read(const char *text, size_t length);
/* An integral value, however spelled (1.0 and 1e2 are): 0, SIO_ETYPE for a fraction, SIO_ERANGE
 * beyond 64 bits. */
int sio__number_read_int(const char *text, size_t length, int64_t *value);
/* Nonzero if it has neither fraction nor exponent. */
int sio__number_plain(const char *text, size_t length);

#endif
