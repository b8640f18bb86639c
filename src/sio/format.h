/*
 * The pack letters of sio/verbs.h: arguments written straight out as JSON text. Nothing is
 * allocated, except a list of more binaries than usual.
 */
#ifndef SIO__SIO_FORMAT_H
#define SIO__SIO_FORMAT_H

#include "base/scratch.h"
#include "sio/event.h"
#include <stdarg.h>

enum { SIO__ATTACHMENTS_INLINE = 16 };

/* Binaries met on the way: borrowed until they are copied into messages. */
typedef struct {
    sio__binary_t *list;
    size_t count;
    size_t capacity;
    sio__binary_t few[SIO__ATTACHMENTS_INLINE];
} sio__attachments_t;

void sio__attachments_init(sio__attachments_t *attachments);
void sio__attachments_free(sio__attachments_t *attachments);
/* 0 or SIO_ENOMEM. */
int sio__attachments_add(sio__attachments_t *attachments, const void *data, size_t length);
/* What stands in the text for the binary `num`. */
void sio__placeholder_write(sio__writer_t *writer, size_t num);

/*
 * Writes the values of `format` with commas between them, and before the first too with
 * `filled`. 0, SIO_EINVAL, SIO_EFORMAT, SIO_EUTF8, SIO_ENOMEM; whatever it is, all references
 * that 'o' steals have been released then (after an unknown letter nobody can tell what
 * follows: those behind it are not).
 */
int sio__format_write(sio__writer_t *writer, sio__attachments_t *attachments, const char *format,
                      va_list *list, int filled);
/* Only releases. */
void sio__format_drop(const char *format, va_list *list);

/* An argument received, its binaries among the attachments, its placeholders renumbered. */
int sio__format_argument(sio__writer_t *writer, sio__attachments_t *attachments,
                         const sio_event_t *event, size_t index);

#endif
