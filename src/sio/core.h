/* What all namespaces and clients of a server share. */
#ifndef SIO__SIO_CORE_H
#define SIO__SIO_CORE_H

#include "base/id.h"
#include "base/idmap.h"
#include "eio/server.h"
#include "sio/adapter.h"
#include "sio/deadline.h"
#include "sio/encode.h"
#include "sio/listeners.h"
#include <sio/namespace.h>

/* The names of listeners that are not for events; reserved, so that no event can have them. */
#define SIO__CONNECTION "connect"
#define SIO__DISCONNECTION "disconnect"
#define SIO__DISCONNECTING "disconnecting"
/* The same, not UTF-8. */
#define SIO__ANY_INCOMING "\xff" "any incoming"
#define SIO__ERROR "\xff" "error"
#define SIO__ANY_OUTGOING "\xff" "any outgoing"
#define SIO__NEW_NAMESPACE "\xff" "new_namespace"
/* What begins the names of events between servers; not UTF-8, so that no event can have it. */
#define SIO__SERVER_SIDE "\xff" "server:"

typedef struct {
    sio_broadcast_t *live;   /* reclaimed at the end of the turn */
    sio_broadcast_t *kept;   /* referenced by the application */
    sio_broadcast_t *spare;
    size_t spare_count;
    sio__deferred_t reclaim;
} sio__broadcasts_t;

typedef struct {
    sio_next_t *pending; /* to be called by the application */
    sio_next_t *done;    /* called; freed at the end of the turn */
    sio__deferred_t reclaim;
} sio__nexts_t;

typedef struct {
    sio_match_t *pending; /* to be decided by the application */
    sio_match_t *done;    /* decided; freed at the end of the turn */
    sio__deferred_t reclaim;
} sio__matches_t;

typedef struct sio__core_s {
    sio_server_t *server;
    eio_server_t *engine; /* that of the clients */
    sio__loop_t *loop;
    const sio_options_t *options;
    sio__outlet_t output; /* what is encoded */
    sio__packet_limits_t packet_limits; /* of what clients send */
    const sio__local_ops_t *local_ops;
    sio_adapter_t adapter; /* complete */
    uint8_t relays;        /* it is the application's: it tells other servers */
    uint8_t recovers;      /* sockets may come back [R1] */
    sio__idmap_t namespaces;
    sio_namespace_t *root; /* "/" */
    struct sio__parent_s *parents;
    sio__matches_t matches;
    sio_namespace_t *emptied; /* children that have no sockets, or had none in this turn */
    sio__deferred_t sweep;    /* of them */
    sio__ids_t ids;
    sio__names_t names;
    sio__tables_t tables;
    sio__name_t *connection, *disconnecting, *disconnect;
    sio__name_t *error, *new_namespace;
    sio__name_t *any, *any_outgoing; /* with more references than this one: somebody listens */
    sio__scratch_t *hook_arena; /* what unpacking an outgoing event needs; NULL before the first */
    unsigned hook_depth;        /* outgoing events whose listeners are at it */
    sio__timeouts_t connect_timeouts;     /* [P3] */
    sio__deadlines_t deadlines;
    sio__scratch_t *arena; /* what unpacking events needs; reset behind the outermost handlers */
    unsigned arena_depth;  /* of handlers: one may let a request go on, with events of its own */
    sio_timer_t *timers;                  /* the server's own */
    struct sio__ack_s *spare_acks;
    size_t spare_ack_count;
    struct sio__partial_s *spare_partial;
    sio__broadcasts_t broadcasts;
    sio__nexts_t nexts;
    sio_responses_t *responses; /* waited for */
    sio_fetch_t *fetches;
    sio_restore_t *restores;
    size_t missed_bytes; /* that wait with sockets which come back until they are connected */
    uint8_t opened;  /* there are handles and lists on the loop */
    uint8_t closing; /* nobody connects any more */
} sio__core_t;

/* Half-built on failure: sio__core_close and sio__core_free clean up. */
int sio__core_init(sio__core_t *core, sio_server_t *server, sio__loop_t *loop,
                   const sio_options_t *options, const sio__local_ops_t *local_ops);
/* Makes it known by its name: 0 or SIO_ENOMEM. */
int sio__core_add(sio__core_t *core, sio_namespace_t *nsp);
/* Tells of a new namespace [S4]. */
void sio__core_tell_new(sio__core_t *core, sio_namespace_t *nsp);
/* The namespace called `name`, made when it is new; NULL out of memory. */
sio_namespace_t *sio__core_of(sio__core_t *core, const char *name);
/* Nobody connects any more; every socket ends for `reason`. The server's timers go on. */
void sio__core_shutdown(sio__core_t *core, sio_reason_t reason);
/* Between the two what is in the arena stays. */
static inline void sio__core_enter_arena(sio__core_t *core) {
    core->arena_depth++;
}
static inline void sio__core_leave_arena(sio__core_t *core) {
    if (--core->arena_depth == 0)
        sio__scratch_reset(core->arena);
}
/* All connections have ended, and with them whoever might hold a timer of the server's. */
void sio__core_stop_timers(sio__core_t *core);
/* The engine has gone: leaves the loop. */
void sio__core_close(sio__core_t *core);
/* The loop has closed what sio__core_close left to it: frees all but `core` itself. */
void sio__core_free(sio__core_t *core);

#endif
