/* Cross-origin headers, as Node's `cors` package sends them. */
#include "../lib/host.h"
#include "net/cors.h"

typedef struct {
    test_host_t host;
    client_t client;
    sio__cors_t *cors;
    answer_t answer;
} fixture_t;

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const fixture_t *f = data;
    if (strcmp(sio_http_path(request), "/script") == 0) {
        const char *word = sio__cors_allows_script(f->cors, request) ? "yes" : "no";
        assert_int_equal(sio_http_end(response, word, strlen(word)), 0);
        return;
    }
    if (strcmp(sio_http_method(request), "OPTIONS") == 0) {
        sio__cors_preflight(f->cors, request, response);
        return;
    }
    sio__cors_apply(f->cors, request, response);
    assert_int_equal(sio_http_end(response, "ok", 2), 0);
}

static const sio__route_ops_t ops = {.request = on_request};

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    test_host_open(&f->host, NULL);
    assert_int_equal(sio__host_route(f->host.host, "", 0, 100, &ops, f), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    answer_free(&f->answer);
    client_close(&f->client);
    test_host_close(&f->host);
    sio__cors_free(f->cors);
    free(f);
    return 0;
}

/* The answer to a request with these headers; only its own and ours of HTTP besides are in it. */
static const answer_t *ask(fixture_t *f, const sio_cors_options_t *options, const char *method,
                           const char *headers) {
    char request[512];
    sio__cors_free(f->cors);
    f->cors = options != NULL ? sio__cors_new(options) : NULL;
    answer_free(&f->answer);
    snprintf(request, sizeof(request), "%s / HTTP/1.1\r\nHost: x\r\n%s\r\n", method, headers);
    client_puts(&f->client, request);
    client_answer(&f->client, &f->answer, 0);
    return &f->answer;
}

/* Value of a header that must be there. */
static const char *value(const answer_t *answer, const char *name) {
    const char *found = answer_header(answer, name);
    return found != NULL ? found : "(missing)";
}

#define ORIGIN "Origin: http://a.example\r\n"

static void without_options_nothing(void **state) {
    const answer_t *answer = ask(*state, NULL, "GET", ORIGIN);
    assert_null(strstr(answer->head, "Access-Control"));
    assert_null(strstr(answer->head, "Vary"));
}

static void any_origin(void **state) {
    sio_cors_options_t options = {0};
    const answer_t *answer = ask(*state, &options, "GET", ORIGIN);
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "*");
    assert_null(strstr(answer->head, "Vary"));
    assert_null(strstr(answer->head, "Credentials"));
    options.origin = "*";
    options.credentials = 1;
    options.exposed_headers = "x-a,x-b";
    answer = ask(*state, &options, "GET", "");
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "*");
    assert_string_equal(value(answer, "Access-Control-Allow-Credentials"), "true");
    assert_string_equal(value(answer, "Access-Control-Expose-Headers"), "x-a,x-b");
}

/* One origin is told to everybody. */
static void one_origin(void **state) {
    sio_cors_options_t options = {.origin = "http://b.example"};
    const answer_t *answer = ask(*state, &options, "GET", ORIGIN);
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "http://b.example");
    assert_string_equal(value(answer, "Vary"), "Origin");
}

static void check_list(fixture_t *f, const char *list, const char *origin, int allowed) {
    char header[128];
    sio_cors_options_t options = {.origin = list};
    snprintf(header, sizeof(header), "Origin: %s\r\n", origin);
    const answer_t *answer = ask(f, &options, "GET", header);
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"),
                        allowed ? origin : "(missing)");
    assert_string_equal(value(answer, "Vary"), "Origin");
}

static void a_list_of_origins(void **state) {
    fixture_t *f = *state;
    check_list(f, "http://a.example, http://b.example", "http://a.example", 1);
    check_list(f, "http://a.example, http://b.example", "http://b.example", 1);
    check_list(f, "http://a.example, http://b.example", "http://c.example", 0);
    check_list(f, "http://a.example, http://b.example", "http://a.example:8080", 0);
    check_list(f, "http://a.example,null", "null", 1);
    const answer_t *answer =
        ask(f, &(sio_cors_options_t){.origin = "http://a.example,http://b.example"}, "GET", "");
    assert_null(answer_header(answer, "Access-Control-Allow-Origin"));
    assert_string_equal(value(answer, "Vary"), "Origin");
}

static void patterns(void **state) {
    fixture_t *f = *state;
    check_list(f, "https://*.example.org", "https://a.example.org", 1);
    check_list(f, "https://*.example.org", "https://a.b.example.org", 1);
    check_list(f, "https://*.example.org", "https://example.org", 0);
    check_list(f, "https://*.example.org", "https://.example.org", 0);
    check_list(f, "https://*.example.org", "http://a.example.org", 0);
    check_list(f, "https://*.example.org", "https://a.example.org.evil.com", 0);
    check_list(f, "https://*.example.org", "https://evil.com/.example.org", 0);
    check_list(f, "https://*.example.org", "https://evil.com?.example.org", 0);
    check_list(f, "http://localhost:*", "http://localhost:3000", 1);
    check_list(f, "http://localhost:*", "http://localhost:", 0);
    check_list(f, "http://a.example,*", "http://any.example", 1);
}

static int decide(const char *origin, void *data) {
    (*(int *) data)++;
    return strcmp(origin, "http://a.example") == 0;
}

static void a_callback_decides(void **state) {
    fixture_t *f = *state;
    int asked = 0;
    sio_cors_options_t options = {.origin_cb = decide, .origin_data = &asked, .credentials = 1};
    const answer_t *answer = ask(f, &options, "GET", ORIGIN);
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "http://a.example");
    assert_string_equal(value(answer, "Vary"), "Origin");
    answer = ask(f, &options, "GET", "Origin: http://b.example\r\n");
    assert_null(strstr(answer->head, "Access-Control"));
    assert_null(strstr(answer->head, "Vary"));
    assert_int_equal(asked, 2);
    answer = ask(f, &options, "GET", "");
    assert_null(answer_header(answer, "Access-Control-Allow-Origin"));
    assert_string_equal(value(answer, "Vary"), "Origin");
    assert_int_equal(asked, 2);
}

static void a_preflight(void **state) {
    fixture_t *f = *state;
    sio_cors_options_t options = {.origin = "http://a.example", .credentials = 1};
    const answer_t *answer = ask(f, &options, "OPTIONS", ORIGIN
                                 "Access-Control-Request-Method: POST\r\n"
                                 "Access-Control-Request-Headers: x-foo\r\n");
    assert_int_equal(answer->status, 204);
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "http://a.example");
    assert_string_equal(value(answer, "Vary"), "Origin, Access-Control-Request-Headers");
    assert_string_equal(value(answer, "Access-Control-Allow-Credentials"), "true");
    assert_string_equal(value(answer, "Access-Control-Allow-Methods"),
                        "GET,HEAD,PUT,PATCH,POST,DELETE");
    assert_string_equal(value(answer, "Access-Control-Allow-Headers"), "x-foo");
    assert_string_equal(value(answer, "Content-Length"), "0");
    assert_null(answer_header(answer, "Access-Control-Max-Age"));
}

static void a_preflight_with_everything(void **state) {
    fixture_t *f = *state;
    sio_cors_options_t options = {.methods = "GET", .allowed_headers = "x-a,x-b",
                                  .exposed_headers = "x-c", .max_age = 600};
    const answer_t *answer = ask(f, &options, "OPTIONS", "");
    assert_string_equal(value(answer, "Access-Control-Allow-Origin"), "*");
    assert_null(strstr(answer->head, "Vary"));
    assert_string_equal(value(answer, "Access-Control-Allow-Methods"), "GET");
    assert_string_equal(value(answer, "Access-Control-Allow-Headers"), "x-a,x-b");
    assert_string_equal(value(answer, "Access-Control-Expose-Headers"), "x-c");
    assert_string_equal(value(answer, "Access-Control-Max-Age"), "600");
    options.allowed_headers = NULL;
    answer = ask(f, &options, "OPTIONS", "");
    assert_string_equal(value(answer, "Vary"), "Access-Control-Request-Headers");
    assert_null(answer_header(answer, "Access-Control-Allow-Headers"));
}

static void check_script(fixture_t *f, const sio_cors_options_t *options, const char *headers,
                         const char *expected) {
    char request[512];
    sio__cors_free(f->cors);
    f->cors = options != NULL ? sio__cors_new(options) : NULL;
    answer_free(&f->answer);
    snprintf(request, sizeof(request), "GET /script HTTP/1.1\r\nHost: x:3000\r\n%s\r\n", headers);
    client_puts(&f->client, request);
    client_answer(&f->client, &f->answer, 0);
    assert_string_equal(f->answer.body, expected);
}

/* A page's script element sends no Origin, so its page's address decides. */
static void a_script_is_known_by_its_page(void **state) {
    const sio_cors_options_t any = {0}, one = {.origin = "http://a.example"};
    const sio_cors_options_t list = {.origin = "http://b.example,https://*.a.example"};
    int asked = 0;
    const sio_cors_options_t callback = {.origin_cb = decide, .origin_data = &asked};
    check_script(*state, NULL, "Referer: http://evil.example/\r\n", "yes");
    check_script(*state, &any, "Referer: http://evil.example/\r\n", "yes");
    check_script(*state, &any, "", "yes");
    check_script(*state, &one, "", "no");
    check_script(*state, &one, "Referer: http://a.example/page?x=1\r\n", "yes");
    check_script(*state, &one, "Referer: http://a.example\r\n", "yes");
    check_script(*state, &one, "Referer: http://a.example.evil.example/\r\n", "no");
    check_script(*state, &one, "Referer: http://evil.example/http://a.example\r\n", "no");
    check_script(*state, &one, "Referer: http://evil.example?http://x:3000/\r\n", "no");
    check_script(*state, &one, "Referer: x:3000\r\n", "no");
    check_script(*state, &one, "Referer: https://X:3000/its/own/page\r\n", "yes");
    check_script(*state, &one, "Origin: http://evil.example\r\nReferer: http://a.example/\r\n", "no");
    check_script(*state, &list, "Referer: https://www.a.example/page\r\n", "yes");
    check_script(*state, &list, "Referer: https://evil.example/.a.example\r\n", "no");
    check_script(*state, &callback, "Referer: http://a.example/\r\n", "yes");
    check_script(*state, &callback, "Referer: http://b.example/\r\n", "no");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_options_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(any_origin, setup, teardown),
        cmocka_unit_test_setup_teardown(one_origin, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_of_origins, setup, teardown),
        cmocka_unit_test_setup_teardown(patterns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(a_script_is_known_by_its_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_preflight, setup, teardown),
        cmocka_unit_test_setup_teardown(a_preflight_with_everything, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
