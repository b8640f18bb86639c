/*
 * What is between the pieces of a chunked body: sizes, extensions, trailers (RFC 9112 7.1), a byte
 * at a time. Extensions and trailers mean nothing to anybody here: they are checked for their form,
 * counted and dropped, so that nobody takes a trailer for a header (RFC 9110 6.5.1).
 */
#ifndef SIO__NET_CHUNKED_H
#define SIO__NET_CHUNKED_H

#include <stdint.h>

typedef struct {
    uint64_t left;       /* of the data: bytes that come next */
    uint64_t size;       /* what has been read of it */
    uint32_t extensions; /* how many bytes of them may still come */
    uint32_t trailers;   /* the same */
    uint32_t lines;      /* how many trailers may still come */
    int status;          /* of SIO__CHUNKED_BAD */
    const char *reason;
    uint8_t state;
    uint8_t digits;      /* of the size */
    uint8_t name_length; /* of the trailer's name, as far as it fits */
    char name[19];
} sio__chunked_t;

typedef enum {
    SIO__CHUNKED_GO,  /* goes on: with data, if `left` is not 0 */
    SIO__CHUNKED_END, /* this was the last byte */
    SIO__CHUNKED_BAD
} sio__chunked_result_t;

void sio__chunked_begin(sio__chunked_t *chunked, uint32_t extensions, uint32_t trailers,
                        uint32_t lines);
/* Takes a byte that is no data: `left` is 0. */
sio__chunked_result_t sio__chunked_byte(sio__chunked_t *chunked, char c);

#endif
