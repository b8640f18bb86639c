#include "base/sha1.h"
#include <stdint.h>
#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word << bits | word >> (32 - bits);
}

static uint32_t load(const unsigned char *at) {
    return (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];
}

/* One step of RFC 3174 section 6.1 (d). The names turn round instead of the values, so that five
 * steps in a row move nothing: a third of the instructions. */
#define STEP(a, b, c, d, e, f, k, word)                                                            \
    do {                                                                                           \
        (e) += rotate(a, 5) + (f) + (k) + (word);                                                  \
        (b) = rotate(b, 30);                                                                       \
    } while (0)
#define FIVE_STEPS(f, k, w)                                                                        \
    do {                                                                                           \
        STEP(a, b, c, d, e, f(b, c, d), k, (w)[0]);                                                \
        STEP(e, a, b, c, d, f(a, b, c), k, (w)[1]);                                                \
        STEP(d, e, a, b, c, f(e, a, b), k, (w)[2]);                                                \
        STEP(c, d, e, a, b, f(d, e, a), k, (w)[3]);                                                \
        STEP(b, c, d, e, a, f(c, d, e), k, (w)[4]);                                                \
    } while (0)

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z) {
    return z ^ (x & (y ^ z));
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z) {
    return x ^ y ^ z;
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) {
    return (x & y) | (z & (x | y));
}

static void hash_block(uint32_t state[5], const unsigned char *block) {
    uint32_t w[80];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (size_t i = 0; i < 16; i++)
        w[i] = load(block + 4 * i);
    for (unsigned i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (unsigned i = 0; i < 20; i += 5)
        FIVE_STEPS(choose, 0x5a827999, w + i);
    for (unsigned i = 20; i < 40; i += 5)
        FIVE_STEPS(parity, 0x6ed9eba1, w + i);
    for (unsigned i = 40; i < 60; i += 5)
        FIVE_STEPS(majority, 0x8f1bbcdc, w + i);
    for (unsigned i = 60; i < 80; i += 5)
        FIVE_STEPS(parity, 0xca62c1d6, w + i);
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void sio__sha1(unsigned char digest[20], const void *data, size_t length) {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char tail[2 * BLOCK] = {0};
    const unsigned char *at = data;
    const uint64_t bits = (uint64_t) length * 8;
    size_t left = length, padded;

    for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
        hash_block(state, at);
    /* What is left, a one bit, zeros, and the length in bits in the last 8 bytes of one or
     * two blocks. */
    if (left > 0)
        memcpy(tail, at, left);
    tail[left] = 0x80;
    padded = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    for (unsigned i = 0; i < 8; i++)
        tail[padded - 1 - i] = (unsigned char) (bits >> (8 * i));
    for (size_t i = 0; i < padded; i += BLOCK)
        hash_block(state, tail + i);
    for (unsigned i = 0; i < 20; i++)
        digest[i] = (unsigned char) (state[i / 4] >> (24 - 8 * (i % 4)));
}
