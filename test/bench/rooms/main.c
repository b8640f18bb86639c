/*
 * bench-rooms: the application for bench-load's modes rooms and room-emit, as an application author
 * would write it. Port PORT of the environment.
 */
#include <sio.h>

#include <stdio.h>

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_join(socket, room);
}

static void on_leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_leave(socket, room);
}

static void on_room(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room, *text;

    (void) data;
    if (sio_event_unpack(event, "ss", &room, &text) == 0)
        sio_emit(sio_to(sio_socket_namespace(socket), room), "news", "s", text);
}

int main(void) {
    sio_server_t *server;

    int rc = sio_server_new(&server, NULL, NULL);
    if (rc == 0) {
        sio_namespace_t *all = sio_of(server, "/");
        sio_on(all, "echo", on_echo, NULL);
        sio_on(all, "join", on_join, NULL);
        sio_on(all, "leave", on_leave, NULL);
        sio_on(all, "room", on_room, NULL);
        rc = sio_listen_env(server, 3000);
        if (rc == 0)
            rc = sio_run(server);
        sio_server_free(server);
    }
    if (rc < 0)
        fprintf(stderr, "bench-rooms: %s\n", sio_strerror(rc));
    return rc < 0;
}
