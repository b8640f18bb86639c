#include "exchange.h"

#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *letters(size_t length) {
    char *text = allocate(length + 1, 1);

    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 26);
    return text;
}

/* before + text + after */
static part_t text_part(const char *before, const char *text, const char *after) {
    size_t size = strlen(before) + strlen(text) + strlen(after) + 1;
    part_t part = {FRAME_TEXT, allocate(size, 1), size - 1};

    snprintf((char *) part.payload, size, "%s%s%s", before, text, after);
    return part;
}

static part_t binary_part(const char *content, size_t length) {
    part_t part = {FRAME_BINARY, allocate(length, 1), length};

    memcpy(part.payload, content, length);
    return part;
}

static unsigned write_message(part_t *parts, exchange_kind_t kind, const char *text, bool reply) {
    switch (kind) {
    case EXCHANGE_ECHO:
        parts[0] = text_part("42[\"echo\",\"", text, "\"]");
        return 1;
    case EXCHANGE_ACK:
        parts[0] = text_part(reply ? "430[\"" : "420[\"ack\",\"", text, "\"]");
        return 1;
    case EXCHANGE_BROADCAST:
        parts[0] = text_part(reply ? "42[\"news\",\"" : "42[\"pub\",\"", text, "\"]");
        return 1;
    case EXCHANGE_BINARY:
        parts[0] = text_part("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "", "");
        parts[1] = binary_part(text, strlen(text));
        return 2;
    case EXCHANGE_RAW:
        break;
    }
    parts[0] = text_part("", text, "");
    return 1;
}

void exchange_init(exchange_t *exchange, exchange_kind_t kind, int size, int depth) {
    part_t request[2];
    char *text = letters((size_t) size);
    size_t message_size = 0;

    exchange->depth = depth;
    exchange->parts = write_message(exchange->reply, kind, text, true);
    unsigned parts = write_message(request, kind, text, false);

    for (unsigned i = 0; i < parts; i++)
        message_size += frame_size(request[i].length);
    exchange->batch_size = message_size * (size_t) depth;
    exchange->batch = allocate(exchange->batch_size, 1);
    uint8_t *to = exchange->batch;
    for (int i = 0; i < depth; i++)
        for (unsigned k = 0; k < parts; k++)
            to += frame_write(to, request[k].opcode, request[k].payload, request[k].length);

    for (unsigned i = 0; i < parts; i++)
        free(request[i].payload);
    free(text);
}

static _Noreturn void fail_reply(const part_t *part, const frame_piece_t *piece) {
    fail("a reply of %llu%s bytes with opcode %d, not %zu and %d: %.*s",
         (unsigned long long) piece->offset + piece->size, piece->last ? "" : " or more",
         piece->opcode, part->length, part->opcode, (int) (piece->size < 100 ? piece->size : 100),
         (const char *) piece->data);
}

bool exchange_take(const exchange_t *exchange, client_t *client, const frame_piece_t *piece) {
    const part_t *part = &exchange->reply[client->part];
    uint64_t end = piece->offset + piece->size;

    if (client->due == 0)
        fail("a reply too many");
    if (piece->opcode != part->opcode || end > part->length || (piece->last && end < part->length))
        fail_reply(part, piece);
    if (!client->verified && memcmp(piece->data, part->payload + piece->offset, piece->size) != 0)
        fail("a reply differs from what was expected");
    if (!piece->last)
        return false;
    if (++client->part < exchange->parts)
        return false;
    client->part = 0;
    client->verified = true;
    return --client->due == 0;
}
