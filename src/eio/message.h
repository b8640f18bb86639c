/*
 * Outgoing messages: encoded once in this turn's scratch, sent to any number of sessions on any
 * transport. A text message is laid out as a WebSocket frame whose payload ("4" and the text)
 * is also the packet of a polling payload; a binary one is a frame of raw bytes, its polling
 * form ("b" and base64) is made when the first polling session asks, and so is a compressed frame
 * for those whose connections can share one. What older protocols need is in forms.h.
 */
#ifndef SIO__EIO_MESSAGE_H
#define SIO__EIO_MESSAGE_H

#include "eio/packet.h"
#include "ws/frame.h"

typedef struct {
    sio__frame_t frame;
    const unsigned char *polling; /* NULL: not made yet */
    size_t polling_length;
    const sio__deflated_t *deflated; /* NULL: not made yet; may be &sio__not_deflated: not to be */
    struct eio__forms_s *forms;      /* NULL: none made yet */
} eio__message_t;

/* Write the text with the writer in between; `expected` as in sio__frame_begin. 0 or SIO_ENOMEM. */
static inline void eio__message_begin(sio__writer_t *writer, sio__scratch_t *scratch,
                                      size_t expected) {
    sio__frame_begin(writer, scratch, expected);
    sio__writer_byte(writer, eio__packet_digit(EIO__MESSAGE));
}
int eio__message_end(sio__writer_t *writer, eio__message_t *message);
/* The same for a binary message. */
static inline void eio__message_begin_binary(sio__writer_t *writer, sio__scratch_t *scratch,
                                             size_t expected) {
    sio__frame_begin(writer, scratch, expected);
}
int eio__message_end_binary(sio__writer_t *writer, eio__message_t *message);
int eio__message_text(sio__scratch_t *scratch, const char *text, size_t length,
                      eio__message_t *message);
int eio__message_binary(sio__scratch_t *scratch, const void *data, size_t length,
                        eio__message_t *message);
/* What it says, without the engine's digit. */
const void *eio__message_data(const eio__message_t *message, int *binary, size_t *length);
/* Makes sure of the polling form. 0 or SIO_ENOMEM. */
int eio__message_polling(sio__scratch_t *scratch, eio__message_t *message);

#endif
