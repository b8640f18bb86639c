/** Profile socketio: the same handlers in the namespaces / and /custom. */
#include "conformance.h"

static void on_message(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "message-back", event);
}

static void on_message_with_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_event_ack_event(event, event);
}

static void on_acked(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) data;
    if (error == 0)
        sio_emit_event(socket, "emit-with-ack", reply);
}

static void on_emit_with_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_socket_emit_event_with_ack(socket, 0, on_acked, data, "emit-with-ack", event);
}

static void on_connection(sio_socket_t *socket, void *data) {
    (void) data;
    sio_emit(socket, "auth", "O?", sio_socket_auth(socket));
}

static int add_handlers(sio_namespace_t *nsp) {
    int rc;

    if (nsp == NULL)
        return SIO_ENOMEM;
    if ((rc = sio_on_connection(nsp, on_connection, NULL)) < 0 ||
        (rc = sio_on(nsp, "message", on_message, NULL)) < 0 ||
        (rc = sio_on(nsp, "message-with-ack", on_message_with_ack, NULL)) < 0 ||
        (rc = sio_on(nsp, "emit-with-ack", on_emit_with_ack, NULL)) < 0)
        return rc;
    return 0;
}

int socketio_run(const address_t *address) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_server_t *server;

    suite_options(&options);
    options.allow_v09 = 1;
    int rc = sio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    rc = add_handlers(sio_of(server, "/"));
    if (rc == 0)
        rc = add_handlers(sio_of(server, "/custom"));
    if (rc == 0)
        rc = serve_socketio(server, address);
    sio_server_free(server);
    return rc;
}
