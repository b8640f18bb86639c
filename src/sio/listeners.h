/*
 * Listeners of a socket or a namespace, without a list of their own: applications register the
 * same functions for each socket, so the sequence of (event, function) is an immutable table
 * that all sockets share which registered alike, found by walking from the empty table. Beside
 * the table an owner keeps the pointers of the application: one if they are all the same, else
 * an array. A table never changes, so a dispatcher may walk it whatever the listeners do.
 */
#ifndef SIO__SIO_LISTENERS_H
#define SIO__SIO_LISTENERS_H

#include "sio/names.h"
#include <stdint.h>

/* Any callback; its kind follows from the name it is registered under. */
typedef void (*sio__function_t)(void);

typedef struct sio__table_s sio__table_t;

/* All zeros: none. */
typedef struct {
    sio__table_t *table;
    union {
        void *one;
        void **many;
    } data;
} sio__listeners_t;

/* The tables of a server. */
typedef struct {
    sio__names_t *names;
    sio__table_t *empty;
} sio__tables_t;

typedef struct {
    sio__function_t function;
    void *data;
    uint8_t once;
} sio__listener_t;

int sio__tables_init(sio__tables_t *tables, sio__names_t *names);
void sio__tables_free(sio__tables_t *tables);

/* 0 or SIO_ENOMEM; unchanged then. */
int sio__listeners_add(sio__tables_t *tables, sio__listeners_t *listeners, const char *name,
                       const sio__listener_t *listener);
/* The same, in front of all others. */
int sio__listeners_prepend(sio__tables_t *tables, sio__listeners_t *listeners, const char *name,
                           const sio__listener_t *listener);
/* `to` is empty: it becomes the same. 0 or SIO_ENOMEM. */
int sio__listeners_copy(sio__listeners_t *to, const sio__listeners_t *from);
/* Removes those under `name` with this function and data, or all of the name with `function`
 * NULL. 0 or SIO_ENOMEM. */
int sio__listeners_remove(sio__tables_t *tables, sio__listeners_t *listeners,
                          const sio__name_t *name,
                          sio__function_t function, const void *data);
void sio__listeners_clear(sio__tables_t *tables, sio__listeners_t *listeners);
/* Writes the first `capacity` listeners of the name, in order; returns how many there are. */
size_t sio__listeners_find(const sio__listeners_t *listeners, const sio__name_t *name,
                           sio__listener_t *found, size_t capacity);
/* The next one of the name, *cursor being 0 at first: nonzero if there is one. */
int sio__listeners_next(const sio__listeners_t *listeners, const sio__name_t *name,
                        uint32_t *cursor, sio__listener_t *found);
/* How many there are, of all names. */
uint32_t sio__listeners_count(const sio__listeners_t *listeners);
/* Nonzero if it is (still) there. */
int sio__listeners_has(const sio__listeners_t *listeners, const sio__name_t *name,
                       const sio__listener_t *listener);

#endif
