/* The tables of strict.h: each row whole, cut in two at every byte, and byte by byte, with the
 * same answer each time; what is refused has a line in the log and is counted, and nobody else
 * notices. */
#include "strict.h"
#include "../lib/host.h"

typedef struct {
    test_host_t host;
    client_t bystander;
    int requests; /* that handlers saw */
} fixture_t;

static const char probe[] = "GET /e/probe HTTP/1.1\r\n" HOST "\r\n";
static const char probed[] = "GET /e/probe host=x t=- body=";

/* --- routes ----------------------------------------------------------------------------------- */

static const char *text_of(const char *value) {
    return value != NULL ? value : "-";
}

static void echo(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    char text[512];
    size_t length;
    const char *body = sio_http_body(request, &length);
    f->requests++;
    int size = snprintf(text, sizeof(text), "%s %s host=%s t=%s body=%.*s", sio_http_method(request),
                        sio_http_path(request), text_of(sio_http_header_in(request, "Host")),
                        text_of(sio_http_header_in(request, "T")), (int) length, body);
    assert_int_equal(sio_http_end(response, text, (size_t) size), 0);
}

/* What the other protocol hears comes back behind a bracket. */
static void on_data(sio__conn_t *conn, char *data, size_t length) {
    assert_int_equal(sio__conn_send_copy(conn, data, length), 0);
}

static void on_end(sio__conn_t *conn) {
    sio__conn_close(conn, 0);
}

static void on_closed(sio__conn_t *conn, int error) {
    (void) conn, (void) error;
}

static const sio__protocol_t protocol = {.data = on_data, .end = on_end, .closed = on_closed};

static void upgrade(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    sio__conn_t *conn;
    f->requests++;
    if (strcmp(sio_http_rest(request), "/no") == 0) {
        assert_int_equal(sio__response_refuse_upgrade(response, 400, "no\r\n"), 0);
    } else if (strcmp(sio_http_rest(request), "/answer") == 0) {
        assert_int_equal(sio_http_end(response, "no", 2), 0);
    } else {
        assert_int_equal(sio_http_header(response, "Connection", "Upgrade"), 0);
        assert_int_equal(sio__response_switch(response, &protocol, f, &conn), 0);
        assert_int_equal(sio__conn_send_copy(conn, "[", 1), 0);
    }
}

static const sio__route_ops_t echo_ops = {.request = echo};
static const sio__route_ops_t up_ops = {.request = echo, .upgrade = upgrade};

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    options.max_url_bytes = 60;
    options.max_header_bytes = 200;
    options.max_header_count = 6;
    test_host_open(&f->host, &options);
    assert_int_equal(sio__host_route(f->host.host, "/e", 0, 20, &echo_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/up", 0, 20, &up_ops, f), 0);
    test_host_client(&f->host, &f->bystander);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    client_close(&f->bystander);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
    free(f);
    return 0;
}

/* --- one row, sent in one way ----------------------------------------------------------------- */

/* What is cut off is seen alone; a cut of 0 is after each byte. */
static void send_cut(client_t *client, const row_t *row, size_t cut) {
    if (cut == 0) {
        client_trickle(client, row->bytes, row->length);
        return;
    }
    client_send(client, row->bytes, cut);
    for (int i = 0; cut < row->length && i < 2; i++)
        uv_run(client->loop, UV_RUN_NOWAIT);
    client_send(client, row->bytes + cut, row->length - cut);
}

/* Adds the status at `at` to `told`; returns what is behind the answer. */
static const char *take_answer(const char *at, int to_head, char *told, size_t size) {
    int status = 0;
    const char *end = strstr(at, "\r\n\r\n"), *length = strstr(at, "Content-Length: ");
    assert_int_equal(sscanf(at, "HTTP/1.1 %d ", &status), 1);
    assert_non_null(end);
    snprintf(told + strlen(told), size - strlen(told), told[0] != '\0' ? " %d" : "%d", status);
    end += 4;
    if (status == 101)
        return end + strlen(end);
    if (length == NULL || length > end || to_head)
        return end;
    return end + strtoul(length + 16, NULL, 10);
}

/* Statuses, and whether it ended, up to the probe's answer. */
static void tell(const client_t *client, const row_t *row, char *told, size_t size) {
    const char *at = client->data;
    told[0] = '\0';
    while (*at != '\0' && (strstr(at, probed) == NULL ||
                           strstr(at, "\r\n\r\n") + 4 != strstr(at, probed))) {
        int to_head = told[0] == '\0' && strncmp(row->bytes, "HEAD ", 5) == 0;
        at = take_answer(at, to_head, told, size);
    }
    if (client->ended || client->error != 0)
        snprintf(told + strlen(told), size - strlen(told), "!");
}

static int is_over(const client_t *client) {
    return client->ended || client->error != 0 || strstr(client->data, probed) != NULL ||
           strstr(client->data, "\r\n\r\n[") != NULL;
}

/* Runs until the answers are there; mostly some turns do. */
static void finish(client_t *client) {
    for (int i = 0; i < 20 && !is_over(client); i++) {
        uv_run(client->loop, UV_RUN_NOWAIT);
        client_read(client);
    }
    client_until(client, is_over(client));
    if (strstr(client->data, " 101 ") != NULL)
        client_until(client, strstr(client->data, "/e/probe") != NULL);
}

/* The dates go. */
static char *without_dates(const char *data) {
    char *copy = strdup(data);
    for (char *date = copy; (date = strstr(date, "Date: ")) != NULL; date += 6)
        memset(date + 6, '-', strcspn(date + 6, "\r"));
    return copy;
}

/* Returns all that came back. */
static char *run_cut(fixture_t *f, const row_t *row, size_t cut) {
    client_t client;
    char told[128];
    test_host_client(&f->host, &client);
    send_cut(&client, row, cut);
    client_puts(&client, probe);
    finish(&client);
    tell(&client, row, told, sizeof(told));
    if (strcmp(told, row->answer) != 0)
        fail_msg("%s, cut at %zu of %zu: %s, not %s:\n%s", row->name, cut, row->length, told,
                 row->answer, client.data);
    if (row->seen != NULL && strstr(client.data, row->seen) == NULL)
        fail_msg("%s, cut at %zu: no %s in\n%s", row->name, cut, row->seen, client.data);
    char *all = without_dates(client.data);
    client_reset(&client);
    return all;
}

/* --- all of them, in all ways ----------------------------------------------------------------- */

/* The answers of handlers: all but errors and what the server says itself. */
static int count_handled(const row_t *row) {
    int count = 0;
    for (const char *at = row->answer; (at = strstr(at, "200")) != NULL; at += 3)
        count++;
    return count + (strstr(row->answer, "101") != NULL) + (strstr(row->bytes, "/up/no") != NULL);
}

static int is_refused(const row_t *row) {
    const char *last = strrchr(row->answer, ' ');
    last = last != NULL ? last + 1 : row->answer;
    return (*last == '4' || *last == '5') && strncmp(last, "404", 3) != 0 &&
           strstr(row->bytes, "/up/no") == NULL;
}

/* The log has a few lines a second; a row is to have its own, whatever was refused before it. */
static void forget_what_was_said(fixture_t *f) {
    sio__host_loop(f->host.host)->told[SIO__TOLD_HTTP] = (sio__told_t){0};
}

/* Whole, with a bystander in the midst of a request of its own; returns what came back. */
static char *run_whole(fixture_t *f, const row_t *row) {
    forget_what_was_said(f);
    int warnings = f->host.warnings;
    uint64_t refusals = sio__host_refusals(f->host.host);
    client_send(&f->bystander, probe, 10);
    uv_run(&f->host.uv, UV_RUN_NOWAIT);
    f->requests = 0;
    char *all = run_cut(f, row, row->length);
    int after = strchr(row->answer, '!') != NULL || strstr(row->answer, "101") != NULL;
    if (f->requests != count_handled(row) + !after)
        fail_msg("%s: %d requests for handlers", row->name, f->requests);
    client_send(&f->bystander, probe + 10, sizeof(probe) - 11);
    client_expect_answer(&f->bystander, 200, probed);
    int refused = is_refused(row);
    if (f->host.warnings - warnings != refused ||
        sio__host_refusals(f->host.host) - refusals != (uint64_t) refused)
        fail_msg("%s: %d lines in the log, the last: %s", row->name, f->host.warnings - warnings,
                 f->host.last);
    char expected[64];
    snprintf(expected, sizeof(expected), "http 127.0.0.1: %.3s: ",
             row->answer + strcspn(row->answer, "45"));
    if (refused && (strncmp(f->host.last, expected, strlen(expected)) != 0 ||
                    strlen(f->host.last) == strlen(expected)))
        fail_msg("%s: in the log: %s", row->name, f->host.last);
    return all;
}

static void run_rows(fixture_t *f, const row_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const row_t *row = &rows[i];
        char *whole = run_whole(f, row);
        for (size_t cut = 0; cut < row->length; cut++) {
            char *all = run_cut(f, row, cut);
            if (strcmp(all, whole) != 0)
                fail_msg("%s, cut at %zu:\n%s\nwhole:\n%s", row->name, cut, all, whole);
            free(all);
        }
        free(whole);
    }
}

/* --- peers that have said all they will -------------------------------------------------------- */

/* What is whole is answered, what is not is dropped without a word; in either case it ends. */
static void half_closed(void **state) {
    static const char *const requests[] = {
        GET "\r\n",
        "POST /e HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
        CHUNKS "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        size_t length = strlen(requests[i]);
        for (size_t cut = 1; cut <= length; cut++) {
            client_t client;
            test_host_client(&f->host, &client);
            f->requests = 0;
            client_send(&client, requests[i], cut);
            client_shutdown(&client);
            if (cut == length)
                client_expect_answer(&client, 200, NULL);
            client_expect_end(&client);
            assert_int_equal(f->requests, cut == length);
            client_close(&client);
        }
    }
    assert_int_equal(f->host.warnings, 0);
}

#define ROWS_OF(table)                                                                             \
    static void table(void **state) {                                                              \
        run_rows(*state, table##_rows, sizeof(table##_rows) / sizeof(table##_rows[0]));            \
    }

ROWS_OF(line)
ROWS_OF(request)
ROWS_OF(target)
ROWS_OF(length)
ROWS_OF(chunk)
ROWS_OF(connection)
ROWS_OF(limit)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(line, setup, teardown),
        cmocka_unit_test_setup_teardown(request, setup, teardown),
        cmocka_unit_test_setup_teardown(target, setup, teardown),
        cmocka_unit_test_setup_teardown(length, setup, teardown),
        cmocka_unit_test_setup_teardown(chunk, setup, teardown),
        cmocka_unit_test_setup_teardown(connection, setup, teardown),
        cmocka_unit_test_setup_teardown(limit, setup, teardown),
        cmocka_unit_test_setup_teardown(half_closed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
