/* The pages, which the build turns into data (see examples/embed.py). */
#ifndef WHITEBOARD_DATA_H
#define WHITEBOARD_DATA_H

#include <stddef.h>

struct whiteboard_page {
    const char *path; /* a name without a slash, below the folder that the pages are served in */
    const char *type; /* Content-Type */
    const unsigned char *data;
    size_t length;
};

extern const struct whiteboard_page whiteboard_pages[];
extern const size_t whiteboard_page_count;

#endif
