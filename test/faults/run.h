/* A life, with a fault in it, on a server of its own. */
#ifndef TEST_FAULTS_RUN_H
#define TEST_FAULTS_RUN_H

#include "faults/app.h"
#include "faults/lives.h"

typedef enum {
    FAULT_NONE,
    FAULT_MEMORY,     /* allocation `number` fails */
    FAULT_NO_MEMORY,  /* and all that follow */
    FAULT_WRITE,      /* write `number` fails with `error` */
    FAULT_READ,       /* the connection breaks with `error` in what the client says as `number` */
    FAULT_CRUMBS      /* writes take `number` bytes, or nothing */
} fault_kind_t;

typedef struct {
    fault_kind_t kind;
    size_t number;
    int error;
} fault_t;

typedef struct {
    const life_t *life;
    fault_t fault;
    int verbose; /* print what the client hears */

    /* --- what came of it --- */
    const char *wrong;           /* NULL: nothing */
    int served;                  /* the client has heard what it was due */
    size_t memory, writes, says; /* how many there were */

    /* --- meanwhile --- */
    uv_loop_t loop;
    app_t app;
    speaker_t bystander, client;
} run_t;

void run_life(run_t *run);

#endif
