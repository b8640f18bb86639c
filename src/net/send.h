/* The system call that writes: the one place where the hot path goes past libuv. */
#ifndef SIO__NET_SEND_H
#define SIO__NET_SEND_H

#include <uv.h>

/*
 * Writes as much as the stream takes now: bytes written, 0 or UV_EAGAIN when it takes nothing,
 * or libuv's code. On Unix this is sendmsg on the descriptor: uv_try_write uses write(2),
 * which was measured 10 % dearer in broadcasts and raises SIGPIPE. Nothing must be under way
 * with uv_write.
 */
int sio__send(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count);

#endif
