/* A namespace. Its memory goes with the server and with the last of its sockets. */
#ifndef SIO__SIO_NAMESPACE_H
#define SIO__SIO_NAMESPACE_H

#include "sio/core.h"
#include <sio/namespace.h>

typedef struct {
    sio_use_cb cb;
    void *data;
} sio__use_t;

/* Somebody who watches the rooms [A4]. */
typedef struct {
    sio_room_event_cb cb;
    void *data;
} sio__room_watch_t;

struct sio_namespace_s {
    sio__core_t *core; /* NULL once the server has gone */
    const sio__local_ops_t *local_ops;
    sio__local_t *local;
    void *adapter_state;
    sio__idmap_t sockets; /* connected */
    sio__listeners_t listeners;
    sio__use_t *uses;
    size_t use_count;
    sio__room_watch_t *watches;
    size_t watch_count;
    int64_t next_ack; /* one counter for all sockets [P11] */
    uint32_t ending;  /* of the sockets: in their disconnecting callbacks */
    uint32_t stamp;   /* of the last broadcast that had to tell sockets apart */
    size_t refs;      /* the server, sockets, and others who wait for something */
    size_t live;      /* sockets, pending ones included */
    struct sio__parent_s *parent; /* NULL: neither parent nor child */
    sio_namespace_t *sibling, **sibling_at; /* of a child: the next one; what points at this one */
    sio_namespace_t *next_emptied;          /* in the core's list, if `emptied` */
    uint8_t is_parent;
    uint8_t kept; /* the application has it */
    uint8_t emptied;
    uint8_t closing; /* sio__namespace_close was called */
    uint8_t other_ids; /* there have been sockets whose ids are not of the usual length */
    void *data;
    size_t name_length;
    char name[];
};

/* With one reference; NULL out of memory. */
sio_namespace_t *sio__namespace_new(sio__core_t *core, const char *name, size_t length);
void sio__namespace_unref(sio_namespace_t *nsp);
/* The application's adapter hears the end of the namespace. */
void sio__namespace_close_adapter(sio_namespace_t *nsp);
/* The server goes: everything but the memory that sockets refer to. */
void sio__namespace_close(sio_namespace_t *nsp);
/* Its server has not gone, and it has not either. */
static inline int sio__namespace_is_open(const sio_namespace_t *nsp) {
    return nsp->core != NULL && nsp->core->opened;
}
/* And it is not about to go, when whoever is told that nobody answers may ask again. */
static inline int sio__namespace_may_ask(const sio_namespace_t *nsp) {
    return sio__namespace_is_open(nsp) && !nsp->core->closing && !nsp->closing;
}
/* A stamp that no socket of the namespace bears. */
uint32_t sio__namespace_stamp(sio_namespace_t *nsp);

#endif
