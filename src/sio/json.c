#include "sio/json.h"
#include "sio/run.h"
#include <sio/error.h>

/* Where a scan is inside of containers: a bit for each level, set for objects. */
typedef struct {
    const char *at;
    const char *end;
    unsigned depth;
    uint64_t levels[SIO__JSON_DEPTH / 64];
} scan_t;

static inline int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline const char *blanks(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* A hexadecimal digit, or -1. */
static int hex(char c) {
    if (is_digit(c))
        return c - '0';
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of four digits, or -1. */
static int hex4(const char *at) {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Behind the string whose text starts at `at`; NULL if it is none. */
static const char *string_end(const char *at, const char *end) {
    for (;;) {
        at = sio__run_text(at, end);
        if (at == end || (unsigned char) *at < 0x20)
            return NULL;
        if (*at == '"')
            return at + 1;
        if (end - at < 2)
            return NULL;
        switch (at[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
            at += 2;
            break;
        case 'u':
            if (end - at < 6 || hex4(at + 2) < 0)
                return NULL;
            at += 6;
            break;
        default:
            return NULL;
        }
    }
}

static const char *digits(const char *at, const char *end) {
    while (at < end && is_digit(*at))
        at++;
    return at;
}

static const char *number_end(const char *at, const char *end) {
    const char *start;
    if (*at == '-')
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    at = *at == '0' ? at + 1 : digits(at, end);
    if (at < end && *at == '.') {
        start = at + 1;
        at = digits(start, end);
        if (at == start)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        start = at;
        at = digits(start, end);
        if (at == start)
            return NULL;
    }
    return at;
}

static const char *literal_end(const char *at, const char *end, const char *word, size_t length) {
    return (size_t) (end - at) >= length && memcmp(at, word, length) == 0 ? at + length : NULL;
}

/* Behind the value, which is not a container, at `at`; NULL if there is none. */
static const char *scalar_end(const char *at, const char *end) {
    if (at == end)
        return NULL;
    switch (*at) {
    case '"': return string_end(at + 1, end);
    case 't': return literal_end(at, end, "true", 4);
    case 'f': return literal_end(at, end, "false", 5);
    case 'n': return literal_end(at, end, "null", 4);
    default: return *at == '-' || is_digit(*at) ? number_end(at, end) : NULL;
    }
}

/* Reads a key and its colon. */
static int scan_key(scan_t *scan) {
    scan->at = blanks(scan->at, scan->end);
    if (scan->at == scan->end || *scan->at != '"')
        return 0;
    scan->at = string_end(scan->at + 1, scan->end);
    if (scan->at == NULL)
        return 0;
    scan->at = blanks(scan->at, scan->end);
    return scan->at < scan->end && *scan->at++ == ':';
}

/* Enters the container at `at`: -1 if it cannot be, 0 if it is empty and left again, 1 if a value must follow. */
static int enter(scan_t *scan) {
    int object = *scan->at++ == '{';
    scan->at = blanks(scan->at, scan->end);
    if (scan->at == scan->end || scan->depth == SIO__JSON_DEPTH)
        return -1;
    if (*scan->at == (object ? '}' : ']')) {
        scan->at++;
        return 0;
    }
    uint64_t bit = UINT64_C(1) << scan->depth % 64;
    if (object)
        scan->levels[scan->depth / 64] |= bit;
    else
        scan->levels[scan->depth / 64] &= ~bit;
    scan->depth++;
    return object && !scan_key(scan) ? -1 : 1;
}

/* Behind a value in containers entered since `base`: -1 an error, 0 all are left, 1 a value must follow. */
static int follow(scan_t *scan, unsigned base) {
    while (scan->depth > base) {
        int object = scan->levels[(scan->depth - 1) / 64] >> (scan->depth - 1) % 64 & 1;
        scan->at = blanks(scan->at, scan->end);
        if (scan->at == scan->end)
            return -1;
        char c = *scan->at++;
        if (c == ',')
            return object && !scan_key(scan) ? -1 : 1;
        if (c != (object ? '}' : ']'))
            return -1;
        scan->depth--;
    }
    return 0;
}

/* Moves behind the value at `at`, blanks in front of it allowed. */
static int scan_value(scan_t *scan) {
    unsigned base = scan->depth;
    int more;
    do {
        scan->at = blanks(scan->at, scan->end);
        if (scan->at < scan->end && (*scan->at == '{' || *scan->at == '[')) {
            more = enter(scan);
            if (more != 0)
                continue;
        } else {
            scan->at = scalar_end(scan->at, scan->end);
            if (scan->at == NULL)
                return 0;
        }
        more = follow(scan, base);
    } while (more > 0);
    return more == 0;
}

/* The top-level array at `at`, whose elements are noted. */
static int scan_array(scan_t *scan, const char *text, sio__json_t *json) {
    scan->depth = 1;
    scan->at = blanks(scan->at + 1, scan->end);
    if (scan->at < scan->end && *scan->at == ']') {
        scan->at++;
        return 1;
    }
    for (;;) {
        scan->at = blanks(scan->at, scan->end);
        const char *start = scan->at;
        if (start < scan->end && *start == '"') {
            scan->at = string_end(start + 1, scan->end);
            if (scan->at == NULL)
                return 0;
        } else if (!scan_value(scan)) {
            return 0;
        }
        if (json->count < SIO__JSON_ELEMENTS) {
            json->elements[json->count].start = (uint32_t) (start - text);
            json->elements[json->count].end = (uint32_t) (scan->at - text);
        }
        json->count++;
        scan->at = blanks(scan->at, scan->end);
        if (scan->at == scan->end)
            return 0;
        char c = *scan->at++;
        if (c == ']')
            return 1;
        if (c != ',')
            return 0;
    }
}

int sio__json_scan(const char *text, size_t length, sio__json_t *json) {
    scan_t scan;
    if (length >= UINT32_MAX)
        return SIO_EPROTO;
    scan.end = text + length;
    scan.at = blanks(text, scan.end);
    scan.depth = 0;
    if (scan.at == scan.end)
        return SIO_EPROTO;
    json->count = 0;
    json->kind = sio__json_kind(scan.at);
    json->value.start = (uint32_t) (scan.at - text);
    if (*scan.at == '[' ? !scan_array(&scan, text, json) : !scan_value(&scan))
        return SIO_EPROTO;
    json->value.end = (uint32_t) (scan.at - text);
    return blanks(scan.at, scan.end) == scan.end ? 0 : SIO_EPROTO;
}

/* --- text that has been accepted ---------------------------------------------------------------- */

sio__json_kind_t sio__json_kind(const char *at) {
    switch (*at) {
    case '{': return SIO__JSON_OBJECT;
    case '[': return SIO__JSON_ARRAY;
    case '"': return SIO__JSON_STRING;
    case 't': return SIO__JSON_TRUE;
    case 'f': return SIO__JSON_FALSE;
    case 'n': return SIO__JSON_NULL;
    default: return SIO__JSON_NUMBER;
    }
}

const char *sio__json_blanks(const char *at, const char *end) {
    return blanks(at, end);
}

const char *sio__json_quote(const char *at, const char *end) {
    for (at++;; at += 2) {
        at = sio__run_text(at, end);
        if (at >= end || *at != '\\')
            return at;
    }
}

const char *sio__json_skip(const char *at, const char *end) {
    size_t depth = 0;
    at = blanks(at, end);
    while (at < end) {
        char c = *at;
        if (c == '"') {
            at = sio__json_quote(at, end);
            if (at < end)
                at++;
        } else if (c == '{' || c == '[') {
            at++;
            depth++;
        } else if (c == '}' || c == ']') {
            at++;
            depth--;
        } else if (depth > 0) {
            at++;
            continue;
        } else {
            while (at < end && *at != ',' && *at != '}' && *at != ']' && (unsigned char) *at > ' ')
                at++;
        }
        if (depth == 0)
            break;
    }
    return at;
}

void sio__json_walk(sio__json_walk_t *walk, const char *container, const char *end) {
    walk->object = *container == '{';
    walk->at = container + 1;
    walk->end = end;
}

int sio__json_next(sio__json_walk_t *walk) {
    const char *at = blanks(walk->at, walk->end);
    if (at < walk->end && *at == ',')
        at = blanks(at + 1, walk->end);
    if (at >= walk->end || *at == '}' || *at == ']') {
        walk->at = at < walk->end ? at + 1 : at;
        return 0;
    }
    if (walk->object) {
        const char *quote = sio__json_quote(at, walk->end);
        walk->key.text = (char *) at + 1;
        walk->key.length = (size_t) (quote - at - 1);
        at = blanks(quote + 1, walk->end) + 1;
        at = blanks(at, walk->end);
    }
    walk->value.text = (char *) at;
    walk->at = sio__json_skip(at, walk->end);
    walk->value.length = (size_t) (walk->at - at);
    return 1;
}

/* Writes a code point as UTF-8; returns its length. */
static size_t put_utf8(char *out, unsigned code) {
    unsigned char *o = (unsigned char *) out;
    if (code < 0x80) {
        o[0] = (unsigned char) code;
        return 1;
    }
    if (code < 0x800) {
        o[0] = (unsigned char) (0xc0 | code >> 6);
        o[1] = (unsigned char) (0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        o[0] = (unsigned char) (0xe0 | code >> 12);
        o[1] = (unsigned char) (0x80 | (code >> 6 & 0x3f));
        o[2] = (unsigned char) (0x80 | (code & 0x3f));
        return 3;
    }
    o[0] = (unsigned char) (0xf0 | code >> 18);
    o[1] = (unsigned char) (0x80 | (code >> 12 & 0x3f));
    o[2] = (unsigned char) (0x80 | (code >> 6 & 0x3f));
    o[3] = (unsigned char) (0x80 | (code & 0x3f));
    return 4;
}

/* The escape at *at as UTF-8 (at most 4 bytes, never more than the escape has); moves behind it. */
static size_t put_escape(char *out, const char **at, const char *end, sio__json_nul_t nul) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = *at;
    if (p[1] != 'u') {
        const char *found = strchr(from, p[1]);
        *at = p + 2;
        *out = found != NULL ? to[found - from] : p[1];
        return 1;
    }
    unsigned code = (unsigned) hex4(p + 2);
    p += 6;
    if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        unsigned low = (unsigned) hex4(p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
    }
    *at = p;
    if ((code >= 0xd800 && code < 0xe000) || (code == 0 && nul == SIO__JSON_MEND_NUL))
        code = 0xfffd;
    return put_utf8(out, code);
}

size_t sio__json_unescape(char *out, const char *text, size_t length, sio__json_nul_t nul) {
    const char *at = text, *end = text + length;
    char *to = out;
    for (;;) {
        const char *run = memchr(at, '\\', (size_t) (end - at));
        size_t plain = (size_t) ((run != NULL ? run : end) - at);
        if (to != at && plain > 0)
            memmove(to, at, plain);
        to += plain;
        if (run == NULL)
            return (size_t) (to - out);
        at = run;
        char bytes[4];
        size_t count = put_escape(bytes, &at, end, nul);
        memcpy(to, bytes, count);
        to += count;
    }
}

int sio__json_equal(const char *text, size_t length, const char *plain, size_t plain_length) {
    const char *at = text, *end = text + length;
    if (memchr(text, '\\', length) == NULL)
        return length == plain_length && memcmp(text, plain, length) == 0;
    while (at < end) {
        char bytes[4];
        size_t count = 1;
        if (*at == '\\')
            count = put_escape(bytes, &at, end, SIO__JSON_KEEP_NUL);
        else
            bytes[0] = *at++;
        if (plain_length < count || memcmp(bytes, plain, count) != 0)
            return 0;
        plain += count;
        plain_length -= count;
    }
    return plain_length == 0;
}
