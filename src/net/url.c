#include "net/url.h"
#include "base/text.h"
#include <sio/error.h>
#include <string.h>

/* The character at `*at`, decoded; `*at` moves behind it. */
static char decode_one(const char **at, const char *end, int form) {
    const char *from = *at;
    if (*from == '%' && end - from >= 3) {
        int high = sio__text_hex(from[1]), low = high >= 0 ? sio__text_hex(from[2]) : -1;
        if (low >= 0) {
            *at = from + 3;
            return (char) (unsigned char) (high * 16 + low);
        }
    }
    *at = from + 1;
    return form && *from == '+' ? ' ' : *from;
}

size_t sio__url_decode(char *text, size_t length, int form) {
    const char *from = text, *end = text + length;
    /* Most texts have nothing to decode. */
    while (from < end && *from != '%' && *from != '+')
        from++;
    char *to = text + (from - text);
    while (from < end)
        *to++ = decode_one(&from, end, form);
    return (size_t) (to - text);
}

int sio__url_decode_path(char *text, size_t *length) {
    const char *from = memchr(text, '%', *length), *end = text + *length;
    if (from == NULL)
        return 0;
    char *to = text + (from - text);
    while (from < end) {
        char c = *from;
        const char *next = from;
        *to = decode_one(&next, end, 0);
        if (*to++ == '\0' || (c == '%' && next - from != 3))
            return SIO_EINVAL;
        from = next;
    }
    *length = (size_t) (to - text);
    return 0;
}

size_t sio__url_path(const char *url, const char **start) {
    if (url[0] != '/') {
        const char *authority = strstr(url, "://");
        const char *end = url + strcspn(url, "/?#");
        if (authority != NULL && authority + 1 == end) {
            url = authority + 3;
            url += strcspn(url, "/?#");
        }
    }
    *start = url;
    return strcspn(url, "?#");
}

int sio__url_query_next(const char **cursor, const char **name, size_t *name_length,
                        const char **value, size_t *value_length) {
    const char *at = *cursor;
    /* Within the query the cursor stands on the '?' or '&' before the next parameter, or at
     * the end. */
    if (*at != '&')
        at += strcspn(at, "?#");
    while (*at == '?' || *at == '&') {
        at++;
        size_t length = strcspn(at, "&#");
        if (length > 0) {
            const char *equals = memchr(at, '=', length);
            *name = at;
            *name_length = equals != NULL ? (size_t) (equals - at) : length;
            *value = equals != NULL ? equals + 1 : at + length;
            *value_length = (size_t) (at + length - *value);
            *cursor = at + length;
            return 1;
        }
        if (*at != '&')
            break;
    }
    *cursor = at + strlen(at);
    return 0;
}

const char *sio__url_query_start(const char *url) {
    while (*url != '\0' && *url != '?' && *url != '#')
        url++;
    return *url == '?' ? url + 1 : url + strlen(url);
}

size_t sio__url_query_take(const char **at, char *to, int name) {
    static const unsigned char special[256] = {
        [0] = 1, ['&'] = 1, ['#'] = 1, ['='] = 1, ['%'] = 1, ['+'] = 1,
    };
    const char *from = *at, *start = to, *cut = NULL;
    for (;;) {
        while (!special[(unsigned char) *from])
            *to++ = *from++;
        if (*from != '+' && *from != '%' && (*from != '=' || name))
            break;
        *to = decode_one(&from, from + 3, 1);
        if (*to == '\0' && cut == NULL)
            cut = to;
        to++;
    }
    *at = from;
    return (size_t) ((cut != NULL ? cut : to) - start);
}

/* Nonzero if `text`, decoded, is `name`. */
static int decodes_to(const char *text, size_t length, const char *name) {
    const char *end = text + length;
    for (; text < end; name++)
        if (*name == '\0' || decode_one(&text, end, 1) != *name)
            return 0;
    return *name == '\0';
}

int sio__url_query(const char *url, const char *name, const char **value, size_t *length) {
    const char *found, *found_value;
    size_t found_length, value_length;
    while (sio__url_query_next(&url, &found, &found_length, &found_value, &value_length)) {
        if (!decodes_to(found, found_length, name))
            continue;
        *value = found_value;
        *length = value_length;
        return 1;
    }
    return 0;
}

int sio__url_query_decoded(const char *url, const char *name, sio__buf_t *out) {
    const char *value;
    size_t length;
    if (!sio__url_query(url, name, &value, &length))
        return SIO_ENOENT;
    int rc = sio__buf_reserve(out, length + 1);
    if (rc < 0)
        return rc;
    char *copy = out->data + out->length;
    memcpy(copy, value, length);
    length = sio__url_decode(copy, length, 1);
    copy[length] = '\0';
    out->length += length + 1;
    return 0;
}
