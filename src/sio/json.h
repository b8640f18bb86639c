/*
 * JSON text (RFC 8259): checked and sliced in one pass, no tree, no allocation. Accepted is exactly what JSON.parse accepts (lone
 * surrogate escapes, "\u0000", 1e400, duplicate keys included), to a nesting of SIO__JSON_DEPTH levels. UTF-8 has been
 * checked by the floors below; bytes from 0x80 on pass here as they are.
 */
#ifndef SIO__SIO_JSON_H
#define SIO__SIO_JSON_H

#include <stddef.h>
#include <stdint.h>

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
    uint32_t count;          /* elements of a top-level array */
    sio__json_range_t value; /* without the blanks around it */
    sio__json_range_t elements[SIO__JSON_ELEMENTS]; /* the first of them */
} sio__json_t;

/* Checks a whole text: 0 or SIO_EPROTO. */
int sio__json_scan(const char *text, size_t length, sio__json_t *json);

/*
 * The rest is for text that sio__json_scan has accepted: a value starts at `at` (or blanks before it), and its text ends before
 * `end`.
 */
sio__json_kind_t sio__json_kind(const char *at);
/* Behind blanks. */
const char *sio__json_blanks(const char *at, const char *end);
/* Behind the value that starts at `at`. */
const char *sio__json_skip(const char *at, const char *end);
/* The closing quote of the string whose opening quote is at `at`. */
const char *sio__json_quote(const char *at, const char *end);

/*
 * Walks the members of an array or object: `at` starts behind the bracket. Nonzero with the next one (for an object also its key,
 * without quotes, escapes still in it), zero at the end, with `at` behind the closing bracket.
 */
typedef struct {
    const char *at;
    const char *end;
    int object;
    sio__slice_t key;
    sio__slice_t value;
} sio__json_walk_t;

void sio__json_walk(sio__json_walk_t *walk, const char *container, const char *end);
int sio__json_next(sio__json_walk_t *walk);

/* What to do with U+0000 in text. */
typedef enum { SIO__JSON_KEEP_NUL, SIO__JSON_MEND_NUL } sio__json_nul_t;

/*
 * Unescapes text without its quotes to `out`, which may be `text` itself and needs no more room than it. Lone surrogates become
 * U+FFFD, U+0000 too with MEND. Returns the length; no NUL is added.
 */
size_t sio__json_unescape(char *out, const char *text, size_t length, sio__json_nul_t nul);
/* Nonzero if text with escapes stands for exactly `plain`. */
int sio__json_equal(const char *text, size_t length, const char *plain, size_t plain_length);

/*
 * Nonzero if the value at `at` is a placeholder for a binary [P8]: an object of scalars with "_placeholder":true. *num is its number,
 * SIZE_MAX if that is no index at all, and *after is behind it.
 */
int sio__json_placeholder(const char *at, const char *end, size_t *num, const char **after);

#endif
