/*
 * The whole server, driven by a script. The first line is a letter, the options (app.c), and
 * behind it limits, a letter and a digit each (app_limits.c). Then a command a line, a letter
 * and a digit, the client's, first; what follows goes through crowd_say_text.
 *
 *   g URL, G URL         a GET; with all the headers that a browser or proxy may add
 *   p URL BODY           a POST of text; P: of octets; j: of a form
 *   o URL                a preflight
 *   u URL, U URL         the upgrade to WebSocket; with permessage-deflate
 *   h URL, w URL         the same as the drafts hixie-76 and -75 had it
 *   t TEXT, b BYTES      a frame of text, of bytes; f XX PAYLOAD: with that first byte, in hexadecimal
 *   l TEXT               a frame of the drafts
 *   r BYTES              as they are, escaped, see fuzz_unescape
 *   c N                  from now on what this client says arrives in pieces of N bytes; 0: as it is
 *   m N                  how many bytes the network takes from the server for it: an index of `rooms`
 *   e, x, d              its FIN; its connection is lost; it vanishes
 *   s                    time passes: an index of `times`; the number is of no client here
 *   z                    there are no random bytes; 0: there are some again
 *   !                    the application: a verb of app.c, and its number
 *   *                    the same in the next callback of a kind: the number, verb, its number
 *
 * A turn of the loop ends with each line that does not end with '&'.
 *
 * Covers: src/net src/ws src/eio src/sio src/adapter src/server src/base
 */
#include "app.h"
#include "crowd.h"
#include "net/host.h"
#include "server/server.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

/* A client of 0.9 that has vanished behind all the polls of an input has each of them answered
 * first, after 20 seconds. */
enum { PATIENCE_MS = 2 * 3600 * 1000, STEP_MS = 5000, ROUNDS_MAX = 5000, TURNS = 4 };

typedef struct {
    uv_loop_t *loop;
    sio_server_t *server;
    app_t app;
    crowd_t crowd;
    char kind;
} world_t;

static void turn(world_t *world) {
    memory_end_turn(world->server);
    crowd_listen(&world->crowd);
    app_check_connections(&world->app);
}

static void let_pass(world_t *world, uint64_t ms) {
    memory_sleep(ms);
    for (int i = 0; i < TURNS; i++)
        memory_run(world->loop);
    crowd_listen(&world->crowd);
    app_check_kept(&world->app);
}

/* --- what clients say ------------------------------------------------------------------------- */

static const char more_headers[] =
    "Origin: http://a.example\r\nCookie: a=b; io=~0\r\nAccept-Encoding: gzip, deflate\r\n"
    "X-Forwarded-For: 1.2.3.4, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
    "X-Original-URL: /socket.io/?EIO=4&transport=polling\r\nConnection: keep-alive\r\n";
static const char upgrade[] =
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: keep-alive, Upgrade\r\n";
static const char deflate[] =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
static const char draft[] =
    "Upgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://x\r\n";
static const char keys[] = "Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\n"
                           "Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n";
static const char preflight[] =
    "Origin: http://a.example\r\nAccess-Control-Request-Method: POST\r\n"
    "Access-Control-Request-Headers: x-foo\r\n";

#define SAY(crowd, number, text) crowd_say_text(crowd, number, text, strlen(text))

static void request(crowd_t *crowd, unsigned number, const char *method, const char *url,
                    size_t length) {
    SAY(crowd, number, method);
    crowd_say_text(crowd, number, url, length);
    SAY(crowd, number, " HTTP/1.1\r\nHost: x\r\n");
}

static void post(crowd_t *crowd, unsigned number, const char *type, const char *text,
                 size_t length) {
    char line[64];
    const char *blank = memchr(text, ' ', length);
    size_t url = blank != NULL ? (size_t) (blank - text) : length;
    size_t body = blank != NULL ? length - url - 1 : 0;
    request(crowd, number, "POST ", text, url);
    SAY(crowd, number, type);
    snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", body);
    SAY(crowd, number, line);
    crowd_say(crowd, number, text + length - body, body);
}

static void say_raw(crowd_t *crowd, unsigned number, const char *text, size_t length) {
    sio__buf_t raw = {0};
    fuzz_unescape(&raw, text, length);
    crowd_say_text(crowd, number, raw.data, raw.length);
    sio__buf_free(&raw);
}

static int hex_byte(const char *text, size_t length) {
    char digits[3] = {'8', '1', '\0'};
    if (length >= 2)
        memcpy(digits, text, 2);
    return (int) strtol(digits, NULL, 16) & 0xff;
}

static void say_frame(crowd_t *crowd, unsigned number, const char *text, size_t length) {
    size_t skipped = length < 2 ? length : 2;
    crowd_say_frame(crowd, number, hex_byte(text, length), text + skipped, length - skipped);
}

static void say_draft_frame(crowd_t *crowd, unsigned number, const char *text, size_t length) {
    crowd_say(crowd, number, "", 1);
    crowd_say_text(crowd, number, text, length);
    crowd_say(crowd, number, "\xff", 1);
}

/* Nonzero if it is a command of this kind. */
static int client_says(crowd_t *crowd, char verb, unsigned number, const char *text,
                       size_t length) {
    switch (verb) {
    case 'g':
    case 'G':
        request(crowd, number, "GET ", text, length);
        SAY(crowd, number, verb == 'G' ? more_headers : "");
        SAY(crowd, number, "\r\n");
        return 1;
    case 'o':
        request(crowd, number, "OPTIONS ", text, length);
        SAY(crowd, number, preflight);
        SAY(crowd, number, "\r\n");
        return 1;
    case 'u':
    case 'U':
        request(crowd, number, "GET ", text, length);
        SAY(crowd, number, upgrade);
        SAY(crowd, number, verb == 'U' ? deflate : "");
        SAY(crowd, number, "\r\n");
        return 1;
    case 'p': post(crowd, number, "Content-type: text/plain\r\n", text, length); return 1;
    case 'P': post(crowd, number, "Content-type: application/octet-stream\r\n", text, length); return 1;
    case 'j':
        post(crowd, number, "Content-type: application/x-www-form-urlencoded\r\n", text, length);
        return 1;
    case 'h':
    case 'w':
        request(crowd, number, "GET ", text, length);
        SAY(crowd, number, draft);
        SAY(crowd, number, verb == 'h' ? keys : "");
        SAY(crowd, number, "\r\n");
        SAY(crowd, number, verb == 'h' ? "Tm[K T2u" : "");
        return 1;
    case 'l': say_draft_frame(crowd, number, text, length); return 1;
    case 't': crowd_say_frame(crowd, number, 0x81, text, length); return 1;
    case 'b': crowd_say_frame(crowd, number, 0x82, text, length); return 1;
    case 'f': say_frame(crowd, number, text, length); return 1;
    case 'r': say_raw(crowd, number, text, length); return 1;
    default: return 0;
    }
}

/* --- what happens ----------------------------------------------------------------------------- */

static void set_room(crowd_t *crowd, unsigned number, unsigned index) {
    static const size_t rooms[] = {0, 1, 7, 100, 1000, 3000, SIZE_MAX, SIZE_MAX};
    client_t *client = &crowd->clients[number % CROWD_CLIENTS];
    if (client->peer != NULL)
        memory_set_room(client->peer, rooms[index % 8]);
}

static void act(world_t *world, char verb, unsigned number, const char *text, size_t length) {
    static const uint64_t times[] = {1, 10, 100, 1000, 5000, 20000, 25000, 60000, 500, 200};
    crowd_t *crowd = &world->crowd;
    unsigned argument = length > 0 ? fuzz_digit(text[0]) : 0;
    switch (verb) {
    case 'c': crowd->clients[number % CROWD_CLIENTS].cut = argument % 64; return;
    case 'm': set_room(crowd, number, argument); return;
    case 'e': crowd_end(crowd, number, UV_EOF); return;
    case 'x': crowd_end(crowd, number, UV_ECONNRESET); return;
    case 'd': crowd_vanish(crowd, number); return;
    case 's': let_pass(world, times[number % 10]); return;
    case 'z': memory_fail_random(number > 0 ? UV_EIO : 0); return;
    case '!':
        if (length > 0)
            app_do(&world->app, text[0], number);
        return;
    case '*':
        if (length > 1)
            app_do_in(&world->app, (app_hook_t) (number % APP_HOOKS), text[0], fuzz_digit(text[1]));
        return;
    default: return;
    }
}

static void run_line(world_t *world, const char *line, size_t length) {
    int turns = length == 0 || line[length - 1] != '&';
    length -= !turns;
    if (length < 2)
        return;
    unsigned number = fuzz_digit(line[1]);
    if (!client_says(&world->crowd, line[0], number, line + 2, length - 2))
        act(world, line[0], number, line + 2, length - 2);
    crowd_deliver(&world->crowd);
    if (turns)
        turn(world);
}

static void run_script(world_t *world, const char *script, size_t size) {
    const char *line;
    size_t length;
    while (fuzz_line(&script, &size, &line, &length))
        run_line(world, line, length);
    memory_fail_random(0);
    for (int i = 0; i < ROUNDS_MAX && crowd_deliver(&world->crowd); i++)
        turn(world);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Everybody goes, one way or the other, and time passes until the last one has been noticed. */
static void disperse(world_t *world) {
    sio__host_t *host = world->server->host;
    for (unsigned i = 0; i < CROWD_CLIENTS; i++) {
        if (i % 3 != 2)
            crowd_end(&world->crowd, i, i % 3 == 0 ? UV_EOF : UV_ECONNRESET);
        crowd_vanish(&world->crowd, i);
    }
    let_pass(world, 1);
    for (uint64_t waited = 0; sio__host_connections(host) > 0 ||
                              sio_server_clients(world->server) > 0 ||
                              world->app.closing != world->app.closed;
         waited += STEP_MS) {
        CHECK(waited < PATIENCE_MS);
        let_pass(world, STEP_MS);
    }
    for (int i = 0; i < 3; i++) /* answers that somebody waits for, sessions to be recovered */
        let_pass(world, STEP_MS);
}

static void check_heard(memory_peer_t *peer, const char *text, size_t size) {
    size_t length;
    const unsigned char *heard = memory_output(peer, &length);
    CHECK(length > 0 && memmem(heard, length, text, size) != NULL);
    memory_take(peer, length);
}

static void say(world_t *world, memory_peer_t *peer, const char *bytes, size_t length) {
    CHECK(memory_feed(peer, bytes, length) == length);
    memory_end_turn(world->server);
}

/* Whatever has been: somebody who comes now is served. */
static void check_alive(world_t *world) {
    static const char get[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n";
    static const char connect[] = "\x81\x82\0\0\0\0" "40", packed[] = "\x82\x8d\0\0\0\0"
                                  "\x82\xa4" "type" "\0" "\xa3" "nsp" "\xa1" "/";
    static const char echo[] = "\x81\x8d\0\0\0\0" "42[\"echo\",17]";
    memory_peer_t *peer = memory_connect(world->server);
    CHECK(peer != NULL);
    say(world, peer, get, sizeof(get) - 1);
    say(world, peer, upgrade, sizeof(upgrade) - 1);
    say(world, peer, "\r\n", 2);
    check_heard(peer, "HTTP/1.1 101", 12);
    if (world->kind == 'm') {
        say(world, peer, packed, sizeof(packed) - 1);
        check_heard(peer, "\xa3" "sid", 4);
    } else {
        say(world, peer, connect, sizeof(connect) - 1);
        check_heard(peer, "40{\"sid\":\"", 10);
        say(world, peer, echo, sizeof(echo) - 1);
        check_heard(peer, "42[\"echo\",17", 12);
    }
    memory_feed_end(peer, UV_EOF);
    let_pass(world, 1);
    CHECK(memory_closed(peer));
    memory_peer_free(peer);
    CHECK(sio_server_clients(world->server) == 0);
}

static void check_stats(const world_t *world) {
    sio_stats_t stats = SIO_STATS_INIT;
    uint64_t closed = 0;
    CHECK(sio_server_stats(world->server, &stats) == 0);
    CHECK(stats.connections == 0 && stats.polling == 0 && stats.websocket == 0);
    CHECK(stats.sockets == 0 && stats.queued_bytes == 0 && stats.absent == 0);
    for (size_t i = 0; i < sizeof(stats.closed) / sizeof(stats.closed[0]); i++)
        closed += stats.closed[i];
    CHECK(stats.opened == closed && stats.upgraded <= stats.opened);
}

static void run(const char *script, size_t size) {
    world_t world = {.loop = wire_loop(), .kind = size > 0 ? script[0] : 'a'};
    sio_options_t options;
    const char *line = "";
    size_t length = 0;
    memory_restart(world.loop);
    app_options(&world.app, &options, world.kind);
    if (fuzz_line(&script, &size, &line, &length) && length > 1)
        app_limits(&options, line + 1, length - 1);
    CHECK(sio_server_new(&world.server, world.loop, &options) == 0);
    app_open(&world.app, world.server, world.kind);
    crowd_open(&world.crowd, world.server);
    run_script(&world, script, size);
    disperse(&world);
    check_stats(&world);
    app_check_limited(&world.app);
    if (!world.app.closing) {
        memset(world.app.due, 0, sizeof(world.app.due));
        check_alive(&world);
        let_pass(&world, STEP_MS);
    }
    app_check(&world.app);
    crowd_close(&world.crowd);
    sio_server_free(world.server);
    wire_drain(world.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int warm;
    if (!warm)
        run("a", 1); /* what others allocate once is there then */
    warm = 1;
    size_t before = fuzz_heap();
    run((const char *) data, size);
    CHECK(fuzz_heap() == before);
    return 0;
}
