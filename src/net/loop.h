/*
 * What all connections of one server share on their loop: the read buffer, the scratch, the
 * list of connections that have something to write, the clock of the time-outs.
 *
 * The end of a loop turn is both uv_prepare and uv_check: what a timer queued must leave
 * before the loop sleeps (check alone was measured 2 s late on a silent loop).
 */
#ifndef SIO__NET_LOOP_H
#define SIO__NET_LOOP_H

#include "base/idmap.h"
#include "base/log.h"
#include "base/scratch.h"
#include "base/zip.h"
#include "net/addresses.h"
#include "net/limits.h"
#include "net/pressure.h"
#include "net/timeouts.h"
#include "net/told.h"
#include <uv.h>

enum {
    SIO__READ_BUFFER = 64 * 1024,
    SIO__SPARES_KEPT = 64 /* outputs kept for the next turns in any case */
};

typedef struct sio__loop_s sio__loop_t;
typedef struct sio__conn_s sio__conn_t;
struct sio__output_s;

/* Work put off to the end of the turn, in the order it was put off; embedded in what it is
 * about. */
typedef struct sio__deferred_s {
    struct sio__deferred_s *next;
    void (*run)(struct sio__deferred_s *deferred); /* NULL: not queued */
} sio__deferred_t;

struct sio__loop_s {
    uv_loop_t *uv;
    sio__scratch_t *scratch;
    sio__log_t log;
    sio__clock_t clock;
    sio__conn_t *conns;   /* all open connections */
    size_t conn_count;
    uint32_t max_buffered;      /* of each of them; at first without limit */
    size_t max_kept;            /* bytes that wait for all peers; at first without limit */
    sio__holder_t *holders;     /* besides connections */
    size_t turned_away;         /* of them those that only wait to know that */
    sio__addresses_t addresses; /* of those that are counted by their address */
    uint64_t bytes_in, bytes_out; /* of all connections there have been */
    sio__limits_t limits;
    sio__told_t told[SIO__TOLD_KINDS];
    sio__idmap_key_t map_key; /* of all maps on this loop */
    void (*conns_gone)(sio__loop_t *loop,
                       void *data); /* the last connection has closed; may be NULL */
    void *conns_gone_data;
    struct sio__output_s *dirty_first, **dirty_last; /* to flush at the end of the turn */
    struct sio__output_s *spares; /* for connections that will have something to write */
    size_t spare_count, spare_low; /* the least that there were since the last look */
    unsigned turns;     /* since then */
    uint8_t stranded;   /* a connection to flush is not in the list, for want of memory */
    sio__deferred_t *deferred_first, **deferred_last;
    uv_prepare_t prepare;
    uv_check_t check;
    unsigned handles;     /* libuv handles not closed yet, those of connections included */
    void (*closed)(sio__loop_t *loop, void *data); /* all handles have gone */
    void *closed_data;
    sio__timeouts_t linger; /* connections that wait for the peer's FIN */
    sio__timeouts_t stalls; /* writes that wait for the peer to read */
    char *read_buffer;
    struct sio__ws_pool_s *ws_pool; /* of the floor above, if there is one */
    sio__zips_t zips;
    struct sio__secure_loop_s *secure; /* what TLS needs, once there is some */
};

/* `uv` must outlive it, and is kept alive by it until sio__loop_close. 0, SIO_ENOMEM or
 * libuv's code. */
int sio__loop_new(sio__loop_t **loop, uv_loop_t *uv, sio__log_t log);
/* Closes its handles; `closed` is called from the loop when the last one, connections' and
 * listeners' included, has gone. Call sio__loop_free from there or later. */
void sio__loop_close(sio__loop_t *loop, void (*closed)(sio__loop_t *loop, void *data), void *data);
void sio__loop_free(sio__loop_t *loop);

/* Whoever opens a libuv handle on this loop says so, and says so again from its close callback. */
void sio__loop_handle_opened(sio__loop_t *loop);
void sio__loop_handle_closed(sio__loop_t *loop);

/* Runs `run` once at the end of this turn (before the connections are flushed). Queued
 * already: nothing happens. */
void sio__loop_defer(sio__loop_t *loop, sio__deferred_t *deferred,
                     void (*run)(sio__deferred_t *deferred));
void sio__loop_undefer(sio__loop_t *loop, sio__deferred_t *deferred);

/* Frees one of the spares, of which there are some. */
void sio__loop_drop_spare(sio__loop_t *loop);

/* Closes every connection at once (see sio__conn_close), protocols being told. */
void sio__loop_close_conns(sio__loop_t *loop);

/* Flushes everything now, as the end of a turn does. */
void sio__loop_end_turn(sio__loop_t *loop);

#endif
