/* The compiled-in client files: complete, and every form holds the same text. */
#include "serve/client_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static const char *const NAMES[] = {
    "socket.io.js",         "socket.io.js.map",         "socket.io.min.js",
    "socket.io.min.js.map", "socket.io.esm.min.js",     "socket.io.esm.min.js.map",
    "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
};

static const sio__client_file_t *find(const char *name) {
    const sio__client_file_t *file;

    for (file = sio__client_files; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static void test_all_or_nothing(void **state) {
    size_t count = 0, i;

    (void) state;
    while (sio__client_files[count].name != NULL)
        count++;
    if (sio__client_version[0] == '\0') {
        assert_int_equal(count, 0);
        return;
    }
    assert_int_equal(count, sizeof NAMES / sizeof NAMES[0]);
    for (i = 0; i < count; i++)
        assert_non_null(find(NAMES[i]));
}

static void test_version_stands_in_the_bundles(void **state) {
    const sio__client_file_t *file = find("socket.io.js");
    char banner[64] = "Socket.IO v";

    (void) state;
    if (file == NULL)
        return;
    strncat(banner, sio__client_version, sizeof banner - strlen(banner) - 1);
    assert_non_null(strstr((const char *) file->identity, banner));
}

static void test_gzip_form_unpacks_to_the_identity(void **state) {
    const sio__client_file_t *file;

    (void) state;
    for (file = sio__client_files; file->name != NULL; file++) {
        unsigned char *text = malloc(file->identity_length + 1);
        z_stream stream;

        assert_non_null(text);
        memset(&stream, 0, sizeof stream);
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = (z_const Bytef *) (uintptr_t) file->gzip;
        stream.avail_in = (uInt) file->gzip_length;
        stream.next_out = text;
        stream.avail_out = (uInt) (file->identity_length + 1);
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.avail_in, 0);
        assert_int_equal(stream.total_out, file->identity_length);
        assert_memory_equal(text, file->identity, file->identity_length);
        inflateEnd(&stream);
        free(text);
    }
}

static void test_compressed_forms_are_smaller(void **state) {
    const sio__client_file_t *file;

    (void) state;
    for (file = sio__client_files; file->name != NULL; file++) {
        assert_true(file->brotli_length > 0);
        assert_true(file->brotli_length < file->gzip_length);
        assert_true(file->gzip_length < file->identity_length);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_version_stands_in_the_bundles),
        cmocka_unit_test(test_gzip_form_unpacks_to_the_identity),
        cmocka_unit_test(test_compressed_forms_are_smaller),
    };

    return cmocka_run_group_tests_name("client_data", tests, NULL, NULL);
}
