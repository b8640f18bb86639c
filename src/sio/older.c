#include "sio/older.h"
#include "base/utf8.h"
#include "eio/forms.h"
#include "net/url.h"
#include "sio/escape.h"
#include <sio/error.h>
#include <string.h>

/* One name or value, decoded; what is no UTF-8 is mended. */
static int put_text(sio__writer_t *writer, const char *text, size_t length) {
    sio__buf_t plain = {0}, mended = {0};
    if (length == 0)
        return sio__escape_string(writer, "", 0);
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

/* --- out ------------------------------------------------------------------------------------ */

/* The character at `at`, of valid UTF-8: its length. */
static size_t put_escaped(sio__writer_t *writer, const unsigned char *at) {
    size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
    unsigned long c = *at & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (at[i] & 0x3f);
    if (c < 0x10000) {
        sio__writer_unit(writer, (unsigned) c);
    } else {
        sio__writer_unit(writer, (unsigned) (0xd800 + ((c - 0x10000) >> 10)));
        sio__writer_unit(writer, (unsigned) (0xdc00 + ((c - 0x10000) & 0x3ff)));
    }
    return length;
}

static int make_ascii(sio__scratch_t *scratch, const sio__frame_t *frame, eio__message_t *message) {
    const unsigned char *at = frame->payload, *end = at + frame->payload_length, *run = at;
    sio__writer_t writer;
    sio__frame_begin(&writer, scratch, frame->payload_length);
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        sio__writer_put(&writer, run, (size_t) (at - run));
        at += put_escaped(&writer, at);
        run = at;
    }
    sio__writer_put(&writer, run, (size_t) (at - run));
    return eio__message_end(&writer, message);
}

/* Only WebSocket of protocol 3 is the same for all. */
static int takes_utf8(const sio__client_t *client) {
    return client->protocol == 3 &&
           strcmp(eio_socket_transport(sio__client_eio(client)), "websocket") == 0;
}

int sio__older_write(const sio__client_t *client, sio__scratch_t *scratch,
                     eio__message_t **messages, size_t count) {
    eio__message_t *from = *messages;
    const sio__frame_t *frame = &from->frame;
    if (takes_utf8(client) || eio__message_is_binary(from) ||
        sio__utf8_units(frame->payload, frame->payload_length) == frame->payload_length)
        return 0;
    eio__forms_t *forms = eio__message_forms(scratch, from);
    if (forms == NULL)
        return SIO_ENOMEM;
    if (forms->ascii == NULL) {
        eio__message_t *made = sio__scratch_memory(scratch, count * sizeof(*made));
        if (made == NULL)
            return SIO_ENOMEM;
        for (size_t i = 1; i < count; i++) /* binaries are shared, with what is made of them */
            if (eio__message_forms(scratch, &from[i]) == NULL)
                return SIO_ENOMEM;
        memcpy(made, from, count * sizeof(*made));
        if (make_ascii(scratch, frame, &made[0]) < 0)
            return SIO_ENOMEM;
        made[0].deflated = from->deflated == &sio__not_deflated ? from->deflated : NULL;
        forms->ascii = made;
        forms->made++;
    }
    *messages = forms->ascii;
    return 0;
}
