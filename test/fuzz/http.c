/*
 * The HTTP feed: requests one after the other, bodies of all kinds, upgrades. The handlers note all
 * that a request says, and answer at once, later, or in pieces.
 *
 * Covers: src/net/parser.c src/net/http.c src/net/dispatch.c src/net/headbuf.c src/net/head.c
 * src/net/request.c src/net/response.c src/net/route.c src/net/switch.c src/net/cors.c
 * src/serve/precondition.c src/ws/handshake.c
 */
#include "net/cors.h"
#include "net/http.h"
#include "net/kept.h"
#include "serve/precondition.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE = 1000, FILE_TIME = 1700000000 };

/* --- what a request says ---------------------------------------------------------------------- */

static void note_head(wire_t *wire, const sio_http_request_t *request) {
    const char *name = NULL, *value;
    fuzz_log_bytes(&wire->log, sio_http_method(request), sio_http_url(request),
                   strlen(sio_http_url(request)));
    fuzz_log_bytes(&wire->log, "path", sio_http_path(request), strlen(sio_http_path(request)));
    while (sio__request_query_next(request, &name, &value)) {
        fuzz_log_bytes(&wire->log, "parameter", name, strlen(name));
        fuzz_log_bytes(&wire->log, "value", value, strlen(value));
    }
    for (size_t i = 0; sio_http_header_at(request, i, &name, &value); i++) {
        fuzz_log_bytes(&wire->log, "header", name, strlen(name));
        fuzz_log_bytes(&wire->log, "value", value, strlen(value));
        CHECK(strpbrk(value, "\r\n") == NULL && strpbrk(name, "\r\n:") == NULL);
    }
    CHECK(strcmp(sio_http_address(request), "127.0.0.1") == 0);
}

/* What a session would keep of it is the same. */
static void check_kept(const sio_http_request_t *request) {
    const sio__head_t *head = sio__request_head(request);
    const char *name, *value;
    void *kept = malloc(sio__kept_size(head));
    CHECK(kept != NULL);
    sio__kept_write(kept, head);
    for (size_t i = 0; sio_http_header_at(request, i, &name, &value); i++)
        CHECK(strcmp(sio__kept_header(kept, name), sio_http_header_in(request, name)) == 0);
    CHECK(strcmp(sio__kept_url(kept), sio_http_url(request)) == 0);
    free(kept);
}

static void check_file(const sio_http_request_t *request) {
    uint64_t first = 0, length = 0;
    sio__not_modified(request, "\"tag\"", FILE_TIME);
    if (sio__range(request, "\"tag\"", FILE_TIME, FILE_SIZE, &first, &length) == SIO__RANGE_PART)
        CHECK(length > 0 && first < FILE_SIZE && length <= FILE_SIZE - first);
}

static void note(wire_t *wire, const sio_http_request_t *request) {
    size_t length;
    const void *body = sio_http_body(request, &length);
    note_head(wire, request);
    fuzz_log_bytes(&wire->log, "body", body, length);
    check_kept(request);
    check_file(request);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* One that comes later; it frees itself when its time has come. */
typedef struct {
    wire_t *wire;
    sio_http_response_t *response; /* NULL: the peer went first */
} later_t;

static void on_gone(sio_http_response_t *response, void *data) {
    later_t *later = data;
    CHECK(later->response == response);
    later->response = NULL;
    fuzz_log(&later->wire->log, "gone\n");
}

static void on_time(sio_server_t *server, void *data) {
    later_t *later = data;
    (void) server;
    if (later->response != NULL)
        sio_http_end(later->response, "late", 4);
    free(later);
}

static void answer_later(wire_t *wire, sio_http_response_t *response) {
    later_t *later = malloc(sizeof(*later));
    CHECK(later != NULL);
    *later = (later_t){wire, response};
    sio_http_on_close(response, on_gone, later);
    CHECK(sio_server_after(wire->server, WIRE_STEP_MS, on_time, later) != NULL);
}

static void answer_in_pieces(sio_http_response_t *response) {
    sio_http_status(response, 202);
    sio_http_header(response, "X-Kind", "pieces");
    sio_http_write(response, "one,", 4);
    sio_http_write(response, "", 0);
    sio_http_write(response, "two", 3);
    sio_http_end(response, NULL, 0);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    wire_t *wire = data;
    size_t length;
    note(wire, request);
    switch (sio_http_path(request)[1]) {
    case 'l':
        answer_later(wire, response);
        return;
    case 'p':
        answer_in_pieces(response);
        return;
    case 'h': /* whatever it says, it makes no header of its own */
        if (sio_http_header(response, "X-Echo", sio_http_query(request, "h")) == 0)
            CHECK(strpbrk(sio_http_query(request, "h"), "\r\n") == NULL);
        sio_http_end(response, NULL, 0);
        return;
    default: {
        const void *body = sio_http_body(request, &length);
        sio_http_end(response, body, length);
    }
    }
}

/* --- routes of other floors ------------------------------------------------------------------- */

static void preflight(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    static const sio_cors_options_t options = {
        .origin = "http://a.example,https://*.b.example", .credentials = 1, .max_age = 60};
    sio__cors_t *cors = sio__cors_new(&options);
    wire_t *wire = data;
    CHECK(cors != NULL);
    note(wire, request);
    fuzz_log(&wire->log, "allowed %d\n", sio__cors_allows(cors, request) != 0);
    sio__cors_apply(cors, request, response);
    if (strcmp(sio_http_method(request), "OPTIONS") == 0)
        sio__cors_preflight(cors, request, response);
    else
        sio_http_end(response, NULL, 0);
    sio__cors_free(cors);
}

static void on_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    wire_t *wire = data;
    fuzz_log_bytes(&wire->log, binary ? "binary" : "text", message, length);
    CHECK(binary ? sio_ws_send_binary(ws, message, length) <= 0
                 : sio_ws_send(ws, message, length) <= 0);
}

static void on_open(sio_ws_t *ws, void *data) {
    wire_t *wire = data;
    fuzz_log(&wire->log, "open\n");
    sio_ws_on_message(ws, on_message);
}

static void talk(wire_t *wire, const void *data, size_t size, fuzz_cuts_t *cuts) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.serve_client = 0;
    options.max_url_bytes = 300;
    options.max_header_bytes = 1000;
    options.max_header_count = 20;
    options.max_http_body = 100;
    wire_open(wire, &options);
    CHECK(sio_http(wire->server, "/", on_request, wire) == 0);
    CHECK(sio_http(wire->server, "/cors", preflight, wire) == 0);
    CHECK(sio_ws(wire->server, "/ws", on_open, wire) == 0);
    wire_talk(wire, data, size, cuts);
    wire_close(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_cuts_t cuts = fuzz_cuts(data, size);
    wire_t whole, pieces;
    talk(&whole, data, size, NULL);
    talk(&pieces, data, size, &cuts);
    wire_compare(&whole, &pieces);
    wire_free(&whole);
    wire_free(&pieces);
    return 0;
}
