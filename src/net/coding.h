/* Content codings (RFC 9110 8.4): what a client accepts, and gzip and deflate for bodies that are
 * written now. */
#ifndef SIO__NET_CODING_H
#define SIO__NET_CODING_H

#include "base/outq.h"
#include "base/zip.h"

typedef enum {
    SIO__IDENTITY,
    SIO__GZIP,
    SIO__DEFLATE,
    SIO__BROTLI
} sio__coding_t;

enum { SIO__CODINGS = 4 };

/* As it stands in Content-Encoding. */
const char *sio__coding_name(sio__coding_t coding);
/* How much the client likes a coding: 0 not at all, to 1000. `accept` is its Accept-Encoding, or
 * NULL; `other` is for a coding that is not named there. */
int sio__coding_quality(const char *accept, sio__coding_t coding, int other);
/* Of those on offer (a NULL-less list in order of our preference, identity apart) the one that the
 * client likes best. */
sio__coding_t sio__coding_choose(const char *accept, const sio__coding_t *offered, size_t count);

/* Writes a body, given as extents between which `separator` stands (if it is not negative), with
 * gzip or deflate to the scratch. 0 or SIO_ENOMEM. */
int sio__coding_encode(sio__coding_t coding, sio__zips_t *zips, sio__scratch_t *scratch,
                       const sio__outq_t *body, int separator, const unsigned char **data,
                       size_t *length);

#endif
