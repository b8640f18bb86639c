/**
 * @file
 * Error codes.
 *
 * What libsio finds wrong is one of the codes below. What the operating system or libuv refuses
 * (an address in use, too many descriptors) is passed on as libuv's own code, e.g. UV_EADDRINUSE.
 * Both kinds are negative and sio_strerror() explains both.
 */
#ifndef SIO_ERROR_H
#define SIO_ERROR_H

#include <sio/export.h>

/** All codes: X(name, value, text). */
#define SIO_ERROR_MAP(X)                                                                           \
    X(ENOMEM, -20001, "out of memory")                                                             \
    X(EINVAL, -20002, "invalid argument")                                                          \
    X(ECLOSED, -20003, "closed")                                                                   \
    X(ETIMEDOUT, -20004, "operation has timed out")                                                \
    X(ERESERVED, -20005, "event name is reserved")                                                 \
    X(EFORMAT, -20006, "malformed format string")                                                  \
    X(ETYPE, -20007, "value has another type")                                                     \
    X(ERANGE, -20008, "number out of range")                                                       \
    X(ETOOBIG, -20009, "larger than the limit")                                                    \
    X(ENOENT, -20010, "not found")                                                                 \
    X(EDONE, -20011, "already done")                                                               \
    X(EPROTO, -20012, "protocol error")                                                            \
    X(EUTF8, -20013, "text is not valid UTF-8")                                                    \
    X(ENOTSUP, -20014, "not supported")                                                            \
    X(EBUSY, -20015, "busy")

/** The codes as constants: SIO_ENOMEM and so on. */
enum sio_error_e {
/* Not for others. */
#define SIO_ERROR_ENUM(name, value, text) SIO_##name = (value),
    SIO_ERROR_MAP(SIO_ERROR_ENUM)
#undef SIO_ERROR_ENUM
    SIO_OK = 0
};

SIO_BEGIN_DECLS

/** A sentence fragment that explains @p code (ours or libuv's). Static; never NULL. Any thread. */
SIO_API const char *sio_strerror(int code);

/** The name of @p code, e.g. "SIO_ECLOSED" or "EADDRINUSE". Static; never NULL. Any thread. */
SIO_API const char *sio_err_name(int code);

SIO_END_DECLS

#endif
