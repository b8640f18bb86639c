/**
 * whiteboard: everybody draws on one board. Lines travel as binaries, many a second, and
 * pointers as volatile events. What page and server say to each other is written down at the top
 * of pages/whiteboard.js.
 *
 *     whiteboard [--port N]      otherwise PORT, or 3000
 */
#include "../common/port.h"
#include "board.h"
#include "data.h"
#include <sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PORT = 3000, POINTS_ACROSS = 65535 };

static void on_line(sio_socket_t *socket, sio_event_t *event, void *data) {
    struct board *board = data;
    size_t length;
    const void *line = sio_event_binary(event, 0, &length);
    if (line == NULL || !board_is_line(length))
        return;
    if (board_add(board, line, length) < 0) {
        sio_disconnect(socket, 1);
        return;
    }
    sio_emit_event(sio_broadcast(socket), "line", event);
}

static void on_pointer(sio_socket_t *socket, sio_event_t *event, void *data) {
    int x, y;
    (void) data;
    if (sio_event_unpack(event, "ii", &x, &y) < 0 || x < 0 || y < 0 || x > POINTS_ACROSS ||
        y > POINTS_ACROSS)
        return;
    sio_emit(sio_volatile(sio_broadcast(socket)), "pointer", "sii", sio_socket_id(socket), x, y);
}

static void on_clear(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    board_clear(data);
    sio_emit(sio_socket_namespace(socket), "clear", "");
}

static void on_connection(sio_socket_t *socket, void *data) {
    const struct board *board = data;
    sio_emit(socket, "board", "B", board->data, board->length);
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) reason, (void) data;
    sio_emit(sio_broadcast(socket), "gone", "s", sio_socket_id(socket));
}

static void on_page(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *rest = sio_http_rest(request);
    const char *name = rest[0] == '/' ? rest + 1 : rest;
    (void) data;
    for (size_t i = 0; i < whiteboard_page_count; i++) {
        const struct whiteboard_page *page = &whiteboard_pages[i];
        if (strcmp(page->path, name[0] == '\0' ? "index.html" : name) == 0) {
            sio_http_header(response, "Content-Type", page->type);
            sio_http_end(response, page->data, page->length);
            return;
        }
    }
    sio_http_status(response, 404);
    sio_http_end(response, NULL, 0);
}

static int set_up(sio_server_t *io, struct board *board) {
    int rc = sio_http(io, "/", on_page, NULL);
    if (rc == 0)
        rc = sio_on_connection(io, on_connection, board);
    if (rc == 0)
        rc = sio_on_disconnect(io, on_disconnect, NULL);
    if (rc == 0)
        rc = sio_on(io, "line", on_line, board);
    if (rc == 0)
        rc = sio_on(io, "pointer", on_pointer, NULL);
    return rc == 0 ? sio_on(io, "clear", on_clear, board) : rc;
}

int main(int argc, char **argv) {
    struct board board = {0};
    sio_server_t *io;
    int rc = sio_server_new(&io, NULL, NULL);
    if (rc == 0) {
        rc = set_up(io, &board);
        if (rc == 0 && argc == 3 && strcmp(argv[1], "--port") == 0)
            rc = sio_listen(io, NULL, port_of(argv[2]));
        else if (rc == 0)
            rc = sio_listen_env(io, DEFAULT_PORT);
        if (rc == 0) {
            printf("listening on http://localhost:%d/\n", sio_server_port(io));
            fflush(stdout);
            rc = sio_run(io);
        }
        sio_server_free(io);
        board_clear(&board);
    }
    if (rc < 0)
        fprintf(stderr, "whiteboard: %s\n", sio_strerror(rc));
    return rc < 0;
}
