/* What the command line and the environment say. */
#ifndef DANTE_OPTIONS_H
#define DANTE_OPTIONS_H

#include <sio.h>

enum { FILE_NAME = 512 };

struct dante_options {
    sio_options_t server;
    sio_tls_options_t tls; /* without a certificate: none */
    char tls_cert[FILE_NAME], tls_key[FILE_NAME];
    char host[256];    /* "": all addresses */
    char pipe[256];    /* "": none */
    int port;          /* -1: where the environment says, else 8888 */
    uint64_t interval; /* between two stanzas */
    char folder[512];  /* where the pages are: "" or "/dante" */
};

/* 0, and then `server` is to be cleared; 1 when only the usage was asked for (and printed); -1 when
 * something is wrong (and was said). */
int dante_options_read(struct dante_options *options, int argc, char **argv);

#endif
