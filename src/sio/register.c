/* Registering listeners, which is the same for a socket and for a namespace: there for all of its
 * sockets, present and future. */
#include "sio/encode.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <sio/listeners.h>
#include <string.h>

typedef struct {
    sio__core_t *core;
    sio__listeners_t *listeners;
    const char *name; /* its own, for the log */
    int error;        /* there is nobody to listen */
} owner_t;

static inline owner_t of_socket(sio_socket_t *socket) {
    if (socket == NULL || socket->state == SIO__SOCKET_CLOSED)
        return (owner_t){.error = socket == NULL ? SIO_EINVAL : SIO_ECLOSED};
    return (owner_t){socket->nsp->core, &socket->listeners, socket->id, 0};
}

static inline owner_t of_namespace(sio_namespace_t *nsp) {
    if (nsp == NULL || nsp->core == NULL)
        return (owner_t){.error = nsp == NULL ? SIO_EINVAL : SIO_ECLOSED};
    return (owner_t){nsp->core, &nsp->listeners, nsp->name, 0};
}

/* --- any name ----------------------------------------------------------------------------- */

typedef enum { ALWAYS, ONCE, ALWAYS_FIRST } manner_t;

static int is_full(const owner_t *owner) {
    const uint32_t most = owner->core->options->max_listeners;
    if (most == 0 || sio__listeners_count(owner->listeners) < most)
        return 0;
    sio__limited(owner->core->loop, SIO_LIMIT_LISTENERS, "socket",
                 "%s: refused one more listener than %u", owner->name, (unsigned) most);
    return 1;
}

static int add(const owner_t *owner, const char *name, sio__function_t function, void *data,
               manner_t manner) {
    sio__listener_t listener = {function, data, manner == ONCE};
    if (function == NULL)
        return SIO_EINVAL;
    if (owner->error < 0)
        return owner->error;
    if (is_full(owner))
        return SIO_ETOOBIG;
    if (manner == ALWAYS_FIRST)
        return sio__listeners_prepend(&owner->core->tables, owner->listeners, name, &listener);
    return sio__listeners_add(&owner->core->tables, owner->listeners, name, &listener);
}

/* With `function` NULL all of the name. */
static int off(const owner_t *owner, const char *name, sio__function_t function, const void *data) {
    if (owner->error < 0)
        return owner->error == SIO_ECLOSED ? 0 : owner->error;
    const sio__name_t *known = sio__names_find(&owner->core->names, name, strlen(name));
    if (known == NULL)
        return 0;
    return sio__listeners_remove(&owner->core->tables, owner->listeners, known, function, data);
}

/* --- events ------------------------------------------------------------------------------- */

/* What begins with a byte that is not UTF-8 names listeners of our own. */
static int is_reserved(const char *event) {
    return *event == '\xff' || sio__event_reserved(event);
}

static int add_event(const owner_t *owner, const char *event, sio_event_cb cb, void *data,
                     manner_t manner) {
    if (event == NULL)
        return SIO_EINVAL;
    if (is_reserved(event))
        return SIO_ERESERVED;
    return add(owner, event, (sio__function_t) cb, data, manner);
}

static int off_event(const owner_t *owner, const char *event, sio_event_cb cb, const void *data) {
    if (event == NULL)
        return SIO_EINVAL;
    if (is_reserved(event))
        return SIO_ERESERVED;
    return off(owner, event, (sio__function_t) cb, data);
}

int sio_socket_on(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_event(&owner, event, cb, data, ALWAYS);
}

int sio_socket_once(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_event(&owner, event, cb, data, ONCE);
}

int sio_socket_off(sio_socket_t *socket, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off_event(&owner, event, cb, data);
}

int sio_namespace_on(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_event(&owner, event, cb, data, ALWAYS);
}

int sio_namespace_once(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_event(&owner, event, cb, data, ONCE);
}

int sio_namespace_off(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off_event(&owner, event, cb, data);
}

/* --- connections and their ends ----------------------------------------------------------- */

int sio_namespace_on_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__CONNECTION, (sio__function_t) cb, data, ALWAYS);
}

int sio_namespace_once_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__CONNECTION, (sio__function_t) cb, data, ONCE);
}

int sio_namespace_off_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off(&owner, SIO__CONNECTION, (sio__function_t) cb, data);
}

int sio_socket_on_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data, ALWAYS);
}

int sio_socket_once_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data, ONCE);
}

int sio_socket_off_disconnecting(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data);
}

int sio_namespace_on_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data, ALWAYS);
}

int sio_namespace_once_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data, ONCE);
}

int sio_namespace_off_disconnecting(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off(&owner, SIO__DISCONNECTING, (sio__function_t) cb, data);
}

int sio_socket_on_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data, ALWAYS);
}

int sio_socket_once_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data, ONCE);
}

int sio_socket_off_disconnect(sio_socket_t *socket, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data);
}

int sio_namespace_on_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data, ALWAYS);
}

int sio_namespace_once_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data, ONCE);
}

int sio_namespace_off_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off(&owner, SIO__DISCONNECTION, (sio__function_t) cb, data);
}

/* --- errors [S24, P7] --------------------------------------------------------------------- */

int sio_socket_on_error(sio_socket_t *socket, sio_error_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add(&owner, SIO__ERROR, (sio__function_t) cb, data, ALWAYS);
}

int sio_socket_off_error(sio_socket_t *socket, sio_error_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off(&owner, SIO__ERROR, (sio__function_t) cb, data);
}

int sio_namespace_on_error(sio_namespace_t *nsp, sio_error_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add(&owner, SIO__ERROR, (sio__function_t) cb, data, ALWAYS);
}

int sio_namespace_off_error(sio_namespace_t *nsp, sio_error_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off(&owner, SIO__ERROR, (sio__function_t) cb, data);
}

/* --- whatever comes in or goes out [S25] -------------------------------------------------- */

static int add_any(const owner_t *owner, const char *name, sio_event_cb cb, void *data,
                   manner_t manner) {
    return add(owner, name, (sio__function_t) cb, data, manner);
}

static int off_any(const owner_t *owner, const char *name, sio_event_cb cb, const void *data) {
    return off(owner, name, (sio__function_t) cb, data);
}

static size_t list(const owner_t *owner, const char *name, sio_listener_t *list, size_t capacity) {
    sio__listener_t found;
    uint32_t cursor = 0;
    size_t count = 0;
    if (owner->error < 0)
        return 0;
    const sio__name_t *known = sio__names_find(&owner->core->names, name, strlen(name));
    for (; sio__listeners_next(owner->listeners, known, &cursor, &found); count++)
        if (count < capacity)
            list[count] = (sio_listener_t){(sio_event_cb) found.function, found.data};
    return count;
}

int sio_socket_on_any(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_any(&owner, SIO__ANY_INCOMING, cb, data, ALWAYS);
}

int sio_socket_prepend_any(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_any(&owner, SIO__ANY_INCOMING, cb, data, ALWAYS_FIRST);
}

int sio_socket_off_any(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off_any(&owner, SIO__ANY_INCOMING, cb, data);
}

size_t sio_socket_listeners_any(sio_socket_t *socket, sio_listener_t *listeners, size_t capacity) {
    owner_t owner = of_socket(socket);
    return list(&owner, SIO__ANY_INCOMING, listeners, capacity);
}

int sio_namespace_on_any(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_any(&owner, SIO__ANY_INCOMING, cb, data, ALWAYS);
}

int sio_namespace_prepend_any(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_any(&owner, SIO__ANY_INCOMING, cb, data, ALWAYS_FIRST);
}

int sio_namespace_off_any(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off_any(&owner, SIO__ANY_INCOMING, cb, data);
}

size_t sio_namespace_listeners_any(sio_namespace_t *nsp, sio_listener_t *listeners,
                                   size_t capacity) {
    owner_t owner = of_namespace(nsp);
    return list(&owner, SIO__ANY_INCOMING, listeners, capacity);
}

int sio_socket_on_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_any(&owner, SIO__ANY_OUTGOING, cb, data, ALWAYS);
}

int sio_socket_prepend_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return add_any(&owner, SIO__ANY_OUTGOING, cb, data, ALWAYS_FIRST);
}

int sio_socket_off_any_outgoing(sio_socket_t *socket, sio_event_cb cb, void *data) {
    owner_t owner = of_socket(socket);
    return off_any(&owner, SIO__ANY_OUTGOING, cb, data);
}

size_t sio_socket_listeners_any_outgoing(sio_socket_t *socket, sio_listener_t *listeners,
                                         size_t capacity) {
    owner_t owner = of_socket(socket);
    return list(&owner, SIO__ANY_OUTGOING, listeners, capacity);
}

int sio_namespace_on_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_any(&owner, SIO__ANY_OUTGOING, cb, data, ALWAYS);
}

int sio_namespace_prepend_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return add_any(&owner, SIO__ANY_OUTGOING, cb, data, ALWAYS_FIRST);
}

int sio_namespace_off_any_outgoing(sio_namespace_t *nsp, sio_event_cb cb, void *data) {
    owner_t owner = of_namespace(nsp);
    return off_any(&owner, SIO__ANY_OUTGOING, cb, data);
}

size_t sio_namespace_listeners_any_outgoing(sio_namespace_t *nsp, sio_listener_t *listeners,
                                            size_t capacity) {
    owner_t owner = of_namespace(nsp);
    return list(&owner, SIO__ANY_OUTGOING, listeners, capacity);
}
