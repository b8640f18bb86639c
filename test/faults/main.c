/*
 * Faults: whole lives of sessions, of each generation over each transport, are run with one
 * thing failing, each in turn: an allocation (once, or that one and all that follow), a write, a
 * read; or with writes that take crumbs. Each time the client has got what it was due, or
 * somebody was told of the failure (the client by a refusal or the end of its connection, the
 * program by a code, its operator by the log); a bystander is served before and after, so is
 * whoever comes then; and nothing is left.
 */
#include "faults/run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIDE = 5 };

static const struct {
    fault_kind_t kind;
    const char *name;
    int error;
    unsigned stride;
} faults[] = {
    {FAULT_MEMORY, "an allocation", 0, 1},
    {FAULT_NO_MEMORY, "all allocations from one on", 0, STRIDE},
    {FAULT_WRITE, "a write: connection reset", UV_ECONNRESET, 1},
    {FAULT_WRITE, "a write: broken pipe", UV_EPIPE, STRIDE},
    {FAULT_WRITE, "a write: try again", UV_EAGAIN, 1},
    {FAULT_READ, "a read: connection reset", UV_ECONNRESET, 1},
    {FAULT_READ, "a read: end of file", UV_EOF, 1},
    {FAULT_READ, "a read: timed out", UV_ETIMEDOUT, STRIDE},
};

static const size_t crumbs[] = {1, 7, 100};

enum { KINDS = sizeof(faults) / sizeof(faults[0]), SIZES = sizeof(crumbs) / sizeof(crumbs[0]) };

static int cases;

/* Nonzero if something has gone wrong. */
static int report(const life_t *life, const char *name, size_t count, const run_t *run) {
    printf("%sok %d - %s: %s (%zu)", run->wrong != NULL ? "not " : "", ++cases, life->name, name,
           count);
    if (run->wrong != NULL)
        printf(": number %zu: %s", run->fault.number, run->wrong);
    printf("\n");
    fflush(stdout);
    return run->wrong != NULL;
}

static size_t count_of(fault_kind_t kind, const run_t *run) {
    switch (kind) {
    case FAULT_WRITE: return run->writes;
    case FAULT_READ: return run->says;
    default: return run->memory;
    }
}

static int try_fault(const run_t *plain, size_t which) {
    const size_t count = count_of(faults[which].kind, plain);
    run_t run = {.life = plain->life};
    for (size_t i = 0; i < count && run.wrong == NULL; i += faults[which].stride) {
        run.fault = (fault_t){faults[which].kind, i, faults[which].error};
        run_life(&run);
    }
    return report(run.life, faults[which].name, count, &run);
}

static int try_crumbs(const life_t *life) {
    run_t run = {.life = life};
    for (size_t i = 0; i < SIZES && run.wrong == NULL; i++) {
        run.fault = (fault_t){FAULT_CRUMBS, crumbs[i], 0};
        run_life(&run);
        if (run.wrong == NULL && !run.served)
            run.wrong = "the client misses something";
    }
    return report(life, "writes take crumbs", SIZES, &run);
}

static int try_life(const life_t *life) {
    run_t plain = {.life = life};
    run_life(&plain);
    if (plain.wrong == NULL && !plain.served)
        plain.wrong = "the client misses something";
    int failed = report(life, "nothing fails", 1, &plain);
    for (size_t i = 0; i < KINDS && plain.wrong == NULL; i++)
        if (!life->birth || i < 2)
            failed |= try_fault(&plain, i);
    return failed | (life->birth ? 0 : try_crumbs(life));
}

/* LIFE KIND NUMBER ERROR: one run, to look at with a debugger. */
static int look(char **words) {
    run_t run = {.life = &lives[strtoul(words[0], NULL, 10)], .verbose = 1};
    run.fault = (fault_t){(fault_kind_t) atoi(words[1]), strtoul(words[2], NULL, 10),
                          atoi(words[3])};
    run_life(&run);
    printf("%s: %s\n", run.life->name, run.wrong != NULL ? run.wrong : "fine");
    return run.wrong != NULL;
}

int main(int argc, char **argv) {
    int failed = 0;
    alloc_init();
    if (argc == 5)
        return look(argv + 1);
    for (size_t i = 0; i < life_count; i++)
        failed |= try_life(&lives[i]);
    printf("1..%d\n", cases);
    return failed;
}
