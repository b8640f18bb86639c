/*
 * Outgoing packets: from format, JSON value, raw text or received event straight into the
 * scratch, as engine messages. No tree is built, nothing is copied twice.
 */
#ifndef SIO__SIO_ENCODE_H
#define SIO__SIO_ENCODE_H

#include "eio/message.h"
#include "sio/event.h"
#include <jansson.h>
#include <stdarg.h>

/* Where the arguments come from. */
typedef struct {
    enum { SIO__ARGS_FORMAT, SIO__ARGS_JSON, SIO__ARGS_RAW, SIO__ARGS_EVENT } kind;
    const char *format;  /* FORMAT; NULL: no arguments */
    va_list *list;       /* FORMAT */
    const json_t *json;  /* JSON: an array; NULL: none */
    const char *text;    /* RAW: JSON texts with commas between, no brackets; trusted */
    size_t length;
    const sio_event_t *event; /* EVENT: all arguments of it, binaries included */
    const char *last;         /* a text that follows them, plain ASCII; NULL: none */
} sio__args_t;

enum { SIO__MESSAGES_INLINE = 4 };

/* A packet as engine messages, valid for this turn: one text, then its attachments; or what
 * another parser makes of it. */
typedef struct {
    eio__message_t *messages; /* `few` or in the scratch */
    size_t count;
    /* Usually all: an array in the scratch would lie between the frames, which would leave as
     * several extents then. */
    union {
        eio__message_t first;
        eio__message_t few[SIO__MESSAGES_INLINE];
    };
} sio__encoded_t;

/* They are not to be compressed, on any transport. */
static inline void sio__encoded_uncompressed(sio__encoded_t *encoded) {
    for (size_t i = 0; i < encoded->count; i++)
        encoded->messages[i].deflated = &sio__not_deflated;
}

/* Where packets go to, the same for all of a server. */
typedef struct {
    sio__scratch_t *scratch;     /* of the loop: the messages */
    const sio_parser_t *parser;  /* NULL: the one of the protocol */
    sio__scratch_t *texts;       /* with a parser: what it is given */
} sio__outlet_t;

/*
 * `2[nsp,][id]["event",args…]`, or 5 with binaries. `id` -1: no ack asked for. Errors:
 * SIO_EINVAL (event NULL, a NULL text, not an array), SIO_ERESERVED [P10], SIO_EFORMAT,
 * SIO_EUTF8, SIO_ENOMEM. References stolen by the format ('o') are released in every case.
 */
int sio__encode_event(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp, int64_t id,
                      const char *event, const sio__args_t *args);
/* `3[nsp,]id[args…]`, or 6 with binaries. */
int sio__encode_ack(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp, int64_t id,
                    const sio__args_t *args);
/* An event whose data is written already, and is checked; `last` as in sio__args_t. 0,
 * SIO_ENOMEM, or the parser's error. */
int sio__encode_packet(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                       int64_t id, const sio_packet_t *packet, const char *last);
/* `0[nsp,]{"sid":"…"[,"pid":"…"]}`; `pid` may be NULL [R2], and so may `sid`: no data [P14]. */
int sio__encode_connect(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                        const char *sid, const char *pid);
/* `4nsp,{"message":"…"[,"data":…]}` [P4] */
int sio__encode_connect_error(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp,
                              size_t nsp_length, const char *message, const json_t *data);
/* The same for clients of before: `4nsp,` and the data, or the message if there is none [P14]. */
int sio__encode_connect_error_older(sio__encoded_t *out, const sio__outlet_t *output,
                                    const char *nsp, size_t nsp_length, const char *message,
                                    const json_t *data);
/* `1[nsp,]` */
int sio__encode_disconnect(sio__encoded_t *out, const sio__outlet_t *output, const char *nsp);

/* For those who do not encode after all: releases what the format steals ('o'). */
void sio__args_drop(const sio__args_t *args);
/* Nonzero for the names that no event may have [P10]. */
int sio__event_reserved(const char *name);

#endif
