/* Packets in blocks of exactly their size, so that ASan sees a byte read too much. */
#ifndef TEST_CODEC_H
#define TEST_CODEC_H

#include "sio/event.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const sio__packet_limits_t test_limits = {10, SIO__JSON_DEPTH};

/* A text literal, U+0000 inside allowed, and its length. */
#define TEXT(literal) (literal), sizeof(literal) - 1

static inline char *exact(const char *text, size_t length) {
    char *block = malloc(length > 0 ? length : 1);
    assert_non_null(block);
    if (length > 0)
        memcpy(block, text, length);
    return block;
}

static inline void assert_text(const char *text, size_t length, const char *expected) {
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static inline void assert_slice(const sio__slice_t *slice, const char *expected) {
    assert_text(slice->text, slice->length, expected);
}

/* An event as the dispatcher has it. */
typedef struct {
    sio__scratch_t *scratch;
    char *text;
    sio__packet_t packet;
    sio_event_t event;
} received_t;

static inline void receive_binary(received_t *received, const char *text,
                                  const sio__binary_t *binaries, size_t count) {
    const char *why = NULL;
    received->scratch = sio__scratch_new();
    received->text = exact(text, strlen(text));
    assert_non_null(received->scratch);
    assert_int_equal(sio__packet_decode(&received->packet, received->text, strlen(text),
                                        &test_limits, &why), 0);
    if (received->packet.attachments > 0)
        assert_int_equal(sio__packet_check_placeholders(&received->packet, count), 0);
    assert_int_equal(sio__event_init(&received->event, NULL, received->scratch, &received->packet,
                                     binaries, count), 0);
}

static inline void receive(received_t *received, const char *text) {
    receive_binary(received, text, NULL, 0);
}

/* What the loop's buffer and the end of the turn do, too: nothing of it is left. */
static inline void forget(received_t *received) {
    sio__event_done(&received->event);
    sio__scratch_free(received->scratch);
    memset(received->text, 'x', 1);
    free(received->text);
}

#endif
