/* Whose page a request is of, and whether it may have it. */
#include "../lib/host.h"
#include "net/origin.h"

typedef struct {
    test_host_t host;
    sio__cors_t *cors;
} fixture_t;

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    const char *origin;
    int may = sio__origin_may(request, f->cors, strcmp(sio_http_path(request), "/script") == 0,
                              &origin);
    assert_true(may || origin != NULL);
    assert_int_equal(sio_http_end(response, may ? "yes" : "no", may ? 3 : 2), 0);
}

static const sio__route_ops_t ops = {.request = on_request};

static void open_with(fixture_t *f, const sio_cors_options_t *cors, const char *proxies) {
    sio_options_t options = SIO_OPTIONS_INIT;
    memset(f, 0, sizeof(*f));
    options.trusted_proxies = proxies;
    if (cors != NULL) {
        f->cors = sio__cors_new(cors);
        assert_non_null(f->cors);
    }
    test_host_open(&f->host, &options);
    assert_int_equal(sio__host_route(f->host.host, "/", 0, 100, &ops, f), 0);
}

static void close_all(fixture_t *f) {
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    sio__cors_free(f->cors);
}

typedef struct {
    const char *headers;
    int may;
} sample_t;

static void check_at(fixture_t *f, const char *path, const sample_t *samples, size_t count) {
    client_t client;
    test_host_client(&f->host, &client);
    for (size_t i = 0; i < count; i++) {
        char request[1024];
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n%s\r\n", path, samples[i].headers);
        client_puts(&client, request);
        answer_t answer;
        client_answer(&client, &answer, 0);
        if (answer.status != 200 || strcmp(answer.body, samples[i].may ? "yes" : "no") != 0)
            fail_msg("%s got %s%s", samples[i].headers, answer.head, answer.body);
        answer_free(&answer);
    }
    client_close(&client);
}

#define CHECK(f, samples) check_at(f, "/", samples, sizeof(samples) / sizeof(samples[0]))
#define CHECK_SCRIPT(f, samples)                                                                   \
    check_at(f, "/script", samples, sizeof(samples) / sizeof(samples[0]))

#define HOST "Host: example.org\r\n"

static const sample_t without_a_list[] = {
    {HOST, 1},
    {HOST "Origin: http://example.org\r\n", 1},
    {HOST "Origin: https://example.org\r\n", 1},
    {HOST "Origin: https://EXAMPLE.org\r\n", 1},
    {HOST "Origin: https://example.org:443\r\n", 1},
    {HOST "Origin: http://example.org:80\r\n", 1},
    {HOST "Origin: https://example.org:80\r\n", 0},
    {HOST "Origin: http://example.org:443\r\n", 0},
    {HOST "Origin: http://example.org:8080\r\n", 0},
    {HOST "Origin: http://evil.example\r\n", 0},
    {HOST "Origin: http://example.org.evil.example\r\n", 0},
    {HOST "Origin: http://evil-example.org\r\n", 0},
    {HOST "Origin: http://xexample.org\r\n", 0},
    {HOST "Origin: http://example.or\r\n", 0},
    {HOST "Origin: null\r\n", 0},
    {HOST "Origin: example.org\r\n", 0},
    {HOST "Origin: ftp://example.org\r\n", 0},
    {HOST "Origin: file://\r\n", 0},
    {HOST "Origin: http://\r\n", 0},
    {HOST "Origin: http://example.org/\r\n", 0},
    {HOST "Origin: http://user@example.org\r\n", 0},
    {HOST "Origin:\r\n", 0},
    {"Host: example.org:80\r\nOrigin: http://example.org\r\n", 1},
    {"Host: example.org:8080\r\nOrigin: http://example.org:8080\r\n", 1},
    {"Host: example.org:8080\r\nOrigin: http://example.org\r\n", 0},
    {"Host: example.org:443\r\nOrigin: https://example.org\r\n", 1},
    {"Host: [::1]:3000\r\nOrigin: http://[::1]:3000\r\n", 1},
    {"Host: [::1]\r\nOrigin: http://[::1]\r\n", 1},
    {"Host: [::1]:3000\r\nOrigin: http://[::1]\r\n", 0},
    {"Host: [::1]:3000\r\nOrigin: http://[::2]:3000\r\n", 0},
    {"Host: 127.0.0.1:3000\r\nOrigin: http://127.0.0.1:3000\r\n", 1},
    {"Host: 127.0.0.1:3000\r\nOrigin: http://localhost:3000\r\n", 0},
    /* Nobody is believed that he forwards. */
    {HOST "Origin: http://a.example\r\nX-Forwarded-Host: a.example\r\n", 0},
    /* Scripts, frames, links: without an Origin. */
    {HOST "Sec-Fetch-Site: same-origin\r\n", 1},
    {HOST "Sec-Fetch-Site: none\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\n", 0},
    {HOST "Sec-Fetch-Site: same-site\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://evil.example/page\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://example.org/page\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://example.org\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: nonsense\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nOrigin: https://example.org\r\n", 1},
    {HOST "Referer: https://evil.example/page\r\n", 1}, /* of who does not say more */
};

static void only_the_same_origin(void **state) {
    fixture_t f;
    (void) state;
    open_with(&f, NULL, NULL);
    CHECK(&f, without_a_list);
    close_all(&f);
}

static const sample_t with_a_list[] = {
    {HOST, 1},
    {HOST "Origin: http://example.org\r\n", 1},
    {HOST "Origin: https://a.example\r\n", 1},
    {HOST "Origin: https://A.example\r\n", 0}, /* as for CORS: letter by letter */
    {HOST "Origin: http://a.example\r\n", 0},
    {HOST "Origin: https://a.example:444\r\n", 0},
    {HOST "Origin: https://x.b.example\r\n", 1},
    {HOST "Origin: https://x.evil.example/.b.example\r\n", 0},
    {HOST "Origin: https://b.example\r\n", 0},
    {HOST "Origin: null\r\n", 1},
    {HOST "Origin: https://evil.example\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://a.example/page?x=1\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://a.example?x=1\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://a.example.evil/\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://evil.example/https://a.example/\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\n", 0},
};

static void those_listed(void **state) {
    fixture_t f;
    const sio_cors_options_t cors = {.origin = "https://a.example, https://*.b.example, null"};
    (void) state;
    open_with(&f, &cors, NULL);
    CHECK(&f, with_a_list);
    close_all(&f);
}

static const sample_t one[] = {
    {HOST "Origin: https://a.example\r\n", 1},
    {HOST "Origin: https://example.org\r\n", 1},
    {HOST "Origin: https://b.example\r\n", 0},
};

static void a_single_one(void **state) {
    fixture_t f;
    const sio_cors_options_t cors = {.origin = "https://a.example"};
    (void) state;
    open_with(&f, &cors, NULL);
    CHECK(&f, one);
    close_all(&f);
}

static const sample_t anybody[] = {
    {HOST "Origin: https://a.example\r\n", 1},
    {HOST "Origin: null\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\n", 1},
};

static void everybody(void **state) {
    fixture_t f;
    const sio_cors_options_t star = {.origin = "*"}, none = {.origin = NULL};
    (void) state;
    open_with(&f, &star, NULL);
    CHECK(&f, anybody);
    close_all(&f);
    open_with(&f, &none, NULL);
    CHECK(&f, anybody);
    close_all(&f);
}

static int ends_in_a(const char *origin, void *data) {
    ++*(int *) data;
    return origin[0] != '\0' && origin[strlen(origin) - 1] == 'a';
}

static const sample_t asked[] = {
    {HOST "Origin: https://x.aa\r\n", 1},
    {HOST "Origin: https://x.bb\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://x.aa/b\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://x.bb/a\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\n", 0},
};

static void the_application_decides(void **state) {
    fixture_t f;
    int calls = 0;
    const sio_cors_options_t cors = {.origin_cb = ends_in_a, .origin_data = &calls};
    (void) state;
    open_with(&f, &cors, NULL);
    CHECK(&f, asked);
    assert_int_equal(calls, 4); /* not for what nobody knows */
    close_all(&f);
}

static const sample_t forwarded[] = {
    {"Host: 10.0.0.1\r\nX-Forwarded-Host: www.example\r\nOrigin: https://www.example\r\n", 1},
    {"Host: 10.0.0.1\r\nX-Forwarded-Host: a, www.example\r\nOrigin: https://www.example\r\n", 1},
    {"Host: 10.0.0.1\r\nX-Forwarded-Host: www.example:444\r\nOrigin: https://www.example:444\r\n", 1},
    {"Host: 10.0.0.1\r\nX-Forwarded-Host: www.example\r\nOrigin: https://evil.example\r\n", 0},
    {"Host: www.example\r\nOrigin: https://www.example\r\n", 1},
    /* Known to come by TLS: what came in the clear may be anybody's. */
    {"Host: www.example\r\nX-Forwarded-Proto: https\r\nOrigin: https://www.example\r\n", 1},
    {"Host: www.example\r\nX-Forwarded-Proto: https\r\nOrigin: http://www.example\r\n", 0},
    {"Host: www.example\r\nX-Forwarded-Proto: http\r\nOrigin: http://www.example\r\n", 1},
};

static void by_a_trusted_proxy(void **state) {
    fixture_t f;
    (void) state;
    open_with(&f, NULL, "127.0.0.1");
    CHECK(&f, forwarded);
    close_all(&f);
}

/* What has no Origin, whoever's page it is in. */
static const sample_t scripts[] = {
    {HOST, 0},
    {HOST "Referer: https://a.example/page?x=1\r\n", 1},
    {HOST "Referer: https://a.example\r\n", 1},
    {HOST "Referer: https://www.b.example/page\r\n", 1},
    {HOST "Referer: https://a.example.evil.example/\r\n", 0},
    {HOST "Referer: https://evil.example/https://a.example\r\n", 0},
    {HOST "Referer: https://evil.example/.b.example\r\n", 0},
    {HOST "Referer: http://evil.example?http://example.org/\r\n", 0},
    {HOST "Referer: example.org\r\n", 0},
    {HOST "Referer: https://EXAMPLE.org/its/own/page\r\n", 1},
    {"Host: example.org:3000\r\nReferer: http://example.org:3000/its/own/page\r\n", 1},
    {HOST "Origin: https://evil.example\r\nReferer: https://a.example/\r\n", 0},
    {HOST "Origin: https://a.example\r\n", 1},
    {HOST "Sec-Fetch-Site: same-origin\r\n", 1},
    {HOST "Sec-Fetch-Site: cross-site\r\n", 0},
    {HOST "Sec-Fetch-Site: cross-site\r\nReferer: https://a.example/\r\n", 1},
};

static void scripts_are_known_by_their_page(void **state) {
    fixture_t f;
    const sio_cors_options_t cors = {.origin = "https://a.example,https://*.b.example"}, any = {0};
    static const sample_t nobody_asks[] = {{HOST, 1}, {HOST "Referer: http://evil.example/\r\n", 1}};
    (void) state;
    open_with(&f, &cors, NULL);
    CHECK_SCRIPT(&f, scripts);
    close_all(&f);
    open_with(&f, &any, NULL);
    CHECK_SCRIPT(&f, nobody_asks);
    close_all(&f);
}

static void when_it_is_checked(void **state) {
    const sio_cors_options_t cors = {.origin = "*"};
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    assert_false(sio__origin_is_checked(&options));
    options.cors = &cors;
    assert_true(sio__origin_is_checked(&options));
    options.origin_check = SIO_ORIGIN_CHECK_OFF;
    assert_false(sio__origin_is_checked(&options));
    options.cors = NULL;
    options.origin_check = SIO_ORIGIN_CHECK_ON;
    assert_true(sio__origin_is_checked(&options));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_same_origin), cmocka_unit_test(those_listed),
        cmocka_unit_test(a_single_one),         cmocka_unit_test(everybody),
        cmocka_unit_test(the_application_decides), cmocka_unit_test(by_a_trusted_proxy),
        cmocka_unit_test(scripts_are_known_by_their_page),
        cmocka_unit_test(when_it_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
