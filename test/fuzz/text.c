/*
 * Text and its transport: UTF-8 beside a plain reader of it, base64, strings of JavaScript, forms.
 *
 * Covers: src/base/utf8.c src/base/base64.c src/eio/script.c src/eio/jsonp.c
 */
#include "base/base64.h"
#include "base/utf8.h"
#include "eio/jsonp.h"
#include "eio/script.h"
#include "fuzz.h"
#include <sio/error.h>
#include <stdlib.h>

/* --- UTF-8 ------------------------------------------------------------------------------------ */

/* The length of the character at the start, RFC 3629 by arithmetic; 0: there is none. */
static size_t character(const uint8_t *data, size_t size, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = data[0] < 0x80 ? 1 : data[0] < 0xc0 ? 0 : data[0] < 0xe0 ? 2
                    : data[0] < 0xf0 ? 3 : data[0] < 0xf8 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    *code = length == 1 ? data[0] : data[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (data[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (data[i] & 0x3f);
    }
    return *code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)
               ? 0
               : length;
}

static void check_valid(const char *text, size_t length, size_t units) {
    size_t half = units / 2, bytes;
    CHECK(sio__utf8_units(text, length) == units);
    CHECK(sio__utf8_of_units(text, length, units) == length);
    CHECK(sio__utf8_of_units(text, length, units + 1) == SIZE_MAX);
    bytes = sio__utf8_of_units(text, length, half);
    if (bytes != SIZE_MAX)
        CHECK(sio__utf8_units(text, bytes) == half && sio__utf8_valid(text, bytes));
    char *copy = fuzz_exact(text, length);
    size_t single = sio__utf8_undouble(copy, length);
    CHECK(single <= length && sio__utf8_valid(copy, single));
    CHECK(single < length || length == 0 || memcmp(copy, text, length) == 0);
    free(copy);
}

static void check_utf8(const uint8_t *data, size_t size) {
    size_t good = 0, units = 0, step;
    uint32_t code = 0;
    while (good < size && (step = character(data + good, size - good, &code)) > 0) {
        good += step;
        units += code >= 0x10000 ? 2 : 1;
    }
    char *text = fuzz_exact(data, size);
    sio__buf_t mended = {0};
    CHECK(sio__utf8_valid_prefix(text, size) == good);
    CHECK(sio__utf8_valid(text, size) == (good == size));
    CHECK(sio__utf8_mend(&mended, text, size) == 0);
    CHECK(sio__utf8_valid(mended.data, mended.length));
    CHECK(good == 0 || memcmp(mended.data, text, good) == 0);
    if (good == size) {
        CHECK(mended.length == size);
        check_valid(text, size, units);
    } else {
        if (sio__utf8_incomplete(text + good, size - good))
            CHECK(size - good < 4);
        if (sio__utf8_tolerate(text, size))
            CHECK(sio__utf8_valid(text, size));
    }
    sio__buf_free(&mended);
    free(text);
}

/* --- base64 ----------------------------------------------------------------------------------- */

static void check_base64(const uint8_t *data, size_t size) {
    size_t length = sio__base64_length(size);
    char *text = malloc(length + 1), *bytes = fuzz_exact(data, size);
    CHECK(text != NULL);
    sio__base64_encode(text, bytes, size);
    CHECK(sio__base64_decode(text, text, length) == size);
    CHECK(size == 0 || memcmp(text, data, size) == 0);
    /* Whatever it is: in place, and never longer. */
    CHECK(sio__base64_decode(bytes, bytes, size) <= size / 4 * 3 + 2);
    free(text);
    free(bytes);
}

/* --- strings of JavaScript -------------------------------------------------------------------- */

static void check_script(const uint8_t *data, size_t size, int slashes) {
    sio__scratch_t *scratch = sio__scratch_new();
    sio__writer_t writer;
    size_t length;
    CHECK(scratch != NULL);
    char *text = fuzz_exact(data, size);
    sio__writer_begin(&writer, scratch, 0);
    eio__script_string(&writer, text, size, slashes);
    const unsigned char *script = sio__writer_end(&writer, &length);
    CHECK(script != NULL && length >= size + 2);
    for (size_t i = 0; i < length; i++)
        CHECK(script[i] >= ' ');
    CHECK(!slashes || memmem(script, length, "</", 2) == NULL);
    char *again = fuzz_exact(script, length), *read = again;
    CHECK(eio__script_read(&read, &length) == 0);
    CHECK(length == size && (size == 0 || memcmp(read, data, size) == 0));
    free(again);

    read = text;
    length = size;
    if (eio__script_read(&read, &length) == 0)
        CHECK(length <= size - 2);
    free(text);
    sio__scratch_free(scratch);
}

static void check_form(const uint8_t *data, size_t size) {
    char *form = fuzz_exact(data, size), *plain = fuzz_exact(data, size);
    size_t length = 0, plain_length = 0;
    const char *value = eio__jsonp_body(form, size, &length);
    const char *field = eio__jsonp_field(plain, size, &plain_length);
    CHECK((value != NULL) == (field != NULL));
    if (value != NULL) {
        CHECK(value - form == field - plain && length <= plain_length);
        CHECK(value >= form + 2 && plain_length <= (size_t) (form + size - value));
    }
    free(form);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_utf8(data, size);
    check_base64(data, size);
    check_script(data, size, 0);
    check_script(data, size, 1);
    check_form(data, size);
    return 0;
}
