#include "sio/outgoing.h"
#include "sio/dispatch.h"
#include "sio/packet.h"
#include <sio/error.h>

/* An event read back from what was encoded. */
typedef struct {
    sio__core_t *core;
    sio_event_t event;
    size_t room_used; /* by the event itself */
} heard_t;

static void warn(const sio__core_t *core, const char *why) {
    sio__tell(core->loop, SIO__TOLD_EVENT, SIO_LOG_WARN, "socket",
              "those who listen to what is sent were not told: %s", why);
}

/* Reading changes the text, so it gets a copy, which stays until the turn ends. */
static int read_back(heard_t *heard, sio__core_t *core, sio_message_t *message) {
    sio__scratch_t *scratch = core->output.scratch;
    sio_packet_t packet;
    sio__packet_t read = {.type = SIO__EVENT, .id = -1};
    const char *why;
    int rc = sio_message_packet(message, &packet);
    if (rc < 0)
        return rc;
    read.data.text = (char *) (uintptr_t) sio__scratch_copy(scratch, packet.data,
                                                            packet.data_length);
    read.data.length = packet.data_length;
    if (read.data.text == NULL)
        return SIO_ENOMEM;
    if (sio__packet_check(&read, sio__packet_unlimited.depth, &why) < 0)
        return SIO_EINVAL; /* raw text of the application that is no JSON */
    rc = sio__event_init(&heard->event, NULL, scratch, &read, packet.binaries,
                         packet.binary_count);
    heard->core = core;
    heard->room_used = heard->event.room_used;
    return rc;
}

static int begin(heard_t *heard, sio__core_t *core, sio_message_t *message) {
    if (core->hook_arena == NULL)
        core->hook_arena = sio__scratch_new();
    int rc = core->hook_arena != NULL ? read_back(heard, core, message) : SIO_ENOMEM;
    if (rc < 0) {
        warn(core, sio_strerror(rc));
        return rc;
    }
    heard->event.scratch = core->hook_arena;
    core->hook_depth++;
    return 0;
}

static int tell(sio_socket_t *socket, void *data) {
    heard_t *heard = data;
    sio__core_t *core = heard->core;
    heard->event.socket = socket;
    sio__dispatch_named(socket, &heard->event, core->any_outgoing);
    sio__event_done(&heard->event);
    heard->event.room_used = heard->room_used;
    if (core->hook_depth == 1)
        sio__scratch_reset(core->hook_arena);
    return 0;
}

void sio__outgoing_tell(sio_socket_t *socket, sio_message_t *message) {
    sio__core_t *core = socket->nsp->core;
    heard_t heard;
    if (begin(&heard, core, message) < 0)
        return;
    tell(socket, &heard);
    core->hook_depth--;
}

void sio__outgoing_tell_all(sio_namespace_t *nsp, const sio_targets_t *targets,
                            sio_message_t *message) {
    sio__core_t *core = nsp->core;
    heard_t heard;
    if (begin(&heard, core, message) < 0)
        return;
    if (sio_memory_each(nsp, targets, tell, &heard) < 0)
        warn(core, sio_strerror(SIO_ENOMEM));
    core->hook_depth--;
}
