/* In place of msgpack.c where the library is built without it. */
#include <sio/parser.h>

const sio_parser_t *sio_parser_msgpack(void) {
    static const sio_parser_t none = {SIO_PARSER_INIT};
    return &none;
}
