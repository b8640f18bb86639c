#include "ws/mask.h"
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/* The mask as it lies over the bytes from `offset` on, twice. */
static uint64_t key_at(const unsigned char mask[4], size_t offset) {
    const unsigned char turned[4] = {mask[offset & 3], mask[(offset + 1) & 3],
                                     mask[(offset + 2) & 3], mask[(offset + 3) & 3]};
    uint32_t word;
    memcpy(&word, turned, sizeof(word));
    return (uint64_t) word << 32 | word;
}

#if defined(__SSE2__)
/* Unmasks 16 bytes; returns `all` with what they are. */
static inline __m128i unmask_16(unsigned char *out, const unsigned char *in, __m128i key,
                                __m128i all) {
    __m128i vector = _mm_loadu_si128((const __m128i *) (const void *) in);
    vector = _mm_xor_si128(vector, key);
    _mm_storeu_si128((__m128i *) (void *) out, vector);
    return _mm_or_si128(all, vector);
}
#endif

int sio__ws_unmask(void *to, const void *from, size_t length, const unsigned char mask[4],
                   size_t offset) {
    const unsigned char *in = from;
    unsigned char *out = to;
    const uint64_t key = key_at(mask, offset);
    uint64_t word, all = 0;
    size_t i = 0;

#if defined(__SSE2__)
    const __m128i key_vector = _mm_set1_epi64x((long long) key);
    __m128i all_vector = _mm_setzero_si128();
    for (; length - i >= 64; i += 64) {
        all_vector = unmask_16(out + i, in + i, key_vector, all_vector);
        all_vector = unmask_16(out + i + 16, in + i + 16, key_vector, all_vector);
        all_vector = unmask_16(out + i + 32, in + i + 32, key_vector, all_vector);
        all_vector = unmask_16(out + i + 48, in + i + 48, key_vector, all_vector);
    }
    for (; length - i >= 16; i += 16)
        all_vector = unmask_16(out + i, in + i, key_vector, all_vector);
    int high = _mm_movemask_epi8(all_vector) != 0;
#elif defined(__aarch64__) && defined(__ARM_NEON)
    const uint8x16_t key_vector = vreinterpretq_u8_u64(vdupq_n_u64(key));
    uint8x16_t all_vector = vdupq_n_u8(0);
    for (; length - i >= 16; i += 16) {
        uint8x16_t vector = veorq_u8(vld1q_u8(in + i), key_vector);
        all_vector = vorrq_u8(all_vector, vector);
        vst1q_u8(out + i, vector);
    }
    int high = vmaxvq_u8(all_vector) >= 0x80;
#else
    int high = 0;
#endif
    for (; length - i >= 8; i += 8) {
        memcpy(&word, in + i, sizeof(word));
        word ^= key;
        all |= word;
        memcpy(out + i, &word, sizeof(word));
    }
    /* i is a multiple of eight: the key begins anew. */
    if (((length - i) & 4) != 0) {
        uint32_t half, half_key;
        memcpy(&half, in + i, sizeof(half));
        memcpy(&half_key, &key, sizeof(half_key)); /* its first bytes, whatever the byte order */
        half ^= half_key;
        all |= half;
        memcpy(out + i, &half, sizeof(half));
        i += sizeof(half);
    }
    for (; i < length; i++) {
        out[i] = in[i] ^ mask[(offset + i) & 3];
        all |= out[i];
    }
    return high || (all & UINT64_C(0x8080808080808080)) != 0;
}
