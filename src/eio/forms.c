#include "eio/forms.h"
#include "base/base64.h"
#include "eio/payload_v3.h"

eio__forms_t *eio__message_forms(sio__scratch_t *scratch, eio__message_t *message) {
    if (message->forms == NULL) {
        message->forms = sio__scratch_memory(scratch, sizeof(*message->forms));
        if (message->forms != NULL)
            *message->forms = (eio__forms_t){.made = 0};
    }
    return message->forms;
}

const sio__frame_t *eio__message_typed(sio__scratch_t *scratch, eio__message_t *message) {
    eio__forms_t *forms = eio__message_forms(scratch, message);
    sio__writer_t writer;
    if (forms == NULL || forms->typed.data != NULL)
        return forms != NULL ? &forms->typed : NULL;
    size_t length = message->frame.payload_length;
    sio__frame_begin(&writer, scratch, 1 + length);
    sio__writer_byte(&writer, EIO__MESSAGE);
    sio__writer_put(&writer, message->frame.payload, length);
    if (sio__frame_end(&writer, SIO__WS_BINARY, &forms->typed) < 0)
        return NULL;
    forms->made++;
    return &forms->typed;
}

const unsigned char *eio__message_base64(sio__scratch_t *scratch, const eio__message_t *message,
                                         size_t *length) {
    size_t count = message->frame.payload_length;
    *length = 2 + sio__base64_length(count);
    unsigned char *text = sio__scratch_alloc(scratch, *length);
    if (text == NULL)
        return NULL;
    text[0] = 'b';
    text[1] = (unsigned char) eio__packet_digit(EIO__MESSAGE);
    sio__base64_encode((char *) text + 2, message->frame.payload, count);
    return text;
}

static void put_base64(sio__writer_t *writer, const sio__frame_t *frame) {
    size_t count = sio__base64_length(frame->payload_length);
    sio__writer_u64(writer, 2 + count);
    sio__writer_put(writer, ":b4", 3);
    if (!sio__writer_need(writer, count))
        return;
    sio__base64_encode((char *) writer->at, frame->payload, frame->payload_length);
    writer->at += count;
}

static void put_unit(sio__writer_t *writer, const eio__message_t *message) {
    /* What eio__message_typed makes is a packet of this kind in a frame. */
    const sio__frame_t *typed = &message->forms->typed;
    eio__payload_v3_put_unit(writer, 1, typed->payload, typed->payload_length);
}

const eio__part_t *eio__message_counted(sio__scratch_t *scratch, eio__message_t *message,
                                        int base64) {
    eio__forms_t *forms = eio__message_forms(scratch, message);
    int binary = eio__message_is_binary(message);
    sio__writer_t writer;
    if (forms == NULL)
        return NULL;
    eio__part_t *part = binary && base64 ? &forms->counted_base64 : &forms->counted;
    if (part->data != NULL)
        return part;
    if (binary && !base64 && eio__message_typed(scratch, message) == NULL)
        return NULL;
    sio__writer_begin(&writer, scratch, 0);
    if (!binary)
        eio__payload_v3_put(&writer, message->polling, message->polling_length);
    else if (base64)
        put_base64(&writer, &message->frame);
    else
        put_unit(&writer, message);
    part->data = sio__writer_end(&writer, &part->length);
    if (part->data == NULL)
        return NULL;
    forms->made++;
    return part;
}
