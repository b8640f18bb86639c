/* A counted buffer of fixed size: what several slow readers of one broadcast share. Somebody may
 * keep an account of how much memory such buffers take. */
#ifndef SIO__BASE_RCBUF_H
#define SIO__BASE_RCBUF_H

#include <stddef.h>

typedef struct {
    size_t refs;
    size_t length;
    size_t *account; /* NULL: nobody counts it */
    unsigned char data[];
} sio__rcbuf_t;

/* With one reference and a copy of `data` (NULL: uninitialised); NULL out of memory. */
sio__rcbuf_t *sio__rcbuf_new(const void *data, size_t length);
/* Adds its bytes to the account, which must outlive it. */
void sio__rcbuf_count(sio__rcbuf_t *rcbuf, size_t *account);
sio__rcbuf_t *sio__rcbuf_ref(sio__rcbuf_t *rcbuf);
void sio__rcbuf_unref(sio__rcbuf_t *rcbuf);

#endif
