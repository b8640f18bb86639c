#include "net/listener.h"
#include "net/host_internal.h"
#include "net/stale.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACKLOG = 511,
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
    uv_timer_t retry; /* a connection waits for memory */
    unsigned handles; /* that have not closed */
};

sio__listener_t **sio__listener_next(sio__listener_t *listener) {
    return &listener->next;
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
    uv_stream_t *stream = sio__stream_new(is_pipe);
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

static int accept_one(sio__listener_t *listener) {
    uv_stream_t *stream;
    int rc = new_stream(listener, &stream);
    if (rc < 0)
        return rc;
    rc = uv_accept(&listener->u.stream, stream);
    if (rc == 0)
        rc = sio__http_open(listener->host, stream);
    if (rc < 0) {
        drop_stream(listener->loop, stream);
        /* Whatever was wrong with it, it does not wait any more. */
        sio__log(&listener->loop->log, SIO_LOG_WARN, "http", "a connection was dropped: %s",
                 sio_strerror(rc));
        return 0;
    }
    /* The connection counts the handle itself. */
    sio__loop_handle_closed(listener->loop);
    return 0;
}

static void on_retry(uv_timer_t *timer) {
    if (accept_one(timer->data) < 0)
        uv_timer_start(timer, on_retry, RETRY_MS, 0);
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
    sio__log(&listener->loop->log, SIO_LOG_ERROR, "http", "accepting a connection: %s",
             sio_strerror(rc));
    if (status == 0)
        uv_timer_start(&listener->retry, on_retry, RETRY_MS, 0);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void handle_closed(uv_handle_t *handle) {
    sio__listener_t *listener = handle->data;
    sio__loop_t *loop = listener->loop;
    if (--listener->handles == 0)
        free(listener);
    sio__loop_handle_closed(loop);
}

void sio__listener_close(sio__listener_t *listener) {
    if (listener == NULL)
        return;
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

/* Listens; after a failure, `rc` < 0 of an earlier step included, the listener is closed. */
static int start(sio__listener_t **out, sio__listener_t *listener, int rc) {
    if (rc == 0)
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
