/*
 * Reading JSON text that sio__json_scan has accepted, where it lies. Values start at `at`,
 * their text ends before `end`.
 */
#ifndef SIO__SIO_JSONTEXT_H
#define SIO__SIO_JSONTEXT_H

#include "sio/json.h"

sio__json_kind_t sio__json_kind(const char *at);
/* Behind blanks. */
static inline const char *sio__json_blanks(const char *at, const char *end) {
    while (at < end && (unsigned char) *at <= ' ' && /* usually there are none */
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}
/* The code unit of four hexadecimal digits, or -1. */
int sio__json_hex4(const char *at);
/* Behind the value that starts at `at`. */
const char *sio__json_skip(const char *at, const char *end);
/* The closing quote of the string whose opening quote is at `at`. */
const char *sio__json_quote(const char *at, const char *end);

/*
 * Walks the members of an array or object: `at` starts behind the bracket. Nonzero with the
 * next one (for an object also its key, without quotes, escapes still in it), zero at the end,
 * with `at` behind the closing bracket.
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
 * Unescapes text without its quotes to `out`, which may be `text` itself and needs no more room
 * than it. Lone surrogates become U+FFFD, U+0000 too with MEND. Returns the length; no NUL is
 * added.
 */
size_t sio__json_unescape(char *out, const char *text, size_t length, sio__json_nul_t nul);
/* Nonzero if text with escapes stands for exactly `plain`. */
int sio__json_equal(const char *text, size_t length, const char *plain, size_t plain_length);

/*
 * Nonzero if the value at `at` is a placeholder for a binary [P8]: an object of scalars with
 * "_placeholder":true. *num is its number, SIZE_MAX if that is no index at all, and *after is
 * behind it.
 */
int sio__json_placeholder(const char *at, const char *end, size_t *num, const char **after);

#endif
