#include "eio/packet.h"
#include "base/base64.h"
#include <sio/error.h>

int eio__packet_decode_any(eio__packet_t *packet, char *text, size_t length) {
    if (length == 0)
        return SIO_EPROTO;
    char *data = text + 1;
    size_t data_length = length - 1;
    if (text[0] == 'b') {
        data_length = sio__base64_decode(data, data, data_length);
        *packet = (eio__packet_t){EIO__MESSAGE, 1, data, data_length};
        return 0;
    }
    if (text[0] < '0' || text[0] > '6')
        return SIO_EPROTO;
    *packet = (eio__packet_t){(eio__packet_type_t) (text[0] - '0'), 0, data, data_length};
    return 0;
}

int eio__packet_decode_v3(eio__packet_t *packet, char *text, size_t length) {
    if (length == 0 || *text != 'b')
        return eio__packet_decode(packet, text, length);
    if (length < 2 || text[1] < '0' || text[1] > '6')
        return SIO_EPROTO;
    char *data = text + 2;
    *packet = (eio__packet_t){(eio__packet_type_t) (text[1] - '0'), 1, data,
                              sio__base64_decode(data, data, length - 2)};
    return 0;
}

int eio__packet_decode_typed(eio__packet_t *packet, char *bytes, size_t length) {
    if (length == 0 || (unsigned char) *bytes > EIO__NOOP)
        return SIO_EPROTO;
    *packet = (eio__packet_t){(eio__packet_type_t) *bytes, 1, bytes + 1, length - 1};
    return 0;
}
