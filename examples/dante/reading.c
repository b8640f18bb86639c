#include "reading.h"

#include "data.h"
#include <stdlib.h>
#include <string.h>

/* --- over Socket.IO -------------------------------------------------------------------------- */

/* The socket's data counts the stanzas that it has been read. */
static void read_on(sio_socket_t *socket, void *data) {
    size_t *next = sio_socket_data(socket);
    (void) data;
    sio_emit(socket, "divinecomedy", "s", dante_stanzas[(*next)++]);
    if (*next == dante_stanza_count)
        sio_disconnect(socket, 1); /* ends the timer, too */
}

static void on_connection(sio_socket_t *socket, void *data) {
    const uint64_t *interval = data;
    size_t *next = calloc(1, sizeof(*next));
    if (next == NULL || sio_every(socket, *interval, read_on, NULL) == NULL) {
        free(next);
        sio_disconnect(socket, 1);
        return;
    }
    sio_socket_set_data(socket, next, free);
    read_on(socket, NULL);
}

/* --- over a raw WebSocket -------------------------------------------------------------------- */

struct reader {
    sio_ws_t *ws;
    sio_timer_t *timer;
    size_t next;
};

static void read_on_raw(sio_server_t *io, void *data) {
    struct reader *reader = data;
    const char *stanza = dante_stanzas[reader->next++];
    (void) io;
    sio_ws_send(reader->ws, stanza, strlen(stanza));
    if (reader->next < dante_stanza_count)
        return;
    sio_timer_stop(reader->timer);
    reader->timer = NULL;
    sio_ws_close(reader->ws, 1000, NULL);
}

static void on_raw_close(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    struct reader *reader = data;
    (void) ws, (void) code, (void) reason, (void) length;
    sio_timer_stop(reader->timer);
    free(reader);
}

static void on_raw_open(sio_ws_t *ws, void *data) {
    sio_server_t *io = data;
    const uint64_t *interval = sio_server_data(io);
    struct reader *reader = calloc(1, sizeof(*reader));
    if (reader != NULL)
        reader->timer = sio_every(io, *interval, read_on_raw, reader);
    if (reader == NULL || reader->timer == NULL) {
        free(reader);
        sio_ws_close(ws, 1011, NULL);
        return;
    }
    reader->ws = ws;
    sio_ws_set_data(ws, reader);
    sio_ws_on_close(ws, on_raw_close);
    read_on_raw(io, reader);
}

int dante_reading_start(sio_server_t *io, uint64_t *interval) {
    sio_server_set_data(io, interval);
    int rc = sio_on_connection(io, on_connection, interval);
    return rc == 0 ? sio_ws(io, "/", on_raw_open, io) : rc;
}
