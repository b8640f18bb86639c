/* A request: what the accessors of sio/http.h and net/http.h read. It is part of its
 * connection and used again. */
#ifndef SIO__NET_REQUEST_H
#define SIO__NET_REQUEST_H

#include "base/buf.h"
#include "net/http.h"

struct sio__http_s;

struct sio_http_request_s {
    struct sio__http_s *http;
    size_t prefix_length; /* of the route, in the path */
    void *data;
    sio__buf_t path;      /* decoded, NUL-terminated */
    sio__buf_t query;     /* decoded names and values in turn, with their lengths */
    uint8_t query_known;
};

/* For the next request on the connection. */
void sio__request_begin(sio_http_request_t *request);
/* Decodes the path: 0, SIO_ENOMEM, or SIO_EINVAL if it cannot be. */
int sio__request_decode_path(sio_http_request_t *request);
void sio__request_free(sio_http_request_t *request);

#endif
