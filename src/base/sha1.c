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

/* RFC 3174 section 6.1, with the message schedule kept as a ring of 16 words. */
static void hash_block(uint32_t state[5], const unsigned char *block) {
    uint32_t w[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (unsigned i = 0; i < 16; i++)
        w[i] = load(block + 4 * i);
    for (unsigned i = 0; i < 80; i++) {
        uint32_t f, k, next;
        if (i >= 16)
            w[i & 15] = rotate(w[(i + 13) & 15] ^ w[(i + 8) & 15] ^ w[(i + 2) & 15] ^ w[i & 15], 1);
        if (i < 20) {
            f = (b & c) | (~b & d);
            k = 0x5a827999;
        } else if (i < 40) {
            f = b ^ c ^ d;
            k = 0x6ed9eba1;
        } else if (i < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d;
            k = 0xca62c1d6;
        }
        next = rotate(a, 5) + f + e + w[i & 15] + k;
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
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
