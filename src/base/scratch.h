/*
 * The scratch: where everything that leaves in a loop turn is written, straight out, once.
 *
 * Blocks are stable (never moved or freed during the turn) and pooled from turn to turn: a large
 * block freed at the end of each turn would be trimmed by malloc and faulted in again, which was
 * measured to double the cost of a message. At the end of the turn sio__scratch_reset() takes
 * everything back; what has not left by then is kept by sio__scratch_keep() in a counted copy,
 * one for all who ask for the same bytes.
 */
#ifndef SIO__BASE_SCRATCH_H
#define SIO__BASE_SCRATCH_H

#include "base/rcbuf.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct sio__scratch_s {
    unsigned char *at, *end; /* what is free in the current block */
    struct sio__block_s *current; /* with the used ones of this turn behind it */
    struct sio__block_s *pool;
    unsigned pooled;
    struct sio__block_s *large; /* one odd-sized block for re-use */
    struct sio__kept_s *kept;
    size_t kept_bytes; /* in counted copies that are still held */
} sio__scratch_t;

sio__scratch_t *sio__scratch_new(void);
void sio__scratch_free(sio__scratch_t *scratch);

/* Makes a block with at least `length` bytes free the current one: nonzero if there is memory. */
int sio__scratch_next(sio__scratch_t *scratch, size_t length);
static inline size_t sio__scratch_left(const sio__scratch_t *scratch) {
    return (size_t) (scratch->end - scratch->at);
}

/* `length` bytes that stay until the reset; NULL out of memory. Consecutive calls are
 * neighbours while a block lasts, so that extents can merge. */
unsigned char *sio__scratch_alloc(sio__scratch_t *scratch, size_t length);
/* The same, aligned for any type (so not a neighbour). */
void *sio__scratch_memory(sio__scratch_t *scratch, size_t length);
/* A copy in the scratch. */
const unsigned char *sio__scratch_copy(sio__scratch_t *scratch, const void *data, size_t length);

/* A counted copy of bytes of this turn, shared by all who keep exactly the same range; the
 * caller gets a reference, to be given back before the scratch is freed. NULL out of memory. */
sio__rcbuf_t *sio__scratch_keep(sio__scratch_t *scratch, const unsigned char *data, size_t length);

/* A place to come back to, and the way back: what was allocated since is free again, as far as
 * it is in the current block, and nobody may have kept it. */
static inline const unsigned char *sio__scratch_mark(const sio__scratch_t *scratch) {
    return scratch->at;
}
void sio__scratch_rewind(sio__scratch_t *scratch, const unsigned char *mark);

/* Ends the turn. */
void sio__scratch_reset(sio__scratch_t *scratch);

/*
 * A writer: appends to one range whose final size is not known yet. While it is open nothing
 * else may be allocated from the scratch. After a failed allocation `failed` is set, further
 * writes do nothing, and sio__writer_end returns NULL.
 */
typedef struct {
    sio__scratch_t *scratch;
    unsigned char *start;
    unsigned char *at;
    unsigned char *end;
    unsigned headroom;
    int failed;
} sio__writer_t;

enum { SIO__WRITER_ROOM = 256 }; /* a writer starts with at least this much */

/* Opens with `headroom` bytes left free in front of the content. */
static inline void sio__writer_begin(sio__writer_t *writer, sio__scratch_t *scratch,
                                     size_t headroom) {
    writer->scratch = scratch;
    writer->headroom = (unsigned) headroom;
    writer->failed = sio__scratch_left(scratch) < headroom + SIO__WRITER_ROOM &&
                     !sio__scratch_next(scratch, headroom + SIO__WRITER_ROOM);
    writer->start = scratch->at;
    writer->at = writer->failed ? writer->start : writer->start + headroom;
    writer->end = writer->failed ? writer->start : scratch->end;
}
/* Room for `length` bytes at writer->at: nonzero if there is. Fast in the usual case. */
int sio__writer_grow(sio__writer_t *writer, size_t length);
static inline int sio__writer_need(sio__writer_t *writer, size_t length) {
    return (size_t) (writer->end - writer->at) >= length || sio__writer_grow(writer, length);
}
static inline void sio__writer_put(sio__writer_t *writer, const void *data, size_t length) {
    if (length > 0 && sio__writer_need(writer, length)) {
        memcpy(writer->at, data, length);
        writer->at += length;
    }
}
static inline void sio__writer_byte(sio__writer_t *writer, char byte) {
    if (sio__writer_need(writer, 1))
        *writer->at++ = (unsigned char) byte;
}
/* Decimal text of a number. */
void sio__writer_u64(sio__writer_t *writer, uint64_t value);
/* A UTF-16 code unit as JSON and JavaScript have it: \u and four digits. */
void sio__writer_unit(sio__writer_t *writer, unsigned unit);
/* Closes: the start of the range (headroom included), its length in *length; NULL after a
 * failure. */
static inline unsigned char *sio__writer_end(sio__writer_t *writer, size_t *length) {
    if (writer->failed)
        return NULL;
    writer->scratch->at = writer->at;
    *length = (size_t) (writer->at - writer->start);
    return writer->start;
}
/* Abandons what was written. */
void sio__writer_cancel(sio__writer_t *writer);

#endif
