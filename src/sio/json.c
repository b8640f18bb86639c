#include "sio/json.h"
#include "sio/jsontext.h"
#include "sio/run.h"
#include <sio/error.h>

/* Where a scan is inside of containers: a bit for each level, set for objects. */
typedef struct {
    const char *at;
    const char *end;
    int escaped; /* a backslash was seen */
    unsigned depth;
    unsigned most; /* levels that there may be */
    int too_deep;
    uint64_t levels[SIO__JSON_DEPTH / 64];
} scan_t;

static inline int is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Behind a string, `at` being its first byte that is not ordinary; NULL if it is none. */
static const char *odd_string_end(scan_t *scan, const char *at) {
    const char *end = scan->end;
    for (;; at = sio__run_text(at, end)) {
        if (at == end)
            return NULL;
        if (*at == '"')
            return at + 1;
        if (*at != '\\' || end - at < 2)
            return NULL;
        scan->escaped = 1;
        switch (at[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
            at += 2;
            break;
        case 'u':
            if (end - at < 6 || sio__json_hex4(at + 2) < 0)
                return NULL;
            at += 6;
            break;
        default:
            return NULL;
        }
    }
}

/* Behind the string whose text starts at `at`: quick for one without escapes. */
static inline const char *string_end(scan_t *scan, const char *at) {
    at = sio__run_text(at, scan->end);
    return at < scan->end && *at == '"' ? at + 1 : odd_string_end(scan, at);
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
static const char *scalar_end(scan_t *scan, const char *at) {
    const char *end = scan->end;
    if (at == end)
        return NULL;
    switch (*at) {
    case '"': return string_end(scan, at + 1);
    case 't': return literal_end(at, end, "true", 4);
    case 'f': return literal_end(at, end, "false", 5);
    case 'n': return literal_end(at, end, "null", 4);
    default: return *at == '-' || is_digit(*at) ? number_end(at, end) : NULL;
    }
}

/* Reads a key and its colon. */
static int scan_key(scan_t *scan) {
    scan->at = sio__json_blanks(scan->at, scan->end);
    if (scan->at == scan->end || *scan->at != '"')
        return 0;
    scan->at = string_end(scan, scan->at + 1);
    if (scan->at == NULL)
        return 0;
    scan->at = sio__json_blanks(scan->at, scan->end);
    return scan->at < scan->end && *scan->at++ == ':';
}

/* Enters the container at `at`: -1 if it cannot be, 0 if it is empty and left again, 1 if a
 * value must follow. */
static int enter(scan_t *scan) {
    int object = *scan->at++ == '{';
    scan->at = sio__json_blanks(scan->at, scan->end);
    if (scan->depth == scan->most)
        scan->too_deep = 1;
    if (scan->at == scan->end || scan->too_deep)
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

/* Behind a value in containers entered since `base`: -1 an error, 0 all are left, 1 a value
 * must follow. */
static int follow(scan_t *scan, unsigned base) {
    while (scan->depth > base) {
        int object = scan->levels[(scan->depth - 1) / 64] >> (scan->depth - 1) % 64 & 1;
        scan->at = sio__json_blanks(scan->at, scan->end);
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
        scan->at = sio__json_blanks(scan->at, scan->end);
        if (scan->at < scan->end && (*scan->at == '{' || *scan->at == '[')) {
            more = enter(scan);
            if (more != 0)
                continue;
        } else {
            scan->at = scalar_end(scan, scan->at);
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
    scan->at = sio__json_blanks(scan->at + 1, scan->end);
    if (scan->at < scan->end && *scan->at == ']') {
        scan->at++;
        return 1;
    }
    for (;;) {
        scan->at = sio__json_blanks(scan->at, scan->end);
        const char *start = scan->at;
        if (start < scan->end && *start == '"') {
            scan->at = string_end(scan, start + 1);
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
        scan->at = sio__json_blanks(scan->at, scan->end);
        if (scan->at == scan->end)
            return 0;
        char c = *scan->at++;
        if (c == ']')
            return 1;
        if (c != ',')
            return 0;
    }
}

int sio__json_scan(const char *text, size_t length, uint32_t depth, sio__json_t *json) {
    scan_t scan;
    if (length >= UINT32_MAX)
        return SIO_EPROTO;
    scan.end = text + length;
    scan.at = sio__json_blanks(text, scan.end);
    scan.depth = 0;
    scan.most = depth < SIO__JSON_DEPTH ? depth : SIO__JSON_DEPTH;
    scan.too_deep = 0;
    scan.escaped = 0;
    if (scan.at == scan.end)
        return SIO_EPROTO;
    json->count = 0;
    json->kind = sio__json_kind(scan.at);
    json->value.start = (uint32_t) (scan.at - text);
    if (*scan.at == '[' ? !scan_array(&scan, text, json) : !scan_value(&scan))
        return scan.too_deep ? SIO_ETOOBIG : SIO_EPROTO;
    json->value.end = (uint32_t) (scan.at - text);
    json->escaped = scan.escaped;
    return sio__json_blanks(scan.at, scan.end) == scan.end ? 0 : SIO_EPROTO;
}
