#include "probe.h"

#include "fail.h"

#include <stdio.h>
#include <string.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec time;

    if (clock_gettime(clock, &time) < 0)
        fail_errno("the server's CPU clock");
    return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

void probe_open(probe_t *probe, pid_t pid) {
    probe->pid = pid;
    if (clock_getcpuclockid(pid, &probe->clock) != 0)
        fail("no process %d", (int) pid);
}

int64_t probe_cpu(const probe_t *probe) {
    return read_clock(probe->clock);
}

int64_t probe_own_cpu(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

memory_t probe_memory(const probe_t *probe) {
    memory_t memory = {-1, -1};
    char path[64], line[256];
    long long kib;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int) probe->pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_errno(path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Rss: %lld kB", &kib) == 1)
            memory.rss = kib * 1024;
        else if (sscanf(line, "Pss: %lld kB", &kib) == 1)
            memory.pss = kib * 1024;
    }
    fclose(file);
    if (memory.rss < 0 || memory.pss < 0)
        fail("%s: no Rss and Pss", path);
    return memory;
}
