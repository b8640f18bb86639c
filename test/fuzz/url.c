/*
 * URLs: path, query, percent-decoding, names of static files.
 *
 * Covers: src/net/url.c src/serve/static_path.c src/serve/media.c
 */
#include "net/url.h"
#include "fuzz.h"
#include "serve/media.h"
#include "serve/static_path.h"
#include <sio/error.h>
#include <stdio.h>
#include <stdlib.h>

/* --- decoding, once more and plainly ---------------------------------------------------------- */

static int is_hex(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static void decode_plainly(sio__buf_t *out, const char *text, size_t length, int form) {
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%' && length - i > 2 && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            char digits[3] = {text[i + 1], text[i + 2], '\0'};
            c = (char) strtol(digits, NULL, 16);
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        CHECK(sio__buf_append(out, &c, 1) == 0);
    }
}

static void check_decoded(const char *text, size_t length, int form) {
    sio__buf_t plain = {0};
    char *copy = fuzz_exact(text, length);
    decode_plainly(&plain, text, length, form);
    CHECK(sio__url_decode(copy, length, form) == plain.length);
    CHECK(plain.length == 0 || memcmp(copy, plain.data, plain.length) == 0);
    free(copy);
    sio__buf_free(&plain);
}

/* --- the query -------------------------------------------------------------------------------- */

/* A piece as a request has it: decoded, up to a NUL; `raw` as it stands there. */
static void check_piece(const char **at, char *room, int name, const char *raw, size_t raw_length) {
    sio__buf_t plain = {0};
    CHECK(*at == raw);
    size_t length = sio__url_query_take(at, room, name);
    CHECK(*at == raw + raw_length && length <= raw_length);
    decode_plainly(&plain, raw, raw_length, 1);
    CHECK(length == (plain.length == 0 ? 0 : strnlen(plain.data, plain.length)));
    CHECK(length == 0 || memcmp(room, plain.data, length) == 0);
    sio__buf_free(&plain);
}

/* Both ways to walk a query see the same parameters. */
static size_t check_parameter(const char **at, char *room, const char *name, size_t name_length,
                              const char *value, size_t value_length) {
    *at += strspn(*at, "&");
    check_piece(at, room, 1, name, name_length);
    if (**at == '=')
        ++*at;
    check_piece(at, room, 0, value, value_length);
    return name_length + value_length;
}

/* It is found by its name, or one before it is, that is called the same. */
static void check_found(const char *url, const char *name, size_t length, const char *value) {
    sio__buf_t plain = {0}, out = {0};
    const char *found;
    size_t found_length;
    decode_plainly(&plain, name, length, 1);
    char *wanted = fuzz_text(plain.data, plain.length);
    if (strlen(wanted) == plain.length) {
        CHECK(sio__url_query(url, wanted, &found, &found_length));
        CHECK(found <= value);
        CHECK(sio__url_query_decoded(url, wanted, &out) == 0);
        CHECK(out.length <= found_length + 1 && out.data[out.length - 1] == '\0');
    }
    free(wanted);
    sio__buf_free(&plain);
    sio__buf_free(&out);
}

static void check_query(const char *url, size_t length) {
    const char *cursor = url, *at = sio__url_query_start(url), *name, *value;
    size_t name_length, value_length, sum = 0;
    char *room = malloc(length + 1);
    CHECK(room != NULL && at <= url + length);
    while (sio__url_query_next(&cursor, &name, &name_length, &value, &value_length)) {
        sum += check_parameter(&at, room, name, name_length, value, value_length);
        CHECK(sum <= length);
        check_found(url, name, name_length, value);
    }
    at += strspn(at, "&");
    CHECK(*at == '\0' || *at == '#');
    CHECK(*cursor == '\0');
    free(room);
}

/* --- paths ------------------------------------------------------------------------------------ */

/* No way leads out of the folder. */
static void check_file(const char *path) {
    static const char root[] = "/srv/www";
    CHECK(strchr(sio__media_type(path), '/') != NULL);
    if (!sio__static_path_allowed(path))
        return;
    char *joined = sio__static_path_join(root, path);
    CHECK(joined != NULL && strncmp(joined, "/srv/www/", 9) == 0);
    CHECK(strstr(joined, "/.") == NULL && strpbrk(joined, "\\:") == NULL);
    CHECK(joined[strlen(joined) - 1] != '/');
    CHECK(sio__static_path_inside(root, joined));
    CHECK(!sio__static_path_inside("/srv/www/other", path) || strncmp(path, root, 8) == 0);
    free(joined);
}

static void check_path(const char *url, size_t length) {
    const char *start;
    size_t size = sio__url_path(url, &start);
    CHECK(start >= url && size <= (size_t) (url + length - start));
    CHECK(start[size] == '\0' || start[size] == '?' || start[size] == '#');
    check_decoded(start, size, 0);
    char *copy = fuzz_exact(start, size);
    size = sio__url_decode(copy, size, 0);
    char *path = fuzz_text(copy, size);
    check_file(path);
    free(path);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 0 && data[0] == '&') /* no URL, but the inside of a query */
        return 0;
    char *url = fuzz_text(data, size);
    size_t length = strlen(url);
    check_path(url, length);
    check_query(url, length);
    check_decoded((const char *) data, size, 0);
    check_decoded((const char *) data, size, 1);
    free(url);
    return 0;
}
