#include "base/log.h"
#include <stdarg.h>
#include <stdio.h>

/* What peers have sent is in many lines: it must not begin one of its own, nor speak to a terminal.
 * Control characters beyond ASCII (U+0080 to U+009F) are two bytes. */
static void make_printable(char *text) {
    for (unsigned char *at = (unsigned char *) text; *at != '\0'; at++) {
        if (*at < 0x20 || *at == 0x7f)
            *at = '?';
        else if (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
            at[0] = at[1] = '?';
    }
}

int sio__log_hears(const sio__log_t *log, sio_log_level_t level) {
    return log != NULL && log->cb != NULL && level <= log->level;
}

void sio__log(const sio__log_t *log, sio_log_level_t level, const char *category,
              const char *format, ...) {
    char text[SIO__LOG_LINE];
    va_list args;

    if (!sio__log_hears(log, level))
        return;
    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = '\0';
    va_end(args);
    make_printable(text);
    log->cb(level, category, text, log->data);
}
