/* The options of a server as the library keeps them: complete, checked, and its own copy. */
#ifndef SIO__BASE_OPTIONS_H
#define SIO__BASE_OPTIONS_H

#include <sio/options.h>

/* The largest max_json_depth: as deep as values are made of what clients send. */
enum { SIO__DEPTH_MAX = 2048 };

/*
 * Copies `given` (NULL: the defaults; fields beyond given->size take theirs) with everything
 * it points to. The path gets a leading slash and loses its trailing one. 0, SIO_ENOMEM, or
 * SIO_EINVAL (an unknown or repeated transport, none at all, a time or size of 0 where that
 * makes no sense, a path with '?' or '#', an unknown client file), or SIO_ENOTSUP (a parser
 * without one of its ways, or together with allow_v09).
 */
int sio__options_copy(sio_options_t *options, const sio_options_t *given, const char *default_path);
void sio__options_free(sio_options_t *options);

#endif
