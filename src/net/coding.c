#include "net/coding.h"
#include "base/text.h"
#include <sio/error.h>
#include <string.h>
#include <zlib.h>

static const char *const names[SIO__CODINGS] = {"identity", "gzip", "deflate", "br"};

const char *sio__coding_name(sio__coding_t coding) {
    return names[coding];
}

/* --- what the client accepts ------------------------------------------------------------------ */

/* The quality of a member of Accept-Encoding in thousandths (RFC 9110 12.4.2); what makes no
 * sense counts as 1. */
static int quality(const char *member, size_t length) {
    const char *at = memchr(member, ';', length), *end = member + length;
    while (at != NULL && at < end && (*at == ';' || *at == ' ' || *at == '\t'))
        at++;
    if (at == NULL || end - at < 3 || (*at != 'q' && *at != 'Q') || at[1] != '=' || at[2] != '0')
        return 1000;
    int value = 0, unit = 100;
    at += 3;
    if (at < end && *at == '.')
        for (at++; at < end && *at >= '0' && *at <= '9' && unit > 0; at++, unit /= 10)
            value += (*at - '0') * unit;
    return value;
}

int sio__coding_quality(const char *accept, sio__coding_t coding, int other) {
    const char *name = names[coding], *member;
    size_t length;
    while (accept != NULL && sio__text_list_next(&accept, &member, &length)) {
        size_t size = 0;
        while (size < length && member[size] != ';' && member[size] != ' ' && member[size] != '\t')
            size++;
        if (size == 1 && member[0] == '*')
            other = quality(member, length);
        else if (size == strlen(name) && strncmp(member, name, size) == 0)
            return quality(member, length);
    }
    return other;
}

sio__coding_t sio__coding_choose(const char *accept, const sio__coding_t *offered, size_t count) {
    sio__coding_t best = SIO__IDENTITY;
    if (accept == NULL)
        return best;
    /* Not named, identity is better than nothing, but no more. */
    int most = sio__coding_quality(accept, SIO__IDENTITY, 1);
    for (size_t i = 0; i < count; i++) {
        int liking = sio__coding_quality(accept, offered[i], 0);
        if (liking > most || (liking == most && liking > 0 && best == SIO__IDENTITY)) {
            best = offered[i];
            most = liking;
        }
    }
    return best;
}

/* --- gzip and deflate ------------------------------------------------------------------------- */

static const sio__zip_form_t form = {SIO__ZIP_MAX_BITS, Z_DEFAULT_COMPRESSION, 8};

/* What frames the raw stream: RFC 1952 with the CRC, or RFC 1950 with Adler's sum. */
typedef struct {
    sio__coding_t coding;
    uLong sum;
    size_t total;
} envelope_t;

static void put_number(sio__writer_t *writer, uLong value, int little) {
    for (int i = 0; i < 4; i++)
        sio__writer_byte(writer, (char) (unsigned char) (value >> 8 * (little ? i : 3 - i)));
}

static void begin_envelope(envelope_t *envelope, sio__writer_t *writer) {
    static const char gzip[] = {0x1f, (char) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    static const char zlib[] = {0x78, (char) 0x9c};
    if (envelope->coding == SIO__GZIP) {
        sio__writer_put(writer, gzip, sizeof(gzip));
        envelope->sum = crc32(0, NULL, 0);
    } else {
        sio__writer_put(writer, zlib, sizeof(zlib));
        envelope->sum = adler32(0, NULL, 0);
    }
}

static void end_envelope(const envelope_t *envelope, sio__writer_t *writer) {
    put_number(writer, envelope->sum, envelope->coding == SIO__GZIP);
    if (envelope->coding == SIO__GZIP)
        put_number(writer, (uLong) (envelope->total & 0xffffffff), 1);
}

static int put(envelope_t *envelope, sio__deflater_t *deflater, sio__writer_t *writer,
               const void *data, size_t length) {
    envelope->sum = envelope->coding == SIO__GZIP ? crc32_z(envelope->sum, data, length)
                                                  : adler32_z(envelope->sum, data, length);
    envelope->total += length;
    return sio__deflater_put(deflater, writer, data, length, SIO__ZIP_MORE);
}

static int put_body(envelope_t *envelope, sio__deflater_t *deflater, sio__writer_t *writer,
                    const sio__outq_t *body, int separator) {
    const char byte = (char) separator;
    int rc = 0;
    for (unsigned i = 0; i < body->count && rc == 0; i++) {
        const sio__extent_t *extent = sio__outq_at(body, i);
        if (i > 0 && separator >= 0)
            rc = put(envelope, deflater, writer, &byte, 1);
        if (rc == 0 && extent->length > 0)
            rc = put(envelope, deflater, writer, extent->data, extent->length);
    }
    return rc == 0 ? sio__deflater_put(deflater, writer, NULL, 0, SIO__ZIP_FINISH) : rc;
}

int sio__coding_encode(sio__coding_t coding, sio__zips_t *zips, sio__scratch_t *scratch,
                       const sio__outq_t *body, int separator, const unsigned char **data,
                       size_t *length) {
    envelope_t envelope = {.coding = coding};
    sio__writer_t writer;
    sio__deflater_t *deflater = sio__zips_deflater(zips, &form);
    if (deflater == NULL)
        return SIO_ENOMEM;
    sio__writer_begin(&writer, scratch, 0);
    begin_envelope(&envelope, &writer);
    int rc = put_body(&envelope, deflater, &writer, body, separator);
    end_envelope(&envelope, &writer);
    sio__zips_return_deflater(zips, deflater);
    const unsigned char *start = sio__writer_end(&writer, length);
    if (rc == 0 && start == NULL)
        rc = SIO_ENOMEM;
    if (rc == 0)
        *data = start;
    return rc;
}
