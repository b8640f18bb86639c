#include "eio/heartbeat.h"
#include "eio/events.h"
#include "eio/held.h"
#include "eio/v09/v09.h"
#include <stddef.h>

/* A client that polls comes back in a round trip: a server that shuts down waits no longer for
 * the others. */
enum { LEAVE_MS = 2000 };

/* libuv runs timers before it reads. Behind a callback that took long, a PONG that came in time may
 * still wait in the kernel: this long is enough for one turn of the loop. */
enum { LAST_MS = 1 };

static eio_socket_t *socket_of(sio__timeout_t *timeout) {
    return (eio_socket_t *) ((char *) timeout - offsetof(eio_socket_t, timeout));
}

static uint64_t now(const eio_server_t *server) {
    return uv_now(server->loop->uv);
}

static sio__timeouts_t *list_of(const eio_socket_t *socket) {
    switch ((eio__armed_t) socket->armed) {
    case EIO__ARMED_HELD: return &socket->server->helds;
    case EIO__ARMED_PING: return &socket->server->pings;
    case EIO__ARMED_PONG: return &socket->server->pongs;
    case EIO__ARMED_SIGN: return &socket->server->signs;
    case EIO__ARMED_LAST: return &socket->server->lasts;
    case EIO__ARMED_CLOSE: return &socket->server->closes;
    case EIO__ARMED_LEAVE: return &socket->server->leaves;
    case EIO__ARMED_NOT: return NULL;
    default: return eio__v09_list(socket);
    }
}

static void arm(eio_socket_t *socket, eio__armed_t armed, uint64_t from) {
    eio__heartbeat_stop(socket);
    socket->armed = (unsigned) armed & 15u;
    sio__timeout_arm_from(list_of(socket), &socket->timeout, from);
}

/* The PONG's deadline counts from when the PING was planned, so that rounding does not add up;
 * but a loop that was held up for long must not make its clients pay for it. */
static void ping_due(sio__timeout_t *timeout, void *data) {
    const eio_server_t *server = data;
    eio_socket_t *socket = socket_of(timeout);
    uint64_t from = server->pings.fired, late = now(server) - from;
    socket->armed = EIO__ARMED_NOT;
    socket->refreshed = 0;
    arm(socket, EIO__ARMED_PONG, late < server->options.ping_timeout_ms / 2 ? from : now(server));
    if (!eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_PACKET_CREATE,
                                               .packet = EIO__PING}))
        return;
    socket->server->counters.packets_out++;
    if (socket->transport->packet(socket, EIO__PING, NULL, 0) < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

static void pong_due(sio__timeout_t *timeout, void *data) {
    const eio_server_t *server = data;
    arm(socket_of(timeout), EIO__ARMED_LAST, now(server));
}

static void last_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio_socket_t *socket = socket_of(timeout);
    socket->armed = EIO__ARMED_NOT;
    eio__socket_end(socket, SIO_REASON_PING_TIMEOUT);
}

static void held_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio_socket_t *socket = socket_of(timeout);
    socket->armed = EIO__ARMED_NOT;
    eio__held_release(socket);
}

static void close_due(sio__timeout_t *timeout, void *data) {
    (void) data;
    eio_socket_t *socket = socket_of(timeout);
    socket->armed = EIO__ARMED_NOT;
    eio__socket_end(socket, SIO_REASON_FORCED_CLOSE);
}

void eio__heartbeat_init(eio_server_t *server) {
    const sio_options_t *options = &server->options;
    sio__clock_t *clock = &server->loop->clock;
    sio__timeouts_init(&server->pings, clock, options->ping_interval_ms, ping_due, server);
    sio__timeouts_init(&server->pongs, clock, options->ping_timeout_ms, pong_due, server);
    sio__timeouts_init(&server->signs, clock,
                       (uint64_t) options->ping_interval_ms + options->ping_timeout_ms, pong_due,
                       server);
    sio__timeouts_init(&server->lasts, clock, LAST_MS, last_due, server);
    sio__timeouts_init(&server->helds, clock, EIO__HELD_MS, held_due, server);
    sio__timeouts_init(&server->closes, clock, options->close_timeout_ms, close_due, server);
    sio__timeouts_init(&server->leaves, clock,
                       options->close_timeout_ms < LEAVE_MS ? options->close_timeout_ms : LEAVE_MS,
                       close_due, server);
}

void eio__heartbeat_free(eio_server_t *server) {
    sio__timeouts_remove(&server->pings);
    sio__timeouts_remove(&server->pongs);
    sio__timeouts_remove(&server->signs);
    sio__timeouts_remove(&server->lasts);
    sio__timeouts_remove(&server->helds);
    sio__timeouts_remove(&server->closes);
    sio__timeouts_remove(&server->leaves);
}

void eio__heartbeat_start(eio_socket_t *socket) {
    if (socket->armed == EIO__ARMED_HELD)
        return; /* it will be */
    arm(socket, eio__socket_dialect(socket)->server_pings ? EIO__ARMED_PING : EIO__ARMED_SIGN,
        now(socket->server));
}

void eio__heartbeat_hold(eio_socket_t *socket) {
    arm(socket, EIO__ARMED_HELD, now(socket->server));
}

void eio__heartbeat_arm(eio_socket_t *socket, eio__armed_t armed) {
    arm(socket, armed, now(socket->server));
}

void eio__heartbeat_stop(eio_socket_t *socket) {
    sio__timeouts_t *list = list_of(socket);
    if (list != NULL)
        sio__timeout_disarm(list, &socket->timeout);
    socket->armed = EIO__ARMED_NOT;
}

void eio__heartbeat_packet(eio_socket_t *socket, eio__packet_type_t type) {
    if (type == EIO__PONG || type == EIO__PING) {
        if ((type == EIO__PONG) == eio__socket_dialect(socket)->server_pings)
            eio__heartbeat_start(socket);
    } else if ((socket->armed == EIO__ARMED_PONG || socket->armed == EIO__ARMED_LAST) &&
               !socket->refreshed && eio__socket_dialect(socket)->server_pings) {
        socket->refreshed = 1;
        arm(socket, EIO__ARMED_PONG, now(socket->server));
    }
}

void eio__heartbeat_closing(eio_socket_t *socket) {
    arm(socket, socket->server->closing ? EIO__ARMED_LEAVE : EIO__ARMED_CLOSE, now(socket->server));
}

int eio__heartbeat_overdue(const eio_socket_t *socket) {
    return socket->armed == EIO__ARMED_LAST ||
           ((socket->armed == EIO__ARMED_PONG || socket->armed == EIO__ARMED_SIGN) &&
            socket->timeout.due <= now(socket->server));
}
