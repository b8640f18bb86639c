#include "base/zip.h"
#include <sio/error.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    PIECE = 1 << 30,       /* given to zlib in one go, whose lengths are ints */
    ROOM = 512,            /* at least that much for what comes out */
    BUF_KEPT = 64 * 1024
};

struct sio__deflater_s {
    z_stream z;
    sio__zip_form_t form;
};

struct sio__inflater_s {
    z_stream z;
    unsigned char beyond; /* where it writes what is beyond the limit */
};

static uInt at_most(size_t length, size_t limit) {
    return (uInt) (length < limit ? length : limit);
}

static Bytef *input(const void *data) {
    return (Bytef *) (uintptr_t) data; /* zlib's const is optional (ZLIB_CONST) */
}

/* --- deflating -------------------------------------------------------------------------------- */

sio__deflater_t *sio__deflater_new(const sio__zip_form_t *form) {
    sio__deflater_t *deflater = calloc(1, sizeof(*deflater));
    if (deflater == NULL)
        return NULL;
    /* zlib has no raw window of 256 bytes; with 512 it looks back 250 bytes at most (the window
     * less the longest match and four), which a window of 256 covers. */
    int bits = form->bits < 9 ? 9 : form->bits;
    if (deflateInit2(&deflater->z, form->level, Z_DEFLATED, -bits, form->memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(deflater);
        return NULL;
    }
    deflater->form = *form;
    return deflater;
}

void sio__deflater_free(sio__deflater_t *deflater) {
    if (deflater == NULL)
        return;
    deflateEnd(&deflater->z);
    free(deflater);
}

void sio__deflater_reset(sio__deflater_t *deflater) {
    deflateReset(&deflater->z);
}

/* As deflate() until it has taken all and written all. */
static int deflate_piece(z_stream *z, sio__writer_t *writer, int flush) {
    do {
        if (!sio__writer_need(writer, ROOM))
            return SIO_ENOMEM;
        uInt room = at_most((size_t) (writer->end - writer->at), PIECE);
        z->next_out = writer->at;
        z->avail_out = room;
        if (deflate(z, flush) == Z_STREAM_ERROR)
            return SIO_ENOMEM; /* it is not in a state to be used */
        writer->at += room - z->avail_out;
    } while (z->avail_out == 0);
    return 0;
}

int sio__deflater_put(sio__deflater_t *deflater, sio__writer_t *writer, const void *data,
                      size_t length, sio__zip_end_t end) {
    static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    z_stream *z = &deflater->z;
    const char *at = data;
    int rc;
    /* What is to be expected of text; a growing writer copies. */
    if (!sio__writer_need(writer, length / 4 + ROOM))
        return SIO_ENOMEM;
    do {
        z->next_in = input(at);
        z->avail_in = at_most(length, PIECE);
        length -= z->avail_in;
        if (at != NULL)
            at += z->avail_in;
        rc = deflate_piece(z, writer, length > 0 ? Z_NO_FLUSH : flushes[end]);
    } while (rc == 0 && length > 0);
    return rc;
}

/* --- inflating -------------------------------------------------------------------------------- */

sio__inflater_t *sio__inflater_new(int bits) {
    sio__inflater_t *inflater = calloc(1, sizeof(*inflater));
    if (inflater == NULL)
        return NULL;
    if (inflateInit2(&inflater->z, -bits) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void sio__inflater_free(sio__inflater_t *inflater) {
    if (inflater == NULL)
        return;
    inflateEnd(&inflater->z);
    free(inflater);
}

/* One call of inflate(), which writes to the buffer, or beyond the limit to a byte of its own. */
static int inflate_some(sio__inflater_t *inflater, sio__buf_t *out, size_t limit) {
    z_stream *z = &inflater->z;
    uInt room = at_most(out->capacity - out->length, limit - out->length);
    if (room > 0) {
        z->next_out = (Bytef *) out->data + out->length;
        z->avail_out = room;
    } else {
        z->next_out = &inflater->beyond;
        z->avail_out = 1;
    }
    int rc = inflate(z, Z_SYNC_FLUSH);
    if (room == 0 && z->avail_out == 0)
        return SIO_ETOOBIG;
    if (room > 0)
        out->length += room - z->avail_out;
    if (rc == Z_STREAM_END)
        rc = inflateResetKeep(z); /* with the window (RFC 7692 7.2.3.4) */
    if (rc == Z_MEM_ERROR)
        return SIO_ENOMEM;
    return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : SIO_EPROTO;
}

int sio__inflater_put(sio__inflater_t *inflater, sio__buf_t *out, size_t limit, const void *data,
                      size_t length) {
    z_stream *z = &inflater->z;
    const char *at = data;
    do {
        z->next_in = input(at);
        z->avail_in = at_most(length, PIECE);
        length -= z->avail_in;
        at += z->avail_in;
        do {
            size_t left = limit - out->length;
            size_t wanted = z->avail_in < PIECE / 4 ? 4 * (size_t) z->avail_in + ROOM : PIECE;
            if (wanted > left)
                wanted = left;
            if (out->capacity == out->length && wanted > 0) {
                int rc = sio__buf_reserve(out, wanted);
                if (rc < 0)
                    return rc;
            }
            int rc = inflate_some(inflater, out, limit);
            if (rc < 0)
                return rc;
        } while (z->avail_in > 0 || z->avail_out == 0);
    } while (length > 0);
    return 0;
}

/* --- the pool --------------------------------------------------------------------------------- */

static int is_of_form(const sio__deflater_t *deflater, const sio__zip_form_t *form) {
    return deflater->form.bits == form->bits && deflater->form.level == form->level &&
           deflater->form.memory == form->memory;
}

sio__deflater_t *sio__zips_deflater(sio__zips_t *zips, const sio__zip_form_t *form) {
    sio__deflater_t *deflater = zips->deflater;
    if (deflater == NULL || !is_of_form(deflater, form))
        return sio__deflater_new(form);
    zips->deflater = NULL;
    return deflater;
}

sio__inflater_t *sio__zips_inflater(sio__zips_t *zips) {
    sio__inflater_t *inflater = zips->inflater;
    if (inflater == NULL)
        return sio__inflater_new(SIO__ZIP_MAX_BITS);
    zips->inflater = NULL;
    return inflater;
}

sio__buf_t sio__zips_buf(sio__zips_t *zips) {
    sio__buf_t buf = zips->buf;
    zips->buf = (sio__buf_t){0};
    return buf;
}

/* The latest stays: the next that is asked for is likely to be of its form. */
void sio__zips_return_deflater(sio__zips_t *zips, sio__deflater_t *deflater) {
    if (deflater == NULL)
        return;
    sio__deflater_free(zips->deflater);
    sio__deflater_reset(deflater);
    zips->deflater = deflater;
}

void sio__zips_return_inflater(sio__zips_t *zips, sio__inflater_t *inflater) {
    if (inflater == NULL)
        return;
    sio__inflater_free(zips->inflater);
    inflateReset(&inflater->z);
    zips->inflater = inflater;
}

void sio__zips_return_buf(sio__zips_t *zips, sio__buf_t *buf) {
    if (zips->buf.data == NULL && buf->capacity <= BUF_KEPT) {
        buf->length = 0;
        zips->buf = *buf;
        *buf = (sio__buf_t){0};
    }
    sio__buf_free(buf);
}

void sio__zips_clear(sio__zips_t *zips) {
    sio__deflater_free(zips->deflater);
    sio__inflater_free(zips->inflater);
    sio__buf_free(&zips->buf);
    *zips = (sio__zips_t){0};
}
