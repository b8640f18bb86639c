#include "serve/static_path.h"
#include <stdlib.h>
#include <string.h>

static int is_separator(char c) {
#ifdef _WIN32
    return c == '/' || c == '\\';
#else
    return c == '/';
#endif
}

/* "." and "..", and what is hidden. */
static int has_dot_segment(const char *path) {
    int at_start = 1;
    for (; *path != '\0'; path++) {
        if (at_start && *path == '.')
            return 1;
        at_start = is_separator(*path);
    }
    return 0;
}

int sio__static_path_allowed(const char *path) {
    /* A backslash separates on Windows, a colon names a drive or a stream. On other systems
     * they would be legal, but mean nothing good in a URL. */
    return strpbrk(path, "\\:") == NULL && !has_dot_segment(path);
}

char *sio__static_path_join(const char *root, const char *path) {
    size_t root_length = strlen(root), length = strlen(path);
    const char *index = length == 0 || path[length - 1] == '/' ? "index.html" : "";
    char *joined = malloc(root_length + length + strlen(index) + 2);
    if (joined == NULL)
        return NULL;
    memcpy(joined, root, root_length);
    if (path[0] != '/')
        joined[root_length++] = '/';
    memcpy(joined + root_length, path, length);
    strcpy(joined + root_length + length, index);
    return joined;
}

int sio__static_path_inside(const char *root, const char *resolved) {
    size_t length = strlen(root);
    if (length > 0 && is_separator(root[length - 1])) /* the root of a file system */
        length--;
    return strncmp(root, resolved, length) == 0 &&
           (resolved[length] == '\0' || is_separator(resolved[length])) &&
           !has_dot_segment(resolved + length);
}
