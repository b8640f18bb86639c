/*
 * MessagePack to JSON text, in one pass and without a tree. msgpack-c's own unpacker makes room for
 * what a head declares before it has come, and gives up below 32 levels.
 */
#include "base/utf8.h"
#include "sio/escape.h"
#include "sio/msgpack.h"
#include "sio/value.h"
#include <math.h>
#include <sio/error.h>
#include <stdio.h>
#include <string.h>

typedef enum {
    NIL,
    FALSEHOOD,
    TRUTH,
    NATURAL,  /* 0 and above */
    NEGATIVE, /* below 0 */
    REAL,
    TEXT,
    BYTES, /* bin; ext 0, an ArrayBuffer */
    ARRAY,
    MAP,
    EXT,
    UNDEFINED, /* fixext 1 of type 0 */
    DATE       /* fixext 8 of type 0 */
} kind_t;

typedef struct {
    kind_t kind;
    uint64_t number; /* NATURAL; NEGATIVE and DATE: two's complement; ARRAY, MAP: the elements */
    double real;
    const unsigned char *bytes; /* TEXT, BYTES, EXT */
    size_t length;
    int type; /* EXT */
} token_t;

typedef struct {
    const unsigned char *at, *end;
    sio__writer_t writer;
    sio__attachments_t *binaries;
    uint32_t depth; /* levels that a value may have */
    const char *why;
} reader_t;

/* An array or map that is being read. */
typedef struct {
    uint32_t left; /* elements */
    uint8_t map;
    uint8_t filled; /* the next one needs a comma */
} level_t;

static int refuse(reader_t *reader, const char *why) {
    reader->why = why;
    return SIO_EPROTO;
}

/* --- tokens ------------------------------------------------------------------------------- */

/* A number of so many bytes, most significant first. */
static int take_number(reader_t *reader, size_t size, uint64_t *number) {
    if ((size_t) (reader->end - reader->at) < size)
        return refuse(reader, "message ends within a value");
    *number = 0;
    while (size-- > 0)
        *number = *number << 8 | *reader->at++;
    return 0;
}

static int take_bytes(reader_t *reader, kind_t kind, uint64_t length, token_t *token) {
    if (length > (size_t) (reader->end - reader->at))
        return refuse(reader, "value longer than the message");
    token->kind = kind;
    token->bytes = reader->at;
    token->length = (size_t) length;
    reader->at += length;
    return 0;
}

/* Each element takes a byte at least: a head that declares more than there is, is found out. */
static int take_container(reader_t *reader, kind_t kind, uint64_t count, token_t *token) {
    if (count > (size_t) (reader->end - reader->at) / (kind == MAP ? 2 : 1))
        return refuse(reader, "more elements than the message holds");
    token->kind = kind;
    token->number = count;
    return 0;
}

static int take_ext(reader_t *reader, uint64_t length, int fixed, token_t *token) {
    uint64_t type;
    int rc = take_number(reader, 1, &type);
    if (rc < 0)
        return rc;
    token->type = (int) type - (type > 127 ? 256 : 0);
    if (!fixed || type != 0 || (length != 1 && length != 8))
        return take_bytes(reader, !fixed && type == 0 ? BYTES : EXT, length, token);
    token->kind = length == 1 ? UNDEFINED : DATE;
    return take_number(reader, (size_t) length, &token->number);
}

static int take_real(reader_t *reader, size_t size, token_t *token) {
    uint64_t number;
    int rc = take_number(reader, size, &number);
    if (rc < 0)
        return rc;
    token->kind = REAL;
    if (size == sizeof(token->real)) {
        memcpy(&token->real, &number, sizeof(token->real));
    } else {
        const uint32_t half = (uint32_t) number;
        float single;
        memcpy(&single, &half, sizeof(single));
        token->real = (double) single;
    }
    return 0;
}

static int take_integer(reader_t *reader, size_t size, int is_signed, token_t *token) {
    uint64_t number, sign = UINT64_C(1) << (8 * size - 1);
    int rc = take_number(reader, size, &number);
    if (rc < 0)
        return rc;
    int negative = is_signed && (number & sign) != 0;
    token->kind = negative ? NEGATIVE : NATURAL;
    token->number = negative ? (number ^ sign) - sign : number;
    return 0;
}

/* What a head of more than one byte says. */
static int take_long(reader_t *reader, unsigned head, token_t *token) {
    uint64_t length;
    switch (head) {
    case 0xca: case 0xcb:
        return take_real(reader, head == 0xca ? 4 : 8, token);
    case 0xcc: case 0xcd: case 0xce: case 0xcf:
        return take_integer(reader, (size_t) 1 << (head - 0xcc), 0, token);
    case 0xd0: case 0xd1: case 0xd2: case 0xd3:
        return take_integer(reader, (size_t) 1 << (head - 0xd0), 1, token);
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
        return take_ext(reader, UINT64_C(1) << (head - 0xd4), 1, token);
    default:
        break;
    }
    /* bin, ext, str: 1, 2, 4 bytes of length; array, map: 2, 4. */
    size_t size = head >= 0xdc   ? (size_t) 2 << (head & 1)
                  : head >= 0xd9 ? (size_t) 1 << (head - 0xd9)
                  : head >= 0xc7 ? (size_t) 1 << (head - 0xc7)
                                 : (size_t) 1 << (head - 0xc4);
    int rc = take_number(reader, size, &length);
    if (rc < 0)
        return rc;
    if (head >= 0xdc)
        return take_container(reader, head >= 0xde ? MAP : ARRAY, length, token);
    if (head >= 0xd9)
        return take_bytes(reader, TEXT, length, token);
    return head >= 0xc7 ? take_ext(reader, length, 0, token)
                        : take_bytes(reader, BYTES, length, token);
}

static int take(reader_t *reader, token_t *token) {
    if (reader->at == reader->end)
        return refuse(reader, "message ends within a value");
    unsigned head = *reader->at++;
    if (head < 0x80 || head >= 0xe0) {
        token->kind = head < 0x80 ? NATURAL : NEGATIVE;
        token->number = head < 0x80 ? head : (uint64_t) head - 256;
        return 0;
    }
    if (head < 0xa0)
        return take_container(reader, head < 0x90 ? MAP : ARRAY, head & 0x0f, token);
    if (head < 0xc0)
        return take_bytes(reader, TEXT, head & 0x1f, token);
    if (head == 0xc1)
        return refuse(reader, "byte c1 begins no value");
    if (head > 0xc3)
        return take_long(reader, head, token);
    token->kind = head == 0xc0 ? NIL : head == 0xc2 ? FALSEHOOD : TRUTH;
    return 0;
}

/* An integer, as JavaScript's Number.isInteger has it, from 0 to `max`. */
static int whole(const token_t *token, uint64_t max, int64_t *value) {
    if (token->kind == REAL && token->real >= 0 && token->real <= (double) max &&
        token->real == floor(token->real)) {
        *value = (int64_t) token->real;
        return 1;
    }
    *value = token->kind == NATURAL && token->number <= max ? (int64_t) token->number : -1;
    return *value >= 0;
}

/* --- values as text ----------------------------------------------------------------------- */

static size_t written(const reader_t *reader) {
    return (size_t) (reader->writer.at - reader->writer.start);
}

static void rewind_to(reader_t *reader, size_t mark) {
    if (!reader->writer.failed)
        reader->writer.at = reader->writer.start + mark;
}

/* What is no UTF-8 is mended, as Node does it. */
static int write_text(reader_t *reader, const token_t *token) {
    size_t mark = written(reader);
    int rc = sio__escape_string(&reader->writer, (const char *) token->bytes, token->length);
    if (rc != SIO_EUTF8)
        return rc;
    sio__buf_t mended = {0};
    rc = sio__utf8_mend(&mended, token->bytes, token->length);
    rewind_to(reader, mark);
    if (rc == 0)
        rc = sio__escape_string(&reader->writer, mended.data, mended.length);
    sio__buf_free(&mended);
    return rc;
}

static int write_binary(reader_t *reader, const token_t *token) {
    sio__placeholder_write(&reader->writer, reader->binaries->count);
    return sio__attachments_add(reader->binaries, token->bytes, token->length);
}

static int write_ext(reader_t *reader, const token_t *token) {
    sio__writer_byte(&reader->writer, '[');
    sio__value_write_integer(&reader->writer, token->type);
    sio__writer_byte(&reader->writer, ',');
    int rc = write_binary(reader, token);
    sio__writer_byte(&reader->writer, ']');
    return rc;
}

/* As Date.prototype.toJSON: null beyond its range. */
static void write_date(sio__writer_t *writer, int64_t ms) {
    enum { DAY = 86400000 };
    const int64_t limit = INT64_C(8640000000000000);
    char text[64];
    if (ms < -limit || ms > limit) {
        sio__writer_put(writer, "null", 4);
        return;
    }
    int64_t day = ms / DAY - (ms % DAY < 0), time = ms - day * DAY;
    /* Civil date: years begin in March, 400 of them make an era. */
    int64_t shifted = day + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    int length = snprintf(text, sizeof(text),
                          year < 0 || year > 9999 ? "\"%+07d-%02d-%02dT%02d:%02d:%02d.%03dZ\""
                                                  : "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
                          (int) year, (int) month, (int) of_month, (int) (time / 3600000),
                          (int) (time / 60000 % 60), (int) (time / 1000 % 60), (int) (time % 1000));
    sio__writer_put(writer, text, (size_t) length);
}

static int write_scalar(reader_t *reader, const token_t *token) {
    sio__writer_t *writer = &reader->writer;
    switch (token->kind) {
    case FALSEHOOD:
        sio__writer_put(writer, "false", 5);
        return 0;
    case TRUTH:
        sio__writer_put(writer, "true", 4);
        return 0;
    case NATURAL:
        sio__writer_u64(writer, token->number);
        return 0;
    case NEGATIVE:
        sio__value_write_integer(writer, (int64_t) token->number);
        return 0;
    case REAL:
        sio__value_write_real(writer, token->real);
        return 0;
    case TEXT:
        return write_text(reader, token);
    case BYTES:
        return write_binary(reader, token);
    case EXT:
        return write_ext(reader, token);
    case DATE:
        write_date(writer, (int64_t) token->number);
        return 0;
    default:
        sio__writer_put(writer, "null", 4);
        return 0;
    }
}

static int write_key(reader_t *reader) {
    token_t key;
    int rc = take(reader, &key);
    if (rc < 0)
        return rc;
    if (key.kind == TEXT) {
        rc = write_text(reader, &key);
    } else if (key.kind == NATURAL || key.kind == NEGATIVE) {
        sio__writer_byte(&reader->writer, '"');
        write_scalar(reader, &key);
        sio__writer_byte(&reader->writer, '"');
    } else {
        return refuse(reader, "a key that is neither text nor integer");
    }
    sio__writer_byte(&reader->writer, ':');
    return rc;
}

/* The next value in the innermost container, its comma and key written: 1; 0 when that is
 * complete, its bracket written. */
static int next_element(reader_t *reader, level_t *level, token_t *token) {
    for (;;) {
        if (level->left == 0) {
            sio__writer_byte(&reader->writer, level->map ? '}' : ']');
            return 0;
        }
        level->left--;
        size_t mark = written(reader);
        if (level->filled)
            sio__writer_byte(&reader->writer, ',');
        int rc = level->map ? write_key(reader) : 0;
        if (rc == 0)
            rc = take(reader, token);
        if (rc < 0)
            return rc;
        if (!level->map || token->kind != UNDEFINED) {
            level->filled = 1;
            return 1;
        }
        rewind_to(reader, mark); /* JSON.stringify leaves the key out, too */
    }
}

/* The value that begins with `first`. */
static int write_value(reader_t *reader, const token_t *first) {
    level_t levels[SIO__VALUE_DEPTH];
    size_t depth = 0;
    token_t token = *first;
    for (;;) {
        int rc = 0;
        if (token.kind == ARRAY || token.kind == MAP) {
            if (depth == reader->depth)
                return refuse(reader, sio__too_deep);
            levels[depth++] = (level_t){(uint32_t) token.number, token.kind == MAP, 0};
            sio__writer_byte(&reader->writer, token.kind == MAP ? '{' : '[');
        } else {
            rc = write_scalar(reader, &token);
        }
        while (rc == 0) {
            if (depth == 0)
                return 0;
            rc = next_element(reader, &levels[depth - 1], &token);
            depth -= rc == 0;
        }
        if (rc < 0)
            return rc;
    }
}

/* --- packets ------------------------------------------------------------------------------ */

/* Where in the text that was written. */
typedef struct {
    size_t start, length;
    int there;
} range_t;

typedef struct {
    int64_t type, id;
    range_t nsp, data;
} fields_t;

static int is_key(const token_t *key, const char *name) {
    return key->kind == TEXT && key->length == strlen(name) &&
           memcmp(key->bytes, name, key->length) == 0;
}

static int read_nsp(reader_t *reader, const token_t *token, range_t *nsp) {
    if (token->kind != TEXT)
        return refuse(reader, "invalid namespace");
    sio__buf_t mended = {0};
    if (sio__utf8_mend(&mended, token->bytes, token->length) < 0)
        return SIO_ENOMEM;
    *nsp = (range_t){written(reader), mended.length, 1};
    sio__writer_put(&reader->writer, mended.data, mended.length);
    sio__buf_free(&mended);
    return 0;
}

static int read_data(reader_t *reader, const token_t *token, range_t *data) {
    reader->binaries->count = 0; /* of an earlier one with this key */
    *data = (range_t){written(reader), 0, 0};
    if (token->kind == UNDEFINED)
        return 0;
    int rc = write_value(reader, token);
    data->length = written(reader) - data->start;
    return rc;
}

/* What nobody asks for: it is written, and that forgotten. */
static int skip(reader_t *reader, const token_t *token) {
    size_t mark = written(reader), count = reader->binaries->count;
    int rc = write_value(reader, token);
    rewind_to(reader, mark);
    reader->binaries->count = count;
    return rc;
}

static int read_field(reader_t *reader, fields_t *fields) {
    token_t key, token;
    int rc = take(reader, &key);
    if (rc == 0 && (key.kind == ARRAY || key.kind == MAP))
        return refuse(reader, "a key that is neither text nor integer");
    if (rc == 0)
        rc = take(reader, &token);
    if (rc != 0)
        return rc;
    if (is_key(&key, "type"))
        return whole(&token, SIO__CONNECT_ERROR, &fields->type)
                   ? 0
                   : refuse(reader, "invalid packet type");
    if (is_key(&key, "nsp"))
        return read_nsp(reader, &token, &fields->nsp);
    if (is_key(&key, "data"))
        return read_data(reader, &token, &fields->data);
    if (!is_key(&key, "id"))
        return skip(reader, &token);
    fields->id = -1;
    return token.kind == UNDEFINED || whole(&token, SIO__LARGEST_ID, &fields->id)
               ? 0
               : refuse(reader, "invalid packet id");
}

static int read_fields(reader_t *reader, fields_t *fields) {
    token_t token;
    int rc = take(reader, &token);
    if (rc == 0 && token.kind != MAP)
        return refuse(reader, "invalid packet type");
    for (uint64_t i = 0; rc == 0 && i < token.number; i++)
        rc = read_field(reader, fields);
    if (rc < 0)
        return rc;
    if (reader->at != reader->end)
        return refuse(reader, "trailing bytes");
    if (fields->type < 0)
        return refuse(reader, "invalid packet type");
    return fields->nsp.there ? 0 : refuse(reader, "invalid namespace");
}

int sio__msgpack_read(sio__packet_t *packet, sio__attachments_t *binaries, sio__scratch_t *arena,
                      const void *bytes, size_t length, uint32_t depth, const char **why) {
    reader_t reader = {.at = bytes, .binaries = binaries, .depth = depth};
    fields_t fields = {.type = -1, .id = -1};
    size_t size;
    reader.end = reader.at + length;
    sio__attachments_init(binaries);
    sio__writer_begin(&reader.writer, arena, 0);
    int rc = read_fields(&reader, &fields);
    if (rc < 0) {
        sio__writer_cancel(&reader.writer);
        *why = reader.why;
        return rc;
    }
    char *text = (char *) sio__writer_end(&reader.writer, &size);
    if (text == NULL)
        return SIO_ENOMEM;
    packet->type = (sio__packet_type_t) fields.type;
    packet->attachments = 0;
    packet->id = fields.id;
    packet->nsp = (sio__slice_t){text + fields.nsp.start, fields.nsp.length};
    packet->data = (sio__slice_t){text + fields.data.start, fields.data.length};
    return 0;
}
