#include "net/target.h"
#include <string.h>

/* What a name is of (RFC 3986 3.2.2): letters, digits, "-._~!$&'()*+,;=", and percent signs,
 * whatever follows: nobody decodes it. */
static const unsigned char name_chars[256] = {
    /* clang-format off */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0,
    /* clang-format on */
};

static inline int is_name_char(char c) {
    return name_chars[(unsigned char) c];
}

/* An IP literal in brackets: its length; 0 if it is none. */
static size_t literal(const char *text, size_t length) {
    const char *end = length > 2 ? memchr(text, ']', length) : NULL;
    if (end == NULL || end == text + 1)
        return 0;
    for (const char *c = text + 1; c < end; c++)
        if (*c != ':' && !is_name_char(*c))
            return 0;
    return (size_t) (end - text) + 1;
}

int sio__target_is_authority(const char *text, size_t length) {
    size_t at = 0;
    if (length > 0 && text[0] == '[') {
        at = literal(text, length);
        if (at == 0)
            return 0;
    } else {
        while (at < length && is_name_char(text[at]))
            at++;
    }
    if (at == length)
        return 1;
    if (text[at] != ':' || at == 0)
        return 0;
    size_t digits = ++at;
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at == length && at - digits <= 5;
}

/* The length of "http://" or "https://", in any case; 0 if it does not begin so. */
static size_t scheme(const char *target) {
    static const char http[] = "http";
    size_t at = 0;
    for (; http[at] != '\0'; at++)
        if ((target[at] | 0x20) != http[at])
            return 0;
    if ((target[at] | 0x20) == 's')
        at++;
    return strncmp(target + at, "://", 3) == 0 ? at + 3 : 0;
}

int sio__target_is_good(const char *target, size_t length, const char *method,
                        const char **authority, size_t *authority_length) {
    *authority = NULL;
    /* No fragments: they are the client's own (RFC 9110 7.1). */
    if (memchr(target, '#', length) != NULL)
        return 0;
    if (target[0] == '/')
        return 1;
    if (target[0] == '*')
        return length == 1 && strcmp(method, "OPTIONS") == 0;
    size_t at = scheme(target);
    if (at == 0)
        return 0;
    /* Without a name for whom it is invalid, and so it is with a user (RFC 9110 4.2.1, 4.2.4). */
    size_t size = strcspn(target + at, "/?");
    if (size == 0 || !sio__target_is_authority(target + at, size))
        return 0;
    *authority = target + at;
    *authority_length = size;
    return 1;
}
