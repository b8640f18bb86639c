/*
 * bench-load: the load generator of the benchmarks. One thread, epoll.
 *
 * The usage text below is the contract with those who run it. Replies are checked by count and
 * length, the first one of each connection byte by byte; a wrong, missing or surplus one is an
 * error on stderr and exit code 1.
 */
#include "bench.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: bench-load MODE --port N --pid PID [OPTION...]\n"
    "\n"
    "Loads the server on 127.0.0.1, port N, whose process is PID, and prints one JSON object.\n"
    "\n"
    "modes (with the number of connections by default, and what is a message):\n"
    "  echo, ack, binary (100)  an event there and back, over WebSocket\n"
    "  broadcast (1000)         one client publishes, all receive; a message is one delivery\n"
    "  polling (30)             a POST, and the GET that brings the echoes; a message is one echo\n"
    "  churn (16)               connect, join the namespace, one echo, leave; that is a message\n"
    "  open (10000)             connect and join the namespace, and stay; that is a message\n"
    "  idle (10000)             the same; reports resident bytes before and after\n"
    "  rooms (1000)             leave and join one of --rooms rooms; that is a message\n"
    "  room-emit (1000)         an event to one of --rooms rooms, each with one client in it\n"
    "\n"
    "options:\n"
    "  --connections N   so many clients (churn: at a time)\n"
    "  --depth N         messages in flight per client: the next batch goes out in one write when\n"
    "                    all replies to the one before are there (1)\n"
    "  --size N          letters or bytes in the argument of a message (64)\n"
    "  --seconds S       measure until the server has used so much CPU time, but at most twice as\n"
    "                    long (0.5)\n"
    "  --messages N      measure until so many messages are done, however long it takes\n"
    "  --warmup S        before that, the same unmeasured for so long (0.1)\n"
    "  --window N        so many clients connect or leave at a time (64; churn: --connections)\n"
    "  --raw             WebSocket echo at /raw, without Socket.IO (echo, churn, open, idle)\n"
    "  --slow N          broadcast: the last N of the connections do not read; not counted\n"
    "  --cycles N        idle: all leave and come back, N times\n"
    "  --rooms N         rooms and room-emit: in all, a multiple of the connections (1000)\n"
    "\n"
    "result:\n"
    "  messages, wall_ns          of what was measured\n"
    "  cpu_ns, client_cpu_ns      user and system time of the server, of this program\n"
    "  p50_ns, p99_ns             from a batch's write to its last reply (churn: a life)\n"
    "  rss_before, rss_after      idle: resident bytes of the server, once some clients have come\n"
    "                             and gone, and with all connected; also pss_before, pss_after\n"
    "  rss_cycles                 idle: after each of --cycles, when all have left\n"
    "  handshake_bytes            idle: what each client sent as its request\n";

/*
 * The numbers of connections by default. With these, --warmup 0.1 and --seconds 0.5, and a server
 * started anew, bench-floor stands to Node about as it did when the goals were set. What moves the
 * ratio:
 * - One connection measures the kernel's waking-up, which is the same for all; from some ten on a
 *   server finds several sockets ready at once. With thousands, all pay for cache misses.
 * - Node compiles while it runs, and goes on doing so for seconds: warmed up for two it needs half
 *   as much for an echo, a third for a poll. A longer warm-up is kinder to it, a shorter one is
 *   what a server sees that has just been started.
 * - For the same reason ten thousand are opened: its first thousand openings cost twice as much as
 *   its last.
 * - Sixteen strings of 1 KiB on 100 connections fit into the processor's cache, where the floor
 *   echoes them for next to nothing; on 1,000 they do not.
 */
static const struct {
    const char *name;
    int connections;
    void (*run)(bench_t *bench);
} modes[] = {
    {"echo", 100, mode_echo},      {"ack", 100, mode_echo},
    {"binary", 100, mode_echo},    {"broadcast", 1000, mode_broadcast},
    {"polling", 30, mode_polling}, {"churn", 16, mode_churn},
    {"open", 10000, mode_open},    {"idle", 10000, mode_idle},
    {"rooms", 1000, mode_rooms},   {"room-emit", 1000, mode_rooms},
};

_Noreturn void usage(void) {
    fputs(usage_text, stderr);
    exit(2);
}

static void print_memory(const bench_t *bench) {
    printf(",\"rss_before\":%lld,\"rss_after\":%lld,\"pss_before\":%lld,\"pss_after\":%lld",
           (long long) bench->before.rss, (long long) bench->after.rss,
           (long long) bench->before.pss, (long long) bench->after.pss);
    printf(",\"handshake_bytes\":%zu", bench->handshake_size);
    if (bench->args.cycles == 0)
        return;
    for (int i = 0; i < bench->args.cycles; i++)
        printf("%s%lld", i == 0 ? ",\"rss_cycles\":[" : ",", (long long) bench->cycles[i]);
    putchar(']');
}

static void print_times(const bench_t *bench) {
    printf(",\"messages\":%lld,\"cpu_ns\":%lld,\"wall_ns\":%lld,\"client_cpu_ns\":%lld",
           (long long) bench->messages, (long long) bench->cpu_ns, (long long) bench->wall_ns,
           (long long) bench->own_cpu_ns);
    if (bench->times.count > 0)
        printf(",\"p50_ns\":%lld,\"p99_ns\":%lld",
               (long long) histogram_quantile(&bench->times, 0.5),
               (long long) histogram_quantile(&bench->times, 0.99));
}

static void print_result(const bench_t *bench) {
    const args_t *args = &bench->args;

    printf("{\"mode\":\"%s\",\"connections\":%d,\"depth\":%d,\"size\":%d", args->mode,
           args->connections, args->depth, args->size);
    if (bench->messages > 0)
        print_times(bench);
    if (bench->before.rss > 0)
        print_memory(bench);
    puts("}");
}

int main(int argc, char **argv) {
    static bench_t bench;

    args_parse(&bench.args, argc, argv);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(modes[i].name, bench.args.mode) != 0)
            continue;
        if (bench.args.connections == 0)
            bench.args.connections = modes[i].connections;
        probe_open(&bench.probe, bench.args.pid);
        loop_open(&bench.loop);
        modes[i].run(&bench);
        print_result(&bench);
        return 0;
    }
    usage();
}
