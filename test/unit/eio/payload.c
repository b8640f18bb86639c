/* Packets and polling payloads, read in place. */
#include "eio/payload.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A copy of exactly the payload's size, so that a sanitizer sees a step beyond it. */
static char *exact(const char *text, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

static void expect_packet(eio__payload_t *payload, eio__packet_type_t type, int binary,
                          const char *data) {
    eio__packet_t packet;
    assert_int_equal(eio__payload_next(payload, &packet), 1);
    assert_int_equal(packet.type, type);
    assert_int_equal(packet.binary, binary);
    assert_int_equal(packet.length, strlen(data));
    assert_memory_equal(packet.data, data, packet.length);
}

static void types(void **state) {
    static const char text[] = "0{}\x1e" "1\x1e" "2probe\x1e" "3\x1e" "4hello\x1e" "5\x1e" "6";
    eio__payload_t payload;
    eio__packet_t packet;
    char *data = exact(text, sizeof(text) - 1);

    (void) state;
    eio__payload_begin(&payload, data, sizeof(text) - 1);
    expect_packet(&payload, EIO__OPEN, 0, "{}");
    expect_packet(&payload, EIO__CLOSE, 0, "");
    expect_packet(&payload, EIO__PING, 0, "probe");
    expect_packet(&payload, EIO__PONG, 0, "");
    expect_packet(&payload, EIO__MESSAGE, 0, "hello");
    expect_packet(&payload, EIO__UPGRADE, 0, "");
    expect_packet(&payload, EIO__NOOP, 0, "");
    assert_int_equal(eio__payload_next(&payload, &packet), 0);
    assert_int_equal(eio__payload_next(&payload, &packet), 0);
    free(data);
}

/* [E51] Text and binary side by side; what is decoded in place leaves its neighbours alone. */
static void binaries(void **state) {
    static const char text[] = "bAQIDBA==\x1e" "4a\x1e" "b\x1e" "bYQ\x1e" "4\x1e" "bYWJjZA";
    eio__payload_t payload;
    eio__packet_t packet;
    char *data = exact(text, sizeof(text) - 1);

    (void) state;
    eio__payload_begin(&payload, data, sizeof(text) - 1);
    expect_packet(&payload, EIO__MESSAGE, 1, "\x01\x02\x03\x04");
    expect_packet(&payload, EIO__MESSAGE, 0, "a");
    expect_packet(&payload, EIO__MESSAGE, 1, "");
    expect_packet(&payload, EIO__MESSAGE, 1, "a");
    expect_packet(&payload, EIO__MESSAGE, 0, "");
    expect_packet(&payload, EIO__MESSAGE, 1, "abcd");
    assert_int_equal(eio__payload_next(&payload, &packet), 0);
    free(data);
}

/* [E57, E83] What is good before the bad packet is read; after it nothing is. */
static void stops_at_bad(void **state) {
    static const struct {
        const char *text;
        size_t length;
        int good;
    } cases[] = {
        {"", 0, 0},           {"\x1e", 1, 0},       {"4a\x1e", 3, 1},   {"\x1e" "4a", 3, 0},
        {"7", 1, 0},          {"/", 1, 0},          {"abc", 3, 0},
        {"4a\x1e" "x\x1e" "4b", 6, 1},
        {"4a\x1e\x1e" "4b", 6, 1}, {"\0", 1, 0},    {"\xff", 1, 0},     {"B", 1, 0},
        {"2\x1e" "3\x1e" ":1", 6, 2},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        eio__payload_t payload;
        eio__packet_t packet;
        char *data = exact(cases[i].text, cases[i].length);
        eio__payload_begin(&payload, data, cases[i].length);
        for (int good = 0; good < cases[i].good; good++)
            assert_int_equal(eio__payload_next(&payload, &packet), 1);
        assert_int_equal(eio__payload_next(&payload, &packet), SIO_EPROTO);
        assert_int_equal(eio__payload_next(&payload, &packet), 0);
        free(data);
    }
}

/* A body that has no bytes may have no buffer. */
static void nothing(void **state) {
    eio__payload_t payload;
    eio__packet_t packet;

    (void) state;
    eio__payload_begin(&payload, NULL, 0);
    assert_int_equal(eio__payload_next(&payload, &packet), SIO_EPROTO);
}

/* Every cut of a payload is read without a step beyond it, and yields the packets that are
 * whole. */
static void cuts(void **state) {
    static const char text[] = "4one\x1e" "bAQID\x1e" "2\x1e" "4\xc3\xa4";

    (void) state;
    for (size_t length = 0; length < sizeof(text); length++) {
        eio__payload_t payload;
        eio__packet_t packet;
        char *data = exact(text, length);
        int count = 0, separators = 0, rc;
        for (size_t i = 0; i < length; i++)
            separators += text[i] == '\x1e';
        eio__payload_begin(&payload, data, length);
        while ((rc = eio__payload_next(&payload, &packet)) > 0) {
            assert_true(packet.data >= data && packet.data + packet.length <= data + length);
            count++;
        }
        int cut_at_start = length == 0 || text[length - 1] == '\x1e';
        assert_int_equal(rc, cut_at_start ? SIO_EPROTO : 0);
        assert_int_equal(count, separators + (cut_at_start ? 0 : 1));
        free(data);
    }
}

/* There is no cap on the number of packets. */
static void many(void **state) {
    enum { COUNT = 100000 };
    size_t length = 3 * (size_t) COUNT - 1;
    char *data = malloc(length + 1);
    eio__payload_t payload;
    eio__packet_t packet;
    int count = 0, rc;

    (void) state;
    assert_non_null(data);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(data + 3 * i, "4x\x1e", 3);
    eio__payload_begin(&payload, data, length);
    while ((rc = eio__payload_next(&payload, &packet)) > 0)
        count++;
    assert_int_equal(rc, 0);
    assert_int_equal(count, COUNT);
    free(data);
}

/* Any bytes at all: no crash, no packet outside of the bytes, an end. */
static void noise(void **state) {
    uint32_t seed = 12345;

    (void) state;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t length = (size_t) round % 64;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = "0123456789b\x1e\x1e=+/aZ\0\xff"[(seed >> 16) % 20];
        }
        char *data = exact(text, length);
        eio__payload_t payload;
        eio__packet_t packet;
        size_t count = 0;
        eio__payload_begin(&payload, data, length);
        while (eio__payload_next(&payload, &packet) > 0) {
            assert_true(packet.data >= data && packet.data + packet.length <= data + length);
            assert_true(++count <= length);
        }
        free(data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),   cmocka_unit_test(binaries), cmocka_unit_test(stops_at_bad),
        cmocka_unit_test(nothing), cmocka_unit_test(cuts),     cmocka_unit_test(many),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
