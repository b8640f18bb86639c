/*
 * Whether the page that a request comes from may have it. Browsers send requests of any page to
 * any server, with the user's cookies, and for WebSockets they leave it to the server to look at
 * where they come from (RFC 6455 10.2).
 */
#ifndef SIO__NET_ORIGIN_H
#define SIO__NET_ORIGIN_H

#include "net/cors.h"

/* Nonzero if these options want requests checked. */
int sio__origin_is_checked(const sio_options_t *options);
/*
 * Nonzero if the request is one of an origin that `cors` (NULL: none) lists, of its own origin,
 * or not of a page. *origin is whose it is, for the log.
 *
 * A script comes without an Origin, whoever's page it is in. Newer browsers tell by Sec-Fetch-Site
 * whether that is ours (Fetch Metadata; https and localhost alone); where they do not, or it is
 * another's, the page must be one that may by its address, the Referer. `is_script`: JSONP; what
 * else comes without an Origin is suspected only where Sec-Fetch-Site says so.
 */
int sio__origin_may(const sio_http_request_t *request, const sio__cors_t *cors, int is_script,
                    const char **origin);

#endif
