/* Parsers that are not the built-in one, as the rest of the library sees them [A1]. */
#ifndef SIO__SIO_PARSER_H
#define SIO__SIO_PARSER_H

#include "sio/client.h"

struct sio_parser_output_s {
    const sio__outlet_t *to;
    sio__encoded_t *encoded;
    size_t capacity; /* of encoded->messages */
    int error;       /* the first one; the parser may have ignored it */
};

struct sio_parser_input_s {
    sio__core_t *core;
    sio__client_t *client;
    int error; /* as above */
    const char *why;
};

/* The state of a connection; none for a parser that has none. */
struct sio__decoder_s {
    void *state;
    uint8_t busy;  /* the parser is at it */
    uint8_t ended; /* meanwhile the connection has ended */
};

/* 0 with a decoder or NULL; SIO_ENOMEM, or what the parser says. */
int sio__decoder_new(sio__decoder_t **decoder, const sio_parser_t *parser);
/* The connection has ended. Takes NULL. */
void sio__decoder_end(sio__decoder_t *decoder, const sio_parser_t *parser);

/* Has the parser make messages of the packet, whose data is checked to be JSON (SIO_EINVAL):
 * raw text is the application's. 0, or the parser's error. */
int sio__parser_encode(sio__encoded_t *out, const sio__outlet_t *output,
                       const sio_packet_t *packet);
/* A place for one message more, which counts when sio__parser_add says so; NULL out of memory. */
eio__message_t *sio__parser_slot(sio_parser_output_t *output);
/* Notes how the last message went, and returns that. */
int sio__parser_add(sio_parser_output_t *output, int rc);

/* Has the parser read a message; the handlers run. */
void sio__parser_decode(sio__client_t *client, sio__core_t *core, sio__decoder_t *decoder,
                        const char *message, size_t length, int binary);
/* As sio_parser_packet for a packet that is not checked yet, its texts valid UTF-8 in the core's
 * arena, which is reset. */
int sio__parser_take(sio_parser_input_t *input, sio__packet_t *packet,
                     const sio__binary_t *binaries, size_t count);

#endif
