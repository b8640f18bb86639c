/* The official client's bundles, compiled in (client/embed.mjs writes the data). */
#ifndef SIO__SERVE_CLIENT_DATA_H
#define SIO__SERVE_CLIENT_DATA_H

#include <stddef.h>

typedef struct sio__client_file_s {
    const char *name; /* "socket.io.min.js" */
    const unsigned char *identity, *gzip, *brotli;
    size_t identity_length, gzip_length, brotli_length;
} sio__client_file_t;

/* Ends with a NULL name; empty when the library was built without the client files. */
extern const sio__client_file_t sio__client_files[];

/* "4.8.4", "" when absent. */
extern const char sio__client_version[];

#endif
