/* The listeners of a server, which stands for its namespace "/". */
#include "server/server.h"
#include <sio/listeners.h>

/* --- connections and their ends ----------------------------------------------------------- */

int sio_server_once_connection(sio_server_t *server, sio_connection_cb cb, void *data) {
    return sio_namespace_once_connection(sio__server_root(server), cb, data);
}

int sio_server_off_connection(sio_server_t *server, sio_connection_cb cb, void *data) {
    return sio_namespace_off_connection(sio__server_root(server), cb, data);
}

int sio_server_on_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_on_disconnecting(sio__server_root(server), cb, data);
}

int sio_server_once_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_once_disconnecting(sio__server_root(server), cb, data);
}

int sio_server_off_disconnecting(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_off_disconnecting(sio__server_root(server), cb, data);
}

int sio_server_once_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_once_disconnect(sio__server_root(server), cb, data);
}

int sio_server_off_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_off_disconnect(sio__server_root(server), cb, data);
}

/* --- errors ------------------------------------------------------------------------------- */

int sio_server_on_error(sio_server_t *server, sio_error_cb cb, void *data) {
    return sio_namespace_on_error(sio__server_root(server), cb, data);
}

int sio_server_off_error(sio_server_t *server, sio_error_cb cb, void *data) {
    return sio_namespace_off_error(sio__server_root(server), cb, data);
}

/* --- whatever comes in or goes out -------------------------------------------------------- */

int sio_server_on_any(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_on_any(sio__server_root(server), cb, data);
}

int sio_server_prepend_any(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_prepend_any(sio__server_root(server), cb, data);
}

int sio_server_off_any(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_off_any(sio__server_root(server), cb, data);
}

size_t sio_server_listeners_any(sio_server_t *server, sio_listener_t *listeners, size_t capacity) {
    return sio_namespace_listeners_any(sio__server_root(server), listeners, capacity);
}

int sio_server_on_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_on_any_outgoing(sio__server_root(server), cb, data);
}

int sio_server_prepend_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_prepend_any_outgoing(sio__server_root(server), cb, data);
}

int sio_server_off_any_outgoing(sio_server_t *server, sio_event_cb cb, void *data) {
    return sio_namespace_off_any_outgoing(sio__server_root(server), cb, data);
}

size_t sio_server_listeners_any_outgoing(sio_server_t *server, sio_listener_t *listeners,
                                         size_t capacity) {
    return sio_namespace_listeners_any_outgoing(sio__server_root(server), listeners, capacity);
}
