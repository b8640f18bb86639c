#include <sio.h>
#include <stdio.h>

static void on_chat(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text;
    if (sio_event_unpack(event, "s", &text) < 0)
        return;
    sio_emit(sio_to(socket, "lobby"), "chat", "s", text);   /* everyone in the room but the sender */
    sio_ack(event, "{s:b}", "ok", 1);                       /* no-op when the client asked for no ack */
}

static void on_connection(sio_socket_t *socket, void *data) {
    sio_join(socket, "lobby");
    sio_emit(socket, "hello", "s", sio_socket_id(socket));
}

int main(void) {
    sio_server_t *io;
    int rc = sio_server_new(&io, NULL, NULL);      /* NULL: a loop of its own; NULL: default options */
    if (rc == 0) {
        sio_namespace_t *lobby = sio_of(io, "/");
        sio_on_connection(lobby, on_connection, NULL);
        sio_on(lobby, "chat", on_chat, NULL);      /* for every socket of the namespace; sio_on(socket, …) for one */
        rc = sio_listen(io, NULL, 3000);           /* NULL: every address, IPv6 and IPv4 */
        if (rc == 0)
            rc = sio_run(io);                      /* until SIGINT or SIGTERM, then a graceful close */
        sio_server_free(io);
    }
    if (rc < 0)
        fprintf(stderr, "%s\n", sio_strerror(rc));
    return rc < 0;
}
