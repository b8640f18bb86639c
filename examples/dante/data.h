/* What the build turns into data: the canto and the pages (see examples/embed.py). */
#ifndef DANTE_DATA_H
#define DANTE_DATA_H

#include <stddef.h>

/* In order; the lines of a stanza are separated by '\n', with none at the end. UTF-8. */
extern const char *const dante_stanzas[];
extern const size_t dante_stanza_count;

struct dante_page {
    const char *path; /* a name without a slash, below the folder that the pages are served in */
    const char *type; /* Content-Type */
    const unsigned char *data;
    size_t length;
};

extern const struct dante_page dante_pages[];
extern const size_t dante_page_count;

#endif
