/* What the server does is counted by callgrind, what the test and its network do is not. */
#ifndef TEST_MEMORY_COUNT_H
#define TEST_MEMORY_COUNT_H

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif

#ifndef CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_START_INSTRUMENTATION ((void) 0)
#define CALLGRIND_TOGGLE_COLLECT ((void) 0)
#endif

/* Set between memory_count_start and memory_count_stop. */
extern int memory_counting;
/* Control is in the server, and it is being counted. */
extern int memory_in_server;

/* From now on (to be run with --instr-atstart=no --collect-atstart=no). */
void memory_count_start(void);
void memory_count_stop(void);

/* Control passes to the server (1) or back (0); returns where it was. */
static inline int memory_enter(int server) {
    int before = memory_in_server;
    if (memory_counting && before != server) {
        memory_in_server = server;
        CALLGRIND_TOGGLE_COLLECT;
    }
    return before;
}

#endif
