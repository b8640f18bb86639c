/*
 * The messages of a connection that has agreed on permessage-deflate (RFC 7692). Contexts are
 * made when they are first needed. Where they are to be forgotten after each message (no context
 * takeover), they are lent by the loop and the connection has none in between.
 *
 * What comes in is inflated as it arrives, so a message never takes more than the limit, however
 * many frames and however large a size it was made from.
 */
#ifndef SIO__WS_DEFLATE_H
#define SIO__WS_DEFLATE_H

#include "base/zip.h"
#include "ws/extension.h"
#include "ws/header.h"

typedef struct sio__ws_deflate_s sio__ws_deflate_t;

/* NULL out of memory. */
sio__ws_deflate_t *sio__ws_deflate_new(sio__zips_t *zips, const sio__deflate_params_t *params,
                                       const sio_deflate_options_t *options);
/* With what has come of a message. NULL is fine. */
void sio__ws_deflate_free(sio__ws_deflate_t *deflate);

/* --- in --------------------------------------------------------------------------------------- */

/* Nonzero while a fragmented message is under way. */
int sio__ws_deflate_active(const sio__ws_deflate_t *deflate);
/* Bytes announced for it so far, as they are on the wire. */
uint64_t sio__ws_deflate_length(const sio__ws_deflate_t *deflate);
/* Bytes of its frame that have not come yet. */
uint64_t sio__ws_deflate_left(const sio__ws_deflate_t *deflate);
/* Its first or next frame. */
void sio__ws_deflate_frame(sio__ws_deflate_t *deflate, const sio__ws_header_t *header);
/* Feeds bytes of the frame, which are unmasked in place. 0, SIO_ENOMEM, SIO_EPROTO (no DEFLATE),
 * SIO_ETOOBIG, as sio__inflater_put. */
int sio__ws_deflate_feed(sio__ws_deflate_t *deflate, size_t limit, char *data, size_t length);
/* Nonzero when the last byte of its last frame has been fed. */
int sio__ws_deflate_complete(const sio__ws_deflate_t *deflate);
/* Ends it: its bytes, to be given back to the loop's zips, and its opcode; text has not been
 * checked. Errors as above. */
int sio__ws_deflate_end(sio__ws_deflate_t *deflate, size_t limit, sio__buf_t *message,
                        int *opcode);

/* --- out -------------------------------------------------------------------------------------- */

/* The compressed form of a frame with a whole message. 1 and the frame; 0: it is to go as it is,
 * because it is small or gains nothing; SIO_ENOMEM. What others may have of it is put into *shared,
 * NULL at first; `shared` may be NULL. */
int sio__ws_deflate_compress(sio__ws_deflate_t *deflate, sio__scratch_t *scratch,
                             const sio__frame_t *plain, const sio__deflated_t **shared,
                             sio__frame_t *frame);

#endif
