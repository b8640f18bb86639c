#include "metrics.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    char text[16384];
    size_t length;
} page_t;

static void add(page_t *page, const char *name, const char *label, const char *value,
                uint64_t number) {
    size_t room = sizeof(page->text) - page->length;
    char labels[96] = "";
    if (label != NULL)
        snprintf(labels, sizeof(labels), "{%s=\"%s\"}", label, value);
    int length = snprintf(page->text + page->length, room, "%s%s %llu\n", name, labels,
                          (unsigned long long) number);
    if (length > 0 && (size_t) length < room)
        page->length += (size_t) length;
}

static void begin(page_t *page, const char *name, const char *type, const char *help) {
    size_t room = sizeof(page->text) - page->length;
    int length = snprintf(page->text + page->length, room, "# HELP %s %s\n# TYPE %s %s\n", name,
                          help, name, type);
    if (length > 0 && (size_t) length < room)
        page->length += (size_t) length;
}

static void single(page_t *page, const char *name, const char *type, const char *help,
                   uint64_t number) {
    begin(page, name, type, help);
    add(page, name, NULL, NULL, number);
}

static void write_now(page_t *page, const sio_stats_t *stats) {
    single(page, "sio_connections", "gauge", "TCP connections and pipes.", stats->connections);
    begin(page, "sio_sessions", "gauge", "Sessions by transport.");
    add(page, "sio_sessions", "transport", "polling", stats->polling);
    add(page, "sio_sessions", "transport", "websocket", stats->websocket);
    begin(page, "sio_sessions_by_protocol", "gauge", "Sessions by revision of Engine.IO.");
    add(page, "sio_sessions_by_protocol", "protocol", "4", stats->protocol_v4);
    add(page, "sio_sessions_by_protocol", "protocol", "3", stats->protocol_v3);
    single(page, "sio_namespaces", "gauge", "Namespaces.", stats->namespaces);
    single(page, "sio_sockets", "gauge", "Connected sockets in all namespaces.", stats->sockets);
    single(page, "sio_queued_bytes", "gauge", "Waiting for the network or a poll.",
           stats->queued_bytes);
    single(page, "sio_queued_bytes_most", "gauge", "Of the session with the most.",
           stats->queued_most);
    single(page, "sio_kept_bytes", "gauge", "Waiting for all peers, what they share once.",
           stats->kept_bytes);
    single(page, "sio_absent_sessions", "gauge", "Sessions without a connection.", stats->absent);
}

static void write_since_start(page_t *page, const sio_stats_t *stats) {
    static const char *const refusals[SIO_STATS_REFUSALS] = {
        "transport unknown", "session unknown", "bad handshake method",
        "bad request",       "forbidden",       "unsupported protocol"};

    single(page, "sio_sessions_opened_total", "counter", "Sessions.", stats->opened);
    single(page, "sio_sessions_upgraded_total", "counter", "Moved to WebSocket.", stats->upgraded);
    begin(page, "sio_sessions_closed_total", "counter", "Sessions that have ended, by reason.");
    for (int i = 0; i < 5; i++)
        add(page, "sio_sessions_closed_total", "reason", sio_reason_string((sio_reason_t) i),
            stats->closed[i]);
    begin(page, "sio_refused_total", "counter", "Requests refused by the engine.");
    for (int i = 0; i < SIO_STATS_REFUSALS; i++)
        add(page, "sio_refused_total", "reason", refusals[i], stats->refused[i]);
    single(page, "sio_http_refused_total", "counter", "Requests refused before that.",
           stats->http_refused);
    begin(page, "sio_limited_total", "counter", "How often a limit was met.");
    for (int i = 0; i < SIO_LIMITS; i++)
        add(page, "sio_limited_total", "limit", sio_limit_string((sio_limit_t) i),
            stats->limited[i]);
    begin(page, "sio_packets_total", "counter", "Engine.IO packets.");
    add(page, "sio_packets_total", "direction", "in", stats->packets_in);
    add(page, "sio_packets_total", "direction", "out", stats->packets_out);
    begin(page, "sio_bytes_total", "counter", "Bytes read and written.");
    add(page, "sio_bytes_total", "direction", "in", stats->bytes_in);
    add(page, "sio_bytes_total", "direction", "out", stats->bytes_out);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    sio_stats_t stats = SIO_STATS_INIT;
    page_t page = {.length = 0};

    (void) request;
    sio_server_stats(data, &stats);
    write_now(&page, &stats);
    write_since_start(&page, &stats);
    sio_http_header(response, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    sio_http_end(response, page.text, page.length);
}

int metrics_mount(sio_server_t *io, const char *path) {
    return sio_http(io, path, on_request, io);
}
