#include "sio/listeners.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* A table that is continued in more ways than this is not the common pattern: further ones are
 * not shared. */
enum { MAX_CHILDREN = 32 };

typedef struct {
    sio__name_t *name;
    sio__function_t function;
    uint8_t once;
} entry_t;

/* The entries of a table and of those it was continued from, which are its beginnings. */
typedef struct {
    size_t refs; /* tables */
    uint32_t count;
    uint32_t capacity;
    entry_t *entries;
} run_t;

struct sio__table_s {
    size_t refs; /* owners and children */
    sio__table_t *parent;
    sio__table_t *children, *sibling; /* the shared continuations */
    run_t *run;
    uint32_t count; /* of the run */
    uint32_t child_count;
    uint8_t varied; /* the owners keep an array of pointers */
    uint8_t shared; /* in its parent's list */
};

/* --- tables ------------------------------------------------------------------------------- */

static void run_unref(sio__tables_t *tables, run_t *run) {
    if (run == NULL || --run->refs > 0)
        return;
    for (uint32_t i = 0; i < run->count; i++)
        sio__names_unref(tables->names, run->entries[i].name);
    free(run->entries);
    free(run);
}

static int run_add(run_t *run, const entry_t *entry) {
    if (run->count == run->capacity) {
        uint32_t capacity = run->capacity > 0 ? run->capacity * 2 : 4;
        entry_t *entries = realloc(run->entries, capacity * sizeof(*entries));
        if (entries == NULL)
            return SIO_ENOMEM;
        run->entries = entries;
        run->capacity = capacity;
    }
    run->entries[run->count++] = *entry;
    return 0;
}

/* A run, with one reference, that begins as the table does; the empty table has none. */
static run_t *run_of(sio__tables_t *tables, const sio__table_t *table) {
    if (table->count > 0 && table->run->count == table->count) {
        table->run->refs++;
        return table->run;
    }
    run_t *run = calloc(1, sizeof(*run));
    if (run == NULL)
        return NULL;
    run->refs = 1;
    for (uint32_t i = 0; i < table->count; i++) {
        if (run_add(run, &table->run->entries[i]) < 0) {
            run_unref(tables, run);
            return NULL;
        }
        run->entries[i].name->refs++;
    }
    return run;
}

int sio__tables_init(sio__tables_t *tables, sio__names_t *names) {
    tables->names = names;
    tables->empty = calloc(1, sizeof(*tables->empty));
    if (tables->empty == NULL)
        return SIO_ENOMEM;
    tables->empty->refs = 1;
    return 0;
}

static void unshare(sio__table_t *table) {
    sio__table_t **at = &table->parent->children;
    while (*at != table)
        at = &(*at)->sibling;
    *at = table->sibling;
    table->parent->child_count--;
}

static void table_unref(sio__tables_t *tables, sio__table_t *table) {
    while (table != NULL && --table->refs == 0) {
        sio__table_t *parent = table->parent;
        if (table->shared)
            unshare(table);
        run_unref(tables, table->run);
        free(table);
        table = parent;
    }
}

void sio__tables_free(sio__tables_t *tables) {
    table_unref(tables, tables->empty);
    tables->empty = NULL;
}

/* The parent continued by an entry, whose reference of the name it takes if it succeeds. */
static sio__table_t *table_new(sio__tables_t *tables, sio__table_t *parent, const entry_t *entry,
                               int varied) {
    sio__table_t *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return NULL;
    table->run = run_of(tables, parent);
    if (table->run == NULL || run_add(table->run, entry) < 0) {
        run_unref(tables, table->run);
        free(table);
        return NULL;
    }
    table->count = parent->count + 1;
    table->varied = varied != 0;
    table->refs = 1;
    table->parent = parent;
    parent->refs++;
    if (parent->child_count < MAX_CHILDREN) {
        table->shared = 1;
        table->sibling = parent->children;
        parent->children = table;
        parent->child_count++;
    }
    return table;
}

/* The same, found if it is there already; the caller gets a reference. */
static sio__table_t *continued(sio__tables_t *tables, sio__table_t *parent, const char *name,
                               const sio__listener_t *listener, int varied) {
    for (sio__table_t *child = parent->children; child != NULL; child = child->sibling) {
        const entry_t *last = &child->run->entries[parent->count];
        if (last->function == listener->function && last->once == listener->once &&
            child->varied == varied && strcmp(last->name->text, name) == 0) {
            child->refs++;
            return child;
        }
    }
    entry_t entry = {sio__names_add(tables->names, name), listener->function, listener->once};
    if (entry.name == NULL)
        return NULL;
    sio__table_t *table = table_new(tables, parent, &entry, varied);
    if (table == NULL)
        sio__names_unref(tables->names, entry.name);
    return table;
}

/* --- listeners ---------------------------------------------------------------------------- */

static void *data_at(const sio__listeners_t *listeners, uint32_t index) {
    return listeners->table->varied ? listeners->data.many[index] : listeners->data.one;
}

/* Arrays grow by fours, so their capacity follows from their count. */
static size_t array_size(size_t count) {
    return (count + 3) / 4 * 4 * sizeof(void *);
}

static int add_data(sio__listeners_t *listeners, uint32_t count, void *data, int varied) {
    if (!varied) {
        listeners->data.one = data;
        return 0;
    }
    int was_varied = listeners->table != NULL && listeners->table->varied;
    void **old = was_varied ? listeners->data.many : NULL, **many = old;
    if (!was_varied || count % 4 == 0) {
        many = realloc(old, array_size((size_t) count + 1));
        if (many == NULL)
            return SIO_ENOMEM;
    }
    for (uint32_t i = 0; !was_varied && i < count; i++)
        many[i] = listeners->data.one;
    many[count] = data;
    listeners->data.many = many;
    return 0;
}

int sio__listeners_add(sio__tables_t *tables, sio__listeners_t *listeners, const char *name,
                       const sio__listener_t *listener) {
    sio__table_t *parent = listeners->table != NULL ? listeners->table : tables->empty;
    int varied = parent->varied || (parent->count > 0 && listener->data != listeners->data.one);
    sio__table_t *table = continued(tables, parent, name, listener, varied);
    if (table == NULL)
        return SIO_ENOMEM;
    if (add_data(listeners, parent->count, listener->data, varied) < 0) {
        table_unref(tables, table);
        return SIO_ENOMEM;
    }
    table_unref(tables, listeners->table);
    listeners->table = table;
    return 0;
}

/* Appends what `from` has, but those under `name` with this function (NULL: any) and data. */
static int add_all_but(sio__tables_t *tables, sio__listeners_t *listeners,
                       const sio__listeners_t *from, const sio__name_t *name,
                       sio__function_t function, const void *data) {
    uint32_t count = from->table != NULL ? from->table->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const entry_t *entry = &from->table->run->entries[i];
        if (entry->name == name &&
            (function == NULL || (entry->function == function && data_at(from, i) == data)))
            continue;
        sio__listener_t kept = {entry->function, data_at(from, i), entry->once};
        if (sio__listeners_add(tables, listeners, entry->name->text, &kept) < 0)
            return SIO_ENOMEM;
    }
    return 0;
}

/* What was to be made instead of the old ones, or has failed. */
static int replace(sio__tables_t *tables, sio__listeners_t *listeners, sio__listeners_t *made,
                   int rc) {
    sio__listeners_clear(tables, rc < 0 ? made : listeners);
    if (rc == 0)
        *listeners = *made;
    return rc;
}

int sio__listeners_prepend(sio__tables_t *tables, sio__listeners_t *listeners, const char *name,
                           const sio__listener_t *listener) {
    sio__listeners_t all = {NULL, {NULL}};
    int rc = sio__listeners_add(tables, &all, name, listener);
    if (rc == 0)
        rc = add_all_but(tables, &all, listeners, NULL, NULL, NULL);
    return replace(tables, listeners, &all, rc);
}

int sio__listeners_copy(sio__listeners_t *to, const sio__listeners_t *from) {
    *to = *from;
    if (from->table == NULL)
        return 0;
    if (from->table->varied) {
        to->data.many = malloc(array_size(from->table->count));
        if (to->data.many == NULL) {
            to->table = NULL;
            return SIO_ENOMEM;
        }
        memcpy(to->data.many, from->data.many, from->table->count * sizeof(void *));
    }
    to->table->refs++;
    return 0;
}

int sio__listeners_remove(sio__tables_t *tables, sio__listeners_t *listeners,
                          const sio__name_t *name,
                          sio__function_t function, const void *data) {
    sio__listeners_t rest = {NULL, {NULL}};
    int rc = add_all_but(tables, &rest, listeners, name, function, data);
    return replace(tables, listeners, &rest, rc);
}

void sio__listeners_clear(sio__tables_t *tables, sio__listeners_t *listeners) {
    if (listeners->table == NULL)
        return;
    if (listeners->table->varied)
        free(listeners->data.many);
    table_unref(tables, listeners->table);
    *listeners = (sio__listeners_t){NULL, {NULL}};
}

size_t sio__listeners_find(const sio__listeners_t *listeners, const sio__name_t *name,
                           sio__listener_t *found, size_t capacity) {
    const sio__table_t *table = listeners->table;
    size_t count = 0;
    if (table == NULL || table->count == 0)
        return 0;
    const entry_t *entry = table->run->entries;
    for (uint32_t i = 0, all = table->count; i < all; i++, entry++) {
        if (entry->name != name)
            continue;
        if (count < capacity)
            found[count] = (sio__listener_t){entry->function, data_at(listeners, i), entry->once};
        count++;
    }
    return count;
}

int sio__listeners_next(const sio__listeners_t *listeners, const sio__name_t *name,
                        uint32_t *cursor, sio__listener_t *found) {
    uint32_t count = listeners->table != NULL ? listeners->table->count : 0;
    while (*cursor < count) {
        uint32_t index = (*cursor)++;
        const entry_t *entry = &listeners->table->run->entries[index];
        if (entry->name != name)
            continue;
        *found = (sio__listener_t){entry->function, data_at(listeners, index), entry->once};
        return 1;
    }
    return 0;
}

int sio__listeners_has(const sio__listeners_t *listeners, const sio__name_t *name,
                       const sio__listener_t *listener) {
    if (listeners->table == NULL)
        return 0;
    for (uint32_t i = 0; i < listeners->table->count; i++) {
        const entry_t *entry = &listeners->table->run->entries[i];
        if (entry->name == name && entry->function == listener->function &&
            data_at(listeners, i) == listener->data)
            return 1;
    }
    return 0;
}

uint32_t sio__listeners_count(const sio__listeners_t *listeners) {
    return listeners->table != NULL ? listeners->table->count : 0;
}
