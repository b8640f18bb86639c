#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    fputs("bench-load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void fail_errno(const char *what) {
    fail("%s: %s", what, strerror(errno));
}

void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);

    if (memory == NULL)
        fail_errno("calloc");
    return memory;
}
