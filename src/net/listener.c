#include "net/listener.h"
#include "net/accept.h"
#include "net/host_internal.h"
#include "net/stale.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACKLOG = 511,
    ACCEPT_MAX = 64, /* connections accepted, or refused, in a row */
    RETRY_MS = 100,           /* until the next attempt when a connection could not be accepted */
    PENDING_INSTANCES_MAX = 512
};

struct sio__listener_s {
    sio__listener_t *next;
    sio__host_t *host;
    sio__loop_t *loop;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    uv_poll_t poll;   /* watches the socket where we accept ourselves */
    int fd;           /* that socket */
    int direct;       /* we do */
    int spare;        /* see sio__accept_refuse */
    uv_timer_t retry; /* a connection waits for memory, or for a descriptor */
    sio_tls_t *tls;   /* NULL: plain */
    unsigned handles; /* that have not closed */
};

sio__listener_t **sio__listener_next(sio__listener_t *listener) {
    return &listener->next;
}

void sio__listener_set_tls(sio__listener_t *listener, sio_tls_t *tls) {
    listener->tls = sio_tls_ref(tls);
}

int sio__listener_is_secure(const sio__listener_t *listener) {
    return listener->tls != NULL;
}

/* --- accepting -------------------------------------------------------------------------------- */

static void stream_closed(uv_handle_t *handle) {
    sio__loop_t *loop = handle->data;
    sio__stream_free((uv_stream_t *) handle);
    sio__loop_handle_closed(loop);
}

/* A stream that did not become a connection. */
static void drop_stream(sio__loop_t *loop, uv_stream_t *stream) {
    stream->data = loop;
    uv_close((uv_handle_t *) stream, stream_closed);
}

/* An unconnected stream of the listener's kind. */
static int new_stream(const sio__listener_t *listener, uv_stream_t **out) {
    int is_pipe = listener->u.handle.type == UV_NAMED_PIPE;
    uv_stream_t *stream = sio__stream_new(is_pipe, listener->tls != NULL);
    if (stream == NULL)
        return SIO_ENOMEM;
    int rc = is_pipe ? uv_pipe_init(listener->loop->uv, (uv_pipe_t *) stream, 0)
                     : uv_tcp_init(listener->loop->uv, (uv_tcp_t *) stream);
    if (rc < 0) {
        sio__stream_free(stream);
        return rc;
    }
    sio__loop_handle_opened(listener->loop);
    *out = stream;
    return 0;
}

/* A stream that was accepted with this result becomes a connection. */
static void take_stream(sio__listener_t *listener, uv_stream_t *stream, int rc,
                        const struct sockaddr *address) {
    if (rc == 0)
        rc = sio__http_open(listener->host, stream, address, listener->tls);
    if (rc < 0) {
        drop_stream(listener->loop, stream);
        if (rc == SIO_ETOOBIG) /* that has been said */
            return;
        /* Whatever was wrong with it, it does not wait any more. */
        sio__tell(listener->loop, SIO__TOLD_HTTP, SIO_LOG_WARN, "http",
                  "a connection was dropped: %s", sio_strerror(rc));
        return;
    }
    /* The connection counts the handle itself. */
    sio__loop_handle_closed(listener->loop);
}

/* By libuv. Fails if the connection still waits. */
static int accept_one(sio__listener_t *listener) {
    uv_stream_t *stream;
    int rc = new_stream(listener, &stream);
    if (rc == 0)
        take_stream(listener, stream, uv_accept(&listener->u.stream, stream), NULL);
    return rc;
}

/* By ourselves. Fails if no connection was accepted. */
static int accept_direct(sio__listener_t *listener) {
    struct sockaddr_storage address;
    uv_stream_t *stream;
    int rc = new_stream(listener, &stream);
    if (rc < 0)
        return rc;
    int fd = sio__accept(listener->fd, &address);
    if (fd < 0) {
        drop_stream(listener->loop, stream);
        return fd;
    }
    rc = uv_tcp_open((uv_tcp_t *) stream, fd);
    if (rc < 0)
        sio__accept_close(fd);
    take_stream(listener, stream, rc, (const struct sockaddr *) &address);
    return 0;
}

static void failed(const sio__listener_t *listener, int rc) {
    sio__tell(listener->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "http",
              "accepting a connection: %s", sio_strerror(rc));
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_retry(uv_timer_t *timer) {
    sio__listener_t *listener = timer->data;
    int rc = listener->direct ? uv_poll_start(&listener->poll, UV_READABLE, on_readable)
                              : accept_one(listener);
    if (rc < 0)
        uv_timer_start(timer, on_retry, RETRY_MS, 0);
}

/* There are no more descriptors. Nonzero if some of those who waited for one know it. */
static int refuse_waiting(sio__listener_t *listener) {
    int count = sio__accept_refuse(listener->fd, &listener->spare, ACCEPT_MAX);
    for (int i = 0; i < count; i++)
        sio__limited(listener->loop, SIO_LIMIT_CONNECTIONS, "http",
                     "a client was refused: there are no more descriptors");
    return count >= 0;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    sio__listener_t *listener = poll->data;
    (void) events;
    int rc = status, count = 0;
    while (rc == 0) {
        rc = accept_direct(listener);
        if (uv_is_closing((uv_handle_t *) poll) ||
            (rc == 0 && (++count == ACCEPT_MAX || !sio__accept_waits(listener->fd))))
            return;
    }
    if (rc == UV_EAGAIN)
        return;
    if ((rc == UV_EMFILE || rc == UV_ENFILE) && refuse_waiting(listener))
        return;
    failed(listener, rc);
    /* No memory, most likely. The watcher rests, so that the loop does not spin. */
    uv_poll_stop(poll);
    uv_timer_start(&listener->retry, on_retry, RETRY_MS, 0);
}

/*
 * Out of descriptors, libuv accepts by means of a spare one what waits, and closes it, so that
 * the loop does not spin; it tells of what remains wrong. Out of memory the connection waits:
 * libuv asks for no other before it is accepted.
 */
static void on_connection(uv_stream_t *stream, int status) {
    sio__listener_t *listener = stream->data;
    int rc = status < 0 ? status : accept_one(listener);
    if (rc == 0)
        return;
    failed(listener, rc);
    if (status == 0)
        uv_timer_start(&listener->retry, on_retry, RETRY_MS, 0);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void handle_closed(uv_handle_t *handle) {
    sio__listener_t *listener = handle->data;
    sio__loop_t *loop = listener->loop;
    if (--listener->handles == 0) {
        sio_tls_unref(listener->tls);
        free(listener);
    }
    sio__loop_handle_closed(loop);
}

void sio__listener_close(sio__listener_t *listener) {
    if (listener == NULL)
        return;
    if (listener->direct) {
        if (listener->spare >= 0)
            sio__accept_close(listener->spare);
        /* Before the socket that it watches. */
        uv_close((uv_handle_t *) &listener->poll, handle_closed);
    }
    uv_close(&listener->u.handle, handle_closed);
    uv_close((uv_handle_t *) &listener->retry, handle_closed);
}

/* A listener whose handle has been initialised as a TCP one for `family`, or as a pipe. */
static int listener_new(sio__listener_t **out, sio__host_t *host, int is_pipe, int family) {
    sio__listener_t *listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        return SIO_ENOMEM;
    listener->host = host;
    listener->loop = host->loop;
    uv_loop_t *uv = host->loop->uv;
    int rc = is_pipe ? uv_pipe_init(uv, &listener->u.pipe, 0)
                     : uv_tcp_init_ex(uv, &listener->u.tcp, (unsigned) family);
    if (rc < 0) {
        free(listener);
        return rc;
    }
    uv_timer_init(uv, &listener->retry); /* cannot fail */
    listener->u.handle.data = listener->retry.data = listener;
    listener->handles = 2;
    sio__loop_handle_opened(host->loop);
    sio__loop_handle_opened(host->loop);
    *out = listener;
    return 0;
}

/* Listens where we accept ourselves. */
static int start_direct(sio__listener_t *listener) {
    uv_os_fd_t fd;
    int rc = uv_fileno(&listener->u.handle, &fd);
    /* libuv keeps an error of the bind ("in use") for later questions. */
    int port = sio__listener_port(listener);
    if (rc == 0 && port < 0)
        rc = port;
    if (rc == 0)
        rc = sio__accept_listen(fd, BACKLOG);
    if (rc == 0)
        rc = uv_poll_init(listener->loop->uv, &listener->poll, fd);
    if (rc < 0)
        return rc;
    listener->fd = fd;
    listener->poll.data = listener;
    listener->direct = 1;
    listener->spare = sio__accept_spare();
    listener->handles++;
    sio__loop_handle_opened(listener->loop);
    return uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

/* Listens; after a failure, `rc` < 0 of an earlier step included, the listener is closed. */
static int start(sio__listener_t **out, sio__listener_t *listener, int rc) {
    if (rc == 0 && sio__accept_direct() && listener->u.handle.type == UV_TCP)
        rc = start_direct(listener);
    else if (rc == 0)
        rc = uv_listen(&listener->u.stream, BACKLOG, on_connection);
    if (rc < 0)
        sio__listener_close(listener);
    else
        *out = listener;
    return rc;
}

/* --- TCP -------------------------------------------------------------------------------------- */

static int listen_address(sio__listener_t **out, sio__host_t *host,
                          const struct sockaddr *address) {
    sio__listener_t *listener;
    int rc = listener_new(&listener, host, 0, address->sa_family);
    if (rc < 0)
        return rc;
    return start(out, listener, uv_tcp_bind(&listener->u.tcp, address, 0));
}

/* Every address: IPv6 and IPv4 on one socket, or IPv4 alone where there is no IPv6. */
static int listen_everywhere(sio__listener_t **out, sio__host_t *host, int port) {
    struct sockaddr_in6 all6;
    struct sockaddr_in all4;
    int rc = uv_ip6_addr("::", port, &all6);
    if (rc == 0)
        rc = listen_address(out, host, (const struct sockaddr *) &all6);
    if (rc != UV_EAFNOSUPPORT && rc != UV_EADDRNOTAVAIL && rc != UV_EINVAL &&
        rc != UV_EPROTONOSUPPORT)
        return rc;
    rc = uv_ip4_addr("0.0.0.0", port, &all4);
    return rc < 0 ? rc : listen_address(out, host, (const struct sockaddr *) &all4);
}

static void set_port(struct sockaddr *address, int port) {
    uint16_t value = (uint16_t) port;
    unsigned char bytes[2] = {(unsigned char) (value >> 8), (unsigned char) (value & 0xff)};
    if (address->sa_family == AF_INET6)
        memcpy(&((struct sockaddr_in6 *) (void *) address)->sin6_port, bytes, 2);
    else
        memcpy(&((struct sockaddr_in *) (void *) address)->sin_port, bytes, 2);
}

/* Resolves a name, and listens on the first of its addresses that will have it. */
static int listen_name(sio__listener_t **out, sio__host_t *host, const char *name, int port) {
    uv_getaddrinfo_t request;
    struct addrinfo hints = {0};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    int rc = uv_getaddrinfo(host->loop->uv, &request, NULL, name, NULL, &hints);
    if (rc < 0)
        return rc;
    rc = UV_EAI_NODATA;
    for (struct addrinfo *at = request.addrinfo; at != NULL && rc < 0; at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
            continue;
        set_port(at->ai_addr, port);
        rc = listen_address(out, host, at->ai_addr);
    }
    uv_freeaddrinfo(request.addrinfo);
    return rc;
}

int sio__listen_tcp(sio__listener_t **out, sio__host_t *host, const char *address, int port) {
    if (port < 0 || port > 65535)
        return SIO_EINVAL;
    return address == NULL ? listen_everywhere(out, host, port)
                           : listen_name(out, host, address, port);
}

int sio__listener_port(const sio__listener_t *listener) {
    struct sockaddr_storage address;
    int length = sizeof(address);
    unsigned char bytes[2];
    if (listener->u.handle.type != UV_TCP)
        return SIO_ENOENT;
    int rc = uv_tcp_getsockname(&listener->u.tcp, (struct sockaddr *) &address, &length);
    if (rc < 0)
        return rc;
    if (address.ss_family == AF_INET6)
        memcpy(bytes, &((struct sockaddr_in6 *) &address)->sin6_port, 2);
    else
        memcpy(bytes, &((struct sockaddr_in *) &address)->sin_port, 2);
    return bytes[0] * 256 + bytes[1];
}

/* --- pipes ------------------------------------------------------------------------------------ */

/* iisnode says how many clients may be waiting at a time; libuv's own number is 4. */
static int pending_instances(const sio__host_t *host) {
    long wanted = host->options.pending_pipe_instances;
    if (wanted <= 0) {
        const char *text = getenv("NODE_PENDING_PIPE_INSTANCES");
        wanted = text != NULL ? strtol(text, NULL, 10) : 0;
    }
    return (int) (wanted > PENDING_INSTANCES_MAX ? PENDING_INSTANCES_MAX : wanted);
}

static int listen_pipe_once(sio__listener_t **out, sio__host_t *host, const char *name) {
    sio__listener_t *listener;
    int rc = listener_new(&listener, host, 1, 0);
    if (rc < 0)
        return rc;
    int instances = pending_instances(host);
    if (instances > 0)
        uv_pipe_pending_instances(&listener->u.pipe, instances);
    return start(out, listener, uv_pipe_bind(&listener->u.pipe, name));
}

int sio__listen_pipe(sio__listener_t **out, sio__host_t *host, const char *name) {
    if (name == NULL || name[0] == '\0')
        return SIO_EINVAL;
    /* libuv would cut it off. */
    if (strlen(name) > sio__pipe_name_max())
        return UV_ENAMETOOLONG;
    int rc = listen_pipe_once(out, host, name);
    if (rc == UV_EADDRINUSE && sio__pipe_remove_stale(name))
        rc = listen_pipe_once(out, host, name);
    return rc;
}

/* --- inherited -------------------------------------------------------------------------------- */

int sio__listen_fd(sio__listener_t **out, sio__host_t *host, int fd) {
    uv_handle_type type = uv_guess_handle(fd);
    sio__listener_t *listener;
    if (type != UV_TCP && type != UV_NAMED_PIPE)
        return SIO_EINVAL;
    int rc = listener_new(&listener, host, type == UV_NAMED_PIPE, AF_UNSPEC);
    if (rc < 0)
        return rc;
    if (type == UV_NAMED_PIPE)
        rc = uv_pipe_open(&listener->u.pipe, fd);
    else
        rc = uv_tcp_open(&listener->u.tcp, (uv_os_sock_t) fd);
    return start(out, listener, rc);
}
