/* One WebSocket that sends back what it gets. */
#ifndef RAW_ECHO_H
#define RAW_ECHO_H

#include <uv.h>

/* Takes the next connection from the listener. */
void echo_accept(uv_stream_t *listener);

#endif
