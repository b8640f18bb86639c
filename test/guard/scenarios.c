#include "scenarios.h"
#include "memory/count.h"
#include <sio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8 };

/* --- the application -------------------------------------------------------------------------- */

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit(socket, "echo", "a", event, 0);
}

/* The same, all arguments as they came. */
static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

/* The same through a json_t. */
static void on_json(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit(socket, "echo", "O", sio_event_arg(event, 0));
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_event_ack_event(event, event);
}

static void on_pub(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_socket_namespace(socket), "news", event);
}

static void on_tell(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_in(sio_socket_server(socket), "room"), "news", event);
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_join(socket, room);
}

static void on_connection(sio_socket_t *socket, void *data) {
    sio_on(socket, "echo", on_echo, data);
    sio_on(socket, "ack", on_ack, data);
    sio_on(socket, "pub", on_pub, data);
    sio_on(socket, "join", on_join, data);
}

/* Four handlers a socket, as the goals have it; what only some scenarios use is the namespace's. */
void application(sio_server_t *server) {
    if (sio_on_connection(server, on_connection, NULL) < 0 ||
        sio_on(server, "event", on_event, NULL) < 0 ||
        sio_on(server, "json", on_json, NULL) < 0 || sio_on(server, "tell", on_tell, NULL) < 0)
        die("the application cannot start");
}

/* --- words ------------------------------------------------------------------------------------ */

/* A string of that many bytes, as JSON. */
static void add_string(text_t *text, unsigned size) {
    static const char words[] = "the quick brown fox jumps over the lazy dog, and ";
    text_add(text, "\"", 1);
    for (unsigned i = 0; i < size; i++)
        text_add(text, &words[i % (sizeof(words) - 1)], 1);
    text_add(text, "\"", 1);
}

/* An engine packet: `head` (types, id), the event, its argument. */
static void add_packet(text_t *text, const char *head, const char *event, unsigned size) {
    text_addf(text, "%s[", head);
    if (event != NULL)
        text_addf(text, "\"%s\",", event);
    add_string(text, size);
    text_addf(text, "]");
}

static void said(bench_t *bench, const char *head, const char *event) {
    text_t packet = {0};
    add_packet(&packet, head, event, bench->scenario->size);
    frame_in(&bench->in, TEXT, packet.data, packet.length);
    text_free(&packet);
}

static void answered(bench_t *bench, const char *head, const char *event) {
    text_t packet = {0};
    add_packet(&packet, head, event, bench->scenario->size);
    frame_out(&bench->out, TEXT, packet.data, packet.length);
    text_free(&packet);
}

/* --- one client over WebSocket ---------------------------------------------------------------- */

static void open_echo_of(bench_t *bench, const char *event) {
    bench_add(bench, client_open(bench->server));
    for (unsigned i = 0; i < bench->scenario->burst; i++) {
        said(bench, "42", event);
        answered(bench, "42", "echo");
    }
}

static void open_echo(bench_t *bench) {
    open_echo_of(bench, "echo");
}

static void open_event(bench_t *bench) {
    open_echo_of(bench, "event");
}

static void open_json(bench_t *bench) {
    open_echo_of(bench, "json");
}

static void open_ack(bench_t *bench) {
    bench_add(bench, client_open(bench->server));
    for (unsigned i = 0; i < bench->scenario->burst; i++) {
        char head[16];
        snprintf(head, sizeof(head), "42%u", 10 + i);
        said(bench, head, "ack");
        head[1] = '3';
        answered(bench, head, NULL);
    }
}

static void open_binary(bench_t *bench) {
    static const char packet[] = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    unsigned size = bench->scenario->size;
    text_t data = {0};
    for (unsigned i = 0; i < size; i++) {
        unsigned char byte = (unsigned char) (i * 7);
        text_add(&data, &byte, 1);
    }
    bench_add(bench, client_open(bench->server));
    for (unsigned i = 0; i < bench->scenario->burst; i++) {
        frame_in(&bench->in, TEXT, packet, sizeof(packet) - 1);
        frame_in(&bench->in, BINARY, data.data, data.length);
        frame_out(&bench->out, TEXT, packet, sizeof(packet) - 1);
        frame_out(&bench->out, BINARY, data.data, data.length);
    }
    text_free(&data);
}

static void round_echo(bench_t *bench) {
    client_say(bench->server, bench->peers[0], &bench->in);
    client_expect(bench->peers[0], &bench->out);
}

/* --- many clients ----------------------------------------------------------------------------- */

static void open_members(bench_t *bench, const char *event) {
    text_t join = {0};
    frame_in(&join, TEXT, "42[\"join\",\"room\"]", 17);
    for (unsigned i = 0; i < bench->scenario->members; i++) {
        bench_add(bench, client_open(bench->server));
        client_say(bench->server, bench->peers[i], &join);
    }
    text_free(&join);
    for (unsigned i = 0; i < bench->scenario->burst; i++) {
        said(bench, "42", event);
        answered(bench, "42", "news");
    }
}

static void open_broadcast(bench_t *bench) {
    open_members(bench, "pub");
}

static void open_room(bench_t *bench) {
    open_members(bench, "tell");
}

static void round_broadcast(bench_t *bench) {
    client_say(bench->server, bench->peers[0], &bench->in);
    for (size_t i = 0; i < bench->count; i++)
        client_expect(bench->peers[i], &bench->out);
}

/* --- polling ---------------------------------------------------------------------------------- */

static void open_polling(bench_t *bench) {
    char sid[SID_CAPACITY];
    text_t body = {0};
    bench_add(bench, memory_connect(bench->server));
    bench_add(bench, memory_connect(bench->server));
    client_open_polling(bench->server, bench->peers[0], bench->peers[1], sid);
    for (unsigned i = 0; i < bench->scenario->burst; i++) {
        if (i > 0)
            text_add(&body, "\x1e", 1);
        add_packet(&body, "42", "echo", bench->scenario->size);
    }
    request_post(&bench->in, sid, body.data, body.length);
    request_get(&bench->poll, sid);
    text_addf(&bench->ok, "ok");
    bench->out = body;
}

/* The poll waits, the POST makes its answer. */
static void round_polling(bench_t *bench) {
    client_say(bench->server, bench->peers[0], &bench->poll);
    client_say(bench->server, bench->peers[1], &bench->in);
    client_expect_body(bench->peers[1], &bench->ok);
    client_expect_body(bench->peers[0], &bench->out);
}

/* --- coming and going ------------------------------------------------------------------------- */

static void open_churn(bench_t *bench) {
    said(bench, "42", "echo");
    answered(bench, "42", "echo");
    frame_in(&bench->poll, TEXT, "41", 2);
    frame_in(&bench->poll, CLOSE, "", 0);
    frame_out(&bench->ok, CLOSE, "", 0);
}

/* Connects, has one answer, leaves as socket.disconnect() does. */
static void round_churn(bench_t *bench) {
    memory_peer_t *peer = client_open(bench->server);
    client_say(bench->server, peer, &bench->in);
    client_expect(peer, &bench->out);
    client_say(bench->server, peer, &bench->poll);
    client_expect(peer, &bench->ok);
    memory_run(bench->loop);
    if (memory_feed_end(peer, UV_EOF))
        memory_end_turn(bench->server);
    memory_run(bench->loop);
    if (!memory_closed(peer))
        die("a connection stays open");
    memory_peer_free(peer);
}

static void open_nothing(bench_t *bench) {
    (void) bench;
}

static void round_open(bench_t *bench) {
    bench_add(bench, client_open(bench->server));
}

/* --- all -------------------------------------------------------------------------------------- */

#define MESSAGES(name, size, burst, what)                                                          \
    {name, "message", burst, 20, 50, size, burst, 1, open_##what, round_echo}
#define BROADCASTS(name, members, burst, what)                                                     \
    {name, "delivery", members * burst, 3, 4, 64, burst, members, open_##what, round_broadcast}
#define POLLING(name, burst)                                                                       \
    {name, "message", burst, 20, 50, 64, burst, 1, open_polling, round_polling}

const scenario_t scenarios[] = {
    MESSAGES("echo-16-1", 16, 1, echo),
    MESSAGES("echo-16-16", 16, 16, echo),
    MESSAGES("echo-64-1", 64, 1, echo),
    MESSAGES("echo-64-16", 64, 16, echo),
    MESSAGES("echo-1k-1", 1024, 1, echo),
    MESSAGES("echo-1k-16", 1024, 16, echo),
    MESSAGES("echo-event-64-16", 64, 16, event),
    MESSAGES("echo-json-64-16", 64, 16, json),
    MESSAGES("ack-1", 64, 1, ack),
    MESSAGES("ack-16", 64, 16, ack),
    MESSAGES("binary-1", 64, 1, binary),
    MESSAGES("binary-16", 64, 16, binary),
    BROADCASTS("broadcast-100", 100, 1, broadcast),
    BROADCASTS("broadcast-100-16", 100, 16, broadcast),
    BROADCASTS("broadcast-1000", 1000, 1, broadcast),
    BROADCASTS("broadcast-1000-16", 1000, 16, broadcast),
    BROADCASTS("room-1000", 1000, 1, room),
    POLLING("polling-1", 1),
    POLLING("polling-16", 16),
    {"churn", "connection", 1, 20, 50, 64, 1, 1, open_churn, round_churn},
    {"open", "connection", 1, 20, 50, 64, 1, 1, open_nothing, round_open},
    {0},
};
