/*
 * sio_event_unpack: the letters of json_unpack over sliced text. What is found is noted first
 * and stored when all has been found, so that outputs stay untouched on failure.
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

typedef enum {
    STORE_POINTER,
    STORE_SIZE,
    STORE_INT,
    STORE_INTEGER,
    STORE_DOUBLE,
    STORE_JSON
} store_kind_t;

/* Something found, and where it goes. */
typedef struct {
    store_kind_t kind;
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

/* Ignored: part of an optional member that is not there. */
typedef enum { PRESENT, MISSING, IGNORED } state_t;

/* What a letter is applied to. */
typedef struct {
    state_t state;
    sio__slice_t text;
    ptrdiff_t index; /* of an argument, or NO_INDEX */
} target_t;

static int unpack_target(unpack_t *unpack, char letter, target_t *target);

static void skip_blanks(unpack_t *unpack) {
    /* None of the letters is below ':'. */
    while (*unpack->at <= ':' && (*unpack->at == ' ' || *unpack->at == '\t' ||
                                  *unpack->at == '\n' || *unpack->at == ',' || *unpack->at == ':'))
        unpack->at++;
}

/* The next letter, 0 at the end. */
static char next(unpack_t *unpack) {
    skip_blanks(unpack);
    return *unpack->at == '\0' ? '\0' : *unpack->at++;
}

/* Takes the next letter if it is this one. */
static int accept(unpack_t *unpack, char letter) {
    skip_blanks(unpack);
    if (*unpack->at != letter)
        return 0;
    unpack->at++;
    return 1;
}

/* There is room: a letter stores two things at most. */
static store_t *note(unpack_t *unpack, store_kind_t kind, void *to) {
    store_t *store = &unpack->stores[unpack->count++];
    store->kind = kind;
    store->reference = 0;
    store->to = to;
    return store;
}

/* --- letters --------------------------------------------------------------------------------- */

/* Behind a letter: may it be null? Then null and nothing at all are passed over. SIO_ENOENT if
 * there must be something. */
static int settle(target_t *target, int nullable) {
    if (nullable && target->state == PRESENT && *target->text.text == 'n')
        target->state = IGNORED;
    if (target->state == MISSING && nullable)
        target->state = IGNORED;
    return target->state == MISSING ? SIO_ENOENT : 0;
}

static int unpack_text(unpack_t *unpack, target_t *target) {
    void *to = va_arg(*unpack->list, const char **), *to_length = NULL;
    int nullable = accept(unpack, '?');
    if (accept(unpack, '%'))
        to_length = va_arg(*unpack->list, size_t *);
    int rc = settle(target, accept(unpack, '?') || nullable);
    if (rc < 0 || target->state == IGNORED)
        return rc;
    const sio__slice_t *text = &target->text;
    if (*text->text != '"')
        return SIO_ETYPE;
    char *plain = sio__event_alloc(unpack->event, text->length - 1);
    if (plain == NULL)
        return SIO_ENOMEM;
    size_t length = sio__json_unescape(plain, text->text + 1, text->length - 2, SIO__JSON_KEEP_NUL);
    plain[length] = '\0';
    /* A NUL can only come of an escape, which is longer than what it stands for. */
    if (to_length == NULL && length != text->length - 2 && memchr(plain, '\0', length) != NULL)
        return SIO_ETYPE;
    note(unpack, STORE_POINTER, to)->value.pointer = plain;
    if (to_length != NULL)
        note(unpack, STORE_SIZE, to_length)->value.size = length;
    return 0;
}

static int unpack_raw(unpack_t *unpack, target_t *target) {
    void *to = va_arg(*unpack->list, const char **);
    void *to_length = va_arg(*unpack->list, size_t *);
    int rc = settle(target, accept(unpack, '?'));
    if (rc < 0 || target->state == IGNORED)
        return rc;
    note(unpack, STORE_POINTER, to)->value.pointer = target->text.text;
    note(unpack, STORE_SIZE, to_length)->value.size = target->text.length;
    return 0;
}

static int unpack_binary(unpack_t *unpack, target_t *target) {
    void *to = va_arg(*unpack->list, const void **);
    void *to_length = va_arg(*unpack->list, size_t *);
    const char *text = target->text.text, *after;
    size_t num, length = 0;
    int rc = settle(target, accept(unpack, '?'));
    if (rc < 0 || target->state == IGNORED)
        return rc;
    const void *data = NULL;
    if (sio__json_placeholder(text, text + target->text.length, &num, &after))
        data = sio_event_attachment(unpack->event, num, &length);
    if (data == NULL)
        return SIO_ETYPE;
    note(unpack, STORE_POINTER, to)->value.pointer = data;
    note(unpack, STORE_SIZE, to_length)->value.size = length;
    return 0;
}

static int unpack_bool(unpack_t *unpack, target_t *target) {
    void *to = va_arg(*unpack->list, int *);
    int rc = settle(target, accept(unpack, '?'));
    if (rc < 0 || target->state == IGNORED)
        return rc;
    if (*target->text.text != 't' && *target->text.text != 'f')
        return SIO_ETYPE;
    note(unpack, STORE_INT, to)->value.number = *target->text.text == 't';
    return 0;
}

static int unpack_number(unpack_t *unpack, char letter, target_t *target) {
    void *to;
    int64_t value;
    if (letter == 'i')
        to = va_arg(*unpack->list, int *);
    else if (letter == 'I')
        to = va_arg(*unpack->list, json_int_t *);
    else
        to = va_arg(*unpack->list, double *);
    int rc = settle(target, accept(unpack, '?'));
    if (rc < 0 || target->state == IGNORED)
        return rc;
    if (sio__json_kind(target->text.text) != SIO__JSON_NUMBER)
        return SIO_ETYPE;
    if (letter == 'f' || letter == 'F') {
        note(unpack, STORE_DOUBLE, to)->value.real =
            sio__number_read(target->text.text, target->text.length);
        return 0;
    }
    rc = sio__number_read_int(target->text.text, target->text.length, &value);
    if (rc < 0)
        return rc;
    if (letter == 'I') {
        note(unpack, STORE_INTEGER, to)->value.integer = value;
        return 0;
    }
    if (value < INT_MIN || value > INT_MAX)
        return SIO_ERANGE;
    note(unpack, STORE_INT, to)->value.number = (int) value;
    return 0;
}

static int unpack_json(unpack_t *unpack, char letter, target_t *target) {
    void *to = va_arg(*unpack->list, json_t **);
    int rc = settle(target, accept(unpack, '?'));
    if (rc < 0 || target->state == IGNORED)
        return rc;
    json_t *json;
    if (target->index != NO_INDEX) {
        json = sio_event_arg(unpack->event, (size_t) target->index);
    } else {
        json = sio__build(target->text.text, target->text.length);
        if (json != NULL && sio__event_hold(unpack->event, json) < 0)
            return SIO_ENOMEM;
    }
    if (json == NULL)
        return SIO_ENOMEM;
    store_t *store = note(unpack, STORE_JSON, to);
    store->value.json = json;
    store->reference = letter == 'O';
    return 0;
}

static int unpack_null(unpack_t *unpack, target_t *target) {
    int rc = settle(target, accept(unpack, '?'));
    if (rc == 0 && target->state == PRESENT && *target->text.text != 'n')
        return SIO_ETYPE;
    return rc;
}

/* --- containers ------------------------------------------------------------------------------ */

/* The member of an object with this key, the last of them; how many there are is added to
 * *found. */
static int find_member(const sio__slice_t *object, const char *key, sio__slice_t *member,
                       size_t *found) {
    sio__json_walk_t walk;
    size_t length = strlen(key), before = *found;
    sio__json_walk(&walk, object->text, object->text + object->length);
    while (sio__json_next(&walk)) {
        if (sio__json_equal(walk.key.text, walk.key.length, key, length)) {
            *member = walk.value;
            ++*found;
        }
    }
    return *found > before;
}

static size_t count_members(const sio__slice_t *container) {
    sio__json_walk_t walk;
    size_t count = 0;
    sio__json_walk(&walk, container->text, container->text + container->length);
    while (sio__json_next(&walk))
        count++;
    return count;
}

/* At the end of a container, its bracket read: '!' before it asks that nothing is left over. */
static int close_container(const target_t *target, int strict, size_t found) {
    return strict && target->state == PRESENT && count_members(&target->text) != found ? SIO_ETYPE
                                                                                      : 0;
}

static int unpack_object(unpack_t *unpack, const target_t *target) {
    size_t found = 0;
    for (;;) {
        char letter = next(unpack);
        if (letter == '!' || letter == '*')
            return accept(unpack, '}') ? close_container(target, letter == '!', found)
                                       : SIO_EFORMAT;
        if (letter == '}')
            return 0;
        if (letter != 's')
            return SIO_EFORMAT;
        const char *key = va_arg(*unpack->list, const char *);
        int may_miss = accept(unpack, '?');
        target_t member = {IGNORED, {NULL, 0}, NO_INDEX};
        if (key == NULL)
            return SIO_EINVAL;
        if (target->state == PRESENT) {
            if (find_member(&target->text, key, &member.text, &found))
                member.state = PRESENT;
            else if (!may_miss)
                return SIO_ENOENT;
        }
        int rc = unpack_target(unpack, next(unpack), &member);
        if (rc < 0)
            return rc;
    }
}

static int unpack_array(unpack_t *unpack, const target_t *target) {
    sio__json_walk_t walk;
    size_t found = 0;
    if (target->state == PRESENT)
        sio__json_walk(&walk, target->text.text, target->text.text + target->text.length);
    for (;;) {
        char letter = next(unpack);
        if (letter == '!' || letter == '*')
            return accept(unpack, ']') ? close_container(target, letter == '!', found)
                                       : SIO_EFORMAT;
        if (letter == ']')
            return 0;
        target_t element = {IGNORED, {NULL, 0}, NO_INDEX};
        if (target->state == PRESENT) {
            element.state = sio__json_next(&walk) ? PRESENT : MISSING;
            if (element.state == PRESENT) {
                element.text = walk.value;
                found++;
            }
        }
        int rc = unpack_target(unpack, letter, &element);
        if (rc < 0)
            return rc;
    }
}

/* The format decides the depth of this recursion, not what was received. */
static int unpack_container(unpack_t *unpack, char letter, target_t *target) {
    int rc = settle(target, 0);
    if (rc < 0)
        return rc;
    if (unpack->depth == FORMAT_DEPTH)
        return SIO_EFORMAT;
    if (target->state == PRESENT && *target->text.text != letter)
        return SIO_ETYPE;
    unpack->depth++;
    rc = letter == '{' ? unpack_object(unpack, target) : unpack_array(unpack, target);
    unpack->depth--;
    return rc;
}

static int unpack_target(unpack_t *unpack, char letter, target_t *target) {
    switch (letter) {
    case 's': return unpack_text(unpack, target);
    case 'r': return unpack_raw(unpack, target);
    case 'B': return unpack_binary(unpack, target);
    case 'b': return unpack_bool(unpack, target);
    case 'i': case 'I': case 'f': case 'F': return unpack_number(unpack, letter, target);
    case 'o': case 'O': return unpack_json(unpack, letter, target);
    case 'n': return unpack_null(unpack, target);
    case '{': case '[': return unpack_container(unpack, letter, target);
    default: return SIO_EFORMAT;
    }
}

static int unpack_arguments(unpack_t *unpack) {
    sio_event_t *event = unpack->event;
    char letter;
    for (size_t i = 0; (letter = next(unpack)) != '\0'; i++) {
        if (letter == '!' || letter == '*') {
            if (next(unpack) != '\0')
                return SIO_EFORMAT;
            return letter == '!' && event->count > i ? SIO_ETYPE : 0;
        }
        target_t target = {MISSING, {NULL, 0}, NO_INDEX};
        if (i < event->count) {
            target.state = PRESENT;
            target.text = event->args[i];
            target.index = (ptrdiff_t) i;
        }
        int rc = unpack_target(unpack, letter, &target);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* --- storing --------------------------------------------------------------------------------- */

/* By memcpy: the outputs are of several pointer types. */
static void store_all(const unpack_t *unpack) {
    for (size_t i = 0; i < unpack->count; i++) {
        const store_t *store = &unpack->stores[i];
        switch (store->kind) {
        case STORE_POINTER: memcpy(store->to, &store->value.pointer, sizeof(void *)); break;
        case STORE_SIZE: memcpy(store->to, &store->value.size, sizeof(size_t)); break;
        case STORE_INT: memcpy(store->to, &store->value.number, sizeof(int)); break;
        case STORE_INTEGER: memcpy(store->to, &store->value.integer, sizeof(json_int_t)); break;
        case STORE_DOUBLE: memcpy(store->to, &store->value.real, sizeof(double)); break;
        default:
            memcpy(store->to, &store->value.json, sizeof(json_t *));
            if (store->reference)
                json_incref(store->value.json);
            break;
        }
    }
}

int sio_event_vunpack(sio_event_t *event, const char *format, va_list args) {
    unpack_t unpack;
    va_list list;
    if (event == NULL || format == NULL)
        return SIO_EINVAL;
    unpack.event = event;
    unpack.at = format;
    unpack.list = &list;
    unpack.depth = 0;
    unpack.count = 0;
    unpack.stores = unpack.few;
    size_t letters = strlen(format);
    if (letters > STORES_INLINE / 2) {
        if (letters > SIZE_MAX / (2 * sizeof(store_t)))
            return SIO_ENOMEM;
        unpack.stores = malloc(letters * 2 * sizeof(store_t));
        if (unpack.stores == NULL)
            return SIO_ENOMEM;
    }
    va_copy(list, args);
    int rc = unpack_arguments(&unpack);
    va_end(list);
    if (rc == 0)
        store_all(&unpack);
    if (unpack.stores != unpack.few)
        free(unpack.stores);
    return rc;
}

int sio_event_unpack(sio_event_t *event, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int rc = sio_event_vunpack(event, format, args);
    va_end(args);
    return rc;
}
