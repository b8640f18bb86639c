#include "base/log.h"
#include <stdarg.h>
#include <stdio.h>

enum { LOG_LINE = 1024 }; /* longer lines are cut */

void sio__log(const sio__log_t *log, sio_log_level_t level, const char *category,
              const char *format, ...) {
    char text[LOG_LINE];
    va_list args;

    if (!log || !log->cb || level > log->level)
        return;
    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = '\0';
    va_end(args);
    log->cb(level, category, text, log->data);
}
