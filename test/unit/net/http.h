/* Routes of all kinds and a client of theirs, for the tests of requests, responses and streams. */
#ifndef TEST_HTTP_H
#define TEST_HTTP_H

#include "../lib/host.h"
#include "net/kept.h"

typedef struct {
    test_host_t host;
    client_t client;
    sio_http_request_t *request;   /* of /later, until answered or lost */
    sio_http_response_t *response;
    int requests, lost, drained, heads, removed;
    sio__kept_t *kept;
} fixture_t;

/* --- routes ----------------------------------------------------------------------------------- */

static inline void on_lost(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    assert_ptr_equal(response, f->response);
    assert_int_equal(sio_http_end(response, "late", 4), SIO_ECLOSED);
    f->lost++;
    f->response = NULL;
}

/* Says what it got: "POST /echo/x rest=/x body=hello". */
static inline void echo(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    char text[2048];
    size_t length;
    const char *body = sio_http_body(request, &length);
    f->requests++;
    int size = snprintf(text, sizeof(text), "%s %s rest=%s body=%.*s", sio_http_method(request),
                        sio_http_path(request), sio_http_rest(request), (int) length, body);
    assert_int_equal(sio_http_header(response, "Content-Type", "text/plain"), 0);
    assert_int_equal(sio_http_end(response, text, (size_t) size), 0);
}

static inline void later(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->requests++;
    f->request = request;
    f->response = response;
    sio_http_on_close(response, on_lost, f);
}

static inline void headers(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    char text[4096] = "";
    const char *name, *value;
    (void) data;
    for (size_t i = 0; sio_http_header_at(request, i, &name, &value); i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%s;", name, value);
    const char *wanted = sio_http_query(request, "name");
    value = sio_http_header_in(request, wanted != NULL ? wanted : "none");
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "|%s", value ? value : "(none)");
    assert_int_equal(sio_http_end(response, text, strlen(text)), 0);
}

static inline void in_head(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->heads++;
    if (sio_http_query(request, "now") != NULL)
        assert_int_equal(sio_http_end(response, "early", 5), 0);
    else
        later(request, response, data);
}

static inline void after_head(sio_http_request_t *request, sio_http_response_t *response,
                              void *data) {
    fixture_t *f = data;
    f->requests++;
    f->response = NULL;
    sio_http_on_close(response, NULL, NULL);
    size_t length;
    const char *body = sio__request_body(request, &length);
    assert_int_equal(sio_http_end(response, body, length), 0);
}

/* Lengths of extents on both sides of what is copied, all together more than may be. */
static const size_t joined[] = {1, 2, 2048, 2049, 1, 70000, 3,
                                2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000,
                                2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 1, 2048};

static inline void special(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *what = sio_http_rest(request);
    (void) data;
    if (strcmp(what, "/204") == 0) {
        assert_int_equal(sio_http_status(response, 204), 0);
        assert_int_equal(sio_http_end(response, NULL, 0), 0);
    } else if (strcmp(what, "/304") == 0) {
        assert_int_equal(sio_http_status(response, 304), 0);
        assert_int_equal(sio_http_end(response, "never seen", 10), 0);
    } else if (strcmp(what, "/close") == 0) {
        sio__response_close_after(response);
        assert_int_equal(sio_http_end(response, "bye", 3), 0);
    } else if (strcmp(what, "/abort") == 0) {
        sio__response_abort(response);
    } else if (strcmp(what, "/queue") == 0) {
        sio__conn_t *conn = sio__response_conn(response);
        sio__outq_t body = {0};
        sio__rcbuf_t *part = sio__rcbuf_new("counted", 7);
        const unsigned char *copy = sio__scratch_copy(conn->loop->scratch, "scratch ", 8);
        assert_int_equal(sio__outq_scratch(&body, copy, 8), 0);
        assert_int_equal(sio__outq_rcbuf(&body, part, part->data, 7), 0);
        sio__rcbuf_unref(part);
        assert_int_equal(sio__response_end_queue(response, &body, -1), 0);
        assert_int_equal(body.count, 0);
    } else if (strcmp(what, "/joined") == 0) {
        sio__scratch_t *scratch = sio__response_conn(response)->loop->scratch;
        sio__outq_t body = {0};
        for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
            unsigned char *piece = sio__scratch_alloc(scratch, joined[i]);
            memset(piece, 'a' + (int) i % 26, joined[i]);
            assert_int_equal(sio__outq_apart(&body, piece, joined[i]), 0);
        }
        static const char lines[] = "X-One: 1\r\nX-Two: 2\r\n";
        assert_int_equal(sio__response_add(response, lines, sizeof(lines) - 1), 0);
        assert_int_equal(sio__response_end_queue(response, &body, '|'), 0);
        assert_int_equal(body.count, 0);
        assert_int_equal(sio__response_add(response, lines, sizeof(lines) - 1), SIO_ECLOSED);
    }
}

static inline void removed(void *data) {
    ((fixture_t *) data)->removed++;
}

static const sio__route_ops_t echo_ops = {.request = echo, .removed = removed};
static const sio__route_ops_t later_ops = {.request = later};
static const sio__route_ops_t headers_ops = {.request = headers};
static const sio__route_ops_t head_ops = {.head = in_head, .request = after_head};
static const sio__route_ops_t special_ops = {.request = special};

static inline int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    test_host_open(&f->host, NULL);
    sio__host_t *host = f->host.host;
    assert_int_equal(sio__host_route(host, "/echo", 0, 1000, &echo_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/later/", 0, 1000, &later_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/headers", 0, 1000, &headers_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/head", 0, 1000, &head_ops, f), 0);
    assert_int_equal(sio__host_route(host, "/special", 0, 1000, &special_ops, f), 0);
    test_host_client(&f->host, &f->client);
    *state = f;
    return 0;
}

static inline int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->client);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    assert_int_equal(f->removed, 1);
    free(f->kept);
    free(f);
    return 0;
}

static inline void wait_for_requests(fixture_t *f, int count) {
    client_until(&f->client, f->requests >= count);
    assert_int_equal(f->requests, count);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
