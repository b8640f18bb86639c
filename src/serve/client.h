/* The official clients' files below the resource path [C1-C6, L14], out of memory: those of the
 * generation that the option client_version names by their own names, those of all by versioned
 * ones. */
#ifndef SIO__SERVE_CLIENT_H
#define SIO__SERVE_CLIENT_H

#include "net/host.h"
#include "serve/client_data.h"

typedef struct sio__client_files_s sio__client_files_t;

/* For a server with these options; `bundles` ends with a NULL generation. All of it must outlive
 * it. NULL out of memory. */
sio__client_files_t *sio__client_files_new(const sio_options_t *options,
                                           const sio__client_bundle_t *bundles);
void sio__client_files_free(sio__client_files_t *files);
/* Answers a request for one of the files: nonzero if it was one. `data` is the
 * sio__client_files_t. */
int sio__client_files_serve(sio_http_request_t *request, sio_http_response_t *response, void *data);

#endif
