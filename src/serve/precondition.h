/* Conditional and range requests (RFC 9110 13, 14). */
#ifndef SIO__SERVE_PRECONDITION_H
#define SIO__SERVE_PRECONDITION_H

#include <sio/http.h>
#include <stdint.h>

/* Nonzero if what the client has, by If-None-Match or If-Modified-Since, is what it would
 * get: 304. `modified` in seconds since 1970. */
int sio__not_modified(const sio_http_request_t *request, const char *etag, int64_t modified);

typedef enum {
    SIO__RANGE_WHOLE, /* none is asked for, or one we need not heed */
    SIO__RANGE_PART,
    SIO__RANGE_NONE   /* it lies outside: 416 */
} sio__range_t;

/* The one byte range that is asked for, in *first and *length, if If-Range allows it. */
sio__range_t sio__range(const sio_http_request_t *request, const char *etag, int64_t modified,
                        uint64_t size, uint64_t *first, uint64_t *length);

#endif
