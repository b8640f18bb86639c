#include "dynamic.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    sio_match_t *match;
    int allow;
} decision_t;

static void decide(sio_server_t *server, void *data) {
    decision_t *decision = data;

    (void) server;
    sio_match(decision->match, decision->allow);
    free(decision);
}

/** Synchronously no for what is no team, later yes or no for teams. */
static void match_team(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    const char *token = json_string_value(json_object_get(auth, "token"));
    decision_t *decision;

    if (strncmp(name, "/team-", 6) != 0) {
        sio_match(match, 0);
        return;
    }
    decision = malloc(sizeof *decision);
    if (decision == NULL) {
        sio_match(match, 0);
        return;
    }
    decision->match = match;
    decision->allow = token && strcmp(token, "secret") == 0;
    if (sio_after((sio_server_t *) data, 50, decide, decision) == NULL)
        decide(data, decision);
}

/** siblings(...): to the parent, so to all children. */
static void on_siblings(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_namespace_parent(sio_socket_namespace(socket)), "said", event);
}

/** siblings-in(room, ...): the same for a room. */
static void on_siblings_in(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_emit_event(sio_to(sio_namespace_parent(sio_socket_namespace(socket)), room), "said",
                       event);
}

int dynamic_set_up(sio_server_t *io, int (*prepare)(sio_namespace_t *nsp, void *data), void *data) {
    sio_namespace_t *parents[2] = {sio_of_pattern(io, "^/room-\\d+$"),
                                   sio_of_match(io, match_team, io)};
    int rc = 0;

    for (int i = 0; rc == 0 && i < 2; i++) {
        if (parents[i] == NULL)
            return SIO_ENOMEM;
        rc = prepare(parents[i], data);
        if (rc == 0)
            rc = sio_on(parents[i], "siblings", on_siblings, NULL);
        if (rc == 0)
            rc = sio_on(parents[i], "siblings-in", on_siblings_in, NULL);
    }
    return rc;
}
