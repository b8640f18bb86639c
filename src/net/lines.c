#include "net/lines.h"
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

enum {
    NOTHING,   /* of the request; one empty line may stand before it (RFC 9112 2.2) */
    EMPTY_CR,
    EMPTY,     /* it did */
    REQUEST,   /* in method and target */
    VERSION,
    LINE,      /* in a header's line */
    CR,
    BEGINNING, /* of a line */
    LAST_CR    /* of the empty line that ends the header */
};

/* Control characters, and as signed numbers all that is not ASCII, are below it. */
enum { BLANK = 0x20 };

/* Where the first byte below `limit` is, as signed numbers. */
static inline const char *run(const char *at, const char *end, signed char limit) {
#if defined(__SSE2__)
    const __m128i limits = _mm_set1_epi8(limit);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *) (const void *) at);
        unsigned below = (unsigned) _mm_movemask_epi8(_mm_cmplt_epi8(bytes, limits));
        if (below != 0)
            return at + __builtin_ctz(below);
    }
#elif defined(__aarch64__) && defined(__ARM_NEON)
    for (; end - at >= 16; at += 16)
        if (vminvq_s8(vld1q_s8((const signed char *) at)) < limit)
            break;
#endif
    while (at < end && (signed char) *at >= limit)
        at++;
    return at;
}

/* "HTTP/1.1", with any digits: what they say is llhttp's matter. */
static int is_version(char c, unsigned place) {
    static const char form[] = "HTTP/0.0";
    return form[place] == '0' ? c >= '0' && c <= '9' : c == form[place];
}

/* A byte between lines, or in the version; returns what is wrong with it. */
static const char *step(sio__lines_t *lines, char c) {
    switch (lines->state) {
    case NOTHING:
    case EMPTY:
        if (c == '\r' && lines->state == EMPTY)
            return "more than one empty line before a request";
        lines->state = c == '\r' ? EMPTY_CR : REQUEST;
        return c == '\n' ? "LF without CR" : NULL;
    case EMPTY_CR:
        lines->state = EMPTY;
        return c == '\n' ? NULL : "CR without LF";
    case VERSION:
        if (lines->version < 8)
            return is_version(c, lines->version++) ? NULL : "malformed version";
        lines->state = CR;
        return c == '\r' ? NULL : "no line end behind the version";
    case CR:
        lines->state = BEGINNING;
        return c == '\n' ? NULL : "CR without LF";
    case BEGINNING:
        lines->state = c == '\r' ? LAST_CR : LINE;
        return c == ' ' || c == '\t' ? "a blank at the beginning of a line" : NULL;
    default: /* LAST_CR: its LF is the caller's */
        return "CR without LF";
    }
}

/* In method and target, up to the next blank. Here and below: from `*at` on; what was wrong. */
static const char *read_request(sio__lines_t *lines, const char **at, const char *end) {
    static const char rest[] = "HTTP/1.1\r\n";
    const char *c = *at = run(*at, end, BLANK + 1);
    if (c == end)
        return NULL;
    if (*c != ' ')
        return *c == '\r' || *c == '\n' ? "no version in the request line"
                                        : "a control character or no ASCII in the request line";
    *at = ++c;
    if (++lines->spaces < 2)
        return NULL;
    lines->state = VERSION;
    if (end - c >= (ptrdiff_t) sizeof(rest) - 1 && memcmp(c, rest, sizeof(rest) - 1) == 0) {
        lines->state = BEGINNING;
        *at = c + sizeof(rest) - 1;
    }
    return NULL;
}

/* In the headers, up to what ends them, or to where the bytes that are here do. */
static const char *read_lines(sio__lines_t *lines, const char **at, const char *end) {
    const char *c = *at;
    for (;;) {
        c = run(c, end, BLANK);
        if (end - c > 2 && c[0] == '\r' && c[1] == '\n' && (signed char) c[2] > BLANK)
            c += 3;
        else if (c < end && (*c == '\t' || (signed char) *c < 0))
            c++;
        else
            break;
    }
    *at = c;
    if (c == end)
        return NULL;
    if (*c != '\r')
        return *c == '\n' ? "LF without CR" : "a control character in a header";
    lines->state = CR;
    if (end - c > 3 && memcmp(c, "\r\n\r", 3) == 0) {
        lines->state = LAST_CR;
        c += 2;
    }
    *at = c + 1;
    return NULL;
}

sio__lines_result_t sio__lines_read(sio__lines_t *lines, const char *data, size_t length,
                                    size_t *used, const char **reason) {
    const char *at = data, *end = data + length;
    *reason = NULL;
    while (at < end && *reason == NULL) {
        if (lines->state == LINE) {
            *reason = read_lines(lines, &at, end);
        } else if (lines->state == REQUEST) {
            *reason = read_request(lines, &at, end);
        } else if (lines->state == LAST_CR && *at == '\n') {
            *used = (size_t) (at + 1 - data);
            return SIO__LINES_END;
        } else {
            *reason = step(lines, *at);
            /* A first letter is looked at again, as part of its line. */
            if (*reason == NULL && lines->state != LINE && lines->state != REQUEST)
                at++;
        }
    }
    *used = (size_t) (at - data);
    return *reason == NULL ? SIO__LINES_MORE : SIO__LINES_BAD;
}
