/* The clients' files over HTTP [C1-C6, L14], with tables of the test's. */
#include "../lib/host.h"
#include "serve/client.h"

#define BYTES(text) (const unsigned char *) (text)

static const sio__client_file_t files_4[] = {
    {"socket.io.js", BYTES("plain text"), BYTES("gzipped"), BYTES("brotli"), 10, 7, 6},
    {"socket.io.js.map", BYTES("{}"), BYTES("gz"), BYTES("b"), 2, 2, 1},
    {"socket.io.min.js", BYTES("min"), NULL, NULL, 3, 0, 0},
    {NULL, NULL, NULL, NULL, 0, 0, 0},
};

static const sio__client_file_t files_2[] = {
    {"socket.io.js", BYTES("two"), NULL, NULL, 3, 0, 0},
    {"socket.io.js.map", BYTES("[2]"), NULL, NULL, 3, 0, 0},
    {NULL, NULL, NULL, NULL, 0, 0, 0},
};

static const sio__client_file_t files_09[] = {
    {"socket.io.js", BYTES("zero nine"), BYTES("09 zip"), NULL, 9, 6, 0},
    {NULL, NULL, NULL, NULL, 0, 0, 0},
};

static const sio__client_bundle_t bundles[] = {
    {"4", "4.8.4", files_4, 1},
    {"2", "2.5.0", files_2, 0},
    {"0.9", "0.9.17", files_09, 0},
    {NULL, NULL, NULL, 0},
};

typedef struct {
    test_host_t host;
    sio__client_files_t *files;
    client_t client;
} fixture_t;

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    if (sio__client_files_serve(request, response, data))
        return;
    sio_http_status(response, 404);
    sio_http_end(response, "not a file", 10);
}

static const sio__route_ops_t ops = {.request = on_request};

static void open_with(fixture_t *f, const sio_options_t *options,
                      const sio__client_bundle_t *built_in) {
    test_host_open(&f->host, options);
    f->files = sio__client_files_new(options, built_in);
    assert_non_null(f->files);
    assert_int_equal(sio__host_route(f->host.host, "/", 0, 100, &ops, f->files), 0);
    test_host_client(&f->host, &f->client);
}

static void open_at(fixture_t *f, const char *path, const char *client_version) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.path = path;
    options.client_version = client_version;
    open_with(f, &options, bundles);
}

static void close_it(fixture_t *f) {
    client_close(&f->client);
    test_host_close(&f->host);
    sio__client_files_free(f->files);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    open_at(f, "/socket.io", NULL);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    close_it(*state);
    free(*state);
    return 0;
}

static void ask(fixture_t *f, const char *method, const char *path, const char *headers,
                answer_t *answer) {
    char request[512];
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, path,
             headers);
    client_puts(&f->client, request);
    client_answer(&f->client, answer, strcmp(method, "HEAD") == 0);
}

/* The body that comes with this Accept-Encoding. */
static void expect_form(fixture_t *f, const char *accept, const char *encoding, const char *body) {
    answer_t answer;
    char headers[256];
    snprintf(headers, sizeof(headers), "Accept-Encoding: %s\r\n", accept != NULL ? accept : "");
    ask(f, "GET", "/socket.io/socket.io.js", accept != NULL ? headers : "", &answer);
    assert_int_equal(answer.status, 200);
    const char *got = answer_header(&answer, "Content-Encoding");
    if (encoding == NULL ? got != NULL : got == NULL || strcmp(got, encoding) != 0)
        fail_msg("for %s: %s", accept != NULL ? accept : "nothing", got != NULL ? got : "identity");
    assert_string_equal(answer.body, body);
    answer_free(&answer);
}

static void the_headers(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    ask(f, "GET", "/socket.io/socket.io.js?v=1", "", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "plain text");
    assert_string_equal(answer_header(&answer, "Content-Type"),
                        "application/javascript; charset=utf-8");
    assert_string_equal(answer_header(&answer, "Cache-Control"), "public, max-age=0");
    assert_string_equal(answer_header(&answer, "ETag"), "\"4.8.4\"");
    assert_string_equal(answer_header(&answer, "Content-Length"), "10");
    assert_string_equal(answer_header(&answer, "Vary"), "Accept-Encoding");
    assert_null(answer_header(&answer, "Transfer-Encoding"));
    answer_free(&answer);
    ask(f, "GET", "/socket.io/socket.io.js.map", "", &answer);
    assert_string_equal(answer_header(&answer, "Content-Type"), "application/json; charset=utf-8");
    assert_string_equal(answer.body, "{}");
    answer_free(&answer);
    ask(f, "HEAD", "/socket.io/socket.io.js", "", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Content-Length"), "10");
    answer_free(&answer);
    ask(f, "POST", "/socket.io/socket.io.js", "Content-Length: 0\r\n", &answer); /* any method */
    assert_string_equal(answer.body, "plain text");
    answer_free(&answer);
}

static void encodings(void **state) {
    fixture_t *f = *state;
    expect_form(f, NULL, NULL, "plain text");
    expect_form(f, "", NULL, "plain text");
    expect_form(f, "gzip, deflate, br", "br", "brotli");
    expect_form(f, "gzip, deflate", "gzip", "gzipped");
    expect_form(f, "deflate", NULL, "plain text");
    expect_form(f, "br;q=0.5, gzip;q=0.8", "gzip", "gzipped");
    expect_form(f, "br;q=0, gzip;q=0.001", "gzip", "gzipped");
    expect_form(f, "br;q=0,gzip;q=0.000", NULL, "plain text");
    expect_form(f, "gzip;q=0.5, identity;q=0.9", NULL, "plain text");
    expect_form(f, "gzip;q=0.5, identity;q=0.2", "gzip", "gzipped");
    expect_form(f, "*", "br", "brotli");
    expect_form(f, "br;q=0, *;q=0.3", "gzip", "gzipped");
    expect_form(f, "brotli, xgzip", NULL, "plain text");
    expect_form(f, "gzip ; q=1", "gzip", "gzipped");
    expect_form(f, "gzip;q=nonsense", "gzip", "gzipped");
}

static void a_file_with_one_form(void **state) {
    fixture_t *f = *state;
    answer_t answer;
    ask(f, "GET", "/socket.io/socket.io.min.js", "Accept-Encoding: br, gzip\r\n", &answer);
    assert_null(answer_header(&answer, "Content-Encoding"));
    assert_string_equal(answer.body, "min");
    answer_free(&answer);
}

static void not_modified(void **state) {
    static const char *const known[] = {"\"4.8.4\"", "W/\"4.8.4\""};
    fixture_t *f = *state;
    answer_t answer;
    char headers[64];
    for (int i = 0; i < 2; i++) {
        snprintf(headers, sizeof(headers), "If-None-Match: %s\r\n", known[i]);
        ask(f, "GET", "/socket.io/socket.io.js", headers, &answer);
        assert_int_equal(answer.status, 304);
        assert_null(answer_header(&answer, "ETag")); /* [C3] */
        answer_free(&answer);
    }
    ask(f, "GET", "/socket.io/socket.io.js", "If-None-Match: \"4.8.3\"\r\n", &answer);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void what_is_no_file(void **state) {
    static const char *const paths[] = {
        "/socket.io", "/socket.io/", "/socket.io/other.js", "/socket.io/socket.io.jsx",
        "/socket.io/x/socket.io.js", "/socket.iosocket.io.js", "/x/socket.io.js", "/s",
        "/socket.io/socket.io", "/socket.io/socket.io.v", "/socket.io/socket.io.v4.8.4",
        "/socket.io/socket.io.v4.8.js", "/socket.io/socket.io.v4.8.41.js",
        "/socket.io/socket.io.v4.8.5.js", "/socket.io/socket.io.4.8.4.js",
        "/socket.io/socket.io.v2.5.0.min.js", /* that generation has none */
        "/socket.io/socket.io.v0.9.17.v0.9.17.js",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        answer_t answer;
        ask(f, "GET", paths[i], "", &answer);
        assert_int_equal(answer.status, 404);
        answer_free(&answer);
    }
}

static void other_paths_and_origins(void **state) {
    sio_cors_options_t cors = {.origin = "http://page.example"};
    sio_options_t options = SIO_OPTIONS_INIT;
    fixture_t f;
    answer_t answer;
    (void) state;
    options.path = "/deep/er/server.js";
    options.cors = &cors;
    open_with(&f, &options, bundles);
    ask(&f, "GET", "/deep/er/server.js/socket.io.js", "Origin: http://page.example\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Access-Control-Allow-Origin"),
                        "http://page.example");
    answer_free(&answer);
    ask(&f, "GET", "/deep/er/server.js/socket.io.js",
        "If-None-Match: \"4.8.4\"\r\nOrigin: http://page.example\r\n", &answer);
    assert_int_equal(answer.status, 304);
    /* [E42] */
    assert_string_equal(answer_header(&answer, "Access-Control-Allow-Origin"),
                        "http://page.example");
    answer_free(&answer);
    close_it(&f);
}

/* --- generations ----------------------------------------------------------------------------- */

static void expect_file(fixture_t *f, const char *path, const char *body, const char *type,
                        const char *etag) {
    answer_t answer;
    ask(f, "GET", path, "Accept-Encoding: br\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, body);
    assert_string_equal(answer_header(&answer, "Content-Type"), type);
    assert_string_equal(answer_header(&answer, "ETag"), etag);
    assert_string_equal(answer_header(&answer, "Cache-Control"), "public, max-age=0");
    assert_null(answer_header(&answer, "SourceMap"));
    answer_free(&answer);
}

static void expect_none(fixture_t *f, const char *path) {
    answer_t answer;
    ask(f, "GET", path, "", &answer);
    assert_int_equal(answer.status, 404);
    answer_free(&answer);
}

static void the_latest_is_selected_by_its_name_too(void **state) {
    fixture_t f;
    (void) state;
    open_at(&f, "/socket.io", "4");
    expect_file(&f, "/socket.io/socket.io.js", "brotli", "application/javascript; charset=utf-8",
                "\"4.8.4\"");
    close_it(&f);
}

static void two_selected(void **state) {
    fixture_t f;
    answer_t answer;
    (void) state;
    open_at(&f, "/socket.io", "2");
    expect_file(&f, "/socket.io/socket.io.js", "two", "application/javascript", "\"2.5.0\"");
    expect_file(&f, "/socket.io/socket.io.js.map", "[2]", "application/json", "\"2.5.0\"");
    expect_none(&f, "/socket.io/socket.io.min.js"); /* [C6] */
    ask(&f, "GET", "/socket.io/socket.io.js", "Accept-Encoding: gzip, br\r\n", &answer);
    assert_null(answer_header(&answer, "Content-Encoding"));
    assert_null(answer_header(&answer, "Vary"));
    answer_free(&answer);
    ask(&f, "GET", "/socket.io/socket.io.js", "If-None-Match: \"2.5.0\"\r\n", &answer);
    assert_int_equal(answer.status, 304);
    answer_free(&answer);
    close_it(&f);
}

static void nine_selected(void **state) {
    fixture_t f;
    answer_t answer;
    (void) state;
    open_at(&f, "/", "0.9");
    expect_file(&f, "/socket.io.js", "zero nine", "application/javascript", "\"0.9.17\"");
    expect_none(&f, "/socket.io.js.map");
    ask(&f, "GET", "/socket.io.js", "Accept-Encoding: gzip, br\r\n", &answer);
    assert_string_equal(answer_header(&answer, "Content-Encoding"), "gzip");
    assert_string_equal(answer_header(&answer, "Vary"), "Accept-Encoding");
    assert_string_equal(answer.body, "09 zip");
    answer_free(&answer);
    close_it(&f);
}

static void all_by_versioned_names(void **state) {
    static const struct {
        const char *path, *body, *type, *etag, *map;
    } expected[] = {
        {"/socket.io/socket.io.v4.8.4.js", "plain text", "application/javascript; charset=utf-8",
         "\"4.8.4\"", "socket.io.v4.8.4.js.map"},
        {"/socket.io/socket.io.v4.8.4.js.map?x", "{}", "application/json; charset=utf-8",
         "\"4.8.4\"", NULL},
        {"/socket.io/socket.io.v4.8.4.min.js", "min", "application/javascript; charset=utf-8",
         "\"4.8.4\"", NULL},
        {"/socket.io/socket.io.v2.5.0.js", "two", "application/javascript", "\"2.5.0\"",
         "socket.io.v2.5.0.js.map"},
        {"/socket.io/socket.io.v2.5.0.js.map", "[2]", "application/json", "\"2.5.0\"", NULL},
        {"/socket.io/socket.io.v0.9.17.js", "zero nine", "application/javascript", "\"0.9.17\"",
         NULL},
    };
    static const char *const selections[] = {NULL, "4", "2", "0.9"};
    (void) state;
    for (size_t s = 0; s < 4; s++) {
        fixture_t f;
        open_at(&f, "/socket.io", selections[s]);
        for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
            answer_t answer;
            ask(&f, "GET", expected[i].path, "", &answer);
            assert_int_equal(answer.status, 200);
            assert_string_equal(answer.body, expected[i].body);
            assert_string_equal(answer_header(&answer, "Content-Type"), expected[i].type);
            assert_string_equal(answer_header(&answer, "ETag"), expected[i].etag);
            assert_string_equal(answer_header(&answer, "Cache-Control"),
                                "public, max-age=31536000, immutable");
            const char *map = answer_header(&answer, "SourceMap");
            if (expected[i].map == NULL)
                assert_null(map);
            else
                assert_string_equal(map, expected[i].map);
            answer_free(&answer);
        }
        close_it(&f);
    }
}

static void what_is_not_built_in(void **state) {
    static const sio__client_bundle_t some[] = {{"4", "4.8.4", files_4, 1}, {NULL, NULL, NULL, 0}};
    static const sio__client_bundle_t none[] = {{NULL, NULL, NULL, 0}};
    sio_options_t options = SIO_OPTIONS_INIT;
    fixture_t f;
    answer_t answer;
    (void) state;
    options.path = "/socket.io";
    options.client_version = "0.9";
    open_with(&f, &options, some);
    expect_none(&f, "/socket.io/socket.io.js");
    expect_none(&f, "/socket.io/socket.io.v0.9.17.js");
    ask(&f, "GET", "/socket.io/socket.io.v4.8.4.js", "", &answer);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    close_it(&f);
    open_with(&f, &options, none);
    expect_none(&f, "/socket.io/socket.io.js");
    close_it(&f);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(the_headers),
        IN(encodings),
        IN(a_file_with_one_form),
        IN(not_modified),
        IN(what_is_no_file),
        cmocka_unit_test(other_paths_and_origins),
        cmocka_unit_test(the_latest_is_selected_by_its_name_too),
        cmocka_unit_test(two_selected),
        cmocka_unit_test(nine_selected),
        cmocka_unit_test(all_by_versioned_names),
        cmocka_unit_test(what_is_not_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
