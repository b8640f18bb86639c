/* Who may connect: so many at a time, and so many of one address; and the refusals, which say
 * that the client may come again. */
#ifndef SIO__NET_ADMIT_H
#define SIO__NET_ADMIT_H

#include "net/host.h"

/* Asked before a stream becomes a connection. 0, with the place where its address is counted in
 * *place (0: it is not), to be given to the connection; SIO_ETOOBIG: there are as many as there may
 * be, which has been counted and said; SIO_ENOMEM. `address` is that of the peer; NULL: it is to be
 * found out. */
int sio__admit(sio__host_t *host, uv_stream_t *stream, const struct sockaddr *address,
               uint32_t *place);
/* Answers 503 in the place of whoever would have, and closes. 0, or a negative code: the stream is
 * still the caller's, who closes it without a word. */
int sio__turn_away(sio__host_t *host, uv_stream_t *stream);
/* Answers a request, an upgrade or not, with 503. */
void sio__response_busy(sio_http_response_t *response, int upgrade);

#endif
