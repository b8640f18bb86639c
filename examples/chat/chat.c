/**
 * chat: rooms, who is in them, who is typing. What page and server say to each other is written
 * down at the top of pages/chat.js.
 *
 *     chat [--port N]      otherwise PORT, or 3000
 *
 * Counters for Prometheus are at /metrics.
 */
#include "../common/port.h"
#include "data.h"
#include "metrics.h"
#include "rooms.h"
#include <sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_PORT = 3000, TEXT_MAX_BYTES = 4000 };

static int refuse(sio_event_t *event, const char *reason) {
    return sio_ack(event, "{s:b,s:s}", "ok", 0, "reason", reason);
}

static json_int_t now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (json_int_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Copies without white space at the ends; 0 if what remains is empty or too long. */
static int trim(char out[NAME_MAX_BYTES + 1], const char *text) {
    static const char white[] = " \t\r\n\v\f";
    text += strspn(text, white);
    size_t length = strlen(text);
    while (length > 0 && strchr(white, text[length - 1]) != NULL)
        length--;
    if (length == 0 || length > NAME_MAX_BYTES)
        return 0;
    memcpy(out, text, length);
    out[length] = '\0';
    return 1;
}

/* Tells everybody else in the user's room who has come or gone. */
static void tell(sio_socket_t *socket, const char *what, const char *room, const char *name,
                 json_t *users) {
    sio_emit(sio_to(socket, room), what, "{s:s,s:o}", "name", name, "users", users);
}

static void leave_room(sio_socket_t *socket, struct rooms *rooms, struct user *user) {
    if (user->room == NULL)
        return;
    char room[NAME_MAX_BYTES + 1];
    strcpy(room, room_name(user->room));
    rooms_leave(rooms, user);
    const struct room *left = rooms_find(rooms, room);
    if (left != NULL)
        tell(socket, "user left", room, user->name, room_users(left));
    sio_leave(socket, room);
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    struct rooms *rooms = data;
    struct user *user = sio_socket_data(socket);
    const char *given_name, *given_room;
    char name[NAME_MAX_BYTES + 1], room[NAME_MAX_BYTES + 1];

    if (sio_event_unpack(event, "{s:s}", "name", &given_name) < 0 || !trim(name, given_name)) {
        refuse(event, "name");
        return;
    }
    if (sio_event_unpack(event, "{s:s}", "room", &given_room) < 0 || !trim(room, given_room)) {
        refuse(event, "room");
        return;
    }
    const struct user *other = room_find(rooms_find(rooms, room), name);
    if (other != NULL && other != user) {
        refuse(event, "taken");
        return;
    }
    leave_room(socket, rooms, user);
    if (sio_join(socket, room) < 0 || rooms_enter(rooms, user, room, name) < 0) {
        sio_disconnect(socket, 1);
        return;
    }
    tell(socket, "user joined", room, name, room_users(user->room));
    sio_ack(event, "{s:b,s:s,s:s,s:o}", "ok", 1, "name", name, "room", room, "users",
            room_users(user->room));
}

static void on_leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    leave_room(socket, data, sio_socket_data(socket));
    sio_ack(event, "{s:b}", "ok", 1);
}

static void on_message(sio_socket_t *socket, sio_event_t *event, void *data) {
    const struct user *user = sio_socket_data(socket);
    const char *text;
    size_t length;
    (void) data;
    if (user->room == NULL) {
        refuse(event, "outside");
        return;
    }
    if (sio_event_unpack(event, "s%", &text, &length) < 0 || length == 0 ||
        length > TEXT_MAX_BYTES) {
        refuse(event, "text");
        return;
    }
    json_int_t at = now();
    sio_emit(sio_to(socket, room_name(user->room)), "message", "{s:s,s:s%,s:I}", "from", user->name,
             "text", text, length, "at", at);
    sio_ack(event, "{s:b,s:I}", "ok", 1, "at", at);
}

static void on_typing(sio_socket_t *socket, sio_event_t *event, void *data) {
    const struct user *user = sio_socket_data(socket);
    int typing;
    (void) data;
    if (user->room != NULL && sio_event_unpack(event, "b", &typing) == 0)
        sio_emit(sio_to(socket, room_name(user->room)), "typing", "{s:s,s:b}", "name", user->name,
                 "typing", typing);
}

static void on_connection(sio_socket_t *socket, void *data) {
    struct user *user = calloc(1, sizeof(*user));
    (void) data;
    if (user == NULL)
        sio_disconnect(socket, 1);
    else
        sio_socket_set_data(socket, user, free);
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    struct user *user = sio_socket_data(socket);
    (void) reason;
    if (user != NULL)
        leave_room(socket, data, user);
}

static void on_page(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *rest = sio_http_rest(request);
    const char *name = rest[0] == '/' ? rest + 1 : rest;
    (void) data;
    for (size_t i = 0; i < chat_page_count; i++) {
        const struct chat_page *page = &chat_pages[i];
        if (strcmp(page->path, name[0] == '\0' ? "index.html" : name) == 0) {
            sio_http_header(response, "Content-Type", page->type);
            sio_http_end(response, page->data, page->length);
            return;
        }
    }
    sio_http_status(response, 404);
    sio_http_end(response, NULL, 0);
}

static int set_up(sio_server_t *io, struct rooms *rooms) {
    int rc = sio_http(io, "/", on_page, NULL);
    if (rc == 0)
        rc = metrics_mount(io, "/metrics");
    if (rc == 0)
        rc = sio_on_connection(io, on_connection, NULL);
    if (rc == 0)
        rc = sio_on_disconnect(io, on_disconnect, rooms);
    if (rc == 0)
        rc = sio_on(io, "join", on_join, rooms);
    if (rc == 0)
        rc = sio_on(io, "leave", on_leave, rooms);
    if (rc == 0)
        rc = sio_on(io, "message", on_message, rooms);
    return rc == 0 ? sio_on(io, "typing", on_typing, rooms) : rc;
}

int main(int argc, char **argv) {
    struct rooms rooms = {NULL};
    sio_server_t *io;
    int rc = sio_server_new(&io, NULL, NULL);
    if (rc == 0) {
        rc = set_up(io, &rooms);
        if (rc == 0 && argc == 3 && strcmp(argv[1], "--port") == 0)
            rc = sio_listen(io, NULL, port_of(argv[2]));
        else if (rc == 0)
            rc = sio_listen_env(io, DEFAULT_PORT);
        if (rc == 0) {
            printf("listening on http://localhost:%d/\n", sio_server_port(io));
            fflush(stdout);
            rc = sio_run(io);
        }
        sio_server_free(io);
    }
    if (rc < 0)
        fprintf(stderr, "chat: %s\n", sio_strerror(rc));
    return rc < 0;
}
