/**
 * Profile bench: the application of the benchmarks, as an application author would write it.
 * Profile bench-json: the same, but its echo takes the argument as a json_t and sends that.
 */
#include "conformance.h"

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit(socket, "echo", "a", event, 0);
}

static void on_echo_json(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit(socket, "echo", "O", sio_event_arg(event, 0));
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_event_ack_event(event, event);
}

static void on_pub(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_socket_namespace(socket), "news", event);
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_join(socket, room);
}

static void install(sio_socket_t *socket, sio_event_cb echo, void *data) {
    sio_on(socket, "echo", echo, data);
    sio_on(socket, "ack", on_ack, data);
    sio_on(socket, "pub", on_pub, data);
    sio_on(socket, "join", on_join, data);
}

static void on_connection(sio_socket_t *socket, void *data) {
    install(socket, on_echo, data);
}

static void on_connection_json(sio_socket_t *socket, void *data) {
    install(socket, on_echo_json, data);
}

static int serve(const address_t *address, sio_connection_cb connected) {
    sio_server_t *server;

    int rc = sio_server_new(&server, NULL, NULL);
    if (rc < 0)
        return rc;
    rc = sio_on_connection(server, connected, NULL);
    if (rc == 0)
        rc = sio_ws(server, "/raw", websocket_echo, NULL);
    if (rc == 0)
        rc = serve_socketio(server, address);
    sio_server_free(server);
    return rc;
}

int bench_run(const address_t *address) {
    return serve(address, on_connection);
}

int bench_json_run(const address_t *address) {
    return serve(address, on_connection_json);
}
