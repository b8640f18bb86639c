/*
 * Polling payloads of Engine.IO 3 and 2, of text or of units. What is read can be written, and is
 * then read as the same. The first byte says which kind: 't', 'b', or 'u' for text that is mended
 * before, as that of a POST is.
 *
 * Covers: src/eio/payload_v3.c src/eio/packet.c src/base/utf8.c
 */
#include "fuzz.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "eio/payload_v3.h"
#include <sio/error.h>
#include <stdint.h>
#include <stdlib.h>

/* A packet as it stands in a payload, without its length. */
static void packet_bytes(sio__buf_t *out, const eio__packet_t *packet, int units) {
    char type = units && packet->binary ? (char) packet->type : eio__packet_digit(packet->type);
    out->length = 0;
    if (packet->binary && !units)
        CHECK(sio__buf_append(out, "b", 1) == 0);
    CHECK(sio__buf_append(out, &type, 1) == 0);
    if (!packet->binary || units) {
        CHECK(sio__buf_append(out, packet->data, packet->length) == 0);
        return;
    }
    size_t length = sio__base64_length(packet->length);
    CHECK(sio__buf_reserve(out, length) == 0);
    sio__base64_encode(out->data + out->length, packet->data, packet->length);
    out->length += length;
}

/* Writes one, and takes it apart. */
static void write_packet(sio__buf_t *out, sio__scratch_t *scratch, const eio__packet_t *packet,
                         int units) {
    sio__buf_t bytes = {0};
    sio__writer_t writer;
    size_t part_length, length;
    const unsigned char *inner;
    packet_bytes(&bytes, packet, units);
    sio__writer_begin(&writer, scratch, 0);
    if (units)
        eio__payload_v3_put_unit(&writer, packet->binary, bytes.data, bytes.length);
    else
        eio__payload_v3_put(&writer, bytes.data, bytes.length);
    const unsigned char *part = sio__writer_end(&writer, &part_length);
    CHECK(part != NULL);
    if (!units || packet->binary) { /* a unit of text is made of a part, it is none */
        CHECK(eio__payload_v3_part(part, part_length, &inner, &length) == units);
        CHECK(length == bytes.length && memcmp(inner, bytes.data, length) == 0);
    }
    CHECK(sio__buf_append(out, part, part_length) == 0);
    sio__buf_free(&bytes);
}

/* Nonzero if reading the text of the packet once more would undo another encoding. */
static int is_doubled(const eio__packet_t *packet) {
    if (packet->binary)
        return 0;
    char *copy = fuzz_exact(packet->data, packet->length);
    int doubled = sio__utf8_undouble(copy, packet->length) != packet->length;
    free(copy);
    return doubled;
}

typedef struct {
    sio__buf_t log, written;
    int doubled;
} result_t;

static int read_all(char *payload, size_t length, int units, sio__scratch_t *scratch,
                    result_t *result) {
    eio__payload_v3_t reader;
    eio__packet_t packet;
    const char *end = payload + length, *behind = payload;
    int rc;
    eio__payload_v3_begin(&reader, payload, length, units);
    while ((rc = eio__payload_v3_next(&reader, &packet)) == 1) {
        CHECK(packet.type <= EIO__NOOP);
        CHECK(packet.data > behind && packet.length <= (size_t) (end - packet.data));
        behind = packet.data + packet.length;
        CHECK(packet.binary || sio__utf8_valid(packet.data, packet.length));
        fuzz_log(&result->log, "%d%s", (int) packet.type, packet.binary ? "b" : "");
        fuzz_log_bytes(&result->log, "", packet.data, packet.length);
        result->doubled |= !units && is_doubled(&packet);
        write_packet(&result->written, scratch, &packet, units);
    }
    CHECK(rc == 0 || rc == SIO_EPROTO);
    CHECK(eio__payload_v3_next(&reader, &packet) == 0);
    return rc;
}

static void result_free(result_t *result) {
    sio__buf_free(&result->log);
    sio__buf_free(&result->written);
}

static void check_payload(const void *data, size_t size, int units) {
    sio__scratch_t *scratch = sio__scratch_new();
    result_t result = {0}, again = {0};
    CHECK(scratch != NULL);
    char *payload = fuzz_exact(data, size);
    read_all(payload, size, units, scratch, &result);
    if (!result.doubled) {
        char *written = fuzz_exact(result.written.data, result.written.length);
        CHECK(read_all(written, result.written.length, units, scratch, &again) == 0);
        fuzz_compare(&result.log, &again.log);
        free(written);
    }
    free(payload);
    result_free(&result);
    result_free(&again);
    sio__scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned kind = fuzz_byte(&data, &size);
    sio__buf_t mended = {0};
    if (kind == 'b') {
        check_payload(data, size, 1);
    } else if (kind != 'u' || sio__utf8_valid(data, size)) {
        if (sio__utf8_valid(data, size))
            check_payload(data, size, 0);
    } else {
        CHECK(sio__utf8_mend(&mended, data, size) == 0);
        check_payload(mended.data, mended.length, 0);
        sio__buf_free(&mended);
    }
    return 0;
}
