/* A growable byte buffer. All zeros is an empty one. */
#ifndef SIO__BASE_BUF_H
#define SIO__BASE_BUF_H

#include <stddef.h>
#include <string.h>

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
} sio__buf_t;

/* Makes room for `more` bytes behind the content: 0 or SIO_ENOMEM, the buffer then unchanged. */
int sio__buf_reserve(sio__buf_t *buf, size_t more);
static inline int sio__buf_append(sio__buf_t *buf, const void *data, size_t length) {
    if (length == 0)
        return 0;
    if (buf->capacity - buf->length < length) {
        int rc = sio__buf_reserve(buf, length);
        if (rc < 0)
            return rc;
    }
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    return 0;
}
/* Appends a NUL-terminated text, without the NUL. */
int sio__buf_puts(sio__buf_t *buf, const char *text);
/* Drops the first `length` bytes. */
void sio__buf_consume(sio__buf_t *buf, size_t length);
void sio__buf_free(sio__buf_t *buf);

#endif
