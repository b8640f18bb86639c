#include "ws/mask.h"
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

void sio__ws_unmask(void *to, const void *from, size_t length, const unsigned char mask[4],
                    size_t offset) {
    const unsigned char *in = from;
    unsigned char *out = to;
    unsigned char key[16];
    uint64_t word, key_word;
    size_t i = 0;

    for (size_t k = 0; k < sizeof(key); k++)
        key[k] = mask[(offset + k) & 3];
#if defined(__SSE2__)
    const __m128i key_vector = _mm_loadu_si128((const __m128i *) (const void *) key);
    for (; length - i >= 16; i += 16) {
        __m128i vector = _mm_loadu_si128((const __m128i *) (const void *) (in + i));
        _mm_storeu_si128((__m128i *) (void *) (out + i), _mm_xor_si128(vector, key_vector));
    }
#elif defined(__aarch64__) && defined(__ARM_NEON)
    const uint8x16_t key_vector = vld1q_u8(key);
    for (; length - i >= 16; i += 16)
        vst1q_u8(out + i, veorq_u8(vld1q_u8(in + i), key_vector));
#endif
    memcpy(&key_word, key, sizeof(key_word));
    for (; length - i >= 8; i += 8) {
        memcpy(&word, in + i, sizeof(word));
        word ^= key_word;
        memcpy(out + i, &word, sizeof(word));
    }
    for (; i < length; i++)
        out[i] = in[i] ^ key[i & 3];
}
