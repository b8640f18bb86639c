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
    rcbuf->account = NULL;
    if (data != NULL && length > 0)
        memcpy(rcbuf->data, data, length);
    return rcbuf;
}

sio__rcbuf_t *sio__rcbuf_ref(sio__rcbuf_t *rcbuf) {
    rcbuf->refs++;
    return rcbuf;
}

static size_t cost(const sio__rcbuf_t *rcbuf) {
    return sizeof(*rcbuf) + rcbuf->length;
}

void sio__rcbuf_count(sio__rcbuf_t *rcbuf, size_t *account) {
    rcbuf->account = account;
    *account += cost(rcbuf);
}

void sio__rcbuf_unref(sio__rcbuf_t *rcbuf) {
    if (rcbuf == NULL || --rcbuf->refs > 0)
        return;
    if (rcbuf->account != NULL)
        *rcbuf->account -= cost(rcbuf);
    free(rcbuf);
}
