/* Small things about text, independent of the locale. */
#ifndef SIO__BASE_TEXT_H
#define SIO__BASE_TEXT_H

#include <stddef.h>

int sio__text_equal_nocase(const char *a, const char *b);
/* The same of texts without an end. */
int sio__text_same_nocase(const char *a, const char *b, size_t length);
/* The value of a hexadecimal digit, -1: it is none. */
int sio__text_hex(char c);
/* Nonzero for what a method, the name of a header and the like are of (RFC 9110 5.6.2). */
int sio__text_is_token(char c);
/* Walks a comma-separated list: the next trimmed, non-empty item in *item and *length, nonzero
 * if there is one. */
int sio__text_list_next(const char **cursor, const char **item, size_t *length);
/* Nonzero if the list holds `item` (nocase: ASCII case does not matter). */
int sio__text_list_has(const char *list, const char *item, size_t length, int nocase);
/* Copies; NULL out of memory. */
char *sio__text_copy(const char *text, size_t length);

#endif
