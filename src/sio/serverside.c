/* Events between servers [S18]. */
#include "sio/emit.h"
#include "sio/message.h"
#include "sio/responses.h"
#include <sio/error.h>
#include <sio/remote.h>
#include <stdlib.h>
#include <string.h>

/* --- sending ------------------------------------------------------------------------------ */

static int tell(sio_namespace_t *nsp, const char *event, const sio__args_t *args,
                sio_responses_t *responses) {
    sio_message_t message;
    int rc = sio__message_for_servers(&message, nsp, event, args);
    if (rc < 0)
        return rc;
    return nsp->core->adapter.server_side_emit(nsp->adapter_state, nsp, &message, responses);
}

static int check(const sio_namespace_t *nsp, const sio__args_t *args) {
    if (nsp != NULL && sio__namespace_is_open(nsp) && !nsp->is_parent)
        return 0;
    sio__args_drop(args);
    if (nsp != NULL && nsp->is_parent)
        return SIO_ENOTSUP;
    return nsp == NULL ? SIO_EINVAL : SIO_ECLOSED;
}

static int send_asking(sio_namespace_t *nsp, uint32_t timeout_ms, sio_responses_cb cb, void *data,
                       const char *event, const sio__args_t *args) {
    const sio_adapter_t *adapter = &nsp->core->adapter;
    size_t servers =
        adapter->server_count != NULL ? adapter->server_count(nsp->adapter_state, nsp) : 1;
    sio_responses_t *responses = sio__responses_new(nsp, -1, timeout_ms, 0, cb, data);
    if (responses == NULL) {
        sio__args_drop(args);
        return SIO_ENOMEM;
    }
    /* Each other server answers once, whatever its clients. */
    sio__responses_answers(responses, servers > 0 ? servers - 1 : 0);
    sio_responses_ref(responses); /* they may end meanwhile */
    int rc = tell(nsp, event, args, responses);
    if (rc < 0)
        sio__responses_cancel(responses);
    sio_responses_unref(responses);
    return rc;
}

int sio_namespace_server_side_emit(sio_namespace_t *nsp, const char *event, const char *format,
                                   ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_namespace_server_side_vemit(nsp, event, format, list);
    va_end(list);
    return rc;
}

int sio_namespace_server_side_vemit(sio_namespace_t *nsp, const char *event, const char *format,
                                    va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = check(nsp, &given);
    if (rc == 0)
        rc = tell(nsp, event, &given, NULL);
    va_end(list);
    return rc;
}

int sio_namespace_server_side_emit_with_ack(sio_namespace_t *nsp, uint32_t timeout_ms,
                                            sio_responses_cb cb, void *data, const char *event,
                                            const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_namespace_server_side_vemit_with_ack(nsp, timeout_ms, cb, data, event, format,
                                                      list);
    va_end(list);
    return rc;
}

int sio_namespace_server_side_vemit_with_ack(sio_namespace_t *nsp, uint32_t timeout_ms,
                                             sio_responses_cb cb, void *data, const char *event,
                                             const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = check(nsp, &given);
    if (rc == 0 && (cb == NULL || !sio__namespace_may_ask(nsp))) {
        sio__args_drop(&given);
        rc = cb == NULL ? SIO_EINVAL : SIO_ECLOSED;
    }
    if (rc == 0)
        rc = send_asking(nsp, timeout_ms, cb, data, event, &given);
    va_end(list);
    return rc;
}

/* --- listening ---------------------------------------------------------------------------- */

/* Listeners are kept under a name that no event of a client's can have, since it is no UTF-8. */
static char *listener_name(const char *event) {
    size_t length = strlen(event);
    char *name = malloc(sizeof(SIO__SERVER_SIDE) + length);
    if (name == NULL)
        return NULL;
    memcpy(name, SIO__SERVER_SIDE, sizeof(SIO__SERVER_SIDE) - 1);
    memcpy(name + sizeof(SIO__SERVER_SIDE) - 1, event, length + 1);
    return name;
}

int sio_namespace_on_server_side(sio_namespace_t *nsp, const char *event, sio_server_side_cb cb,
                                 void *data) {
    sio__listener_t listener = {(sio__function_t) cb, data, 0};
    if (nsp == NULL || event == NULL || cb == NULL)
        return SIO_EINVAL;
    if (nsp->core == NULL)
        return SIO_ECLOSED;
    if (sio__event_reserved(event))
        return SIO_ERESERVED;
    char *name = listener_name(event);
    if (name == NULL)
        return SIO_ENOMEM;
    int rc = sio__listeners_add(&nsp->core->tables, &nsp->listeners, name, &listener);
    free(name);
    return rc;
}

static int find_name(const sio_namespace_t *nsp, const char *event, sio__name_t **found) {
    char *name = listener_name(event);
    if (name == NULL)
        return SIO_ENOMEM;
    *found = sio__names_find(&nsp->core->names, name, strlen(name));
    free(name);
    return 0;
}

int sio_namespace_off_server_side(sio_namespace_t *nsp, const char *event, sio_server_side_cb cb,
                                  void *data) {
    sio__name_t *name;
    if (nsp == NULL || event == NULL)
        return SIO_EINVAL;
    if (nsp->core == NULL)
        return 0;
    int rc = find_name(nsp, event, &name);
    if (rc < 0 || name == NULL)
        return rc;
    return sio__listeners_remove(&nsp->core->tables, &nsp->listeners, name, (sio__function_t) cb,
                                 data);
}

/* --- receiving ---------------------------------------------------------------------------- */

/* Those there are at the beginning are called, but those removed meanwhile. */
static int call(sio_namespace_t *nsp, sio_event_t *event) {
    sio__name_t *name;
    int rc = find_name(nsp, event->name, &name);
    if (rc < 0 || name == NULL)
        return rc;
    size_t count = sio__listeners_find(&nsp->listeners, name, NULL, 0);
    sio__listener_t *list = malloc((count > 0 ? count : 1) * sizeof(*list));
    if (list == NULL)
        return SIO_ENOMEM;
    sio__listeners_find(&nsp->listeners, name, list, count);
    name->refs++;
    for (size_t i = 0; i < count && nsp->core != NULL; i++)
        if (sio__listeners_has(&nsp->listeners, name, &list[i]))
            ((sio_server_side_cb) list[i].function)(nsp, event, list[i].data);
    if (nsp->core != NULL)
        sio__names_unref(&nsp->core->names, name);
    free(list);
    return 0;
}

/* Only what is checked becomes an event. */
static int read_packet(sio__packet_t *packet, sio__scratch_t *arena, const sio_packet_t *given) {
    const char *why;
    /* The event's name is made plain where it lies. */
    packet->data.text =
        (char *) (uintptr_t) sio__scratch_copy(arena, given->data, given->data_length);
    packet->data.length = given->data_length;
    if (packet->data.text == NULL)
        return SIO_ENOMEM;
    if (sio__packet_check(packet, sio__packet_unlimited.depth, &why) < 0 ||
        (given->binary_count > 0 &&
         sio__packet_check_placeholders(packet, given->binary_count) < 0))
        return SIO_EINVAL;
    return 0;
}

static void receive(sio_namespace_t *nsp, sio_event_t *event, const sio_answers_t *answers) {
    event->server_side.nsp = nsp;
    event->server_side.done = NULL;
    if (answers != NULL)
        event->server_side =
            (sio__server_side_t){nsp, answers->answer, answers->done, answers->data};
    nsp->refs++;
    if (call(nsp, event) < 0)
        sio__tell(nsp->core->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "adapter",
                  "namespace %s: out of memory, an event of another server is lost", nsp->name);
    int kept = event->kept != NULL;
    sio__event_done(event);
    if (!kept)
        sio__event_end_server_side(&event->server_side);
}

int sio_server_side_receive(sio_namespace_t *nsp, const sio_packet_t *given,
                            const sio_answers_t *answers) {
    sio__packet_t packet = {.type = SIO__EVENT, .id = answers != NULL ? 0 : -1};
    sio_event_t event;
    if (nsp == NULL || given == NULL || given->data == NULL || given->data_length == 0)
        return SIO_EINVAL;
    if (!sio__namespace_is_open(nsp))
        return SIO_ECLOSED;
    sio__scratch_t *arena = sio__scratch_new();
    int rc = arena != NULL ? read_packet(&packet, arena, given) : SIO_ENOMEM;
    if (rc == 0)
        rc = sio__event_init(&event, NULL, arena, &packet, given->binaries, given->binary_count);
    if (rc == 0)
        receive(nsp, &event, answers);
    sio__scratch_free(arena);
    return rc;
}
