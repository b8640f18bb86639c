/* Every verb with every target it takes, as C11 and as C++11: compiled, not run. */
#include <sio.h>

static void on_event(sio_socket_t *s, sio_event_t *e, void *d) { (void) s, (void) e, (void) d; }
static void on_connection(sio_socket_t *s, void *d) { (void) s, (void) d; }
static void on_disconnect(sio_socket_t *s, sio_reason_t r, void *d) { (void) s, (void) r, (void) d; }
static void on_use(sio_socket_t *s, sio_next_t *n, void *d) { (void) s, (void) d, sio_next(n); }
static void on_event_use(sio_socket_t *s, sio_event_t *e, sio_next_t *n, void *d) {
    (void) s, (void) e, (void) d, sio_next(n);
}
static void on_error(sio_socket_t *s, const char *m, const json_t *e, void *d) {
    (void) s, (void) m, (void) e, (void) d;
}
static void on_ack(sio_socket_t *s, int rc, sio_event_t *e, void *d) {
    (void) s, (void) rc, (void) e, (void) d;
}
static void on_responses(sio_namespace_t *n, int rc, sio_event_t *e, void *d) {
    (void) n, (void) rc, (void) e, (void) d;
}
static void on_sockets(sio_namespace_t *n, int rc, sio_remote_socket_t *const *s, size_t c, void *d) {
    (void) n, (void) rc, (void) s, (void) c, (void) d;
}
static void on_server_side(sio_namespace_t *n, sio_event_t *e, void *d) {
    (void) n, (void) e, (void) d;
}
static void on_server_timer(sio_server_t *s, void *d) { (void) s, (void) d; }
static void on_socket_timer(sio_socket_t *s, void *d) { (void) s, (void) d; }

#define LISTENS(target)                                                                            \
    sio_on(target, "x", on_event, 0), sio_once(target, "x", on_event, 0),                          \
        sio_off(target, "x", on_event, 0), sio_on_disconnect(target, on_disconnect, 0),            \
        sio_once_disconnect(target, on_disconnect, 0),                                             \
        sio_off_disconnect(target, on_disconnect, 0),                                              \
        sio_on_disconnecting(target, on_disconnect, 0),                                            \
        sio_once_disconnecting(target, on_disconnect, 0),                                          \
        sio_off_disconnecting(target, on_disconnect, 0), sio_on_any(target, on_event, 0),          \
        sio_prepend_any(target, on_event, 0), sio_off_any(target, on_event, 0),                    \
        sio_on_any_outgoing(target, on_event, 0), sio_prepend_any_outgoing(target, on_event, 0),   \
        sio_off_any_outgoing(target, on_event, 0), (void) sio_listeners_any(target, 0, 0),         \
        (void) sio_listeners_any_outgoing(target, 0, 0), sio_on_error(target, on_error, 0),        \
        sio_off_error(target, on_error, 0)
#define TAKES_CONNECTIONS(target)                                                                  \
    sio_on_connection(target, on_connection, 0), sio_once_connection(target, on_connection, 0),    \
        sio_off_connection(target, on_connection, 0), sio_use(target, on_use, 0)
#define SENDS(target)                                                                              \
    sio_emit(target, "x"), sio_emit(target, "x", "si", "text", 1), sio_emit_json(target, "x", 0),  \
        sio_emit_raw(target, "x", "1", 1), sio_emit_event(target, "x", event)
#define STARTS(target)                                                                             \
    sio_emit(sio_to(target, "a"), "x"), sio_emit(sio_in(target, "a"), "x"),                        \
        sio_emit(sio_except(target, "a"), "x"), sio_emit(sio_volatile(target), "x"),               \
        sio_emit(sio_local(target), "x"), sio_emit(sio_compress(target, 0), "x"),                  \
        sio_emit(sio_timeout(target, 10), "x")
#define ASKS(target, cb)                                                                           \
    sio_emit_with_ack(target, 10, cb, 0, "x"), sio_emit_with_ack(target, 10, cb, 0, "x", "i", 1)
#define CONTROLS(target)                                                                           \
    sio_fetch_sockets(target, on_sockets, 0), sio_sockets_join(target, "a"),                       \
        sio_sockets_leave(target, "a"), sio_disconnect_sockets(target, 1)
#define KNOWS_SERVERS(target)                                                                      \
    sio_on_server_side(target, "x", on_server_side, 0),                                            \
        sio_off_server_side(target, "x", on_server_side, 0), sio_server_side_emit(target, "x"),    \
        sio_server_side_emit(target, "x", "i", 1),                                                 \
        sio_server_side_emit_with_ack(target, 10, on_responses, 0, "x"),                           \
        sio_server_side_emit_with_ack(target, 10, on_responses, 0, "x", "i", 1)

static void use_all(sio_server_t *io, sio_namespace_t *nsp, sio_socket_t *socket,
                    sio_event_t *event) {
    LISTENS(io), LISTENS(nsp), LISTENS(socket);
    TAKES_CONNECTIONS(io), TAKES_CONNECTIONS(nsp), sio_use(socket, on_event_use, 0);
    SENDS(io), SENDS(nsp), SENDS(socket), SENDS(sio_to(io, "a"));
    STARTS(io), STARTS(nsp), STARTS(socket), STARTS(sio_to(io, "b"));
    ASKS(io, on_responses), ASKS(nsp, on_responses), ASKS(socket, on_ack);
    ASKS(sio_to(io, "a"), on_responses);
    CONTROLS(io), CONTROLS(nsp), CONTROLS(sio_to(io, "a"));
    KNOWS_SERVERS(io), KNOWS_SERVERS(nsp);
    sio_every(io, 1, on_server_timer, 0), sio_after(io, 1, on_server_timer, 0);
    sio_every(socket, 1, on_socket_timer, 0), sio_after(socket, 1, on_socket_timer, 0);
    sio_ack(event), sio_ack(event, "i", 1);
}

int main(void) {
    (void) use_all;
    return 0;
}
