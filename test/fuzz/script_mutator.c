/* How scripts are changed: by whole lines, half of the time, so that there is an order of events in
 * what comes out; else byte by byte, as libFuzzer does. */
#include "fuzz.h"
#include <string.h>

enum { LINE_MAX_LENGTH = 512 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

typedef struct {
    size_t start, length; /* with its line end */
} line_t;

/* The line that a random place is in, but for the first one. */
static line_t pick(const uint8_t *data, size_t size, uint64_t *state) {
    size_t at = (size_t) (fuzz_random(state) % size);
    line_t line = {at, 0};
    while (line.start > 0 && data[line.start - 1] != '\n')
        line.start--;
    const uint8_t *end = memchr(data + at, '\n', size - at);
    line.length = (end != NULL ? (size_t) (end - data) + 1 : size) - line.start;
    return line;
}

static size_t cut_out(uint8_t *data, size_t size, const line_t *line) {
    size_t behind = line->start + line->length;
    memmove(data + line->start, data + behind, size - behind);
    return size - line->length;
}

/* In front of another line. */
static size_t put_in(uint8_t *data, size_t size, size_t at, const uint8_t *text, size_t length) {
    memmove(data + at + length, data + at, size - at);
    memcpy(data + at, text, length);
    return size + length;
}

/* Another client, or number. */
static void renumber(uint8_t *data, const line_t *line, uint64_t *state) {
    if (line->length > 2)
        data[line->start + 1] = (uint8_t) ('0' + fuzz_random(state) % 8);
}

static size_t move(uint8_t *data, size_t size, size_t max_size, const line_t *line, int copy,
                   uint64_t *state) {
    uint8_t text[LINE_MAX_LENGTH];
    if (line->length > sizeof(text) || size + line->length > max_size)
        return size;
    memcpy(text, data + line->start, line->length);
    if (!copy)
        size = cut_out(data, size, line);
    if (size == 0)
        return 0;
    line_t other = pick(data, size, state);
    return put_in(data, size, other.start, text, line->length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint64_t state = seed;
    if (size == 0 || fuzz_random(&state) % 2 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    line_t line = pick(data, size, &state);
    switch (fuzz_random(&state) % 5) {
    case 0:
        return cut_out(data, size, &line);
    case 1:
        return move(data, size, max_size, &line, 0, &state);
    case 2:
        renumber(data, &line, &state);
        return size;
    default:
        return move(data, size, max_size, &line, 1, &state);
    }
}
