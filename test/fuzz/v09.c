/*
 * Socket.IO 0.9: the framing of payloads, and the packets in them. What is read can be written, and
 * is then read as the same.
 *
 * Covers: src/eio/v09/framing.c src/sio/v09_read.c src/sio/v09_write.c src/base/utf8.c
 */
#include "sio/v09.h"
#include "base/utf8.h"
#include "eio/v09/framing.h"
#include "fuzz.h"
#include <sio/error.h>
#include <stdlib.h>

/* --- packets ---------------------------------------------------------------------------------- */

/* The text of today's packet, as an engine message. */
static int as_message(sio__scratch_t *scratch, const sio__packet_t *packet,
                      eio__message_t *message) {
    sio__buf_t text = {0};
    fuzz_log(&text, "%d", (int) packet->type);
    if (packet->nsp.length > 1) {
        CHECK(sio__buf_append(&text, packet->nsp.text, packet->nsp.length) == 0);
        CHECK(sio__buf_append(&text, ",", 1) == 0);
    }
    if (packet->id >= 0)
        fuzz_log(&text, "%lld", (long long) packet->id);
    if (packet->data.length > 0)
        CHECK(sio__buf_append(&text, packet->data.text, packet->data.length) == 0);
    int rc = eio__message_text(scratch, text.data, text.length, message);
    sio__buf_free(&text);
    return rc;
}

/* Names and arguments; the blanks between them may differ. */
static void check_elements(const sio__packet_t *packet, const sio__packet_t *again) {
    const sio__json_t *a = &packet->json, *b = &again->json;
    CHECK(a->count == b->count);
    for (uint32_t i = 0; i < a->count && i < SIO__JSON_ELEMENTS; i++) {
        size_t length = a->elements[i].end - a->elements[i].start;
        CHECK(length == b->elements[i].end - b->elements[i].start);
        CHECK(memcmp(packet->data.text + a->elements[i].start,
                     again->data.text + b->elements[i].start, length) == 0);
    }
}

/* An endpoint ends at a colon, its namespace at a comma; and a goodbye to "/" is one to all. */
static int is_sayable(const sio__packet_t *packet) {
    return packet->type != SIO__CONNECT && packet->nsp.text[0] == '/' &&
           memchr(packet->nsp.text, ',', packet->nsp.length) == NULL &&
           (packet->type != SIO__DISCONNECT || packet->nsp.length > 1);
}

/* "message" with one text: the escapes are taken off it and put on it again. */
static int is_message(const sio__packet_t *packet) {
    return packet->type == SIO__EVENT && packet->json.count == 2 &&
           strncmp(packet->data.text + packet->json.elements[0].start, "\"message\"", 9) == 0;
}

/* An id that was given out counts from 1 there, one that is answered is the other's own. */
static void write_again(sio__scratch_t *scratch, const sio__packet_t *packet) {
    eio__message_t message;
    sio__v09_t again;
    const char *why;
    sio__packet_t ours = *packet;
    if (ours.type == SIO__ACK)
        ours.id++;
    else if (ours.id == SIO__LARGEST_ID)
        return;
    CHECK(as_message(scratch, &ours, &message) == 0);
    const eio__message_t *made = sio__v09_write(scratch, &message, 1);
    CHECK(made != NULL);
    size_t length = made->frame.payload_length;
    CHECK(sio__utf8_valid(made->frame.payload, length));
    char *text = fuzz_exact(made->frame.payload, length);
    CHECK(sio__v09_read(scratch, text, length, SIO__JSON_DEPTH, &again, &why) == 0);
    CHECK(again.kind == SIO__V09_PACKET && again.packet.type == packet->type);
    if (packet->type == SIO__EVENT && packet->id >= 0)
        CHECK(again.packet.id == packet->id + 1);
    if (packet->type == SIO__ACK)
        CHECK(again.packet.id == packet->id);
    CHECK(again.packet.nsp.length == packet->nsp.length &&
          memcmp(again.packet.nsp.text, packet->nsp.text, packet->nsp.length) == 0);
    if (packet->type != SIO__DISCONNECT && !is_message(packet))
        check_elements(packet, &again.packet);
    free(text);
}

static void read_packet(sio__scratch_t *scratch, const char *message, size_t length) {
    sio__v09_t read;
    const char *why = NULL;
    char *text = fuzz_exact(message, length);
    int rc = sio__v09_read(scratch, text, length, SIO__JSON_DEPTH, &read, &why);
    CHECK(rc == 0 || (rc == SIO_EPROTO && why != NULL));
    if (rc == 0 && read.kind == SIO__V09_PACKET) {
        const sio__packet_t *packet = &read.packet;
        CHECK(packet->nsp.length > 0);
        CHECK(packet->id <= SIO__LARGEST_ID && read.receipt <= SIO__LARGEST_ID);
        CHECK(packet->id < 0 || read.receipt < 0 || packet->type == SIO__ACK);
        CHECK(sio__utf8_valid(packet->data.text, packet->data.length));
        if (is_sayable(packet))
            write_again(scratch, packet);
    }
    free(text);
}

/* --- payloads --------------------------------------------------------------------------------- */

static int read_all(char *text, size_t length, sio__scratch_t *scratch, sio__buf_t *log,
                    sio__buf_t *written) {
    eio__v09_payload_t payload;
    char *message;
    size_t size, part_size, inner_size;
    int rc;
    eio__v09_payload_begin(&payload, text, length);
    while ((rc = eio__v09_payload_next(&payload, &message, &size)) == 1) {
        sio__writer_t writer;
        CHECK(message >= text && size <= (size_t) (text + length - message));
        CHECK(sio__utf8_valid(message, size));
        fuzz_log_bytes(log, "", message, size);
        sio__writer_begin(&writer, scratch, 0);
        eio__v09_payload_put(&writer, message, size);
        const unsigned char *part = sio__writer_end(&writer, &part_size);
        CHECK(part != NULL);
        const unsigned char *inner = eio__v09_payload_message(part, part_size, &inner_size);
        CHECK(inner_size == size && memcmp(inner, message, size) == 0);
        CHECK(sio__buf_append(written, part, part_size) == 0);
        read_packet(scratch, message, size);
    }
    CHECK(rc == 0 || rc == SIO_EPROTO);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sio__buf_t log = {0}, log_again = {0}, written = {0}, unused = {0};
    if (!sio__utf8_valid(data, size)) /* it was mended before */
        return 0;
    sio__scratch_t *scratch = sio__scratch_new();
    CHECK(scratch != NULL);
    char *text = fuzz_exact(data, size);
    read_all(text, size, scratch, &log, &written);
    if (written.length > 0) {
        char *again = fuzz_exact(written.data, written.length);
        CHECK(read_all(again, written.length, scratch, &log_again, &unused) == 0);
        fuzz_compare(&log, &log_again);
        free(again);
    }
    free(text);
    sio__buf_free(&log);
    sio__buf_free(&log_again);
    sio__buf_free(&written);
    sio__buf_free(&unused);
    sio__scratch_free(scratch);
    return 0;
}
