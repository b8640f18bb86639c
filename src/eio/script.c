#include "eio/script.h"
#include <string.h>

/* What stands behind the backslash; 0: nothing, it is as it is; 'u': the number. */
static char escape_of(unsigned char c, int slashes) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return slashes ? '/' : 0;
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    default: return c < 0x20 ? 'u' : 0;
    }
}

static void put_number(sio__writer_t *writer, unsigned number) {
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u'};
    for (int i = 0; i < 4; i++)
        text[2 + i] = digits[number >> (12 - 4 * i) & 15];
    sio__writer_put(writer, text, sizeof(text));
}

/* Nonzero for U+2028 and U+2029: e2 80 a8, e2 80 a9. */
static int is_line_end(const unsigned char *at, size_t left) {
    return left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] | 1) == 0xa9;
}

void eio__script_escape(sio__writer_t *writer, const void *text, size_t length, int slashes) {
    const unsigned char *at = text, *end = at + length, *run = at;
    while (at < end) {
        char escape = escape_of(*at, slashes);
        int line_end = is_line_end(at, (size_t) (end - at));
        if (escape == 0 && !line_end) {
            at++;
            continue;
        }
        sio__writer_put(writer, run, (size_t) (at - run));
        if (line_end) {
            put_number(writer, 0x2000u | (at[2] & 0x3fu));
            at += 3;
        } else {
            if (escape == 'u') {
                put_number(writer, *at);
            } else {
                sio__writer_byte(writer, '\\');
                sio__writer_byte(writer, escape);
            }
            at++;
        }
        run = at;
    }
    sio__writer_put(writer, run, (size_t) (at - run));
}

void eio__script_string(sio__writer_t *writer, const void *text, size_t length, int slashes) {
    sio__writer_byte(writer, '"');
    eio__script_escape(writer, text, length, slashes);
    sio__writer_byte(writer, '"');
}
