#include <sio/reason.h>

const char *sio_reason_string(sio_reason_t reason) {
    switch (reason) {
    case SIO_REASON_TRANSPORT_ERROR:
        return "transport error";
    case SIO_REASON_TRANSPORT_CLOSE:
        return "transport close";
    case SIO_REASON_FORCED_CLOSE:
        return "forced close";
    case SIO_REASON_PING_TIMEOUT:
        return "ping timeout";
    case SIO_REASON_PARSE_ERROR:
        return "parse error";
    case SIO_REASON_SERVER_SHUTTING_DOWN:
        return "server shutting down";
    case SIO_REASON_FORCED_SERVER_CLOSE:
        return "forced server close";
    case SIO_REASON_CLIENT_NAMESPACE_DISCONNECT:
        return "client namespace disconnect";
    case SIO_REASON_SERVER_NAMESPACE_DISCONNECT:
        return "server namespace disconnect";
    }
    return "unknown reason";
}
