#include "base/rcbuf.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

sio__rcbuf_t *sio__rcbuf_new(const void *data, size_t length) {
    if (length > SIZE_MAX - sizeof(sio__rcbuf_t))
        return NULL;
    sio__rcbuf_t *rcbuf = malloc(sizeof(*rcbuf) + length);
    if (rcbuf == NULL)
        return NULL;
    rcbuf->refs = 1;
    rcbuf->length = length;
    if (data != NULL && length > 0)
        memcpy(rcbuf->data, data, length);
    return rcbuf;
}

sio__rcbuf_t *sio__rcbuf_ref(sio__rcbuf_t *rcbuf) {
    rcbuf->refs++;
    return rcbuf;
}

void sio__rcbuf_unref(sio__rcbuf_t *rcbuf) {
    if (rcbuf != NULL && --rcbuf->refs == 0)
        free(rcbuf);
}
