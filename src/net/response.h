/* A response: status and headers gather in it, and go out in one piece with the body, or
 * with the first part of it. */
#ifndef SIO__NET_RESPONSE_H
#define SIO__NET_RESPONSE_H

#include "base/buf.h"
#include "net/http.h"

struct sio__http_s;

/* How the end of the body is told. */
typedef enum {
    SIO__BODY_LENGTH,  /* Content-Length */
    SIO__BODY_CHUNKED,
    SIO__BODY_CLOSE,   /* by the end of the connection (HTTP/1.0) */
    SIO__BODY_NONE     /* there is none: HEAD, 204, 304 */
} sio__body_kind_t;

struct sio_http_response_s {
    struct sio__http_s *http;
    sio__buf_t headers; /* "Name: value\r\n" of those added */
    sio_http_close_cb close_cb;
    void *close_data;
    /* sio__response_on_gone */
    void (*gone_cb)(sio_http_response_t *response, int closed, void *data);
    void *gone_data;
    sio_http_drain_cb drain_cb;
    void *drain_data;
    uint64_t length;    /* with has_length: bytes of the body still to be written */
    int status;
    sio__body_kind_t kind;
    uint8_t open;       /* somebody is to end it */
    uint8_t started;    /* the header has gone */
    uint8_t close;      /* the connection ends with it */
    uint8_t has_length;
    uint8_t force_length;
};

void sio__response_begin(sio_http_response_t *response);
void sio__response_free(sio_http_response_t *response);
/* Ends with a header alone, which announces `length` bytes: for HEAD, for 304, or for an
 * empty body. */
int sio__response_end_header(sio_http_response_t *response, uint64_t length);
/* Says how long the body will be that sio_http_write is going to send: it is then not chunked. */
int sio__response_set_length(sio_http_response_t *response, uint64_t length);
/* Sends Content-Length: 0 with a 204 too. */
void sio__response_force_length(sio_http_response_t *response);
/* Answers with a status and its phrase as text. */
void sio__response_simple(sio_http_response_t *response, int status);
/* The first half of sio__response_switch_as: sends the lines, and the headers added. */
int sio__response_send_switch(sio_http_response_t *response, const char *lines, size_t length);
/* The connection has ended, or something else has been answered: tells the owner and forgets it. */
void sio__response_lost(sio_http_response_t *response);

#endif
