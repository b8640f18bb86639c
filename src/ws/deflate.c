#include "ws/deflate.h"
#include "ws/mask.h"
#include <sio/error.h>
#include <stdlib.h>

/* What ends a flush, and is left out on the wire (RFC 7692 7.2.1). */
static const unsigned char tail[4] = {0x00, 0x00, 0xff, 0xff};

enum { RSV1 = 0x40 };

struct sio__ws_deflate_s {
    sio__zips_t *zips;
    sio__zip_form_t form;
    uint32_t threshold;
    sio__deflate_params_t params;
    sio__deflater_t *deflater; /* with context takeover only */
    sio__inflater_t *inflater; /* lent for the message without context takeover */
    /* The message that comes in. */
    sio__buf_t message;
    sio__ws_header_t header; /* of the frame */
    uint64_t done;           /* bytes of it */
    uint64_t total;
    uint8_t opcode; /* 0: there is none */
};

sio__ws_deflate_t *sio__ws_deflate_new(sio__zips_t *zips, const sio__deflate_params_t *params,
                                       const sio_deflate_options_t *options) {
    sio__ws_deflate_t *deflate = calloc(1, sizeof(*deflate));
    if (deflate == NULL)
        return NULL;
    deflate->zips = zips;
    deflate->params = *params;
    deflate->form = (sio__zip_form_t){params->server_bits, options->level, options->mem_level};
    deflate->threshold = options->threshold;
    return deflate;
}

/* The message has ended: drops what is not to outlive it. */
static void settle(sio__ws_deflate_t *deflate) {
    deflate->opcode = 0;
    if (!deflate->params.client_fresh)
        return;
    sio__zips_return_inflater(deflate->zips, deflate->inflater);
    deflate->inflater = NULL;
}

void sio__ws_deflate_free(sio__ws_deflate_t *deflate) {
    if (deflate == NULL)
        return;
    settle(deflate);
    sio__deflater_free(deflate->deflater);
    sio__inflater_free(deflate->inflater);
    sio__buf_free(&deflate->message);
    free(deflate);
}

/* --- in --------------------------------------------------------------------------------------- */

int sio__ws_deflate_active(const sio__ws_deflate_t *deflate) {
    return deflate->opcode != 0;
}

uint64_t sio__ws_deflate_length(const sio__ws_deflate_t *deflate) {
    return deflate->total;
}

uint64_t sio__ws_deflate_left(const sio__ws_deflate_t *deflate) {
    return deflate->opcode != 0 ? deflate->header.length - deflate->done : 0;
}

void sio__ws_deflate_frame(sio__ws_deflate_t *deflate, const sio__ws_header_t *header) {
    if (deflate->opcode == 0) {
        deflate->opcode = header->opcode;
        deflate->total = 0;
        deflate->message = sio__zips_buf(deflate->zips);
    }
    deflate->header = *header;
    deflate->done = 0;
    deflate->total += header->length;
}

static int inflate_bytes(sio__ws_deflate_t *deflate, size_t limit, const void *data,
                         size_t length) {
    if (deflate->inflater == NULL)
        deflate->inflater = deflate->params.client_fresh
                                ? sio__zips_inflater(deflate->zips)
                                : sio__inflater_new(deflate->params.client_bits);
    if (deflate->inflater == NULL)
        return SIO_ENOMEM;
    return sio__inflater_put(deflate->inflater, &deflate->message, limit, data, length);
}

int sio__ws_deflate_feed(sio__ws_deflate_t *deflate, size_t limit, char *data, size_t length) {
    sio__ws_unmask(data, data, length, deflate->header.mask, (size_t) deflate->done);
    deflate->done += length;
    return inflate_bytes(deflate, limit, data, length);
}

int sio__ws_deflate_complete(const sio__ws_deflate_t *deflate) {
    return deflate->opcode != 0 && deflate->header.fin && deflate->done == deflate->header.length;
}

int sio__ws_deflate_end(sio__ws_deflate_t *deflate, size_t limit, sio__buf_t *message,
                        int *opcode) {
    int rc = inflate_bytes(deflate, limit, tail, sizeof(tail));
    if (rc < 0)
        return rc;
    *opcode = deflate->opcode;
    *message = deflate->message;
    deflate->message = (sio__buf_t){0};
    settle(deflate);
    return 0;
}

/* --- out -------------------------------------------------------------------------------------- */

static int write_frame(sio__deflater_t *deflater, sio__scratch_t *scratch,
                       const sio__frame_t *plain, sio__frame_t *frame) {
    sio__writer_t writer;
    sio__frame_begin(&writer, scratch, plain->payload_length / 4);
    int rc = sio__deflater_put(deflater, &writer, plain->payload, plain->payload_length,
                               SIO__ZIP_FLUSH);
    if (rc < 0)
        return rc;
    writer.at -= sizeof(tail);
    return sio__frame_end(&writer, RSV1 | (plain->data[0] & 0x0f), frame);
}

/* With what was sent before as the dictionary: what the deflater has been given must leave. */
static int compress_on(sio__ws_deflate_t *deflate, sio__scratch_t *scratch,
                       const sio__frame_t *plain, sio__frame_t *frame) {
    if (deflate->deflater == NULL)
        deflate->deflater = sio__deflater_new(&deflate->form);
    if (deflate->deflater == NULL)
        return 0;
    int rc = write_frame(deflate->deflater, scratch, plain, frame);
    if (rc < 0)
        sio__deflater_reset(deflate->deflater); /* the peer does not mind */
    return rc < 0 ? rc : 1;
}

/* Keeps the form for others; without memory each makes its own. */
static void share(sio__scratch_t *scratch, const sio__deflated_t **shared,
                  const sio__frame_t *frame, int smaller, int bits) {
    sio__deflated_t *form = sio__scratch_memory(scratch, sizeof(*form));
    if (form == NULL)
        return;
    *form = (sio__deflated_t){smaller ? frame->data : NULL, frame->length, bits};
    *shared = form;
}

/* By itself: made once for all who may read it, who are those of the same window or a larger
 * one. */
static int compress_fresh(sio__ws_deflate_t *deflate, sio__scratch_t *scratch,
                          const sio__frame_t *plain, const sio__deflated_t **shared,
                          sio__frame_t *frame) {
    const int bits = deflate->params.server_bits;
    const sio__deflated_t *form = shared != NULL ? *shared : NULL;
    if (form != NULL && form->bits <= bits) {
        *frame = (sio__frame_t){.data = form->data, .length = form->length};
        return form->data != NULL;
    }
    sio__deflater_t *deflater = sio__zips_deflater(deflate->zips, &deflate->form);
    if (deflater == NULL)
        return 0;
    int rc = write_frame(deflater, scratch, plain, frame);
    sio__zips_return_deflater(deflate->zips, deflater);
    if (rc < 0)
        return rc;
    int smaller = frame->length < plain->length;
    if (shared != NULL)
        share(scratch, shared, frame, smaller, bits);
    return smaller;
}

int sio__ws_deflate_compress(sio__ws_deflate_t *deflate, sio__scratch_t *scratch,
                             const sio__frame_t *plain, const sio__deflated_t **shared,
                             sio__frame_t *frame) {
    if (plain->payload_length < deflate->threshold || plain->payload_length == 0 ||
        sio__ws_is_control(plain->data[0] & 0x0f) ||
        (shared != NULL && *shared == &sio__not_deflated))
        return 0;
    return deflate->params.server_fresh ? compress_fresh(deflate, scratch, plain, shared, frame)
                                        : compress_on(deflate, scratch, plain, frame);
}
