#include "eio/jsonp.h"
#include "eio/script.h"
#include "net/url.h"
#include <sio/error.h>
#include <string.h>

const char *eio__jsonp_of(const sio_http_request_t *request) {
    return sio_http_query(request, "j");
}

/* --- answers ---------------------------------------------------------------------------------- */

int eio__jsonp_wrap(sio__scratch_t *scratch, const char *head, sio__outq_t *payload,
                    int separator) {
    sio__writer_t writer;
    sio__outq_t script = {0};
    const char byte = (char) separator;
    size_t length;
    sio__writer_begin(&writer, scratch, 0);
    sio__writer_put(&writer, head, strlen(head));
    sio__writer_put(&writer, "(\"", 2);
    for (unsigned i = 0; i < payload->count; i++) {
        const sio__extent_t *extent = sio__outq_at(payload, i);
        if (i > 0 && separator >= 0)
            eio__script_escape(&writer, &byte, 1, 0);
        eio__script_escape(&writer, extent->data, extent->length, 0);
    }
    sio__writer_put(&writer, "\");", 3);
    const unsigned char *text = sio__writer_end(&writer, &length);
    if (text == NULL || sio__outq_apart(&script, text, length) < 0)
        return SIO_ENOMEM;
    sio__outq_clear(payload);
    *payload = script;
    return 0;
}

int eio__jsonp_answer(sio__scratch_t *scratch, const char *index, sio__outq_t *payload,
                      int separator) {
    char head[32] = "___eio[";
    size_t length = strlen(head);
    for (; *index != '\0' && length < sizeof(head) - 2; index++)
        if (*index >= '0' && *index <= '9')
            head[length++] = *index;
    head[length] = ']';
    return eio__jsonp_wrap(scratch, head, payload, separator);
}

/* --- forms ------------------------------------------------------------------------------------ */

char *eio__jsonp_field(char *form, size_t length, size_t *value_length) {
    if (length == 0) /* the form of an empty body is NULL */
        return NULL;
    char *at = form, *end = form + length;
    for (;;) {
        char *next = memchr(at, '&', (size_t) (end - at));
        char *stop = next != NULL ? next : end;
        if (stop - at >= 2 && at[0] == 'd' && at[1] == '=') {
            *value_length = sio__url_decode(at + 2, (size_t) (stop - at - 2), 1);
            return at + 2;
        }
        if (next == NULL)
            return NULL;
        at = next + 1;
    }
}

/* The client writes a line end as backslash and n, and one backslash more where there were such
 * two: browsers would change bare line ends in a form. */
static size_t unescape(char *text, size_t length) {
    size_t out = 0, slashes = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == 'n' && slashes > 0) {
            out--;
            text[out++] = slashes == 1 ? '\n' : 'n';
        } else {
            text[out++] = text[i];
        }
        slashes = text[i] == '\\' ? slashes + 1 : 0;
    }
    return out;
}

char *eio__jsonp_body(char *form, size_t length, size_t *value_length) {
    char *text = eio__jsonp_field(form, length, value_length);
    if (text != NULL)
        *value_length = unescape(text, *value_length);
    return text;
}
