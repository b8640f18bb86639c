#include "sio/encode.h"
#include "sio/escape.h"
#include "sio/format.h"
#include "sio/packet.h"
#include "sio/parser.h"
#include "sio/value.h"
#include <sio/error.h>
#include <string.h>

/* A packet that is being written. */
typedef struct {
    sio__writer_t writer;
    size_t start; /* of the type digit in it */
    sio__attachments_t attachments;
} encoder_t;

enum { OVERHEAD = 8 }; /* `42["",]` and one digit of an id */

/* Of a namespace: nearly always "/". */
static size_t name_length(const char *nsp) {
    return nsp[1] == '\0' ? 1 : strlen(nsp);
}

/* About how long the text of the arguments will be, where that is known. */
static size_t expected_length(const sio__args_t *args) {
    if (args->kind == SIO__ARGS_RAW)
        return args->length;
    if (args->kind != SIO__ARGS_EVENT || args->event == NULL || args->event->count == 0)
        return 0;
    const sio__slice_t *first = args->event->args, *last = first + args->event->count - 1;
    return (size_t) (last->text + last->length - first->text);
}

static void begin(encoder_t *encoder, const sio__outlet_t *output, sio__packet_type_t type,
                  const char *nsp, size_t nsp_length, int64_t id, size_t expected) {
    sio__writer_t *writer = &encoder->writer;
    sio__attachments_init(&encoder->attachments);
    eio__message_begin(writer, output->scratch, expected);
    encoder->start = (size_t) (writer->at - writer->start);
    sio__writer_byte(writer, (char) ('0' + type));
    if (nsp_length != 1 || *nsp != '/') {
        sio__writer_put(writer, nsp, nsp_length);
        sio__writer_byte(writer, ',');
    }
    if (id >= 0)
        sio__writer_u64(writer, (uint64_t) id);
}

/* Makes 5 of 2, or 6 of 3, and puts the number of binaries behind it. */
static void mark_binary(encoder_t *encoder) {
    sio__writer_t *writer = &encoder->writer;
    char digits[24];
    size_t length = 0;
    for (size_t rest = encoder->attachments.count; rest != 0; rest /= 10)
        length++;
    size_t rest = encoder->attachments.count;
    for (size_t i = length; i-- > 0; rest /= 10)
        digits[i] = (char) ('0' + rest % 10);
    digits[length++] = '-';
    if (!sio__writer_need(writer, length))
        return;
    unsigned char *type = writer->start + encoder->start;
    *type = (unsigned char) (*type + (SIO__BINARY_EVENT - SIO__EVENT));
    memmove(type + 1 + length, type + 1, (size_t) (writer->at - type - 1));
    memcpy(type + 1, digits, length);
    writer->at += length;
}

/* Closes the text, then copies the binaries behind it. Attachments are freed. */
static int finish_binary(encoder_t *encoder, sio__encoded_t *out, sio__scratch_t *scratch, int rc) {
    sio__attachments_t *attachments = &encoder->attachments;
    eio__message_t first, *messages = out->few;
    size_t count = attachments->count;
    if (rc < 0) {
        sio__writer_cancel(&encoder->writer);
    } else {
        mark_binary(encoder);
        rc = eio__message_end(&encoder->writer, &first);
    }
    if (rc == 0 && count >= SIO__MESSAGES_INLINE) {
        messages = sio__scratch_memory(scratch, (count + 1) * sizeof(*messages));
        if (messages == NULL)
            rc = SIO_ENOMEM;
    }
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = eio__message_binary(scratch, attachments->list[i].data, attachments->list[i].length,
                                 &messages[i + 1]);
    sio__attachments_free(attachments);
    if (rc < 0)
        return rc;
    messages[0] = first;
    out->count = count + 1;
    out->messages = messages;
    return 0;
}

static int finish(encoder_t *encoder, sio__encoded_t *out, const sio__outlet_t *output, int rc) {
    if (encoder->attachments.count > 0)
        return finish_binary(encoder, out, output->scratch, rc);
    if (rc < 0) {
        sio__writer_cancel(&encoder->writer);
        return rc;
    }
    out->count = 1;
    out->messages = out->few;
    return eio__message_end(&encoder->writer, out->few);
}

/* The same for a parser that is not the built-in one: only the data is written, as text, which the
 * parser then gets. */
static void begin_data(encoder_t *encoder, const sio__outlet_t *output) {
    sio__attachments_init(&encoder->attachments);
    sio__writer_begin(&encoder->writer, output->texts, 0);
}

static int finish_data(encoder_t *encoder, sio__encoded_t *out, const sio__outlet_t *output,
                       sio_packet_t *packet, int rc) {
    if (rc < 0) {
        sio__writer_cancel(&encoder->writer);
    } else {
        packet->data =
            (const char *) sio__writer_end(&encoder->writer, &packet->data_length);
        packet->binaries = encoder->attachments.list;
        packet->binary_count = encoder->attachments.count;
        rc = packet->data != NULL ? sio__parser_encode(out, output, packet) : SIO_ENOMEM;
    }
    sio__attachments_free(&encoder->attachments);
    sio__scratch_reset(output->texts);
    return rc;
}

static int write_elements(encoder_t *encoder, const json_t *array, int filled) {
    if (array == NULL)
        return 0;
    if (!json_is_array(array))
        return SIO_EINVAL;
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (filled || i > 0)
            sio__writer_byte(&encoder->writer, ',');
        int rc = sio__value_write(&encoder->writer, json_array_get(array, i));
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int write_forwarded(encoder_t *encoder, const sio_event_t *event, int filled) {
    if (event == NULL)
        return SIO_EINVAL;
    for (size_t i = 0; i < event->count; i++) {
        if (filled || i > 0)
            sio__writer_byte(&encoder->writer, ',');
        int rc = sio__format_argument(&encoder->writer, &encoder->attachments, event, i);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int write_args(encoder_t *encoder, const sio__args_t *args, int filled) {
    switch (args->kind) {
    case SIO__ARGS_FORMAT:
        if (args->format == NULL)
            return 0;
        return sio__format_write(&encoder->writer, &encoder->attachments, args->format, args->list,
                                 filled);
    case SIO__ARGS_JSON:
        return write_elements(encoder, args->json, filled);
    case SIO__ARGS_RAW:
        if (args->length == 0)
            return 0;
        if (args->text == NULL)
            return SIO_EINVAL;
        if (filled)
            sio__writer_byte(&encoder->writer, ',');
        sio__writer_put(&encoder->writer, args->text, args->length);
        return 0;
    default:
        return write_forwarded(encoder, args->event, filled);
    }
}

void sio__args_drop(const sio__args_t *args) {
    if (args->kind == SIO__ARGS_FORMAT && args->format != NULL)
        sio__format_drop(args->format, args->list);
}

/* --- data: what a packet says ------------------------------------------------------------- */

static inline void write_last(sio__writer_t *writer, const char *last) {
    if (last == NULL)
        return;
    sio__writer_put(writer, ",\"", 2);
    sio__writer_put(writer, last, strlen(last));
    sio__writer_byte(writer, '"');
}

static inline int write_event(encoder_t *encoder, const char *event, size_t length,
                              const sio__args_t *args) {
    sio__writer_byte(&encoder->writer, '[');
    int rc = sio__escape_string(&encoder->writer, event, length);
    if (rc < 0)
        sio__args_drop(args);
    else
        rc = write_args(encoder, args, 1);
    write_last(&encoder->writer, args->last);
    sio__writer_byte(&encoder->writer, ']');
    return rc;
}

static inline int write_ack(encoder_t *encoder, const sio__args_t *args) {
    sio__writer_byte(&encoder->writer, '[');
    int rc = write_args(encoder, args, 0);
    sio__writer_byte(&encoder->writer, ']');
    return rc;
}

static int write_sid(encoder_t *encoder, const char *sid, const char *pid) {
    if (sid == NULL)
        return 0;
    sio__writer_put(&encoder->writer, "{\"sid\":", 7);
    int rc = sio__escape_string(&encoder->writer, sid, strlen(sid));
    if (rc == 0 && pid != NULL) {
        sio__writer_put(&encoder->writer, ",\"pid\":", 7);
        rc = sio__escape_string(&encoder->writer, pid, strlen(pid));
    }
    sio__writer_byte(&encoder->writer, '}');
    return rc;
}

static int write_error(encoder_t *encoder, const char *message, const json_t *data) {
    sio__writer_put(&encoder->writer, "{\"message\":", 11);
    int rc = sio__escape_string(&encoder->writer, message, strlen(message));
    if (rc == 0 && data != NULL) {
        sio__writer_put(&encoder->writer, ",\"data\":", 8);
        rc = sio__value_write(&encoder->writer, data);
    }
    sio__writer_byte(&encoder->writer, '}');
    return rc;
}

static int write_error_older(encoder_t *encoder, const char *message, const json_t *data) {
    return data != NULL ? sio__value_write(&encoder->writer, data)
                        : sio__escape_string(&encoder->writer, message, strlen(message));
}

/* --- packets ------------------------------------------------------------------------------ */

static sio_packet_t packet_of(sio_packet_type_t type, const char *nsp, size_t nsp_length,
                              int64_t id) {
    return (sio_packet_t){.type = type, .nsp = nsp, .nsp_length = nsp_length, .id = id};
}

int sio__encode_event(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                      int64_t id, const char *event, const sio__args_t *args) {
    encoder_t encoder;
    if (event == NULL || sio__event_reserved(event)) {
        sio__args_drop(args);
        return event == NULL ? SIO_EINVAL : SIO_ERESERVED;
    }
    size_t length = strlen(event);
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_EVENT, nsp, strlen(nsp), id);
        begin_data(&encoder, output);
        return finish_data(&encoder, out, output, &packet,
                           write_event(&encoder, event, length, args));
    }
    begin(&encoder, output, SIO__EVENT, nsp, name_length(nsp), id,
          OVERHEAD + length + expected_length(args));
    return finish(&encoder, out, output, write_event(&encoder, event, length, args));
}

/* The data of an event, which ends with a bracket. */
static int write_data(encoder_t *encoder, const sio_packet_t *packet, const char *last) {
    size_t length = packet->data_length;
    int rc = 0;
    while (packet->data[length - 1] != ']')
        length--;
    sio__writer_put(&encoder->writer, packet->data, length - 1);
    write_last(&encoder->writer, last);
    sio__writer_byte(&encoder->writer, ']');
    for (size_t i = 0; rc == 0 && i < packet->binary_count; i++)
        rc = sio__attachments_add(&encoder->attachments, packet->binaries[i].data,
                                  packet->binaries[i].length);
    return rc;
}

int sio__encode_packet(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                       int64_t id, const sio_packet_t *given, const char *last) {
    encoder_t encoder;
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_EVENT, nsp, strlen(nsp), id);
        begin_data(&encoder, output);
        return finish_data(&encoder, out, output, &packet, write_data(&encoder, given, last));
    }
    begin(&encoder, output, SIO__EVENT, nsp, name_length(nsp), id, given->data_length);
    return finish(&encoder, out, output, write_data(&encoder, given, last));
}

int sio__encode_ack(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp, int64_t id,
                    const sio__args_t *args) {
    encoder_t encoder;
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_ACK, nsp, strlen(nsp), id);
        begin_data(&encoder, output);
        return finish_data(&encoder, out, output, &packet, write_ack(&encoder, args));
    }
    begin(&encoder, output, SIO__ACK, nsp, name_length(nsp), id, OVERHEAD + expected_length(args));
    return finish(&encoder, out, output, write_ack(&encoder, args));
}

int sio__encode_connect(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                        const char *sid, const char *pid) {
    encoder_t encoder;
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_CONNECT, nsp, strlen(nsp), -1);
        begin_data(&encoder, output);
        return finish_data(&encoder, out, output, &packet, write_sid(&encoder, sid, pid));
    }
    begin(&encoder, output, SIO__CONNECT, nsp, strlen(nsp), -1, 0);
    return finish(&encoder, out, output, write_sid(&encoder, sid, pid));
}

static int encode_error(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                        size_t nsp_length, const char *message, const json_t *data,
                        int (*write)(encoder_t *encoder, const char *message,
                                     const json_t *data)) {
    encoder_t encoder;
    if (message == NULL)
        return SIO_EINVAL;
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_CONNECT_ERROR, nsp, nsp_length, -1);
        begin_data(&encoder, output);
        return finish_data(&encoder, out, output, &packet, write(&encoder, message, data));
    }
    begin(&encoder, output, SIO__CONNECT_ERROR, nsp, nsp_length, -1, 0);
    return finish(&encoder, out, output, write(&encoder, message, data));
}

int sio__encode_connect_error(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                              size_t nsp_length, const char *message, const json_t *data) {
    return encode_error(out, output, nsp, nsp_length, message, data, write_error);
}

int sio__encode_connect_error_older(sio__encoded_t *out, const sio__outlet_t *output,
                                    const char *nsp, size_t nsp_length, const char *message,
                                    const json_t *data) {
    return encode_error(out, output, nsp, nsp_length, message, data, write_error_older);
}

int sio__encode_disconnect(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp) {
    encoder_t encoder;
    if (output->parser != NULL) {
        sio_packet_t packet = packet_of(SIO_PACKET_DISCONNECT, nsp, strlen(nsp), -1);
        return sio__parser_encode(out, output, &packet);
    }
    begin(&encoder, output, SIO__DISCONNECT, nsp, strlen(nsp), -1, 0);
    return finish(&encoder, out, output, 0);
}
