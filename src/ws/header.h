/* Incoming frame headers (RFC 6455 5.2): read, and refused as early as a byte is wrong. */
#ifndef SIO__WS_HEADER_H
#define SIO__WS_HEADER_H

#include "ws/frame.h"
#include <stddef.h>
#include <stdint.h>

enum { SIO__WS_HEADER_MAX = 14 };

/* Close codes (RFC 6455 7.4.1). */
enum {
    SIO__WS_GOING_AWAY = 1001,
    SIO__WS_PROTOCOL_ERROR = 1002,
    SIO__WS_NO_STATUS = 1005, /* these two are only told, never sent */
    SIO__WS_ABNORMAL = 1006,
    SIO__WS_BAD_DATA = 1007,
    SIO__WS_TOO_BIG = 1009,
    SIO__WS_INTERNAL_ERROR = 1011
};

typedef struct {
    uint64_t length; /* of the payload */
    unsigned char mask[4];
    uint8_t opcode;
    uint8_t fin;
    uint16_t refused; /* nonzero: close with this code */
} sio__ws_header_t;

static inline int sio__ws_is_control(int opcode) {
    return (opcode & 8) != 0;
}

/* Nonzero for what a close frame may carry (RFC 6455 7.4; 1012 to 1014 are in IANA's registry). */
int sio__ws_is_close_code(int code);

/*
 * Reads the header at the start of `data`. Returns its size; or 0 when it is not complete, or
 * refused. Data frames may carry `limit` bytes; `fragmented` tells whether a message is under
 * way, -1: both kinds of data frame will do.
 */
size_t sio__ws_header_read(sio__ws_header_t *header, const unsigned char *data, size_t length,
                           uint64_t limit, int fragmented);

#endif
