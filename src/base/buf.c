#include "base/buf.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int sio__buf_reserve(sio__buf_t *buf, size_t more) {
    if (buf->capacity - buf->length >= more)
        return 0;
    if (more > SIZE_MAX / 4 || buf->length > SIZE_MAX / 4)
        return SIO_ENOMEM;
    size_t wanted = buf->length + more;
    size_t capacity = buf->capacity + buf->capacity / 2;
    if (capacity < wanted)
        capacity = wanted;
    if (capacity < 64)
        capacity = 64;
    char *data = realloc(buf->data, capacity);
    if (data == NULL)
        return SIO_ENOMEM;
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

int sio__buf_puts(sio__buf_t *buf, const char *text) {
    return sio__buf_append(buf, text, strlen(text));
}

void sio__buf_consume(sio__buf_t *buf, size_t length) {
    if (length == 0)
        return;
    buf->length -= length;
    memmove(buf->data, buf->data + length, buf->length);
}

void sio__buf_free(sio__buf_t *buf) {
    free(buf->data);
    *buf = (sio__buf_t){0};
}
