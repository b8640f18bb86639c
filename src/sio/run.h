/*
 * Runs of ordinary bytes in JSON strings, a vector or a word at a time (SSE2, NEON, else 64 bits).
 * SIO__WORDWISE leaves the vectors out, for the tests of the rest.
 */
#ifndef SIO__SIO_RUN_H
#define SIO__SIO_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(SIO__WORDWISE) && defined(__SSE2__)
#include <emmintrin.h>
#define SIO__RUN_SSE2 1
#elif !defined(SIO__WORDWISE) && defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#define SIO__RUN_NEON 1
#endif

#define SIO__RUN_ONES UINT64_C(0x0101010101010101)
#define SIO__RUN_HIGH UINT64_C(0x8080808080808080)

/* Nonzero if a byte of the word is a quote, a backslash or a control; the exact place is the
 * caller's to find. */
static inline uint64_t sio__run_word(uint64_t word) {
    uint64_t quote = word ^ SIO__RUN_ONES * '"';
    uint64_t backslash = word ^ SIO__RUN_ONES * '\\';
    return (((quote - SIO__RUN_ONES) & ~quote) | ((backslash - SIO__RUN_ONES) & ~backslash) |
            ((word - SIO__RUN_ONES * 0x20) & ~word)) & SIO__RUN_HIGH;
}

static inline int sio__run_stops(unsigned char byte) {
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* With bit 1 turned over, quotes (0x22) are right behind the controls: one comparison finds
 * both. */
#if defined(SIO__RUN_SSE2)
/* All ones in each byte that is a quote, a backslash or a control. */
static inline __m128i sio__run_vector(__m128i bytes) {
    __m128i turned = _mm_xor_si128(bytes, _mm_set1_epi8(2));
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(turned, _mm_set1_epi8(0x20)), turned);
    return _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
}
static inline __m128i sio__run_load(const char *at) {
    return _mm_loadu_si128((const __m128i *) (const void *) at);
}
/* Nonzero if there is any among 64 bytes: the least of four is looked at instead of each. */
static inline int sio__run_stops_64(const char *at) {
    const __m128i turn = _mm_set1_epi8(2), backslash = _mm_set1_epi8('\\');
    __m128i a = sio__run_load(at), b = sio__run_load(at + 16);
    __m128i c = sio__run_load(at + 32), d = sio__run_load(at + 48);
    __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(a, backslash), _mm_cmpeq_epi8(b, backslash)),
        _mm_or_si128(_mm_cmpeq_epi8(c, backslash), _mm_cmpeq_epi8(d, backslash)));
    __m128i least = _mm_min_epu8(_mm_min_epu8(_mm_xor_si128(a, turn), _mm_xor_si128(b, turn)),
                                 _mm_min_epu8(_mm_xor_si128(c, turn), _mm_xor_si128(d, turn)));
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(least, _mm_set1_epi8(0x20)), least);
    return _mm_movemask_epi8(_mm_or_si128(found, low));
}
/* The same for the 16 bytes at `at`, a bit a byte. */
static inline unsigned sio__run_mask(const char *at) {
    return (unsigned) _mm_movemask_epi8(sio__run_vector(sio__run_load(at)));
}
#elif defined(SIO__RUN_NEON)
/* The same as four bits a byte. */
static inline uint64_t sio__run_mask(uint8x16_t bytes) {
    uint8x16_t low = vcleq_u8(veorq_u8(bytes, vdupq_n_u8(2)), vdupq_n_u8(0x20));
    uint8x16_t stops = vorrq_u8(low, vceqq_u8(bytes, vdupq_n_u8('\\')));
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(stops), 4);
    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
}
#endif

/* The first quote, backslash or control byte, or `end`. Most strings end in the first vector; of
 * longer ones the rest that fills none is looked at together with bytes before it. */
static inline const char *sio__run_text(const char *at, const char *end) {
#if defined(SIO__RUN_SSE2)
    if (end - at >= 16) {
        unsigned mask = sio__run_mask(at);
        if (mask != 0)
            return at + __builtin_ctz(mask);
        for (at += 16; end - at >= 64 && !sio__run_stops_64(at); at += 64)
            continue;
        for (; end - at >= 16; at += 16) {
            mask = sio__run_mask(at);
            if (mask != 0)
                return at + __builtin_ctz(mask);
        }
        mask = sio__run_mask(end - 16) >> (16 - (end - at));
        return mask != 0 ? at + __builtin_ctz(mask) : end;
    }
#elif defined(SIO__RUN_NEON)
    for (; end - at >= 16; at += 16) {
        uint64_t mask = sio__run_mask(vld1q_u8((const uint8_t *) at));
        if (mask != 0)
            return at + __builtin_ctzll(mask) / 4;
    }
#endif
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        if (sio__run_word(word) != 0)
            break;
    }
    while (at < end && !sio__run_stops((unsigned char) *at))
        at++;
    return at;
}

/*
 * Copies up to the first byte that needs an escape; returns how many. `out` has room for the
 * whole `length`. A bit of *high is set if there may be something else than ASCII among them.
 */
static inline size_t sio__run_copy(unsigned char *out, const char *text, size_t length,
                                   unsigned *high) {
    size_t i = 0;
#if defined(SIO__RUN_SSE2)
    if (length >= 16) {
        __m128i all = _mm_setzero_si128();
        unsigned mask = 0;
        for (; length - i >= 32; i += 32) {
            __m128i first = sio__run_load(text + i), second = sio__run_load(text + i + 16);
            __m128i stops = _mm_or_si128(sio__run_vector(first), sio__run_vector(second));
            if (_mm_movemask_epi8(stops) != 0)
                break;
            all = _mm_or_si128(all, _mm_or_si128(first, second));
            _mm_storeu_si128((__m128i *) (void *) (out + i), first);
            _mm_storeu_si128((__m128i *) (void *) (out + i + 16), second);
        }
        for (; length - i >= 16 && mask == 0; i += 16) {
            __m128i bytes = sio__run_load(text + i);
            mask = (unsigned) _mm_movemask_epi8(sio__run_vector(bytes));
            all = _mm_or_si128(all, bytes);
            _mm_storeu_si128((__m128i *) (void *) (out + i), bytes);
        }
        *high |= (unsigned) _mm_movemask_epi8(all);
        if (mask != 0)
            return i - 16 + (size_t) __builtin_ctz(mask);
    }
#elif defined(SIO__RUN_NEON)
    for (; length - i >= 16; i += 16) {
        uint8x16_t bytes = vld1q_u8((const uint8_t *) text + i);
        uint64_t mask = sio__run_mask(bytes);
        vst1q_u8(out + i, bytes);
        *high |= vmaxvq_u8(bytes) & 0x80;
        if (mask != 0)
            return i + (size_t) (__builtin_ctzll(mask) / 4);
    }
#endif
    for (; length - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, sizeof(word));
        if (sio__run_word(word) != 0)
            break;
        memcpy(out + i, &word, sizeof(word));
        *high |= (word & SIO__RUN_HIGH) != 0;
    }
    if (length - i >= 4) {
        uint32_t half;
        memcpy(&half, text + i, sizeof(half));
        /* Blanks fill it up to a word. */
        if (sio__run_word(half | UINT64_C(0x2020202000000000)) == 0) {
            memcpy(out + i, &half, sizeof(half));
            *high |= (half & (uint32_t) SIO__RUN_HIGH) != 0;
            i += 4;
        }
    }
    for (; i < length; i++) {
        unsigned char byte = (unsigned char) text[i];
        if (sio__run_stops(byte))
            break;
        out[i] = byte;
        *high |= byte & 0x80u;
    }
    return i;
}

#endif
