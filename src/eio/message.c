#include "eio/message.h"
#include "base/base64.h"
#include <sio/error.h>

static void use_payload(eio__message_t *message) {
    message->polling = message->frame.payload;
    message->polling_length = message->frame.payload_length;
    message->deflated = NULL;
    message->forms = NULL;
}

int eio__message_end(sio__writer_t *writer, eio__message_t *message) {
    int rc = sio__frame_end(writer, SIO__WS_TEXT, &message->frame);
    if (rc == 0)
        use_payload(message);
    return rc;
}

int eio__message_end_binary(sio__writer_t *writer, eio__message_t *message) {
    sio__frame_t frame;
    int rc = sio__frame_end(writer, SIO__WS_BINARY, &frame);
    if (rc == 0)
        *message = (eio__message_t){.frame = frame};
    return rc;
}

int eio__message_text(sio__scratch_t *scratch, const char *text, size_t length,
                      eio__message_t *message) {
    sio__writer_t writer;
    eio__message_begin(&writer, scratch, 1 + length);
    sio__writer_put(&writer, text, length);
    return eio__message_end(&writer, message);
}

int eio__message_binary(sio__scratch_t *scratch, const void *data, size_t length,
                        eio__message_t *message) {
    sio__frame_t frame;
    int rc = sio__frame_make(scratch, SIO__WS_BINARY, data, length, &frame);
    if (rc < 0)
        return rc;
    message->frame = frame;
    message->polling = NULL;
    message->polling_length = 0;
    message->deflated = NULL;
    message->forms = NULL;
    return 0;
}

const void *eio__message_data(const eio__message_t *message, int *binary, size_t *length) {
    *binary = (message->frame.data[0] & 0x0f) == SIO__WS_BINARY;
    *length = message->frame.payload_length - !*binary;
    return message->frame.payload + !*binary;
}

int eio__message_polling(sio__scratch_t *scratch, eio__message_t *message) {
    if (message->polling != NULL)
        return 0;
    size_t length = 1 + sio__base64_length(message->frame.payload_length);
    unsigned char *text = sio__scratch_alloc(scratch, length);
    if (text == NULL)
        return SIO_ENOMEM;
    text[0] = 'b';
    sio__base64_encode((char *) text + 1, message->frame.payload, message->frame.payload_length);
    message->polling = text;
    message->polling_length = length;
    return 0;
}
