/* Files over HTTP: types, versions, ranges, what must not be found, and peers that vanish in
 * the middle. */
#include "serve/static.h"
#include "../lib/host.h"
#include <ftw.h>
#include <sys/stat.h>

enum { BIG = 5 * 1024 * 1024 + 123 };

typedef struct {
    test_host_t host;
    client_t client;
    char folder[64];
    answer_t answer;
} fixture_t;

static void put_file(const char *folder, const char *name, const char *text, size_t length) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void put_text(const char *folder, const char *name, const char *text) {
    put_file(folder, name, text, strlen(text));
}

static char big_byte(size_t at) {
    return (char) ('a' + (at / 7 + at) % 26);
}

/* A folder "www" with a neighbour that must not be seen. */
static void make_folder(fixture_t *f) {
    static const char *const folders[] = {"",           "/www",      "/www/sub",
                                          "/www/empty", "/www/.git", "/www-other"};
    char path[256], target[256], *big = malloc(BIG);
    strcpy(f->folder, "/tmp/sio-static-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    for (size_t i = 1; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", f->folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put_text(f->folder, "secret.txt", "secret");
    put_text(f->folder, "www-other/x.txt", "other");
    put_text(f->folder, "www/index.html", "<p>index");
    put_text(f->folder, "www/hello.txt", "0123456789");
    put_text(f->folder, "www/no-ending", "x");
    put_text(f->folder, "www/empty.css", "");
    put_text(f->folder, "www/with space \xc3\xa9.JS", "js");
    put_text(f->folder, "www/.hidden", "hidden");
    put_text(f->folder, "www/.git/config", "config");
    put_text(f->folder, "www/sub/index.html", "<p>sub");
    put_text(f->folder, "www/back\\slash.txt", "x");
    put_text(f->folder, "www/co:lon.txt", "x");
    for (size_t i = 0; i < BIG; i++)
        big[i] = big_byte(i);
    put_file(f->folder, "www/big.bin", big, BIG);
    free(big);
    snprintf(path, sizeof(path), "%s/www/out.txt", f->folder);
    assert_int_equal(symlink("../secret.txt", path), 0);
    snprintf(path, sizeof(path), "%s/www/outdir", f->folder);
    snprintf(target, sizeof(target), "%s/www-other", f->folder);
    assert_int_equal(symlink(target, path), 0);
    snprintf(path, sizeof(path), "%s/www/in.txt", f->folder);
    assert_int_equal(symlink("hello.txt", path), 0);
    snprintf(path, sizeof(path), "%s/www/to-hidden.txt", f->folder);
    assert_int_equal(symlink(".hidden", path), 0);
    snprintf(path, sizeof(path), "%s/www/loop", f->folder);
    assert_int_equal(symlink("loop", path), 0);
    snprintf(path, sizeof(path), "%s/www/fifo", f->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    char path[256];
    make_folder(f);
    test_host_open(&f->host, NULL);
    snprintf(path, sizeof(path), "%s/www", f->folder);
    assert_int_equal(sio__static_add(f->host.host, "/s", path), 0);
    snprintf(path, sizeof(path), "%s/www/sub/../../www/", f->folder);
    assert_int_equal(sio__static_add(f->host.host, "/", path), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw) {
    (void) info;
    (void) type;
    (void) ftw;
    return remove(path);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    answer_free(&f->answer);
    client_close(&f->client);
    test_host_close(&f->host);
    nftw(f->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static const answer_t *ask(fixture_t *f, const char *method, const char *url, const char *headers) {
    char request[1024];
    answer_free(&f->answer);
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, url, headers);
    client_puts(&f->client, request);
    client_answer(&f->client, &f->answer, strcmp(method, "HEAD") == 0);
    return &f->answer;
}

static const char *value(const answer_t *answer, const char *name) {
    const char *found = answer_header(answer, name);
    return found != NULL ? found : "(missing)";
}

static void check(fixture_t *f, const char *url, int status, const char *body, const char *type) {
    const answer_t *answer = ask(f, "GET", url, "");
    if (answer->status != status)
        fail_msg("%s: %d, not %d", url, answer->status, status);
    if (body != NULL)
        assert_string_equal(answer->body, body);
    if (type != NULL)
        assert_string_equal(value(answer, "Content-Type"), type);
}

static void files(void **state) {
    fixture_t *f = *state;
    check(f, "/s/hello.txt", 200, "0123456789", "text/plain; charset=utf-8");
    check(f, "/hello.txt?v=1", 200, "0123456789", "text/plain; charset=utf-8");
    check(f, "/s/no-ending", 200, "x", "application/octet-stream");
    check(f, "/s/empty.css", 200, "", "text/css; charset=utf-8");
    check(f, "/s/with%20space%20%C3%A9.JS", 200, "js", "text/javascript; charset=utf-8");
    check(f, "/s/in.txt", 200, "0123456789", "text/plain; charset=utf-8");
    check(f, "/s//hello.txt", 200, "0123456789", NULL);
    check(f, "/s/nothing", 404, NULL, NULL);
    check(f, "/s/hello.txt/x", 404, NULL, NULL);
    check(f, "/s/hello.txt/", 404, NULL, NULL);
    check(f, "/s/fifo", 404, NULL, NULL);
    check(f, "/s/loop", 404, NULL, NULL);
}

static void folders(void **state) {
    fixture_t *f = *state;
    check(f, "/", 200, "<p>index", "text/html; charset=utf-8");
    check(f, "/s/", 200, "<p>index", "text/html; charset=utf-8");
    check(f, "/s/sub/", 200, "<p>sub", "text/html; charset=utf-8");
    check(f, "/s/empty/", 404, NULL, NULL);
    check(f, "/s", 301, NULL, NULL);
    assert_string_equal(value(&f->answer, "Location"), "./s/");
    check(f, "/s/sub?a=b", 301, NULL, NULL);
    assert_string_equal(value(&f->answer, "Location"), "./sub/?a=b");
    check(f, "//sub", 301, NULL, NULL);
    assert_string_equal(value(&f->answer, "Location"), "./sub/");
}

static void what_must_not_be_found(void **state) {
    static const char *const urls[] = {
        "/s/../secret.txt", "/s/%2e%2e/secret.txt", "/s/.%2e/secret.txt", "/s/..%2fsecret.txt",
        "/s/sub/../../secret.txt", "/s/sub/%2e%2e%2f%2e%2e%2fsecret.txt", "/../secret.txt",
        "/s/..\\secret.txt", "/s/..%5csecret.txt", "/s/sub\\..\\..\\secret.txt",
        "/s/back%5cslash.txt", "/s/co:lon.txt", "/s/c:/windows", "/s/hello.txt::$DATA",
        "/s/.hidden", "/s/%2ehidden", "/s/.git/config", "/s/.", "/s/./hello.txt", "/s/sub/..",
        "/s/..", "/s/...", "/s-other/x.txt", "/s/../www-other/x.txt", "/s/out.txt",
        "/s/outdir/x.txt", "/s/outdir/", "/s/outdir", "/s/to-hidden.txt",
        "/s/%252e%252e/secret.txt",
        "/s//../secret.txt", "/s/..%c0%afsecret.txt", "/s/%c0%ae%c0%ae/secret.txt",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        check(f, urls[i], 404, NULL, NULL);
        assert_null(strstr(f->answer.body, "secret"));
    }
}

static void methods(void **state) {
    fixture_t *f = *state;
    const answer_t *answer = ask(f, "POST", "/s/hello.txt", "Content-Length: 0\r\n");
    assert_int_equal(answer->status, 405);
    assert_string_equal(value(answer, "Allow"), "GET, HEAD");
    answer = ask(f, "HEAD", "/s/hello.txt", "");
    assert_int_equal(answer->status, 200);
    assert_string_equal(value(answer, "Content-Length"), "10");
    assert_string_equal(value(answer, "Content-Type"), "text/plain; charset=utf-8");
    answer = ask(f, "HEAD", "/s/big.bin", "");
    assert_int_equal(strtol(value(answer, "Content-Length"), NULL, 10), BIG);
    check(f, "/s/hello.txt", 200, "0123456789", NULL);
}

/* Asks with a header made of a value of the last answer's. */
static const answer_t *ask_with(fixture_t *f, const char *format, const char *text) {
    char headers[512];
    snprintf(headers, sizeof(headers), format, text);
    return ask(f, "GET", "/s/hello.txt", headers);
}

static const char long_ago[] = "Sun, 06 Nov 1994 08:49:37 GMT";

static void not_modified(void **state) {
    fixture_t *f = *state;
    char etag[128], modified[64];
    const answer_t *answer = ask(f, "GET", "/s/hello.txt", "");
    strcpy(etag, value(answer, "ETag"));
    strcpy(modified, value(answer, "Last-Modified"));
    assert_true(etag[0] == '"');
    assert_int_equal(strlen(modified), 29);
    assert_int_equal(ask_with(f, "If-None-Match: %s\r\n", etag)->status, 304);
    assert_string_equal(value(&f->answer, "ETag"), etag);
    assert_null(answer_header(&f->answer, "Content-Length"));
    assert_int_equal(ask_with(f, "If-None-Match: \"x\", W/%s\r\n", etag)->status, 304);
    assert_int_equal(ask_with(f, "If-None-Match: %s\r\n", "*")->status, 304);
    assert_int_equal(ask_with(f, "If-None-Match: %s\r\n", "\"x\"")->status, 200);
    assert_int_equal(ask_with(f, "If-Modified-Since: %s\r\n", modified)->status, 304);
    assert_int_equal(ask_with(f, "If-Modified-Since: %s\r\n", long_ago)->status, 200);
    assert_int_equal(ask_with(f, "If-Modified-Since: %s\r\n", "nonsense")->status, 200);
    /* The tag decides when there are both. */
    answer = ask_with(f, "If-None-Match: \"x\"\r\nIf-Modified-Since: %s\r\n", modified);
    assert_int_equal(answer->status, 200);
    put_text(f->folder, "www/hello.txt", "0123456789a");
    assert_int_equal(ask_with(f, "If-None-Match: %s\r\n", etag)->status, 200);
}

static void check_range(fixture_t *f, const char *range, int status, const char *body,
                        const char *content_range) {
    const answer_t *answer = ask_with(f, "Range: %s\r\n", range);
    assert_int_equal(answer->status, status);
    assert_string_equal(answer->body, body);
    assert_string_equal(value(answer, "Content-Range"), content_range);
}

static void ranges(void **state) {
    fixture_t *f = *state;
    static const char none[] = "(missing)";
    check_range(f, "bytes=0-0", 206, "0", "bytes 0-0/10");
    check_range(f, "bytes=2-4", 206, "234", "bytes 2-4/10");
    check_range(f, "bytes=7-", 206, "789", "bytes 7-9/10");
    check_range(f, "bytes=7-100", 206, "789", "bytes 7-9/10");
    check_range(f, "bytes=-3", 206, "789", "bytes 7-9/10");
    check_range(f, "bytes=-30", 206, "0123456789", "bytes 0-9/10");
    check_range(f, "bytes=0-18446744073709551615", 200, "0123456789", none);
    check_range(f, "bytes=10-", 416, "", "bytes */10");
    check_range(f, "bytes=-0", 416, "", "bytes */10");
    check_range(f, "bytes=4-2", 200, "0123456789", none);
    check_range(f, "bytes=0-1,3-4", 200, "0123456789", none);
    check_range(f, "bytes=a-b", 200, "0123456789", none);
    check_range(f, "bytes=-", 200, "0123456789", none);
    check_range(f, "bytes=", 200, "0123456789", none);
    check_range(f, "lines=0-1", 200, "0123456789", none);
    check_range(f, "bytes=99999999999999999999-", 200, "0123456789", none);
}

static void if_range(void **state) {
    fixture_t *f = *state;
    char etag[128], modified[64];
    const answer_t *answer = ask(f, "GET", "/s/hello.txt", "");
    strcpy(etag, value(answer, "ETag"));
    strcpy(modified, value(answer, "Last-Modified"));
    assert_int_equal(ask_with(f, "Range: bytes=0-1\r\nIf-Range: %s\r\n", etag)->status, 206);
    assert_int_equal(ask_with(f, "Range: bytes=0-1\r\nIf-Range: %s\r\n", modified)->status, 206);
    assert_int_equal(ask_with(f, "Range: bytes=0-1\r\nIf-Range: %s\r\n", "\"x\"")->status, 200);
    assert_int_equal(ask_with(f, "Range: bytes=0-1\r\nIf-Range: W/%s\r\n", etag)->status, 200);
    assert_int_equal(ask_with(f, "Range: bytes=0-1\r\nIf-Range: %s\r\n",
                              long_ago)->status, 200);
}

static void a_big_file(void **state) {
    fixture_t *f = *state;
    const answer_t *answer = ask(f, "GET", "/s/big.bin", "");
    assert_int_equal(answer->status, 200);
    assert_int_equal(answer->length, BIG);
    for (size_t i = 0; i < BIG; i++)
        if (answer->body[i] != big_byte(i))
            fail_msg("byte %zu is wrong", i);
    answer = ask(f, "GET", "/s/big.bin", "Range: bytes=1000000-3000000\r\n");
    assert_int_equal(answer->status, 206);
    assert_int_equal(answer->length, 2000001);
    for (size_t i = 0; i < answer->length; i++)
        if (answer->body[i] != big_byte(1000000 + i))
            fail_msg("byte %zu of the range is wrong", i);
}

static void pipelined(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < 20; i++)
        client_puts(&f->client, "GET /s/hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"
                                "GET /s/sub/ HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        client_expect_answer(&f->client, 200, "0123456789");
        client_expect_answer(&f->client, 200, "<p>sub");
    }
}

/* Only so much is read ahead of a peer that does not read. */
static void a_peer_that_does_not_read(void **state) {
    fixture_t *f = *state;
    client_puts(&f->client, "GET /s/big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
    uint64_t start = client_now();
    while (client_now() - start < 200)
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
    sio__conn_t *conn = sio__host_loop(f->host.host)->conns;
    assert_non_null(conn);
    assert_true(sio__conn_buffered(conn) < 3 * 65536);
    client_answer(&f->client, &f->answer, 0);
    assert_int_equal(f->answer.length, BIG);
}

static void vanishing_at_any_time(void **state) {
    fixture_t *f = *state;
    void (*const vanish[])(client_t *) = {client_close, client_reset};
    for (int i = 0; i < 60; i++) {
        client_t client;
        test_host_client(&f->host, &client);
        client_puts(&client, i % 3 == 0 ? "GET /s/hello.txt HTTP/1.1\r\nHost: x\r\n\r\n"
                                        : "GET /s/big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
        for (int turn = 0; turn < i / 2; turn++)
            uv_run(&f->host.uv, UV_RUN_NOWAIT);
        if (i % 4 >= 2)
            client_read(&client);
        vanish[i % 2](&client);
        test_host_connections(&f->host, 1);
    }
    check(f, "/s/hello.txt", 200, "0123456789", NULL);
}

/* The host goes while files are being read: the fixture's end checks that nothing is left. */
static void freed_in_mid_read(void **state) {
    fixture_t *f = *state;
    client_t clients[8];
    for (int i = 0; i < 8; i++) {
        test_host_client(&f->host, &clients[i]);
        client_puts(&clients[i], "GET /s/big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
        for (int turn = 0; turn < 4 * i; turn++)
            uv_run(&f->host.uv, UV_RUN_NOWAIT);
    }
    test_host_close(&f->host);
    for (int i = 0; i < 8; i++)
        client_close(&clients[i]);
    test_host_open(&f->host, NULL);
}

static void a_file_that_shrinks(void **state) {
    fixture_t *f = *state;
    char path[256];
    client_puts(&f->client, "GET /s/big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
    uint64_t start = client_now();
    while (client_now() - start < 50)
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
    snprintf(path, sizeof(path), "%s/www/big.bin", f->folder);
    assert_int_equal(truncate(path, 100), 0);
    client_until(&f->client, f->client.ended || f->client.error);
    assert_true(f->client.length < BIG);
    test_host_connections(&f->host, 0);
}

static void bad_arguments(void **state) {
    fixture_t *f = *state;
    assert_true(sio__static_add(f->host.host, "/x", "/no/such/folder") < 0);
    assert_int_equal(sio__static_add(f->host.host, NULL, "/tmp"), SIO_EINVAL);
    assert_int_equal(sio__static_add(f->host.host, "/x", NULL), SIO_EINVAL);
    assert_int_equal(sio__static_add(f->host.host, "x", "/tmp"), SIO_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files, setup, teardown),
        cmocka_unit_test_setup_teardown(folders, setup, teardown),
        cmocka_unit_test_setup_teardown(what_must_not_be_found, setup, teardown),
        cmocka_unit_test_setup_teardown(methods, setup, teardown),
        cmocka_unit_test_setup_teardown(not_modified, setup, teardown),
        cmocka_unit_test_setup_teardown(ranges, setup, teardown),
        cmocka_unit_test_setup_teardown(if_range, setup, teardown),
        cmocka_unit_test_setup_teardown(a_big_file, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(vanishing_at_any_time, setup, teardown),
        cmocka_unit_test_setup_teardown(freed_in_mid_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_arguments, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
