#include "serve/precondition.h"
#include "base/text.h"
#include "net/date.h"
#include <string.h>

/* The list holds the tag, weakly compared (RFC 9110 8.8.3.2). */
static int has_tag(const char *list, const char *etag) {
    const char *item;
    size_t length, etag_length = strlen(etag);
    while (sio__text_list_next(&list, &item, &length)) {
        if (length == 1 && item[0] == '*')
            return 1;
        if (length > 2 && memcmp(item, "W/", 2) == 0) {
            item += 2;
            length -= 2;
        }
        if (length == etag_length && memcmp(item, etag, length) == 0)
            return 1;
    }
    return 0;
}

int sio__not_modified(const sio_http_request_t *request, const char *etag, int64_t modified) {
    const char *tags = sio_http_header_in(request, "if-none-match");
    if (tags != NULL)
        return has_tag(tags, etag);
    const char *since = sio_http_header_in(request, "if-modified-since");
    int64_t time;
    return since != NULL && sio__date_parse(since, &time) && modified <= time;
}

/* The range counts only for the version that the client has the rest of. */
static int if_range_holds(const sio_http_request_t *request, const char *etag, int64_t modified) {
    const char *value = sio_http_header_in(request, "if-range");
    int64_t time;
    if (value == NULL)
        return 1;
    if (value[0] == '"')
        return strcmp(value, etag) == 0;
    return sio__date_parse(value, &time) && time == modified;
}

/* Digits at *at; nonzero if there are any and they fit. */
static int read_number(const char **at, uint64_t *value) {
    const char *digit = *at;
    *value = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        if (*value > (UINT64_MAX - 9) / 10)
            return 0;
        *value = *value * 10 + (uint64_t) (*digit - '0');
    }
    int any = digit > *at;
    *at = digit;
    return any;
}

/* "-500": the last bytes. */
static sio__range_t suffix(const char *at, uint64_t size, uint64_t *first, uint64_t *length) {
    uint64_t count;
    if (!read_number(&at, &count) || *at != '\0')
        return SIO__RANGE_WHOLE;
    if (count == 0 || size == 0)
        return SIO__RANGE_NONE;
    *length = count < size ? count : size;
    *first = size - *length;
    return SIO__RANGE_PART;
}

sio__range_t sio__range(const sio_http_request_t *request, const char *etag, int64_t modified,
                        uint64_t size, uint64_t *first, uint64_t *length) {
    const char *at = sio_http_header_in(request, "range");
    uint64_t from, to = UINT64_MAX;
    if (at == NULL || strncmp(at, "bytes=", 6) != 0 || !if_range_holds(request, etag, modified))
        return SIO__RANGE_WHOLE;
    at += 6;
    if (*at == '-')
        return suffix(at + 1, size, first, length);
    if (!read_number(&at, &from) || *at++ != '-')
        return SIO__RANGE_WHOLE;
    if (*at != '\0' && (!read_number(&at, &to) || *at != '\0' || to < from))
        return SIO__RANGE_WHOLE;
    if (from >= size)
        return SIO__RANGE_NONE;
    *first = from;
    *length = (to < size ? to + 1 : size) - from;
    return SIO__RANGE_PART;
}
