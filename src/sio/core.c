#include "sio/core.h"
#include "sio/ack.h"
#include "sio/broadcast.h"
#include "sio/fetch.h"
#include "sio/next.h"
#include "sio/parent.h"
#include "sio/partial.h"
#include "sio/recovery.h"
#include "sio/responses.h"
#include "sio/timer.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

static const char *namespace_id(const void *object, size_t *length) {
    const sio_namespace_t *nsp = object;
    *length = nsp->name_length;
    return nsp->name;
}

/* Nobody has joined a namespace in time [P3]. */
static void connect_expired(sio__timeout_t *timeout, void *data) {
    const sio__core_t *core = data;
    const sio__joining_t *joining =
        (sio__joining_t *) ((char *) timeout - offsetof(sio__joining_t, timeout));
    sio__limited(core->loop, SIO_LIMIT_HANDSHAKE_TIME, "socket",
                 "connection %s: it has joined no namespace in time",
                 eio_socket_id(sio__client_eio(joining->client)));
    sio__client_close(joining->client, SIO_REASON_FORCED_SERVER_CLOSE);
}

int sio__core_init(sio__core_t *core, sio_server_t *server, sio__loop_t *loop,
                   const sio_options_t *options, const sio__local_ops_t *local_ops) {
    core->server = server;
    core->loop = loop;
    core->options = options;
    core->local_ops = local_ops;
    core->adapter = sio__adapter_complete(options->adapter, local_ops);
    core->relays = options->adapter != NULL;
    core->recovers = options->recovery != NULL;
    core->packet_limits =
        (sio__packet_limits_t){options->max_attachments, options->max_json_depth};
    core->namespaces.id_of = namespace_id;
    core->namespaces.key = loop->map_key;
    core->arena = sio__scratch_new();
    core->output.scratch = loop->scratch;
    core->output.parser = options->parser;
    if (options->parser != NULL)
        core->output.texts = sio__scratch_new();
    if (core->arena == NULL || (options->parser != NULL && core->output.texts == NULL))
        return SIO_ENOMEM;
    int rc = sio__deadlines_init(&core->deadlines, loop);
    if (rc < 0)
        return rc;
    sio__timeouts_init(&core->connect_timeouts, &loop->clock, options->connect_timeout_ms,
                       connect_expired, core);
    core->opened = 1;
    sio__names_init(&core->names, &loop->map_key);
    rc = sio__tables_init(&core->tables, &core->names);
    if (rc < 0)
        return rc;
    core->connection = sio__names_add(&core->names, SIO__CONNECTION);
    core->disconnect = sio__names_add(&core->names, SIO__DISCONNECTION);
    core->disconnecting = sio__names_add(&core->names, SIO__DISCONNECTING);
    core->any = sio__names_add(&core->names, SIO__ANY_INCOMING);
    core->any_outgoing = sio__names_add(&core->names, SIO__ANY_OUTGOING);
    core->error = sio__names_add(&core->names, SIO__ERROR);
    core->root = sio__core_of(core, "/");
    core->new_namespace = sio__names_add(&core->names, SIO__NEW_NAMESPACE);
    if (core->connection == NULL || core->disconnecting == NULL || core->disconnect == NULL ||
        core->any == NULL || core->any_outgoing == NULL || core->error == NULL ||
        core->new_namespace == NULL ||
        core->root == NULL)
        return SIO_ENOMEM;
    return 0;
}

int sio__core_add(sio__core_t *core, sio_namespace_t *nsp) {
    return sio__idmap_add(&core->namespaces, nsp);
}

/* One that a pattern allows becomes its child [S6]. */
static sio_namespace_t *add_namespace(sio__core_t *core, const char *name, size_t length) {
    int rc;
    sio_namespace_t *nsp = sio__parent_adopt(core, name, length, &rc);
    if (nsp != NULL || rc < 0)
        return nsp;
    nsp = sio__namespace_new(core, name, length);
    if (nsp == NULL)
        return NULL;
    if (sio__core_add(core, nsp) < 0) {
        sio__namespace_close(nsp);
        sio__namespace_unref(nsp);
        return NULL;
    }
    if (core->root != NULL)
        sio__core_tell_new(core, nsp);
    return nsp;
}

/* Those there are at the beginning, but those removed meanwhile. */
void sio__core_tell_new(sio__core_t *core, sio_namespace_t *nsp) {
    sio__listeners_t *all = &core->root->listeners;
    size_t count = sio__listeners_find(all, core->new_namespace, NULL, 0);
    sio__listener_t *list = count > 0 ? malloc(count * sizeof(*list)) : NULL;
    if (list == NULL)
        return;
    sio__listeners_find(all, core->new_namespace, list, count);
    for (size_t i = 0; i < count; i++)
        if (sio__listeners_has(all, core->new_namespace, &list[i]))
            ((sio_namespace_cb) list[i].function)(nsp, list[i].data);
    free(list);
}

static sio_namespace_t *keep_namespace(sio__core_t *core, const char *name, size_t length) {
    sio_namespace_t *nsp = sio__idmap_find(&core->namespaces, name, length);
    if (nsp == NULL)
        nsp = add_namespace(core, name, length);
    if (nsp != NULL)
        nsp->kept = 1;
    return nsp;
}

sio_namespace_t *sio__core_of(sio__core_t *core, const char *name) {
    size_t length = strlen(name);
    if (name[0] == '/')
        return keep_namespace(core, name, length);
    /* [P13] */
    char *full = malloc(length + 2);
    if (full == NULL)
        return NULL;
    full[0] = '/';
    memcpy(full + 1, name, length + 1);
    sio_namespace_t *nsp = keep_namespace(core, full, length + 1);
    free(full);
    return nsp;
}

/* Any namespace that has connected sockets, but those that are about to end already: it is in one
 * of their callbacks that the server closes. */
static sio_namespace_t *busy_namespace(const sio__core_t *core) {
    sio_namespace_t *nsp;
    size_t cursor = 0;
    while ((nsp = sio__idmap_next(&core->namespaces, &cursor)) != NULL)
        if (nsp->sockets.count > nsp->ending)
            return nsp;
    return NULL;
}

/* Before the engine closes [S3]. What is still emitted stays in this process, where nobody
 * hears it. */
static void close_adapters(sio__core_t *core) {
    sio_namespace_t *nsp;
    size_t cursor = 0;
    sio__fetch_end_all(core, NULL);
    sio__restore_end_all(core);
    while ((nsp = sio__idmap_next(&core->namespaces, &cursor)) != NULL)
        sio__namespace_close_adapter(nsp);
    for (sio__parent_t *parent = core->parents; parent != NULL; parent = parent->next)
        sio__namespace_close_adapter(parent->nsp);
    core->adapter = core->local_ops->adapter;
    core->relays = 0;
}

void sio__core_shutdown(sio__core_t *core, sio_reason_t reason) {
    sio_namespace_t *nsp;
    core->closing = 1;
    /* The callbacks may make namespaces, so the map of these is not walked while they run;
     * sockets are only removed. */
    while ((nsp = busy_namespace(core)) != NULL) {
        sio_socket_t *socket;
        size_t cursor = 0;
        while ((socket = sio__idmap_next(&nsp->sockets, &cursor)) != NULL)
            sio__socket_end(socket, reason);
    }
    /* Nobody is left to answer. */
    sio__responses_end_all(core, NULL);
    close_adapters(core);
}

void sio__core_stop_timers(sio__core_t *core) {
    sio__timer_stop_all(&core->timers);
}

void sio__core_close(sio__core_t *core) {
    if (!core->opened)
        return;
    core->opened = 0;
    sio__core_stop_timers(core);
    sio__responses_end_all(core, NULL);
    sio__fetch_end_all(core, NULL);
    sio__restore_end_all(core);
    sio__broadcast_reclaim(core);
    sio__loop_undefer(core->loop, &core->broadcasts.reclaim);
    sio__loop_undefer(core->loop, &core->nexts.reclaim);
    sio__loop_undefer(core->loop, &core->matches.reclaim);
    sio__loop_undefer(core->loop, &core->sweep);
    sio__timeouts_remove(&core->connect_timeouts);
    sio__deadlines_close(&core->deadlines);
}

void sio__core_free(sio__core_t *core) {
    sio_namespace_t *nsp;
    size_t cursor = 0;
    sio__next_free_all(core);
    sio__broadcast_free_all(core);
    sio__parent_free_all(core);
    while ((nsp = sio__idmap_next(&core->namespaces, &cursor)) != NULL) {
        sio__namespace_close(nsp);
        sio__namespace_unref(nsp);
    }
    sio__idmap_free(&core->namespaces);
    sio__names_unref(&core->names, core->connection);
    sio__names_unref(&core->names, core->disconnecting);
    sio__names_unref(&core->names, core->disconnect);
    sio__names_unref(&core->names, core->any);
    sio__names_unref(&core->names, core->any_outgoing);
    sio__names_unref(&core->names, core->error);
    sio__names_unref(&core->names, core->new_namespace);
    if (core->tables.names != NULL)
        sio__tables_free(&core->tables);
    sio__names_free(&core->names);
    sio__ack_free_spares(core);
    sio__partial_free_spare(core);
    sio__deadlines_free(&core->deadlines);
    sio__scratch_free(core->arena);
    sio__scratch_free(core->hook_arena);
    sio__scratch_free(core->output.texts);
}
