/* The limits of the whole-server program: a letter and a digit each, and what they promise. */
#include "app.h"
#include "net/loop.h"
#include "server/server.h"

enum { LISTENERS = 15 /* those of app.c for each namespace */ };

static uint32_t time_of(unsigned digit) {
    static const uint32_t times[] = {60000, 1, 10, 100, 300, 1000, 3000, 10000, 25000, 300000};
    return times[digit];
}

/* Where somebody who comes afterwards can still be served. */
static uint32_t size_of(unsigned digit) {
    static const uint32_t sizes[] = {1000000, 400, 500, 700, 1000, 2000, 4000, 10000, 20000, 65536};
    return sizes[digit];
}

static int set_count(sio_options_t *options, char letter, unsigned digit) {
    switch (letter) {
    case 'C': options->max_connections = digit; return 1;
    case 'A': options->max_connections_per_address = digit; return 1;
    case 'H': options->max_handshakes_per_second = digit; return 1;
    case 'N': options->max_namespaces = digit; return 1;
    case 'R': options->max_rooms = digit; return 1;
    case 'L': options->max_listeners = digit > 0 ? LISTENERS + digit : 0; return 1;
    case 'K': options->max_pending_acks = digit; return 1;
    case 'D': options->max_json_depth = digit + 1; return 1;
    case 'M': options->max_attachments = digit; return 1;
    case 'O': options->origin_check = (sio_origin_check_t) (digit % 3); return 1;
    case 'Z': options->max_header_count = digit + 8; return 1;
    default: return 0;
    }
}

static int set_size(sio_options_t *options, char letter, unsigned digit) {
    const uint32_t size = size_of(digit);
    switch (letter) {
    case 'B': options->max_buffered = size; return 1;
    case 'T': options->max_buffered_total = size; return 1;
    case 'P': options->max_payload = size; return 1;
    case 'U': options->max_url_bytes = size; return 1;
    case 'X': options->max_header_bytes = size; return 1;
    case 'b': options->max_http_body = size; return 1;
    case 'm': options->max_ws_message = size; return 1;
    default: return 0;
    }
}

static void set_time(sio_options_t *options, char letter, unsigned digit) {
    const uint32_t ms = time_of(digit);
    switch (letter) {
    case 'h': options->header_timeout_ms = ms; return;
    case 'r': options->request_timeout_ms = ms; return;
    case 'k': options->keep_alive_timeout_ms = ms; return;
    case 'c': options->connect_timeout_ms = ms; return;
    case 'u': options->upgrade_timeout_ms = ms; return;
    case 'i': options->ping_interval_ms = ms; return;
    case 'o': options->ping_timeout_ms = ms; return;
    case 'w': options->ws_idle_timeout_ms = ms; return;
    case 'x': options->close_timeout_ms = ms; return;
    case 'v': options->v09.handshake_timeout_ms = ms; return;
    case 'q': options->v09.close_timeout_ms = ms; return;
    case 'y': options->v09.heartbeat_interval_ms = ms; return;
    case 'z': options->v09.heartbeat_timeout_ms = ms; return;
    case 'd': options->v09.polling_duration_ms = ms; return;
    default: return;
    }
}

void app_limits(sio_options_t *options, const char *text, size_t length) {
    for (size_t i = 0; i + 1 < length; i += 2) {
        unsigned digit = fuzz_digit(text[i + 1]) % 10;
        if (!set_count(options, text[i], digit) && !set_size(options, text[i], digit))
            set_time(options, text[i], digit);
    }
}

/* --- what they promise ------------------------------------------------------------------------ */

void app_check_connections(const app_t *app) {
    const sio_options_t *options = &app->server->options;
    const sio__loop_t *loop = app->server->loop;
    const size_t served = loop->conn_count - loop->turned_away;
    if (options->max_connections > 0)
        CHECK(served <= options->max_connections);
    if (options->max_connections_per_address > 0 && options->trusted_proxies == NULL)
        CHECK(served <= options->max_connections_per_address);
}

void app_check_kept(const app_t *app) {
    const sio_options_t *options = &app->server->options;
    if (options->max_buffered_total > 0)
        CHECK(app->server->loop->scratch->kept_bytes <= options->max_buffered_total);
}

/* Nothing counts that is not limited. */
void app_check_limited(const app_t *app) {
    const sio_options_t *options = &app->server->options;
    sio_stats_t stats = SIO_STATS_INIT;
    CHECK(sio_server_stats(app->server, &stats) == 0);
    for (size_t i = SIO_LIMITS; i < SIO_STATS_LIMITS; i++)
        CHECK(stats.limited[i] == 0);
    CHECK(options->max_connections > 0 || stats.limited[SIO_LIMIT_CONNECTIONS] == 0);
    CHECK(options->max_connections_per_address > 0 || stats.limited[SIO_LIMIT_ADDRESS] == 0);
    CHECK(options->max_handshakes_per_second > 0 || stats.limited[SIO_LIMIT_HANDSHAKES] == 0);
    CHECK(options->max_namespaces > 0 || stats.limited[SIO_LIMIT_NAMESPACES] == 0);
    CHECK(options->max_rooms > 0 || stats.limited[SIO_LIMIT_ROOMS] == 0);
    CHECK(options->max_listeners > 0 || stats.limited[SIO_LIMIT_LISTENERS] == 0);
    CHECK(options->max_pending_acks > 0 || stats.limited[SIO_LIMIT_ACKS] == 0);
    CHECK(options->max_buffered_total > 0 || stats.limited[SIO_LIMIT_BUFFERED_TOTAL] == 0);
    if (options->origin_check == SIO_ORIGIN_CHECK_OFF)
        CHECK(stats.limited[SIO_LIMIT_ORIGIN] == 0);
}
