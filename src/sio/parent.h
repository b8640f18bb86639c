/*
 * Parent namespaces [S5, S6]: they have no sockets, but children, which are made when a client asks
 * for a name that the parent's pattern or function allows.
 */
#ifndef SIO__SIO_PARENT_H
#define SIO__SIO_PARENT_H

#include "sio/client.h"
#include "sio/namespace.h"
#include "sio/pattern.h"

typedef struct sio__parent_s {
    sio_namespace_t *nsp;     /* whose middlewares and listeners the children begin with */
    sio__pattern_t *pattern;  /* or: */
    sio_match_cb cb;
    void *data;
    sio_namespace_t *children; /* linked by sibling */
    uint32_t child_count;
    struct sio__parent_s *next; /* in the order they are asked */
} sio__parent_t;

/* New parents; NULL out of memory, or for a pattern that is none (the log says why). */
sio_namespace_t *sio__parent_match(sio__core_t *core, sio_match_cb cb, void *data);
sio_namespace_t *sio__parent_pattern(sio__core_t *core, const char *text);
/* A client wants to join a namespace that is not there: the parents are asked, and the client is
 * answered, now or later. 0 or SIO_ENOMEM. */
int sio__parent_ask(sio__client_t *client, const sio__slice_t *name, const sio__slice_t *auth);
/* Nonzero while the client waits for an answer about more names than one may. */
int sio__parent_is_pestered(const sio__client_t *client);
/* The namespace of a name that is not there yet, as child of the first pattern that allows it;
 * NULL if there is none, or out of memory (*rc). */
sio_namespace_t *sio__parent_adopt(sio__core_t *core, const char *name, size_t length, int *rc);
/* A child has no socket, any more or yet: one that has none when the turn ends may be dropped. */
void sio__parent_left(sio_namespace_t *child);
/* The server goes. */
void sio__parent_free_all(sio__core_t *core);

#endif
