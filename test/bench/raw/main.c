/*
 * bench-raw: a WebSocket echo on plain libuv and wslay, as one writes it with wslay's event
 * interface. No Socket.IO: what it costs above the floor is what these two cost. Listens on
 * 127.0.0.1, port PORT of the environment; any path.
 */
#include "echo.h"

#include <stdio.h>
#include <stdlib.h>

#define BACKLOG 4096

static void on_connection(uv_stream_t *listener, int status) {
    if (status == 0)
        echo_accept(listener);
}

int main(void) {
    const char *port = getenv("PORT");
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    uv_tcp_t listener;

    if (port == NULL) {
        fputs("usage: PORT=N bench-raw\n", stderr);
        return 2;
    }
    int rc = uv_ip4_addr("127.0.0.1", atoi(port), &address);
    if (rc == 0)
        rc = uv_tcp_init(loop, &listener);
    if (rc == 0)
        rc = uv_tcp_bind(&listener, (const struct sockaddr *) &address, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *) &listener, BACKLOG, on_connection);
    if (rc == 0)
        return uv_run(loop, UV_RUN_DEFAULT);
    fprintf(stderr, "bench-raw: %s\n", uv_strerror(rc));
    return 1;
}
