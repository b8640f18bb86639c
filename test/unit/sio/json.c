/* The scanner, what reads accepted text, and values made of it. */
#include "sio/json.h"
#include "codec.h"
#include "sio/build.h"
#include "sio/jsontext.h"
#include "sio/value.h"
#include <float.h>
#include <stdio.h>

typedef struct {
    const char *text;
    size_t length;
} sample_t;

#define SAMPLE(literal) {TEXT(literal)}

static const sample_t accepted[] = {
    SAMPLE("null"),
    SAMPLE("true"),
    SAMPLE("false"),
    SAMPLE("0"),
    SAMPLE("-0"),
    SAMPLE("7"),
    SAMPLE("-12"),
    SAMPLE("0.5"),
    SAMPLE("-0.0"),
    SAMPLE("1e5"),
    SAMPLE("1E+5"),
    SAMPLE("1.25e-7"),
    SAMPLE("1e400"),
    SAMPLE("-1e400"),
    SAMPLE("0e0"),
    SAMPLE("123456789012345678901234567890"),
    SAMPLE("\"\""),
    SAMPLE("\"a\""),
    SAMPLE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    SAMPLE("\"\\u0000\""),
    SAMPLE("\"\\uD800\""),
    SAMPLE("\"\\udc00\\ud800\""),
    SAMPLE("\"\\ud83d\\ude00\""),
    SAMPLE("\"\\u00eA\""),
    SAMPLE("\"\x7f\""),
    SAMPLE("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""),
    SAMPLE("\"\xe2\x80\xa8\""),
    SAMPLE("[]"),
    SAMPLE("[ ]"),
    SAMPLE("[[]]"),
    SAMPLE("[1]"),
    SAMPLE("[1,2]"),
    SAMPLE(" [ 1 , \"b\" ,\tnull\r\n] "),
    SAMPLE("[[],{},[{}]]"),
    SAMPLE("{}"),
    SAMPLE("{ }"),
    SAMPLE("{\"a\":1}"),
    SAMPLE("{\"\":0}"),
    SAMPLE("{\"a\":1,\"a\":2}"),
    SAMPLE(" { \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"d\" } "),
    SAMPLE("\t\"x\"\n"),
    SAMPLE("{\"__proto__\":[]}"),
    SAMPLE("[1.5,-2,true,false,null,\"x\",[3],{\"y\":4}]"),
};

static const sample_t refused[] = {
    SAMPLE(""), SAMPLE(" "), SAMPLE("nul"), SAMPLE("nulll"), SAMPLE("True"), SAMPLE("tru"),
    SAMPLE("fals"), SAMPLE("undefined"), SAMPLE("NaN"), SAMPLE("Infinity"), SAMPLE("-Infinity"),
    SAMPLE("+1"), SAMPLE("-"), SAMPLE("01"), SAMPLE("-01"), SAMPLE("00"), SAMPLE("1."),
    SAMPLE(".5"), SAMPLE("-.5"), SAMPLE("1.e5"), SAMPLE("1e"), SAMPLE("1e+"), SAMPLE("1e5.5"),
    SAMPLE("0x10"), SAMPLE("1 2"), SAMPLE("1,"), SAMPLE("1_0"), SAMPLE("--1"), SAMPLE("\""),
    SAMPLE("\"a"), SAMPLE("\"\\"), SAMPLE("\"\\\""), SAMPLE("\"\\x41\""), SAMPLE("\"\\a\""),
    SAMPLE("\"\\u\""), SAMPLE("\"\\u12\""), SAMPLE("\"\\u123\""), SAMPLE("\"\\u123g\""),
    SAMPLE("\"\\U0041\""), SAMPLE("\"\\u12"), SAMPLE("\"\n\""), SAMPLE("\"\t\""),
    SAMPLE("\"\x1f\""), SAMPLE("\"a\0b\""), SAMPLE("\"a\"b"), SAMPLE("'a'"), SAMPLE("["),
    SAMPLE("]"), SAMPLE("[1"), SAMPLE("[1,"), SAMPLE("[1,]"), SAMPLE("[,1]"), SAMPLE("[,]"),
    SAMPLE("[1 2]"), SAMPLE("[1]]"), SAMPLE("[1}"), SAMPLE("[[]"), SAMPLE("[\"a\":1]"),
    SAMPLE("{"), SAMPLE("}"), SAMPLE("{1:2}"), SAMPLE("{a:1}"), SAMPLE("{\"a\"}"),
    SAMPLE("{\"a\":}"), SAMPLE("{\"a\":1,}"), SAMPLE("{,}"), SAMPLE("{\"a\":1"),
    SAMPLE("{\"a\" 1}"), SAMPLE("{\"a\":1 \"b\":2}"), SAMPLE("{\"a\":1]"), SAMPLE("{\"a\":1}}"),
    SAMPLE("{\"a\":[}"), SAMPLE("{null:1}"), SAMPLE("{\"a\":1,,\"b\":2}"), SAMPLE("{\"a\"::1}"),
    SAMPLE("[1]\0"), SAMPLE("\0"), SAMPLE("\xef\xbb\xbf[]"), SAMPLE("\xc2\xa0[]"),
    SAMPLE("[\v1]"), SAMPLE("[\f1]"), SAMPLE("//x\n1"), SAMPLE("/**/1"), SAMPLE("[1]x"),
};

static int scan(const char *text, size_t length, sio__json_t *json) {
    char *block = exact(text, length);
    int rc = sio__json_scan(block, length, SIO__JSON_DEPTH, json);
    free(block);
    return rc;
}

static void accepts_what_json_parse_accepts(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        sio__json_t json;
        if (scan(accepted[i].text, accepted[i].length, &json) != 0)
            fail_msg("refused: %s", accepted[i].text);
    }
}

static void refuses_what_json_parse_refuses(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        sio__json_t json;
        if (scan(refused[i].text, refused[i].length, &json) == 0)
            fail_msg("accepted: %s", refused[i].text);
    }
}

/* Beginnings of the accepted samples, inside of an array: none is whole, none is read beyond. */
static void refuses_every_beginning(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        char text[256];
        size_t length = accepted[i].length + 2;
        sio__json_t json;
        text[0] = '[';
        memcpy(text + 1, accepted[i].text, accepted[i].length);
        text[length - 1] = ']';
        assert_int_equal(scan(text, length, &json), 0);
        for (size_t cut = 0; cut < length; cut++)
            if (scan(text, cut, &json) == 0)
                fail_msg("accepted %d bytes of %s", (int) cut, text);
    }
}

/* Each kind of byte at each place of strings of all lengths around vectors and words. */
static void sees_each_byte_of_a_string(void **state) {
    (void) state;
    for (size_t length = 0; length < 70; length++) {
        for (size_t place = 0; place < length; place++) {
            static const char bytes[] = "\"\\\x1f\x00\n \x7f\xff";
            for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
                char text[80];
                sio__json_t json;
                memset(text, 'a', sizeof(text));
                text[0] = text[length + 1] = '"';
                text[1 + place] = bytes[i];
                /* a backslash makes an escape of what is behind it: of an a, or of the last
                 * quote */
                int good = (unsigned char) bytes[i] >= 0x20 && bytes[i] != '"' && bytes[i] != '\\';
                assert_int_equal(scan(text, length + 2, &json) == 0, good);
                if (bytes[i] == '\\') {
                    text[2 + place] = 'n';
                    assert_int_equal(scan(text, length + 2, &json) == 0, place + 1 < length);
                }
            }
        }
    }
}

static void nests_to_its_limit(void **state) {
    (void) state;
    size_t length = 5 * (SIO__JSON_DEPTH + 1) * 2;
    char *text = malloc(length);
    sio__json_t json;
    assert_non_null(text);
    for (int over = 0; over < 2; over++) {
        size_t depth = (size_t) SIO__JSON_DEPTH + (size_t) over;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(scan(text, 2 * depth, &json), over ? SIO_ETOOBIG : 0);
        assert_int_equal(scan(text, depth, &json), over ? SIO_ETOOBIG : SIO_EPROTO);

        size_t at = 0;
        for (size_t i = 0; i < depth; i++, at += 5)
            memcpy(text + at, "{\"a\":", 5);
        text[at++] = '1';
        memset(text + at, '}', depth);
        assert_int_equal(scan(text, at + depth, &json) == 0, !over);
    }
    /* objects and arrays in turn: each level remembers its kind */
    memcpy(text, "[{\"a\":[{\"a\":[1]}]}]", 19);
    assert_int_equal(scan(text, 19, &json), 0);
    memcpy(text, "[{\"a\":[{\"a\":[1]}}]]", 19);
    assert_int_equal(scan(text, 19, &json), SIO_EPROTO);
    free(text);
}

static void notes_the_elements(void **state) {
    (void) state;
    static const char text[] = " [ \"a\" ,1,[2,3] , {\"b\":[]},null] ";
    static const char *const expected[] = {"\"a\"", "1", "[2,3]", "{\"b\":[]}", "null"};
    sio__json_t json;
    assert_int_equal(scan(TEXT(text), &json), 0);
    assert_int_equal(json.kind, SIO__JSON_ARRAY);
    assert_int_equal(json.count, 5);
    assert_int_equal(json.value.start, 1);
    assert_int_equal(json.value.end, sizeof(text) - 2);
    for (size_t i = 0; i < 5; i++)
        assert_text(text + json.elements[i].start, json.elements[i].end - json.elements[i].start,
                    expected[i]);

    assert_int_equal(scan(TEXT("[1,2,3,4,5,6,7,8,9,10,11,12]"), &json), 0);
    assert_int_equal(json.count, 12);
    assert_int_equal(json.elements[SIO__JSON_ELEMENTS - 1].start, 17);

    assert_int_equal(scan(TEXT("[]"), &json), 0);
    assert_int_equal(json.count, 0);
    assert_int_equal(scan(TEXT("{\"a\":[1]}"), &json), 0);
    assert_int_equal(json.kind, SIO__JSON_OBJECT);
    assert_int_equal(json.count, 0);
}

static void skips_and_walks(void **state) {
    (void) state;
    static const char text[] = "{\"a\\\"}\" : [1,\"]\",{\"x\":\"}\"}] ,\"b\":-1.5e3 , \"c\":{}}";
    sio__json_walk_t walk;
    char *block = exact(TEXT(text));
    const char *end = block + sizeof(text) - 1;
    assert_ptr_equal(sio__json_skip(block, end), end);
    sio__json_walk(&walk, block, end);
    assert_true(sio__json_next(&walk));
    assert_slice(&walk.key, "a\\\"}");
    assert_slice(&walk.value, "[1,\"]\",{\"x\":\"}\"}]");
    assert_true(sio__json_next(&walk));
    assert_slice(&walk.key, "b");
    assert_slice(&walk.value, "-1.5e3");
    assert_true(sio__json_next(&walk));
    assert_slice(&walk.value, "{}");
    assert_false(sio__json_next(&walk));
    assert_ptr_equal(walk.at, end);
    free(block);
}

static void unescapes(void **state) {
    (void) state;
    static const struct {
        const char *from;
        sample_t to;
    } samples[] = {
        {"", SAMPLE("")},
        {"plain", SAMPLE("plain")},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", SAMPLE("\"\\/\b\f\n\r\t")},
        {"a\\u0041b", SAMPLE("aAb")},
        {"\\u00e9\\u20AC", SAMPLE("\xc3\xa9\xe2\x82\xac")},
        {"\\ud83d\\ude00!", SAMPLE("\xf0\x9f\x98\x80!")},
        {"\\ud83d", SAMPLE("\xef\xbf\xbd")},
        {"\\ud83dx", SAMPLE("\xef\xbf\xbdx")},
        {"\\ude00\\ud83d", SAMPLE("\xef\xbf\xbd\xef\xbf\xbd")},
        {"\\ud83d\\u0041", SAMPLE("\xef\xbf\xbd" "A")},
        {"\\ud83d\\n", SAMPLE("\xef\xbf\xbd\n")},
        {"\\ud83d\\ud83d\\ude00", SAMPLE("\xef\xbf\xbd\xf0\x9f\x98\x80")},
        {"x\\u0000y", SAMPLE("x\0y")},
        {"\xc3\xa9\\n", SAMPLE("\xc3\xa9\n")},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        size_t length = strlen(samples[i].from);
        const sample_t *to = &samples[i].to;
        char *block = exact(samples[i].from, length);
        assert_true(sio__json_equal(block, length, to->text, to->length));
        assert_false(sio__json_equal(block, length, to->text, to->length + 1));
        assert_int_equal(sio__json_unescape(block, block, length, SIO__JSON_KEEP_NUL), to->length);
        assert_memory_equal(block, to->text, to->length);
        free(block);
    }
    char mended[8];
    assert_int_equal(sio__json_unescape(mended, TEXT("a\\u0000"), SIO__JSON_MEND_NUL), 4);
    assert_memory_equal(mended, "a\xef\xbf\xbd", 4);
    assert_false(sio__json_equal(TEXT("a\\u0062c"), "abd", 3));
    assert_false(sio__json_equal(TEXT("a\\u0062c"), "ab", 2));
    assert_false(sio__json_equal(TEXT("abc"), "abd", 3));
}

static int placeholder(const char *text, size_t *num) {
    const char *after;
    char *block = exact(text, strlen(text));
    int found = sio__json_placeholder(block, block + strlen(text), num, &after);
    if (found)
        assert_ptr_equal(after, block + strlen(text));
    free(block);
    return found;
}

static void knows_placeholders(void **state) {
    (void) state;
    size_t num = 77;
    assert_true(placeholder("{\"_placeholder\":true,\"num\":0}", &num));
    assert_int_equal(num, 0);
    assert_true(placeholder("{ \"num\" : 12 , \"x\" : null, \"_placeholder\" : true }", &num));
    assert_int_equal(num, 12);
    assert_true(placeholder("{\"\\u005fplaceholder\":true,\"n\\u0075m\":1e1}", &num));
    assert_int_equal(num, 10);
    assert_true(placeholder("{\"_placeholder\":true}", &num));
    assert_true(num == SIZE_MAX);
    assert_true(placeholder("{\"_placeholder\":true,\"num\":-1}", &num));
    assert_true(num == SIZE_MAX);
    assert_true(placeholder("{\"_placeholder\":true,\"num\":0.5}", &num));
    assert_true(num == SIZE_MAX);
    assert_true(placeholder("{\"_placeholder\":true,\"num\":\"0\"}", &num));
    assert_true(num == SIZE_MAX);
    assert_true(
        placeholder("{\"_placeholder\":false,\"num\":5,\"_placeholder\":true,\"num\":3}", &num));
    assert_int_equal(num, 3);
    num = 77;
    assert_false(placeholder("{\"_placeholder\":true,\"num\":0,\"_placeholder\":1}", &num));
    assert_false(placeholder("{\"_placeholder\":\"true\",\"num\":0}", &num));
    assert_false(placeholder("{\"num\":0}", &num));
    assert_false(placeholder("{}", &num));
    assert_false(placeholder("[1]", &num));
    assert_false(placeholder("{\"a\":{\"_placeholder\":true,\"num\":0}}", &num));
    assert_int_equal(num, 77);
}

/* Text to value to text. */
static void assert_becomes(const char *text, const char *expected) {
    sio__scratch_t *scratch = sio__scratch_new();
    sio__writer_t writer;
    size_t length;
    char *block = exact(text, strlen(text));
    json_t *value = sio__build(block, strlen(text));
    assert_non_null(value);
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__value_write(&writer, value), 0);
    const unsigned char *written = sio__writer_end(&writer, &length);
    assert_text((const char *) written, length, expected);
    json_decref(value);
    free(block);
    sio__scratch_free(scratch);
}

static void builds_values(void **state) {
    (void) state;
    assert_becomes("[1,-2,true,false,null,\"x\",[],{},[[3]],{\"a\":{\"b\":[4]}}]",
                   "[1,-2,true,false,null,\"x\",[],{},[[3]],{\"a\":{\"b\":[4]}}]");
    assert_becomes(" { \"z\" : 1 , \"a\" : [ 2 , 3 ] } ", "{\"z\":1,\"a\":[2,3]}");
    assert_becomes("{\"a\":1,\"b\":2,\"a\":[3]}", "{\"a\":[3],\"b\":2}");
    assert_becomes("{\"\\u0061\\n\":\"\\u00e9\"}", "{\"a\\n\":\"\xc3\xa9\"}");
    assert_becomes("\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f\"", "\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f\"");
    assert_becomes("[0.1,1.0,1e2,-0,1e21,5e-324]", "[0.1,1,100,0,1e+21,5e-324]");
    /* where jansson is stricter */
    assert_becomes("[9223372036854775807,9223372036854775808,-9223372036854775809]",
                   "[9223372036854775807,9223372036854776000,-9223372036854776000]");
    assert_becomes("[1e400,-1e400]", "[1.7976931348623157e+308,-1.7976931348623157e+308]");
    assert_becomes("[\"a\\u0000b\",\"\\ud800\"]", "[\"a\xef\xbf\xbd" "b\",\"\xef\xbf\xbd\"]");
    assert_becomes("{\"k\\u0000\":1}", "{\"k\xef\xbf\xbd\":1}");
}

static void kinds_of_numbers_stay(void **state) {
    (void) state;
    json_t *value = sio__build(TEXT("[1,1.0,1e2,18446744073709551616,1e400]"));
    assert_true(json_is_integer(json_array_get(value, 0)));
    assert_true(json_is_real(json_array_get(value, 1)));
    assert_true(json_is_real(json_array_get(value, 2)));
    assert_true(json_real_value(json_array_get(value, 3)) == 18446744073709551616.0);
    assert_true(json_real_value(json_array_get(value, 4)) == DBL_MAX);
    json_decref(value);
}

static void too_deep_becomes_null(void **state) {
    (void) state;
    size_t depth = SIO__VALUE_DEPTH + 100;
    char *text = malloc(2 * depth + 3);
    memset(text, '[', depth);
    memcpy(text + depth, "1", 1);
    memset(text + depth + 1, ']', depth);
    json_t *value = sio__build(text, 2 * depth + 1), *inner = value;
    assert_non_null(value);
    for (size_t i = 1; i < SIO__VALUE_DEPTH; i++)
        inner = json_array_get(inner, 0);
    assert_true(json_is_array(inner));
    assert_int_equal(json_array_size(inner), 1);
    assert_true(json_is_null(json_array_get(inner, 0)));
    json_decref(value);

    /* what follows the deep one is there still */
    memcpy(text + 2 * depth, ",2]", 3);
    value = sio__build(text, 2 * depth + 3);
    assert_int_equal(json_array_size(value), 2);
    assert_int_equal(json_integer_value(json_array_get(value, 1)), 2);
    json_decref(value);
    free(text);
}

/* What is built from outside can be deeper, and a loop has no end. */
static void writing_is_bounded(void **state) {
    (void) state;
    sio__scratch_t *scratch = sio__scratch_new();
    sio__writer_t writer;
    json_t *root = json_array(), *inner = root;
    for (int i = 1; i < SIO__VALUE_DEPTH; i++) {
        json_t *next = i % 2 ? json_object() : json_array();
        if (json_is_array(inner))
            json_array_append_new(inner, next);
        else
            json_object_set_new(inner, "k", next);
        inner = next;
    }
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__value_write(&writer, root), 0);
    sio__writer_cancel(&writer);
    if (json_is_array(inner))
        json_array_append_new(inner, json_array());
    else
        json_object_set_new(inner, "k", json_array());
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__value_write(&writer, root), SIO_EINVAL);
    sio__writer_cancel(&writer);
    json_decref(root);

    json_t *bad = json_string_nocheck("\xff");
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__value_write(&writer, bad), SIO_EUTF8);
    sio__writer_cancel(&writer);
    json_decref(bad);
    sio__scratch_free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_json_parse_accepts),
        cmocka_unit_test(refuses_what_json_parse_refuses),
        cmocka_unit_test(refuses_every_beginning),
        cmocka_unit_test(sees_each_byte_of_a_string),
        cmocka_unit_test(nests_to_its_limit),
        cmocka_unit_test(notes_the_elements),
        cmocka_unit_test(skips_and_walks),
        cmocka_unit_test(unescapes),
        cmocka_unit_test(knows_placeholders),
        cmocka_unit_test(builds_values),
        cmocka_unit_test(kinds_of_numbers_stay),
        cmocka_unit_test(too_deep_becomes_null),
        cmocka_unit_test(writing_is_bounded),
    };
    return cmocka_run_group_tests_name("sio json", tests, NULL, NULL);
}
