/* What the application of the whole-server program does: a letter and a number each. */
#include "app.h"
#include <string.h>

enum { ASK_MS = 700, LARGE = 3000, DEPTH = 4 };

/* --- callbacks that act ----------------------------------------------------------------------- */

void app_reach(app_t *app, app_hook_t hook) {
    app_due_t due = app->due[hook];
    app->due[hook].verb = '\0';
    if (due.verb != '\0')
        app_do(app, due.verb, due.number);
}

void app_do_in(app_t *app, app_hook_t hook, char verb, unsigned number) {
    app->due[hook] = (app_due_t){verb, number};
}

static sio_socket_t *pick(const app_t *app, unsigned number) {
    return app->sockets[number % APP_SOCKETS];
}

static const char *room_of(unsigned number) {
    static const char *const rooms[] = {"a", "b", "", "a room of a longer name, \xe2\x82\xac"};
    return rooms[number % 4];
}

/* --- verbs ------------------------------------------------------------------------------------ */

static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    app_t *app = data;
    CHECK(sio_socket_id(socket) != NULL);
    CHECK((error == 0) == (reply != NULL));
    app->answered++;
    app_reach(app, APP_ACK);
}

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    app_t *app = data;
    (void) nsp, (void) error, (void) responses;
    app->responded++;
    app_reach(app, APP_RESPONSES);
}

static void on_fetched(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    app_t *app = data;
    (void) nsp, (void) error;
    app->found++;
    for (size_t i = 0; i < count; i++) {
        CHECK(strlen(sio_remote_id(sockets[i])) >= 20);
        CHECK(json_is_array(sio_remote_rooms(sockets[i])));
        CHECK(json_is_object(sio_remote_handshake(sockets[i])));
        sio_emit(sio_only(sockets[i]), "fetched", "i", 1);
    }
    app_reach(app, APP_FETCH);
}

static void on_socket_time(sio_socket_t *socket, void *data) {
    CHECK(sio_socket_connected(socket));
    app_reach(data, APP_TIMER);
}

static void on_server_time(sio_server_t *server, void *data) {
    (void) server;
    app_reach(data, APP_TIMER);
}

static void on_closed(sio_server_t *server, void *data) {
    app_t *app = data;
    CHECK(server == app->server && app->closing && !app->closed);
    app->closed = 1;
}

static void ask(app_t *app, sio_socket_t *socket) {
    if (sio_emit_with_ack(socket, ASK_MS, on_answer, app, "ask", "si", "q", 1) == 0)
        app->asked++;
}

static void ask_all(app_t *app, sio_broadcast_t *chain) {
    if (sio_broadcast_emit_with_ack(chain, ASK_MS, on_responses, app, "ask", "s", "all") == 0)
        app->broadcast++;
}

static void fetch(app_t *app, sio_broadcast_t *chain) {
    if (sio_broadcast_fetch_sockets(chain, on_fetched, app) == 0)
        app->fetched++;
}

/* A text that fills buffers, and in which DEFLATE finds something. */
static void emit_large(sio_broadcast_t *chain) {
    char text[LARGE + 1];
    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char) ('a' + i * i % 23);
    text[LARGE] = '\0';
    sio_emit(chain, "large", "s", text);
}

static void keep_chain(app_t *app, unsigned number) {
    sio_broadcast_unref(app->kept);
    app->kept = sio_broadcast_ref(sio_to(app->server, room_of(number)));
    sio_emit(app->kept, "kept", "i", (int) number);
}

static void drop_chain(app_t *app) {
    sio_broadcast_unref(app->kept);
    app->kept = NULL;
}

static int disconnect_one(sio_socket_t *socket, void *data) {
    (void) data;
    return sio_disconnect(socket, 0) < 0;
}

static void on_once(sio_socket_t *socket, sio_event_t *event, void *data) {
    CHECK(sio_event_socket(event) == socket);
    app_reach(data, APP_ENGINE);
}

static void listen_once(app_t *app, sio_socket_t *socket) {
    sio_once(socket, "once", on_once, app);
    sio_prepend_any(socket, on_once, app);
    sio_off_any(socket, on_once, app);
    CHECK(sio_listeners_any(socket, NULL, 0) == 0);
}

/* Every other session. */
static int close_session(eio_socket_t *socket, void *data) {
    unsigned *count = data;
    if ((*count)++ % 2 == 0)
        eio_socket_close(socket, (int) (*count & 2));
    return 0;
}

static void close_sessions(app_t *app, unsigned number) {
    CHECK(eio_server_each(sio_server_engine(app->server), close_session, &number) == 0);
}

/* The one that was watched last, even if the application has not been told of it. */
static eio_socket_t *watched(const app_t *app) {
    return eio_server_socket(sio_server_engine(app->server), app->session);
}

static void close_watched(const app_t *app, unsigned number) {
    eio_socket_t *session = watched(app);
    if (session != NULL)
        eio_socket_close(session, (int) (number & 1));
}

/* Twice; it may end with the first one. */
static void write_to_watched(const app_t *app) {
    for (unsigned i = 0; i < 2; i++) {
        eio_socket_t *session = watched(app);
        if (session != NULL)
            eio_socket_send(session, "8::", 3);
    }
}

/* With a socket. */
static int do_socket(app_t *app, char verb, sio_socket_t *socket, const char *room) {
    switch (verb) {
    case 'E': sio_emit(socket, "news", "s{s:f,s:b}", "\xe2\x82\xac", "x", 1.5, "y", 1); return 1;
    case 'e': sio_emit(socket, "news", "B[B]", "\1\2\3", (size_t) 3, "", (size_t) 0); return 1;
    case 'M': sio_emit(socket, "message", "s", "text"); return 1;
    case 'A': ask(app, socket); return 1;
    case 'J': sio_join(socket, room); return 1;
    case 'L': sio_leave(socket, room); return 1;
    case 'D': sio_disconnect(socket, 0); return 1;
    case 'C': sio_disconnect(socket, 1); return 1;
    case 'O': sio_emit(sio_to(socket, room), "others", "n"); return 1;
    case 'v': sio_emit(sio_volatile(socket), "volatile", "i", 1); return 1;
    case 'T': sio_socket_after(socket, APP_TIMER_MS, on_socket_time, app); return 1;
    case 'u': app_use(app, socket); return 1;
    case 'o': listen_once(app, socket); return 1;
    case 'i': sio_off(socket, "once", NULL, NULL); return 1;
    case 'H': json_decref(sio_socket_handshake(socket)); return 1;
    case 'c': eio_socket_close(sio_socket_conn(socket), 0); return 1;
    case 'q': eio_socket_close(sio_socket_conn(socket), 1); return 1;
    default: return 0;
    }
}

static void do_server(app_t *app, char verb, unsigned number) {
    sio_server_t *server = app->server;
    const char *room = room_of(number);
    switch (verb) {
    case 'B': sio_emit(server, "all", "s[]", "x"); return;
    case 'b': sio_emit(sio_in(server, room), "bytes", "B", "\4\5", (size_t) 2); return;
    case 'R': sio_emit(sio_except(sio_in(server, room), "b"), "room", "i", 5); return;
    case 'W': emit_large(sio_server_everyone(server)); return;
    case 'w': emit_large(sio_compress(sio_volatile(server), 0)); return;
    case 'N': sio_emit(app->chat, "news", "s", "chat"); return;
    case 'Y': ask_all(app, sio_in(server, room)); return;
    case 'y': ask_all(app, sio_namespace_everyone(app->chat)); return;
    case 'F': fetch(app, sio_in(server, room)); return;
    case 'f': fetch(app, sio_namespace_everyone(app->chat)); return;
    case 'K': keep_chain(app, number); return;
    case 'S': sio_sockets_join(server, room); return;
    case 's': sio_sockets_leave(sio_in(server, "a"), room); return;
    case 'Z': sio_disconnect_sockets(sio_in(server, room), number & 1); return;
    case 'X': sio_namespace_each(app->chat, disconnect_one, NULL); return;
    case 't': sio_server_after(server, APP_TIMER_MS, on_server_time, app); return;
    case 'a': close_sessions(app, number); return;
    case 'P': sio_of(server, number & 1 ? "/p7" : "/other"); return;
    case 'k': close_watched(app, number); return;
    case 'V': write_to_watched(app); return;
    case 'x': sio_disconnect_sockets(app->kept, (int) (number & 1)); return;
    case 'z': drop_chain(app); return;
    case 'j': sio_sockets_join(app->kept, room); return;
    case 'n': app_hurry(app, number); return;
    case 'I': sio_server_side_emit(server, "side", "i", 1); return;
    case 'Q':
        if (sio_server_close(server, on_closed, app) == 0)
            app->closing = 1;
        return;
    default: return;
    }
}

void app_do(app_t *app, char verb, unsigned number) {
    sio_socket_t *socket = pick(app, number);
    if (app->closed || app->depth == DEPTH)
        return;
    app->depth++;
    if (socket == NULL || !do_socket(app, verb, socket, room_of(number / 2)))
        do_server(app, verb, number);
    app->depth--;
}
