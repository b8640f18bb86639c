/*
 * Socket.IO packets (protocol 5): bytes in, values out, no I/O [P1, P8, P9].
 *
 *   <type>[<attachments>-][/<namespace>,][<ack id>][<JSON>]
 */
#ifndef SIO__SIO_PACKET_H
#define SIO__SIO_PACKET_H

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

/* A piece of the packet's text. */
typedef struct {
    char *text;
    size_t length;
} sio__slice_t;

typedef struct {
    sio__packet_type_t type;
    uint32_t attachments; /* binaries that follow */
    sio__slice_t nsp;     /* "/chat" without the comma; "/" when absent */
    int64_t id;           /* ack id, -1 without one */
    sio__slice_t data;    /* JSON text, length 0 when absent; validated, and its kind fits the type [P9] */
} sio__packet_t;

/*
 * Reads a packet. The text may be changed by what reads the slices later, not here. 0; or SIO_EPROTO with *why a static text in Node's
 * words ("unknown packet type 9" is given as "unknown packet type"), which the application's log gets.
 */
int sio__packet_decode(sio__packet_t *packet, char *text, size_t length, uint32_t max_attachments,
                       const char **why);

#endif
