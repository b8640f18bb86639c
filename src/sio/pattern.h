/* Regular expressions that namespaces are named by [S5]. */
#ifndef SIO__SIO_PATTERN_H
#define SIO__SIO_PATTERN_H

#include <stddef.h>

typedef struct sio__pattern_s sio__pattern_t;

/* 0, SIO_EINVAL (with what is wrong in `why`), SIO_ENOMEM, SIO_ENOTSUP (built without). */
int sio__pattern_new(sio__pattern_t **pattern, const char *text, char *why, size_t capacity);
/* Takes NULL. */
void sio__pattern_free(sio__pattern_t *pattern);
/* Nonzero if it matches somewhere in the text. A text that would take too long does not match. */
int sio__pattern_matches(const sio__pattern_t *pattern, const char *text, size_t length);

#endif
