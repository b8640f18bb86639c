/**
 * @file
 * Reasons of a disconnect.
 */
#ifndef SIO_REASON_H
#define SIO_REASON_H

#include <sio/export.h>

SIO_BEGIN_DECLS

/** Why a socket ended [E80, S28]. */
typedef enum {
    SIO_REASON_TRANSPORT_ERROR,
    SIO_REASON_TRANSPORT_CLOSE,
    SIO_REASON_FORCED_CLOSE,
    SIO_REASON_PING_TIMEOUT,
    SIO_REASON_PARSE_ERROR,
    SIO_REASON_SERVER_SHUTTING_DOWN,
    SIO_REASON_FORCED_SERVER_CLOSE,
    SIO_REASON_CLIENT_NAMESPACE_DISCONNECT,
    SIO_REASON_SERVER_NAMESPACE_DISCONNECT
} sio_reason_t;

/** The words Node uses, e.g. "transport close". Static. */
SIO_API const char *sio_reason_string(sio_reason_t reason);

SIO_END_DECLS

#endif
