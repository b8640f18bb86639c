/* In place of pattern.c where the library is built without PCRE2. */
#include "sio/pattern.h"
#include <sio/error.h>
#include <stdio.h>

int sio__pattern_new(sio__pattern_t **pattern, const char *text, char *why, size_t capacity) {
    (void) pattern;
    (void) text;
    snprintf(why, capacity, "built without regular expressions");
    return SIO_ENOTSUP;
}

void sio__pattern_free(sio__pattern_t *pattern) {
    (void) pattern;
}

int sio__pattern_matches(const sio__pattern_t *pattern, const char *text, size_t length) {
    (void) pattern;
    (void) text;
    (void) length;
    return 0;
}
