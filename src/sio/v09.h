/*
 * The packets of Socket.IO 0.9, `type:id[+]:endpoint[:data]` [L11], for clients that have a
 * session of that dialect. What goes out is made of the packet of today, once for all of them;
 * what comes in becomes one of today. So nothing else knows of them.
 *
 * Binaries, which the protocol does not have, go out as strings in base64. The events "message"
 * with one argument are what 0.9 calls messages, of text (3) or JSON (4), in both directions.
 * Ids of acks count from 1 there.
 */
#ifndef SIO__SIO_V09_H
#define SIO__SIO_V09_H

#include "sio/client.h"

/* The revision by which the engine knows them. */
enum { SIO__PROTOCOL_V09 = 1 };

static inline int sio__client_is_v09(const sio__client_t *client) {
    return client->protocol == SIO__PROTOCOL_V09;
}

/* The message for 0.9 clients of a packet that is encoded by the built-in parser; kept with it.
 * NULL out of memory. */
eio__message_t *sio__v09_write(sio__scratch_t *scratch, eio__message_t *messages, size_t count);

/* What a client has said. */
typedef enum {
    SIO__V09_NOTHING, /* of interest */
    SIO__V09_PACKET,
    SIO__V09_GOODBYE /* the whole session ends */
} sio__v09_kind_t;

typedef struct {
    sio__v09_kind_t kind;
    sio__packet_t packet; /* checked; its namespace may end with a query, see sio/older.h */
    int64_t receipt;      /* the id that it is to be acknowledged by at once; -1: none */
    sio__slice_t endpoint; /* as it stood there */
} sio__v09_t;

/* Reads a message, whose arguments have at most `depth` levels, the list of them being the
 * first; the data is put together in the scratch. 0; or SIO_EPROTO with *why, SIO_ENOMEM. */
int sio__v09_read(sio__scratch_t *scratch, char *text, size_t length, uint32_t depth,
                  sio__v09_t *read, const char **why);

/* A message has come from such a client. */
void sio__v09_receive(sio__client_t *client, char *text, size_t length);

#endif
