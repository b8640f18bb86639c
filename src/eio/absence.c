#include "eio/absence.h"

int eio__absence_is_full(const eio_server_t *server) {
    const uint32_t most = server->options.max_absent_sessions;
    if (most == 0 || server->absent < most)
        return 0;
    sio__limited(server->loop, SIO_LIMIT_ABSENT, "engine",
                 "a handshake was refused: %u sessions are without a connection", (unsigned) most);
    return 1;
}
