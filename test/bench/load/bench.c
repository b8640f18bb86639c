#include "bench.h"

#define MOST_WALL_TIME 2       /* times the CPU time asked for */
#define LOOK_NS        1000000 /* another process's clock takes a system call */

void bench_start(bench_t *bench) {
    bench->measuring = true;
    bench->started_wall = loop_now();
    bench->started_own_cpu = probe_own_cpu();
    bench->started_cpu = probe_cpu(&bench->probe);
}

void bench_stop(bench_t *bench) {
    bench->cpu_ns = probe_cpu(&bench->probe) - bench->started_cpu;
    bench->own_cpu_ns = probe_own_cpu() - bench->started_own_cpu;
    bench->wall_ns = loop_now() - bench->started_wall;
    bench->measuring = false;
}

/* The time of a run is the server's CPU time: if the machine is busy with other things, the server
 * gets less work done in a second, and one that compiles while it runs would still be at it. */
static void run_for(bench_t *bench, double seconds) {
    int64_t ns = (int64_t) (seconds * 1e9);

    bench->over = false;
    bench->looked = 0;
    bench->ends_cpu = probe_cpu(&bench->probe) + ns;
    bench->ends_wall = loop_now() + MOST_WALL_TIME * ns;
}

void bench_measure(bench_t *bench, void (*work)(void *mode), void *mode) {
    run_for(bench, bench->args.warmup);
    work(mode);

    run_for(bench, bench->args.seconds);
    bench_start(bench);
    work(mode);
    bench_stop(bench);
}

bool bench_over(bench_t *bench) {
    if (bench->measuring && bench->args.messages > 0)
        return bench->messages >= bench->args.messages;

    int64_t now = loop_now();
    if (!bench->over && now - bench->looked >= LOOK_NS) {
        bench->looked = now;
        bench->over = now >= bench->ends_wall || probe_cpu(&bench->probe) >= bench->ends_cpu;
    }
    return bench->over;
}

void bench_count(bench_t *bench, int64_t messages, int64_t began) {
    if (!bench->measuring)
        return;
    bench->messages += messages;
    if (began != 0)
        histogram_add(&bench->times, loop_now() - began);
}

#define SETTLE_STEP_NS 100000000
#define SETTLE_STEPS   20
#define SETTLED_AFTER  3

memory_t bench_settled_memory(bench_t *bench) {
    memory_t memory = probe_memory(&bench->probe);
    int same = 0;

    for (int i = 0; i < SETTLE_STEPS && same < SETTLED_AFTER; i++) {
        loop_rest(&bench->loop, SETTLE_STEP_NS);
        memory_t now = probe_memory(&bench->probe);
        same = now.rss == memory.rss ? same + 1 : 0;
        memory = now;
    }
    return memory;
}
