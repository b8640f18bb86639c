#include "base/text.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

int sio__text_equal_nocase(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if (lower(*a) != lower(*b))
            return 0;
    return *a == *b;
}

int sio__text_same_nocase(const char *a, const char *b, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]))
            return 0;
    return 1;
}

int sio__text_hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sio__text_is_token(char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return 1;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

int sio__text_list_next(const char **cursor, const char **item, size_t *length) {
    const char *at = *cursor;
    const char *end;

    if (!at)
        return 0;
    while (is_blank(*at) || *at == ',')
        at++;
    if (!*at) {
        *cursor = at;
        return 0;
    }
    end = at + strcspn(at, ",");
    *cursor = end;
    while (end > at && is_blank(end[-1]))
        end--;
    *item = at;
    *length = (size_t) (end - at);
    return 1;
}

int sio__text_list_has(const char *list, const char *item, size_t length, int nocase) {
    const char *found;
    size_t found_length;

    while (sio__text_list_next(&list, &found, &found_length)) {
        if (found_length != length)
            continue;
        if (nocase ? sio__text_same_nocase(found, item, length) : memcmp(found, item, length) == 0)
            return 1;
    }
    return 0;
}

char *sio__text_copy(const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;

    if (!copy)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
