#include "sio/msgpack.h"
#include "sio/parser.h"
#include <sio/error.h>

enum { OVERHEAD = 32 }; /* the keys and what is before the values */

static int encode(sio_parser_output_t *output, const sio_packet_t *packet, void *data) {
    sio__writer_t writer;
    size_t expected = OVERHEAD + packet->nsp_length + packet->data_length;
    (void) data;
    eio__message_t *message = sio__parser_slot(output);
    if (message == NULL)
        return sio__parser_add(output, SIO_ENOMEM);
    for (size_t i = 0; i < packet->binary_count; i++)
        expected += packet->binaries[i].length;
    eio__message_begin_binary(&writer, output->to->scratch, expected);
    int rc = sio__msgpack_write(&writer, output->to->texts, packet);
    if (rc < 0)
        sio__writer_cancel(&writer);
    else
        rc = eio__message_end_binary(&writer, message);
    return sio__parser_add(output, rc);
}

static int decode(sio_parser_input_t *input, void *state, const void *message, size_t length,
                  int binary, void *data) {
    sio__packet_t packet;
    sio__attachments_t binaries;
    const char *why = NULL;
    (void) state, (void) data;
    if (!binary)
        return sio_parser_refuse(input, "text where a binary message is expected");
    int rc = sio__msgpack_read(&packet, &binaries, input->core->arena, message, length,
                               input->core->packet_limits.depth, &why);
    if (rc == 0)
        rc = sio__parser_take(input, &packet, binaries.list, binaries.count);
    else if (rc == SIO_EPROTO)
        sio_parser_refuse(input, why);
    sio__attachments_free(&binaries);
    return rc;
}

const sio_parser_t *sio_parser_msgpack(void) {
    static const sio_parser_t parser = {SIO_PARSER_INIT, .encode = encode, .decode = decode};
    return &parser;
}
