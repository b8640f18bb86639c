/* Time that stands still until told otherwise, and random bytes that are the same in each run. */
#include "network.h"
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    NANOSECONDS = 1000000000,
    START = 1000000 /* nanoseconds: what has passed at the start */
};

static const int64_t epoch = 1700000000; /* seconds: the time of day at the start */
static uint64_t elapsed = START;
static uint64_t random_state = 1;
static int random_error;

time_t __wrap_time(time_t *out);
int __wrap_uv_gettimeofday(uv_timeval64_t *tv);
int __wrap_uv_random(uv_loop_t *loop, uv_random_t *req, void *buffer, size_t length, unsigned flags,
                     uv_random_cb cb);

void memory_sleep(uint64_t ms) {
    elapsed += ms * 1000000;
}

/* libuv's, too: the program's own function is found before the C library's. */
int clock_gettime(clockid_t id, struct timespec *out) {
    if (id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_COARSE)
        return (int) syscall(SYS_clock_gettime, id, out);
    out->tv_sec = (time_t) (elapsed / NANOSECONDS);
    out->tv_nsec = (long) (elapsed % NANOSECONDS);
    return 0;
}

time_t __wrap_time(time_t *out) {
    time_t now = (time_t) (epoch + (int64_t) (elapsed / NANOSECONDS));
    if (out != NULL)
        *out = now;
    return now;
}

int __wrap_uv_gettimeofday(uv_timeval64_t *tv) {
    tv->tv_sec = epoch + (int64_t) (elapsed / NANOSECONDS);
    tv->tv_usec = (int32_t) (elapsed % NANOSECONDS / 1000);
    return 0;
}

void memory_seed(uint64_t seed) {
    random_state = seed;
}

void memory_fail_random(int error) {
    random_error = error;
}

void memory_restart(uv_loop_t *loop) {
    elapsed = START;
    memory_seed(1);
    uv_update_time(loop);
}

/* splitmix64 */
static uint64_t next_random(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int __wrap_uv_random(uv_loop_t *loop, uv_random_t *req, void *buffer, size_t length, unsigned flags,
                     uv_random_cb cb) {
    unsigned char *bytes = buffer;
    (void) loop, (void) req, (void) flags;
    if (cb != NULL)
        return UV_ENOTSUP;
    if (random_error != 0)
        return random_error;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char) (next_random() >> 56);
    return 0;
}
