/* The compiled-in client files: complete, and every form holds the same text. */
#include "serve/client_data.h"
#include <sio/version.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static const struct {
    const char *generation, *banner, *names[9];
} EXPECTED[] = {
    {"4", "Socket.IO v",
     {"socket.io.js", "socket.io.js.map", "socket.io.min.js", "socket.io.min.js.map",
      "socket.io.esm.min.js", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js",
      "socket.io.msgpack.min.js.map"}},
    {"2", "Socket.IO v", {"socket.io.js", "socket.io.js.map"}},
    {"0.9", "io.version = '", {"socket.io.js", "socket.io.min.js"}},
};

static const sio__client_bundle_t *find_bundle(const char *generation) {
    const sio__client_bundle_t *bundle;

    for (bundle = sio__client_bundles; bundle->generation != NULL; bundle++)
        if (strcmp(bundle->generation, generation) == 0)
            return bundle;
    return NULL;
}

static const sio__client_file_t *find(const sio__client_bundle_t *bundle, const char *name) {
    const sio__client_file_t *file;

    for (file = bundle->files; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static void test_each_bundle_is_complete(void **state) {
    size_t i, bundles = 0, files, names;

    (void) state;
    for (i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        const sio__client_bundle_t *bundle = find_bundle(EXPECTED[i].generation);

        if (bundle == NULL)
            continue;
        bundles++;
        for (names = 0; EXPECTED[i].names[names] != NULL; names++)
            assert_non_null(find(bundle, EXPECTED[i].names[names]));
        for (files = 0; bundle->files[files].name != NULL; files++)
            assert_memory_equal(bundle->files[files].name, "socket.io", 9);
        assert_int_equal(files, names);
    }
    for (i = 0; i < bundles; i++) /* and there are no others */
        assert_non_null(sio__client_bundles[i].generation);
    assert_null(sio__client_bundles[bundles].generation);
}

static void test_the_latest_is_the_first(void **state) {
    (void) state;
    if (sio__client_bundles[0].generation == NULL) {
        assert_string_equal(sio_client_version(), "");
        return;
    }
    assert_string_equal(sio__client_bundles[0].generation, "4");
    assert_string_equal(sio_client_version(), sio__client_bundles[0].version);
}

static void test_version_stands_in_the_bundles(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        const sio__client_bundle_t *bundle = find_bundle(EXPECTED[i].generation);
        char banner[64] = "";

        if (bundle == NULL)
            continue;
        strcat(banner, EXPECTED[i].banner);
        strncat(banner, bundle->version, 20);
        assert_non_null(strstr((const char *) find(bundle, "socket.io.js")->identity, banner));
    }
}

static void unpack(const sio__client_file_t *file) {
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

static void test_gzip_form_unpacks_to_the_identity(void **state) {
    const sio__client_bundle_t *bundle;
    const sio__client_file_t *file;

    (void) state;
    for (bundle = sio__client_bundles; bundle->generation != NULL; bundle++)
        for (file = bundle->files; file->name != NULL; file++)
            if (file->gzip != NULL)
                unpack(file);
}

/* [C4, C6, L14] */
static void test_codings_of_each_generation(void **state) {
    const sio__client_bundle_t *bundle;
    const sio__client_file_t *file;

    (void) state;
    for (bundle = sio__client_bundles; bundle->generation != NULL; bundle++) {
        int latest = strcmp(bundle->generation, "4") == 0;
        int two = strcmp(bundle->generation, "2") == 0;

        assert_int_equal(bundle->charset, latest);
        for (file = bundle->files; file->name != NULL; file++) {
            assert_int_equal(file->gzip != NULL, !two);
            assert_int_equal(file->brotli != NULL, latest);
            assert_int_equal(file->gzip_length > 0, !two);
            assert_int_equal(file->brotli_length > 0, latest);
            assert_true(file->gzip_length < file->identity_length);
            assert_true(!latest || file->brotli_length < file->gzip_length);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bundle_is_complete),
        cmocka_unit_test(test_the_latest_is_the_first),
        cmocka_unit_test(test_version_stands_in_the_bundles),
        cmocka_unit_test(test_gzip_form_unpacks_to_the_identity),
        cmocka_unit_test(test_codings_of_each_generation),
    };

    return cmocka_run_group_tests_name("client_data", tests, NULL, NULL);
}
