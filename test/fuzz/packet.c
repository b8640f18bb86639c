/*
 * Packets of Socket.IO, as JSON: decoded, kept for their binaries, made an event, unpacked in every
 * way, copied, and encoded again, which decodes as the same. The namespace may carry a query,
 * as clients of before put it there.
 *
 * Covers: src/sio/packet.c src/sio/json.c src/sio/jsontext.c src/sio/partial.c src/sio/event.c
 * src/sio/unpack.c src/sio/build.c src/sio/encode.c src/sio/format.c src/sio/escape.c
 * src/sio/number.c src/sio/older.c
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "sio/older.h"
#include "sio/partial.h"
#include <sio/error.h>
#include <stdlib.h>

enum { ATTACHMENTS = 10 };

static const sio__packet_limits_t limits = {ATTACHMENTS, SIO__JSON_DEPTH};

static const sio__binary_t binaries[ATTACHMENTS] = {
    {"zero", 4}, {"", 0}, {"\2\2", 2}, {NULL, 0}, {"4", 1}, {"5", 1}, {"6", 1}, {"7", 1}, {"8", 1},
    {"nine", 4},
};

typedef struct {
    sio__core_t core; /* no more of it than is needed */
    sio__loop_t loop;
    sio__scratch_t *scratch, *arena;
} world_t;

/* --- decoding --------------------------------------------------------------------------------- */

static void check_slice(const sio__slice_t *slice, const char *text, size_t length) {
    CHECK(slice->text >= text && slice->length <= (size_t) (text + length - slice->text));
}

static void check_packet(const sio__packet_t *packet, const char *text, size_t length) {
    const sio__json_t *json = &packet->json;
    CHECK(packet->type <= SIO__BINARY_ACK);
    CHECK(packet->id >= -1 && packet->id <= SIO__LARGEST_ID);
    CHECK(packet->attachments <= ATTACHMENTS);
    CHECK((packet->attachments > 0) == (packet->type >= SIO__BINARY_EVENT));
    CHECK(packet->nsp.length > 0 && packet->nsp.text[0] == '/');
    if (packet->nsp.length > 1)
        check_slice(&packet->nsp, text, length);
    if (packet->data.length == 0)
        return;
    check_slice(&packet->data, text, length);
    CHECK(json->value.start < json->value.end && json->value.end <= packet->data.length);
    if (json->kind != SIO__JSON_ARRAY)
        return;
    uint32_t noted = json->count < SIO__JSON_ELEMENTS ? json->count : SIO__JSON_ELEMENTS;
    uint32_t behind = json->value.start + 1;
    for (uint32_t i = 0; i < noted; i++) {
        CHECK(json->elements[i].start >= behind && json->elements[i].start < json->elements[i].end);
        behind = json->elements[i].end;
        CHECK(behind < json->value.end);
    }
}

/* --- unpacking -------------------------------------------------------------------------------- */

static void unpack_text(sio_event_t *event) {
    const char *text = NULL;
    size_t length = 0;
    if (sio_event_unpack(event, "s", &text) == 0)
        CHECK(sio__utf8_valid(text, strlen(text)));
    if (sio_event_unpack(event, "s%", &text, &length) == 0)
        CHECK(text[length] == '\0' && sio__utf8_valid(text, length));
    if (sio_event_unpack(event, "[s]", &text) == 0)
        CHECK(strlen(text) < SIZE_MAX);
    if (sio_event_unpack(event, "{s:s?,s?:{s:s}}", "a", &text, "b", "c", &text) == 0)
        CHECK(text == NULL || strlen(text) < SIZE_MAX);
    if (sio_event_unpack(event, "r", &text, &length) == 0)
        CHECK(length > 0);
}

static void unpack_numbers(sio_event_t *event) {
    int small = 0, truth = 0;
    json_int_t large = 0;
    double real = 0;
    int rc = sio_event_unpack(event, "I", &large);
    if (sio_event_unpack(event, "i", &small) == 0)
        CHECK(rc == 0 && large == small);
    if (rc == 0) {
        CHECK(sio_event_unpack(event, "f", &real) == 0);
        CHECK(real == (double) large);
    }
    sio_event_unpack(event, "[iI!]", &small, &large);
    sio_event_unpack(event, "b?nF?", &truth, &real);
}

static void unpack_others(sio_event_t *event) {
    json_t *value = NULL, *own = NULL;
    const void *data = NULL;
    size_t length = 0;
    if (sio_event_unpack(event, "o", &value) == 0)
        CHECK(value != NULL);
    if (sio_event_unpack(event, "O", &own) == 0)
        json_decref(own);
    sio_event_unpack(event, "{s:o,s?:[o]*}", "a", &value, "b", &value);
    if (sio_event_unpack(event, "B", &data, &length) == 0)
        CHECK(data != NULL && length <= 4);
    sio_event_unpack(event, "[B{s:B}]", &data, &length, "a", &data, &length);
}

/* What an application can ask of an event. */
static void look_at(sio_event_t *event) {
    CHECK(strlen(sio_event_name(event)) <= event->name_length);
    CHECK(sio__utf8_valid(event->name, event->name_length));
    for (size_t i = 0; i < sio_event_count(event); i++) {
        size_t length = 0;
        CHECK(sio_event_raw(event, i, &length) != NULL && length > 0);
        json_t *value = sio_event_arg(event, i);
        CHECK(value != NULL && sio_event_arg(event, i) == value);
    }
    CHECK(sio_event_arg(event, sio_event_count(event)) == NULL);
    unpack_text(event);
    unpack_numbers(event);
    unpack_others(event);
}

/* The same name and arguments; `exactly` to the last byte, otherwise but for the numbers of
 * binaries. */
static void check_same(sio_event_t *event, sio_event_t *other, int exactly) {
    CHECK(event->name_length == other->name_length);
    CHECK(memcmp(event->name, other->name, event->name_length) == 0);
    CHECK(event->ack_id == other->ack_id);
    CHECK(sio_event_count(event) == sio_event_count(other));
    for (size_t i = 0; i < sio_event_count(event); i++) {
        size_t length, other_length;
        const void *bytes = sio_event_binary(event, i, &length);
        const void *other_bytes = sio_event_binary(other, i, &other_length);
        CHECK((bytes != NULL) == (other_bytes != NULL));
        if (bytes == NULL && exactly) {
            bytes = sio_event_raw(event, i, &length);
            other_bytes = sio_event_raw(other, i, &other_length);
        }
        CHECK(bytes == NULL || (length == other_length && memcmp(bytes, other_bytes, length) == 0));
    }
}

static void check_copy(sio_event_t *event) {
    sio_event_t *kept = sio_event_ref(event);
    CHECK(kept != NULL && kept != event && sio_event_ref(event) == kept);
    check_same(event, kept, 1);
    look_at(kept);
    sio_event_unref(kept);
    sio_event_unref(kept);
}

/* --- encoding again --------------------------------------------------------------------------- */

static int encode(world_t *world, const sio__packet_t *packet, const sio_event_t *event,
                  const char *nsp, sio__encoded_t *out) {
    sio__outlet_t outlet = {.scratch = world->scratch};
    sio__args_t args = {.kind = SIO__ARGS_EVENT, .event = event};
    if (packet->type == SIO__EVENT || packet->type == SIO__BINARY_EVENT)
        return sio__encode_event(out, &outlet, nsp, packet->id, event->name, &args);
    return sio__encode_ack(out, &outlet, nsp, packet->id, &args);
}

/* Decodes the messages, behind the digit of the engine. */
static void decode_again(world_t *world, const sio__encoded_t *encoded, const sio__packet_t *packet,
                         sio_event_t *event) {
    sio__packet_t again;
    sio__binary_t few[ATTACHMENTS];
    sio_event_t copy;
    const char *why = NULL;
    size_t count = encoded->count - 1, length = encoded->messages[0].frame.payload_length - 1;
    char *text = fuzz_exact(encoded->messages[0].frame.payload + 1, length);
    if (count > ATTACHMENTS) { /* each mention of a binary is one by itself then */
        free(text);
        return;
    }
    CHECK(sio__packet_decode(&again, text, length, &limits, &why) == 0);
    CHECK(again.attachments == count && again.id == packet->id);
    CHECK(again.nsp.length == packet->nsp.length &&
          memcmp(again.nsp.text, packet->nsp.text, again.nsp.length) == 0);
    for (size_t i = 0; i < count; i++)
        few[i] = (sio__binary_t){encoded->messages[1 + i].frame.payload,
                                 encoded->messages[1 + i].frame.payload_length};
    CHECK(count == 0 || sio__packet_check_placeholders(&again, count) == 0);
    CHECK(sio__event_init(&copy, NULL, world->arena, &again, few, count) == 0);
    check_same(event, &copy, count == 0);
    sio__event_done(&copy);
    free(text);
}

static void round_trip(world_t *world, const sio__packet_t *packet, sio_event_t *event) {
    sio__encoded_t encoded;
    if (packet->id < 0 && (packet->type == SIO__ACK || packet->type == SIO__BINARY_ACK))
        return;
    /* A name may be anything but to an application, which has it as a C string. */
    if (strlen(event->name) != event->name_length ||
        memchr(packet->nsp.text, '\0', packet->nsp.length) != NULL)
        return;
    char *nsp = fuzz_text(packet->nsp.text, packet->nsp.length);
    int rc = encode(world, packet, event, nsp, &encoded);
    if (rc == 0)
        decode_again(world, &encoded, packet, event);
    else
        CHECK(rc == SIO_ERESERVED && event->name_length > 0);
    free(nsp);
}

/* --- packets ---------------------------------------------------------------------------------- */

/* An event, or the answer to one. */
static void take_event(world_t *world, const sio__packet_t *packet, size_t count) {
    sio_event_t event;
    if (count > 0 && sio__packet_check_placeholders(packet, count) < 0)
        return;
    CHECK(sio__event_init(&event, NULL, world->arena, packet, binaries, count) == 0);
    look_at(&event);
    round_trip(world, packet, &event);
    check_copy(&event);
    sio__event_done(&event);
}

/* The packet waits for its binaries: what it was decoded from goes. */
static void take_binary(world_t *world, const sio__packet_t *packet, char *text, size_t length) {
    sio__partial_t *partial = sio__partial_new(&world->core, packet, text, length);
    CHECK(partial != NULL);
    memset(text, '!', length);
    for (uint32_t i = 0; i + 1 < packet->attachments; i++)
        CHECK(sio__partial_add(partial, binaries[i].data, binaries[i].length) == 0);
    check_packet(&partial->packet, partial->text, length);
    take_event(world, &partial->packet, packet->attachments);
    sio__partial_free(&world->core, partial);
    sio__partial_free_spare(&world->core);
}

static void take_connect(world_t *world, sio__packet_t *packet) {
    sio__json_t json;
    CHECK(sio__older_read(&world->core, packet) == 0);
    CHECK(memchr(packet->nsp.text, '?', packet->nsp.length) == NULL);
    if (packet->type == SIO__CONNECT && packet->data.length > 0) {
        CHECK(sio__json_scan(packet->data.text, packet->data.length, SIO__JSON_DEPTH, &json) == 0);
        CHECK(json.kind == SIO__JSON_OBJECT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sio__packet_t packet;
    const char *why = NULL;
    if (!sio__utf8_valid(data, size)) /* the engine has seen to that */
        return 0;
    char *text = fuzz_exact(data, size);
    if (sio__packet_decode(&packet, text, size, &limits, &why) < 0) {
        CHECK(why != NULL);
        free(text);
        return 0;
    }
    world_t world = {.scratch = sio__scratch_new(), .arena = sio__scratch_new()};
    CHECK(world.scratch != NULL && world.arena != NULL);
    world.loop.scratch = world.scratch;
    world.core.loop = &world.loop;
    check_packet(&packet, text, size);
    if (packet.attachments > 0)
        take_binary(&world, &packet, text, size);
    else if (packet.type == SIO__EVENT || packet.type == SIO__ACK)
        take_event(&world, &packet, 0);
    else
        take_connect(&world, &packet);
    sio__scratch_free(world.scratch);
    sio__scratch_free(world.arena);
    free(text);
    return 0;
}
