/*
 * Failing allocations: whole lives of sessions, of each generation over each transport, are run with
 * one allocation failing, each in turn, and with all from one on. Each time the client has got what
 * it was due, or somebody was told of the failure (the client by a refusal or the end of its
 * connection, the program by a code, its operator by the log); a bystander is served before and
 * after, so is whoever comes then; and nothing is left.
 */
#include "faults/app.h"
#include "faults/speaker.h"
#include "memory/network.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSING_TURNS = 1000, FOREVER = 1 << 30, STRIDE = 5 };

/* What the client does: says a message, a binary one, or a frame that begins with the first byte of the
 * text; or lets time pass. */
typedef struct {
    enum { END, SAY, BINARY, FRAME, SLEEP } kind;
    const char *text;
    unsigned length; /* of bytes, or milliseconds */
} step_t;

typedef struct {
    const char *name;
    speaker_kind_t kind;
    const char *query, *headers;
    const step_t *steps;
    const char *due; /* what it hears at last */
    int recovery, deflate, msgpack;
    int reset; /* ends so, and orderly otherwise */
} life_t;

/* --- lives ------------------------------------------------------------------------------------ */

#define LONG                                                                                       \
    "a long text, so that it is compressed where that was agreed on: aaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BIN "[\"echo\",{\"_placeholder\":true,\"num\":0}]"
/* What is the same in all later generations. */
#define EVENTS                                                                                     \
    {SAY, "42[\"listen\"]", 0}, {SAY, "42[\"own\",1]", 0},                                         \
        {SAY, "42[\"echo\",\"text \\u00e8\",{\"a\":[1,2.5,null]}]", 0},                             \
        {SAY, "42[\"values\",\"x\",{\"deep\":[true]}]", 0}, {SAY, "421[\"ack\",\"x\"]", 0},         \
        {SAY, "42[\"ask\"]", 0}, {SAY, "430[\"because\"]", 0}, {SAY, "42[\"join\",\"a\"]", 0},      \
        {SAY, "42[\"join\",\"b\"]", 0}, {SAY, "42[\"poll\",\"a\"]", 0}, {SLEEP, NULL, 150},          \
        {SAY, "42[\"fetch\"]", 0}, {SAY, "42[\"after\"]", 0}, {SLEEP, NULL, 20},                     \
        {SAY, "42[\"echo\",\"" LONG "\"]", 0}, {SAY, "42[\"leave\",\"a\"]", 0}
#define LAST {SAY, "42[\"echo\",\"last\"]", 0}, {SLEEP, NULL, 1}

static const step_t v4[] = {
    {SAY, "40{\"token\":\"t\"}", 0}, EVENTS, {SAY, "451-" BIN, 0}, {BINARY, "bAQID", 0},
    {SAY, "40/child1,", 0}, {SAY, "42/child1,[\"echo\",1]", 0}, {SAY, "41/child1,", 0},
    {SAY, "40/unknown,", 0}, {SLEEP, NULL, 24000}, {SLEEP, NULL, 1500}, {SAY, "3", 0}, LAST,
    {END, NULL, 0},
};
static const step_t v4_kicked[] = {
    {SAY, "40", 0}, LAST, {SAY, "42[\"kick\"]", 0}, {SLEEP, NULL, 10}, {END, NULL, 0},
};
static const step_t v4_malformed[] = {
    {SAY, "40", 0}, LAST, {SAY, "42[\"echo\"", 0}, {SLEEP, NULL, 10}, {END, NULL, 0},
};
static const step_t v3[] = {
    EVENTS, {SAY, "451-" BIN, 0}, {BINARY, "b4AQID", 0}, {SAY, "40/child1?a=b%20c", 0},
    {SAY, "42/child1,[\"echo\",1]", 0}, {SAY, "40/unknown", 0}, {SAY, "2", 0}, LAST,
    {END, NULL, 0},
};
#define OLD(name, args) "5:::{\"name\":\"" name "\",\"args\":[" args "]}"
static const step_t v09[] = {
    {SAY, OLD("listen", ""), 0}, {SAY, OLD("echo", "\"text \\u00e8\",{\"a\":[1]}"), 0},
    {SAY, OLD("values", "\"x\",{\"deep\":[true]}"), 0},
    {SAY, "5:1+::{\"name\":\"ack\",\"args\":[1]}", 0}, {SAY, "5:2::{\"name\":\"ack\"}", 0},
    {SAY, OLD("ask", ""), 0}, {SAY, "6:::1+[\"because\"]", 0}, {SAY, OLD("join", "\"a\""), 0},
    {SAY, "3:::a message", 0}, {SAY, "4:::{\"json\":1}", 0}, {SAY, OLD("poll", "\"a\""), 0},
    {SLEEP, NULL, 150}, {SAY, "1::/child1:?a=b", 0},
    {SAY, "5::/child1:{\"name\":\"echo\",\"args\":[1]}", 0}, {SAY, "1::/unknown", 0},
    {SLEEP, NULL, 26000}, {SAY, "2::", 0}, {SAY, OLD("echo", "\"last\""), 0}, {SLEEP, NULL, 1},
    {SAY, "0::", 0}, {SLEEP, NULL, 1}, {END, NULL, 0},
};

/* Packets of the msgpack parser: {type, nsp}, and {type, data: ["echo", …], nsp}. */
#define NSP "\xa3nsp\xa1/"
#define CONNECT "\x82\xa4type\x00" NSP
#define PACKED_ECHO_HEAD "\x83\xa4type\x02\xa4" "data\x92\xa4" "echo"
#define PACKED_ECHO(word) PACKED_ECHO_HEAD word NSP
#define PACKED(text) {BINARY, text, sizeof(text) - 1}
static const step_t packed[] = {
    PACKED(CONNECT), PACKED(PACKED_ECHO("\xc4\x03\1\2\3")), PACKED(PACKED_ECHO("\x81\xa1" "a\xcb\x3f\xf8\0\0\0\0\0\0")),
    PACKED(PACKED_ECHO("\xa4last")), {SLEEP, NULL, 1}, {END, NULL, 0},
};
static const step_t words[] = {
    {SAY, "first", 0}, {SAY, LONG, 0}, {SAY, "last", 0}, {END, NULL, 0},
};
/* Cut in two, compressed ("Hello" of RFC 7692 7.2.3.1), asked for a sign of life. */
#define CUT(text) {FRAME, text, sizeof(text) - 1}
static const step_t frames[] = {
    CUT("\x01" "fir"), CUT("\x80" "st"), CUT("\xc1\xf2\x48\xcd\xc9\xc9\x07\x00"), CUT("\x89" "ping"),
    {SAY, LONG, 0}, {SAY, "last", 0}, {END, NULL, 0},
};
/* The life of the server itself, from its birth on. */
static const step_t birth[] = {
    {SAY, "40", 0}, LAST, {END, NULL, 0},
};

#define GZIP "Accept-Encoding: gzip\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

static const life_t lives[] = {
    {"4 over WebSocket", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4, "last", 0, 0, 0, 0},
    {"4 over polling", SPEAKER_POLLING, "EIO=4", GZIP, v4, "last", 0, 0, 0, 1},
    {"4 from polling to WebSocket", SPEAKER_UPGRADE, "EIO=4", NULL, v4, "last", 0, 0, 0, 0},
    {"4 over WebSocket, compressed", SPEAKER_WEBSOCKET, "EIO=4", DEFLATE, v4, "last", 0, 1, 0, 1},
    {"4 over WebSocket, with recovery", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4, "last", 1, 0, 0, 1},
    {"4 over WebSocket, sent away", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4_kicked, "last", 0, 0, 0, 0},
    {"4 over polling, sent away", SPEAKER_POLLING, "EIO=4", NULL, v4_kicked, "last", 0, 0, 0, 0},
    {"4 over WebSocket, malformed", SPEAKER_WEBSOCKET, "EIO=4", NULL, v4_malformed, "last", 0, 0, 0, 0},
    {"3 over WebSocket", SPEAKER_WEBSOCKET, "EIO=3", NULL, v3, "last", 0, 0, 0, 1},
    {"3 over polling", SPEAKER_POLLING, "EIO=3&b64=1", GZIP, v3, "last", 0, 0, 0, 0},
    {"3 from polling to WebSocket", SPEAKER_UPGRADE, "EIO=3", NULL, v3, "last", 0, 0, 0, 0},
    {"3 over JSONP", SPEAKER_POLLING, "EIO=3&b64=1&j=0", NULL, v3, "last", 0, 0, 0, 0},
    {"0.9 over xhr-polling", SPEAKER_XHR, NULL, NULL, v09, "last", 0, 0, 0, 0},
    {"0.9 over jsonp-polling", SPEAKER_JSONP, NULL, NULL, v09, "last", 0, 0, 0, 0},
    {"0.9 over htmlfile", SPEAKER_HTMLFILE, NULL, NULL, v09, "last", 0, 0, 0, 0},
    {"0.9 over WebSocket", SPEAKER_OLD_WEBSOCKET, NULL, NULL, v09, "last", 0, 0, 0, 1},
    {"msgpack", SPEAKER_WEBSOCKET, "EIO=4", NULL, packed, "last", 0, 0, 1, 0},
    {"a WebSocket of the program's", SPEAKER_RAW, NULL, DEFLATE, frames, "last", 0, 1, 0, 0},
    {"requests", SPEAKER_HTTP, NULL, NULL, words, "last", 0, 0, 0, 0},
    {"a server from its birth on", SPEAKER_WEBSOCKET, "EIO=4", NULL, birth, "last", 1, 1, 0, 0},
};

/* --- one run ---------------------------------------------------------------------------------- */

typedef struct {
    const life_t *life;
    int verbose;
    uv_loop_t loop;
    app_t app;
    speaker_t bystander, client;
    int served;        /* the client has heard what it was due */
    const char *wrong; /* NULL: nothing */
} run_t;

static void sleep_ms(run_t *run, unsigned ms) {
    memory_sleep(ms);
    memory_run(&run->loop);
    memory_end_turn(run->app.server);
    speaker_listen(&run->client);
}

/* A step's own bytes; or those that its text stands for where text is polled. */
static void say_binary(run_t *run, const step_t *step) {
    speaker_t *client = &run->client;
    if (step->length > 0)
        speaker_say_binary(client, step->text, step->length);
    else if (run->life->kind == SPEAKER_POLLING)
        speaker_say_binary(client, step->text, strlen(step->text));
    else
        speaker_say_binary(client, strcmp(client->query, "EIO=3") == 0 ? "\4\1\2" : "\1\2\3", 3);
}

static void live(run_t *run) {
    speaker_t *client = &run->client;
    *client = (speaker_t){.server = run->app.server, .kind = run->life->kind,
                          .query = run->life->query, .headers = run->life->headers};
    speaker_open(client);
    for (const step_t *step = run->life->steps; step->kind != END && !client->gone; step++) {
        if (step->kind == SLEEP)
            sleep_ms(run, step->length);
        else if (step->kind == BINARY)
            say_binary(run, step);
        else if (step->kind == FRAME)
            speaker_say_frame(client, (unsigned char) step->text[0], step->text + 1,
                              step->length - 1);
        else
            speaker_say(client, step->text);
        speaker_listen(client);
    }
    speaker_vanish(client, run->life->reset ? UV_ECONNRESET : 0);
}

/* Everything that serves more than the session: HTTP, raw WebSockets, a server from its birth on. */
static void options_of(const life_t *life, sio_options_t *options,
                       sio_recovery_options_t *recovery) {
    static const sio_cors_options_t cors = {.origin = "http://a.example", .credentials = 1};
    static const sio_cookie_options_t cookie = {.name = "io"};
    options->allow_eio3 = options->allow_v09 = 1;
    options->cors = &cors;
    options->cookie = &cookie;
    options->http_compression.threshold = 100;
    options->per_message_deflate.enabled = life->deflate;
    options->per_message_deflate.threshold = 100;
    options->recovery = life->recovery ? recovery : NULL;
    if (life->msgpack) {
        options->allow_v09 = 0;
        options->parser = sio_parser_msgpack();
    }
}

/* Somebody who has been there before, or comes afterwards, is served. */
static void greet(run_t *run, speaker_t *speaker, const char *word, const char *wrong) {
    char event[64];
    if (run->life->msgpack) {
        static const char head[] = PACKED_ECHO_HEAD;
        text_t packed_event = {0};
        text_add(&packed_event, head, sizeof(head) - 1);
        text_addf(&packed_event, "%c%s%s", (char) (0xa0 | strlen(word)), word, NSP);
        speaker_say_binary(speaker, packed_event.data, packed_event.length);
        text_free(&packed_event);
    } else {
        snprintf(event, sizeof(event), "42[\"echo\",\"%s\"]", word);
        speaker_say(speaker, event);
    }
    speaker_listen(speaker);
    if (run->wrong == NULL && !speaker_has_heard(speaker, word))
        run->wrong = wrong;
}

static void come(run_t *run, speaker_t *speaker) {
    *speaker = (speaker_t){.server = run->app.server, .kind = SPEAKER_WEBSOCKET, .query = "EIO=4"};
    speaker_open(speaker);
    if (run->life->msgpack)
        speaker_say_binary(speaker, CONNECT, sizeof(CONNECT) - 1);
    else
        speaker_say(speaker, "40");
}

static void look_back(run_t *run) {
    speaker_t late;
    run->served = speaker_has_heard(&run->client, run->life->due);
    if (run->verbose)
        printf("%.*s\n", (int) run->client.heard.length, run->client.heard.data);
    if (!run->served && !run->client.gone && run->app.told == 0)
        run->wrong = "nobody was told, and the client misses something";
    speaker_say(&run->bystander, "3"); /* its PONG is due, too */
    greet(run, &run->bystander, "still here", "the bystander is not served any more");
    come(run, &late);
    greet(run, &late, "new here", "who comes afterwards is not served");
    speaker_free(&late);
}

static void end(run_t *run) {
    speaker_free(&run->client);
    speaker_free(&run->bystander);
    sio_server_free(run->app.server);
    for (int i = 0; uv_loop_close(&run->loop) == UV_EBUSY; i++) {
        if (i == CLOSING_TURNS) {
            run->wrong = "the loop stays busy";
            return;
        }
        memory_run(&run->loop);
    }
}

static size_t go_on(run_t *run, sio_options_t *options, size_t nth, size_t burst) {
    if (app_start(&run->app, &run->loop, options) < 0)
        die("no server");
    come(run, &run->bystander);
    greet(run, &run->bystander, "here", "the bystander is not served");
    alloc_arm(nth, burst);
    live(run);
    size_t count = alloc_disarm();
    look_back(run);
    return count;
}

/* Without a bystander. A server that is not born says so. */
static size_t be_born(run_t *run, sio_options_t *options, size_t nth, size_t burst) {
    run->bystander = run->client = (speaker_t){.gone = 1};
    alloc_arm(nth, burst);
    int rc = app_start(&run->app, &run->loop, options);
    if (rc == 0)
        live(run);
    size_t count = alloc_disarm();
    run->served = speaker_has_heard(&run->client, run->life->due);
    if (rc < 0 ? rc != SIO_ENOMEM : !run->served && !run->client.gone && run->app.told == 0)
        run->wrong = "nobody was told";
    return count;
}

/* The life with that failure; returns how many allocations there were. */
static size_t run_life(run_t *run, size_t nth, size_t burst) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_recovery_options_t recovery = {0};
    size_t before = alloc_live();
    memory_seed(1);
    options_of(run->life, &options, &recovery);
    run->wrong = NULL;
    run->app = (app_t){NULL, 0};
    if (uv_loop_init(&run->loop) < 0)
        die("no loop");
    size_t count = run->life->steps == birth ? be_born(run, &options, nth, burst)
                                             : go_on(run, &options, nth, burst);
    end(run);
    if (run->wrong == NULL && alloc_live() != before)
        run->wrong = "something is left";
    return count;
}

/* --- all runs --------------------------------------------------------------------------------- */

static int report(int number, int ok, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("%sok %d - ", ok ? "" : "not ", number);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    return !ok;
}

/* Nonzero if something has gone wrong. */
static int try_life(const life_t *life, int number) {
    run_t run = {.life = life};
    size_t count = run_life(&run, (size_t) -1, 1);
    if (run.wrong == NULL && !run.served)
        run.wrong = "the client misses something";
    if (run.wrong != NULL)
        return report(number, 0, "%s: without a failure: %s", life->name, run.wrong);
    for (size_t i = 0; i < count; i++) {
        for (int all = 0; all <= (i % STRIDE == 0); all++) {
            run_life(&run, i, all ? FOREVER : 1);
            if (run.wrong != NULL)
                return report(number, 0, "%s: allocation %zu of %zu%s: %s", life->name, i, count,
                              all ? " and all that follow" : "", run.wrong);
        }
    }
    return report(number, 1, "%s: each of %zu allocations fails", life->name, count);
}

int main(int argc, char **argv) {
    int failed = 0;
    enum { COUNT = sizeof(lives) / sizeof(lives[0]) };
    alloc_init();
    if (argc == 4) { /* LIFE NTH BURST: one run, to look at with a debugger */
        run_t run = {.life = &lives[atoi(argv[1])], .verbose = 1};
        run_life(&run, (size_t) strtoul(argv[2], NULL, 10), (size_t) strtoul(argv[3], NULL, 10));
        printf("%s: %s\n", run.life->name, run.wrong != NULL ? run.wrong : "fine");
        return run.wrong != NULL;
    }
    printf("1..%d\n", (int) COUNT);
    for (int i = 0; i < COUNT; i++)
        failed |= try_life(&lives[i], i + 1);
    return failed;
}
