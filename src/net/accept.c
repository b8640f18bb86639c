#include "net/accept.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int sio__accept_direct(void) {
    return 1;
}

int sio__accept_listen(int fd, int backlog) {
    int on = 1;
    /* Failing, connections are only slower. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return listen(fd, backlog) == 0 ? 0 : uv_translate_sys_error(errno);
}

int sio__accept(int fd, struct sockaddr_storage *address) {
    int accepted;
    do {
        socklen_t length = sizeof(*address);
        accepted = accept4(fd, (struct sockaddr *) address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    return accepted >= 0 ? accepted : uv_translate_sys_error(errno);
}

void sio__accept_close(int fd) {
    close(fd);
}

int sio__accept_spare(void) {
    return open("/", O_RDONLY | O_CLOEXEC);
}

int sio__accept_refuse(int fd, int *spare, int most) {
    struct sockaddr_storage address;
    int accepted = 0, count = 0;
    if (*spare < 0)
        return -1;
    close(*spare);
    while (count < most && (accepted = sio__accept(fd, &address)) >= 0) {
        close(accepted);
        count++;
    }
    *spare = sio__accept_spare();
    return count == most || accepted == UV_EAGAIN ? count : -1;
}

int sio__accept_waits(int fd) {
    struct pollfd waiting = {fd, POLLIN, 0};
    return poll(&waiting, 1, 0) > 0;
}

#else

int sio__accept_direct(void) {
    return 0;
}

int sio__accept_listen(int fd, int backlog) {
    (void) fd, (void) backlog;
    return UV_ENOSYS;
}

int sio__accept(int fd, struct sockaddr_storage *address) {
    (void) fd, (void) address;
    return UV_ENOSYS;
}

void sio__accept_close(int fd) {
    (void) fd;
}

int sio__accept_spare(void) {
    return -1;
}

int sio__accept_refuse(int fd, int *spare, int most) {
    (void) fd, (void) spare, (void) most;
    return -1;
}

int sio__accept_waits(int fd) {
    (void) fd;
    return 0;
}

#endif
