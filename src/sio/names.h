/* Event names that somebody listens to, each kept once, so that listeners compare pointers. */
#ifndef SIO__SIO_NAMES_H
#define SIO__SIO_NAMES_H

#include "base/idmap.h"
#include <stddef.h>
#include <string.h>

typedef struct {
    size_t refs;
    size_t length;
    char text[];
} sio__name_t;

typedef struct {
    sio__idmap_t map;
    sio__name_t *latest; /* that was found: it is often the next, too */
} sio__names_t;

void sio__names_init(sio__names_t *names, const sio__idmap_key_t *key);
/* The name with a reference for the caller; NULL out of memory. */
sio__name_t *sio__names_add(sio__names_t *names, const char *text);
/* NULL: nobody listens to it. */
static inline sio__name_t *sio__names_find(sio__names_t *names, const char *text, size_t length) {
    sio__name_t *latest = names->latest;
    if (latest != NULL && latest->length == length && memcmp(latest->text, text, length) == 0)
        return latest;
    sio__name_t *name = sio__idmap_find(&names->map, text, length);
    if (name != NULL)
        names->latest = name;
    return name;
}
void sio__names_unref(sio__names_t *names, sio__name_t *name);
void sio__names_free(sio__names_t *names);

#endif
