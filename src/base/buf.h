/* A growable byte buffer. All zeros is an empty one. */
#ifndef SIO__BASE_BUF_H
#define SIO__BASE_BUF_H

#include <stddef.h>

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
} sio__buf_t;

/* Makes room for `more` bytes behind the content: 0 or SIO_ENOMEM, the buffer then unchanged. */
int sio__buf_reserve(sio__buf_t *buf, size_t more);
int sio__buf_append(sio__buf_t *buf, const void *data, size_t length);
/* Appends a NUL-terminated text, without the NUL. */
int sio__buf_puts(sio__buf_t *buf, const char *text);
/* Drops the first `length` bytes. */
void sio__buf_consume(sio__buf_t *buf, size_t length);
void sio__buf_free(sio__buf_t *buf);

#endif
