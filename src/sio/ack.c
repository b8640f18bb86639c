#include "sio/ack.h"
#include "sio/emit.h"
#include "sio/event.h"
#include "sio/message.h"
#include <sio/error.h>
#include <stdlib.h>

enum { MAX_SPARES = 64 };

/* --- acks that we wait for ---------------------------------------------------------------- */

static void unlink_ack(sio__ack_t *ack) {
    sio__more_t *more = ack->socket->more;
    if (ack->prev != NULL)
        ack->prev->next = ack->next;
    else
        more->first_ack = ack->next;
    if (ack->next != NULL)
        ack->next->prev = ack->prev;
    else
        more->last_ack = ack->prev;
    more->ack_count--;
}

void sio__ack_cancel(sio__ack_t *ack) {
    sio__core_t *core = ack->socket->nsp->core;
    sio__deadline_disarm(&core->deadlines, &ack->deadline);
    if (core->spare_ack_count == MAX_SPARES) {
        free(ack);
        return;
    }
    ack->next = core->spare_acks;
    core->spare_acks = ack;
    core->spare_ack_count++;
}

/* Waits no more; nothing is called. */
static void drop(sio__ack_t *ack) {
    unlink_ack(ack);
    sio__ack_cancel(ack);
}

/* Waits no more, then tells: the callback may do anything. */
static void finish(sio__ack_t *ack, int error, sio_event_t *reply) {
    sio_socket_t *socket = ack->socket;
    sio_ack_cb cb = ack->cb;
    void *data = ack->data;
    drop(ack);
    sio_socket_ref(socket);
    cb(socket, error, reply, data);
    sio_socket_unref(socket);
}

static void expired(sio__deadline_t *deadline) {
    finish((sio__ack_t *) deadline, SIO_ETIMEDOUT, NULL);
}

static sio__ack_t *allocate(sio__core_t *core) {
    sio__ack_t *ack = core->spare_acks;
    if (ack == NULL)
        return malloc(sizeof(*ack));
    core->spare_acks = ack->next;
    core->spare_ack_count--;
    return ack;
}

int sio__ack_is_full(const sio_socket_t *socket) {
    const sio__core_t *core = socket->nsp->core;
    const uint32_t most = core->options->max_pending_acks;
    if (most == 0 || socket->more == NULL || socket->more->ack_count < most)
        return 0;
    sio__limited(core->loop, SIO_LIMIT_ACKS, "socket", "socket %s: it owes %u acks, no more are asked for",
                 socket->id, (unsigned) most);
    return 1;
}

sio__ack_t *sio__ack_new(sio_socket_t *socket, int64_t id, uint32_t timeout_ms, sio_ack_cb cb,
                         void *data) {
    sio__core_t *core = socket->nsp->core;
    if (sio__socket_more(socket) < 0)
        return NULL;
    sio__ack_t *ack = allocate(core);
    if (ack == NULL)
        return NULL;
    *ack = (sio__ack_t){{.run = expired}, socket, NULL, NULL, id, cb, data};
    if (timeout_ms > 0 && sio__deadline_arm(&core->deadlines, &ack->deadline, timeout_ms) < 0) {
        sio__ack_cancel(ack);
        return NULL;
    }
    return ack;
}

void sio__ack_begin(sio__ack_t *ack) {
    sio__more_t *more = ack->socket->more;
    more->ack_count++;
    /* Behind those with smaller ids: all, but where a listener of what goes out emits itself. */
    ack->prev = more->last_ack;
    while (ack->prev != NULL && ack->prev->id > ack->id)
        ack->prev = ack->prev->prev;
    ack->next = ack->prev != NULL ? ack->prev->next : more->first_ack;
    if (ack->prev != NULL)
        ack->prev->next = ack;
    else
        more->first_ack = ack;
    if (ack->next != NULL)
        ack->next->prev = ack;
    else
        more->last_ack = ack;
}

/* Clients answer in order as a rule: the first is the most likely one. An id of nobody's choice
 * must not cost a walk through all. */
static sio__ack_t *find(const sio_socket_t *socket, int64_t id) {
    sio__ack_t *ack = socket->more != NULL ? socket->more->first_ack : NULL;
    if (ack != NULL && id > socket->more->last_ack->id)
        return NULL;
    while (ack != NULL && ack->id < id)
        ack = ack->next;
    return ack != NULL && ack->id == id ? ack : NULL;
}

int sio__ack_forget(sio_socket_t *socket, int64_t id) {
    sio__ack_t *ack = find(socket, id);
    if (ack == NULL)
        return 0;
    drop(ack);
    return 1;
}

void sio__ack_answered(sio_socket_t *socket, const sio__packet_t *packet,
                       const sio__binary_t *binaries,
                       size_t count) {
    sio_event_t reply;
    sio__core_t *core = socket->nsp->core;
    sio__ack_t *ack = find(socket, packet->id);
    if (ack == NULL)
        return;
    sio__core_enter_arena(core);
    if (sio__event_init(&reply, socket, core->arena, packet, binaries, count) < 0) {
        finish(ack, SIO_ENOMEM, NULL);
    } else {
        finish(ack, 0, &reply);
        sio__event_done(&reply);
    }
    sio__core_leave_arena(core);
}

void sio__ack_fail_all(sio_socket_t *socket) {
    while (socket->more != NULL && socket->more->first_ack != NULL)
        finish(socket->more->first_ack, SIO_ECLOSED, NULL);
}

void sio__ack_free_spares(sio__core_t *core) {
    while (core->spare_acks != NULL) {
        sio__ack_t *ack = core->spare_acks;
        core->spare_acks = ack->next;
        free(ack);
    }
    core->spare_ack_count = 0;
}

/* --- acks that we give -------------------------------------------------------------------- */

/* To the server that has asked: the arguments as it would get them of a client. */
static int answer_server(sio_event_t *event, const sio__args_t *args) {
    const sio__server_side_t *from = &event->server_side;
    sio_message_t message;
    sio_packet_t packet;
    if (event->acked || !sio__namespace_is_open(from->nsp)) {
        sio__args_drop(args);
        return event->acked ? SIO_EDONE : SIO_ECLOSED;
    }
    int rc = sio__message_answer(&message, from->nsp, args);
    if (rc == 0)
        rc = sio_message_packet(&message, &packet);
    if (rc < 0)
        return rc;
    event->acked = 1;
    from->answer(&packet, from->data);
    return 0;
}

static int give(sio_event_t *event, const sio__args_t *args) {
    sio__encoded_t encoded;
    sio_event_t *self = event != NULL ? sio__event_self(event) : NULL;
    sio_socket_t *socket = self != NULL ? self->socket : NULL;
    int rc = 0;
    if (self != NULL && self->server_side.nsp != NULL && self->ack_id >= 0)
        return answer_server(self, args);
    if (socket == NULL)
        rc = self != NULL && self->server_side.nsp != NULL ? 0 : SIO_EINVAL;
    else if (self->acked)
        rc = SIO_EDONE;
    else if (!sio__socket_is_connected(socket))
        rc = SIO_ECLOSED;
    if (rc < 0 || self->ack_id < 0) {
        sio__args_drop(args);
        return rc;
    }
    rc = sio__encode_ack(&encoded, &socket->nsp->core->output, socket->nsp->name,
                         self->ack_id, args);
    if (rc < 0)
        return rc;
    self->acked = 1; /* before: who watches packets may ack it, too, or drop it */
    return sio__client_send(socket->client, &encoded);
}

int sio_event_ack(sio_event_t *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_event_vack(event, format, list);
    va_end(list);
    return rc;
}

int sio_event_vack(sio_event_t *event, const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = give(event, &given);
    va_end(list);
    return rc;
}

int sio_event_ack_json(sio_event_t *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return give(event, &given);
}

int sio_event_ack_raw(sio_event_t *event, const char *text, size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return give(event, &given);
}

int sio_event_ack_event(sio_event_t *event, const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return give(event, &given);
}
