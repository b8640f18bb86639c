#include "sio/recovery.h"
#include "sio/message.h"
#include "sio/middleware.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

struct sio_restore_s {
    sio__core_t *core;
    sio_restore_t *prev, *next;
    sio_socket_t *socket; /* a reference */
    sio__buf_t missed;    /* messages, each a record_t and its bytes */
    uint8_t found;
};

typedef struct {
    uint32_t length;
    uint32_t binary;
} record_t;

/* --- a client comes back ------------------------------------------------------------------ */

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static sio_restore_t *restore_new(sio_socket_t *socket) {
    sio__core_t *core = socket->nsp->core;
    sio_restore_t *restore = calloc(1, sizeof(*restore));
    if (restore == NULL)
        return NULL;
    restore->core = core;
    restore->socket = sio_socket_ref(socket);
    restore->next = core->restores;
    if (restore->next != NULL)
        restore->next->prev = restore;
    core->restores = restore;
    return restore;
}

/* A server that has gone counts nothing any more. */
static void drop_missed(sio__core_t *core, sio__buf_t *missed) {
    if (core != NULL)
        core->missed_bytes -= missed->length;
    sio__buf_free(missed);
}

void sio__recovery_forget(sio_socket_t *socket) {
    if (socket->more != NULL)
        drop_missed(socket->nsp->core, &socket->more->missed);
}

/* The socket, with the reference. */
static sio_socket_t *restore_free(sio_restore_t *restore) {
    sio_socket_t *socket = restore->socket;
    if (restore->prev != NULL)
        restore->prev->next = restore->next;
    else
        restore->core->restores = restore->next;
    if (restore->next != NULL)
        restore->next->prev = restore->prev;
    drop_missed(restore->core, &restore->missed);
    free(restore);
    return socket;
}

void sio__restore_end_all(sio__core_t *core) {
    while (core->restores != NULL)
        sio_socket_unref(restore_free(core->restores));
}

int sio__recovery_begin(sio_socket_t *socket) {
    sio_namespace_t *nsp = socket->nsp;
    sio__core_t *core = nsp->core;
    if (!core->recovers || socket->more == NULL || sio__client_is_older(socket->client))
        return 0;
    const json_t *auth = sio_socket_auth(socket);
    const char *pid = text_of(auth, "pid"), *offset = text_of(auth, "offset");
    sio_restore_t *restore = pid != NULL && offset != NULL ? restore_new(socket) : NULL;
    if (restore == NULL)
        return 0;
    core->adapter.restore_session(nsp->adapter_state, nsp, pid, offset, restore);
    return 1;
}

/* The id may be in use: by the connection that the client has given up and we do not know of. */
static int usable(const sio_socket_t *socket, const sio_session_t *session) {
    return strlen(session->sid) == SIO__ID_LENGTH && strlen(session->pid) == SIO__ID_LENGTH &&
           sio_namespace_socket(socket->nsp, session->sid) == NULL;
}

/* Those who watch rooms may do anything. SIO_ECLOSED: the server closes, and the restore has
 * gone. */
static int join_all(sio_socket_t *socket, const sio_rooms_t *rooms) {
    const sio__core_t *core = socket->nsp->core;
    const char *room = NULL;
    int rc = 0;
    sio_socket_ref(socket);
    while (rc == 0 && !core->closing && (room = sio_rooms_next(rooms, room)) != NULL)
        rc = sio_join(socket, room);
    sio_socket_unref(socket);
    if (core->closing)
        return SIO_ECLOSED;
    return rc == SIO_ECLOSED ? 0 : rc; /* only the socket has ended */
}

int sio_restore_session(sio_restore_t *restore, const sio_session_t *session) {
    sio_socket_t *socket = restore->socket;
    if (socket->state != SIO__SOCKET_PENDING || !usable(socket, session))
        return 0;
    if (sio__socket_more(socket) < 0)
        return SIO_ENOMEM;
    int rc = join_all(socket, &session->rooms);
    if (rc < 0 || socket->state != SIO__SOCKET_PENDING)
        return rc;
    memcpy(socket->id, session->sid, SIO__ID_LENGTH + 1);
    memcpy(socket->more->pid, session->pid, sizeof(socket->more->pid));
    json_decref(socket->more->shared);
    socket->more->shared = json_incref((json_t *) (uintptr_t) session->data);
    restore->found = 1;
    return 0;
}

/* As for what waits to be sent: a socket whose middlewares take their time holds it so long. */
static int is_too_much(const sio_restore_t *restore, size_t more) {
    const sio_options_t *options = restore->core->options;
    const size_t most = options->max_buffered_total;
    return restore->missed.length + more > options->max_buffered ||
           (most > 0 && restore->core->missed_bytes + more > most);
}

int sio__restore_message(sio_restore_t *restore, int binary, const void *data, size_t length) {
    record_t record = {(uint32_t) length, binary != 0};
    const size_t size = sizeof(record) + length;
    if (length > UINT32_MAX)
        return SIO_EINVAL;
    if (is_too_much(restore, size))
        return SIO_ETOOBIG;
    int rc = sio__buf_reserve(&restore->missed, size);
    if (rc < 0)
        return rc;
    restore->core->missed_bytes += size;
    sio__buf_append(&restore->missed, &record, sizeof(record));
    sio__buf_append(&restore->missed, data, length);
    return 0;
}

int sio_restore_packet(sio_restore_t *restore, const sio_packet_t *packet) {
    sio_message_t message;
    int rc = sio__message_of_packet(&message, restore->socket->nsp, packet, -1);
    for (size_t i = 0; rc == 0 && i < message.encoded.count; i++) {
        int binary;
        size_t length;
        const void *data = eio__message_data(&message.encoded.messages[i], &binary, &length);
        rc = sio__restore_message(restore, binary, data, length);
    }
    return rc;
}

void sio_restore_done(sio_restore_t *restore) {
    const sio__core_t *core = restore->core;
    int found = restore->found;
    if (found) {
        sio__more_t *more = restore->socket->more;
        more->recovered = 1;
        sio__recovery_forget(restore->socket);
        more->missed = restore->missed;
        restore->missed = (sio__buf_t){0};
    }
    sio_socket_t *socket = restore_free(restore);
    if (found && !core->options->recovery->run_middlewares)
        sio__middleware_skip(socket);
    else
        sio__middleware_start(socket);
    sio_socket_unref(socket);
}

/* --- it connects -------------------------------------------------------------------------- */

/* Written before the CONNECT reply, as Node does, where official clients buffer it [R5]. */
static int send_missed(sio_socket_t *socket) {
    sio__buf_t *missed = &socket->more->missed;
    sio__scratch_t *scratch = socket->nsp->core->output.scratch;
    eio_socket_t *eio = sio__client_eio(socket->client);
    const char *at = missed->data, *end = at + missed->length;
    int rc = 0;
    while (rc == 0 && at < end) {
        eio__message_t message;
        record_t record;
        memcpy(&record, at, sizeof(record));
        at += sizeof(record);
        rc = record.binary ? eio__message_binary(scratch, at, record.length, &message)
                           : eio__message_text(scratch, at, record.length, &message);
        if (rc == 0)
            rc = eio__socket_send(eio, &message, 1);
        at += record.length;
    }
    sio__recovery_forget(socket);
    return rc;
}

int sio__recovery_connect(sio_socket_t *socket, const char **pid) {
    *pid = NULL;
    if (!socket->nsp->core->recovers || sio__client_is_older(socket->client))
        return 0;
    /* Somebody else has come back as the same one while the middlewares ran. */
    if (sio_namespace_socket(socket->nsp, socket->id) != NULL)
        return SIO_EBUSY;
    int rc = sio__socket_more(socket);
    if (rc == 0 && socket->more->pid[0] == '\0')
        rc = sio__id_new(&socket->nsp->core->ids, socket->more->pid);
    if (rc < 0)
        return rc;
    *pid = socket->more->pid;
    return socket->more->missed.length > 0 ? send_missed(socket) : 0;
}

/* --- it ends ------------------------------------------------------------------------------ */

/* After the others a client does not come back, or shall not [R4]. */
static int may_come_back(sio_reason_t reason) {
    switch (reason) {
    case SIO_REASON_TRANSPORT_ERROR:
    case SIO_REASON_TRANSPORT_CLOSE:
    case SIO_REASON_FORCED_CLOSE:
    case SIO_REASON_PING_TIMEOUT:
    case SIO_REASON_SERVER_SHUTTING_DOWN:
    case SIO_REASON_FORCED_SERVER_CLOSE:
        return 1;
    default:
        return 0;
    }
}

static int append_room(const char *room, void *data) {
    return sio__buf_append(data, room, strlen(room) + 1);
}

void sio__recovery_save(sio_socket_t *socket, sio_reason_t reason) {
    sio_namespace_t *nsp = socket->nsp;
    sio__buf_t rooms = {0};
    if (!nsp->core->recovers || !may_come_back(reason) || socket->more == NULL ||
        socket->more->pid[0] == '\0')
        return;
    if (nsp->local_ops->rooms(socket, append_room, &rooms) == 0) {
        sio_session_t session = {
            .sid = socket->id,
            .pid = socket->more->pid,
            .rooms = {rooms.data, rooms.length},
            .data = socket->more->shared,
        };
        nsp->core->adapter.save_session(nsp->adapter_state, nsp, &session);
    }
    sio__buf_free(&rooms);
}
