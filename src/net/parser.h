/*
 * Requests out of bytes, with the limits kept and the head and body gathered. Of a header the
 * lines are checked first (net/lines.h), then llhttp takes it apart, then what it says is
 * checked (net/check.h); where the body ends is decided here, from the same headers that
 * everybody else sees. It stops after a header and after a message, so that nothing is called
 * from inside of it.
 */
#ifndef SIO__NET_PARSER_H
#define SIO__NET_PARSER_H

#include "net/check.h"
#include "net/chunked.h"
#include "net/lines.h"
#include <sio/options.h>

typedef enum {
    SIO__PARSE_MORE, /* all bytes were used */
    SIO__PARSE_HEAD, /* the header is complete; feed the rest, even if that is nothing */
    SIO__PARSE_DONE, /* the message is complete; begin the next one before feeding more */
    SIO__PARSE_BAD   /* refuse with `status`; feed nothing more */
} sio__parse_t;

typedef struct {
    const sio_options_t *options;
    sio__headbuf_t head;
    sio__buf_t body;
    sio__message_t message;
    sio__lines_t lines;
    sio__chunked_t chunked;
    uint64_t body_bytes; /* received, dropped ones included */
    uint32_t max_body;   /* to be set after the head; more is dropped and noted in `too_big` */
    uint32_t header_bytes, header_count;
    uint64_t raw_bytes;  /* of the head so far, everything counted */
    const char *reason;  /* with SIO__PARSE_BAD */
    int status;
    uint8_t minor;       /* of HTTP/1 */
    uint8_t keep_alive;
    uint8_t upgrade;   /* Upgrade and Connection ask for another protocol; to be set after the head:
                        * it is going to take the connection */
    uint8_t has_body;
    uint8_t drop_body; /* to be set when nobody wants it */
    uint8_t too_big;
    uint8_t in_name, in_body;
} sio__parser_t;

/* NULL out of memory. */
sio__parser_t *sio__parser_new(const sio_options_t *options);
void sio__parser_free(sio__parser_t *parser);
/* Before each message: 0 or SIO_ENOMEM. */
int sio__parser_begin(sio__parser_t *parser);
/* Feeds until something is to be told; *used of the bytes are done with. */
sio__parse_t sio__parser_feed(sio__parser_t *parser, const char *data, size_t length, size_t *used);
/* Between messages: gives large buffers back. */
void sio__parser_trim(sio__parser_t *parser);

#endif
