#include <sio/limit.h>

const char *sio_limit_string(sio_limit_t limit) {
    static const char *const names[] = {
        [SIO_LIMIT_CONNECTIONS] = "connections",
        [SIO_LIMIT_ADDRESS] = "connections per address",
        [SIO_LIMIT_HANDSHAKES] = "handshakes",
        [SIO_LIMIT_ORIGIN] = "origin",
        [SIO_LIMIT_URL] = "url",
        [SIO_LIMIT_HEADER] = "header",
        [SIO_LIMIT_BODY] = "body",
        [SIO_LIMIT_MESSAGE] = "message",
        [SIO_LIMIT_ATTACHMENTS] = "attachments",
        [SIO_LIMIT_DEPTH] = "depth",
        [SIO_LIMIT_NAMESPACES] = "namespaces",
        [SIO_LIMIT_ROOMS] = "rooms",
        [SIO_LIMIT_LISTENERS] = "listeners",
        [SIO_LIMIT_ACKS] = "pending acks",
        [SIO_LIMIT_BUFFERED] = "buffered",
        [SIO_LIMIT_BUFFERED_TOTAL] = "buffered total",
        [SIO_LIMIT_REQUEST_TIME] = "request time",
        [SIO_LIMIT_HANDSHAKE_TIME] = "handshake time",
        [SIO_LIMIT_IDLE_TIME] = "idle time",
        [SIO_LIMIT_ABSENT] = "absent sessions",
        [SIO_LIMIT_NAMESPACE_NAME] = "namespace name",
        [SIO_LIMIT_CHILDREN] = "child namespaces",
    };
    _Static_assert(sizeof(names) / sizeof(names[0]) == SIO_LIMITS, "a limit without a name");
    return (unsigned) limit < SIO_LIMITS ? names[limit] : "unknown limit";
}
