#include "sio/message.h"
#include "sio/outgoing.h"
#include "sio/packet.h"
#include "sio/parser.h"
#include <sio/error.h>
#include <string.h>

/* The protocol's own parser, which can be read back. */
static sio__outlet_t plain_outlet(const sio__core_t *core) {
    return (sio__outlet_t){.scratch = core->output.scratch};
}

static void begin(sio_message_t *message, sio__core_t *core) {
    message->core = core;
    message->offset = NULL;
    message->has_plain = 0;
}

/* --- reading back ------------------------------------------------------------------------- */

int sio_message_packet(sio_message_t *message, sio_packet_t *packet) {
    const sio__encoded_t *encoded = message->has_plain ? &message->plain : &message->encoded;
    const sio__frame_t *frame = &encoded->messages[0].frame;
    sio__packet_t read;
    const char *why;
    sio_binary_t *binaries = NULL;
    size_t count = encoded->count - 1;
    /* Behind the digit of the engine; nothing is written to. */
    char *text = (char *) (uintptr_t) frame->payload + 1;
    if (sio__packet_decode(&read, text, frame->payload_length - 1, &sio__packet_unlimited, &why) < 0)
        return SIO_EINVAL;
    if (count > 0) {
        binaries = sio__scratch_memory(message->core->output.scratch, count * sizeof(*binaries));
        if (binaries == NULL)
            return SIO_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        frame = &encoded->messages[1 + i].frame;
        binaries[i] = (sio_binary_t){frame->payload, frame->payload_length};
    }
    *packet = (sio_packet_t){
        .type = read.type == SIO__ACK || read.type == SIO__BINARY_ACK ? SIO_PACKET_ACK
                                                                      : SIO_PACKET_EVENT,
        .nsp = read.nsp.text,
        .nsp_length = read.nsp.length,
        .id = read.id,
        .data = read.data.text,
        .data_length = read.data.length,
        .binaries = binaries,
        .binary_count = count,
    };
    return 0;
}

/* Another parser's messages cannot, which other servers and those who listen need. */
static int is_read_back(const sio__core_t *core) {
    return core->output.parser != NULL && (core->relays || sio__outgoing_heard(core));
}

/* --- making ------------------------------------------------------------------------------- */

/* For another parser, what the servers are told is encoded first, then read back for it. */
static int encode_both(sio_message_t *message, const sio_namespace_t *nsp, int64_t id,
                       const char *event, const sio__args_t *args) {
    sio__core_t *core = nsp->core;
    sio__outlet_t plain = plain_outlet(core);
    sio_packet_t packet;
    int rc = sio__encode_event(&message->plain, &plain, nsp->name, id, event, args);
    if (rc < 0)
        return rc;
    message->has_plain = 1;
    rc = sio_message_packet(message, &packet);
    return rc < 0 ? rc : sio__parser_encode(&message->encoded, &core->output, &packet);
}

/* The offset of a packet that those who lose the connection may miss [R2]; NULL: it gets none. */
static const char *take_offset(sio_message_t *message, const sio_namespace_t *nsp,
                               const sio_targets_t *targets) {
    const sio_adapter_t *adapter = &nsp->core->adapter;
    if ((targets->flags & SIO_TARGETS_VOLATILE) == 0 && adapter->next_offset != NULL &&
        adapter->next_offset(nsp->adapter_state, (sio_namespace_t *) (uintptr_t) nsp, targets,
                             message->offset_room, sizeof(message->offset_room)) == 0)
        message->offset = message->offset_room;
    return message->offset;
}

int sio__message_event(sio_message_t *message, sio_namespace_t *nsp, const sio_targets_t *targets,
                       int64_t id, const char *event, const sio__args_t *args) {
    sio__core_t *core = nsp->core;
    sio__args_t ended;
    begin(message, core);
    if (core->recovers && id < 0 && take_offset(message, nsp, targets) != NULL) {
        ended = *args;
        ended.last = message->offset;
        args = &ended;
    }
    if (is_read_back(core))
        return encode_both(message, nsp, id, event, args);
    return sio__encode_event(&message->encoded, &core->output, nsp->name, id, event, args);
}

int sio__message_for_servers(sio_message_t *message, sio_namespace_t *nsp, const char *event,
                             const sio__args_t *args) {
    sio__outlet_t plain = plain_outlet(nsp->core);
    begin(message, nsp->core);
    return sio__encode_event(&message->encoded, &plain, nsp->name, -1, event, args);
}

int sio__message_answer(sio_message_t *message, sio_namespace_t *nsp, const sio__args_t *args) {
    sio__outlet_t plain = plain_outlet(nsp->core);
    begin(message, nsp->core);
    return sio__encode_ack(&message->encoded, &plain, nsp->name, 0, args);
}

/* What has come from elsewhere is checked like what comes from a client. */
static int check(const sio_packet_t *packet) {
    sio__packet_t read = {.type = SIO__EVENT};
    const char *why;
    if (packet->type != SIO_PACKET_EVENT || packet->data == NULL || packet->data_length == 0 ||
        (packet->binary_count > 0 && packet->binaries == NULL))
        return SIO_EINVAL;
    read.data = (sio__slice_t){(char *) (uintptr_t) packet->data, packet->data_length};
    if (sio__packet_check(&read, sio__packet_unlimited.depth, &why) < 0 ||
        (packet->binary_count > 0 &&
         sio__packet_check_placeholders(&read, packet->binary_count) < 0))
        return SIO_EINVAL;
    return 0;
}

/* For sockets here, and for servers where they are told by another parser. */
static int encode_packet(sio_message_t *message, const sio_namespace_t *nsp, int64_t id,
                         const sio_packet_t *packet) {
    sio__core_t *core = nsp->core;
    int rc = sio__encode_packet(&message->encoded, &core->output, nsp->name, id, packet,
                                message->offset);
    if (rc < 0 || !is_read_back(core))
        return rc;
    sio__outlet_t plain = plain_outlet(core);
    rc = sio__encode_packet(&message->plain, &plain, nsp->name, id, packet, message->offset);
    message->has_plain = rc == 0;
    return rc;
}

int sio__message_of_packet(sio_message_t *message, sio_namespace_t *nsp,
                           const sio_packet_t *packet, int64_t id) {
    if (nsp == NULL || packet == NULL)
        return SIO_EINVAL;
    if (!sio__namespace_is_open(nsp))
        return SIO_ECLOSED;
    int rc = check(packet);
    if (rc < 0)
        return rc;
    begin(message, nsp->core);
    return encode_packet(message, nsp, id, packet);
}

int sio__message_for_child(sio_message_t *message, sio_namespace_t *nsp,
                           const sio_targets_t *targets, const sio_packet_t *packet) {
    begin(message, nsp->core);
    if (nsp->core->recovers)
        take_offset(message, nsp, targets);
    return encode_packet(message, nsp, -1, packet);
}
