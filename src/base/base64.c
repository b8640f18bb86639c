#include "base/base64.h"
#include <string.h>

/* The two characters of each 12 bits: a row for the first six, a pair in it for the others. */
#define ROW(a)                                                                                     \
    a "A" a "B" a "C" a "D" a "E" a "F" a "G" a "H" a "I" a "J" a "K" a "L" a "M" a "N" a "O"      \
    a "P" a "Q" a "R" a "S" a "T" a "U" a "V" a "W" a "X" a "Y" a "Z" a "a" a "b" a "c" a "d"      \
    a "e" a "f" a "g" a "h" a "i" a "j" a "k" a "l" a "m" a "n" a "o" a "p" a "q" a "r" a "s"      \
    a "t" a "u" a "v" a "w" a "x" a "y" a "z" a "0" a "1" a "2" a "3" a "4" a "5" a "6" a "7"      \
    a "8" a "9" a "+" a "/"
static const char pairs[64][2 * 64 + 2] = {
    ROW("A"), ROW("B"), ROW("C"), ROW("D"), ROW("E"), ROW("F"), ROW("G"), ROW("H"),
    ROW("I"), ROW("J"), ROW("K"), ROW("L"), ROW("M"), ROW("N"), ROW("O"), ROW("P"),
    ROW("Q"), ROW("R"), ROW("S"), ROW("T"), ROW("U"), ROW("V"), ROW("W"), ROW("X"),
    ROW("Y"), ROW("Z"), ROW("a"), ROW("b"), ROW("c"), ROW("d"), ROW("e"), ROW("f"),
    ROW("g"), ROW("h"), ROW("i"), ROW("j"), ROW("k"), ROW("l"), ROW("m"), ROW("n"),
    ROW("o"), ROW("p"), ROW("q"), ROW("r"), ROW("s"), ROW("t"), ROW("u"), ROW("v"),
    ROW("w"), ROW("x"), ROW("y"), ROW("z"), ROW("0"), ROW("1"), ROW("2"), ROW("3"),
    ROW("4"), ROW("5"), ROW("6"), ROW("7"), ROW("8"), ROW("9"), ROW("+"), ROW("/"),
};
#undef ROW

static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { SKIP = 64 }; /* no character of base64 */

/* Values of the characters of both alphabets. */
static const unsigned char values[256] = {
#define X64 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64
    X64, X64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 62, 64, 63, /* + - / */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, /* 0-9 */
    64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, /* A-O */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63, /* P-Z _ */
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* a-o */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, /* p-z */
    X64, X64, X64, X64, X64, X64, X64, X64,
#undef X64
};

static void put_pair(char *out, unsigned bits) {
    memcpy(out, &pairs[bits >> 6 & 63][(size_t) (bits & 63) * 2], 2);
}

void sio__base64_encode(char *out, const void *data, size_t length) {
    const unsigned char *at = data;

    for (; length >= 3; length -= 3, at += 3, out += 4) {
        unsigned bits = (unsigned) at[0] << 16 | (unsigned) at[1] << 8 | at[2];
        put_pair(out, bits >> 12);
        put_pair(out + 2, bits);
    }
    if (length == 0)
        return;
    unsigned bits = (unsigned) at[0] << 16 | (length == 2 ? (unsigned) at[1] << 8 : 0);
    put_pair(out, bits >> 12);
    put_pair(out + 2, bits);
    out[3] = '=';
    if (length == 1)
        out[2] = '=';
}

void sio__base64url_encode(char *out, const void *data, size_t length) {
    const unsigned char *at = data;

    for (; length >= 3; length -= 3, at += 3) {
        unsigned bits = (unsigned) at[0] << 16 | (unsigned) at[1] << 8 | at[2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = url_alphabet[bits >> shift & 63];
    }
}

size_t sio__base64_decode(void *out, const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *) text;
    const unsigned char *end = at + length;
    unsigned char *to = out;
    unsigned bits = 0, count = 0;

    while (at < end) {
        /* The usual case: four characters at a boundary, all of the alphabet. */
        if (count == 0 && end - at >= 4) {
            unsigned a = values[at[0]], b = values[at[1]], c = values[at[2]], d = values[at[3]];
            if ((a | b | c | d) < SKIP) {
                bits = a << 18 | b << 12 | c << 6 | d;
                to[0] = (unsigned char) (bits >> 16);
                to[1] = (unsigned char) (bits >> 8);
                to[2] = (unsigned char) bits;
                to += 3;
                at += 4;
                continue;
            }
        }
        if (*at == '=')
            break; /* padding ends it, whatever follows */
        if (values[*at] < SKIP) {
            bits = bits << 6 | values[*at];
            if (++count == 4) {
                *to++ = (unsigned char) (bits >> 16);
                *to++ = (unsigned char) (bits >> 8);
                *to++ = (unsigned char) bits;
                count = 0;
            }
        }
        at++;
    }
    if (count >= 2)
        *to++ = (unsigned char) (bits >> (count == 2 ? 4 : 10));
    if (count == 3)
        *to++ = (unsigned char) (bits >> 2);
    return (size_t) (to - (unsigned char *) out);
}
