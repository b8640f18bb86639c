/* What the command line and the environment say. */
#ifndef DANTE_OPTIONS_H
#define DANTE_OPTIONS_H

#include <sio.h>

struct dante_options {
    sio_options_t server;
    sio_tls_options_t tls; /* without a certificate: none */
    const char *host;
    const char *pipe;
    int port;          /* -1: where the environment says, else 8888 */
    uint64_t interval; /* between two stanzas */
    char path[512];    /* the resource, when it is not given as it is */
    char folder[512];  /* where the pages are: "" or "/dante" */
};

/* 0; 1 when only the usage was asked for (and printed); -1 when something is wrong (and was
 * said). */
int dante_options_read(struct dante_options *options, int argc, char **argv);

#endif
