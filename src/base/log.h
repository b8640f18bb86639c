/* The log hook: formats only when somebody listens. */
#ifndef SIO__BASE_LOG_H
#define SIO__BASE_LOG_H

#include <sio/options.h>

enum { SIO__LOG_LINE = 1024 }; /* longer lines are cut */

typedef struct {
    sio_log_cb cb; /* NULL: silent */
    void *data;
    sio_log_level_t level; /* up to this one */
} sio__log_t;

/* Nonzero if somebody listens to lines of this level; `log` may be NULL. */
int sio__log_hears(const sio__log_t *log, sio_log_level_t level);
/* Control characters in the line become '?'. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void sio__log(const sio__log_t *log, sio_log_level_t level, const char *category,
              const char *format, ...);

#endif
