/*
 * Polling payloads of Engine.IO 4. What is read can be written, and is then read as the same.
 *
 * Covers: src/eio/payload.c src/eio/packet.c src/base/base64.c
 */
#include "fuzz.h"
#include "base/base64.h"
#include "eio/payload.h"
#include <sio/error.h>
#include <stdlib.h>

static void write_packet(sio__buf_t *out, const eio__packet_t *packet, int first) {
    char head = packet->binary ? 'b' : eio__packet_digit(packet->type);
    const char separator = EIO__SEPARATOR;
    CHECK(first || sio__buf_append(out, &separator, 1) == 0);
    CHECK(sio__buf_append(out, &head, 1) == 0);
    if (!packet->binary) {
        CHECK(sio__buf_append(out, packet->data, packet->length) == 0);
        return;
    }
    size_t length = sio__base64_length(packet->length);
    CHECK(sio__buf_reserve(out, length) == 0);
    sio__base64_encode(out->data + out->length, packet->data, packet->length);
    out->length += length;
}

/* Reads all packets, and writes them again; returns the last code. */
static int read_all(char *payload, size_t length, sio__buf_t *log, sio__buf_t *again) {
    eio__payload_t reader;
    eio__packet_t packet;
    const char *end = payload + length, *behind = payload;
    int rc, first = 1;
    eio__payload_begin(&reader, payload, length);
    for (; (rc = eio__payload_next(&reader, &packet)) == 1; first = 0) {
        CHECK(packet.type <= EIO__NOOP && (!packet.binary || packet.type == EIO__MESSAGE));
        /* Each behind the one before, all within what came. */
        CHECK(packet.data > behind && packet.length <= (size_t) (end - packet.data));
        behind = packet.data + packet.length;
        fuzz_log(log, "%d%s", (int) packet.type, packet.binary ? "b" : "");
        fuzz_log_bytes(log, "", packet.data, packet.length);
        write_packet(again, &packet, first);
    }
    CHECK(rc == 0 || rc == SIO_EPROTO);
    CHECK(rc < 0 || !first);
    CHECK(eio__payload_next(&reader, &packet) == 0);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sio__buf_t log = {0}, log_again = {0}, written = {0}, unused = {0};
    char *payload = fuzz_exact(data, size);
    read_all(payload, size, &log, &written);
    if (written.length > 0) { /* those before a bad one, too */
        char *again = fuzz_exact(written.data, written.length);
        CHECK(read_all(again, written.length, &log_again, &unused) == 0);
        fuzz_compare(&log, &log_again);
        free(again);
    }
    free(payload);
    sio__buf_free(&log);
    sio__buf_free(&log_again);
    sio__buf_free(&written);
    sio__buf_free(&unused);
    return 0;
}
