/*
 * Incoming events: the arguments sliced, not parsed. Text is in the loop's read buffer and
 * memory that unpacking needs is in a scratch (the core's arena), until somebody takes a
 * reference: then all is copied into one block of the event's own.
 */
#ifndef SIO__SIO_EVENT_H
#define SIO__SIO_EVENT_H

#include "base/rcbuf.h"
#include "base/scratch.h"
#include "sio/packet.h"
#include <sio/event.h>
#include <sio/parser.h>
#include <stddef.h>

enum { SIO__EVENT_INLINE = 8, SIO__EVENT_ROOM = 512 };

typedef sio_binary_t sio__binary_t;

/* Of an event between servers: where its answer goes; `nsp` NULL: it is none. */
typedef struct {
    sio_namespace_t *nsp; /* a reference; the copy has it once there is one */
    void (*answer)(const sio_packet_t *packet, void *data);
    void (*done)(void *data); /* NULL: no answer is wanted */
    void *data;
} sio__server_side_t;

struct sio_event_s {
    sio_socket_t *socket; /* a reference is held when the event is referenced */
    sio__server_side_t server_side;
    sio__scratch_t *scratch;
    const char *name;    /* NUL-terminated */
    size_t name_length;
    sio__slice_t *args;  /* `count` of them: `few`, or memory of the scratch or the block */
    size_t count;
    const sio__binary_t *binaries;
    size_t binary_count;
    int64_t ack_id;      /* -1: none asked for */
    int acked;
    json_t **values;     /* built on first use, `count` of them; NULL before */
    json_t *held;        /* an array of the values built from inside of arguments, or NULL */
    size_t refs;         /* 0: lives on the dispatcher's stack */
    struct sio_event_s *kept;  /* the referenced copy of a stack event */
    struct sio__event_memory_s *memory; /* blocks of a referenced event */
    sio__slice_t few[SIO__EVENT_INLINE];
    /* The last of all, its place put to other use in the referenced copy: small texts unpack to
     * here, not between the messages in the scratch, which can leave as one extent then. */
    size_t room_used;
    _Alignas(max_align_t) unsigned char room[SIO__EVENT_ROOM];
};

/*
 * Makes an event of a decoded packet of type EVENT or ACK (or their binary forms, placeholders
 * checked). For an EVENT the first element becomes the name: it is unescaped in place and a NUL
 * put behind it (over its closing quote or before), U+0000 in it becomes U+FFFD; a number's
 * text is made as JavaScript does. For an ACK the name is "". 0, SIO_ENOMEM.
 */
int sio__event_init(sio_event_t *event, sio_socket_t *socket, sio__scratch_t *scratch,
                    const sio__packet_t *packet, const sio__binary_t *binaries,
                    size_t binary_count);
/* Where the state of the ack is: the referenced copy, once there is one. */
static inline sio_event_t *sio__event_self(sio_event_t *event) {
    return event->kept ? event->kept : event;
}
/* An event between servers is gone: it gives no answer any more. */
void sio__event_end_server_side(sio__server_side_t *from);
/* Aligned memory that lives as long as the event: its room, the scratch's, or blocks of its
 * own. NULL out of memory. */
void *sio__event_alloc(sio_event_t *event, size_t size);
/* Keeps a value (its reference is stolen) alive as long as the event: 0 or SIO_ENOMEM. */
int sio__event_hold(sio_event_t *event, json_t *value);
/* After the handlers: frees what is not referenced, gives back the dispatcher's hold on a
 * referenced copy. */
void sio__event_clear(sio_event_t *event);
static inline void sio__event_done(sio_event_t *event) {
    if (event->values != NULL || event->held != NULL || event->kept != NULL)
        sio__event_clear(event);
}

#endif
