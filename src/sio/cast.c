/* What the verbs send to many: one packet for all, by way of the adapter [S10, S14]. */
#include "sio/broadcast.h"
#include "sio/emit.h"
#include "sio/message.h"
#include "sio/parent.h"
#include "sio/responses.h"
#include <sio/error.h>

/* --- sending ------------------------------------------------------------------------------ */

static int check(const sio_namespace_t *nsp, const sio__args_t *args) {
    if (nsp != NULL && sio__namespace_is_open(nsp))
        return 0;
    sio__args_drop(args);
    return nsp == NULL ? SIO_EINVAL : SIO_ECLOSED;
}

/* To all children of a parent: encoded once, and again for each since it has the name in it
 * [S6]. */
static int cast_to_children(sio_namespace_t *nsp, const sio_targets_t *targets, const char *event,
                            const sio__args_t *args) {
    sio_message_t message;
    sio_packet_t packet;
    int rc = sio__message_for_servers(&message, nsp, event, args);
    if (rc == 0)
        rc = sio_message_packet(&message, &packet);
    for (sio_namespace_t *child = nsp->parent->children; rc == 0 && child != NULL;
         child = child->sibling) {
        sio_message_t part;
        rc = sio__message_for_child(&part, child, targets, &packet);
        if (rc == 0)
            rc = nsp->core->adapter.broadcast(child->adapter_state, child, targets, &part);
    }
    return rc;
}

int sio__cast(sio_namespace_t *nsp, const sio_targets_t *targets, const char *event,
              const sio__args_t *args) {
    sio_message_t message;
    int rc = check(nsp, args);
    if (rc == 0 && nsp->is_parent)
        return cast_to_children(nsp, targets, event, args);
    if (rc == 0)
        rc = sio__message_event(&message, nsp, targets, -1, event, args);
    if (rc < 0)
        return rc;
    return nsp->core->adapter.broadcast(nsp->adapter_state, nsp, targets, &message);
}

static int send_all(sio_namespace_t *nsp, const char *event, const sio__args_t *args) {
    sio_targets_t everyone = {0};
    return sio__cast(nsp, &everyone, event, args);
}

static int send_chain(sio_broadcast_t *broadcast, const char *event, const sio__args_t *args) {
    sio_targets_t targets;
    sio_broadcast_t *kept = sio__broadcast_keep(broadcast);
    int rc = sio__broadcast_targets(broadcast, &targets);
    if (rc < 0)
        sio__args_drop(args);
    else if (broadcast->only != NULL)
        rc = sio__emit(broadcast->only, event, args, broadcast->flags);
    else
        rc = sio__cast(broadcast->nsp, &targets, event, args);
    sio__broadcast_consume(broadcast);
    sio_broadcast_unref(kept);
    return rc;
}

/* --- with acks ---------------------------------------------------------------------------- */

static int send_asking(sio_namespace_t *nsp, const sio_targets_t *targets, sio_responses_cb cb,
                       void *data, const char *event, const sio__args_t *args) {
    sio_message_t message;
    const sio_adapter_t *adapter = &nsp->core->adapter;
    int64_t id = nsp->next_ack;
    int rc = sio__message_event(&message, nsp, targets, id, event, args);
    if (rc < 0)
        return rc;
    size_t servers = adapter->server_count != NULL && !(targets->flags & SIO_TARGETS_LOCAL)
                         ? adapter->server_count(nsp->adapter_state, nsp)
                         : 1;
    sio_responses_t *responses =
        sio__responses_new(nsp, id, targets->timeout_ms, servers, cb, data);
    if (responses == NULL)
        return SIO_ENOMEM;
    nsp->next_ack++;
    sio_responses_ref(responses); /* they may end meanwhile */
    rc = adapter->broadcast_with_ack(nsp->adapter_state, nsp, targets, &message, responses);
    if (rc < 0)
        sio__responses_cancel(responses);
    sio_responses_unref(responses);
    return rc;
}

static int ask_chain(sio_broadcast_t *broadcast, uint32_t timeout_ms, sio_responses_cb cb,
                     void *data, const char *event, const sio__args_t *args) {
    sio_targets_t targets;
    sio_broadcast_t *kept = sio__broadcast_keep(broadcast);
    int rc = sio__broadcast_sockets(broadcast, &targets);
    if (rc == 0 && cb == NULL)
        rc = SIO_EINVAL;
    if (rc == 0 && !sio__namespace_may_ask(broadcast->nsp))
        rc = SIO_ECLOSED;
    if (rc < 0) {
        sio__args_drop(args);
    } else {
        if (timeout_ms > 0)
            targets.timeout_ms = timeout_ms;
        rc = send_asking(broadcast->nsp, &targets, cb, data, event, args);
    }
    sio__broadcast_consume(broadcast);
    sio_broadcast_unref(kept);
    return rc;
}

int sio_broadcast_emit_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                sio_responses_cb cb, void *data, const char *event,
                                const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_broadcast_vemit_with_ack(broadcast, timeout_ms, cb, data, event, format, list);
    va_end(list);
    return rc;
}

int sio_broadcast_vemit_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                 sio_responses_cb cb, void *data, const char *event,
                                 const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = ask_chain(broadcast, timeout_ms, cb, data, event, &given);
    va_end(list);
    return rc;
}

int sio_broadcast_emit_json_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                     sio_responses_cb cb, void *data, const char *event,
                                     const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return ask_chain(broadcast, timeout_ms, cb, data, event, &given);
}

int sio_broadcast_emit_event_with_ack(sio_broadcast_t *broadcast, uint32_t timeout_ms,
                                      sio_responses_cb cb, void *data, const char *event,
                                      const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return ask_chain(broadcast, timeout_ms, cb, data, event, &given);
}

/* --- <sio/broadcast.h> -------------------------------------------------------------------- */

int sio_namespace_emit(sio_namespace_t *nsp, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_namespace_vemit(nsp, event, format, list);
    va_end(list);
    return rc;
}

int sio_namespace_vemit(sio_namespace_t *nsp, const char *event, const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = send_all(nsp, event, &given);
    va_end(list);
    return rc;
}

int sio_namespace_emit_json(sio_namespace_t *nsp, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return send_all(nsp, event, &given);
}

int sio_namespace_emit_raw(sio_namespace_t *nsp, const char *event, const char *text,
                           size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return send_all(nsp, event, &given);
}

int sio_namespace_emit_event(sio_namespace_t *nsp, const char *event, const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return send_all(nsp, event, &given);
}

int sio_broadcast_emit(sio_broadcast_t *broadcast, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_broadcast_vemit(broadcast, event, format, list);
    va_end(list);
    return rc;
}

int sio_broadcast_vemit(sio_broadcast_t *broadcast, const char *event, const char *format,
                        va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = send_chain(broadcast, event, &given);
    va_end(list);
    return rc;
}

int sio_broadcast_emit_json(sio_broadcast_t *broadcast, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return send_chain(broadcast, event, &given);
}

int sio_broadcast_emit_raw(sio_broadcast_t *broadcast, const char *event, const char *text,
                           size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return send_chain(broadcast, event, &given);
}

int sio_broadcast_emit_event(sio_broadcast_t *broadcast, const char *event,
                             const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return send_chain(broadcast, event, &given);
}
