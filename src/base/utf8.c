#include "base/utf8.h"
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* How many of the bytes are certainly ASCII, by steps of a vector or a word; the byte after
 * them may be, too. */
static size_t ascii_run(const unsigned char *data, size_t length) {
    size_t i = 0;

#if defined(__SSE2__)
    for (; length - i >= 16; i += 16) {
        int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *) (const void *) (data + i)));
        if (high)
            return i + (size_t) __builtin_ctz((unsigned) high);
    }
#elif defined(__aarch64__) && defined(__ARM_NEON)
    for (; length - i >= 16; i += 16)
        if (vmaxvq_u8(vld1q_u8(data + i)) >= 0x80)
            break;
#endif
    for (; length - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, sizeof(word));
        if (word & HIGH_BITS)
            break;
    }
    while (i < length && data[i] < 0x80)
        i++;
    return i;
}

/*
 * The sequence at the start of at least one byte (RFC 3629 section 4): its length; or 0 if it
 * is ill-formed, and *bad is then the length of its maximal subpart, which one U+FFFD stands
 * for (Unicode, section 3.9).
 */
static size_t sequence(const unsigned char *data, size_t length, size_t *bad) {
    unsigned char lead = data[0];
    unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
    size_t need;

    *bad = 1;
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    if (lead < 0xe0) {
        need = 2;
    } else if (lead < 0xf0) {
        need = 3;
        if (lead == 0xe0)
            low = 0xa0; /* overlong below */
        else if (lead == 0xed)
            high = 0x9f; /* surrogates above */
    } else {
        need = 4;
        if (lead == 0xf0)
            low = 0x90; /* overlong below */
        else if (lead == 0xf4)
            high = 0x8f; /* beyond U+10FFFF above */
    }
    if (length < 2 || data[1] < low || data[1] > high)
        return 0;
    for (*bad = 2; *bad < need; ++*bad)
        if (*bad >= length || (data[*bad] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* Length of the valid beginning; *bad as above when it is not all. */
static size_t valid_prefix(const unsigned char *data, size_t length, size_t *bad) {
    size_t i = 0;

    while (i < length) {
        if (data[i] < 0x80) {
            i += ascii_run(data + i, length - i);
        } else {
            size_t step = sequence(data + i, length - i, bad);
            if (step == 0)
                break;
            i += step;
        }
    }
    return i;
}

size_t sio__utf8_valid_prefix(const void *data, size_t length) {
    size_t bad;

    return valid_prefix(data, length, &bad);
}

int sio__utf8_valid(const void *data, size_t length) {
    return sio__utf8_valid_prefix(data, length) == length;
}

int sio__utf8_incomplete(const void *data, size_t length) {
    const unsigned char *at = data;
    size_t bad;

    return length > 0 && at[0] >= 0xc2 && at[0] <= 0xf4 && sequence(at, length, &bad) == 0 &&
           bad == length;
}

int sio__utf8_mend(sio__buf_t *out, const void *data, size_t length) {
    const unsigned char *at = data;

    for (;;) {
        size_t bad;
        size_t good = valid_prefix(at, length, &bad);
        int rc = sio__buf_append(out, at, good);
        if (rc < 0)
            return rc;
        if (good == length)
            return 0;
        at += good + bad;
        length -= good + bad;
        rc = sio__buf_append(out, "\xef\xbf\xbd", 3);
        if (rc < 0)
            return rc;
    }
}

/* --- UTF-16 ------------------------------------------------------------------------------- */

/* Each byte but those that continue a character begins a unit; 4 bytes make two. */
static size_t units_of(unsigned char byte) {
    return (size_t) ((byte & 0xc0) != 0x80) + (size_t) (byte >= 0xf0);
}

size_t sio__utf8_units(const void *data, size_t length) {
    const unsigned char *bytes = data;
    size_t i = ascii_run(bytes, length), units = i;
    for (; i < length; i++)
        units += units_of(bytes[i]);
    return units;
}

size_t sio__utf8_of_units(const void *data, size_t length, size_t units) {
    const unsigned char *bytes = data;
    size_t i = ascii_run(bytes, units < length ? units : length), seen = i;
    while (seen < units) {
        if (i == length)
            return SIZE_MAX;
        seen += units_of(bytes[i++]);
        while (i < length && (bytes[i] & 0xc0) == 0x80)
            i++;
    }
    return seen == units ? i : SIZE_MAX;
}

int sio__utf8_tolerate(void *data, size_t length) {
    static const unsigned char replacement[] = {0xef, 0xbf, 0xbd};
    unsigned char *bytes = data;
    size_t i = 0;
    for (;;) {
        i += sio__utf8_valid_prefix(bytes + i, length - i);
        if (i == length)
            return 1;
        if (length - i < 3 || bytes[i] != 0xed || bytes[i + 1] < 0xa0 || bytes[i + 1] > 0xbf ||
            (bytes[i + 2] & 0xc0) != 0x80)
            return 0;
        memcpy(bytes + i, replacement, sizeof(replacement));
        i += sizeof(replacement);
    }
}

/* The byte that a character up to U+00FF stands for; the others are refused. */
static int single_byte(const unsigned char *at, size_t left, unsigned char *byte) {
    if (*at < 0x80)
        *byte = *at;
    else if (left >= 2 && (*at == 0xc2 || *at == 0xc3))
        *byte = (unsigned char) ((*at & 3) << 6 | (at[1] & 0x3f));
    else
        return 0;
    return 1;
}

/* Nonzero if the characters' bytes are UTF-8, and not all ASCII. */
static int is_doubled(const unsigned char *data, size_t length) {
    unsigned char inner[4];
    size_t filled = 0, need = 0, bad;
    int any = 0;
    for (size_t i = ascii_run(data, length); i < length; i += data[i] < 0x80 ? 1 : 2) {
        unsigned char byte;
        if (!single_byte(data + i, length - i, &byte))
            return 0;
        if (byte < 0x80 && filled == 0)
            continue;
        any = 1;
        inner[filled++] = byte;
        if (filled == 1)
            need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        if (filled == need && sequence(inner, filled, &bad) != need)
            return 0;
        filled %= need;
    }
    return any && filled == 0;
}

size_t sio__utf8_undouble(void *data, size_t length) {
    unsigned char *bytes = data;
    size_t out = 0;
    if (!is_doubled(bytes, length))
        return length;
    for (size_t i = 0; i < length;) {
        unsigned char byte = 0; /* each is one, see is_doubled */
        single_byte(bytes + i, length - i, &byte);
        i += bytes[i] < 0x80 ? 1 : 2;
        bytes[out++] = byte;
    }
    return out;
}
