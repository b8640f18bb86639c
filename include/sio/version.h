/**
 * @file
 * Version of the library (semantic versioning).
 */
#ifndef SIO_VERSION_H
#define SIO_VERSION_H

#include <sio/export.h>

/** Of the headers; sio_version() tells that of the library. */
#define SIO_VERSION_MAJOR 0
#define SIO_VERSION_MINOR 1
#define SIO_VERSION_PATCH 0
#define SIO_VERSION "0.1.0"

SIO_BEGIN_DECLS

/** The version of the library that is linked, e.g. "0.1.0" (the macros are that of the headers). */
SIO_API const char *sio_version(void);

/** The version of the latest official client built into the library, e.g. "4.8.4"; "" when it has
 * none. */
SIO_API const char *sio_client_version(void);

SIO_END_DECLS

#endif
