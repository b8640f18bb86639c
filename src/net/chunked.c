#include "net/chunked.h"
#include "base/text.h"

enum {
    SIZE,
    BLANKS, /* between size and extension */
    EXTENSION,
    SIZE_LF,
    DATA_CR, /* behind the data */
    DATA_LF,
    TRAILER, /* the beginning of a line */
    NAME,
    VALUE,
    VALUE_LF,
    LAST_LF
};

/* Of a size: any number of 64 bits. */
enum { DIGITS_MAX = 16 };

void sio__chunked_begin(sio__chunked_t *chunked, uint32_t extensions, uint32_t trailers,
                        uint32_t lines) {
    *chunked = (sio__chunked_t){.extensions = extensions, .trailers = trailers, .lines = lines};
}

static sio__chunked_result_t refuse(sio__chunked_t *chunked, int status, const char *reason) {
    chunked->status = status;
    chunked->reason = reason;
    return SIO__CHUNKED_BAD;
}

static sio__chunked_result_t go(sio__chunked_t *chunked, int state) {
    chunked->state = (uint8_t) state;
    return SIO__CHUNKED_GO;
}

static sio__chunked_result_t lf(sio__chunked_t *chunked, char c, int state) {
    return c == '\n' ? go(chunked, state) : refuse(chunked, 400, "CR without LF");
}

/* What an extension or the value of a trailer is of. */
static int is_text(char c) {
    return (unsigned char) c >= 0x20 ? c != 0x7f : c == '\t';
}

static sio__chunked_result_t size_byte(sio__chunked_t *chunked, char c) {
    int digit = sio__text_hex(c);
    if (digit >= 0) {
        if (++chunked->digits > DIGITS_MAX)
            return refuse(chunked, 400, "chunk size too large");
        chunked->size = chunked->size << 4 | (unsigned) digit;
        return SIO__CHUNKED_GO;
    }
    if (chunked->digits == 0 || (c != '\r' && c != ';' && c != ' ' && c != '\t'))
        return refuse(chunked, 400, "malformed chunk size");
    return go(chunked, c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : BLANKS);
}

static sio__chunked_result_t extension_byte(sio__chunked_t *chunked, char c) {
    if (chunked->state == EXTENSION && c == '\r')
        return go(chunked, SIZE_LF);
    if (!is_text(c))
        return refuse(chunked, 400, "malformed chunk extension");
    if (chunked->extensions == 0)
        return refuse(chunked, 413, "chunk extensions too large");
    chunked->extensions--;
    if (chunked->state == BLANKS && c != ' ' && c != '\t')
        return c == ';' ? go(chunked, EXTENSION) : refuse(chunked, 400, "malformed chunk size");
    return SIO__CHUNKED_GO;
}

static sio__chunked_result_t size_end(sio__chunked_t *chunked, char c) {
    chunked->left = chunked->size;
    chunked->size = 0;
    chunked->digits = 0;
    return lf(chunked, c, chunked->left > 0 ? DATA_CR : TRAILER);
}

/* --- trailers --------------------------------------------------------------------------------- */

/* Those that would say where a message ends, or whom it is for. */
static int is_forbidden(const sio__chunked_t *chunked) {
    static const char *const names[] = {"content-length", "host", "transfer-encoding"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sio__text_equal_nocase(chunked->name, names[i]))
            return 1;
    return 0;
}

static sio__chunked_result_t name_byte(sio__chunked_t *chunked, char c) {
    if (c == ':' && chunked->name_length > 0) {
        chunked->name[chunked->name_length] = '\0';
        return is_forbidden(chunked) ? refuse(chunked, 400, "a trailer that belongs into the header")
                                     : go(chunked, VALUE);
    }
    if (!sio__text_is_token(c))
        return refuse(chunked, 400, "malformed trailer");
    if (chunked->name_length < sizeof(chunked->name) - 1)
        chunked->name[chunked->name_length++] = c;
    return SIO__CHUNKED_GO;
}

static sio__chunked_result_t trailer_byte(sio__chunked_t *chunked, char c) {
    if (chunked->trailers == 0)
        return refuse(chunked, 431, "trailers too large");
    chunked->trailers--;
    if (chunked->state == VALUE_LF)
        return lf(chunked, c, TRAILER);
    if (chunked->state == VALUE) {
        if (c == '\r')
            return go(chunked, VALUE_LF);
        return is_text(c) ? SIO__CHUNKED_GO : refuse(chunked, 400, "malformed trailer");
    }
    if (chunked->state == TRAILER) {
        if (chunked->lines == 0)
            return refuse(chunked, 431, "too many trailers");
        chunked->lines--;
        chunked->name_length = 0;
        chunked->state = NAME;
    }
    return name_byte(chunked, c);
}

/* --- all of it -------------------------------------------------------------------------------- */

sio__chunked_result_t sio__chunked_byte(sio__chunked_t *chunked, char c) {
    switch (chunked->state) {
    case SIZE: return size_byte(chunked, c);
    case BLANKS:
    case EXTENSION: return extension_byte(chunked, c);
    case SIZE_LF: return size_end(chunked, c);
    case DATA_CR:
        return c == '\r' ? go(chunked, DATA_LF) : refuse(chunked, 400, "no line end behind a chunk");
    case DATA_LF: return lf(chunked, c, SIZE);
    case LAST_LF: return c == '\n' ? SIO__CHUNKED_END : refuse(chunked, 400, "CR without LF");
    default: /* in the trailers */
        if (c == '\r' && chunked->state == TRAILER)
            return go(chunked, LAST_LF);
        return trailer_byte(chunked, c);
    }
}
