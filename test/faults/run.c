#include "faults/run.h"
#include "memory/network.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSING_TURNS = 1000, FOREVER = 1 << 30 };

/* --- the client's life ------------------------------------------------------------------------ */

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
    if (run->fault.kind == FAULT_READ) {
        client->cut = run->fault.number + 1;
        client->cut_error = run->fault.error;
    }
    speaker_open(client);
    for (const step_t *step = run->life->steps; step->kind != LIFE_END && !client->gone; step++) {
        if (step->kind == LIFE_SLEEP)
            sleep_ms(run, step->length);
        else if (step->kind == LIFE_BINARY)
            say_binary(run, step);
        else if (step->kind == LIFE_FRAME)
            speaker_say_frame(client, (unsigned char) step->text[0], step->text + 1,
                              step->length - 1);
        else
            speaker_say(client, step->text);
        speaker_listen(client);
    }
    speaker_vanish(client, run->life->reset ? UV_ECONNRESET : 0);
}

/* --- around it --------------------------------------------------------------------------------- */

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
        text_addf(&packed_event, "%c%s%s", (char) (0xa0 | strlen(word)), word, PACKED_NSP);
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
        speaker_say_binary(speaker, PACKED_CONNECT, sizeof(PACKED_CONNECT) - 1);
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

/* --- faults ------------------------------------------------------------------------------------ */

static void arm(const fault_t *fault) {
    const int memory = fault->kind == FAULT_MEMORY || fault->kind == FAULT_NO_MEMORY;
    if (fault->kind == FAULT_CRUMBS)
        memory_set_crumbs(fault->number);
    memory_fail_write(fault->kind == FAULT_WRITE ? fault->number : (size_t) -1, fault->error);
    alloc_arm(memory ? fault->number : (size_t) -1, fault->kind == FAULT_MEMORY ? 1 : FOREVER);
}

static void disarm(run_t *run) {
    run->memory = alloc_disarm();
    run->writes = memory_fail_write((size_t) -1, 0);
    run->says = run->client.says;
    memory_set_crumbs(SIZE_MAX);
}

static void go_on(run_t *run, sio_options_t *options) {
    if (app_start(&run->app, &run->loop, options) < 0)
        die("no server");
    come(run, &run->bystander);
    greet(run, &run->bystander, "here", "the bystander is not served");
    memory_spare(run->bystander.main);
    arm(&run->fault);
    live(run);
    disarm(run);
    look_back(run);
}

/* Without a bystander. A server that is not born says so. */
static void be_born(run_t *run, sio_options_t *options) {
    run->bystander = run->client = (speaker_t){.gone = 1};
    arm(&run->fault);
    int rc = app_start(&run->app, &run->loop, options);
    if (rc == 0)
        live(run);
    disarm(run);
    run->served = speaker_has_heard(&run->client, run->life->due);
    if (rc < 0 ? rc != SIO_ENOMEM : !run->served && !run->client.gone && run->app.told == 0)
        run->wrong = "nobody was told";
}

void run_life(run_t *run) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_recovery_options_t recovery = {0};
    size_t before = alloc_live();
    memory_seed(1);
    options_of(run->life, &options, &recovery);
    run->wrong = NULL;
    run->app = (app_t){NULL, 0};
    if (uv_loop_init(&run->loop) < 0)
        die("no loop");
    if (run->life->birth)
        be_born(run, &options);
    else
        go_on(run, &options);
    end(run);
    if (run->wrong == NULL && alloc_live() != before)
        run->wrong = "something is left";
}
