#include "dial.h"

#include "fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* A source address has about 28,000 ports, and those of connections that ended are out of use for
 * a minute. So connections come from 127.0.0.1 to .250 in turn, in blocks. */
#define ADDRESSES 250
#define BLOCK     4000

#define OTHER_FILES 32

static struct sockaddr_in loopback(uint32_t host, uint16_t port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host),
    };
}

int dial_start(uint16_t port) {
    static uint32_t started;
    struct sockaddr_in from = loopback(1 + started++ / BLOCK % ADDRESSES, 0);
    struct sockaddr_in to = loopback(1, port);
    int yes = 1;

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail_errno("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* The port is chosen by connect(): it need not be free for all destinations, only for ours. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *) &from, sizeof from) < 0)
        fail_errno("bind");
    if (connect(fd, (struct sockaddr *) &to, sizeof to) < 0 && errno != EINPROGRESS)
        fail_errno("connect");
    return fd;
}

void dial_finish(int fd) {
    socklen_t size = sizeof errno;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &size) < 0 || errno != 0)
        fail_errno("connect");
}

void dial_allow(int connections) {
    struct rlimit limit;
    rlim_t wanted = (rlim_t) connections + OTHER_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail_errno("getrlimit");
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < wanted || setrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("%d connections need more open files than this machine allows (ulimit -Hn)",
             connections);
}
