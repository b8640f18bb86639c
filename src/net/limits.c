#include "net/limits.h"
#include "net/loop.h"
#include <stdarg.h>

enum { TOKEN = 1000 };

void sio__limited(sio__loop_t *loop, sio_limit_t limit, const char *category, const char *format,
                  ...) {
    sio__limited_t *limited = &loop->limits.kinds[limit];
    va_list args;
    limited->count++;
    va_start(args, format);
    sio__tell_most(loop, &limited->told, 1, SIO_LOG_WARN, category, format, args);
    va_end(args);
}

void sio__limit_count(sio__loop_t *loop, sio_limit_t limit) {
    loop->limits.kinds[limit].count++;
}

void sio__limit_handshakes(sio__loop_t *loop, uint32_t rate) {
    loop->limits.handshakes = loop->limits.tls_handshakes =
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

static int take_or_tell(sio__loop_t *loop, sio__bucket_t *bucket, const char *category) {
    if (bucket->rate == 0 || take(bucket, uv_now(loop->uv)))
        return 1;
    sio__limited(loop, SIO_LIMIT_HANDSHAKES, category,
                 "a handshake was refused: more than %u a second", (unsigned) bucket->rate);
    return 0;
}

int sio__limit_take_handshake(sio__loop_t *loop, const char *category) {
    return take_or_tell(loop, &loop->limits.handshakes, category);
}

int sio__limit_take_tls_handshake(sio__loop_t *loop) {
    return take_or_tell(loop, &loop->limits.tls_handshakes, "tls");
}
