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

#if defined(SIO__RUN_SSE2)
/* One bit a byte: quotes, backslashes, controls. */
static inline unsigned sio__run_mask(__m128i bytes) {
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i stops = _mm_or_si128(low, _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    return (unsigned) _mm_movemask_epi8(stops);
}
#elif defined(SIO__RUN_NEON)
/* The same with four bits a byte. */
static inline uint64_t sio__run_mask(uint8x16_t bytes) {
    uint8x16_t low = vcltq_u8(bytes, vdupq_n_u8(0x20));
    uint8x16_t stops = vorrq_u8(low, vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')),
                                              vceqq_u8(bytes, vdupq_n_u8('\\'))));
    uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(stops), 4);
    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
}
#endif

/* The first quote, backslash or control byte, or `end`. */
static inline const char *sio__run_text(const char *at, const char *end) {
#if defined(SIO__RUN_SSE2)
    for (; end - at >= 16; at += 16) {
        unsigned mask = sio__run_mask(_mm_loadu_si128((const __m128i *) (const void *) at));
        if (mask != 0)
            return at + __builtin_ctz(mask);
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
    for (; length - i >= 16; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *) (const void *) (text + i));
        unsigned mask = sio__run_mask(bytes);
        _mm_storeu_si128((__m128i *) (void *) (out + i), bytes);
        *high |= (unsigned) _mm_movemask_epi8(bytes);
        if (mask != 0)
            return i + (size_t) __builtin_ctz(mask);
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
