#include "sio/parent.h"
#include "sio/build.h"
#include <sio/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that one client may have undecided at a time. */
enum { MAX_UNDECIDED = 16 };

/* A parent's function has been asked about a name. */
struct sio_match_s {
    sio__core_t *core;
    sio__client_t *client; /* a reference; NULL when decided */
    sio__parent_t *parent;
    sio_match_t *prev, *next;
    json_t *auth;
    sio__slice_t auth_text, name; /* in `text`, each with a NUL */
    uint8_t done;
    char text[];
};

/* --- parents ------------------------------------------------------------------------------ */

static void parent_free(sio__parent_t *parent) {
    sio__pattern_free(parent->pattern);
    if (parent->nsp != NULL) {
        sio__namespace_close(parent->nsp);
        sio__namespace_unref(parent->nsp);
    }
    free(parent);
}

/* Named as in Node, for the log: "/_0". */
static sio__parent_t *parent_new(sio__core_t *core) {
    char name[16];
    size_t count = 0;
    sio__parent_t **last = &core->parents;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    sio__parent_t *parent = calloc(1, sizeof(*parent));
    if (parent == NULL)
        return NULL;
    int length = snprintf(name, sizeof(name), "/_%u", (unsigned) count);
    parent->nsp = sio__namespace_new(core, name, (size_t) length);
    if (parent->nsp == NULL) {
        parent_free(parent);
        return NULL;
    }
    parent->nsp->parent = parent;
    parent->nsp->is_parent = 1;
    *last = parent;
    return parent;
}

sio_namespace_t *sio__parent_match(sio__core_t *core, sio_match_cb cb, void *data) {
    sio__parent_t *parent = parent_new(core);
    if (parent == NULL)
        return NULL;
    parent->cb = cb;
    parent->data = data;
    return parent->nsp;
}

sio_namespace_t *sio__parent_pattern(sio__core_t *core, const char *text) {
    sio__pattern_t *pattern;
    char why[128] = "out of memory";
    int rc = sio__pattern_new(&pattern, text, why, sizeof(why));
    sio__parent_t *parent = rc == 0 ? parent_new(core) : NULL;
    if (parent == NULL) {
        if (rc == 0)
            sio__pattern_free(pattern);
        sio__log(&core->loop->log, SIO_LOG_ERROR, "socket", "pattern %s: %s", text, why);
        return NULL;
    }
    parent->pattern = pattern;
    return parent->nsp;
}

/* --- children ----------------------------------------------------------------------------- */

/* A child begins with what the parent has at this moment. */
static int take_after(sio_namespace_t *child, const sio_namespace_t *nsp) {
    if (nsp->use_count > 0) {
        child->uses = malloc(nsp->use_count * sizeof(*child->uses));
        if (child->uses == NULL)
            return SIO_ENOMEM;
        memcpy(child->uses, nsp->uses, nsp->use_count * sizeof(*child->uses));
        child->use_count = nsp->use_count;
    }
    return sio__listeners_copy(&child->listeners, &nsp->listeners);
}

static sio_namespace_t *child_new(sio__parent_t *parent, const char *name, size_t length) {
    sio__core_t *core = parent->nsp->core;
    sio_namespace_t *child = sio__namespace_new(core, name, length);
    if (child == NULL)
        return NULL;
    if (take_after(child, parent->nsp) < 0 || sio__core_add(core, child) < 0) {
        sio__namespace_close(child);
        sio__namespace_unref(child);
        return NULL;
    }
    child->parent = parent;
    child->sibling = parent->children;
    child->sibling_at = &parent->children;
    if (child->sibling != NULL)
        child->sibling->sibling_at = &child->sibling;
    parent->children = child;
    parent->child_count++;
    sio__parent_left(child); /* the one whom it is for may not get in */
    sio__core_tell_new(core, child);
    return child;
}

static void drop_child(sio_namespace_t *child) {
    sio__core_t *core = child->core;
    child->parent->child_count--;
    *child->sibling_at = child->sibling;
    if (child->sibling != NULL)
        child->sibling->sibling_at = child->sibling_at;
    child->sibling = NULL;
    sio__idmap_remove(&core->namespaces, child);
    sio__namespace_close(child);
    sio__namespace_unref(child);
}

/* Nonzero if it has as many children as clients may make. */
static int is_full(const sio__parent_t *parent) {
    const sio__core_t *core = parent->nsp->core;
    const uint32_t most = core->options->max_child_namespaces;
    if (most == 0 || parent->child_count < most)
        return 0;
    sio__limited(core->loop, SIO_LIMIT_CHILDREN, "socket",
                 "namespace %s: refused one more child than %u", parent->nsp->name,
                 (unsigned) most);
    return 1;
}

/* At the end of the turn, when no callback of the child's runs any more [S7]. */
static void sweep(sio__deferred_t *deferred) {
    sio__core_t *core = (sio__core_t *) ((char *) deferred - offsetof(sio__core_t, sweep));
    while (core->emptied != NULL) {
        sio_namespace_t *child = core->emptied;
        core->emptied = child->next_emptied;
        child->emptied = 0;
        if (child->live == 0 && !child->kept)
            drop_child(child);
    }
}

void sio__parent_left(sio_namespace_t *child) {
    sio__core_t *core = child->core;
    if (!core->options->cleanup_empty_child_namespaces || !core->opened || child->kept ||
        child->emptied)
        return;
    child->emptied = 1;
    child->next_emptied = core->emptied;
    core->emptied = child;
    sio__loop_defer(core->loop, &core->sweep, sweep);
}

sio_namespace_t *sio__parent_adopt(sio__core_t *core, const char *name, size_t length, int *rc) {
    *rc = 0;
    for (sio__parent_t *parent = core->parents; parent != NULL; parent = parent->next) {
        if (parent->pattern == NULL || !sio__pattern_matches(parent->pattern, name, length))
            continue;
        sio_namespace_t *child = child_new(parent, name, length);
        if (child == NULL)
            *rc = SIO_ENOMEM;
        return child;
    }
    return NULL;
}

/* --- asking ------------------------------------------------------------------------------- */

static void reclaim(sio__deferred_t *deferred) {
    sio__matches_t *all =
        (sio__matches_t *) ((char *) deferred - offsetof(sio__matches_t, reclaim));
    while (all->done != NULL) {
        sio_match_t *match = all->done;
        all->done = match->next;
        free(match);
    }
}

static sio_match_t *match_new(sio__client_t *client, sio__parent_t *parent,
                              const sio__slice_t *name, const sio__slice_t *auth) {
    sio__core_t *core = parent->nsp->core;
    sio_match_t *match = calloc(1, sizeof(*match) + name->length + auth->length + 2);
    if (match == NULL)
        return NULL;
    memcpy(match->text, name->text, name->length);
    if (auth->length > 0)
        memcpy(match->text + name->length + 1, auth->text, auth->length);
    match->name = (sio__slice_t){match->text, name->length};
    match->auth_text = (sio__slice_t){match->text + name->length + 1, auth->length};
    match->auth = auth->length > 0 ? sio__build(match->auth_text.text, auth->length)
                                   : json_object();
    if (match->auth == NULL) {
        free(match);
        return NULL;
    }
    match->core = core;
    match->parent = parent;
    match->client = client;
    client->undecided++;
    eio__socket_ref(sio__client_eio(client));
    match->next = core->matches.pending;
    if (match->next != NULL)
        match->next->prev = match;
    core->matches.pending = match;
    return match;
}

/* It stays until the end of the turn, so that a second decision is found out. Its client with the
 * reference. */
static sio__client_t *match_done(sio_match_t *match) {
    sio__matches_t *all = &match->core->matches;
    sio__client_t *client = match->client;
    if (match->prev != NULL)
        match->prev->next = match->next;
    else
        all->pending = match->next;
    if (match->next != NULL)
        match->next->prev = match->prev;
    client->undecided--;
    json_decref(match->auth);
    match->auth = NULL;
    match->client = NULL;
    match->done = 1;
    match->next = all->done;
    all->done = match;
    if (match->core->opened)
        sio__loop_defer(match->core->loop, &all->reclaim, reclaim);
    return client;
}

static int is_waiting(const sio__client_t *client, const sio__core_t *core) {
    return !client->closing && !core->closing && eio__socket_open(sio__client_eio(client));
}

/* The parents from this one on. The client is referenced. */
static int ask_from(sio__client_t *client, sio__parent_t *parent, sio__core_t *core,
                    const sio__slice_t *name, const sio__slice_t *auth) {
    for (; parent != NULL; parent = parent->next) {
        if (parent->pattern == NULL) {
            sio_match_t *match = match_new(client, parent, name, auth);
            if (match == NULL)
                return SIO_ENOMEM;
            parent->cb(match, match->text, match->auth, parent->data);
            return 0;
        }
        if (sio__pattern_matches(parent->pattern, name->text, name->length))
            break;
    }
    sio_namespace_t *nsp = sio__idmap_find(&core->namespaces, name->text, name->length);
    if (nsp == NULL && parent != NULL && !is_full(parent)) {
        nsp = child_new(parent, name->text, name->length);
        if (nsp == NULL)
            return SIO_ENOMEM;
    }
    /* Somebody who was told of the new namespace may have done anything. */
    if (!is_waiting(client, core))
        return SIO_ECLOSED;
    return sio__client_join(client, nsp, name, auth);
}

int sio__parent_ask(sio__client_t *client, const sio__slice_t *name, const sio__slice_t *auth) {
    sio__core_t *core = sio__client_core(client);
    int rc = ask_from(client, core->parents, core, name, auth);
    return rc == SIO_ECLOSED ? 0 : rc;
}

int sio__parent_is_pestered(const sio__client_t *client) {
    return client->undecided >= MAX_UNDECIDED;
}

/* Allowed: the namespace may have been made meanwhile. */
static int allow_name(sio__client_t *client, const sio_match_t *match) {
    sio__core_t *core = match->core;
    sio_namespace_t *nsp =
        sio__idmap_find(&core->namespaces, match->name.text, match->name.length);
    if (nsp == NULL && is_full(match->parent)) {
        int rc = sio__client_join(client, NULL, &match->name, &match->auth_text);
        return rc < 0 ? rc : SIO_ETOOBIG;
    }
    if (nsp == NULL)
        nsp = child_new(match->parent, match->name.text, match->name.length);
    if (nsp == NULL)
        return SIO_ENOMEM;
    if (!is_waiting(client, core))
        return SIO_ECLOSED;
    return sio__client_join(client, nsp, &match->name, &match->auth_text);
}

int sio_match(sio_match_t *match, int allow) {
    if (match == NULL)
        return SIO_EINVAL;
    if (match->done)
        return SIO_EDONE;
    sio__client_t *client = match_done(match);
    int rc = SIO_ECLOSED;
    if (is_waiting(client, match->core)) {
        rc = allow ? allow_name(client, match)
                   : ask_from(client, match->parent->next, match->core, &match->name,
                              &match->auth_text);
        if (rc == SIO_ENOMEM)
            sio__client_refuse(client, rc, NULL);
    }
    sio__client_unref(client);
    return rc;
}

void sio__parent_free_all(sio__core_t *core) {
    while (core->matches.pending != NULL)
        sio__client_unref(match_done(core->matches.pending));
    reclaim(&core->matches.reclaim);
    while (core->parents != NULL) {
        sio__parent_t *parent = core->parents;
        core->parents = parent->next;
        parent_free(parent);
    }
}

/* --- <sio/namespace.h> -------------------------------------------------------------------- */

sio_namespace_t *sio_namespace_parent(const sio_namespace_t *nsp) {
    if (nsp == NULL || nsp->core == NULL || nsp->parent == NULL || nsp->is_parent)
        return NULL;
    return nsp->parent->nsp;
}

int sio_namespace_children(sio_namespace_t *nsp, sio_namespace_cb cb, void *data) {
    if (nsp == NULL || cb == NULL)
        return SIO_EINVAL;
    if (!nsp->is_parent || nsp->core == NULL)
        return 0;
    /* New ones are put in front, old ones go at the end of the turn. */
    sio_namespace_t *next;
    for (sio_namespace_t *child = nsp->parent->children; child != NULL; child = next) {
        next = child->sibling;
        cb(child, data);
    }
    return 0;
}
