#include "many.h"

#include <string.h>

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    sio_event_t *event = data;
    json_t *list = json_array();

    (void) nsp;
    for (size_t i = 0; responses && i < sio_event_count(responses); i++)
        json_array_append(list, sio_event_arg(responses, i));
    sio_ack(event, "s?o", error < 0 ? sio_err_name(error) : NULL, list);
    sio_event_unref(event);
}

/** ask-all(ms, room, …): acks with an error or null, and the answers of all in the room. */
static void on_ask_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);
    sio_broadcast_t *to;
    const char *room;
    int ms;

    (void) data;
    if (kept == NULL || sio_event_unpack(event, "is", &ms, &room) < 0 || ms < 0) {
        sio_event_unref(kept);
        return;
    }
    to = sio_in(sio_socket_namespace(socket), room);
    if (sio_broadcast_emit_event_with_ack(to, (uint32_t) ms, on_responses, kept, "question",
                                          event) < 0)
        sio_event_unref(kept);
}

static void on_sockets(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    sio_event_t *event = data;
    json_t *list = json_array();

    (void) nsp;
    for (size_t i = 0; error == 0 && i < count; i++)
        json_array_append_new(list, json_pack("{s:s,s:O,s:O,s:O}", "id", sio_remote_id(sockets[i]),
                                              "rooms", sio_remote_rooms(sockets[i]), "data",
                                              sio_remote_data(sockets[i]), "auth",
                                              json_object_get(sio_remote_handshake(sockets[i]),
                                                              "auth")));
    sio_ack(event, "o", list);
    sio_event_unref(event);
}

/** fetch(room): what is known of its sockets. */
static void on_fetch(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);
    const char *room;

    (void) data;
    if (kept == NULL || sio_event_unpack(event, "s", &room) < 0 ||
        sio_fetch_sockets(sio_in(sio_socket_namespace(socket), room), on_sockets, kept) < 0)
        sio_event_unref(kept);
}

/** remember(value): in what goes with the socket. */
static void on_remember(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "i", json_object_set(sio_socket_shared_data(socket), "value",
                                        sio_event_arg(event, 0)));
}

/** move(from, to): the sockets of one room into another as well; or out of it with to = null. */
static void on_move(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *from, *to = NULL;
    sio_namespace_t *nsp = sio_socket_namespace(socket);

    (void) data;
    if (sio_event_unpack(event, "ss?", &from, &to) < 0)
        return;
    if (to)
        sio_sockets_join(sio_in(nsp, from), to);
    else
        sio_sockets_leave(sio_in(nsp, from), from);
    sio_ack(event);
}

/** send-away(room, whole) */
static void on_send_away(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    int whole;

    (void) data;
    if (sio_event_unpack(event, "sb", &room, &whole) < 0)
        return;
    sio_disconnect_sockets(sio_in(sio_socket_namespace(socket), room), whole);
    sio_ack(event);
}

/** plain(length): a text that is not to be compressed. */
static void on_plain(sio_socket_t *socket, sio_event_t *event, void *data) {
    static char text[10000];
    int length;

    (void) data;
    if (sio_event_unpack(event, "i", &length) < 0 || length < 0 || length > (int) sizeof text)
        return;
    memset(text, 'x', sizeof text);
    sio_emit(sio_compress(socket, 0), "plain", "s%", text, (size_t) length);
}

/** state(): whether it has come back, and with what. */
static void on_state(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "bO", sio_socket_recovered(socket), sio_socket_shared_data(socket));
}

int many_set_up(sio_namespace_t *nsp) {
    int rc = sio_on(nsp, "ask-all", on_ask_all, NULL);

    if (rc == 0)
        rc = sio_on(nsp, "fetch", on_fetch, NULL);
    if (rc == 0)
        rc = sio_on(nsp, "remember", on_remember, NULL);
    if (rc == 0)
        rc = sio_on(nsp, "move", on_move, NULL);
    if (rc == 0)
        rc = sio_on(nsp, "send-away", on_send_away, NULL);
    if (rc == 0)
        rc = sio_on(nsp, "plain", on_plain, NULL);
    return rc < 0 ? rc : sio_on(nsp, "state", on_state, NULL);
}
