/* Connections in total and of an address: the last that may, the first that may not, and one
 * that is there and notices nothing. */
#include "../lib/host.h"

enum { MOST = 3, TURNED_AWAY = 64 };

typedef struct {
    test_host_t host;
    client_t there; /* a connection that goes on all the time */
} fixture_t;

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    (void) request, (void) data;
    assert_int_equal(sio_http_end(response, "hello", 5), 0);
}

static const sio__route_ops_t ops = {.request = on_request};

/* It goes on. */
static void check_there(fixture_t *f) {
    client_puts(&f->there, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&f->there, 200, "hello");
}

static void open_with(fixture_t *f, const sio_options_t *options) {
    memset(f, 0, sizeof(*f));
    test_host_open(&f->host, options);
    assert_int_equal(sio__host_route(f->host.host, "/a", 0, 100, &ops, f), 0);
    test_host_client(&f->host, &f->there);
    check_there(f);
}

static void close_all(fixture_t *f) {
    client_close(&f->there);
    test_host_connections(&f->host, 0);
    test_host_close(&f->host);
}

static uint64_t limited(const fixture_t *f, sio_limit_t limit) {
    return sio__host_loop(f->host.host)->limits.kinds[limit].count;
}

/* From another address of this machine. */
static void connect_from(fixture_t *f, client_t *client, const char *address) {
    struct sockaddr_in to, from;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", f->host.port, &to), 0);
    assert_int_equal(uv_ip4_addr(address, 0, &from), 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &from, sizeof(from)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *) &to, sizeof(to)), 0);
    client_init(client, &f->host.uv, fd);
}

static void expect_served(client_t *client) {
    client_puts(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(client, 200, "hello");
}

/* It has asked something, as clients do; the answer must arrive all the same. */
static void expect_turned_away(client_t *client) {
    answer_t answer;
    client_puts(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    client_answer(client, &answer, 0);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    assert_string_equal(answer_header(&answer, "Retry-After"), "1");
    answer_free(&answer);
    client_expect_end(client);
    assert_int_equal(client->error, 0); /* no reset, which would destroy the answer */
}

/* --- in total --------------------------------------------------------------------------------- */

static void one_more_than_there_may_be(void **state) {
    fixture_t f;
    client_t clients[MOST], more;
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    options.max_connections = MOST;
    open_with(&f, &options);
    for (int i = 1; i < MOST; i++) {
        test_host_client(&f.host, &clients[i]);
        expect_served(&clients[i]);
    }
    assert_int_equal(f.host.warnings, 0);
    for (int i = 1; i <= 5; i++) {
        test_host_client(&f.host, &more);
        expect_turned_away(&more);
        client_close(&more);
        check_there(&f);
        assert_int_equal(limited(&f, SIO_LIMIT_CONNECTIONS), i);
    }
    assert_in_range(f.host.warnings, 1, 5); /* one a second */
    client_close(&clients[1]);
    test_host_connections(&f.host, MOST - 1);
    test_host_client(&f.host, &more);
    expect_served(&more);
    client_close(&more);
    client_close(&clients[2]);
    close_all(&f);
}

/* Those who do not take their leave are a limited number, too, and are not waited for for long;
 * they take nobody's place. */
static void they_cannot_pile_up(void **state) {
    fixture_t f;
    enum { CLIENTS = TURNED_AWAY + 20 };
    client_t clients[CLIENTS], next;
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    options.max_connections = 1;
    open_with(&f, &options);
    for (int i = 0; i < CLIENTS; i++)
        test_host_client(&f.host, &clients[i]);
    client_until(&f.there, limited(&f, SIO_LIMIT_CONNECTIONS) == CLIENTS);
    assert_int_equal(sio__host_connections(f.host.host), 1 + TURNED_AWAY);
    check_there(&f);
    client_close(&f.there);
    test_host_connections(&f.host, TURNED_AWAY);
    test_host_client(&f.host, &next);
    expect_served(&next);
    client_close(&next);
    test_host_connections(&f.host, 0); /* within PATIENCE_MS */
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    test_host_close(&f.host);
}

/* --- of an address ---------------------------------------------------------------------------- */

static void one_more_of_an_address(void **state) {
    fixture_t f;
    client_t mine, more, other[2];
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    options.max_connections_per_address = 2;
    open_with(&f, &options);
    test_host_client(&f.host, &mine);
    expect_served(&mine);
    for (int i = 1; i <= 3; i++) {
        test_host_client(&f.host, &more);
        expect_turned_away(&more);
        client_close(&more);
        assert_int_equal(limited(&f, SIO_LIMIT_ADDRESS), i);
        check_there(&f);
    }
    for (int i = 0; i < 2; i++) {
        connect_from(&f, &other[i], "127.0.0.2");
        expect_served(&other[i]);
    }
    connect_from(&f, &more, "127.0.0.2");
    expect_turned_away(&more);
    client_close(&more);
    client_close(&mine);
    test_host_connections(&f.host, 3);
    test_host_client(&f.host, &mine);
    expect_served(&mine);
    client_close(&mine);
    client_close(&other[0]);
    client_close(&other[1]);
    assert_int_equal(limited(&f, SIO_LIMIT_CONNECTIONS), 0);
    close_all(&f);
}

/* One that has broken, whose address the system has forgotten, is counted no more. */
static void a_reset_gives_the_place_back(void **state) {
    fixture_t f;
    client_t client;
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    options.max_connections_per_address = 2;
    open_with(&f, &options);
    for (int i = 0; i < 5; i++) {
        test_host_client(&f.host, &client);
        expect_served(&client);
        client_reset(&client);
        test_host_connections(&f.host, 1);
    }
    assert_int_equal(limited(&f, SIO_LIMIT_ADDRESS), 0);
    close_all(&f);
}

static void trusted_proxies_are_not_counted(void **state) {
    fixture_t f;
    client_t clients[3], other;
    sio_options_t options = SIO_OPTIONS_INIT;
    (void) state;
    options.max_connections_per_address = 1;
    options.trusted_proxies = "127.0.0.1";
    open_with(&f, &options);
    for (int i = 0; i < 3; i++) {
        test_host_client(&f.host, &clients[i]);
        expect_served(&clients[i]);
    }
    connect_from(&f, &other, "127.0.0.2");
    expect_served(&other);
    client_t more;
    connect_from(&f, &more, "127.0.0.2");
    expect_turned_away(&more);
    client_close(&more);
    client_close(&other);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
    close_all(&f);
}

/* --- the log ---------------------------------------------------------------------------------- */

static char last_line[512];
static int lines;

static void keep_line(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) category, (void) data;
    if (level > SIO_LOG_WARN)
        return;
    lines++;
    snprintf(last_line, sizeof(last_line), "%s", text);
}

static void one_line_a_second(void **state) {
    uv_loop_t uv;
    sio__loop_t *loop;
    (void) state;
    assert_int_equal(uv_loop_init(&uv), 0);
    assert_int_equal(sio__loop_new(&loop, &uv, (sio__log_t){keep_line, NULL, SIO_LOG_DEBUG}), 0);
    uint64_t start = uv_now(&uv);
    lines = 0;
    for (int i = 0; i < 100; i++)
        sio__limited(loop, SIO_LIMIT_ROOMS, "socket", "number %d", i);
    sio__limited(loop, SIO_LIMIT_ACKS, "socket", "another");
    assert_int_equal(lines, 2);
    while (uv_now(&uv) - start < 1000) {
        usleep(10000);
        uv_update_time(&uv);
    }
    sio__limited(loop, SIO_LIMIT_ROOMS, "socket", "number %d", 100);
    assert_int_equal(lines, 3);
    assert_string_equal(last_line, "number 100; 99 before it were not told of");
    assert_int_equal(loop->limits.kinds[SIO_LIMIT_ROOMS].count, 101);
    sio__loop_close(loop, NULL, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
    sio__loop_free(loop);
    assert_int_equal(uv_loop_close(&uv), 0);
}

static void every_limit_has_a_name(void **state) {
    (void) state;
    for (int i = 0; i < SIO_LIMITS; i++)
        for (int other = 0; other <= i; other++)
            assert_int_equal(strcmp(sio_limit_string((sio_limit_t) i),
                                    sio_limit_string((sio_limit_t) other)) == 0,
                             i == other);
    assert_string_equal(sio_limit_string(SIO_LIMITS), "unknown limit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_than_there_may_be),
        cmocka_unit_test(they_cannot_pile_up),
        cmocka_unit_test(one_more_of_an_address),
        cmocka_unit_test(a_reset_gives_the_place_back),
        cmocka_unit_test(trusted_proxies_are_not_counted),
        cmocka_unit_test(one_line_a_second),
        cmocka_unit_test(every_limit_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
