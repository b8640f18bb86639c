/* Outgoing messages: one layout for both transports. */
#include "eio/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state) {
    *state = sio__scratch_new();
    return *state == NULL;
}

static int teardown(void **state) {
    sio__scratch_free(*state);
    return 0;
}

/* The polling packet is the payload of the frame, byte for byte and at the same place. */
static void text(void **state) {
    static const size_t lengths[] = {0, 1, 123, 124, 125, 126, 65533, 65534, 65535, 100000};
    sio__scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t length = lengths[i];
        char *content = malloc(length + 1);
        eio__message_t message;
        assert_non_null(content);
        memset(content, 'x', length);
        assert_int_equal(eio__message_text(scratch, content, length, &message), 0);

        size_t header = length + 1 < 126 ? 2 : length + 1 < 65536 ? 4 : 10;
        assert_int_equal(message.frame.length, header + 1 + length);
        assert_int_equal(message.frame.data[0], 0x81);
        assert_ptr_equal(message.frame.payload, message.frame.data + header);
        assert_int_equal(message.frame.payload[0], '4');
        assert_memory_equal(message.frame.payload + 1, content, length);
        assert_ptr_equal(message.polling, message.frame.payload);
        assert_int_equal(message.polling_length, 1 + length);
        free(content);
    }
}

/* [E65] A binary frame holds the bytes alone; the polling form is made when it is asked for,
 * once. */
static void binary(void **state) {
    static const unsigned char bytes[] = {1, 2, 3, 4};
    sio__scratch_t *scratch = *state;
    eio__message_t message;

    assert_int_equal(eio__message_binary(scratch, bytes, 4, &message), 0);
    assert_int_equal(message.frame.length, 6);
    assert_memory_equal(message.frame.data, "\x82\x04\x01\x02\x03\x04", 6);
    assert_null(message.polling);
    assert_int_equal(eio__message_polling(scratch, &message), 0);
    assert_int_equal(message.polling_length, 9);
    assert_memory_equal(message.polling, "bAQIDBA==", 9);
    const unsigned char *made = message.polling;
    assert_int_equal(eio__message_polling(scratch, &message), 0);
    assert_ptr_equal(message.polling, made);

    assert_int_equal(eio__message_binary(scratch, NULL, 0, &message), 0);
    assert_memory_equal(message.frame.data, "\x82\x00", 2);
    assert_int_equal(eio__message_polling(scratch, &message), 0);
    assert_int_equal(message.polling_length, 1);
    assert_int_equal(message.polling[0], 'b');
}

/* Written piece by piece, across the writer's growth. */
static void pieces(void **state) {
    enum { COUNT = 20000 };
    sio__scratch_t *scratch = *state;
    sio__writer_t writer;
    eio__message_t message;

    eio__message_begin(&writer, scratch, 0);
    for (int i = 0; i < COUNT; i++)
        sio__writer_put(&writer, "piece", 5);
    assert_int_equal(eio__message_end(&writer, &message), 0);
    assert_int_equal(message.polling_length, 1 + 5 * COUNT);
    assert_int_equal(message.polling[0], '4');
    for (size_t i = 0; i < COUNT; i++)
        assert_memory_equal(message.polling + 1 + 5 * i, "piece", 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text, setup, teardown),
        cmocka_unit_test_setup_teardown(binary, setup, teardown),
        cmocka_unit_test_setup_teardown(pieces, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
