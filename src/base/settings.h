/*
 * The names by which sio_options_set knows the options: a field, what its text means, and how the
 * same thing is called elsewhere.
 */
#ifndef SIO__BASE_SETTINGS_H
#define SIO__BASE_SETTINGS_H

#include <sio/options.h>

typedef enum {
    SIO__SETTING_TEXT,
    SIO__SETTING_FLAG,    /* int */
    SIO__SETTING_NOT,     /* int, the name says the opposite */
    SIO__SETTING_NUMBER,  /* uint32_t */
    SIO__SETTING_SIZE,    /* size_t */
    SIO__SETTING_INTEGER, /* int, may be negative */
    SIO__SETTING_SECONDS, /* uint32_t of milliseconds, given in seconds */
    SIO__SETTING_LEVEL,   /* sio_log_level_t */
    SIO__SETTING_ORIGIN_CHECK, /* sio_origin_check_t */
    SIO__SETTING_SPECIAL  /* see below */
} sio__setting_kind_t;

typedef enum {
    SIO__SETTING_TRANSPORTS, /* of all generations */
    SIO__SETTING_ORIGINS,    /* as 0.9 wrote them */
    SIO__SETTING_CORS,       /* off, or a list of origins */
    SIO__SETTING_COOKIE,     /* off, on, or its name */
    SIO__SETTING_RECOVERY,   /* off or on */
    SIO__SETTING_INTERVAL,   /* between heartbeats, of all generations, in seconds */
    SIO__SETTING_TIMEOUT     /* of heartbeats, likewise */
} sio__setting_special_t;

/* What the field is in. */
typedef enum {
    SIO__SETTING_IN_OPTIONS,
    SIO__SETTING_IN_CORS,
    SIO__SETTING_IN_COOKIE,
    SIO__SETTING_IN_RECOVERY
} sio__setting_place_t;

typedef struct sio__setting_s {
    const char *name;
    sio__setting_kind_t kind;
    sio__setting_place_t place;
    size_t offset;
    sio__setting_special_t special; /* SPECIAL */
} sio__setting_t;

/* The setting of that name; case, blanks, - and _ do not matter. NULL: none. */
const sio__setting_t *sio__setting_find(const char *name);
/* The one whose name looks most like it. */
const sio__setting_t *sio__setting_nearest(const char *name);
/* All of them, one after the other from NULL on; NULL after the last. */
const sio__setting_t *sio__setting_next(const sio__setting_t *setting);

#endif
