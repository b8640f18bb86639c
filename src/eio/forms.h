/*
 * A message in the terms of older protocols. Each form is made in this turn's scratch when the
 * first session asks for it, and shared by all others of its kind: a broadcast is laid out once
 * for each dialect, however many listen.
 */
#ifndef SIO__EIO_FORMS_H
#define SIO__EIO_FORMS_H

#include "eio/message.h"

typedef struct {
    const unsigned char *data; /* NULL: not made yet */
    size_t length;
} eio__part_t;

typedef struct eio__forms_s {
    sio__frame_t typed; /* protocols 3 and 2: the frame of a binary message, the type first [V5] */
    eio__part_t counted; /* and a part of their polling payloads */
    eio__part_t counted_base64; /* for those who take no binary */
    eio__message_t *ascii; /* the packet's messages, the text of the first without other characters */
    eio__message_t *v09; /* the same message in the protocol of Socket.IO 0.9 */
    eio__part_t framed;  /* of that one: a part of a polling payload */
    eio__part_t hixie;   /* and the frame of the WebSocket drafts 75 and 76 */
    unsigned made;       /* how many of these there are, for tests */
} eio__forms_t;

/* The forms of a message; NULL out of memory. */
eio__forms_t *eio__message_forms(sio__scratch_t *scratch, eio__message_t *message);

static inline int eio__message_is_binary(const eio__message_t *message) {
    return (message->frame.data[0] & 0x0f) == SIO__WS_BINARY;
}

/* The frame for protocols 3 and 2; NULL out of memory. */
const sio__frame_t *eio__message_typed(sio__scratch_t *scratch, eio__message_t *message);
/* The part of a polling payload for them; NULL out of memory. */
const eio__part_t *eio__message_counted(sio__scratch_t *scratch, eio__message_t *message,
                                        int base64);
/* "b4" and base64: the text for them in a frame. NULL out of memory. */
const unsigned char *eio__message_base64(sio__scratch_t *scratch, const eio__message_t *message,
                                         size_t *length);

#endif
