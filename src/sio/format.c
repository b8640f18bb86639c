#include "sio/format.h"
#include "sio/escape.h"
#include "sio/jsontext.h"
#include "sio/value.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_DEPTH = 63 };

typedef struct {
    sio__writer_t *writer;
    sio__attachments_t *attachments;
    const char *at;
    va_list *list;
    unsigned depth;
    uint64_t objects; /* a bit for each level: it is an object */
    uint64_t filled;  /* the next element needs a comma */
} pack_t;

/* --- attachments ----------------------------------------------------------------------------- */

void sio__attachments_init(sio__attachments_t *attachments) {
    attachments->list = attachments->few;
    attachments->count = 0;
    attachments->capacity = SIO__ATTACHMENTS_INLINE;
}

void sio__attachments_free(sio__attachments_t *attachments) {
    if (attachments->list != attachments->few)
        free(attachments->list);
}

int sio__attachments_add(sio__attachments_t *attachments, const void *data, size_t length) {
    if (attachments->count == attachments->capacity) {
        size_t capacity = attachments->capacity * 2;
        int few = attachments->list == attachments->few;
        if (capacity > SIZE_MAX / sizeof(sio__binary_t))
            return SIO_ENOMEM;
        sio__binary_t *list = realloc(few ? NULL : attachments->list, capacity * sizeof(*list));
        if (list == NULL)
            return SIO_ENOMEM;
        if (few)
            memcpy(list, attachments->few, sizeof(attachments->few));
        attachments->list = list;
        attachments->capacity = capacity;
    }
    attachments->list[attachments->count].data = data;
    attachments->list[attachments->count++].length = length;
    return 0;
}

void sio__placeholder_write(sio__writer_t *writer, size_t num) {
    static const char text[] = "{\"_placeholder\":true,\"num\":";
    sio__writer_put(writer, text, sizeof(text) - 1);
    sio__writer_u64(writer, num);
    sio__writer_byte(writer, '}');
}

/* The number of a received binary among those that go out: one number, however often it is
 * named. */
static int forward(sio__attachments_t *attachments, const sio__binary_t *binary, size_t *num) {
    for (size_t i = 0; i < attachments->count; i++) {
        if (attachments->list[i].data == binary->data &&
            attachments->list[i].length == binary->length) {
            *num = i;
            return 0;
        }
    }
    *num = attachments->count;
    return sio__attachments_add(attachments, binary->data, binary->length);
}

int sio__format_argument(sio__writer_t *writer, sio__attachments_t *attachments,
                         const sio_event_t *event, size_t index) {
    const char *at = event->args[index].text, *end = at + event->args[index].length;
    const char *done = at; /* written up to here */
    while (event->binary_count > 0 && at < end) {
        const char *start = at;
        size_t num;
        if (*at == '"') {
            at = sio__json_quote(at, end) + 1;
        } else if (*at == '{' && sio__json_placeholder(at, end, &num, &at)) {
            if (num >= event->binary_count)
                return SIO_EINVAL;
            int rc = forward(attachments, &event->binaries[num], &num);
            if (rc < 0)
                return rc;
            sio__writer_put(writer, done, (size_t) (start - done));
            sio__placeholder_write(writer, num);
            done = at;
        } else {
            at++;
        }
    }
    sio__writer_put(writer, done, (size_t) (end - done));
    return 0;
}

/* --- letters --------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *at) {
    /* None of the letters is below ':'. */
    while (*at <= ':' && (*at == ' ' || *at == '\t' || *at == '\n' || *at == ',' || *at == ':'))
        at++;
    return at;
}

/* The next letter, 0 at the end. */
static char next(pack_t *pack) {
    pack->at = skip_blanks(pack->at);
    return *pack->at == '\0' ? '\0' : *pack->at++;
}

/* Takes the next letter if it is this one. */
static int accept(pack_t *pack, char letter) {
    pack->at = skip_blanks(pack->at);
    if (*pack->at != letter)
        return 0;
    pack->at++;
    return 1;
}

/* A '?' or '*' behind a letter, or 0. */
static char optional(pack_t *pack) {
    return accept(pack, '?') ? '?' : accept(pack, '*') ? '*' : 0;
}

/* One piece of text with its length, if the format gives it. */
static int take_text(pack_t *pack, const char **text, size_t *length) {
    int number = 0;
    *text = va_arg(*pack->list, const char *);
    *length = 0;
    if (accept(pack, '#')) {
        number = va_arg(*pack->list, int);
        *length = number > 0 ? (size_t) number : 0;
    } else if (accept(pack, '%')) {
        *length = va_arg(*pack->list, size_t);
    } else if (*text != NULL) {
        *length = strlen(*text);
    }
    return number < 0 ? SIO_EINVAL : 0;
}

/* NULL for a value: null, nothing at all (1), or an error. */
static int write_nothing(pack_t *pack, char mode) {
    if (mode == '*')
        return 1;
    if (mode != '?')
        return SIO_EINVAL;
    sio__writer_put(pack->writer, "null", 4);
    return 0;
}

static int write_text(pack_t *pack, char mode) {
    sio__escape_t escape;
    const char *text;
    size_t length;
    int rc = take_text(pack, &text, &length);
    if (rc < 0)
        return rc;
    if (text == NULL)
        return skip_blanks(pack->at)[0] == '+' ? SIO_EINVAL : write_nothing(pack, mode);
    sio__escape_begin(pack->writer, &escape);
    sio__escape_put(pack->writer, &escape, text, length);
    while (accept(pack, '+')) {
        rc = take_text(pack, &text, &length);
        if (rc < 0 || text == NULL)
            return SIO_EINVAL;
        sio__escape_put(pack->writer, &escape, text, length);
    }
    return sio__escape_end(pack->writer, &escape);
}

static int write_json(pack_t *pack, int steal) {
    json_t *value = va_arg(*pack->list, json_t *);
    char mode = optional(pack);
    if (value == NULL)
        return write_nothing(pack, mode);
    int rc = sio__value_write(pack->writer, value);
    if (steal)
        json_decref(value);
    return rc;
}

static int write_binary(pack_t *pack) {
    const void *data = va_arg(*pack->list, const void *);
    size_t length = va_arg(*pack->list, size_t);
    if (data == NULL && length > 0)
        return SIO_EINVAL;
    sio__placeholder_write(pack->writer, pack->attachments->count);
    return sio__attachments_add(pack->attachments, data, length);
}

static int write_raw(pack_t *pack) {
    const char *text = va_arg(*pack->list, const char *);
    size_t length = va_arg(*pack->list, size_t);
    if (text == NULL || length == 0)
        return SIO_EINVAL;
    sio__writer_put(pack->writer, text, length);
    return 0;
}

static int write_argument(pack_t *pack) {
    const sio_event_t *event = va_arg(*pack->list, const sio_event_t *);
    int index = va_arg(*pack->list, int);
    if (event == NULL || index < 0 || (size_t) index >= event->count)
        return SIO_EINVAL;
    return sio__format_argument(pack->writer, pack->attachments, event, (size_t) index);
}

static int open_container(pack_t *pack, char bracket) {
    if (pack->depth == FORMAT_DEPTH)
        return SIO_EFORMAT;
    uint64_t bit = UINT64_C(1) << ++pack->depth;
    pack->filled &= ~bit;
    pack->objects &= ~bit;
    if (bracket == '{')
        pack->objects |= bit;
    sio__writer_byte(pack->writer, bracket);
    return 0;
}

static int close_container(pack_t *pack, char bracket) {
    int object = (pack->objects >> pack->depth & 1) != 0;
    if (pack->depth == 0 || bracket != (object ? '}' : ']'))
        return SIO_EFORMAT;
    pack->depth--;
    sio__writer_byte(pack->writer, bracket);
    return 0;
}

/* One value: 0, 1 if it was left out, an error. */
static int write_value(pack_t *pack, char letter) {
    switch (letter) {
    case 's':
        return write_text(pack, optional(pack));
    case 'n':
        sio__writer_put(pack->writer, "null", 4);
        return 0;
    case 'b':
        if (va_arg(*pack->list, int))
            sio__writer_put(pack->writer, "true", 4);
        else
            sio__writer_put(pack->writer, "false", 5);
        return 0;
    case 'i':
        sio__value_write_integer(pack->writer, va_arg(*pack->list, int));
        return 0;
    case 'I':
        sio__value_write_integer(pack->writer, va_arg(*pack->list, json_int_t));
        return 0;
    case 'f':
        sio__value_write_real(pack->writer, va_arg(*pack->list, double));
        return 0;
    case 'o':
    case 'O':
        return write_json(pack, letter == 'o');
    case 'B':
        return write_binary(pack);
    case 'r':
        return write_raw(pack);
    case 'a':
        return write_argument(pack);
    case '{':
    case '[':
        return open_container(pack, letter);
    default:
        pack->at--; /* where sio__format_drop must stop, too */
        return SIO_EFORMAT;
    }
}

/* One element of the innermost container: comma, key and value. */
static int write_element(pack_t *pack, char letter) {
    uint64_t bit = UINT64_C(1) << pack->depth;
    size_t mark = (size_t) (pack->writer->at - pack->writer->start);
    if (pack->filled & bit)
        sio__writer_byte(pack->writer, ',');
    if (pack->objects & bit) {
        if (letter != 's') {
            pack->at--;
            return SIO_EFORMAT;
        }
        int rc = write_text(pack, 0);
        if (rc < 0)
            return rc;
        sio__writer_byte(pack->writer, ':');
        letter = next(pack);
        if (letter == '\0')
            return SIO_EFORMAT;
    }
    int rc = write_value(pack, letter);
    if (rc == 0)
        pack->filled |= bit;
    else if (rc == 1 && !pack->writer->failed)
        pack->writer->at = pack->writer->start + mark;
    return rc;
}

int sio__format_write(sio__writer_t *writer, sio__attachments_t *attachments, const char *format,
                      va_list *list, int filled) {
    pack_t pack = {writer, attachments, format, list, 0, 0, filled ? 1 : 0};
    char letter;
    int rc = 0;
    while (rc >= 0 && (letter = next(&pack)) != '\0') {
        if (letter == ']' || letter == '}')
            rc = close_container(&pack, letter);
        else
            rc = write_element(&pack, letter);
    }
    if (rc >= 0 && pack.depth > 0)
        rc = SIO_EFORMAT;
    if (rc < 0)
        sio__format_drop(pack.at, list);
    return rc < 0 ? rc : 0;
}

void sio__format_drop(const char *format, va_list *list) {
    for (; *format != '\0'; format++) {
        switch (*format) {
        case 's': case '+':
            (void) va_arg(*list, const char *);
            break;
        case '#': case 'b': case 'i':
            (void) va_arg(*list, int);
            break;
        case '%':
            (void) va_arg(*list, size_t);
            break;
        case 'I':
            (void) va_arg(*list, json_int_t);
            break;
        case 'f':
            (void) va_arg(*list, double);
            break;
        case 'o':
            json_decref(va_arg(*list, json_t *));
            break;
        case 'O':
            (void) va_arg(*list, json_t *);
            break;
        case 'B': case 'r':
            (void) va_arg(*list, const void *);
            (void) va_arg(*list, size_t);
            break;
        case 'a':
            (void) va_arg(*list, const sio_event_t *);
            (void) va_arg(*list, int);
            break;
        case 'n': case '{': case '}': case '[': case ']': case '?': case '*':
        case ' ': case '\t': case '\n': case ',': case ':':
            break;
        default:
            return;
        }
    }
}
