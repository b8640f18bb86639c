#include "eio/script.h"
#include <sio/error.h>
#include <string.h>

/* --- writing ---------------------------------------------------------------------------------- */

/* What stands behind the backslash; 0: nothing, it is as it is; 'u': the number. */
static char escape_of(unsigned char c, int in_html) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return in_html ? '/' : 0;
    case '<': return in_html ? 'u' : 0;
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    default: return c < 0x20 ? 'u' : 0;
    }
}

/* Nonzero for U+2028 and U+2029: e2 80 a8, e2 80 a9. */
static int is_line_end(const unsigned char *at, size_t left) {
    return left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] | 1) == 0xa9;
}

void eio__script_escape(sio__writer_t *writer, const void *text, size_t length, int in_html) {
    const unsigned char *at = text, *end = at + length, *run = at;
    while (at < end) {
        char escape = escape_of(*at, in_html);
        int line_end = is_line_end(at, (size_t) (end - at));
        if (escape == 0 && !line_end) {
            at++;
            continue;
        }
        sio__writer_put(writer, run, (size_t) (at - run));
        if (line_end) {
            sio__writer_unit(writer, 0x2000u | (at[2] & 0x3fu));
            at += 3;
        } else {
            if (escape == 'u') {
                sio__writer_unit(writer, *at);
            } else {
                sio__writer_byte(writer, '\\');
                sio__writer_byte(writer, escape);
            }
            at++;
        }
        run = at;
    }
    sio__writer_put(writer, run, (size_t) (at - run));
}

void eio__script_string(sio__writer_t *writer, const void *text, size_t length, int in_html) {
    sio__writer_byte(writer, '"');
    eio__script_escape(writer, text, length, in_html);
    sio__writer_byte(writer, '"');
}

/* --- reading ---------------------------------------------------------------------------------- */

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u; -1 if they are none. */
static long unit(const char *at, const char *end) {
    long value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = at + i < end ? hex(at[i]) : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static char *put_character(char *to, unsigned long c) {
    if (c >= 0x10000) {
        *to++ = (char) (0xf0 | c >> 18);
        *to++ = (char) (0x80 | (c >> 12 & 0x3f));
    } else if (c >= 0x800) {
        *to++ = (char) (0xe0 | c >> 12);
    }
    if (c >= 0x800)
        *to++ = (char) (0x80 | (c >> 6 & 0x3f));
    else if (c >= 0x80)
        *to++ = (char) (0xc0 | c >> 6);
    *to++ = (char) (c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    return to;
}

/* `*at` is behind "\u": a pair of surrogates makes one character, a lone one U+FFFD. NULL: bad
 * digits. */
static char *unescape_unit(char *to, const char **at, const char *end) {
    long high = unit(*at, end);
    if (high < 0)
        return NULL;
    *at += 4;
    if (high < 0xd800 || high > 0xdfff)
        return put_character(to, (unsigned long) high);
    if (high < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        long low = unit(*at + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *at += 6;
            return put_character(to, 0x10000ul + (unsigned long) ((high - 0xd800) << 10) +
                                         (unsigned long) (low - 0xdc00));
        }
    }
    return put_character(to, 0xfffd);
}

int eio__script_read(char **text, size_t *length) {
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *at = *text, *end = at + *length;
    char *to = *text;
    if (*length < 2 || *at != '"' || end[-1] != '"')
        return SIO_EPROTO;
    at++;
    end--;
    while (at < end) {
        if (*at == '"' || (unsigned char) *at < 0x20)
            return SIO_EPROTO;
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        const char *known = ++at < end && *at != '\0' ? strchr(from, *at) : NULL;
        if (known != NULL) {
            *to++ = into[known - from];
            at++;
        } else if (at < end && *at == 'u') {
            at++;
            to = unescape_unit(to, &at, end);
            if (to == NULL)
                return SIO_EPROTO;
        } else {
            return SIO_EPROTO;
        }
    }
    *length = (size_t) (to - *text);
    return 0;
}
