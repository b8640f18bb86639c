/*
 * Socket.IO packets (protocol 5): bytes in, values out, no I/O [P1, P8, P9].
 *
 *   <type>[<attachments>-][/<namespace>,][<ack id>][<JSON>]
 */
#ifndef SIO__SIO_PACKET_H
#define SIO__SIO_PACKET_H

#include "sio/json.h"
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SIO__CONNECT,
    SIO__DISCONNECT,
    SIO__EVENT,
    SIO__ACK,
    SIO__CONNECT_ERROR,
    SIO__BINARY_EVENT,
    SIO__BINARY_ACK
} sio__packet_type_t;

typedef struct {
    sio__packet_type_t type;
    uint32_t attachments; /* binaries that follow */
    sio__slice_t nsp;     /* "/chat" without the comma; "/" when absent */
    int64_t id;           /* ack id, -1 without one */
    sio__slice_t data;    /* JSON text, length 0 when absent; validated, of a kind that fits [P9] */
    /* Its kind, and where the elements of an array are: relative to data.text, so a packet that
     * waits for its binaries is kept by copying struct and text and moving data.text (and
     * nsp.text). */
    sio__json_t json;
} sio__packet_t;

/* What there may be at most of attachments, and of levels of arrays and objects in the data. */
typedef struct {
    uint32_t attachments, depth;
} sio__packet_limits_t;

/* Of packets that are our own, or another server's. */
extern const sio__packet_limits_t sio__packet_unlimited;
/* Why a packet beyond them is refused. */
extern const char sio__too_many_attachments[], sio__too_deep[];

/*
 * Reads a packet. The text may be changed by what reads the slices later, not here. 0; or
 * SIO_EPROTO with *why a static text in Node's words ("unknown packet type 9" is given as
 * "unknown packet type"), which the application's log gets. Stricter than Node where Node is
 * lax by accident: no empty packet, no EVENT or ACK without its array, 1 attachment at least,
 * and an ack id is at most 2^53 - 1 (what a double counts exactly).
 */
int sio__packet_decode(sio__packet_t *packet, char *text, size_t length,
                       const sio__packet_limits_t *limits, const char **why);

/* The last part of it: scans the data and checks that it is of a kind that fits. 0, or SIO_EPROTO
 * with *why. */
int sio__packet_check(sio__packet_t *packet, uint32_t depth, const char **why);

/* The largest ack id: what a double counts exactly. */
#define SIO__LARGEST_ID INT64_C(9007199254740991)

/*
 * For types 5 and 6, when the last of `count` binaries has arrived and before the event is
 * made: 0; SIO_EPROTO ("illegal attachments") if a placeholder names none of them [P8].
 */
int sio__packet_check_placeholders(const sio__packet_t *packet, size_t count);

#endif
