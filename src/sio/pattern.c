#include "sio/pattern.h"
#include <sio/error.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A namespace's name comes from anybody: what he may have us compute is bounded. */
enum { MAX_STEPS = 100000, MAX_DEPTH = 1000, MAX_HEAP_KIB = 1024 };

struct sio__pattern_s {
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *match;
};

/* Where the two differ, as JavaScript has it. */
static const uint32_t options = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF |
                                PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY;

int sio__pattern_new(sio__pattern_t **out, const char *text, char *why, size_t capacity) {
    int error;
    size_t offset;
    sio__pattern_t *pattern = calloc(1, sizeof(*pattern));
    if (pattern == NULL)
        return SIO_ENOMEM;
    pattern->code = pcre2_compile((PCRE2_SPTR) text, PCRE2_ZERO_TERMINATED, options, &error,
                                  &offset, NULL);
    if (pattern->code == NULL) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *) why, capacity);
        sio__pattern_free(pattern);
        return SIO_EINVAL;
    }
    pattern->limits = pcre2_match_context_create(NULL);
    pattern->match = pcre2_match_data_create(1, NULL);
    if (pattern->limits == NULL || pattern->match == NULL) {
        sio__pattern_free(pattern);
        return SIO_ENOMEM;
    }
    pcre2_set_match_limit(pattern->limits, MAX_STEPS);
    pcre2_set_depth_limit(pattern->limits, MAX_DEPTH);
    pcre2_set_heap_limit(pattern->limits, MAX_HEAP_KIB);
    *out = pattern;
    return 0;
}

void sio__pattern_free(sio__pattern_t *pattern) {
    if (pattern == NULL)
        return;
    pcre2_match_data_free(pattern->match);
    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
    free(pattern);
}

int sio__pattern_matches(const sio__pattern_t *pattern, const char *text, size_t length) {
    return pcre2_match(pattern->code, (PCRE2_SPTR) text, length, 0, 0, pattern->match,
                       pattern->limits) >= 0;
}
