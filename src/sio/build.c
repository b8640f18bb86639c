#include "sio/build.h"
#include "base/buf.h"
#include "sio/jsontext.h"
#include "sio/number.h"
#include "sio/value.h"
#include <string.h>

typedef struct {
    const char *at;
    const char *end;
    sio__buf_t key;  /* of the next value in an object, NUL-terminated */
    sio__buf_t text; /* room to unescape in */
    size_t depth;
    json_t *open[SIO__VALUE_DEPTH]; /* borrowed: each belongs to the one before */
} builder_t;

/* Text without quotes to `buf`, with a NUL behind it. */
static int plain_text(sio__buf_t *buf, const char *text, size_t length) {
    buf->length = 0;
    int rc = sio__buf_reserve(buf, length + 1);
    if (rc < 0)
        return rc;
    buf->length = sio__json_unescape(buf->data, text, length, SIO__JSON_MEND_NUL);
    buf->data[buf->length] = '\0';
    return 0;
}

static json_t *build_string(builder_t *builder) {
    const char *text = builder->at + 1;
    const char *quote = sio__json_quote(builder->at, builder->end);
    size_t length = (size_t) (quote - text);
    builder->at = quote + 1;
    if (memchr(text, '\\', length) == NULL)
        return json_stringn_nocheck(text, length);
    if (plain_text(&builder->text, text, length) < 0)
        return NULL;
    return json_stringn_nocheck(builder->text.data, builder->text.length);
}

static json_t *build_number(builder_t *builder) {
    const char *text = builder->at;
    int64_t value;
    builder->at = sio__json_skip(text, builder->end);
    size_t length = (size_t) (builder->at - text);
    if (sio__number_plain(text, length) && sio__number_read_int(text, length, &value) == 0)
        return json_integer(value);
    return json_real(sio__number_read(text, length));
}

/* The value at `at`, moving behind it, or behind its bracket. */
static json_t *build_one(builder_t *builder) {
    sio__json_kind_t kind = sio__json_kind(builder->at);
    switch (kind) {
    case SIO__JSON_STRING:
        return build_string(builder);
    case SIO__JSON_NUMBER:
        return build_number(builder);
    case SIO__JSON_ARRAY:
    case SIO__JSON_OBJECT:
        if (builder->depth < SIO__VALUE_DEPTH) {
            builder->at++;
            return kind == SIO__JSON_ARRAY ? json_array() : json_object();
        }
        builder->at = sio__json_skip(builder->at, builder->end);
        return json_null();
    default:
        builder->at = sio__json_skip(builder->at, builder->end);
        return kind == SIO__JSON_NULL ? json_null() : json_boolean(kind == SIO__JSON_TRUE);
    }
}

/* Puts a value into the innermost container; takes its reference in every case. */
static int attach(builder_t *builder, json_t *value) {
    json_t *parent = builder->open[builder->depth - 1];
    if (json_is_array(parent))
        return json_array_append_new(parent, value);
    return json_object_set_new_nocheck(parent, builder->key.data, value);
}

/* Moves to the next value, over commas, keys and closing brackets: 1; 0 at the end; -1 out of
 * memory. */
static int advance(builder_t *builder) {
    while (builder->depth > 0) {
        const char *at = sio__json_blanks(builder->at, builder->end);
        if (*at == ',')
            at = sio__json_blanks(at + 1, builder->end);
        if (*at == ']' || *at == '}') {
            builder->at = at + 1;
            builder->depth--;
            continue;
        }
        if (json_is_object(builder->open[builder->depth - 1])) {
            const char *quote = sio__json_quote(at, builder->end);
            if (plain_text(&builder->key, at + 1, (size_t) (quote - at - 1)) < 0)
                return -1;
            at = sio__json_blanks(quote + 1, builder->end);
            at = sio__json_blanks(at + 1, builder->end); /* behind the colon */
        }
        builder->at = at;
        return 1;
    }
    return 0;
}

json_t *sio__build(const char *text, size_t length) {
    builder_t builder;
    json_t *root = NULL;
    int more = 0;
    builder.at = sio__json_blanks(text, text + length);
    builder.end = text + length;
    builder.depth = 0;
    memset(&builder.key, 0, sizeof(builder.key));
    memset(&builder.text, 0, sizeof(builder.text));
    do {
        const char *start = builder.at;
        json_t *value = build_one(&builder);
        if (value == NULL || (builder.depth > 0 && attach(&builder, value) < 0)) {
            more = -1;
            break;
        }
        if (root == NULL)
            root = value;
        /* Entered, unless it was too deep: then it is null and `at` is behind it. */
        if ((*start == '[' || *start == '{') && !json_is_null(value))
            builder.open[builder.depth++] = value;
        more = advance(&builder);
    } while (more > 0);
    sio__buf_free(&builder.key);
    sio__buf_free(&builder.text);
    if (more == 0)
        return root;
    json_decref(root);
    return NULL;
}
