#include "net/send.h"

#ifdef _WIN32

int sio__send(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count) {
    return uv_try_write(stream, bufs, count);
}

#else

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: libuv sets SO_NOSIGPIPE on its sockets */
#endif

int sio__send(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count) {
    uv_os_fd_t fd;
    int rc = uv_fileno((const uv_handle_t *) stream, &fd);
    if (rc < 0)
        return rc;
    ssize_t sent;
    do {
        if (count == 1) {
            sent = send(fd, bufs[0].base, bufs[0].len, MSG_NOSIGNAL);
        } else {
            /* uv_buf_t is laid out as struct iovec on Unix (libuv, "uv_buf_t"). */
            struct msghdr message;
            memset(&message, 0, sizeof(message));
            message.msg_iov = (struct iovec *) (uintptr_t) bufs;
            message.msg_iovlen = count;
            sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return (int) sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return UV_EAGAIN;
    return uv_translate_sys_error(errno);
}

#endif
