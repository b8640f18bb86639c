/* What the server has used: CPU time and memory. */
#ifndef LOAD_PROBE_H
#define LOAD_PROBE_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

typedef struct probe_s {
    pid_t pid;
    clockid_t clock;
} probe_t;

void probe_open(probe_t *probe, pid_t pid);
/* User and system time of all threads of the server, in nanoseconds. */
int64_t probe_cpu(const probe_t *probe);
/* The same of this program. */
int64_t probe_own_cpu(void);

typedef struct memory_s {
    int64_t rss;
    int64_t pss;
} memory_t;

/* Resident bytes of the server (smaps_rollup, which is exact, unlike /proc/PID/statm). */
memory_t probe_memory(const probe_t *probe);

#endif
