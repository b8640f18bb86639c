/* The pages, which the build turns into data (see examples/embed.py). */
#ifndef CHAT_DATA_H
#define CHAT_DATA_H

#include <stddef.h>

struct chat_page {
    const char *path; /* a name without a slash, below the folder that the pages are served in */
    const char *type; /* Content-Type */
    const unsigned char *data;
    size_t length;
};

extern const struct chat_page chat_pages[];
extern const size_t chat_page_count;

#endif
