/**
 * Two servers in one program, with one set of rooms: what is said to the one is heard at both.
 *
 * cluster [PORT] [PORT]     (0: any) prints "listening on URL URL".
 *
 * Clients may emit: "join" (room), "say" (room, text), "who" () with an ack: the ids in the
 * namespace, "clients" () with an ack: how many each of the other servers has, "everyone"
 * (text) with an ack: what each client has answered, "kick" (room). /
 */
#include "../common/port.h"
#include "bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_ack(event, "i", sio_join(socket, room));
}

static void on_say(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room, *text;

    (void) data;
    if (sio_event_unpack(event, "ss", &room, &text) == 0)
        sio_emit(sio_to(socket, room), "said", "s", text);
}

static void on_kick(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_disconnect_sockets(sio_in(sio_socket_namespace(socket), room), 1);
}

static void on_sockets(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    sio_event_t *event = data;
    json_t *ids = json_array();

    (void) nsp;
    for (size_t i = 0; error == 0 && i < count; i++)
        json_array_append_new(ids, json_string(sio_remote_id(sockets[i])));
    sio_ack(event, "o", ids);
    sio_event_unref(event);
}

static void on_who(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);

    (void) data;
    if (kept && sio_fetch_sockets(sio_socket_namespace(socket), on_sockets, kept) < 0)
        sio_event_unref(kept);
}

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    sio_event_t *event = data;

    (void) nsp;
    if (responses == NULL)
        sio_ack(event, "s", sio_strerror(error));
    else
        sio_event_ack_event(event, responses);
    sio_event_unref(event);
}

static void on_clients(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);

    (void) data;
    if (kept && sio_server_side_emit_with_ack(sio_socket_namespace(socket), 1000, on_responses,
                                              kept, "clients") < 0)
        sio_event_unref(kept);
}

static void on_everyone(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);
    const char *text;

    (void) data;
    if (kept && (sio_event_unpack(event, "s", &text) < 0 ||
                 sio_emit_with_ack(sio_socket_namespace(socket), 1000, on_responses, kept,
                                   "question", "s", text) < 0))
        sio_event_unref(kept);
}

/** Another server asks. */
static void on_asked(sio_namespace_t *nsp, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "I", (json_int_t) sio_namespace_count(nsp));
}

static int start(sio_server_t **server, uv_loop_t *loop, const sio_adapter_t *adapter, int port) {
    sio_options_t options = SIO_OPTIONS_INIT;

    options.adapter = adapter;
    int rc = sio_server_new(server, loop, &options);
    if (rc < 0)
        return rc;
    sio_on(*server, "join", on_join, NULL);
    sio_on(*server, "say", on_say, NULL);
    sio_on(*server, "who", on_who, NULL);
    sio_on(*server, "clients", on_clients, NULL);
    sio_on(*server, "everyone", on_everyone, NULL);
    sio_on(*server, "kick", on_kick, NULL);
    sio_on_server_side(*server, "clients", on_asked, NULL);
    return sio_listen(*server, "127.0.0.1", port);
}

static void stop(uv_signal_t *handle, int number) {
    (void) number;
    uv_stop(handle->loop);
}

static int run(uv_loop_t *loop) {
    uv_signal_t signals[2];
    const int numbers[2] = {SIGINT, SIGTERM};

    int rc = 0, count = 0;

    while (rc == 0 && count < 2) {
        rc = uv_signal_init(loop, &signals[count]);
        if (rc == 0) {
            rc = uv_signal_start(&signals[count], stop, numbers[count]);
            count++;
        }
    }
    if (rc == 0)
        rc = uv_run(loop, UV_RUN_DEFAULT);
    while (count > 0)
        uv_close((uv_handle_t *) &signals[--count], NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    return rc < 0 ? rc : 0;
}

int main(int argc, char **argv) {
    bus_t bus = {NULL};
    sio_adapter_t adapter = bus_adapter(&bus);
    sio_server_t *servers[2] = {NULL, NULL};
    uv_loop_t loop;
    int rc = uv_loop_init(&loop);

    if (rc < 0) {
        fprintf(stderr, "%s\n", sio_strerror(rc));
        return 1;
    }
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = start(&servers[i], &loop, &adapter, argc > i + 1 ? port_of(argv[i + 1]) : 0);
    if (rc == 0) {
        printf("listening on http://127.0.0.1:%d http://127.0.0.1:%d\n",
               sio_server_port(servers[0]), sio_server_port(servers[1]));
        fflush(stdout);
        rc = run(&loop);
    }
    for (int i = 0; i < 2; i++)
        sio_server_free(servers[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    if (rc < 0)
        fprintf(stderr, "%s\n", sio_strerror(rc));
    return rc < 0;
}
