#include "eio/payload.h"
#include <string.h>

void eio__payload_begin(eio__payload_t *payload, char *data, size_t length) {
    *payload = (eio__payload_t){data, length, 1};
}

int eio__payload_next(eio__payload_t *payload, eio__packet_t *packet) {
    if (!payload->more)
        return 0;
    char *text = payload->at;
    size_t length = payload->left;
    char *separator = length > 0 ? memchr(text, EIO__SEPARATOR, length) : NULL;
    if (separator != NULL) {
        length = (size_t) (separator - text);
        payload->at = separator + 1;
        payload->left -= length + 1;
    } else {
        payload->more = 0;
    }
    int rc = eio__packet_decode(packet, text, length);
    if (rc == 0)
        return 1;
    payload->more = 0;
    return rc;
}
