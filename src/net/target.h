/* The target of a request and its Host, which between them say what it is for (RFC 9112 3.2). */
#ifndef SIO__NET_TARGET_H
#define SIO__NET_TARGET_H

#include <stddef.h>

/* Nonzero if it is a host, or none, and maybe a port (RFC 9110 7.2, RFC 3986 3.2). */
int sio__target_is_authority(const char *text, size_t length);
/* Nonzero if a target has a form that a server takes: a path, the URL of an http or https resource,
 * or "*" for OPTIONS. Of a URL *authority is its host and port, of others NULL. */
int sio__target_is_good(const char *target, size_t length, const char *method,
                        const char **authority, size_t *authority_length);

#endif
