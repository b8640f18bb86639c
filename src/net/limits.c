#include "net/limits.h"
#include "net/loop.h"
#include <stdarg.h>
#include <stdio.h>

enum { QUIET_MS = 1000, TOKEN = 1000, TEXT_SIZE = 256 };

/* Nonzero if the log is to be told of this one. */
static int is_to_be_said(const sio__loop_t *loop, const sio__limited_t *limited) {
    return limited->said == 0 || uv_now(loop->uv) + 1 - limited->said >= QUIET_MS;
}

static void say(sio__loop_t *loop, sio__limited_t *limited, const char *category,
                const char *text) {
    uint64_t silent = limited->silent;
    limited->said = uv_now(loop->uv) + 1;
    limited->silent = 0;
    if (silent == 0)
        sio__log(&loop->log, SIO_LOG_WARN, category, "%s", text);
    else
        sio__log(&loop->log, SIO_LOG_WARN, category, "%s; %llu before it were not told of", text,
                 (unsigned long long) silent);
}

void sio__limited(sio__loop_t *loop, sio_limit_t limit, const char *category, const char *format,
                  ...) {
    sio__limited_t *limited = &loop->limits.kinds[limit];
    char text[TEXT_SIZE];
    va_list args;
    limited->count++;
    if (!is_to_be_said(loop, limited)) {
        limited->silent++;
        return;
    }
    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = '\0';
    va_end(args);
    say(loop, limited, category, text);
}

void sio__limit_count(sio__loop_t *loop, sio_limit_t limit) {
    loop->limits.kinds[limit].count++;
}

void sio__limit_handshakes(sio__loop_t *loop, uint32_t rate) {
    loop->limits.handshakes =
        (sio__bucket_t){rate, (uint64_t) rate * TOKEN, uv_now(loop->uv)};
}

/* One thousandth of a token for each millisecond and each that is due in a second. */
static int take(sio__bucket_t *bucket, uint64_t now) {
    const uint64_t full = (uint64_t) bucket->rate * TOKEN, passed = now - bucket->at;
    bucket->at = now;
    bucket->tokens = passed >= TOKEN ? full : bucket->tokens + passed * bucket->rate;
    if (bucket->tokens > full)
        bucket->tokens = full;
    if (bucket->tokens < TOKEN)
        return 0;
    bucket->tokens -= TOKEN;
    return 1;
}

int sio__limit_take_handshake(sio__loop_t *loop, const char *category) {
    sio__bucket_t *bucket = &loop->limits.handshakes;
    if (bucket->rate == 0 || take(bucket, uv_now(loop->uv)))
        return 1;
    sio__limited(loop, SIO_LIMIT_HANDSHAKES, category,
                 "a handshake was refused: more than %u a second", (unsigned) bucket->rate);
    return 0;
}
