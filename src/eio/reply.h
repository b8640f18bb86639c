/* Answers of the engine: headers that all carry, empty ones, and the errors [E31-E35]. */
#ifndef SIO__EIO_REPLY_H
#define SIO__EIO_REPLY_H

#include "eio/engine.h"

enum {
    EIO__UNKNOWN_TRANSPORT,
    EIO__UNKNOWN_SID,
    EIO__BAD_HANDSHAKE_METHOD,
    EIO__BAD_REQUEST,
    EIO__FORBIDDEN,
    EIO__UNSUPPORTED_PROTOCOL
};

/* Why a request is refused. */
typedef struct {
    int code;
    const char *message; /* NULL: that of the code */
    char context[192];   /* "key=value" text for connection_error [E35] */
} eio__refusal_t;

/* Sets code and context. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void eio__refusal(eio__refusal_t *refusal, int code, const char *format, ...);

/* Tells the application and answers; the response is gone then. */
void eio__reply_refused(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response, int upgrade, const eio__refusal_t *refusal);
/* Ends a response. Where that fails (no memory) its connection is dropped: a client that hears
 * nothing would wait for ever. */
void eio__reply_end(sio_http_response_t *response, const void *body, size_t length);
/* The same with a payload, as sio__response_end_queue: 0, or what has failed. */
int eio__reply_payload(sio_http_response_t *response, sio__outq_t *payload, int separator);
/* Ends with a status and no body. */
void eio__reply_empty(sio_http_response_t *response, int status);
/* Adds the type of a payload: text, or bytes. */
void eio__reply_payload_type(sio_http_response_t *response, int binary);
/* Adds what polls, POSTs and the 101 carry: cache-control [E44], the application's [E21]. */
void eio__reply_headers(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response, int initial, int upgrade);

#endif
