/* Where the environment says to listen: iisnode and platforms, HttpPlatformHandler, systemd. */
#include "server/server.h"
#include <errno.h>
#include <limits.h>
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <unistd.h>
#endif

enum { FIRST_FD = 3 /* of those that systemd hands over */ };

/* NULL also for an empty one. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Nonzero if the text is digits only. */
static int is_number(const char *text) {
    return text[strspn(text, "0123456789")] == '\0';
}

/* Digits as a number up to `max`, or -1. */
static int number(const char *text, int max) {
    errno = 0;
    long value = strtol(text, NULL, 10);
    return errno == 0 && value <= max ? (int) value : -1;
}

static int listen_port(sio_server_t *server, const char *host, const char *text) {
    int port = is_number(text) ? number(text, 65535) : -1;
    return port >= 0 ? sio_listen(server, host, port) : SIO_EINVAL;
}

/* How many sockets systemd has opened for this very process. */
static int inherited(void) {
#ifdef _WIN32
    return 0;
#else
    const char *pid = variable("LISTEN_PID"), *fds = variable("LISTEN_FDS");
    if (pid == NULL || fds == NULL || !is_number(pid) || !is_number(fds) ||
        number(pid, INT_MAX) != (int) getpid())
        return 0;
    return number(fds, 1024);
#endif
}

static int listen_inherited(sio_server_t *server, int count) {
    int rc = 0;
    for (int i = 0; i < count && rc == 0; i++)
        rc = sio__host_listen_fd(server->host, FIRST_FD + i);
    return rc;
}

/* When the application runs the loop itself; sio_run does the same. */
static void shut_down(void *data) {
    sio_server_close(data, NULL, NULL);
}

static int obey_platform(sio_server_t *server) {
    const char *token = variable("HTTP_PLATFORM_TOKEN");
    if (token == NULL)
        return 0;
    sio__host_on_shutdown(server->host, shut_down, server);
    return sio__host_set_platform_token(server->host, token);
}

int sio_listen_env(sio_server_t *server, int default_port) {
    if (server == NULL)
        return SIO_EINVAL;
    int rc = obey_platform(server);
    if (rc < 0)
        return rc;
    const char *port = variable("PORT"), *platform_port = variable("HTTP_PLATFORM_PORT");
    if (port != NULL)
        return is_number(port) ? listen_port(server, NULL, port) : sio_listen_pipe(server, port);
    if (platform_port != NULL)
        return listen_port(server, "127.0.0.1", platform_port);
    int count = inherited();
    if (count > 0)
        return server->closing ? SIO_ECLOSED : listen_inherited(server, count);
    return sio_listen(server, NULL, default_port);
}
