/*
 * sio_event_unpack: the letters of json_unpack over sliced text. What is found is noted first and stored when all has been found, so
 * that outputs stay untouched on failure.
 */
#include "sio/build.h"
#include "sio/event.h"
#include "sio/jsontext.h"
#include "sio/number.h"
#include <limits.h>
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { STORES_INLINE = 16, FORMAT_DEPTH = 64, NO_INDEX = -1 };

/* Something found, and where it goes. */
typedef struct {
    enum { STORE_POINTER, STORE_SIZE, STORE_INT, STORE_INTEGER, STORE_DOUBLE, STORE_JSON } kind;
    int reference; /* a new one of the value goes out */
    void *to;
    union {
        const void *pointer;
        size_t size;
        int number;
        json_int_t integer;
        double real;
        json_t *json;
    } value;
} store_t;

typedef struct {
    sio_event_t *event;
    const char *at;
    va_list *list;
    size_t depth;
    size_t count;
    store_t *stores;
    store_t few[STORES_INLINE];
} unpack_t;

/* What a letter is applied to. */
typedef struct {
    enum { PRESENT, MISSING, IGNORED } state; /* ignored: part of an optional member that is not there */
    sio__slice_t text;
    ptrdiff_t index; /* of an argument, or NO_INDEX */
} target_t;

static int unpack_target(unpack_t *unpack, char letter, target_t *target);

static char next(unpack_t *unpack) {
    while (*unpack->at == ' ' || *unpack->at == '\t' || *unpack->at == '\n' || *unpack->at == ',' ||
           *unpack->at == ':')
        unpack->at++;
    return *unpack->at == '\0' ? '\0' : *unpack->at++;
}

static int accept(unpack_t *unpack, char letter) {
    if (next(unpack) == letter)
        return 1;
    if (unpack->at[0] != '\0' || unpack->at[-1] != '\0')
        unpack->at--;
    return 0;
}
