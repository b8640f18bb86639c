/* The generator has one answer to whatever goes wrong: a line on stderr and exit code 1. A figure
 * from a run in which something went wrong would be worth nothing. */
#ifndef LOAD_FAIL_H
#define LOAD_FAIL_H

#include <stddef.h>

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with the text of errno behind it. */
_Noreturn void fail_errno(const char *what);

/* calloc() that fails loudly. Everything is allocated before the measurement begins. */
void *allocate(size_t count, size_t size);

#endif
