/* Runs by words, which machines without vectors have (the other tests see the vectors where
 * there are some). */
#define SIO__WORDWISE
#include "sio/run.h"
#include "codec.h"

static const unsigned char bytes[] = {0x00, 0x01, 0x1f, 0x20, 0x21, '"',  '#',  '[',  '\\', ']',
                                      'a',  0x7f, 0x80, 0x9f, 0xa2, 0xdc, 0xa0, 0xff};

static int stops(unsigned char byte) {
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* Every pair of bytes at each two places of a run. */
static void finds_the_first_stop(void **state) {
    (void) state;
    enum { LENGTH = 21 };
    char *text = malloc(LENGTH);
    unsigned char *copy = malloc(LENGTH);
    for (size_t first = 0; first < LENGTH - 1; first++) {
        for (size_t a = 0; a < sizeof(bytes); a++) {
            for (size_t b = 0; b < sizeof(bytes); b++) {
                size_t expected = LENGTH;
                unsigned high = 0;
                memset(text, 'a', LENGTH);
                text[first] = (char) bytes[a];
                text[first + 1] = (char) bytes[b];
                if (stops(bytes[b]))
                    expected = first + 1;
                if (stops(bytes[a]))
                    expected = first;
                assert_ptr_equal(sio__run_text(text, text + LENGTH), text + expected);
                memset(copy, 'x', LENGTH);
                assert_int_equal(sio__run_copy(copy, text, LENGTH, &high), expected);
                assert_memory_equal(copy, text, expected);
                if (expected > first && bytes[a] >= 0x80)
                    assert_true(high);
                if (bytes[a] < 0x80 && bytes[b] < 0x80)
                    assert_false(high);
            }
        }
    }
    free(text);
    free(copy);
}

static void runs_of_any_length(void **state) {
    (void) state;
    for (size_t length = 0; length < 40; length++) {
        char *text = malloc(length + 1);
        unsigned char *copy = malloc(length + 1);
        unsigned high = 0;
        memset(text, 'a', length);
        text[length] = '"';
        assert_ptr_equal(sio__run_text(text, text + length), text + length);
        assert_ptr_equal(sio__run_text(text, text + length + 1), text + length);
        assert_int_equal(sio__run_copy(copy, text, length, &high), length);
        assert_int_equal(sio__run_copy(copy, text, length + 1, &high), length);
        assert_memory_equal(copy, text, length);
        assert_false(high);
        free(text);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_stop),
        cmocka_unit_test(runs_of_any_length),
    };
    return cmocka_run_group_tests_name("sio run", tests, NULL, NULL);
}
