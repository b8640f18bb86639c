/*
 * What the fuzzing programs have in common. Each of them is one LLVMFuzzerTestOneInput, which
 * feeds a part of the library with bytes and checks what must hold whatever they are. libFuzzer
 * calls it with bytes that it makes up (./dev fuzz), replay.c with those of files.
 *
 * The first comment of a program names what it is about, for the report of the coverage:
 * "Covers: src/…", a file or a folder each.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Anything else than true is a finding: the fuzzer keeps the input. */
#define CHECK(condition) ((condition) ? (void) 0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* A copy in a block of exactly that size, so that ASan sees a byte read too much; to be freed. */
char *fuzz_exact(const void *data, size_t length);
/* The same with a NUL behind it, the text ending where there is one in it. */
char *fuzz_text(const void *data, size_t length);

/* Appends what a text stands for: after a backslash r and n are the two of a line end, xNN is a
 * byte in hexadecimal, anything else itself. */
void fuzz_unescape(sio__buf_t *out, const char *text, size_t length);

/* A log of what was seen, to be compared with another one. */
void fuzz_log(sio__buf_t *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fuzz_log_bytes(sio__buf_t *log, const char *name, const void *data, size_t length);
/* Ends the program, both logs shown, unless they are equal. */
void fuzz_compare(const sio__buf_t *log, const sio__buf_t *other);

/* Bytes that arrive in pieces: of one byte, two halves, or anything. How, is a matter of the
 * bytes themselves, so that an input is one and the same case each time. */
typedef struct {
    uint64_t state;
    unsigned kind;
} fuzz_cuts_t;

fuzz_cuts_t fuzz_cuts(const void *data, size_t length);
/* The length of the next piece: 1 to `left`. */
size_t fuzz_cut(fuzz_cuts_t *cuts, size_t left);
uint64_t fuzz_random(uint64_t *state);

/* Takes the next byte of an input; 0 at its end. */
static inline unsigned fuzz_byte(const uint8_t **data, size_t *size) {
    if (*size == 0)
        return 0;
    --*size;
    return *(*data)++;
}

/* Scripts: takes the next line, without its end; 0: there is none. */
int fuzz_line(const char **script, size_t *size, const char **line, size_t *length);
static inline unsigned fuzz_digit(char c) {
    return (unsigned char) c - (unsigned) '0';
}

/* What is allocated at this moment. */
size_t fuzz_heap(void);

#endif
