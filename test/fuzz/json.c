/*
 * JSON text and numbers, beside jansson's parser and the C library's: where those say yes, so do
 * ours, and find the same value; where they say no, there must be one of the reasons that are
 * known.
 *
 * Covers: src/sio/json.c src/sio/jsontext.c src/sio/build.c src/sio/value.c src/sio/number.c
 * src/sio/escape.c src/sio/run.h
 */
#include "base/scratch.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "sio/build.h"
#include "sio/jsontext.h"
#include "sio/number.h"
#include "sio/value.h"
#include <float.h>
#include <math.h>
#include <sio/error.h>
#include <stdlib.h>

enum { PLAIN_DEPTH = 1000 };

/* --- comparing -------------------------------------------------------------------------------- */

/* Integers and reals of one value are the same: JavaScript has one kind of number. */
static int same_number(const json_t *a, const json_t *b) {
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    return json_number_value(a) == json_number_value(b);
}

static int same(json_t *a, json_t *b) {
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_number(a) && json_is_number(b))
        return same_number(a, b);
    if (json_typeof(a) != json_typeof(b))
        return 0;
    if (json_is_array(a)) {
        if (json_array_size(a) != json_array_size(b))
            return 0;
        json_array_foreach(a, i, value) {
            if (!same(value, json_array_get(b, i)))
                return 0;
        }
        return 1;
    }
    if (!json_is_object(a))
        return json_equal(a, b);
    if (json_object_size(a) != json_object_size(b))
        return 0;
    json_object_foreach(a, key, value) {
        json_t *other = json_object_get(b, key);
        if (other == NULL || !same(value, other))
            return 0;
    }
    return 1;
}

/* --- beside jansson --------------------------------------------------------------------------- */

/* There is none of what jansson cannot hold: escapes that are lone surrogates or U+0000, numbers
 * beyond its range, or a depth. */
static int is_plain(const char *text, size_t length) {
    size_t digits = 0, depth = 0;
    for (size_t i = 0; i < length; i++) {
        digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
        depth += text[i] == '[' || text[i] == '{';
        if (text[i] == '\\' || text[i] == 'e' || text[i] == 'E' || digits > 17)
            return 0;
    }
    return depth < PLAIN_DEPTH;
}

static void compare_with_jansson(const char *text, size_t length, json_t *ours) {
    json_error_t error;
    if (memchr(text, '\0', length) != NULL) { /* outside of a string that is its end to jansson */
        CHECK(ours == NULL);
        return;
    }
    json_t *theirs = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (theirs != NULL) {
        CHECK(ours != NULL);
        /* What is in a key or text as U+0000 is mended by ours. */
        if (memmem(text, length, "\\u0000", 6) == NULL)
            CHECK(same(ours, theirs));
    } else if (ours != NULL) {
        CHECK(!is_plain(text, length));
    }
    json_decref(theirs);
}

/* --- written again ---------------------------------------------------------------------------- */

static void write_again(const json_t *value) {
    sio__scratch_t *scratch = sio__scratch_new();
    sio__writer_t writer;
    sio__json_t json;
    size_t length;
    CHECK(scratch != NULL);
    sio__writer_begin(&writer, scratch, 0);
    CHECK(sio__value_write(&writer, value) == 0);
    const unsigned char *written = sio__writer_end(&writer, &length);
    CHECK(written != NULL && sio__utf8_valid(written, length));
    char *text = fuzz_exact(written, length);
    CHECK(sio__json_scan(text, length, SIO__JSON_DEPTH, &json) == 0);
    json_t *again = sio__build(text, length);
    CHECK(again != NULL && same((json_t *) (uintptr_t) value, again));
    json_decref(again);
    free(text);
    sio__scratch_free(scratch);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void check_number(const char *text, size_t length) {
    char *terminated = fuzz_text(text, length), written[SIO__NUMBER_ROOM + 1];
    double ours = sio__number_read(text, length), theirs = strtod(terminated, NULL);
    int64_t integer;
    CHECK(isinf(theirs) ? fabs(ours) == DBL_MAX : ours == theirs);
    CHECK(isinf(theirs) || signbit(ours) == signbit(theirs));
    size_t size = sio__number_write(written, ours);
    CHECK(size > 0 && size <= SIO__NUMBER_ROOM);
    written[size] = '\0';
    CHECK(strtod(written, NULL) == ours);
    if (sio__number_read_int(text, length, &integer) == 0)
        CHECK((double) integer == ours);
    free(terminated);
}

/* --- walking ---------------------------------------------------------------------------------- */

static void check_member(const sio__slice_t *value, const char *behind) {
    CHECK(value->length > 0 && value->text >= behind);
    if (sio__json_kind(value->text) == SIO__JSON_NUMBER)
        check_number(value->text, value->length);
    if (sio__json_kind(value->text) != SIO__JSON_STRING)
        return;
    char *plain = fuzz_exact(value->text + 1, value->length - 2);
    size_t length = sio__json_unescape(plain, plain, value->length - 2, SIO__JSON_KEEP_NUL);
    CHECK(length <= value->length - 2 && sio__utf8_valid(plain, length));
    CHECK(sio__json_equal(value->text + 1, value->length - 2, plain, length));
    free(plain);
}

/* The outermost level is what the scan has said. */
static void walk(const char *text, const sio__json_t *json) {
    sio__json_walk_t walk;
    const char *behind = text + json->value.start;
    size_t num, count = 0;
    const char *after;
    if (json->kind == SIO__JSON_NUMBER || json->kind == SIO__JSON_STRING)
        check_member(&(sio__slice_t){(char *) (uintptr_t) behind, json->value.end - json->value.start},
                     behind);
    if (json->kind != SIO__JSON_ARRAY && json->kind != SIO__JSON_OBJECT)
        return;
    sio__json_walk(&walk, behind, text + json->value.end);
    for (; sio__json_next(&walk); count++) {
        check_member(&walk.value, behind);
        behind = walk.value.text + walk.value.length;
        CHECK(behind < text + json->value.end);
        if (json->kind == SIO__JSON_ARRAY && count < SIO__JSON_ELEMENTS) {
            CHECK(walk.value.text == text + json->elements[count].start);
            CHECK(behind == text + json->elements[count].end);
        }
        if (*walk.value.text == '{' && sio__json_placeholder(walk.value.text, behind, &num, &after))
            CHECK(after == behind);
    }
    CHECK(walk.at == text + json->value.end);
    CHECK(json->kind == SIO__JSON_OBJECT || count == json->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sio__json_t json;
    if (!sio__utf8_valid(data, size)) /* the floors below have seen to that */
        return 0;
    char *text = fuzz_exact(data, size);
    json_t *value = NULL;
    if (sio__json_scan(text, size, SIO__JSON_DEPTH, &json) == 0) {
        walk(text, &json);
        value = sio__build(text, size);
        CHECK(value != NULL);
        write_again(value);
    }
    compare_with_jansson(text, size, value);
    json_decref(value);
    free(text);
    return 0;
}
