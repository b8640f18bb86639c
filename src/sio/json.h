/*
 * JSON text (RFC 8259): checked and sliced in one pass, no tree, no allocation. Accepted is
 * exactly what JSON.parse accepts (lone surrogate escapes, "\u0000", 1e400, duplicate keys
 * included), to a depth of the caller's. UTF-8 has been checked by the floors
 * below; bytes from 0x80 on pass here as they are.
 */
#ifndef SIO__SIO_JSON_H
#define SIO__SIO_JSON_H

#include <stddef.h>
#include <stdint.h>

/* Levels that a scan can count; elements that it notes. */
enum { SIO__JSON_DEPTH = 8192, SIO__JSON_ELEMENTS = 9 };

/* A piece of text. */
typedef struct {
    char *text;
    size_t length;
} sio__slice_t;

typedef enum {
    SIO__JSON_NULL,
    SIO__JSON_FALSE,
    SIO__JSON_TRUE,
    SIO__JSON_NUMBER,
    SIO__JSON_STRING,
    SIO__JSON_ARRAY,
    SIO__JSON_OBJECT
} sio__json_kind_t;

/* Offsets of the first byte and of the one behind the last. */
typedef struct {
    uint32_t start, end;
} sio__json_range_t;

typedef struct {
    sio__json_kind_t kind;
    int escaped;             /* there is a backslash somewhere in it */
    uint32_t count;          /* elements of a top-level array */
    sio__json_range_t value; /* without the blanks around it */
    sio__json_range_t elements[SIO__JSON_ELEMENTS]; /* the first of them */
} sio__json_t;

/* Checks a whole text: 0; SIO_EPROTO; SIO_ETOOBIG if there are more than `depth` levels of
 * arrays and objects (at most SIO__JSON_DEPTH). */
int sio__json_scan(const char *text, size_t length, uint32_t depth, sio__json_t *json);

#endif
