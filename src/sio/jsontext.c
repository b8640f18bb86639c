#include "sio/jsontext.h"
#include "sio/number.h"
#include "sio/run.h"

/* A hexadecimal digit, or -1. */
static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sio__json_hex4(const char *at) {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

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

const char *sio__json_quote(const char *at, const char *end) {
    for (at++;; at += 2) {
        at = sio__run_text(at, end);
        if (at >= end || *at != '\\')
            return at;
    }
}

const char *sio__json_skip(const char *at, const char *end) {
    size_t depth = 0;
    at = sio__json_blanks(at, end);
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

/* Moves to the next member: nonzero with its key and the start of its value. */
static int next_start(sio__json_walk_t *walk) {
    const char *at = sio__json_blanks(walk->at, walk->end);
    if (at < walk->end && *at == ',')
        at = sio__json_blanks(at + 1, walk->end);
    if (at >= walk->end || *at == '}' || *at == ']') {
        walk->at = at < walk->end ? at + 1 : at;
        return 0;
    }
    if (walk->object) {
        const char *quote = sio__json_quote(at, walk->end);
        walk->key.text = (char *) at + 1;
        walk->key.length = (size_t) (quote - at - 1);
        at = sio__json_blanks(quote + 1, walk->end) + 1;
        at = sio__json_blanks(at, walk->end);
    }
    walk->value.text = (char *) at;
    return 1;
}

static void next_end(sio__json_walk_t *walk) {
    walk->at = sio__json_skip(walk->value.text, walk->end);
    walk->value.length = (size_t) (walk->at - walk->value.text);
}

int sio__json_next(sio__json_walk_t *walk) {
    if (!next_start(walk))
        return 0;
    next_end(walk);
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
    unsigned code = (unsigned) sio__json_hex4(p + 2);
    p += 6;
    if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        unsigned low = (unsigned) sio__json_hex4(p + 2);
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

/* A placeholder as JavaScript's clients write it, a third of the cost of an echo when it is looked
 * at as any object. */
static int usual_placeholder(const char *at, const char *end, size_t *num, const char **after) {
    static const char begin[] = "{\"_placeholder\":true,\"num\":";
    enum { LENGTH = sizeof(begin) - 1, MAX_DIGITS = 8 };
    if (end - at < LENGTH + 2 || memcmp(at, begin, LENGTH) != 0)
        return 0;
    const char *first = at + LENGTH;
    size_t value = 0;
    for (at = first; at < end && *at >= '0' && *at <= '9' && at - first < MAX_DIGITS; at++)
        value = value * 10 + (size_t) (*at - '0');
    if (at == first || at == end || *at != '}')
        return 0;
    *num = value;
    *after = at + 1;
    return 1;
}

int sio__json_placeholder(const char *at, const char *end, size_t *num, const char **after) {
    sio__json_walk_t walk;
    int marked = 0;
    size_t index = SIZE_MAX;
    if (*at != '{')
        return 0;
    if (usual_placeholder(at, end, num, after))
        return 1;
    sio__json_walk(&walk, at, end);
    while (next_start(&walk)) {
        /* Not looked into: walking all objects of a text must not look at deep ones once for
         * each level. */
        sio__json_kind_t kind = sio__json_kind(walk.value.text);
        if (kind == SIO__JSON_ARRAY || kind == SIO__JSON_OBJECT)
            return 0;
        next_end(&walk);
        if (sio__json_equal(walk.key.text, walk.key.length, "_placeholder", 12)) {
            marked = kind == SIO__JSON_TRUE;
        } else if (sio__json_equal(walk.key.text, walk.key.length, "num", 3)) {
            int64_t value;
            index = SIZE_MAX;
            if (kind == SIO__JSON_NUMBER &&
                sio__number_read_int(walk.value.text, walk.value.length, &value) == 0 &&
                value >= 0 && value < UINT32_MAX)
                index = (size_t) value;
        }
    }
    if (marked) {
        *num = index;
        *after = walk.at;
    }
    return marked;
}
