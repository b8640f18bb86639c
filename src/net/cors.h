/* Cross-origin resource sharing [E40-E43] (Fetch standard, "CORS protocol"). */
#ifndef SIO__NET_CORS_H
#define SIO__NET_CORS_H

#include <sio/http.h>
#include <sio/options.h>

typedef struct sio__cors_s sio__cors_t;

/* A copy of the options; NULL out of memory. */
sio__cors_t *sio__cors_new(const sio_cors_options_t *options);
void sio__cors_free(sio__cors_t *cors);
/* Adds the headers that every response carries [E42]. NULL cors: nothing. */
void sio__cors_apply(const sio__cors_t *cors, const sio_http_request_t *request,
                     sio_http_response_t *response);
/* Nonzero if the request comes from an origin that may use the server, or from none. NULL cors:
 * any. */
int sio__cors_allows(const sio__cors_t *cors, const sio_http_request_t *request);
/* The same for what a <script> may ask for. That tells no origin, whoever's page it is in: the page
 * itself tells, the Referer. Where not all may, one that does not say whose it is may not. */
int sio__cors_allows_script(const sio__cors_t *cors, const sio_http_request_t *request);
/* Answers a preflight (OPTIONS) [E41]. */
void sio__cors_preflight(const sio__cors_t *cors, const sio_http_request_t *request,
                         sio_http_response_t *response);

#endif
