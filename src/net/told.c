#include "net/told.h"
#include "net/loop.h"
#include <stdio.h>

enum {
    SECOND_MS = 1000,
    TEXT_SIZE = SIO__LOG_LINE - 64 /* the rest of a line is for what is said about others */
};

/* Nonzero if the log is to be told of this one. */
static int is_to_be_said(const sio__loop_t *loop, sio__told_t *told, uint32_t most) {
    const uint64_t now = uv_now(loop->uv) + 1;
    if (told->since == 0 || now - told->since >= SECOND_MS) {
        told->since = now;
        told->said = 0;
    }
    if (told->said >= most)
        return 0;
    told->said++;
    return 1;
}

void sio__tell_most(sio__loop_t *loop, sio__told_t *told, uint32_t most, sio_log_level_t level,
                    const char *category, const char *format, va_list args) {
    char text[TEXT_SIZE];
    if (!sio__log_hears(&loop->log, level))
        return;
    if (!is_to_be_said(loop, told, most)) {
        told->silent++;
        return;
    }
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = '\0';
    const uint64_t silent = told->silent;
    told->silent = 0;
    if (silent == 0)
        sio__log(&loop->log, level, category, "%s", text);
    else
        sio__log(&loop->log, level, category, "%s; %llu before it were not told of", text,
                 (unsigned long long) silent);
}

void sio__tell(sio__loop_t *loop, sio__told_kind_t kind, sio_log_level_t level,
               const char *category, const char *format, ...) {
    va_list args;
    va_start(args, format);
    sio__tell_most(loop, &loop->told[kind], SIO__TOLD_A_SECOND, level, category, format, args);
    va_end(args);
}
