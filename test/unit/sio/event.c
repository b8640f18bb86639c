/* Events: slicing, names, unpacking letter by letter, values, binaries, references. */
#include "codec.h"
#include <float.h>
#include <limits.h>
#include <stdio.h>

static const sio__binary_t binaries[] = {
    {(const unsigned char *) "\x01\x02\x03", 3}, {(const unsigned char *) "", 0}};

#define BINARY_0 "{\"_placeholder\":true,\"num\":0}"
#define BINARY_1 "{\"num\":1,\"_placeholder\":true}"

static void takes_the_name(void **state) {
    (void) state;
    static const struct {
        const char *text, *name;
    } samples[] = {
        {"2[\"chat\",1]", "chat"},
        {"2[\"\"]", ""},
        {"2[ \"a\\u0062\\n\\\"\" ,1]", "ab\n\""},
        {"2[\"\\ud83d\\ude00\"]", "\xf0\x9f\x98\x80"},
        {"2[\"a\\u0000b\"]", "a\xef\xbf\xbd" "b"},
        {"2[\"\\ud800\"]", "\xef\xbf\xbd"},
        {"2[5]", "5"},
        {"2[1.50e1,2]", "15"},
        {"2[-0]", "0"},
        {"2[1e21]", "1e+21"},
        {"30[\"yes\"]", ""},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        received_t received;
        receive(&received, samples[i].text);
        assert_string_equal(sio_event_name(&received.event), samples[i].name);
        forget(&received);
    }
}

static void slices_the_arguments(void **state) {
    (void) state;
    received_t received;
    size_t length = 77;
    receive(&received, "2/a,7[\"e\", 1 ,\"x\\n\",[2,{}] ]");
    assert_int_equal(sio_event_count(&received.event), 3);
    const char *raw = sio_event_raw(&received.event, 0, &length);
    assert_text(raw, length, "1");
    raw = sio_event_raw(&received.event, 1, &length);
    assert_text(raw, length, "\"x\\n\"");
    raw = sio_event_raw(&received.event, 2, &length);
    assert_text(raw, length, "[2,{}]");
    assert_null(sio_event_raw(&received.event, 3, &length));
    assert_int_equal(length, 6);
    assert_int_equal(received.event.ack_id, 7);
    assert_true(sio_event_wants_ack(&received.event));
    received.event.acked = 1;
    assert_false(sio_event_wants_ack(&received.event));
    assert_null(sio_event_socket(&received.event));
    forget(&received);

    receive(&received, "33[\"a\",2]");
    assert_int_equal(sio_event_count(&received.event), 2);
    assert_false(sio_event_wants_ack(&received.event));
    forget(&received);

    receive(&received, "2[\"e\"]");
    assert_int_equal(sio_event_count(&received.event), 0);
    assert_false(sio_event_wants_ack(&received.event));
    forget(&received);
}

/* Around the numbers of arguments that are noted on decoding and kept inside. */
static void takes_any_number_of_arguments(void **state) {
    (void) state;
    for (int named = 0; named < 2; named++) {
        for (int count = 0; count < 40; count++) {
            char text[400];
            received_t received;
            int at = sprintf(text, named ? "2[\"e\"" : "30[");
            for (int i = 0; i < count; i++)
                at += sprintf(text + at, named || i > 0 ? ", %d" : " %d", i * 7);
            strcpy(text + at, "]");
            receive(&received, text);
            assert_int_equal(sio_event_count(&received.event), count);
            for (int i = 0; i < count; i++) {
                char expected[16];
                size_t length = 0;
                const char *raw = sio_event_raw(&received.event, (size_t) i, &length);
                sprintf(expected, "%d", i * 7);
                assert_text(raw, length, expected);
                assert_int_equal(json_integer_value(sio_event_arg(&received.event, (size_t) i)),
                                 i * 7);
            }
            sio_event_t *kept = sio_event_ref(&received.event);
            assert_non_null(kept);
            forget(&received);
            assert_int_equal(sio_event_count(kept), count);
            for (int i = 0; i < count; i++)
                assert_int_equal(json_integer_value(sio_event_arg(kept, (size_t) i)), i * 7);
            sio_event_unref(kept);
        }
    }
}

static void unpacks_each_letter(void **state) {
    (void) state;
    received_t received;
    receive_binary(&received,
                   "52-[\"e\",\"te\\u0078t\",\"a\\u0000b\",true,-12,9007199254740993,2.5,3,null,{"
                   "\"k\":[1]}," BINARY_0 ",\"raw\\n\"]",
                   binaries, 2);
    sio_event_t *event = &received.event;
    const char *s, *sized, *raw;
    size_t sized_length, raw_length, binary_length;
    int b, i;
    json_int_t large;
    double f, F;
    json_t *o;
    const void *binary;
    assert_int_equal(sio_event_unpack(event, "s s% b i I f F n o B r", &s, &sized, &sized_length,
                                      &b, &i, &large, &f, &F, &o, &binary, &binary_length, &raw,
                                      &raw_length),
                     0);
    assert_string_equal(s, "text");
    assert_int_equal(sized_length, 3);
    assert_memory_equal(sized, "a\0b", 4);
    assert_int_equal(b, 1);
    assert_int_equal(i, -12);
    assert_true(large == INT64_C(9007199254740993));
    assert_true(f == 2.5 && F == 3);
    assert_ptr_equal(o, sio_event_arg(event, 8));
    assert_int_equal(binary_length, 3);
    assert_memory_equal(binary, "\x01\x02\x03", 3);
    assert_text(raw, raw_length, "\"raw\\n\"");

    json_t *mine;
    assert_int_equal(sio_event_unpack(event, "rrrrrrrrO", &raw, &raw_length, &raw, &raw_length,
                                      &raw, &raw_length, &raw, &raw_length, &raw, &raw_length, &raw,
                                      &raw_length, &raw, &raw_length, &raw, &raw_length, &mine),
                     0);
    forget(&received);
    assert_int_equal(json_array_size(json_object_get(mine, "k")), 1); /* ours, the event is gone */
    assert_int_equal(mine->refcount, 1);
    json_decref(mine);
}

static void unpacks_inside(void **state) {
    (void) state;
    received_t received;
    receive_binary(&received,
                   "52-[\"e\",{\"na\\u006de\":\"x\",\"deep\":{\"list\":[1,[\"two\"]," BINARY_1
                   "],\"n\":null},"
                   "\"name2\":7,\"twice\":1,\"twice\":2}]",
                   binaries, 2);
    sio_event_t *event = &received.event;
    const char *name = NULL, *two = NULL, *none = "untouched";
    int one = 0, twice = 0, missing = 5;
    const void *binary = NULL;
    size_t length = 9;
    json_t *list = NULL, *owned = NULL;
    assert_int_equal(
        sio_event_unpack(event, "{s:s, s?:i, s:{s:[i,[s],B], s:s?, s?:{s:i,s:[i]}}, s:i}", "name",
                         &name, "absent", &missing, "deep", "list", &one, &two, &binary, &length,
                         "n", &none, "nothing", "x", &missing, "y", &missing, "twice", &twice),
        0);
    assert_string_equal(name, "x");
    assert_string_equal(two, "two");
    assert_string_equal(none, "untouched");
    assert_int_equal(one, 1);
    assert_int_equal(missing, 5);
    assert_int_equal(twice, 2);
    assert_non_null(binary);
    assert_int_equal(length, 0);

    assert_int_equal(
        sio_event_unpack(event, "{s:{s:o},s:{s:O}}", "deep", "list", &list, "deep", "list", &owned),
        0);
    assert_int_equal(json_array_size(list), 3);
    assert_int_equal(owned->refcount, 2);
    forget(&received);
    assert_int_equal(owned->refcount, 1);
    json_decref(owned);
}

static void numbers_in_any_spelling(void **state) {
    (void) state;
    received_t received;
    int a = 0, b = 0, c = 0;
    json_int_t d = 0;
    double e = 0, f = 0;
    receive(&received, "2[\"e\",1.0,1e2,-2147483648,-9223372036854775808,1e400,-0.0]");
    assert_int_equal(sio_event_unpack(&received.event, "iiiIff", &a, &b, &c, &d, &e, &f), 0);
    assert_int_equal(a, 1);
    assert_int_equal(b, 100);
    assert_int_equal(c, INT_MIN);
    assert_true(d == INT64_MIN);
    assert_true(e == DBL_MAX);
    assert_true(f == 0);
    forget(&received);
}

/* Every failure leaves everything as it was, what was found before it too. */
static void leaves_outputs_untouched(void **state) {
    (void) state;
    static const struct {
        const char *args, *format;
        int rc;
    } samples[] = {
        {"5", "s", SIO_ETYPE},
        {"null", "s", SIO_ETYPE},
        {"\"a\\u0000\"", "s", SIO_ETYPE},
        {"\"1\"", "i", SIO_ETYPE},
        {"true", "i", SIO_ETYPE},
        {"1.5", "i", SIO_ETYPE},
        {"1e-1", "i", SIO_ETYPE},
        {"2147483648", "i", SIO_ERANGE},
        {"-2147483649", "i", SIO_ERANGE},
        {"1e400", "i", SIO_ERANGE},
        {"1", "b", SIO_ETYPE},
        {"\"x\"", "n", SIO_ETYPE},
        {"", "s", SIO_ENOENT},
        {"", "i", SIO_ENOENT},
        {"", "n", SIO_ENOENT},
        {"", "[i]", SIO_ENOENT},
        {"1", "[i]", SIO_ETYPE},
        {"{}", "[i]", SIO_ETYPE},
        {"[1]", "{}", SIO_ETYPE},
        {"[]", "[i]", SIO_ENOENT},
        {"[1,2]", "[i!]", SIO_ETYPE},
        {"1,2", "i!", SIO_ETYPE},
        {"1", "x", SIO_EFORMAT},
        {"1", "#", SIO_EFORMAT},
        {"[1]", "[i", SIO_EFORMAT},
        {"[1]", "[i}", SIO_EFORMAT},
        {"[1]", "[i!i]", SIO_EFORMAT},
        {"1", "i]", SIO_EFORMAT},
        {"1", "i!i", SIO_EFORMAT},
        {"{}", "{", SIO_EFORMAT},
        {"{}", "{i:i}", SIO_EFORMAT},
        {"{}", "{]", SIO_EFORMAT},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        char text[100], format[32];
        received_t received;
        const char *first = "untouched";
        union {
            int number;
            const char *text;
        } value[2] = {{.text = "untouched"}, {.text = "untouched"}};
        const char *kept = value[0].text;
        sprintf(text, *samples[i].args ? "2[\"e\",\"first\",%s]" : "2[\"e\",\"first\"%s]",
                samples[i].args);
        sprintf(format, "s%s", samples[i].format);
        receive(&received, text);
        int rc = sio_event_unpack(&received.event, format, &first, &value[0], &value[1], &value[1]);
        if (rc != samples[i].rc)
            fail_msg("%s with %s: %d", samples[i].args, samples[i].format, rc);
        assert_string_equal(first, "untouched");
        assert_ptr_equal(value[0].text, kept);
        forget(&received);
    }
}

static void misses_members(void **state) {
    (void) state;
    received_t received;
    int a = 1, b = 2;
    receive(&received, "2[\"e\",{\"a\":5,\"c\":null}]");
    sio_event_t *event = &received.event;
    assert_int_equal(sio_event_unpack(event, "{s:i,s:i}", "a", &a, "b", &b), SIO_ENOENT);
    assert_int_equal(sio_event_unpack(event, "{s:i,s?:i}", "a", &a, "c", &b), SIO_ETYPE);
    assert_int_equal(sio_event_unpack(event, "{s:i!}", "a", &a), SIO_ETYPE);
    assert_int_equal(a, 1);
    assert_int_equal(sio_event_unpack(event, "{s:i*}", "a", &a), 0);
    assert_int_equal(a, 5);
    assert_int_equal(sio_event_unpack(event, "{s:i,s:n!}", "a", &a, "c"), 0);
    assert_int_equal(sio_event_unpack(event, "{s:i,s:i?!}", "a", &a, "c", &b), 0);
    assert_int_equal(sio_event_unpack(event, "{s:i}", (const char *) NULL, &a), SIO_EINVAL);
    assert_int_equal(b, 2);
    assert_int_equal(sio_event_unpack(event, "{s:", "a"), SIO_EFORMAT);
    forget(&received);
}

static void null_may_be_accepted(void **state) {
    (void) state;
    received_t received;
    const char *s = "s", *sized = "t", *r = "r";
    size_t length = 1, raw_length = 2, binary_length = 3;
    int b = 4, i = 5;
    double f = 6;
    json_t *o = NULL;
    const void *binary = "b";
    receive(&received, "2[\"e\",null,null,null,null,null,null]");
    assert_int_equal(
        sio_event_unpack(&received.event, "s?s%?b?i?f?o?", &s, &sized, &length, &b, &i, &f, &o), 0);
    assert_int_equal(sio_event_unpack(&received.event, "s?%B?r?n?n", &sized, &length, &binary,
                                      &binary_length, &r, &raw_length), 0);
    forget(&received);
    receive(&received, "2[\"e\"]");
    assert_int_equal(sio_event_unpack(&received.event, "s?i?B?n?", &s, &i, &binary, &binary_length),
                     0);
    assert_int_equal(sio_event_unpack(&received.event, "", &s), 0);
    assert_int_equal(sio_event_unpack(&received.event, "!"), 0);
    forget(&received);
    assert_string_equal(s, "s");
    assert_string_equal(sized, "t");
    assert_string_equal(r, "r");
    assert_string_equal((const char *) binary, "b");
    assert_null(o);
    assert_true(length == 1 && raw_length == 2 && binary_length == 3 && b == 4 && i == 5 && f == 6);

    receive(&received, "2[\"e\",null,\"x\",1]");
    assert_int_equal(sio_event_unpack(&received.event, "o?", &o), 0);
    assert_null(o);
    assert_int_equal(sio_event_unpack(&received.event, "o", &o), 0);
    assert_true(json_is_null(o));
    assert_int_equal(sio_event_unpack(&received.event, "s?s?i?", &s, &sized, &i), 0);
    assert_string_equal(sized, "x");
    assert_int_equal(i, 1);
    assert_int_equal(sio_event_unpack(&received.event, "nn"), SIO_ETYPE);
    assert_int_equal(sio_event_unpack(NULL, "s", &s), SIO_EINVAL);
    assert_int_equal(sio_event_unpack(&received.event, NULL), SIO_EINVAL);
    forget(&received);
}

/* More outputs than are noted in place, texts larger than the event's room and than a block of
 * the scratch. */
static void long_formats_and_long_texts(void **state) {
    (void) state;
    enum { COUNT = 12, LENGTH = 100000 };
    char *text = malloc(COUNT * (LENGTH + 3) + 10);
    const char *out[COUNT] = {NULL};
    size_t lengths[COUNT] = {0};
    received_t received;
    size_t at = (size_t) sprintf(text, "2[\"e\"");
    for (int i = 0; i < COUNT; i++) {
        at += (size_t) sprintf(text + at, ",\"");
        memset(text + at, 'a' + i, LENGTH);
        at += LENGTH;
        text[at++] = '"';
    }
    strcpy(text + at, "]");
    receive(&received, text);
    assert_int_equal(sio_event_unpack(&received.event, "s%s%s%s%s%s%s%s%s%s%s%s%", &out[0],
                                      &lengths[0], &out[1], &lengths[1], &out[2], &lengths[2],
                                      &out[3], &lengths[3], &out[4], &lengths[4], &out[5],
                                      &lengths[5], &out[6], &lengths[6], &out[7], &lengths[7],
                                      &out[8], &lengths[8], &out[9], &lengths[9], &out[10],
                                      &lengths[10], &out[11], &lengths[11]),
                     0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(lengths[i], LENGTH);
        assert_int_equal(strlen(out[i]), LENGTH);
        assert_int_equal(out[i][0], 'a' + i);
        assert_int_equal(out[i][LENGTH - 1], 'a' + i);
    }
    forget(&received);
    free(text);
}

static void deep_formats_are_bounded(void **state) {
    (void) state;
    char text[500] = "2[\"e\",", format[500] = "";
    received_t received;
    int value = 0;
    for (int depth = 60; depth < 70; depth++) {
        memset(text + 6, '[', (size_t) depth);
        memset(format, '[', (size_t) depth);
        text[6 + depth] = '1';
        format[depth] = 'i';
        memset(text + 7 + depth, ']', (size_t) depth + 1);
        memset(format + depth + 1, ']', (size_t) depth);
        text[8 + 2 * depth] = format[2 * depth + 1] = '\0';
        receive(&received, text);
        assert_int_equal(sio_event_unpack(&received.event, format, &value),
                         depth <= 64 ? 0 : SIO_EFORMAT);
        forget(&received);
    }
    assert_int_equal(value, 1);
}

static void answers_about_binaries(void **state) {
    (void) state;
    received_t received;
    size_t length = 77;
    receive_binary(&received, "52-[\"e\"," BINARY_1 "," BINARY_0 ",{\"x\":" BINARY_0 "},5]",
                   binaries, 2);
    sio_event_t *event = &received.event;
    assert_int_equal(sio_event_attachments(event), 2);
    assert_non_null(sio_event_binary(event, 0, &length));
    assert_int_equal(length, 0);
    assert_memory_equal(sio_event_binary(event, 1, &length), "\x01\x02\x03", 3);
    assert_int_equal(length, 3);
    assert_null(sio_event_binary(event, 2, &length));
    assert_null(sio_event_binary(event, 3, &length));
    assert_null(sio_event_binary(event, 4, &length));
    assert_ptr_equal(sio_event_attachment(event, 0, &length), binaries[0].data);
    assert_null(sio_event_attachment(event, 2, &length));
    assert_int_equal(json_integer_value(json_object_get(sio_event_arg(event, 0), "num")), 1);
    const void *binary;
    assert_int_equal(sio_event_unpack(event, "BB{s:B}B", &binary, &length, &binary, &length, "x",
                                      &binary, &length, &binary, &length),
                     SIO_ETYPE);
    forget(&received);

    /* an event without attachments has no placeholders, only objects that look so */
    receive(&received, "2[\"e\"," BINARY_0 "]");
    assert_null(sio_event_binary(&received.event, 0, &length));
    assert_int_equal(sio_event_unpack(&received.event, "B", &binary, &length), SIO_ETYPE);
    assert_int_equal(sio_event_attachments(&received.event), 0);
    forget(&received);
}

static void references_outlive_the_buffer(void **state) {
    (void) state;
    received_t received;
    const char *s = NULL;
    size_t length = 0;
    json_t *o = NULL;
    sio__binary_t bytes[2] = {{(unsigned char *) exact("\x01\x02\x03", 3), 3}, {NULL, 0}};
    receive_binary(&received,
                   "52-9[\"na\\u006de\",\"te\\u0078t\",{\"a\":[1]}," BINARY_0 "," BINARY_1 "]",
                   bytes, 2);
    json_t *before = sio_event_arg(&received.event, 1);
    sio_event_t *kept = sio_event_ref(&received.event);
    assert_non_null(kept);
    assert_ptr_not_equal(kept, &received.event);
    assert_ptr_equal(sio_event_ref(&received.event), kept);
    assert_ptr_equal(sio_event_ref(kept), kept);
    assert_ptr_equal(sio_event_arg(&received.event, 1), before); /* until the handler returns */
    assert_true(sio_event_wants_ack(&received.event));
    sio__event_self(&received.event)->acked = 1; /* what is acked, is for both */
    assert_false(sio_event_wants_ack(&received.event));
    assert_false(sio_event_wants_ack(kept));
    sio_event_unref(kept);
    sio_event_unref(&received.event); /* the same as of the copy */
    memset((void *) (uintptr_t) bytes[0].data, 'x', 3);
    forget(&received);
    free((void *) (uintptr_t) bytes[0].data);

    assert_string_equal(sio_event_name(kept), "name");
    assert_int_equal(sio_event_unpack(kept, "so", &s, &o), 0);
    assert_string_equal(s, "text");
    assert_int_equal(json_array_size(json_object_get(o, "a")), 1);
    assert_int_equal(sio_event_unpack(kept, "s{s:o}", &s, "a", &o), 0);
    assert_int_equal(json_array_size(o), 1);
    assert_memory_equal(sio_event_binary(kept, 2, &length), "\x01\x02\x03", 3);
    assert_non_null(sio_event_binary(kept, 3, &length));
    assert_int_equal(length, 0);
    sio_event_unref(kept);
    sio_event_unref(NULL);
    assert_null(sio_event_ref(NULL));
}

static void values_are_built_once(void **state) {
    (void) state;
    received_t received;
    receive(&received, "2[\"e\",{\"a\":1},\"x\"]");
    json_t *value = sio_event_arg(&received.event, 0);
    assert_non_null(value);
    assert_ptr_equal(sio_event_arg(&received.event, 0), value);
    assert_string_equal(json_string_value(sio_event_arg(&received.event, 1)), "x");
    assert_null(sio_event_arg(&received.event, 2));
    forget(&received);
}

static size_t allocations_left;

static void *scarce_malloc(size_t size) {
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

/* jansson without memory, from its first allocation on, from its second, … */
static void runs_out_of_memory(void **state) {
    (void) state;
    int failures = 0, rc = SIO_ENOMEM;
    for (size_t allowed = 0; rc == SIO_ENOMEM; allowed++) {
        received_t received;
        const char *s = "untouched";
        json_t *o = NULL, *owned = NULL;
        receive(&received, "2[\"e\",\"text\",{\"a\":[1,{\"\\u0062\":2.5}],\"c\":\"\\n\"}]");
        allocations_left = allowed;
        json_set_alloc_funcs(scarce_malloc, free);
        rc = sio_event_unpack(&received.event, "s{s:o,s:O}", &s, "a", &o, "c", &owned);
        if (rc == 0) {
            assert_string_equal(s, "text");
            assert_int_equal(json_array_size(o), 2);
            json_decref(owned);
        } else {
            assert_string_equal(s, "untouched");
            assert_null(o);
            assert_null(owned);
            failures++;
        }
        json_t *value = sio_event_arg(&received.event, 1);
        assert_true(value == NULL || json_object_size(value) == 2);
        json_set_alloc_funcs(malloc, free);
        assert_non_null(sio_event_arg(&received.event, 1)); /* not given up for good */
        forget(&received);
    }
    assert_int_equal(rc, 0);
    assert_true(failures > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_name),
        cmocka_unit_test(slices_the_arguments),
        cmocka_unit_test(takes_any_number_of_arguments),
        cmocka_unit_test(unpacks_each_letter),
        cmocka_unit_test(unpacks_inside),
        cmocka_unit_test(numbers_in_any_spelling),
        cmocka_unit_test(leaves_outputs_untouched),
        cmocka_unit_test(misses_members),
        cmocka_unit_test(null_may_be_accepted),
        cmocka_unit_test(long_formats_and_long_texts),
        cmocka_unit_test(deep_formats_are_bounded),
        cmocka_unit_test(answers_about_binaries),
        cmocka_unit_test(references_outlive_the_buffer),
        cmocka_unit_test(values_are_built_once),
        cmocka_unit_test(runs_out_of_memory),
    };
    return cmocka_run_group_tests_name("sio event", tests, NULL, NULL);
}
