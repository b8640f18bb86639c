/* Counters of a server, and what its log hook hears. */
#include "../lib/sio.h"

static sio_stats_t stats_of(const test_sio_t *t) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(t->io, &stats), 0);
    return stats;
}

static void sessions_and_sockets(void **state) {
    test_sio_t *t = *state;
    client_t one, two;
    sio_of(t->io, "/other");
    sio_stats_t stats = stats_of(t);
    assert_int_equal(stats.namespaces, 2);
    assert_int_equal(stats.opened, 0);
    peer_open(&one, t);
    peer_open(&two, t);
    peer_join(&one, "", "", NULL);
    peer_join(&one, "/other", "", NULL);
    peer_join(&two, "", "", NULL);
    stats = stats_of(t);
    assert_int_equal(stats.connections, 2);
    assert_int_equal(stats.websocket, 2);
    assert_int_equal(stats.polling, 0);
    assert_int_equal(stats.protocol_v4, 2);
    assert_int_equal(stats.protocol_v3, 0);
    assert_int_equal(stats.sockets, 3);
    assert_int_equal(stats.opened, 2);
    assert_int_equal(stats.queued_bytes, 0);
    client_close(&one);
    test_sio_until(t, t->disconnects == 1);
    stats = stats_of(t);
    assert_int_equal(stats.websocket, 1);
    assert_int_equal(stats.sockets, 1);
    assert_int_equal(stats.closed[SIO_REASON_TRANSPORT_CLOSE], 1);
    assert_int_equal(stats.opened, 2);
    client_close(&two);
}

static void packets_and_bytes(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    peer_connect(&peer, t);
    sio_stats_t before = stats_of(t);
    peer_send(&peer, "2[\"nobody listens\"]"); /* 20 bytes, and a header of 6 */
    sio_emit(t->socket, "x", "s", "0123456789"); /* 42["x","0123456789"] and 2 */
    sio_emit(t->io, "x", "s", "0123456789");
    assert_true(stats_of(t).queued_bytes > 0);
    assert_true(stats_of(t).queued_most == stats_of(t).queued_bytes);
    peer_expect(&peer, "2[\"x\",\"0123456789\"]");
    peer_expect(&peer, "2[\"x\",\"0123456789\"]");
    test_sio_until(t, stats_of(t).packets_in > before.packets_in);
    sio_stats_t after = stats_of(t);
    assert_int_equal(after.packets_in - before.packets_in, 1);
    assert_int_equal(after.packets_out - before.packets_out, 2);
    assert_int_equal(after.bytes_in - before.bytes_in, 20 + 6);
    assert_int_equal(after.bytes_out - before.bytes_out, 2 * (20 + 2));
    assert_int_equal(after.queued_bytes, 0);
    client_close(&peer);
}

static void refusals(void **state) {
    test_sio_t *t = *state;
    static const char *const queries[] = {"EIO=4&transport=pigeon", "EIO=4&transport=polling&sid=x",
                                          "EIO=3&transport=polling"};
    static const int codes[] = {0, 1, 5};
    for (int i = 0; i < 3; i++) {
        client_t client;
        char request[256];
        client_connect(&client, &t->uv, "127.0.0.1", t->port);
        snprintf(request, sizeof(request), "GET /socket.io/?%s HTTP/1.1\r\nHost: x\r\n\r\n",
                 queries[i]);
        client_puts(&client, request);
        client_until(&client, strstr(client.data, "\"code\":") != NULL);
        for (int code = 0; code < SIO_STATS_REFUSALS; code++) {
            uint64_t expected = 0;
            for (int j = 0; j <= i; j++)
                expected += codes[j] == code;
            assert_int_equal(stats_of(t).refused[code], expected);
        }
        client_close(&client);
    }
    assert_int_equal(stats_of(t).http_refused, 0);
}

/* What is no request is not the engine's matter. */
static void refusals_of_http(void **state) {
    test_sio_t *t = *state;
    for (unsigned i = 1; i <= 3; i++) {
        client_t client;
        client_connect(&client, &t->uv, "127.0.0.1", t->port);
        client_puts(&client, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n");
        client_expect_answer(&client, 400, "Bad Request");
        client_expect_end(&client);
        assert_int_equal(stats_of(t).http_refused, i);
        client_close(&client);
    }
    for (int code = 0; code < SIO_STATS_REFUSALS; code++)
        assert_int_equal(stats_of(t).refused[code], 0);
}

static void an_older_program(void **state) {
    test_sio_t *t = *state;
    struct {
        sio_stats_t stats;
        uint64_t behind;
    } room;
    memset(&room, 0xff, sizeof(room));
    room.stats.size = offsetof(sio_stats_t, sockets);
    assert_int_equal(sio_server_stats(t->io, &room.stats), 0);
    assert_int_equal(room.stats.size, offsetof(sio_stats_t, sockets));
    assert_int_equal(room.stats.namespaces, 1);
    assert_true(room.stats.sockets == UINT64_MAX); /* not its own */
    room.stats.size = 0;
    assert_int_equal(sio_server_stats(t->io, &room.stats), SIO_EINVAL);
    assert_int_equal(sio_server_stats(NULL, &room.stats), SIO_EINVAL);
}

/* --- the log ------------------------------------------------------------------------------ */

typedef struct {
    int lines[SIO_LOG_DEBUG + 1];
    char categories[256];
} heard_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    heard_t *heard = data;
    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    heard->lines[level]++;
    if (strstr(heard->categories, category) == NULL) {
        size_t used = strlen(heard->categories);
        snprintf(heard->categories + used, sizeof(heard->categories) - used, "%s ", category);
    }
}

static void make_noise(sio_log_level_t level, heard_t *heard) {
    sio_options_t options = SIO_OPTIONS_INIT;
    test_sio_t t;
    client_t peer, refused;
    options.log = on_log;
    options.log_data = heard;
    options.log_level = level;
    test_sio_open_with(&t, &options);
    peer_connect(&peer, &t);
    client_connect(&refused, &t.uv, "127.0.0.1", t.port);
    client_puts(&refused, "GET /socket.io/?EIO=4&transport=pigeon HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(&refused, strstr(refused.data, "\"code\":0") != NULL);
    client_close(&refused);
    peer_send(&peer, "9");
    test_sio_until(&t, t.disconnects == 1);
    client_close(&peer);
    test_sio_close(&t);
}

static void levels_and_categories(void **state) {
    heard_t all = {0}, warnings = {0};
    (void) state;
    make_noise(SIO_LOG_DEBUG, &all);
    assert_true(all.lines[SIO_LOG_DEBUG] > 0);
    assert_true(all.lines[SIO_LOG_WARN] > 0);
    assert_non_null(strstr(all.categories, "engine "));
    assert_non_null(strstr(all.categories, "socket "));
    make_noise(SIO_LOG_WARN, &warnings);
    assert_int_equal(warnings.lines[SIO_LOG_DEBUG], 0);
    assert_int_equal(warnings.lines[SIO_LOG_INFO], 0);
    assert_int_equal(warnings.lines[SIO_LOG_WARN], all.lines[SIO_LOG_WARN]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(sessions_and_sockets),
        IN_SIO(packets_and_bytes),
        IN_SIO(refusals),
        IN_SIO(refusals_of_http),
        IN_SIO(an_older_program),
        cmocka_unit_test(levels_and_categories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
