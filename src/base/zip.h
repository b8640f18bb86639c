/*
 * Raw DEFLATE (RFC 1951) in both directions, by zlib. A context is large (see the sizes below),
 * so those that need to remember nothing from one message to the next are lent from a pool, which
 * keeps one of each kind.
 */
#ifndef SIO__BASE_ZIP_H
#define SIO__BASE_ZIP_H

#include "base/buf.h"
#include "base/scratch.h"
#include <stddef.h>

/* The windows that RFC 7692 knows, as powers of two. */
enum { SIO__ZIP_MIN_BITS = 8, SIO__ZIP_MAX_BITS = 15 };

typedef struct sio__deflater_s sio__deflater_t;
typedef struct sio__inflater_s sio__inflater_t;

/* What a deflater is made for. It takes 2^(bits + 2) + 2^(memory + 9) bytes and some more. */
typedef struct {
    int bits;   /* of the window: 8 to 15 */
    int level;  /* 1 to 9, 0: no compression, -1: zlib's own choice */
    int memory; /* 1 to 9 */
} sio__zip_form_t;

typedef enum {
    SIO__ZIP_MORE,  /* more of the same will follow */
    SIO__ZIP_FLUSH, /* ends with an empty stored block: 00 00 ff ff */
    SIO__ZIP_FINISH /* ends the stream */
} sio__zip_end_t;

typedef struct {
    sio__deflater_t *deflater;
    sio__inflater_t *inflater;
    sio__buf_t buf; /* an empty one with room */
} sio__zips_t;

/* NULL out of memory. */
sio__deflater_t *sio__deflater_new(const sio__zip_form_t *form);
void sio__deflater_free(sio__deflater_t *deflater);
/* Forgets everything that it was given. */
void sio__deflater_reset(sio__deflater_t *deflater);
/* Compresses to the writer: 0, or SIO_ENOMEM, after which it must be reset or freed. */
int sio__deflater_put(sio__deflater_t *deflater, sio__writer_t *writer, const void *data,
                      size_t length, sio__zip_end_t end);

/* It takes 2^bits bytes and about 7 KB, most of it when it gets its first bytes. NULL out of
 * memory. */
sio__inflater_t *sio__inflater_new(int bits);
void sio__inflater_free(sio__inflater_t *inflater);
/* Appends what the bytes inflate to. 0, SIO_ENOMEM, SIO_EPROTO: this is no DEFLATE; SIO_ETOOBIG:
 * `out` would have more than `limit` bytes, it stops there. After an error it is to be freed. The
 * end of a stream in the midst of it is no end: the window stays, the next block goes on. */
int sio__inflater_put(sio__inflater_t *inflater, sio__buf_t *out, size_t limit, const void *data,
                      size_t length);

/* Lent ones remember nothing. An inflater's window is the largest: it takes what was deflated
 * with any. */
sio__deflater_t *sio__zips_deflater(sio__zips_t *zips, const sio__zip_form_t *form);
sio__inflater_t *sio__zips_inflater(sio__zips_t *zips);
/* An empty buffer; it may have room already. */
sio__buf_t sio__zips_buf(sio__zips_t *zips);
/* Give them back; NULL is fine. */
void sio__zips_return_deflater(sio__zips_t *zips, sio__deflater_t *deflater);
void sio__zips_return_inflater(sio__zips_t *zips, sio__inflater_t *inflater);
void sio__zips_return_buf(sio__zips_t *zips, sio__buf_t *buf);
void sio__zips_clear(sio__zips_t *zips);

#endif
