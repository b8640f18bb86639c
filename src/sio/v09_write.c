#include "base/base64.h"
#include "eio/forms.h"
#include "sio/jsontext.h"
#include "sio/v09.h"
#include <string.h>

typedef struct {
    sio__writer_t writer;
    const sio__packet_t *packet;
    const eio__message_t *binaries;
    size_t binary_count;
} v09_t;

static void put_text(v09_t *v09, const char *text) {
    sio__writer_put(&v09->writer, text, strlen(text));
}

/* `type:id+:endpoint`; every id wants data. */
static void put_head(v09_t *v09, char type, int64_t id) {
    const sio__slice_t *nsp = &v09->packet->nsp;
    sio__writer_byte(&v09->writer, type);
    sio__writer_byte(&v09->writer, ':');
    if (id >= 0) {
        sio__writer_u64(&v09->writer, (uint64_t) id + 1);
        sio__writer_byte(&v09->writer, '+');
    }
    sio__writer_byte(&v09->writer, ':');
    if (nsp->length > 1)
        sio__writer_put(&v09->writer, nsp->text, nsp->length);
}

/* --- values --------------------------------------------------------------------------------- */

static void put_base64(v09_t *v09, const sio__frame_t *frame) {
    size_t length = sio__base64_length(frame->payload_length);
    sio__writer_byte(&v09->writer, '"');
    if (sio__writer_need(&v09->writer, length)) {
        sio__base64_encode((char *) v09->writer.at, frame->payload, frame->payload_length);
        v09->writer.at += length;
    }
    sio__writer_byte(&v09->writer, '"');
}

/* JSON text, with strings in the place of binaries. */
static void put_json(v09_t *v09, const char *at, const char *end) {
    const char *run = at, *after;
    size_t num;
    while (v09->binary_count > 0 && at < end) {
        if (*at == '"') {
            at = sio__json_quote(at, end) + 1;
        } else if (*at == '{' && sio__json_placeholder(at, end, &num, &after) &&
                   num < v09->binary_count) {
            sio__writer_put(&v09->writer, run, (size_t) (at - run));
            put_base64(v09, &v09->binaries[num].frame);
            at = run = after;
        } else {
            at++;
        }
    }
    sio__writer_put(&v09->writer, run, (size_t) (end - run));
}

static void put_string(v09_t *v09, const char *at, const char *end) {
    size_t length = (size_t) (end - at) - 2;
    if (!sio__writer_need(&v09->writer, length))
        return;
    v09->writer.at += sio__json_unescape((char *) v09->writer.at, at + 1, length, SIO__JSON_KEEP_NUL);
}

/* --- packets -------------------------------------------------------------------------------- */

static int is_named(const sio__packet_t *packet, const char *name) {
    const sio__json_range_t *range = &packet->json.elements[0];
    size_t length = strlen(name);
    return range->end - range->start == length &&
           memcmp(packet->data.text + range->start, name, length) == 0;
}

/* "message" with one argument: of its own type, with the argument as data. */
static void put_message(v09_t *v09, int64_t id) {
    const sio__packet_t *packet = v09->packet;
    const char *at = packet->data.text + packet->json.elements[1].start;
    const char *end = packet->data.text + packet->json.elements[1].end;
    int text = *at == '"';
    put_head(v09, text ? '3' : '4', id);
    sio__writer_byte(&v09->writer, ':');
    if (text)
        put_string(v09, at, end);
    else
        put_json(v09, at, end);
}

static void put_event(v09_t *v09, int64_t id) {
    const sio__packet_t *packet = v09->packet;
    const char *text = packet->data.text;
    const sio__json_range_t *name = &packet->json.elements[0];
    if (packet->json.count == 2 && is_named(packet, "\"message\"")) {
        put_message(v09, id);
        return;
    }
    put_head(v09, '5', id);
    put_text(v09, ":{\"name\":");
    sio__writer_put(&v09->writer, text + name->start, name->end - name->start);
    if (packet->json.count > 1) {
        put_text(v09, ",\"args\":[");
        put_json(v09, text + packet->json.elements[1].start, text + packet->json.value.end);
    }
    sio__writer_byte(&v09->writer, '}');
}

static void put_ack(v09_t *v09) {
    const sio__packet_t *packet = v09->packet;
    put_head(v09, '6', -1);
    sio__writer_byte(&v09->writer, ':');
    sio__writer_u64(&v09->writer, (uint64_t) packet->id);
    if (packet->json.count == 0)
        return;
    sio__writer_byte(&v09->writer, '+');
    put_json(v09, packet->data.text + packet->json.value.start,
             packet->data.text + packet->json.value.end);
}

static void put_packet(v09_t *v09) {
    switch (v09->packet->type) {
    case SIO__CONNECT:
        put_head(v09, '1', -1);
        break;
    case SIO__DISCONNECT:
        put_head(v09, '0', -1);
        break;
    case SIO__CONNECT_ERROR:
        put_head(v09, '7', -1);
        put_text(v09, ":2"); /* unauthorized: there is no other word for it [L10] */
        break;
    case SIO__EVENT:
    case SIO__BINARY_EVENT:
        put_event(v09, v09->packet->id);
        break;
    default:
        put_ack(v09);
    }
}

eio__message_t *sio__v09_write(sio__scratch_t *scratch, eio__message_t *messages, size_t count) {
    eio__forms_t *forms = eio__message_forms(scratch, &messages[0]);
    const sio__frame_t *frame = &messages[0].frame;
    sio__packet_t packet;
    const char *why;
    if (forms == NULL || forms->v09 != NULL)
        return forms != NULL ? forms->v09 : NULL;
    eio__message_t *message = sio__scratch_memory(scratch, sizeof(*message));
    char *text = (char *) (uintptr_t) frame->payload + 1; /* behind the engine's digit; only read */
    if (message == NULL ||
        sio__packet_decode(&packet, text, frame->payload_length - 1, &sio__packet_unlimited, &why) < 0)
        return NULL;
    v09_t v09 = {.packet = &packet, .binaries = messages + 1, .binary_count = count - 1};
    sio__frame_begin(&v09.writer, scratch, frame->payload_length);
    put_packet(&v09);
    if (eio__message_end(&v09.writer, message) < 0)
        return NULL;
    forms->made++;
    forms->v09 = message;
    return message;
}
