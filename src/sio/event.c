#include "sio/event.h"
#include "sio/build.h"
#include "sio/jsontext.h"
#include "sio/namespace.h"
#include "sio/number.h"
#include <sio/error.h>
#include <sio/socket.h>
#include <stdlib.h>
#include <string.h>

typedef struct sio__event_memory_s {
    struct sio__event_memory_s *next;
    _Alignas(max_align_t) unsigned char data[];
} memory_t;

enum { ALIGNMENT = _Alignof(max_align_t) };

static size_t aligned(size_t size) {
    return (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
}

/* --- making ---------------------------------------------------------------------------------- */

/* The name of an event: text of the packet, made plain in place; a number's text as JavaScript
 * makes it. */
static int take_name(sio_event_t *event, char *text, size_t length, int escaped) {
    if (*text == '"') {
        length -= 2;
        if (escaped)
            length = sio__json_unescape(text + 1, text + 1, length, SIO__JSON_MEND_NUL);
        text[1 + length] = '\0';
        event->name = text + 1;
        event->name_length = length;
        return 0;
    }
    char *name = sio__event_alloc(event, SIO__NUMBER_ROOM + 1);
    if (name == NULL)
        return SIO_ENOMEM;
    event->name_length = sio__number_write(name, sio__number_read(text, length));
    name[event->name_length] = '\0';
    event->name = name;
    return 0;
}

/* More arguments than usual: the first of them were noted on decoding, the rest is found again. */
static int take_many(sio_event_t *event, const sio__packet_t *packet, size_t named) {
    sio__json_walk_t walk;
    size_t noted = SIO__JSON_ELEMENTS - named;
    char *text = packet->data.text;
    event->args = NULL;
    if (event->count <= SIZE_MAX / sizeof(*event->args))
        event->args = sio__event_alloc(event, event->count * sizeof(*event->args));
    if (event->args == NULL)
        return SIO_ENOMEM;
    walk.object = 0;
    walk.at = text + packet->json.elements[SIO__JSON_ELEMENTS - 1].end;
    walk.end = text + packet->data.length;
    for (size_t i = noted; i < event->count && sio__json_next(&walk); i++)
        event->args[i] = walk.value;
    return 0;
}

int sio__event_init(sio_event_t *event, sio_socket_t *socket, sio__scratch_t *scratch,
                    const sio__packet_t *packet, const sio__binary_t *binaries,
                    size_t binary_count) {
    int named = packet->type == SIO__EVENT || packet->type == SIO__BINARY_EVENT;
    const sio__json_range_t *elements = packet->json.elements;
    char *text = packet->data.text;
    event->socket = socket;
    event->server_side.nsp = NULL;
    event->scratch = scratch;
    event->name = "";
    event->name_length = 0;
    event->args = event->few;
    event->count = packet->json.count - (unsigned) named;
    event->binaries = binaries;
    event->binary_count = binary_count;
    event->ack_id = named ? packet->id : -1;
    event->acked = 0;
    event->values = NULL;
    event->held = NULL;
    event->refs = 0;
    event->kept = NULL;
    event->memory = NULL;
    event->room_used = 0;

    if (named) {
        int rc = take_name(event, text + elements->start, elements->end - elements->start,
                           packet->json.escaped);
        if (rc < 0)
            return rc;
        elements++;
    }
    size_t noted = event->count;
    if (event->count > SIO__EVENT_INLINE) {
        int rc = take_many(event, packet, (size_t) named);
        if (rc < 0)
            return rc;
        if (noted > (size_t) (SIO__JSON_ELEMENTS - named))
            noted = (size_t) (SIO__JSON_ELEMENTS - named);
    }
    for (size_t i = 0; i < noted; i++) {
        event->args[i].text = text + elements[i].start;
        event->args[i].length = elements[i].end - elements[i].start;
    }
    return 0;
}

void *sio__event_alloc(sio_event_t *event, size_t size) {
    if (event->refs > 0) {
        if (size > SIZE_MAX - sizeof(memory_t))
            return NULL;
        memory_t *memory = malloc(sizeof(*memory) + size);
        if (memory == NULL)
            return NULL;
        memory->next = event->memory;
        event->memory = memory;
        return memory->data;
    }
    if (size <= SIO__EVENT_ROOM - event->room_used) {
        void *data = event->room + event->room_used;
        event->room_used += aligned(size); /* at most all: the room is a multiple */
        return data;
    }
    return sio__scratch_memory(event->scratch, size);
}

int sio__event_hold(sio_event_t *event, json_t *value) {
    if (event->held == NULL)
        event->held = json_array();
    if (event->held == NULL) {
        json_decref(value);
        return SIO_ENOMEM;
    }
    return json_array_append_new(event->held, value) < 0 ? SIO_ENOMEM : 0;
}

static void release_values(sio_event_t *event) {
    for (size_t i = 0; event->values != NULL && i < event->count; i++)
        json_decref(event->values[i]);
    event->values = NULL;
    json_decref(event->held);
    event->held = NULL;
}

void sio__event_end_server_side(sio__server_side_t *from) {
    if (from->done != NULL)
        from->done(from->data);
    sio__namespace_unref(from->nsp);
}

void sio__event_clear(sio_event_t *event) {
    release_values(event);
    if (event->kept != NULL)
        sio_event_unref(event->kept);
    event->kept = NULL;
}

/* --- references ------------------------------------------------------------------------------ */

/* What a referenced copy needs behind its struct (without the room): slices, binaries, name,
 * text, bytes. */
typedef struct {
    size_t args, binaries, name, text, bytes, all;
} layout_t;

static void plan(layout_t *layout, const sio_event_t *event) {
    size_t at = aligned(offsetof(sio_event_t, room));
    layout->args = at;
    if (event->count > SIO__EVENT_INLINE)
        at += event->count * sizeof(sio__slice_t);
    layout->binaries = at;
    at += event->binary_count * sizeof(sio__binary_t);
    layout->name = at;
    at += event->name_length + 1;
    layout->text = at;
    if (event->count > 0) {
        const sio__slice_t *last = &event->args[event->count - 1];
        at += (size_t) (last->text + last->length - event->args[0].text);
    }
    layout->bytes = at;
    for (size_t i = 0; i < event->binary_count; i++)
        at += event->binaries[i].length;
    layout->all = at;
}

static void copy_binaries(sio__binary_t *to, unsigned char *bytes, const sio_event_t *event) {
    for (size_t i = 0; i < event->binary_count; i++) {
        size_t length = event->binaries[i].length;
        if (length > 0)
            memcpy(bytes, event->binaries[i].data, length);
        to[i].data = bytes;
        to[i].length = length;
        bytes += length;
    }
}

static sio_event_t *copy(const sio_event_t *event) {
    layout_t layout;
    plan(&layout, event);
    unsigned char *block = malloc(layout.all > sizeof(*event) ? layout.all : sizeof(*event));
    if (block == NULL)
        return NULL;
    sio_event_t *kept = (sio_event_t *) (void *) block;
    memcpy(kept, event, offsetof(sio_event_t, room_used));
    kept->scratch = NULL;
    kept->values = NULL;
    kept->held = NULL;

    memcpy(block + layout.name, event->name, layout.text - layout.name);
    kept->name = (const char *) block + layout.name;
    kept->args = kept->few;
    if (event->count > SIO__EVENT_INLINE)
        kept->args = (sio__slice_t *) (void *) (block + layout.args);
    if (event->count > 0)
        memcpy(block + layout.text, event->args[0].text, layout.bytes - layout.text);
    for (size_t i = 0; i < event->count; i++) {
        ptrdiff_t offset = event->args[i].text - event->args[0].text;
        kept->args[i].text = (char *) block + layout.text + offset;
        kept->args[i].length = event->args[i].length;
    }
    sio__binary_t *binaries = (sio__binary_t *) (void *) (block + layout.binaries);
    copy_binaries(binaries, block + layout.bytes, event);
    kept->binaries = binaries;
    if (kept->socket != NULL)
        sio_socket_ref(kept->socket);
    return kept;
}

sio_event_t *sio_event_ref(sio_event_t *event) {
    if (event == NULL)
        return NULL;
    event = sio__event_self(event);
    if (event->refs == 0) {
        event->kept = copy(event);
        if (event->kept == NULL)
            return NULL;
        event = event->kept;
        event->refs = 1; /* the dispatcher's, until the handlers have returned */
    }
    event->refs++;
    return event;
}

void sio_event_unref(sio_event_t *event) {
    if (event == NULL)
        return;
    event = sio__event_self(event);
    if (event->refs == 0 || --event->refs > 0)
        return;
    release_values(event);
    while (event->memory != NULL) {
        memory_t *next = event->memory->next;
        free(event->memory);
        event->memory = next;
    }
    if (event->socket != NULL)
        sio_socket_unref(event->socket);
    if (event->server_side.nsp != NULL)
        sio__event_end_server_side(&event->server_side);
    free(event);
}

/* --- asking ---------------------------------------------------------------------------------- */

sio_socket_t *sio_event_socket(const sio_event_t *event) {
    return event->socket;
}

const char *sio_event_name(const sio_event_t *event) {
    return event->name;
}

size_t sio_event_count(const sio_event_t *event) {
    return event->count;
}

json_t *sio_event_arg(sio_event_t *event, size_t index) {
    if (index >= event->count)
        return NULL;
    if (event->values == NULL) {
        json_t **values = sio__event_alloc(event, event->count * sizeof(json_t *));
        if (values == NULL)
            return NULL;
        for (size_t i = 0; i < event->count; i++)
            values[i] = NULL;
        event->values = values;
    }
    if (event->values[index] == NULL)
        event->values[index] = sio__build(event->args[index].text, event->args[index].length);
    return event->values[index];
}

const char *sio_event_raw(const sio_event_t *event, size_t index, size_t *length) {
    if (index >= event->count)
        return NULL;
    *length = event->args[index].length;
    return event->args[index].text;
}

const void *sio_event_binary(const sio_event_t *event, size_t index, size_t *length) {
    const char *after;
    size_t num;
    if (index >= event->count || event->binary_count == 0)
        return NULL;
    const char *text = event->args[index].text;
    if (!sio__json_placeholder(text, text + event->args[index].length, &num, &after))
        return NULL;
    return sio_event_attachment(event, num, length);
}

size_t sio_event_attachments(const sio_event_t *event) {
    return event->binary_count;
}

const void *sio_event_attachment(const sio_event_t *event, size_t num, size_t *length) {
    if (num >= event->binary_count)
        return NULL;
    *length = event->binaries[num].length;
    return event->binaries[num].data != NULL ? (const void *) event->binaries[num].data : "";
}

int sio_event_wants_ack(const sio_event_t *event) {
    const sio_event_t *self = event->kept != NULL ? event->kept : event;
    return self->ack_id >= 0 && !self->acked;
}
