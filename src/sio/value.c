#include "sio/value.h"
#include "sio/escape.h"
#include "sio/number.h"
#include <sio/error.h>
#include <string.h>

/* A container that is being written. */
typedef struct {
    const json_t *container;
    union {
        size_t index; /* of the next element */
        void *iter;   /* of the next member */
    } next;
} level_t;

void sio__value_write_real(sio__writer_t *writer, double value) {
    if (sio__writer_need(writer, SIO__NUMBER_ROOM))
        writer->at += sio__number_write((char *) writer->at, value);
}

void sio__value_write_integer(sio__writer_t *writer, int64_t value) {
    uint64_t magnitude = (uint64_t) value;
    if (value < 0) {
        sio__writer_byte(writer, '-');
        magnitude = 0 - magnitude;
    }
    sio__writer_u64(writer, magnitude);
}

static int write_scalar(sio__writer_t *writer, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_STRING:
        return sio__escape_string(writer, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        sio__value_write_integer(writer, json_integer_value(value));
        return 0;
    case JSON_REAL:
        sio__value_write_real(writer, json_real_value(value));
        return 0;
    case JSON_TRUE:
        sio__writer_put(writer, "true", 4);
        return 0;
    case JSON_FALSE:
        sio__writer_put(writer, "false", 5);
        return 0;
    default:
        sio__writer_put(writer, "null", 4);
        return 0;
    }
}

static size_t key_length(void *iter) {
#if JANSSON_VERSION_HEX >= 0x020e00
    return json_object_iter_key_len(iter);
#else
    return strlen(json_object_iter_key(iter));
#endif
}

/* The next member of the container, its comma and key written; *value NULL when it is complete. */
static int next_member(sio__writer_t *writer, level_t *level, const json_t **value) {
    json_t *object = (json_t *) level->container; /* iterating does not change it */
    void *iter = level->next.iter;
    *value = NULL;
    if (json_is_array(object)) {
        *value = json_array_get(object, level->next.index);
        if (*value == NULL)
            sio__writer_byte(writer, ']');
        else if (level->next.index++ > 0)
            sio__writer_byte(writer, ',');
        return 0;
    }
    if (iter == NULL) {
        sio__writer_byte(writer, '}');
        return 0;
    }
    if (iter != json_object_iter(object))
        sio__writer_byte(writer, ',');
    int rc = sio__escape_string(writer, json_object_iter_key(iter), key_length(iter));
    sio__writer_byte(writer, ':');
    *value = json_object_iter_value(iter);
    level->next.iter = json_object_iter_next(object, iter);
    return rc;
}

int sio__value_write(sio__writer_t *writer, const json_t *value) {
    level_t levels[SIO__VALUE_DEPTH];
    size_t depth = 0;
    for (;;) {
        if (!json_is_array(value) && !json_is_object(value)) {
            int rc = write_scalar(writer, value);
            if (rc < 0)
                return rc;
        } else {
            if (depth == SIO__VALUE_DEPTH)
                return SIO_EINVAL;
            level_t *level = &levels[depth++];
            level->container = value;
            if (json_is_array(value))
                level->next.index = 0;
            else
                level->next.iter = json_object_iter((json_t *) value);
            sio__writer_byte(writer, json_is_array(value) ? '[' : '{');
        }
        do {
            if (depth == 0)
                return 0;
            int rc = next_member(writer, &levels[depth - 1], &value);
            if (rc < 0)
                return rc;
            if (value == NULL)
                depth--;
        } while (value == NULL);
    }
}
