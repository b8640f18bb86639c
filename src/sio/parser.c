#include "sio/parser.h"
#include "base/utf8.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- the state of a connection ------------------------------------------------------------ */

int sio__decoder_new(sio__decoder_t **out, const sio_parser_t *parser) {
    *out = NULL;
    if (parser->open == NULL)
        return 0;
    sio__decoder_t *decoder = calloc(1, sizeof(*decoder));
    if (decoder == NULL)
        return SIO_ENOMEM;
    int rc = parser->open(&decoder->state, parser->data);
    if (rc != 0) {
        free(decoder);
        return rc < 0 ? rc : SIO_EINVAL;
    }
    *out = decoder;
    return 0;
}

void sio__decoder_end(sio__decoder_t *decoder, const sio_parser_t *parser) {
    if (decoder == NULL)
        return;
    if (decoder->busy) {
        decoder->ended = 1;
        return;
    }
    if (parser->close != NULL)
        parser->close(decoder->state, parser->data);
    free(decoder);
}

/* --- out ---------------------------------------------------------------------------------- */

int sio__parser_encode(sio__encoded_t *out, const sio__outlet_t *output,
                       const sio_packet_t *packet) {
    sio_parser_output_t to = {output, out, SIO__MESSAGES_INLINE, 0};
    sio__json_t json;
    out->messages = out->few;
    out->count = 0;
    if (packet->data_length > 0 &&
        sio__json_scan(packet->data, packet->data_length, SIO__JSON_DEPTH, &json) < 0)
        return SIO_EINVAL;
    int rc = output->parser->encode(&to, packet, output->parser->data);
    if (to.error < 0)
        return to.error;
    if (rc != 0)
        return rc < 0 ? rc : SIO_EINVAL;
    return out->count > 0 ? 0 : SIO_EINVAL;
}

eio__message_t *sio__parser_slot(sio_parser_output_t *output) {
    sio__encoded_t *encoded = output->encoded;
    if (encoded->count == output->capacity) {
        size_t size = output->capacity * sizeof(*encoded->messages);
        eio__message_t *messages = sio__scratch_memory(output->to->scratch, 2 * size);
        if (messages == NULL)
            return NULL;
        memcpy(messages, encoded->messages, size);
        encoded->messages = messages;
        output->capacity *= 2;
    }
    return &encoded->messages[encoded->count];
}

int sio__parser_add(sio_parser_output_t *output, int rc) {
    if (rc < 0)
        output->error = output->error < 0 ? output->error : rc;
    else
        output->encoded->count++;
    return rc;
}

int sio_parser_text(sio_parser_output_t *output, const char *text, size_t length) {
    if (text == NULL && length > 0)
        return sio__parser_add(output, SIO_EINVAL);
    if (length > 0 && !sio__utf8_valid(text, length))
        return sio__parser_add(output, SIO_EUTF8);
    eio__message_t *message = sio__parser_slot(output);
    return sio__parser_add(output, message == NULL
                                       ? SIO_ENOMEM
                                       : eio__message_text(output->to->scratch, text, length,
                                                           message));
}

int sio_parser_binary(sio_parser_output_t *output, const void *data, size_t length) {
    if (data == NULL && length > 0)
        return sio__parser_add(output, SIO_EINVAL);
    eio__message_t *message = sio__parser_slot(output);
    return sio__parser_add(output, message == NULL
                                       ? SIO_ENOMEM
                                       : eio__message_binary(output->to->scratch, data, length,
                                                             message));
}

/* --- in ----------------------------------------------------------------------------------- */

/* The parser's code may close the connection, by way of the handlers. */
void sio__parser_decode(sio__client_t *client, sio__core_t *core, sio__decoder_t *decoder,
                        const char *message, size_t length, int binary) {
    const sio_parser_t *parser = core->output.parser;
    sio_parser_input_t input = {core, client, 0, NULL};
    if (decoder != NULL)
        decoder->busy = 1;
    int rc = parser->decode(&input, decoder != NULL ? decoder->state : NULL, message, length,
                            binary, parser->data);
    if (decoder != NULL) {
        decoder->busy = 0;
        if (decoder->ended)
            sio__decoder_end(decoder, parser);
    }
    if (input.error < 0)
        rc = input.error;
    if (rc != 0)
        sio__client_refuse(client, rc, input.why != NULL ? input.why : "refused by the parser");
}

static int refuse(sio_parser_input_t *input, int rc, const char *why) {
    if (input->error == 0) {
        input->error = rc;
        input->why = why;
    }
    return rc;
}

int sio_parser_refuse(sio_parser_input_t *input, const char *why) {
    return refuse(input, SIO_EPROTO, why);
}

int sio__parser_take(sio_parser_input_t *input, sio__packet_t *packet,
                     const sio__binary_t *binaries, size_t count) {
    const char *why;
    sio__core_enter_arena(input->core);
    int rc = sio__packet_check(packet, input->core->packet_limits.depth, &why);
    if (rc == 0 && count > 0 && sio__packet_check_placeholders(packet, count) < 0) {
        rc = SIO_EPROTO;
        why = "illegal attachments";
    }
    if (rc == 0)
        sio__client_take(input->client, packet, binaries, count);
    else
        refuse(input, rc, why);
    sio__core_leave_arena(input->core);
    if (rc < 0)
        return rc;
    return input->client->closing ? SIO_ECLOSED : 0;
}

/* The handlers change the text of an event where it lies. */
static int copy_data(sio__slice_t *to, sio__scratch_t *arena, const sio_packet_t *packet) {
    *to = (sio__slice_t){NULL, packet->data_length};
    if (packet->data_length == 0)
        return 0;
    to->text = (char *) sio__scratch_alloc(arena, packet->data_length);
    if (to->text == NULL)
        return SIO_ENOMEM;
    memcpy(to->text, packet->data, packet->data_length);
    return 0;
}

int sio_parser_packet(sio_parser_input_t *input, const sio_packet_t *given) {
    sio__packet_t packet = {.attachments = 0};
    if (input->client->closing)
        return SIO_ECLOSED;
    if (input->error < 0)
        return input->error;
    if (given->type < SIO_PACKET_CONNECT || given->type > SIO_PACKET_CONNECT_ERROR)
        return sio_parser_refuse(input, "invalid packet type");
    if (given->nsp == NULL || !sio__utf8_valid(given->nsp, given->nsp_length))
        return sio_parser_refuse(input, "invalid namespace");
    if (given->id < -1 || given->id > SIO__LARGEST_ID)
        return sio_parser_refuse(input, "invalid packet id");
    if ((given->data == NULL && given->data_length > 0) ||
        (given->binaries == NULL && given->binary_count > 0) ||
        (given->data_length > 0 && !sio__utf8_valid(given->data, given->data_length)))
        return sio_parser_refuse(input, "invalid payload");
    packet.type = (sio__packet_type_t) given->type;
    packet.nsp = (sio__slice_t){(char *) (uintptr_t) given->nsp, given->nsp_length};
    packet.id = given->id;
    if (copy_data(&packet.data, input->core->arena, given) < 0)
        return refuse(input, SIO_ENOMEM, NULL);
    return sio__parser_take(input, &packet, given->binaries, given->binary_count);
}
