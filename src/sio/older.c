#include "sio/older.h"
#include "base/utf8.h"
#include "net/url.h"
#include "sio/escape.h"
#include <sio/error.h>
#include <string.h>

/* One name or value, decoded; what is no UTF-8 is mended. */
static int put_text(sio__writer_t *writer, const char *text, size_t length) {
    sio__buf_t plain = {0}, mended = {0};
    int rc = sio__buf_append(&plain, text, length);
    if (rc == 0) {
        plain.length = sio__url_decode(plain.data, plain.length, 1);
        rc = sio__utf8_mend(&mended, plain.data, plain.length);
    }
    if (rc == 0)
        rc = sio__escape_string(writer, mended.data, mended.length);
    sio__buf_free(&plain);
    sio__buf_free(&mended);
    return rc;
}

static int put_parameters(sio__writer_t *writer, const char *query) {
    const char *name, *value;
    size_t name_length, value_length;
    int rc = 0, filled = 0;
    sio__writer_byte(writer, '{');
    while (rc == 0 &&
           sio__url_query_next(&query, &name, &name_length, &value, &value_length)) {
        if (filled++)
            sio__writer_byte(writer, ',');
        rc = put_text(writer, name, name_length);
        sio__writer_byte(writer, ':');
        if (rc == 0)
            rc = put_text(writer, value, value_length);
    }
    sio__writer_byte(writer, '}');
    return rc;
}

int sio__older_auth(sio__core_t *core, const char *query, size_t length, sio__slice_t *auth) {
    sio__buf_t url = {0};
    sio__writer_t writer;
    int rc = sio__buf_append(&url, "?", 1);
    if (rc == 0)
        rc = sio__buf_append(&url, query, length);
    if (rc == 0)
        rc = sio__buf_append(&url, "", 1);
    if (rc < 0) {
        sio__buf_free(&url);
        return rc;
    }
    sio__writer_begin(&writer, core->loop->scratch, 0);
    rc = put_parameters(&writer, url.data);
    sio__buf_free(&url);
    if (rc < 0) {
        sio__writer_cancel(&writer);
        return rc;
    }
    auth->text = (char *) sio__writer_end(&writer, &auth->length);
    return auth->text != NULL ? 0 : SIO_ENOMEM;
}

int sio__older_read(sio__core_t *core, sio__packet_t *packet) {
    sio__slice_t *nsp = &packet->nsp;
    const char *mark = memchr(nsp->text, '?', nsp->length), *end = nsp->text + nsp->length;
    if (packet->type == SIO__CONNECT)
        packet->data.length = 0;
    if (mark == NULL)
        return 0;
    nsp->length = (size_t) (mark - nsp->text);
    return packet->type == SIO__CONNECT
               ? sio__older_auth(core, mark + 1, (size_t) (end - mark - 1), &packet->data)
               : 0;
}
