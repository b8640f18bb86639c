/** Profile engine: an Engine.IO server that sends back every message unchanged. */
#include "conformance.h"

static void on_message(eio_socket_t *socket, const void *message, size_t length, int binary,
                       void *data) {
    (void) data;
    if (binary)
        eio_socket_send_binary(socket, message, length);
    else
        eio_socket_send(socket, message, length);
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    (void) request;
    eio_socket_on_message(socket, on_message, data);
}

int engine_run(const address_t *address) {
    sio_options_t options = SIO_OPTIONS_INIT;
    eio_server_t *server;

    suite_options(&options);
    int rc = eio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    eio_server_on_connection(server, on_connection, NULL);
    rc = serve_engine(server, address);
    eio_server_free(server);
    return rc;
}
