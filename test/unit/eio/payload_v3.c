/* Packets and polling payloads of protocols 3 and 2 [V2-V5, V9], read in place. */
#include "eio/payload_v3.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) (literal), sizeof(literal) - 1

/* A copy of exactly the payload's size, so that a sanitizer sees a step beyond it. */
static char *exact(const char *text, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

typedef struct {
    eio__payload_v3_t payload;
    char *data;
} reading_t;

static void begin(reading_t *reading, const char *data, size_t length, int binary) {
    reading->data = exact(data, length);
    eio__payload_v3_begin(&reading->payload, reading->data, length, binary);
}

static void expect(reading_t *reading, eio__packet_type_t type, int binary, const char *data,
                   size_t length) {
    eio__packet_t packet;
    assert_int_equal(eio__payload_v3_next(&reading->payload, &packet), 1);
    assert_int_equal(packet.type, type);
    assert_int_equal(packet.binary, binary);
    assert_int_equal(packet.length, length);
    assert_memory_equal(packet.data, data, length);
}

static void expect_end(reading_t *reading, int rc) {
    eio__packet_t packet;
    assert_int_equal(eio__payload_v3_next(&reading->payload, &packet), rc);
    assert_int_equal(eio__payload_v3_next(&reading->payload, &packet), 0);
    free(reading->data);
}

/* [V2] The length counts UTF-16 code units. */
static void text(void **state) {
    reading_t reading;
    (void) state;
    begin(&reading, BYTES("7:42[\"\xe2\x82\xac\"]1:210:4h\xf0\x9f\x98\x80llo \xe2\x82\xac!0:2:40"), 0);
    expect(&reading, EIO__MESSAGE, 0, BYTES("2[\"\xe2\x82\xac\"]"));
    expect(&reading, EIO__PING, 0, BYTES(""));
    expect(&reading, EIO__MESSAGE, 0, BYTES("h\xf0\x9f\x98\x80llo \xe2\x82\xac!"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("0"));
    expect_end(&reading, 0);
    begin(&reading, BYTES("0:"), 0);
    expect_end(&reading, 0);
}

/* [V4] "b4" and base64. */
static void base64(void **state) {
    reading_t reading;
    (void) state;
    begin(&reading, BYTES("6:b4AQID8:451-[\"h\"2:b46:b4AQI="), 0);
    expect(&reading, EIO__MESSAGE, 1, BYTES("\1\2\3"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("51-[\"h\""));
    expect(&reading, EIO__MESSAGE, 1, BYTES(""));
    expect(&reading, EIO__MESSAGE, 1, BYTES("\1\2"));
    expect_end(&reading, 0);
}

/* Truncated, lying, missing, huge: reading stops. */
static void bad_text(void **state) {
    static const char *const payloads[] = {
        "9:42[\"\xe2\x82\xac\"]", "4", "42", ":4", "-1:4", "1e1:4", " 1:4", "5:4abc",
        "99999999999999999999999999:4", "18446744073709551617:4", "1:9", "1:b", "2:b9",
        "2:4\xf0\x9f\x98\x80", /* ends in the middle of a character */
    };
    (void) state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        reading_t reading;
        begin(&reading, payloads[i], strlen(payloads[i]), 0);
        expect_end(&reading, SIO_EPROTO);
    }
}

/* [V3] Units: text and bytes, lengths in bytes. */
static void units(void **state) {
    reading_t reading;
    (void) state;
    begin(&reading, BYTES("\0\2\xff" "40" "\0\1\2\xff" "4h\xf0\x9f\x98\x80 \xe2\x82\xac!!" "\1\3\xff\4\x9\x8"
                          "\1\1\xff\4"), 1);
    expect(&reading, EIO__MESSAGE, 0, BYTES("0"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("h\xf0\x9f\x98\x80 \xe2\x82\xac!!"));
    expect(&reading, EIO__MESSAGE, 1, BYTES("\x9\x8"));
    expect(&reading, EIO__MESSAGE, 1, BYTES(""));
    expect_end(&reading, 0);
}

static void bad_units(void **state) {
    static const struct {
        const char *data;
        size_t length;
    } payloads[] = {
        {BYTES("\0\2\xff" "4")}, {BYTES("\0\2")}, {BYTES("\0\xff" "4")}, {BYTES("\0")},
        {BYTES("\2\1\xff" "4")}, {BYTES("\1\12\xff\4")}, {BYTES("\1\1\xff\7")}, {BYTES("\1\0\xff")},
        {BYTES("\0\0\xff")}, {BYTES("\0\2\xff" "4\xff")}, {BYTES("\0\4\xff" "4\xed\xa0x")},
        {BYTES("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\xff\4")},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        reading_t reading;
        begin(&reading, payloads[i].data, payloads[i].length, 1);
        expect_end(&reading, SIO_EPROTO);
    }
}

/* [V9] A surrogate that was encoded by itself is tolerated, as U+FFFD. */
static void lone_surrogates(void **state) {
    reading_t reading;
    (void) state;
    begin(&reading, BYTES("\0\5\xff" "4\xed\xa0\x80x" "\0\7\xff" "4\xed\xbf\xbf\xed\xa0\xbd"), 1);
    expect(&reading, EIO__MESSAGE, 0, BYTES("\xef\xbf\xbdx"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("\xef\xbf\xbd\xef\xbf\xbd"));
    expect_end(&reading, 0);
}

/* Clients of 1.x encode text twice; what is no such thing stays. */
static void twice_encoded(void **state) {
    reading_t reading;
    (void) state;
    begin(&reading, BYTES("4:4h\xc3\x83\xc2\xa9" "5:4h\xc3\xa9" "ab" "4:4\xe2\x82\xac\xc3\x83\xc2\xa9"), 0);
    expect(&reading, EIO__MESSAGE, 0, BYTES("h\xc3\xa9"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("h\xc3\xa9" "ab"));
    expect(&reading, EIO__MESSAGE, 0, BYTES("\xe2\x82\xac\xc3\x83\xc2\xa9"));
    expect_end(&reading, 0);
}

static void types(void **state) {
    eio__packet_t packet;
    char ping[] = "\2", unknown[] = "\7", empty[] = "";
    (void) state;
    assert_int_equal(eio__packet_decode_typed(&packet, ping, 1), 0);
    assert_int_equal(packet.type, EIO__PING);
    assert_int_equal(eio__packet_decode_typed(&packet, unknown, 1), SIO_EPROTO);
    assert_int_equal(eio__packet_decode_typed(&packet, empty, 0), SIO_EPROTO);
    assert_int_equal(eio__packet_decode_v3(&packet, empty, 0), SIO_EPROTO);
}

/* What is written is what WIRE shows, and can be taken apart and read again. */
static void written(void **state) {
    static const char counted[] = "7:42[\"\xe2\x82\xac\"]", unit[] = "\0\x9\xff" "42[\"\xe2\x82\xac\"]";
    sio__scratch_t *scratch = sio__scratch_new();
    sio__writer_t writer;
    size_t length;
    const unsigned char *made, *packet;
    (void) state;
    sio__writer_begin(&writer, scratch, 0);
    eio__payload_v3_put(&writer, BYTES("42[\"\xe2\x82\xac\"]"));
    made = sio__writer_end(&writer, &length);
    assert_int_equal(length, sizeof(counted) - 1);
    assert_memory_equal(made, counted, length);
    assert_int_equal(eio__payload_v3_part(made, length, &packet, &length), 0);
    assert_int_equal(length, 9);
    sio__writer_begin(&writer, scratch, 0);
    eio__payload_v3_put_unit(&writer, 0, packet, length);
    made = sio__writer_end(&writer, &length);
    assert_int_equal(length, 12);
    assert_int_equal(made[0], 0);
    assert_int_equal(made[1], 9);
    assert_int_equal(made[2], 0xff);
    assert_memory_equal(made + 3, unit + 3, 9);
    sio__writer_begin(&writer, scratch, 0);
    eio__payload_v3_put_unit(&writer, 1, BYTES("\4\x9\x8"));
    made = sio__writer_end(&writer, &length);
    assert_memory_equal(made, "\1\3\xff\4\x9\x8", 6);
    assert_int_equal(eio__payload_v3_part(made, length, &packet, &length), 1);
    assert_int_equal(length, 3);
    sio__scratch_free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),           cmocka_unit_test(base64),
        cmocka_unit_test(bad_text),       cmocka_unit_test(units),
        cmocka_unit_test(bad_units),      cmocka_unit_test(lone_surrogates),
        cmocka_unit_test(twice_encoded),  cmocka_unit_test(types),
        cmocka_unit_test(written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
