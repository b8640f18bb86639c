#include "fuzz.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- findings --------------------------------------------------------------------------------- */

void fuzz_fail(const char *what, const char *file, int line) {
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
    abort();
}

/* Bytes as they can be shown in a terminal. */
static void show(const char *title, const sio__buf_t *log) {
    fprintf(stderr, "--- %s\n", title);
    for (size_t i = 0; i < log->length; i++) {
        unsigned char byte = (unsigned char) log->data[i];
        if (byte == '\n' || (byte >= ' ' && byte < 0x7f))
            fputc(byte, stderr);
        else
            fprintf(stderr, "\\x%02x", byte);
    }
    fputc('\n', stderr);
}

void fuzz_compare(const sio__buf_t *log, const sio__buf_t *other) {
    if (log->length == other->length &&
        (log->length == 0 || memcmp(log->data, other->data, log->length) == 0))
        return;
    show("one", log);
    show("the other", other);
    abort();
}

/* --- copies and logs -------------------------------------------------------------------------- */

char *fuzz_exact(const void *data, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);
    CHECK(copy != NULL);
    if (length > 0)
        memcpy(copy, data, length);
    return copy;
}

char *fuzz_text(const void *data, size_t length) {
    const char *end = length > 0 ? memchr(data, '\0', length) : NULL;
    if (end != NULL)
        length = (size_t) (end - (const char *) data);
    char *copy = malloc(length + 1);
    CHECK(copy != NULL);
    if (length > 0)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

/* The value of up to two digits; how many there are. */
static size_t hex_byte(const char *text, size_t length, char *out) {
    char digits[3] = {0};
    char *end;
    memcpy(digits, text, length < 2 ? length : 2);
    *out = (char) strtoul(digits, &end, 16);
    return (size_t) (end - digits);
}

void fuzz_unescape(sio__buf_t *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < length) {
            c = text[++i];
            c = c == 'r' ? '\r' : c == 'n' ? '\n' : c;
            if (c == 'x')
                i += hex_byte(text + i + 1, length - i - 1, &c);
        }
        CHECK(sio__buf_append(out, &c, 1) == 0);
    }
}

void fuzz_log(sio__buf_t *log, const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    CHECK(length >= 0 && (size_t) length < sizeof(line));
    CHECK(sio__buf_append(log, line, (size_t) length) == 0);
}

void fuzz_log_bytes(sio__buf_t *log, const char *name, const void *data, size_t length) {
    fuzz_log(log, "%s(%zu) ", name, length);
    CHECK(sio__buf_append(log, data, length) == 0);
    CHECK(sio__buf_append(log, "\n", 1) == 0);
}

/* --- pieces ----------------------------------------------------------------------------------- */

enum { ONES, HALVES, SMALL, LARGE, KINDS, REST };

/* splitmix64 */
uint64_t fuzz_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

fuzz_cuts_t fuzz_cuts(const void *data, size_t length) {
    const unsigned char *bytes = data;
    fuzz_cuts_t cuts = {.state = 0xcbf29ce484222325u};
    for (size_t i = 0; i < length; i++)
        cuts.state = (cuts.state ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
    cuts.kind = (unsigned) (fuzz_random(&cuts.state) % KINDS);
    return cuts;
}

size_t fuzz_cut(fuzz_cuts_t *cuts, size_t left) {
    size_t most = cuts->kind == SMALL ? 8 : 64;
    if (cuts->kind == ONES)
        return 1;
    if (cuts->kind == HALVES) {
        cuts->kind = REST;
        return 1 + (size_t) (fuzz_random(&cuts->state) % left);
    }
    if (cuts->kind == REST)
        return left;
    size_t piece = 1 + (size_t) (fuzz_random(&cuts->state) % most);
    return piece < left ? piece : left;
}

/* --- scripts ---------------------------------------------------------------------------------- */

int fuzz_line(const char **script, size_t *size, const char **line, size_t *length) {
    if (*size == 0)
        return 0;
    const char *end = memchr(*script, '\n', *size);
    *line = *script;
    *length = end != NULL ? (size_t) (end - *script) : *size;
    *script += *length + (end != NULL);
    *size -= *length + (end != NULL);
    return 1;
}

/* --- memory ----------------------------------------------------------------------------------- */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

size_t fuzz_heap(void) {
    /* Without ASan nobody counts. */
    return __sanitizer_get_current_allocated_bytes != NULL
               ? __sanitizer_get_current_allocated_bytes()
               : 0;
}
