#include "sio/responses.h"
#include "sio/ack.h"
#include "sio/event.h"
#include "sio/format.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

struct sio_responses_s {
    sio__deadline_t deadline; /* first */
    sio__deferred_t finish;
    sio_namespace_t *nsp; /* a reference */
    sio_responses_t *prev, *next; /* of those that are waited for */
    size_t refs; /* one as long as it is waited for */
    int64_t id;
    size_t servers, reported; /* expected, and those that have said how many they ask */
    size_t clients, count;    /* expected answers, and those that have come */
    sio__buf_t text;          /* JSON texts with commas between */
    sio_binary_t *binaries;   /* each in memory of its own */
    size_t binary_count;
    int error;
    uint8_t over;
    sio_responses_cb cb; /* NULL: they go on to another server */
    void *data;
    sio_answers_t answers;
};

/* --- life --------------------------------------------------------------------------------- */

static sio_responses_t *of_deferred(sio__deferred_t *deferred) {
    return (sio_responses_t *) ((char *) deferred - offsetof(sio_responses_t, finish));
}

sio_responses_t *sio_responses_ref(sio_responses_t *responses) {
    if (responses != NULL)
        responses->refs++;
    return responses;
}

void sio_responses_unref(sio_responses_t *responses) {
    if (responses == NULL || --responses->refs > 0)
        return;
    for (size_t i = 0; i < responses->binary_count; i++)
        free((void *) (uintptr_t) responses->binaries[i].data);
    free(responses->binaries);
    sio__buf_free(&responses->text);
    sio__namespace_unref(responses->nsp);
    free(responses);
}

/* It is waited for no more; the reference is the caller's. */
static void leave(sio_responses_t *responses) {
    sio__core_t *core = responses->nsp->core;
    responses->over = 1;
    sio__deadline_disarm(&core->deadlines, &responses->deadline);
    sio__loop_undefer(core->loop, &responses->finish);
    if (responses->prev != NULL)
        responses->prev->next = responses->next;
    else
        core->responses = responses->next;
    if (responses->next != NULL)
        responses->next->prev = responses->prev;
}

/* Those who have not answered are not listened to any more. */
static void forget_clients(sio_responses_t *responses) {
    sio_socket_t *socket;
    size_t cursor = 0;
    if (responses->id < 0 || responses->count == responses->clients)
        return;
    while ((socket = sio__idmap_next(&responses->nsp->sockets, &cursor)) != NULL)
        if (sio__ack_forget(socket, responses->id))
            sio_responses_unref(responses);
}

/* What has come, as an event without a name. Its memory is its own: the core's arena may be in use
 * by the handler that closes the server. */
static int tell_as_event(sio_responses_t *responses) {
    sio__scratch_t *arena = sio__scratch_new();
    sio__packet_t packet = {.type = SIO__ACK, .id = -1};
    sio_event_t event;
    const char *why;
    int rc = arena == NULL ? SIO_ENOMEM : 0;
    if (rc == 0 && responses->text.length == 0)
        rc = sio__buf_append(&responses->text, "[", 1);
    if (rc == 0)
        rc = sio__buf_append(&responses->text, "]", 1);
    packet.data = (sio__slice_t){responses->text.data, responses->text.length};
    if (rc == 0)
        rc = sio__packet_check(&packet, sio__packet_unlimited.depth, &why);
    if (rc == 0)
        rc = sio__event_init(&event, NULL, arena, &packet, responses->binaries,
                             responses->binary_count);
    if (rc == 0) {
        responses->cb(responses->nsp, responses->error, &event, responses->data);
        sio__event_done(&event);
    }
    sio__scratch_free(arena);
    return rc;
}

static void end(sio_responses_t *responses, int error) {
    if (responses->error == 0)
        responses->error = error;
    leave(responses);
    forget_clients(responses);
    if (responses->cb == NULL)
        responses->answers.done(responses->answers.data);
    else if (tell_as_event(responses) < 0)
        responses->cb(responses->nsp, SIO_ENOMEM, NULL, responses->data);
    sio_responses_unref(responses);
}

static void expired(sio__deadline_t *deadline) {
    end((sio_responses_t *) deadline, SIO_ETIMEDOUT);
}

static void completed(sio__deferred_t *deferred) {
    end(of_deferred(deferred), 0);
}

/* Never from inside the emit: at the end of the turn. */
static void check(sio_responses_t *responses) {
    if (responses->reported == responses->servers && responses->count >= responses->clients)
        sio__loop_defer(responses->nsp->core->loop, &responses->finish, completed);
}

static sio_responses_t *responses_new(sio_namespace_t *nsp, int64_t id, uint32_t timeout_ms) {
    sio__core_t *core = nsp->core;
    sio_responses_t *responses = calloc(1, sizeof(*responses));
    if (responses == NULL)
        return NULL;
    responses->deadline.run = expired;
    if (sio__deadline_arm(&core->deadlines, &responses->deadline,
                          timeout_ms > 0 ? timeout_ms : 1) < 0) {
        free(responses);
        return NULL;
    }
    responses->nsp = nsp;
    nsp->refs++;
    responses->refs = 1;
    responses->id = id;
    responses->next = core->responses;
    if (responses->next != NULL)
        responses->next->prev = responses;
    core->responses = responses;
    return responses;
}

sio_responses_t *sio__responses_new(sio_namespace_t *nsp, int64_t id, uint32_t timeout_ms,
                                    size_t servers, sio_responses_cb cb, void *data) {
    sio_responses_t *responses = responses_new(nsp, id, timeout_ms);
    if (responses == NULL)
        return NULL;
    responses->servers = servers;
    responses->cb = cb;
    responses->data = data;
    return responses;
}

sio_responses_t *sio__responses_relay(sio_namespace_t *nsp, int64_t id, uint32_t timeout_ms,
                                      const sio_answers_t *answers) {
    sio_responses_t *responses = responses_new(nsp, id, timeout_ms);
    if (responses == NULL)
        return NULL;
    responses->servers = 1;
    responses->answers = *answers;
    return responses;
}

void sio__responses_cancel(sio_responses_t *responses) {
    if (responses->over)
        return;
    leave(responses);
    forget_clients(responses);
    sio_responses_unref(responses);
}

void sio__responses_end_all(sio__core_t *core, const sio_namespace_t *nsp) {
    sio_responses_t *responses = core->responses;
    while (responses != NULL) {
        if (nsp == NULL || responses->nsp == nsp) {
            end(responses, SIO_ECLOSED);
            responses = core->responses; /* the callback may have done anything */
        } else {
            responses = responses->next;
        }
    }
}

/* --- what comes in ------------------------------------------------------------------------ */

void sio_responses_servers(sio_responses_t *responses, size_t count) {
    if (responses == NULL || responses->over)
        return;
    responses->servers = count;
    check(responses);
}

void sio_responses_clients(sio_responses_t *responses, size_t count) {
    if (responses == NULL || responses->over)
        return;
    responses->reported++;
    responses->clients += count;
    if (responses->cb == NULL)
        responses->answers.clients(count, responses->answers.data);
    check(responses);
}

void sio__responses_answers(sio_responses_t *responses, size_t count) {
    responses->clients += count;
    check(responses);
}

static int keep_binaries(sio_responses_t *responses, const sio__attachments_t *attachments,
                         size_t first) {
    size_t count = attachments->count - first;
    if (count == 0)
        return 0;
    sio_binary_t *binaries = realloc(responses->binaries, (responses->binary_count + count) *
                                                              sizeof(*binaries));
    if (binaries == NULL)
        return SIO_ENOMEM;
    responses->binaries = binaries;
    for (size_t i = first; i < attachments->count; i++) {
        size_t length = attachments->list[i].length;
        void *copy = malloc(length > 0 ? length : 1);
        if (copy == NULL)
            return SIO_ENOMEM;
        if (length > 0)
            memcpy(copy, attachments->list[i].data, length);
        binaries[responses->binary_count++] = (sio_binary_t){copy, length};
    }
    return 0;
}

/* Placeholders are numbered on from those that are there. */
static int keep_first(sio_responses_t *responses, const sio_event_t *reply) {
    sio__scratch_t *scratch = responses->nsp->core->loop->scratch;
    sio__attachments_t attachments;
    sio__writer_t writer;
    size_t length, first = responses->binary_count;
    sio__attachments_init(&attachments);
    int rc = 0;
    for (size_t i = 0; i < first && rc == 0; i++)
        rc = sio__attachments_add(&attachments, responses->binaries[i].data,
                                  responses->binaries[i].length);
    sio__writer_begin(&writer, scratch, 0);
    sio__writer_byte(&writer, responses->count == 0 ? '[' : ',');
    if (rc == 0 && reply->count > 0)
        rc = sio__format_argument(&writer, &attachments, reply, 0);
    else
        sio__writer_put(&writer, "null", 4);
    const unsigned char *text = sio__writer_end(&writer, &length);
    if (text == NULL)
        rc = SIO_ENOMEM;
    if (rc == 0)
        rc = sio__buf_reserve(&responses->text, length);
    if (rc == 0)
        rc = keep_binaries(responses, &attachments, first);
    if (rc == 0)
        sio__buf_append(&responses->text, text, length);
    sio__attachments_free(&attachments);
    return rc;
}

/* All arguments of an answer, for another server. */
static int pass_on(sio_responses_t *responses, const sio_event_t *reply) {
    sio__attachments_t attachments;
    sio__writer_t writer;
    size_t length;
    int rc = 0;
    sio__attachments_init(&attachments);
    sio__writer_begin(&writer, responses->nsp->core->loop->scratch, 0);
    sio__writer_byte(&writer, '[');
    for (size_t i = 0; i < reply->count && rc == 0; i++) {
        if (i > 0)
            sio__writer_byte(&writer, ',');
        rc = sio__format_argument(&writer, &attachments, reply, i);
    }
    sio__writer_byte(&writer, ']');
    const unsigned char *text = sio__writer_end(&writer, &length);
    if (text == NULL)
        rc = SIO_ENOMEM;
    if (rc == 0) {
        sio_packet_t packet = {
            .type = SIO_PACKET_ACK,
            .nsp = responses->nsp->name,
            .nsp_length = responses->nsp->name_length,
            .id = responses->id,
            .data = (const char *) text,
            .data_length = length,
            .binaries = attachments.list,
            .binary_count = attachments.count,
        };
        responses->answers.answer(&packet, responses->answers.data);
    }
    sio__attachments_free(&attachments);
    return rc;
}

static void take(sio_responses_t *responses, const sio_event_t *reply) {
    int rc = responses->cb != NULL ? keep_first(responses, reply) : pass_on(responses, reply);
    if (rc < 0 && responses->error == 0)
        responses->error = rc;
    responses->count++;
    check(responses);
}

void sio_responses_add(sio_responses_t *responses, const sio_packet_t *packet) {
    sio_event_t reply;
    const char *why;
    if (responses == NULL || responses->over || packet == NULL || packet->data == NULL)
        return;
    sio__packet_t read = {.type = SIO__ACK, .id = -1};
    read.data = (sio__slice_t){(char *) (uintptr_t) packet->data, packet->data_length};
    sio__scratch_t *arena = sio__scratch_new();
    if (arena == NULL || sio__packet_check(&read, sio__packet_unlimited.depth, &why) < 0 ||
        (packet->binary_count > 0 &&
         sio__packet_check_placeholders(&read, packet->binary_count) < 0) ||
        sio__event_init(&reply, NULL, arena, &read, packet->binaries, packet->binary_count) < 0) {
        if (responses->error == 0)
            responses->error = arena == NULL ? SIO_ENOMEM : SIO_EPROTO;
    } else {
        take(responses, &reply);
        sio__event_done(&reply);
    }
    sio__scratch_free(arena);
}

void sio_responses_end(sio_responses_t *responses, int error) {
    if (responses == NULL || responses->over)
        return;
    if (responses->error == 0)
        responses->error = error;
    sio__loop_defer(responses->nsp->core->loop, &responses->finish, completed);
}

/* --- sockets here ------------------------------------------------------------------------- */

/* One that has ended answers no more; the others are waited for, as in Node. */
static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    sio_responses_t *responses = data;
    (void) socket;
    if (error == 0 && !responses->over)
        take(responses, reply);
    sio_responses_unref(responses);
}

int sio__responses_expect(sio_responses_t *responses, sio_socket_t *socket) {
    if (sio__ack_is_full(socket))
        return SIO_ETOOBIG;
    sio__ack_t *ack = sio__ack_new(socket, responses->id, 0, on_answer, responses);
    if (ack == NULL)
        return SIO_ENOMEM;
    sio__ack_begin(ack);
    responses->refs++;
    return 0;
}
