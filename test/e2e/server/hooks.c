#include "hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(sio_socket_t *socket, const char *who, const char *what) {
    json_array_append_new(sio_socket_data(socket), json_sprintf("%s:%s", who, what));
}

/** Only what the scripts ask for by such a name. */
static void note_event(sio_socket_t *socket, const char *who, const sio_event_t *event) {
    if (strncmp(sio_event_name(event), "h-", 2) == 0)
        note(socket, who, sio_event_name(event));
}

static void free_journal(void *journal) {
    json_decref(journal);
}

/** Takes the journal. */
static void on_journal(sio_socket_t *socket, sio_event_t *event, void *data) {
    json_t *journal = sio_socket_data(socket);

    (void) data;
    sio_ack(event, "O", journal);
    json_array_clear(journal);
}

/* --- what comes in --------------------------------------------------------------------------- */

static void on_any(sio_socket_t *socket, sio_event_t *event, void *data) {
    note_event(socket, data, event);
}

static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    note_event(socket, data, event);
    sio_ack(event);
}

static void on_error(sio_socket_t *socket, const char *message, const json_t *error, void *data) {
    json_t *code = json_object_get(error, "code");

    (void) data;
    json_array_append_new(sio_socket_data(socket),
                          json_pack("[s,s,O?]", "error", message, code));
}

static void pass_later(sio_server_t *server, void *data) {
    (void) server;
    sio_next(data);
}

static void use_first(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    const char *name = sio_event_name(event);

    (void) data;
    note_event(socket, "use", event);
    if (strcmp(name, "h-bad") == 0) {
        json_t *details = json_pack("{s:i}", "code", 7);
        sio_next_error(next, "not that", details);
        json_decref(details);
    } else if (strcmp(name, "h-lost") == 0) {
        sio_next_error(next, NULL, NULL);
    } else if (strcmp(name, "h-late") == 0) {
        sio_after(sio_socket_server(socket), 30, pass_later, next);
    } else {
        sio_event_ref(event);
        sio_next(next);
        note_event(socket, "used", event);
        sio_event_unref(event);
    }
}

static void use_second(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) data;
    note_event(socket, "use second", event);
    sio_next(next);
}

/** Tells how many listeners of anything there were, and removes them. */
static void on_off(sio_socket_t *socket, sio_event_t *event, void *data) {
    size_t count = sio_listeners_any(socket, NULL, 0);

    (void) data;
    sio_off_any(socket, NULL, NULL);
    sio_ack(event, "ii", (int) count, (int) sio_listeners_any(socket, NULL, 0));
}

/* --- what goes out --------------------------------------------------------------------------- */

static void on_out(sio_socket_t *socket, sio_event_t *event, void *data) {
    json_t *line = json_pack("[s,s,i,O?]", (const char *) data, sio_event_name(event),
                             (int) sio_event_count(event), sio_event_arg(event, 0));

    json_array_append_new(sio_socket_data(socket), line);
}

static void on_watch(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_on_any_outgoing(socket, on_out, "out");
    sio_prepend_any_outgoing(socket, on_out, "first out");
    sio_ack(event, "i", (int) sio_listeners_any_outgoing(socket, NULL, 0));
}

static void on_unwatch(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_off_any_outgoing(socket, on_out, "out");
    sio_ack(event, "i", (int) sio_listeners_any_outgoing(socket, NULL, 0));
}

static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) socket, (void) error, (void) reply, (void) data;
}

static void on_emit(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_namespace_t *nsp = sio_socket_namespace(socket);
    const char *id = sio_socket_id(socket);

    (void) data;
    sio_emit(socket, "said", "sB", "one", "\1\2", (size_t) 2);
    sio_emit_with_ack(socket, 0, on_answer, NULL, "said", "s", "two");
    sio_emit(nsp, "said", "sii", "three", 1, 2);
    sio_emit(sio_broadcast(socket), "said", "s", "four");
    sio_emit(sio_to(nsp, id), "said", "s", "five");
    sio_emit(sio_except(nsp, id), "said", "s", "six");
    sio_emit(nsp, "nothing");
    sio_ack(event, "s", "seven");
}

/* --- the end --------------------------------------------------------------------------------- */

static int count_room(const char *room, void *count) {
    (void) room;
    ++*(int *) count;
    return 0;
}

static void on_disconnecting(sio_socket_t *socket, sio_reason_t reason, void *data) {
    int rooms = 0;

    (void) data;
    sio_socket_rooms(socket, count_room, &rooms);
    sio_emit(sio_broadcast(socket), "leaving", "sib", sio_reason_string(reason), rooms,
             sio_socket_connected(socket));
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) data;
    sio_emit(sio_socket_namespace(socket), "left", "sb", sio_reason_string(reason),
             sio_socket_connected(socket));
}

/* --- set-up ---------------------------------------------------------------------------------- */

static void on_connection(sio_socket_t *socket, void *data) {
    static const char *const events[] = {"h-one", "h-bad", "h-lost", "h-late"};

    (void) data;
    sio_socket_set_data(socket, json_array(), free_journal);
    sio_on_any(socket, on_any, "any");
    sio_prepend_any(socket, on_any, "first");
    sio_use(socket, use_first, NULL);
    sio_use(socket, use_second, NULL);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        sio_on(socket, events[i], on_event, "on");
    sio_once(socket, "h-one", on_event, "once");
    sio_on_error(socket, on_error, NULL);
    sio_on_disconnecting(socket, on_disconnecting, NULL);
    sio_on_disconnect(socket, on_disconnect, NULL);
}

int hooks_set_up(sio_namespace_t *nsp) {
    static const struct {
        const char *event;
        sio_event_cb cb;
    } handlers[] = {
        {"journal", on_journal}, {"off", on_off},   {"watch", on_watch},
        {"unwatch", on_unwatch}, {"emits", on_emit},
    };
    int rc = nsp ? sio_on_connection(nsp, on_connection, NULL) : SIO_ENOMEM;

    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = sio_on(nsp, handlers[i].event, handlers[i].cb, NULL);
    return rc;
}
