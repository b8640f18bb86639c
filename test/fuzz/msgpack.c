/*
 * Packets as MessagePack. The data of what is read is always JSON; what can be read can be written,
 * and is then read as the same.
 *
 * Covers: src/sio/msgpack_read.c src/sio/msgpack_write.c
 */
#include "sio/msgpack.h"
#include "base/options.h"
#include "base/utf8.h"
#include "fuzz.h"
#include <sio/error.h>
#include <stdlib.h>

typedef struct {
    char *bytes;
    sio__packet_t packet;
    sio__attachments_t binaries;
    sio__scratch_t *arena;
    int rc;
} reading_t;

static void read_bytes(reading_t *reading, const void *bytes, size_t length) {
    const char *why = NULL;
    reading->bytes = fuzz_exact(bytes, length);
    reading->arena = sio__scratch_new();
    CHECK(reading->arena != NULL);
    reading->rc = sio__msgpack_read(&reading->packet, &reading->binaries, reading->arena,
                                    reading->bytes, length, SIO__DEPTH_MAX, &why);
    CHECK(reading->rc == 0 || (reading->rc == SIO_EPROTO && why != NULL));
}

static void reading_free(reading_t *reading) {
    sio__attachments_free(&reading->binaries);
    sio__scratch_free(reading->arena);
    free(reading->bytes);
}

/* Of a packet that was read. */
static void check_reading(const reading_t *reading, size_t length) {
    const sio__packet_t *packet = &reading->packet;
    sio__json_t json;
    CHECK(packet->type <= SIO__CONNECT_ERROR);
    CHECK(packet->id >= -1 && packet->id <= SIO__LARGEST_ID);
    CHECK(sio__utf8_valid(packet->nsp.text, packet->nsp.length));
    CHECK(sio__utf8_valid(packet->data.text, packet->data.length));
    if (packet->data.length > 0)
        CHECK(sio__json_scan(packet->data.text, packet->data.length, SIO__JSON_DEPTH, &json) == 0);
    for (size_t i = 0; i < reading->binaries.count; i++) {
        const sio__binary_t *binary = &reading->binaries.list[i];
        const char *at = binary->data;
        CHECK(at > reading->bytes &&
              binary->length <= (size_t) (reading->bytes + length - at));
    }
}

static void check_equal(const reading_t *one, const reading_t *other) {
    const sio__packet_t *a = &one->packet, *b = &other->packet;
    CHECK(a->type == b->type && a->id == b->id);
    CHECK(a->nsp.length == b->nsp.length &&
          memcmp(a->nsp.text, b->nsp.text, a->nsp.length) == 0);
    CHECK(a->data.length == b->data.length &&
          memcmp(a->data.text, b->data.text, a->data.length) == 0);
    CHECK(one->binaries.count == other->binaries.count);
    for (size_t i = 0; i < one->binaries.count; i++) {
        const sio__binary_t *mine = &one->binaries.list[i], *theirs = &other->binaries.list[i];
        CHECK(mine->length == theirs->length &&
              memcmp(mine->data, theirs->data, mine->length) == 0);
    }
}

/* Writes the packet; its bytes, in the arena; NULL if it cannot be. */
static const unsigned char *write_packet(reading_t *reading, size_t *length) {
    const sio__packet_t *read = &reading->packet;
    sio__scratch_t *texts = sio__scratch_new();
    sio__writer_t writer;
    sio_packet_t packet = {
        (sio_packet_type_t) read->type, read->nsp.text,         read->nsp.length,
        read->id,                       read->data.text,        read->data.length,
        reading->binaries.list,         reading->binaries.count,
    };
    CHECK(texts != NULL);
    sio__writer_begin(&writer, reading->arena, 0);
    int rc = sio__msgpack_write(&writer, texts, &packet);
    sio__scratch_free(texts);
    if (rc < 0) {
        sio__writer_cancel(&writer);
        return NULL;
    }
    const unsigned char *bytes = sio__writer_end(&writer, length);
    CHECK(bytes != NULL);
    return bytes;
}

/* As the library does it before the packet is believed. */
static int is_good(reading_t *reading) {
    const char *why;
    size_t count = reading->binaries.count;
    return sio__packet_check(&reading->packet, SIO__JSON_DEPTH, &why) == 0 &&
           (count == 0 || sio__packet_check_placeholders(&reading->packet, count) == 0);
}

/*
 * What is written once is what is written from then on. Not all that is read: a number, a Date and
 * the like come back as another kind, and text that was not UTF-8 was mended; all that happens
 * the first time.
 */
static void round_trip(reading_t *reading) {
    reading_t again, once_more;
    size_t length, length_again;
    const unsigned char *bytes = write_packet(reading, &length);
    CHECK(bytes != NULL);
    read_bytes(&again, bytes, length);
    CHECK(again.rc == 0);
    check_reading(&again, length);
    CHECK(is_good(&again));
    bytes = write_packet(&again, &length_again);
    CHECK(bytes != NULL);
    read_bytes(&once_more, bytes, length_again);
    CHECK(once_more.rc == 0 && length_again == length);
    check_equal(&again, &once_more);
    reading_free(&again);
    reading_free(&once_more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    reading_t reading;
    read_bytes(&reading, data, size);
    if (reading.rc == 0) {
        check_reading(&reading, size);
        if (is_good(&reading))
            round_trip(&reading);
    }
    reading_free(&reading);
    return 0;
}
