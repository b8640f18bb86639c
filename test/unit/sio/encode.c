/* Outgoing packets: WIRE's bytes, each letter, each error, references stolen, binaries, what is
 * forwarded. */
#include "sio/encode.h"
#include "codec.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

static sio__scratch_t *scratch;
static sio__outlet_t output;
static sio__encoded_t out;

static int setup(void **state) {
    (void) state;
    scratch = sio__scratch_new();
    output.scratch = scratch;
    return scratch == NULL;
}

static int teardown(void **state) {
    (void) state;
    sio__scratch_free(scratch);
    return 0;
}

static int event_to(const char *nsp, int64_t id, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    sio__args_t args = {.kind = SIO__ARGS_FORMAT, .format = format, .list = &list};
    int rc = sio__encode_event(&out, &output, nsp, id, event, &args);
    va_end(list);
    return rc;
}

#define EVENT(...) event_to("/", -1, "e", __VA_ARGS__, (const char *) 0)

static int ack_to(const char *nsp, int64_t id, const char *format, ...) {
    va_list list;
    va_start(list, format);
    sio__args_t args = {.kind = SIO__ARGS_FORMAT, .format = format, .list = &list};
    int rc = sio__encode_ack(&out, &output, nsp, id, &args);
    va_end(list);
    return rc;
}

/* The text of the packet, with the engine's 4 before it. */
static void assert_packet(const char *expected) {
    assert_text((const char *) out.messages[0].frame.payload, out.messages[0].frame.payload_length,
                expected);
    assert_int_equal(out.messages[0].frame.data[0], 0x81);
    assert_text((const char *) out.messages[0].polling, out.messages[0].polling_length, expected);
}

static void assert_binary(size_t index, const char *bytes, size_t length) {
    assert_true(index + 1 < out.count);
    const sio__frame_t *frame = &out.messages[index + 1].frame;
    assert_int_equal(frame->data[0], 0x82);
    assert_int_equal(frame->payload_length, length);
    assert_memory_equal(frame->payload, bytes, length);
}

static void writes_wires_examples(void **state) {
    (void) state;
    json_t *data = json_pack("{s:i}", "code", 7);
    assert_int_equal(sio__encode_connect(&out, &output, "/", "rtz", NULL), 0);
    assert_packet("40{\"sid\":\"rtz\"}");
    assert_int_equal(sio__encode_connect(&out, &output, "/nsp", "rtz", NULL), 0);
    assert_packet("40/nsp,{\"sid\":\"rtz\"}");
    assert_int_equal(sio__encode_connect_error(&out, &output, "/deny,", 5, "nope", data), 0);
    assert_packet("44/deny,{\"message\":\"nope\",\"data\":{\"code\":7}}");
    assert_int_equal(
        sio__encode_connect_error(&out, &output, "/nope", 5, "Invalid namespace", NULL), 0);
    assert_packet("44/nope,{\"message\":\"Invalid namespace\"}");
    assert_int_equal(sio__encode_connect_error(&out, &output, "/", 1, "\"\n", NULL), 0);
    assert_packet("44{\"message\":\"\\\"\\n\"}");
    assert_int_equal(sio__encode_connect_error(&out, &output, "/", 1, NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio__encode_connect_error(&out, &output, "/", 1, "\xff", data), SIO_EUTF8);
    assert_int_equal(sio__encode_disconnect(&out, &output, "/"), 0);
    assert_packet("41");
    assert_int_equal(sio__encode_disconnect(&out, &output, "/nsp"), 0);
    assert_packet("41/nsp,");
    assert_int_equal(event_to("/", -1, "hi", "i", 1), 0);
    assert_packet("42[\"hi\",1]");
    assert_int_equal(out.count, 1);
    assert_ptr_equal(out.messages, &out.first);
    assert_int_equal(event_to("/nsp", 12, "q", "i", 1), 0);
    assert_packet("42/nsp,12[\"q\",1]");
    assert_int_equal(event_to("/", 0, "q", NULL), 0);
    assert_packet("420[\"q\"]");
    assert_int_equal(ack_to("/", 0, "s", "yes"), 0);
    assert_packet("430[\"yes\"]");
    assert_int_equal(ack_to("/nsp", 5, NULL), 0);
    assert_packet("43/nsp,5[]");
    assert_int_equal(event_to("/", 5, "bin", "B", "\x01\x02\x03", (size_t) 3), 0);
    assert_packet("451-5[\"bin\",{\"_placeholder\":true,\"num\":0}]");
    assert_int_equal(out.count, 2);
    assert_binary(0, "\x01\x02\x03", 3);
    assert_int_equal(ack_to("/a", 5, "B", "\x01\x02\x03", (size_t) 3), 0);
    assert_packet("461-/a,5[{\"_placeholder\":true,\"num\":0}]");
    json_decref(data);
}

static void writes_each_letter(void **state) {
    (void) state;
    json_t *borrowed = json_pack("[i,f,s]", 1, 2.5, "x");
    assert_int_equal(EVENT("s", "te\"xt"), 0);
    assert_packet("42[\"e\",\"te\\\"xt\"]");
    assert_int_equal(EVENT("s#s%", "abc", 2, "de\0f", (size_t) 4), 0);
    assert_packet("42[\"e\",\"ab\",\"de\\u0000f\"]");
    assert_int_equal(EVENT("s+s#+s%+", "a", "b", "cx", 1, "d", "e", (size_t) 1, "f"), 0);
    assert_packet("42[\"e\",\"ab\",\"cd\",\"ef\"]");
    assert_int_equal(EVENT("s+#+%", "\xe2", "\x82\xac!", 1, "\xac", (size_t) 1), 0);
    assert_packet("42[\"e\",\"\xe2\x82\xac\"]"); /* a character in pieces */
    assert_int_equal(EVENT("s?s?s*", "a", NULL, "b"), 0);
    assert_packet("42[\"e\",\"a\",null,\"b\"]");
    assert_int_equal(EVENT("n b b", 1, 0), 0);
    assert_packet("42[\"e\",null,true,false]");
    assert_int_equal(EVENT("iii", 0, INT_MIN, INT_MAX), 0);
    assert_packet("42[\"e\",0,-2147483648,2147483647]");
    assert_int_equal(EVENT("II", (json_int_t) INT64_MIN, (json_int_t) INT64_MAX), 0);
    assert_packet("42[\"e\",-9223372036854775808,9223372036854775807]");
    assert_int_equal(EVENT("ffffff", 5.0, -0.0, 0.1, 1e21, (double) NAN, (double) INFINITY), 0);
    assert_packet("42[\"e\",5,0,0.1,1e+21,null,null]");
    assert_int_equal(EVENT("OO?O?", borrowed, borrowed, NULL), 0);
    assert_packet("42[\"e\",[1,2.5,\"x\"],[1,2.5,\"x\"],null]");
    assert_int_equal(EVENT("oo?", json_true(), NULL), 0);
    assert_packet("42[\"e\",true,null]");
    assert_int_equal(EVENT("r", "{\"raw\" : 1}", (size_t) 11), 0);
    assert_packet("42[\"e\",{\"raw\" : 1}]");
    assert_int_equal(EVENT("{}[]"), 0);
    assert_packet("42[\"e\",{},[]]");
    assert_int_equal(EVENT("{s:i, s:[i,{s:n}], s:s}", "a", 1, "b", 2, "c", "d", "x"), 0);
    assert_packet("42[\"e\",{\"a\":1,\"b\":[2,{\"c\":null}],\"d\":\"x\"}]");
    assert_int_equal(EVENT("{s#:i s+:i}", "key", 1, 1, "l", "m", 2), 0);
    assert_packet("42[\"e\",{\"k\":1,\"lm\":2}]");
    assert_int_equal(EVENT(""), 0);
    assert_packet("42[\"e\"]");
    assert_int_equal(borrowed->refcount, 1);
    json_decref(borrowed);
}

static void leaves_nothing_out_but_what_it_should(void **state) {
    (void) state;
    assert_int_equal(
        EVENT("{s:s*,s:i,s:o*,s:O*,s:s?}", "a", NULL, "b", 1, "c", NULL, "d", NULL, "e", NULL), 0);
    assert_packet("42[\"e\",{\"b\":1,\"e\":null}]");
    assert_int_equal(EVENT("{s:s*,s:s*}", "a", NULL, "b", NULL), 0);
    assert_packet("42[\"e\",{}]");
    assert_int_equal(EVENT("[s*,i,s*,i]", NULL, 1, NULL, 2), 0);
    assert_packet("42[\"e\",[1,2]]");
    assert_int_equal(EVENT("s*i", NULL, 2), 0);
    assert_packet("42[\"e\",2]");
    assert_int_equal(ack_to("/", 1, "s*i", NULL, 2), 0);
    assert_packet("431[2]");
}

static void escapes_text(void **state) {
    (void) state;
    assert_int_equal(EVENT("s#", "\"\\/\b\f\n\r\t\x01\x1f\x7f\0", 12), 0);
    assert_packet("42[\"e\",\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000\"]");
    assert_int_equal(EVENT("s", "\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"), 0);
    assert_packet("42[\"e\",\"\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80\"]");
    assert_int_equal(event_to("/", -1, "na\"me\n", NULL), 0);
    assert_packet("42[\"na\\\"me\\n\"]");

    /* each place in vectors and words */
    for (size_t length = 1; length < 70; length++) {
        for (size_t place = 0; place < length; place++) {
            char text[80], expected[100];
            memset(text, 'a', length);
            text[place] = '\n';
            int at = sprintf(expected, "42[\"e\",\"");
            memset(expected + at, 'a', length + 1);
            memcpy(expected + at + place, "\\n", 2);
            strcpy(expected + at + length + 1, "\"]");
            char *block = exact(text, length);
            assert_int_equal(EVENT("s%", block, length), 0);
            assert_packet(expected);
            block[place] = (char) 0xc3;
            assert_int_equal(EVENT("s%", block, length), SIO_EUTF8);
            free(block);
        }
    }
}

static void writes_long_text(void **state) {
    (void) state;
    for (size_t length = 60000; length < 400000; length += 67890) {
        char *text = malloc(length);
        memset(text, '\x01', length);
        assert_int_equal(EVENT("s%i", text, length, 7), 0);
        const sio__frame_t *frame = &out.messages[0].frame;
        assert_int_equal(frame->payload_length, 8 + 6 * length + 4);
        assert_memory_equal(frame->payload, "42[\"e\",\"\\u0001\\u0001", 20);
        assert_memory_equal(frame->payload + frame->payload_length - 10, "\\u0001\",7]", 10);
        free(text);
    }
}

static void tells_errors(void **state) {
    (void) state;
    static const char *const malformed[] = {"x",   "{",   "[",  "]",   "}",      "[}",   "{]",
                                            "{n}", "[[]", "{s", "{s}", "{s:",    "{s:}", "?",
                                            "*",   "#",   "+",  "[]]", "{s:s}}", "n?",   "\xff"};
    sio__encoded_t before = out;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        int rc = EVENT(malformed[i], "a", "b", "c");
        if (rc != SIO_EFORMAT)
            fail_msg("%s: %d", malformed[i], rc);
    }
    assert_int_equal(EVENT("s", (const char *) NULL), SIO_EINVAL);
    assert_int_equal(EVENT("s+", "a", (const char *) NULL), SIO_EINVAL);
    assert_int_equal(EVENT("s?+", (const char *) NULL, "a"), SIO_EINVAL);
    assert_int_equal(EVENT("s#", "a", -1), SIO_EINVAL);
    assert_int_equal(EVENT("{s:i}", (const char *) NULL, 1), SIO_EINVAL);
    assert_int_equal(EVENT("{s?:i}", "a", 1), SIO_EFORMAT);
    assert_int_equal(EVENT("O", (json_t *) NULL), SIO_EINVAL);
    assert_int_equal(EVENT("o", (json_t *) NULL), SIO_EINVAL);
    assert_int_equal(EVENT("B", NULL, (size_t) 1), SIO_EINVAL);
    assert_int_equal(EVENT("r", NULL, (size_t) 1), SIO_EINVAL);
    assert_int_equal(EVENT("r", "1", (size_t) 0), SIO_EINVAL);
    assert_int_equal(EVENT("a", NULL, 0), SIO_EINVAL);
    assert_int_equal(EVENT("s", "\xc3("), SIO_EUTF8);
    assert_int_equal(EVENT("{s:i}", "\xed\xa0\x80", 1), SIO_EUTF8);
    assert_int_equal(event_to("/", -1, "\x80", NULL), SIO_EUTF8);
    assert_int_equal(event_to("/", -1, NULL, "i", 1), SIO_EINVAL);
    assert_int_equal(event_to("/", -1, "disconnect", "i", 1), SIO_ERESERVED);
    assert_memory_equal(&out, &before, sizeof(out));
    assert_int_equal(EVENT("i", 1), 0);
    assert_packet("42[\"e\",1]");
}

static void nesting_of_formats_is_bounded(void **state) {
    (void) state;
    char format[200];
    for (size_t depth = 60; depth < 70; depth++) {
        memset(format, '[', depth);
        memset(format + depth, ']', depth);
        format[2 * depth] = '\0';
        assert_int_equal(EVENT(format), depth <= 63 ? 0 : SIO_EFORMAT);
    }
}

/* 'o' gives its reference away, whatever becomes of the rest. */
static void releases_what_is_stolen(void **state) {
    (void) state;
    json_t *value = json_pack("[s]", "x");
    json_t *bad = json_string_nocheck("\xff");
#define STOLEN (json_incref(value))
    assert_int_equal(EVENT("o", STOLEN), 0);
    assert_int_equal(EVENT("{s:o,s:[o?,o*]}", "a", STOLEN, "b", STOLEN, STOLEN), 0);
    assert_int_equal(EVENT("s o", (const char *) NULL, STOLEN), SIO_EINVAL);
    assert_int_equal(EVENT("{s:s,s:o}", "a", "\xff", "b", STOLEN), SIO_EUTF8);
    assert_int_equal(EVENT("O o", bad, STOLEN), SIO_EUTF8);
    assert_int_equal(EVENT("o o", json_incref(bad), STOLEN), SIO_EUTF8);
    assert_int_equal(EVENT("o o", (json_t *) NULL, STOLEN), SIO_EINVAL);
    assert_int_equal(EVENT("s# s# s% s+ n b i I f B r O o? o", "a", -1, "b", 1, "c", (size_t) 1,
                           "d", "e", 1, 2, (json_int_t) 3, 4.0, "f", (size_t) 1, "1", (size_t) 1,
                           value, STOLEN, STOLEN),
                     SIO_EINVAL);
    assert_int_equal(EVENT("a o", NULL, 0, STOLEN), SIO_EINVAL);
    assert_int_equal(EVENT("] o", STOLEN), SIO_EFORMAT);
    assert_int_equal(EVENT("{o:s o", STOLEN, "a", STOLEN), SIO_EFORMAT);
    assert_int_equal(EVENT("[o", STOLEN), SIO_EFORMAT);
    assert_int_equal(EVENT("o x", STOLEN), SIO_EFORMAT);
    assert_int_equal(event_to("/", -1, NULL, "o", STOLEN), SIO_EINVAL);
    assert_int_equal(event_to("/", -1, "connect", "[o]", STOLEN), SIO_ERESERVED);
    assert_int_equal(event_to("/", -1, "\xff", "{s:o}", "a", STOLEN), SIO_EUTF8);
    assert_int_equal(ack_to("/", 1, "s o", (const char *) NULL, STOLEN), SIO_EINVAL);
#undef STOLEN
    assert_int_equal(value->refcount, 1);
    assert_int_equal(bad->refcount, 1);
    json_decref(value);
    json_decref(bad);
}

static void collects_binaries(void **state) {
    (void) state;
    assert_int_equal(
        EVENT("{s:B,s:[i,B]}B", "a", "one", (size_t) 3, "b", 5, "", (size_t) 0, NULL, (size_t) 0),
        0);
    assert_packet("453-[\"e\",{\"a\":{\"_placeholder\":true,\"num\":0},\"b\":[5,{\"_placeholder\":"
                  "true,\"num\":1}]},"
                  "{\"_placeholder\":true,\"num\":2}]");
    assert_int_equal(out.count, 4);
    assert_binary(0, "one", 3);
    assert_binary(1, "", 0);
    assert_binary(2, "", 0);

    /* more than have their place, and two digits in front */
    assert_int_equal(event_to("/n", 3, "e", "BBBBBBBBBBBBBBBBBB", "0", (size_t) 1, "1", (size_t) 1,
                              "2", (size_t) 1, "3", (size_t) 1, "4", (size_t) 1, "5", (size_t) 1,
                              "6", (size_t) 1, "7", (size_t) 1, "8", (size_t) 1, "9", (size_t) 1,
                              "a", (size_t) 1, "b", (size_t) 1, "c", (size_t) 1, "d", (size_t) 1,
                              "e", (size_t) 1, "f", (size_t) 1, "g", (size_t) 1, "h", (size_t) 1),
                     0);
    assert_int_equal(out.count, 19);
    assert_memory_equal(out.messages[0].frame.payload,
                        "4518-/n,3[\"e\",{\"_placeholder\":true,\"num\":0}", 43);
    for (size_t i = 0; i < 18; i++)
        assert_binary(i, &"0123456789abcdefgh"[i], 1);

    /* none are left of a format that fails */
    assert_int_equal(EVENT("BBBBBBBBBBBBBBBBBBx", "0", (size_t) 1, "1", (size_t) 1, "2", (size_t) 1,
                           "3", (size_t) 1, "4", (size_t) 1, "5", (size_t) 1, "6", (size_t) 1, "7",
                           (size_t) 1, "8", (size_t) 1, "9", (size_t) 1, "a", (size_t) 1, "b",
                           (size_t) 1, "c", (size_t) 1, "d", (size_t) 1, "e", (size_t) 1, "f",
                           (size_t) 1, "g", (size_t) 1, "h", (size_t) 1),
                     SIO_EFORMAT);
}

static int encode_args(sio__args_t args) {
    return sio__encode_event(&out, &output, "/", -1, "e", &args);
}

static void writes_json_and_raw_text(void **state) {
    (void) state;
    json_t *array = json_pack("[i,{s:[n,b]},s]", 1, "a", 1, "x"), *object = json_object();
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_JSON, .json = array}), 0);
    assert_packet("42[\"e\",1,{\"a\":[null,true]},\"x\"]");
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_JSON, .json = NULL}), 0);
    assert_packet("42[\"e\"]");
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_JSON, .json = object}),
                     SIO_EINVAL);
    assert_int_equal(array->refcount, 1);
    sio__args_t args = {.kind = SIO__ARGS_JSON, .json = array};
    assert_int_equal(sio__encode_ack(&out, &output, "/", 4, &args), 0);
    assert_packet("434[1,{\"a\":[null,true]},\"x\"]");

    assert_int_equal(
        encode_args((sio__args_t){.kind = SIO__ARGS_RAW, .text = "1,{\"a\":2}", .length = 9}), 0);
    assert_packet("42[\"e\",1,{\"a\":2}]");
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_RAW, .text = NULL, .length = 0}),
                     0);
    assert_packet("42[\"e\"]");
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_RAW, .text = NULL, .length = 1}),
                     SIO_EINVAL);
    json_decref(array);
    json_decref(object);
}

static void forwards_what_was_received(void **state) {
    (void) state;
    static const sio__binary_t binaries[] = {{(const unsigned char *) "one", 3},
                                             {(const unsigned char *) "two", 3}};
    received_t received, plain;
    receive(&plain, "2[\"x\", 1 ,\"t\\u0065xt\",{\"_placeholder\":true,\"num\":3}]");
    receive_binary(&received,
                   "52-[\"x\",{\"a\":[{\"num\":1,\"_placeholder\":true},\"{\"]},{\"_placeholder\":"
                   "true,\"num\":0},"
                   "{\"_placeholder\":true,\"num\":1},7]",
                   binaries, 2);
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_EVENT, .event = &plain.event}), 0);
    assert_packet("42[\"e\",1,\"t\\u0065xt\",{\"_placeholder\":true,\"num\":3}]");

    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_EVENT, .event = &received.event}),
                     0);
    assert_packet("452-[\"e\",{\"a\":[{\"_placeholder\":true,\"num\":0},\"{\"]},{\"_placeholder\":"
                  "true,\"num\":1},"
                  "{\"_placeholder\":true,\"num\":0},7]");
    assert_int_equal(out.count, 3);
    assert_binary(0, "two", 3);
    assert_binary(1, "one", 3);

    assert_int_equal(
        EVENT("Ba[a]a", "new", (size_t) 3, &received.event, 2, &plain.event, 1, &received.event, 3),
        0);
    assert_packet("452-[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1},"
                  "[\"t\\u0065xt\"],7]");
    assert_binary(0, "new", 3);
    assert_binary(1, "two", 3);
    assert_int_equal(EVENT("a", &received.event, 3), 0);
    assert_packet("42[\"e\",7]");
    assert_int_equal(EVENT("a", &received.event, 4), SIO_EINVAL);
    assert_int_equal(EVENT("a", &received.event, -1), SIO_EINVAL);
    assert_int_equal(encode_args((sio__args_t){.kind = SIO__ARGS_EVENT, .event = NULL}),
                     SIO_EINVAL);
    forget(&received);
    forget(&plain);
}

/* What goes out comes in the same. */
static void round_trips(void **state) {
    (void) state;
    static const char text[] = "te\"xt\\ \n\x01\xc3\xa9\xf0\x9f\x98\x80";
    const char *s = NULL;
    double f = 0;
    json_int_t large = 0;
    int b = 0;
    const void *binary = NULL;
    size_t length = 0;
    assert_int_equal(event_to("/chat", 8, "na\"me", "s{s:f,s:[I,b]}B", text, "k\n", 0.1, "l",
                              (json_int_t) INT64_MIN, 1, "\x00\xff", (size_t) 2), 0);
    sio__binary_t binaries[] = {
        {out.messages[1].frame.payload, out.messages[1].frame.payload_length}};
    char *packet = exact((const char *) out.messages[0].frame.payload + 1,
                         out.messages[0].frame.payload_length);
    packet[out.messages[0].frame.payload_length - 1] = '\0';
    received_t received;
    receive_binary(&received, packet, binaries, 1);
    free(packet);
    assert_slice(&received.packet.nsp, "/chat");
    assert_true(received.event.ack_id == 8);
    assert_string_equal(sio_event_name(&received.event), "na\"me");
    assert_int_equal(sio_event_unpack(&received.event, "s{s:f,s:[I,b]!}B", &s, "k\n", &f, "l",
                                      &large, &b, &binary, &length),
                     0);
    assert_string_equal(s, text);
    assert_true(f == 0.1);
    assert_true(large == INT64_MIN);
    assert_int_equal(b, 1);
    assert_int_equal(length, 2);
    assert_memory_equal(binary, "\x00\xff", 2);
    forget(&received);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_wires_examples, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_each_letter, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_nothing_out_but_what_it_should, setup, teardown),
        cmocka_unit_test_setup_teardown(escapes_text, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_long_text, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(nesting_of_formats_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(releases_what_is_stolen, setup, teardown),
        cmocka_unit_test_setup_teardown(collects_binaries, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_json_and_raw_text, setup, teardown),
        cmocka_unit_test_setup_teardown(forwards_what_was_received, setup, teardown),
        cmocka_unit_test_setup_teardown(round_trips, setup, teardown),
    };
    return cmocka_run_group_tests_name("sio encode", tests, NULL, NULL);
}
