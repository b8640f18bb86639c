/* URLs: percent-decoding and query strings (WHATWG application/x-www-form-urlencoded, as
 * Node's querystring reads it). */
#ifndef SIO__NET_URL_H
#define SIO__NET_URL_H

#include "base/buf.h"
#include <stddef.h>

/* Decodes in place; '+' is a blank when `form` is set. A stray '%' stays as it is. Returns the
 * new length. */
size_t sio__url_decode(char *text, size_t length, int form);
/* Decodes a path in place: 0, or SIO_EINVAL if there is a stray '%' or a NUL in it. */
int sio__url_decode_path(char *text, size_t *length);
/* Finds parameter `name` (compared decoded) in the query of `url`: its raw value in *value and
 * *length; nonzero if it is there. */
int sio__url_query(const char *url, const char *name, const char **value, size_t *length);
/* Walks all parameters: start with *cursor = the URL; raw name and value; nonzero while there
 * is one. */
int sio__url_query_next(const char **cursor, const char **name, size_t *name_length,
                        const char **value, size_t *value_length);
/* Where the query of `url` begins: behind its '?', or at its end. */
const char *sio__url_query_start(const char *url);
/* Takes the next piece of a query: copies it to `to`, decoded, and moves *at to what ends it: '&',
 * '#' or NUL, and '=' where `name` is set. Returns its length, at most that of the source; a
 * decoded NUL ends it, too. */
size_t sio__url_query_take(const char **at, char *to, int name);
/* Length of the path: up to '?' or '#'. Absolute-form targets ("http://h/p") begin at their
 * path: *start. */
size_t sio__url_path(const char *url, const char **start);
/* Appends the decoded value, NUL-terminated: 0, SIO_ENOENT, SIO_ENOMEM. */
int sio__url_query_decoded(const char *url, const char *name, sio__buf_t *out);

#endif
