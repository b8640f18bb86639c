#include "sio/escape.h"
#include "base/utf8.h"
#include "sio/run.h"
#include <sio/error.h>

enum { SHORT = 64 };

void sio__escape_begin(sio__writer_t *writer, sio__escape_t *escape) {
    sio__writer_byte(writer, '"');
    escape->start = (size_t) (writer->at - writer->start);
    escape->high = 0;
}

/* At most six bytes. */
static unsigned char *put_escape(unsigned char *out, unsigned char byte) {
    static const char hex[] = "0123456789abcdef";
    char letter = 0;
    switch (byte) {
    case '\b': letter = 'b'; break;
    case '\t': letter = 't'; break;
    case '\n': letter = 'n'; break;
    case '\f': letter = 'f'; break;
    case '\r': letter = 'r'; break;
    case '"': case '\\': letter = (char) byte; break;
    default: break;
    }
    *out++ = '\\';
    if (letter != 0) {
        *out++ = (unsigned char) letter;
        return out;
    }
    memcpy(out, "u00", 3);
    out[3] = (unsigned char) hex[byte >> 4];
    out[4] = (unsigned char) hex[byte & 15];
    return out + 5;
}

void sio__escape_put(sio__writer_t *writer, sio__escape_t *escape, const char *text,
                     size_t length) {
    while (length > 0 && sio__writer_need(writer, length)) {
        size_t run = sio__run_copy(writer->at, text, length, &escape->high);
        writer->at += run;
        text += run;
        length -= run;
        if (length == 0 || !sio__writer_need(writer, length + 5))
            return;
        writer->at = put_escape(writer->at, (unsigned char) *text++);
        length--;
    }
}

int sio__escape_end(sio__writer_t *writer, const sio__escape_t *escape) {
    if (escape->high && !writer->failed) {
        const unsigned char *start = writer->start + escape->start;
        if (!sio__utf8_valid(start, (size_t) (writer->at - start)))
            return SIO_EUTF8;
    }
    sio__writer_byte(writer, '"');
    return 0;
}

int sio__escape_string(sio__writer_t *writer, const char *text, size_t length) {
    sio__escape_t escape;
    /* Usually all of it is plain. */
    unsigned high = 0;
    if (length <= SHORT && sio__writer_need(writer, length + 2) &&
        sio__run_copy(writer->at + 1, text, length, &high) == length && !high) {
        writer->at[0] = writer->at[1 + length] = '"';
        writer->at += length + 2;
        return 0;
    }
    sio__escape_begin(writer, &escape);
    sio__escape_put(writer, &escape, text, length);
    return sio__escape_end(writer, &escape);
}
