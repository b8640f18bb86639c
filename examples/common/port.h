/* A port from the command line; -1, which no server listens on, for what is none. */
#ifndef PORT_H
#define PORT_H

#include <stdlib.h>

static inline int port_of(const char *text) {
    char *end;
    const long port = strtol(text, &end, 10);
    return end != text && *end == '\0' && port >= 0 && port <= 65535 ? (int) port : -1;
}

#endif
