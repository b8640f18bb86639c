/** Profile websocket: a raw WebSocket echo on every path, for messages of 16 MiB, compressed
 * for clients that offer permessage-deflate. */
#include "conformance.h"

static void on_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    (void) data;
    if (binary)
        sio_ws_send_binary(ws, message, length);
    else
        sio_ws_send(ws, message, length);
}

void websocket_echo(sio_ws_t *ws, void *data) {
    (void) data;
    sio_ws_on_message(ws, on_message);
}

int websocket_run(const address_t *address) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_server_t *server;

    options.max_buffered = 64 << 20; /* some suites read their echoes late */
    options.serve_client = 0;
    options.per_message_deflate.enabled = 1;
    options.per_message_deflate.threshold = 0;
    int rc = sio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    rc = sio_ws(server, "/", websocket_echo, NULL);
    if (rc == 0)
        rc = serve_socketio(server, address);
    sio_server_free(server);
    return rc;
}
