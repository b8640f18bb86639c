#include "sio/names.h"
#include <stdlib.h>
#include <string.h>

static const char *text_of(const void *object, size_t *length) {
    const sio__name_t *name = object;
    *length = name->length;
    return name->text;
}

void sio__names_init(sio__names_t *names, const sio__idmap_key_t *key) {
    *names = (sio__names_t){.map = {.id_of = text_of, .key = *key}};
}

sio__name_t *sio__names_add(sio__names_t *names, const char *text) {
    size_t length = strlen(text);
    sio__name_t *name = sio__names_find(names, text, length);
    if (name != NULL) {
        name->refs++;
        return name;
    }
    name = malloc(sizeof(*name) + length + 1);
    if (name == NULL)
        return NULL;
    name->refs = 1;
    name->length = length;
    memcpy(name->text, text, length + 1);
    if (sio__idmap_add(&names->map, name) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

void sio__names_unref(sio__names_t *names, sio__name_t *name) {
    if (name == NULL || --name->refs > 0)
        return;
    if (names->latest == name)
        names->latest = NULL;
    sio__idmap_remove(&names->map, name);
    free(name);
}

void sio__names_free(sio__names_t *names) {
    sio__idmap_free(&names->map);
}
