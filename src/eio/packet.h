/* Engine.IO packets: a type digit and data; "b" and base64 for a binary message. Protocols 3 and
 * 2 put the type behind the "b", and in front of binary data. No I/O. */
#ifndef SIO__EIO_PACKET_H
#define SIO__EIO_PACKET_H

#include <stddef.h>

typedef enum {
    EIO__OPEN,
    EIO__CLOSE,
    EIO__PING,
    EIO__PONG,
    EIO__MESSAGE,
    EIO__UPGRADE,
    EIO__NOOP
} eio__packet_type_t;

/* The type as it stands on the wire. */
static inline char eio__packet_digit(eio__packet_type_t type) {
    return (char) ('0' + (int) type);
}

typedef struct {
    eio__packet_type_t type;
    int binary; /* of a message */
    char *data; /* in the packet's own bytes */
    size_t length;
} eio__packet_t;

int eio__packet_decode_any(eio__packet_t *packet, char *text, size_t length);
/* Reads a packet from text, in place: base64 is decoded over itself. 0, or SIO_EPROTO for an
 * empty packet or an unknown type [E83]. Quick for text messages. */
static inline int eio__packet_decode(eio__packet_t *packet, char *text, size_t length) {
    if (length == 0 || *text != '0' + EIO__MESSAGE)
        return eio__packet_decode_any(packet, text, length);
    *packet = (eio__packet_t){EIO__MESSAGE, 0, text + 1, length - 1};
    return 0;
}

/* The same for protocols 3 and 2 [V4, V5]; the second for what came as binary. */
int eio__packet_decode_v3(eio__packet_t *packet, char *text, size_t length);
int eio__packet_decode_typed(eio__packet_t *packet, char *bytes, size_t length);

#endif
