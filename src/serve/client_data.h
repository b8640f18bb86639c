/* The official clients' bundles, compiled in (client/embed.mjs writes the data). */
#ifndef SIO__SERVE_CLIENT_DATA_H
#define SIO__SERVE_CLIENT_DATA_H

#include <stddef.h>

typedef struct sio__client_file_s {
    const char *name; /* "socket.io.min.js"; all begin with "socket.io" */
    const unsigned char *identity, *gzip, *brotli; /* the latter two may be NULL */
    size_t identity_length, gzip_length, brotli_length;
} sio__client_file_t;

typedef struct sio__client_bundle_s {
    const char *generation; /* as the option client_version names it: "0.9" */
    const char *version;    /* "0.9.17" */
    const sio__client_file_t *files; /* end with a NULL name */
    int charset; /* its servers say that it is UTF-8 [C2, C6] */
} sio__client_bundle_t;

/* Ends with a NULL generation; the latest is the first. Empty when the library was built without
 * the client files. */
extern const sio__client_bundle_t sio__client_bundles[];

#endif
