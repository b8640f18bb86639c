/*
 * TLS, driven by a script. The first line has letters: what the server wants, see set_options.
 * Then a command a line, a letter and a digit, the client's, first. Clients 0 and 1 speak HTTP
 * with a server, 2 and 3 have a bare connection (tls_strand.h) at their other ends.
 *
 *   o HOW           comes with OpenSSL, each letter an option of tls_client.c
 *   r BYTES         (comes, and) says bytes where its records are, escaped, see fuzz_unescape
 *   w TEXT          (comes, and) says that, by TLS if it speaks it; escaped
 *   W N             the same of a text so long: an index of `lengths`
 *   t KIND N AT     damages the Nth record from now on: a letter of send_record, a digit, hexadecimal
 *   k N             its next key; 1: and the server's; 2: so many times
 *   n               renegotiates
 *   q               its close_notify
 *   e, x, d         its FIN; its connection is lost; it vanishes
 *   c N             what it says arrives in pieces: an index of `pieces`
 *   m N             how many bytes the network takes from the server for it: an index of `rooms`
 *   ! VERB N        its strand: a verb of tls_strand.h, and its number
 *   * VERB N N      the same when data comes, but for so many times
 *   s               time passes: an index of `times`; the number is of no client here
 *   R               the certificate is read again: the number says what is in the file
 *   S               what to do from now on when a client asks for a name
 *   Q               the server closes
 *
 * Both sides talk until there is nothing left to say, with each line that does not end with '&'.
 *
 * Covers: src/net/secure.c src/net/secure.h src/net/tls.c src/net/tls_context.c src/net/conn.c
 */
#include "base/utf8.h"
#include "server/server.h"
#include "tls_strand.h"
#include "wire.h"
#include <openssl/err.h>
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 4, STRANDS = 2, STEP_MS = 5000, PATIENCE_MS = 600000, ROUNDS_MAX = 20000 };
enum { LARGE = 200000, TEXT_MAX = 1000000, UPDATES = 20, RUNS = 4 };

/* Made once. */
typedef struct {
    tls_people_t people;
    tls_pair_t authority, server, renewed, other;
    tls_file_t file, other_file, authority_file;
} keys_t;

typedef struct {
    uv_loop_t *loop;
    const keys_t *keys;
    sio_server_t *server;
    sio_tls_t *tls, *other;
    tls_client_t clients[CLIENTS];
    tls_strand_t strands[STRANDS];
    SSL_SESSION *purse;
    unsigned sni; /* what to do */
    int required, other_required, only_1_3;
    int closing, closed;
} world_t;

/* --- keys ------------------------------------------------------------------------------------- */

static keys_t *shared_keys(void) {
    static keys_t keys;
    if (keys.file.file != NULL)
        return &keys;
    tls_keys_make(&keys.authority, "authority", NULL);
    tls_keys_make(&keys.server, "server", NULL);
    tls_keys_make(&keys.renewed, "server", &keys.authority);
    tls_keys_make(&keys.other, "other.example", &keys.authority);
    tls_keys_make(&keys.people.friend, "friend \xe2\x82\xac, of mine", &keys.authority);
    tls_keys_make(&keys.people.stranger, "stranger", NULL);
    tls_file_open(&keys.file);
    tls_file_open(&keys.other_file);
    tls_file_open(&keys.authority_file);
    tls_file_write(&keys.other_file, keys.other.cert, keys.other.key);
    tls_file_write(&keys.authority_file, keys.authority.cert, NULL);
    return &keys;
}

/* Reading it fails where it does not hold what it should. */
static void reload(world_t *world, unsigned which) {
    const keys_t *keys = world->keys;
    tls_file_t file = keys->file;
    const tls_pair_t *pair = which == 1 ? &keys->renewed : &keys->server;
    tls_file_write(&file, which == 3 ? NULL : pair->cert,
                   which == 2   ? NULL
                   : which == 4 ? keys->other.key
                                : pair->key);
    CHECK(sio_tls_reload(world->tls) == (which >= 2 && which <= 4 ? SIO_EINVAL : 0));
}

/* --- what the application is told ------------------------------------------------------------- */

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) level, (void) data;
    CHECK(category != NULL && strchr(text, '\n') == NULL);
}

/* For those who ask for a name. */
static void open_other(world_t *world) {
    sio_tls_options_t options = SIO_TLS_OPTIONS_INIT;
    options.cert_file = world->keys->other_file.path;
    options.ca_file = world->keys->authority_file.path;
    options.verify_client =
        world->other_required ? SIO_TLS_VERIFY_REQUIRED : SIO_TLS_VERIFY_OPTIONAL;
    options.min_version = world->only_1_3 ? SIO_TLS_1_3 : SIO_TLS_1_2;
    CHECK(sio_tls_new(&world->other, &options) == 0);
}

static sio_tls_t *on_name(const char *name, void *data) {
    world_t *world = data;
    size_t length = strlen(name);
    CHECK(length > 0 && length <= 255);
    for (size_t i = 0; i < length; i++)
        CHECK(name[i] < 'A' || name[i] > 'Z');
    if (world->other == NULL)
        open_other(world);
    switch (world->sni % 5) {
    case 0: return world->other;
    case 1: return NULL;
    case 2: return world->tls;
    case 3:
        reload(world, 1);
        return NULL;
    default:
        CHECK(sio_tls_reload(world->other) == 0);
        return world->other;
    }
}

/* Who has been let in shows a certificate that is valid, or need not. */
static void check_peer(const world_t *world, const sio_http_request_t *request) {
    const char *version = sio_http_tls_version(request);
    const char *subject = sio_http_tls_subject(request);
    CHECK(version != NULL && (strcmp(version, "TLSv1.3") == 0 || strcmp(version, "TLSv1.2") == 0));
    if (world->only_1_3)
        CHECK(strcmp(version, "TLSv1.3") == 0);
    if (world->required && world->other_required)
        CHECK(subject != NULL);
    if (subject != NULL)
        CHECK(strcmp(subject, "CN=friend \xe2\x82\xac\\, of mine") == 0);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    static const char large[LARGE];
    size_t length;
    const void *body = sio_http_body(request, &length);
    check_peer(data, request);
    if (strcmp(sio_http_rest(request), "large") == 0)
        sio_http_end(response, large, sizeof(large));
    else
        sio_http_end(response, body, length);
}

static void on_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    (void) data;
    if (binary)
        sio_ws_send_binary(ws, message, length);
    else
        sio_ws_send(ws, message, length);
}

static void on_ws(sio_ws_t *ws, void *data) {
    (void) data;
    sio_ws_on_message(ws, on_message);
}

static void on_server_closed(sio_server_t *server, void *data) {
    world_t *world = data;
    CHECK(server == world->server && world->closing && !world->closed);
    world->closed = 1;
}

/* --- the server ------------------------------------------------------------------------------- */

static void set_options(world_t *world, sio_options_t *options, sio_tls_options_t *tls,
                        char letter) {
    switch (letter) {
    case 'o': tls->verify_client = SIO_TLS_VERIFY_OPTIONAL; return;
    case 'q': tls->verify_client = SIO_TLS_VERIFY_REQUIRED; return;
    case '3': tls->min_version = SIO_TLS_1_3; return;
    case 'c': tls->ciphersuites = "TLS_AES_128_GCM_SHA256"; return;
    case 'C': tls->ciphers = "AES128-SHA:@SECLEVEL=0"; return;
    case 'n': tls->sni_cb = NULL; return;
    case 'Q': world->other_required = 1; return;
    case 'b': options->max_buffered = 60000; return;
    case 'h': options->header_timeout_ms = 100; return;
    case 'a': options->max_connections_per_address = 1; return;
    default: return;
    }
}

static void open_server(world_t *world, const char *letters, size_t length) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_tls_options_t tls = SIO_TLS_OPTIONS_INIT;
    options.serve_client = 0;
    options.log = on_log;
    tls.log = on_log;
    tls.cert_file = world->keys->file.path;
    tls.ca_file = world->keys->authority_file.path;
    tls.sni_cb = on_name;
    tls.sni_data = world;
    for (size_t i = 0; i < length; i++)
        set_options(world, &options, &tls, letters[i]);
    world->required = tls.verify_client == SIO_TLS_VERIFY_REQUIRED;
    world->only_1_3 = tls.min_version == SIO_TLS_1_3;
    tls_file_write(&(tls_file_t){world->keys->file.file, ""}, world->keys->server.cert,
                   world->keys->server.key);
    CHECK(sio_tls_new(&world->tls, &tls) == 0);
    CHECK(sio_server_new(&world->server, world->loop, &options) == 0);
    CHECK(sio_http(world->server, "/", on_request, world) == 0);
    CHECK(sio_ws(world->server, "/ws", on_ws, world) == 0);
}

/* --- both sides talk -------------------------------------------------------------------------- */

static int step(world_t *world) {
    int any = 0;
    for (unsigned i = 0; i < CLIENTS; i++)
        any |= tls_client_step(&world->clients[i]);
    for (unsigned i = 0; i < CLIENTS; i++)
        any |= tls_client_deliver(&world->clients[i]);
    for (unsigned i = 0; i < STRANDS; i++)
        tls_strand_check(&world->strands[i]);
    return any;
}

static void talk(world_t *world) {
    for (int i = 0; step(world); i++) {
        CHECK(i < ROUNDS_MAX);
        memory_end_turn(world->server);
    }
    memory_end_turn(world->server);
    memory_run(world->loop);
}

static void let_pass(world_t *world, uint64_t ms) {
    memory_sleep(ms);
    memory_run(world->loop);
    talk(world);
}

/* --- commands --------------------------------------------------------------------------------- */

static tls_strand_t *strand_of(world_t *world, unsigned number) {
    return number < CLIENTS - STRANDS ? NULL : &world->strands[number - (CLIENTS - STRANDS)];
}

/* A client's place is free again when both ends have gone. */
static int may_open(world_t *world, unsigned number) {
    const tls_client_t *client = &world->clients[number];
    const tls_strand_t *strand = strand_of(world, number);
    return !world->closing && (client->peer == NULL || memory_closed(client->peer)) &&
           (strand == NULL || strand->conn == NULL);
}

static memory_peer_t *connect_one(world_t *world, unsigned number) {
    tls_strand_t *strand = strand_of(world, number);
    return strand != NULL
               ? tls_strand_open(strand, &world->clients[number], world->server, world->tls)
               : memory_connect_tls(world->server, world->tls);
}

static void open_client(world_t *world, unsigned number, const char *how, size_t length) {
    if (!may_open(world, number))
        return;
    memory_peer_t *peer = connect_one(world, number);
    tls_client_open(&world->clients[number], peer, &world->keys->people, &world->purse, how,
                    length);
}

static void open_raw(world_t *world, unsigned number) {
    if (may_open(world, number))
        tls_client_open_raw(&world->clients[number], connect_one(world, number));
}

static void say_escaped(world_t *world, unsigned number, const char *text, size_t length, int raw) {
    tls_client_t *client = &world->clients[number];
    sio__buf_t bytes = {0};
    open_raw(world, number);
    fuzz_unescape(&bytes, text, length);
    if (raw)
        tls_client_inject(client, bytes.data, bytes.length);
    else
        tls_client_say(client, bytes.data, bytes.length);
    sio__buf_free(&bytes);
}

static void say_much(world_t *world, unsigned number, unsigned index) {
    static const size_t lengths[] = {1, 100, 1000, 16384, 16385, 40000, 70000, 200000};
    size_t length = lengths[index % 8];
    tls_client_t *client = &world->clients[number];
    if (client->text.length + length > TEXT_MAX)
        return;
    char *text = malloc(length);
    CHECK(text != NULL);
    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 23);
    tls_client_say(client, text, length);
    free(text);
}

static void damage(tls_client_t *client, const char *text, size_t length) {
    char at[5] = {0};
    if (length < 2)
        return;
    memcpy(at, text + 2, length - 2 < 4 ? length - 2 : 4);
    tls_client_damage(client, text[0], fuzz_digit(text[1]), (unsigned) strtoul(at, NULL, 16));
}

static void set_room(const tls_client_t *client, unsigned index) {
    static const size_t rooms[] = {0, 1, 100, 1000, 20000, 60000, 150000, SIZE_MAX};
    if (client->peer != NULL)
        memory_set_room(client->peer, rooms[index % 8]);
}

static void set_cut(tls_client_t *client, unsigned index) {
    static const size_t pieces[] = {0, 1, 7, 100, 1000, 10000, 40000, 65536};
    client->cut = pieces[index % 8];
}

static void update_key(tls_client_t *client, unsigned how) {
    for (int i = 0; i < (how == 2 ? UPDATES : 1); i++)
        tls_client_update_key(client, how > 0);
}

static void vanish(tls_client_t *client) {
    memory_peer_free(client->peer);
    client->peer = NULL;
}

/* Nonzero if it is a command of this kind. */
static int client_does(world_t *world, char verb, unsigned number, const char *text,
                       size_t length) {
    tls_client_t *client = &world->clients[number];
    unsigned argument = length > 0 ? fuzz_digit(text[0]) : 0;
    switch (verb) {
    case 'o': open_client(world, number, text, length); return 1;
    case 'r': say_escaped(world, number, text, length, 1); return 1;
    case 'w': say_escaped(world, number, text, length, 0); return 1;
    case 'W': say_much(world, number, argument); return 1;
    case 't': damage(client, text, length); return 1;
    case 'k': update_key(client, argument); return 1;
    case 'n': tls_client_renegotiate(client); return 1;
    case 'q': tls_client_leave(client); return 1;
    case 'e': client->end = UV_EOF; return 1;
    case 'x': client->end = UV_ECONNRESET; return 1;
    case 'd': vanish(client); return 1;
    case 'c': set_cut(client, argument); return 1;
    case 'm': set_room(client, argument); return 1;
    default: return 0;
    }
}

static void act(world_t *world, char verb, unsigned number, const char *text, size_t length) {
    static const uint64_t times[] = {1, 10, 100, 1000, 5000, 20000, 60000, 65000, 120000, 300000};
    tls_strand_t *strand = strand_of(world, number % CLIENTS);
    switch (verb) {
    case 's': let_pass(world, times[number % 10]); return;
    case 'R': reload(world, number); return;
    case 'S': world->sni = number; return;
    case 'Q':
        if (!world->closing && sio_server_close(world->server, on_server_closed, world) == 0)
            world->closing = 1;
        return;
    case '!':
        if (strand != NULL && length > 1)
            tls_strand_do(strand, text[0], fuzz_digit(text[1]));
        return;
    case '*':
        if (strand != NULL && length > 1)
            tls_strand_do_in_data(strand, text[0], fuzz_digit(text[1]),
                                  length > 2 ? fuzz_digit(text[2]) % 10 : 0);
        return;
    default: return;
    }
}

static void run_line(world_t *world, const char *line, size_t length) {
    int talks = length == 0 || line[length - 1] != '&';
    length -= !talks;
    if (length < 2)
        return;
    unsigned number = fuzz_digit(line[1]);
    if (!client_does(world, line[0], number % CLIENTS, line + 2, length - 2))
        act(world, line[0], number, line + 2, length - 2);
    if (talks)
        talk(world);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Nothing is in anybody's way any more: all arrives. */
static void settle(world_t *world) {
    for (unsigned i = 0; i < CLIENTS; i++)
        set_room(&world->clients[i], 7);
    for (unsigned i = 0; i < STRANDS; i++) {
        tls_strand_do_in_data(&world->strands[i], '\0', 0, 0);
        tls_strand_do(&world->strands[i], 'r', 0);
    }
    for (int i = 0; i < 4; i++) {
        memory_run(world->loop);
        talk(world);
    }
    for (unsigned i = 0; i < STRANDS; i++)
        tls_strand_check_all(&world->strands[i]);
}

/* Everybody goes, one way or the other, and time passes until the last one has been noticed. */
static void disperse(world_t *world) {
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (i % 2 == 0)
            tls_client_leave(&world->clients[i]);
        world->clients[i].end = i < 2 ? UV_EOF : UV_ECONNRESET;
    }
    talk(world);
    for (unsigned i = 0; i < CLIENTS; i++)
        vanish(&world->clients[i]);
    for (unsigned i = 0; i < STRANDS; i++)
        tls_strand_do(&world->strands[i], 'c', 0);
    for (uint64_t waited = 0;
         sio__host_connections(world->server->host) > 0 || world->closing != world->closed;
         waited += STEP_MS) {
        CHECK(waited < PATIENCE_MS);
        let_pass(world, STEP_MS);
    }
}

/* Whatever has been: somebody who comes now is served. */
static void check_alive(world_t *world) {
    static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", answer[] = "HTTP/1.1 200";
    tls_client_t *client = &world->clients[0];
    if (world->closing)
        return;
    world->sni = 0;
    open_client(world, 0, "a", 1);
    tls_client_say(client, get, sizeof(get) - 1);
    talk(world);
    CHECK(client->done && client->heard.length > sizeof(answer) - 1);
    CHECK(memcmp(client->heard.data, answer, sizeof(answer) - 1) == 0);
    tls_client_leave(client);
    let_pass(world, STEP_MS);
    CHECK(client->ended && memory_closed(client->peer));
}

static void check_stats(const world_t *world) {
    sio_stats_t stats = SIO_STATS_INIT;
    CHECK(sio_server_stats(world->server, &stats) == 0);
    CHECK(stats.connections == 0 && stats.sockets == 0 && stats.kept_bytes == 0);
}

static void run(const char *script, size_t size) {
    world_t world = {.loop = wire_loop(), .keys = shared_keys()};
    const char *line = "";
    size_t length = 0;
    tls_keys_seed(1);
    memory_restart(world.loop);
    fuzz_line(&script, &size, &line, &length);
    open_server(&world, line, length);
    for (unsigned i = 0; i < STRANDS; i++)
        world.strands[i].client = &world.clients[CLIENTS - STRANDS + i];
    while (fuzz_line(&script, &size, &line, &length))
        run_line(&world, line, length);
    settle(&world);
    disperse(&world);
    check_alive(&world);
    check_stats(&world);
    for (unsigned i = 0; i < CLIENTS; i++)
        tls_client_clear(&world.clients[i]);
    SSL_SESSION_free(world.purse);
    sio_server_free(world.server);
    wire_drain(world.loop);
    sio_tls_unref(world.tls);
    sio_tls_unref(world.other);
    CHECK(ERR_peek_error() == 0);
}

/* What OpenSSL has made once, or for this thread, is there afterwards; what is left each time is a
 * finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t before, after;
    tls_keys_seed(1);
    shared_keys();
    for (int i = 0; i < RUNS; i++) {
        before = fuzz_heap();
        run((const char *) data, size);
        OPENSSL_thread_stop();
        after = fuzz_heap();
        if (after <= before)
            return 0;
    }
    CHECK(after <= before);
    return 0;
}
