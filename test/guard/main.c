/*
 * guard SCENARIO [ROUNDS]: a server on a network in memory goes through the scenario. By itself
 * the program checks the answers; under callgrind, with --instr-atstart=no --collect-atstart=no,
 * exactly what the server does in the rounds is counted, from the bytes that it reads to those
 * that it writes. Prints how many units these were.
 *
 * guard --list, --all (each scenario, one round), --compiler (what the figures depend on)
 */
#include "memory/count.h"
#include "scenarios.h"
#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSING_TURNS = 1000 };

void bench_add(bench_t *bench, memory_peer_t *peer) {
    if (peer == NULL)
        die("no connection");
    if (bench->count == bench->capacity) {
        bench->capacity = 2 * bench->capacity + 16;
        bench->peers = realloc(bench->peers, bench->capacity * sizeof(bench->peers[0]));
        if (bench->peers == NULL)
            die("out of memory");
    }
    bench->peers[bench->count++] = peer;
}

static void run(bench_t *bench, unsigned rounds) {
    const scenario_t *scenario = bench->scenario;
    sio_options_t options = SIO_OPTIONS_INIT;
    options.serve_client = 0;
    if (sio_server_new(&bench->server, bench->loop, &options) < 0)
        die("no server");
    application(bench->server);
    scenario->open(bench);
    for (unsigned i = 0; i < scenario->warm; i++)
        scenario->round(bench);
    memory_count_start();
    for (unsigned i = 0; i < rounds; i++)
        scenario->round(bench);
    memory_count_stop();
    printf("%s: %u x %s\n", scenario->name, rounds * scenario->units, scenario->unit);
}

static void finish(bench_t *bench) {
    for (size_t i = 0; i < bench->count; i++)
        memory_peer_free(bench->peers[i]);
    free(bench->peers);
    text_free(&bench->in);
    text_free(&bench->out);
    text_free(&bench->poll);
    text_free(&bench->ok);
    sio_server_free(bench->server);
    for (int i = 0; uv_loop_close(bench->loop) == UV_EBUSY; i++) {
        if (i == CLOSING_TURNS)
            die("the loop stays busy");
        memory_run(bench->loop);
    }
}

static void measure(const scenario_t *scenario, unsigned rounds) {
    uv_loop_t loop;
    bench_t bench = {.scenario = scenario, .loop = &loop};
    memory_seed(1);
    if (uv_loop_init(&loop) < 0)
        die("no loop");
    run(&bench, rounds);
    finish(&bench);
}

static void print_compiler(void) {
#ifdef __clang__
    printf("clang %d.%d.%d", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    printf("gcc %d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
    printf(", glibc %s\n", gnu_get_libc_version());
}

static void measure_named(const char *name, const char *rounds) {
    const scenario_t *scenario = scenarios;
    while (scenario->name != NULL && strcmp(scenario->name, name) != 0)
        scenario++;
    if (scenario->name == NULL)
        die("no scenario is called %s", name);
    long count = rounds != NULL ? strtol(rounds, NULL, 10) : (long) scenario->rounds;
    if (count < 1 || count > 10000000)
        die("how many rounds? %s", rounds);
    measure(scenario, (unsigned) count);
}

int main(int count, char **words) {
    const char *word = count == 2 || count == 3 ? words[1] : "";
    json_object_seed(1);
    if (strcmp(word, "--list") == 0)
        for (const scenario_t *scenario = scenarios; scenario->name != NULL; scenario++)
            puts(scenario->name);
    else if (strcmp(word, "--all") == 0)
        for (const scenario_t *scenario = scenarios; scenario->name != NULL; scenario++)
            measure(scenario, 1);
    else if (strcmp(word, "--compiler") == 0)
        print_compiler();
    else if (word[0] != '-' && word[0] != '\0')
        measure_named(word, words[2]);
    else
        die("usage: guard SCENARIO [ROUNDS] | --list | --all | --compiler");
    return 0;
}
