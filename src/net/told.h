/*
 * What peers can make the log be told of as often as they like: a log that grows is what an
 * attacker may be after. Of each kind so many lines a second are said, so that single ones are all
 * seen, and what is silent is summed up in the next line.
 */
#ifndef SIO__NET_TOLD_H
#define SIO__NET_TOLD_H

#include "base/log.h"
#include <stdarg.h>
#include <stdint.h>

typedef struct sio__loop_s sio__loop_t;

typedef enum {
    SIO__TOLD_HTTP,     /* requests that HTTP refuses, connections that are dropped */
    SIO__TOLD_TLS,      /* TLS that fails */
    SIO__TOLD_ENGINE,   /* requests that the engine refuses */
    SIO__TOLD_SESSION,  /* sessions that end for what their client does */
    SIO__TOLD_PACKET,   /* connections of socket.io that do */
    SIO__TOLD_EVENT,    /* what could not be done with an event */
    SIO__TOLD_SHORTAGE, /* of memory or descriptors */
    SIO__TOLD_KINDS
} sio__told_kind_t;

enum { SIO__TOLD_A_SECOND = 10 }; /* lines of each of them */

typedef struct {
    uint64_t silent; /* those that the log has not heard of since its last line */
    uint64_t since;  /* when the second began that is counted, in loop time, and 1; 0: never */
    uint32_t said;   /* lines in it */
} sio__told_t;

/* As sio__log, SIO__TOLD_A_SECOND of a kind. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
void sio__tell(sio__loop_t *loop, sio__told_kind_t kind, sio_log_level_t level,
               const char *category, const char *format, ...);

/* The same by another account, `most` lines a second. */
#if defined(__GNUC__)
__attribute__((format(printf, 6, 0)))
#endif
void sio__tell_most(sio__loop_t *loop, sio__told_t *told, uint32_t most, sio_log_level_t level,
                    const char *category, const char *format, va_list args);

#endif
