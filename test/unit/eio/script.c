/* Strings of JavaScript, JSONP's answers and forms, and the payloads of 0.9 [V7, L2]. */
#include "eio/script.h"
#include "eio/jsonp.h"
#include "eio/v09/framing.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) (literal), sizeof(literal) - 1

static sio__scratch_t *scratch;

static int setup(void **state) {
    (void) state;
    scratch = sio__scratch_new();
    return scratch == NULL;
}

static int teardown(void **state) {
    (void) state;
    sio__scratch_free(scratch);
    return 0;
}

static char *exact(const char *text, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

static void expect_literal(const char *text, size_t length, int slashes, const char *expected) {
    sio__writer_t writer;
    size_t size;
    sio__writer_begin(&writer, scratch, 0);
    eio__script_string(&writer, text, length, slashes);
    const unsigned char *made = sio__writer_end(&writer, &size);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(made, expected, size);
}

static void strings(void **state) {
    (void) state;
    expect_literal(BYTES(""), 0, "\"\"");
    expect_literal(BYTES("a\"b\\c/\b\t\n\f\r\x1e\0\x7f\xc3\xa9"), 0,
                  "\"a\\\"b\\\\c/\\b\\t\\n\\f\\r\\u001e\\u0000\x7f\xc3\xa9\"");
    expect_literal(BYTES("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80"), 0,
                  "\"\\u2028\\u2029\xe2\x80\xaa\xe2\x80\"");
    expect_literal(BYTES("</script><!--<script>"), 0, "\"</script><!--<script>\"");
    expect_literal(BYTES("</script><!--<script>"), 1,
                   "\"\\u003c\\/script>\\u003c!--\\u003cscript>\"");
}

static void expect_read(const char *literal, size_t length, const char *expected) {
    char *copy = exact(literal, length), *text = copy;
    assert_int_equal(eio__script_read(&text, &length), 0);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
    free(copy);
}

static void literals(void **state) {
    static const char *const bad[] = {"",      "\"",     "x",          "\"a",          "a\"",
                                      "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\"b\"",
                                      "\"\n\""};
    (void) state;
    expect_read(BYTES("\"\""), "");
    expect_read(BYTES("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "a\"\\/\b\f\n\r\t");
    expect_read(BYTES("\"\\u00e9\\u20AC\\ud83d\\ude00 \\ud83dx\\udc00\\ud83d\\u0041\""),
                "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd" "A");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t length = strlen(bad[i]);
        char *copy = exact(bad[i], length), *text = copy;
        assert_int_equal(eio__script_read(&text, &length), SIO_EPROTO);
        free(copy);
    }
}

static void expect_answer(const char *index, int separator, const char *expected) {
    sio__outq_t queue = {0};
    assert_int_equal(sio__outq_apart(&queue, (const unsigned char *) "4a\"", 3), 0);
    assert_int_equal(sio__outq_apart(&queue, (const unsigned char *) "4\\n", 3), 0);
    assert_int_equal(eio__jsonp_answer(scratch, index, &queue, separator), 0);
    assert_int_equal(queue.count, 1);
    assert_int_equal(queue.bytes, strlen(expected));
    assert_memory_equal(sio__outq_at(&queue, 0)->data, expected, queue.bytes);
    sio__outq_clear(&queue);
}

/* [V7] Only the digits of `j`, so that it cannot become a script of somebody else's. */
static void answers(void **state) {
    (void) state;
    expect_answer("5", -1, "___eio[5](\"4a\\\"4\\\\n\");");
    expect_answer("a(1)2;", 0x1e, "___eio[12](\"4a\\\"\\u001e4\\\\n\");");
    expect_answer("", -1, "___eio[](\"4a\\\"4\\\\n\");");
    expect_answer("123456789012345678901234567890123456789012345678901234567890", -1,
                  "___eio[12345678901234567890123](\"4a\\\"4\\\\n\");");
}

static void expect_body(const char *form, const char *expected) {
    size_t length = strlen(form);
    char *copy = exact(form, length);
    const char *text = eio__jsonp_body(copy, length, &length);
    if (expected == NULL) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_int_equal(length, strlen(expected));
        assert_memory_equal(text, expected, length);
    }
    free(copy);
}

/* [V7] `\n` is a line end, `\\n` stays as it was before the client put a backslash in front. */
static void forms(void **state) {
    (void) state;
    expect_body("d=10%3A42%5B%22hi%22%2C1%5D", "10:42[\"hi\",1]");
    expect_body("x=1&d=a+b%26&d=c", "a b&");
    expect_body("d=", "");
    expect_body("", NULL);
    expect_body("x=1&dd=2&=d", NULL);
    expect_body("d=a%5Cnb", "a\nb");
    expect_body("d=a%5C%5Cnb", "a\\nb");
    expect_body("d=a%5C%5C%5Cnb%5Cxn", "a\\\\nb\\xn");
}

/* --- 0.9 ------------------------------------------------------------------------------------- */

static void framing(void **state) {
    eio__v09_payload_t payload;
    char *message;
    size_t length;
    char two[] = "\xef\xbf\xbd" "9\xef\xbf\xbd" "3:::plain\xef\xbf\xbd" "7\xef\xbf\xbd" "3:::\xf0\x9f\x98\x80!";
    char one[] = "5:::{}", nothing[] = "";
    (void) state;
    eio__v09_payload_begin(&payload, two, sizeof(two) - 1);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 1);
    assert_int_equal(length, 9);
    assert_memory_equal(message, "3:::plain", 9);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 1);
    assert_int_equal(length, 9);
    assert_memory_equal(message, "3:::\xf0\x9f\x98\x80!", 9);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 0);
    eio__v09_payload_begin(&payload, one, sizeof(one) - 1);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 1);
    assert_int_equal(length, 6);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 0);
    eio__v09_payload_begin(&payload, nothing, 0);
    assert_int_equal(eio__v09_payload_next(&payload, &message, &length), 0);
}

static void bad_framing(void **state) {
    static const char *const payloads[] = {
        "\xef\xbf\xbd", "\xef\xbf\xbd" "3", "\xef\xbf\xbd" "3\xef\xbf\xbd" "ab", "\xef\xbf\xbd\xef\xbf\xbd" "a",
        "\xef\xbf\xbd" "1x\xef\xbf\xbd" "a", "\xef\xbf\xbd" "99999999999999999999999\xef\xbf\xbd" "a",
        "\xef\xbf\xbd" "1\xef\xbf\xbd" "ab", "\xef\xbf\xbd" "1\xef\xbf\xbd\xf0\x9f\x98\x80",
    };
    (void) state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        size_t length = strlen(payloads[i]), size;
        char *copy = exact(payloads[i], length), *message;
        eio__v09_payload_t payload;
        int rc;
        eio__v09_payload_begin(&payload, copy, length);
        while ((rc = eio__v09_payload_next(&payload, &message, &size)) > 0)
            continue;
        assert_int_equal(rc, SIO_EPROTO);
        free(copy);
    }
}

static void framed(void **state) {
    static const char expected[] = "\xef\xbf\xbd" "11\xef\xbf\xbd" "4:::{\"j\":1}";
    sio__writer_t writer;
    size_t length;
    (void) state;
    sio__writer_begin(&writer, scratch, 0);
    eio__v09_payload_put(&writer, BYTES("4:::{\"j\":1}"));
    const unsigned char *made = sio__writer_end(&writer, &length);
    assert_int_equal(length, sizeof(expected) - 1);
    assert_memory_equal(made, expected, length);
    made = eio__v09_payload_message(made, length, &length);
    assert_int_equal(length, 11);
    assert_memory_equal(made, "4:::{\"j\":1}", 11);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings), cmocka_unit_test(literals),    cmocka_unit_test(answers),
        cmocka_unit_test(forms),   cmocka_unit_test(framing),     cmocka_unit_test(bad_framing),
        cmocka_unit_test(framed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
