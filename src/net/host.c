#include "net/host.h"
#include "base/options.h"
#include "base/text.h"
#include "net/host_internal.h"
#include "net/run.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- creation --------------------------------------------------------------------------------- */

static void close_expired(sio__timeout_t *timeout, void *data) {
    (void) timeout;
    sio__host_cut(data);
}

static void start_timeouts(sio__host_t *host) {
    const sio_options_t *options = &host->options;
    sio__clock_t *clock = &host->loop->clock;
    sio__timeouts_init(&host->header_timeouts, clock, options->header_timeout_ms,
                       sio__http_header_expired, NULL);
    sio__timeouts_init(&host->request_timeouts, clock, options->request_timeout_ms,
                       sio__http_request_expired, NULL);
    sio__timeouts_init(&host->idle_timeouts, clock, options->keep_alive_timeout_ms,
                       sio__http_idle_expired, NULL);
    sio__timeouts_init(&host->close_timeouts, clock, options->close_timeout_ms, close_expired,
                       host);
}

static int make_own_loop(sio__host_t *host) {
    uv_loop_t *own = malloc(sizeof(*own));
    if (own == NULL)
        return SIO_ENOMEM;
    int rc = uv_loop_init(own);
    if (rc < 0)
        free(own);
    else
        host->own_loop = own;
    return rc;
}

static void conns_gone(sio__loop_t *loop, void *data);

static int start(sio__host_t *host, uv_loop_t *uv) {
    sio__log_t log = {host->options.log, host->options.log_data, host->options.log_level};
    int rc = sio__proxies_new(&host->proxies, host->options.trusted_proxies);
    if (rc == 0 && uv == NULL)
        rc = make_own_loop(host);
    if (rc == 0)
        rc = sio__loop_new(&host->loop, uv != NULL ? uv : host->own_loop, log);
    if (rc < 0)
        return rc;
    start_timeouts(host);
    host->loop->max_buffered = host->options.max_buffered;
    if (host->options.max_buffered_total > 0)
        host->loop->max_kept = host->options.max_buffered_total;
    sio__limit_handshakes(host->loop, host->options.max_handshakes_per_second);
    uv_timer_init(host->loop->uv, &host->closed_timer); /* cannot fail */
    host->closed_timer.data = host;
    sio__loop_handle_opened(host->loop);
    host->loop->conns_gone = conns_gone;
    host->loop->conns_gone_data = host;
    return sio__posts_start(&host->posts, host->loop);
}

int sio__host_new(sio__host_t **out, uv_loop_t *uv, const sio_options_t *options) {
    sio__host_t *host = calloc(1, sizeof(*host));
    if (host == NULL)
        return SIO_ENOMEM;
    int rc = sio__options_copy(&host->options, options, "/");
    if (rc == 0) {
        host->http_pool = sio__http_pool_new();
        rc = host->http_pool == NULL ? SIO_ENOMEM : start(host, uv);
    }
    if (rc < 0)
        sio__host_free(host, NULL, NULL);
    else
        *out = host;
    return rc;
}

/* --- small things ----------------------------------------------------------------------------- */

int sio__host_route(sio__host_t *host, const char *prefix, int exclusive, uint32_t max_body,
                    const sio__route_ops_t *ops, void *data) {
    if (host->closing)
        return SIO_ECLOSED;
    return sio__route_add(&host->routes, prefix, exclusive, max_body, ops, data);
}

sio__loop_t *sio__host_loop(const sio__host_t *host) {
    return host->loop;
}

const sio_options_t *sio__host_options(const sio__host_t *host) {
    return &host->options;
}

size_t sio__host_connections(const sio__host_t *host) {
    return host->loop->conn_count;
}

int sio__host_post(sio__host_t *host, void (*cb)(void *owner, void *data), void *owner,
                   void *data) {
    return sio__posts_add(&host->posts, cb, owner, data);
}

const char *sio__host_date(sio__host_t *host) {
    int64_t second = (int64_t) time(NULL);
    if (second != host->date_second) {
        host->date_second = second;
        sio__date_format(host->date, second > 0 ? second : 0);
    }
    return host->date;
}

static void count_limit(const sio__host_t *host, int status) {
    static const struct {
        int status;
        sio_limit_t limit;
    } limits[] = {
        {408, SIO_LIMIT_REQUEST_TIME},
        {413, SIO_LIMIT_BODY},
        {414, SIO_LIMIT_URL},
        {431, SIO_LIMIT_HEADER},
    };
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (limits[i].status == status)
            sio__limit_count(host->loop, limits[i].limit);
}

void sio__host_refused(sio__host_t *host, const char *peer, int status, const char *reason) {
    host->refused++;
    count_limit(host, status);
    sio__tell(host->loop, SIO__TOLD_HTTP, SIO_LOG_WARN, "http", "%s: %d: %s",
              peer[0] != '\0' ? peer : "pipe", status, reason);
}

uint64_t sio__host_refusals(const sio__host_t *host) {
    return host->refused;
}

int sio__host_set_platform_token(sio__host_t *host, const char *token) {
    char *copy = sio__text_copy(token, strlen(token));
    if (copy == NULL)
        return SIO_ENOMEM;
    free(host->platform_token);
    host->platform_token = copy;
    return 0;
}

void sio__host_on_shutdown(sio__host_t *host, void (*cb)(void *data), void *data) {
    host->shutdown = cb;
    host->shutdown_data = data;
}

void sio__host_platform_shutdown(sio__host_t *host, sio_http_response_t *response) {
    sio__response_close_after(response);
    sio__response_simple(response, 202);
    if (!sio__run_shutdown(host) && host->shutdown != NULL)
        host->shutdown(host->shutdown_data);
}

/* --- listening -------------------------------------------------------------------------------- */

/* Adds at the end: the first listener stays the first. */
static int add_listener(sio__host_t *host, sio__listener_t *listener) {
    sio__listener_t **at = &host->listeners;
    while (*at != NULL)
        at = sio__listener_next(*at);
    *at = listener;
    return 0;
}

int sio__host_listen(sio__host_t *host, const char *address, int port) {
    sio__listener_t *listener = NULL;
    if (host->closing)
        return SIO_ECLOSED;
    int rc = sio__listen_tcp(&listener, host, address, port);
    return rc < 0 ? rc : add_listener(host, listener);
}

int sio__host_listen_tls(sio__host_t *host, const char *address, int port, sio_tls_t *tls) {
    sio__listener_t *listener = NULL;
    if (host->closing)
        return SIO_ECLOSED;
    int rc = tls != NULL ? sio__listen_tcp(&listener, host, address, port) : SIO_EINVAL;
    if (rc < 0)
        return rc;
    sio__listener_set_tls(listener, tls);
    return add_listener(host, listener);
}

int sio__host_listen_pipe(sio__host_t *host, const char *name) {
    sio__listener_t *listener = NULL;
    if (host->closing)
        return SIO_ECLOSED;
    int rc = sio__listen_pipe(&listener, host, name);
    return rc < 0 ? rc : add_listener(host, listener);
}

int sio__host_listen_fd(sio__host_t *host, int fd) {
    sio__listener_t *listener = NULL;
    if (host->closing)
        return SIO_ECLOSED;
    int rc = sio__listen_fd(&listener, host, fd);
    return rc < 0 ? rc : add_listener(host, listener);
}

int sio__host_accept(sio__host_t *host, uv_stream_t *stream, sio_tls_t *tls) {
    if (host->closing)
        return SIO_ECLOSED;
    if (stream == NULL || stream->loop != host->loop->uv ||
        (stream->type != UV_TCP && stream->type != UV_NAMED_PIPE))
        return SIO_EINVAL;
    /* By it our own streams are told apart. */
    void *data = stream->data;
    stream->data = NULL;
    int rc = sio__http_open(host, stream, NULL, tls);
    if (rc < 0)
        stream->data = data;
    return rc;
}

int sio__host_port(const sio__host_t *host) {
    int port = SIO_ENOENT;
    sio__listener_t *listener = host->listeners;
    for (; listener != NULL && port < 0; listener = *sio__listener_next(listener))
        port = sio__listener_port(listener);
    return port;
}

int sio__host_tls_port(const sio__host_t *host) {
    int port = SIO_ENOENT;
    sio__listener_t *listener = host->listeners;
    for (; listener != NULL && port < 0; listener = *sio__listener_next(listener))
        if (sio__listener_is_secure(listener))
            port = sio__listener_port(listener);
    return port;
}

static void close_listeners(sio__host_t *host) {
    while (host->listeners != NULL) {
        sio__listener_t *listener = host->listeners;
        host->listeners = *sio__listener_next(listener);
        sio__listener_close(listener);
    }
}

/* --- closing ---------------------------------------------------------------------------------- */

static void on_all_closed(uv_timer_t *timer) {
    sio__host_t *host = timer->data;
    if (host->closed || host->freeing)
        return;
    sio__posts_run(&host->posts);
    if (host->freeing)
        return;
    host->closed = 1;
    /* Closed, it keeps nobody's loop running any more; see sio__loop_new. */
    uv_unref((uv_handle_t *) &host->loop->prepare);
    sio__timeout_disarm(&host->close_timeouts, &host->close_timeout);
    if (host->close_cb != NULL)
        host->close_cb(host, host->close_data);
}

/* The last connection has closed. The timer brings the news from the loop, and keeps the
 * loop running for it. */
static void conns_gone(sio__loop_t *loop, void *data) {
    sio__host_t *host = data;
    (void) loop;
    if (host->closing && !host->closed && !host->freeing)
        uv_timer_start(&host->closed_timer, on_all_closed, 0, 0);
}

int sio__host_closing(const sio__host_t *host) {
    return host->closing;
}

int sio__host_close(sio__host_t *host, void (*cb)(sio__host_t *host, void *data), void *data) {
    if (host->closing)
        return SIO_EDONE;
    host->closing = 1;
    host->close_cb = cb;
    host->close_data = data;
    sio__posts_close(&host->posts);
    close_listeners(host);
    sio__timeout_arm(&host->close_timeouts, &host->close_timeout);
    for (sio__conn_t *conn = host->loop->conns; conn != NULL; conn = conn->next)
        if (conn->protocol == &sio__http_protocol)
            sio__http_close_idle(conn->protocol_data);
    if (host->loop->conns == NULL)
        conns_gone(host->loop, host);
    return 0;
}

void sio__host_cut(sio__host_t *host) {
    sio__loop_close_conns(host->loop);
}

/* --- freeing ---------------------------------------------------------------------------------- */

static void free_memory(sio__host_t *host) {
    sio__posts_destroy(&host->posts);
    sio__http_pool_free(host->http_pool);
    sio__loop_free(host->loop);
    sio__proxies_free(host->proxies);
    sio__options_free(&host->options);
    free(host->platform_token);
    if (host->own_loop != NULL) {
        uv_loop_close(host->own_loop);
        free(host->own_loop);
    }
    void (*freed)(void *) = host->freed;
    void *data = host->freed_data;
    free(host);
    if (freed != NULL)
        freed(data);
}

/* From the last close callback. A loop cannot be closed from inside of itself: see
 * sio__host_finish. */
static void all_gone(sio__loop_t *loop, void *data) {
    sio__host_t *host = data;
    (void) loop;
    host->gone = 1;
    if (host->own_loop == NULL)
        free_memory(host);
}

static void timer_closed(uv_handle_t *handle) {
    const sio__host_t *host = handle->data;
    sio__loop_handle_closed(host->loop);
}

void sio__host_finish(sio__host_t *host) {
    while (!host->gone)
        uv_run(host->own_loop, UV_RUN_ONCE);
    free_memory(host);
}

void sio__host_free(sio__host_t *host, void (*freed)(void *data), void *data) {
    if (host == NULL || host->freeing)
        return;
    host->freeing = host->closing = 1;
    host->freed = freed;
    host->freed_data = data;
    if (host->loop == NULL) { /* half built */
        host->freed = NULL;
        free_memory(host);
        return;
    }
    close_listeners(host);
    sio__host_cut(host);
    sio__posts_stop(&host->posts);
    sio__route_free_all(&host->routes);
    sio__timeouts_remove(&host->header_timeouts);
    sio__timeouts_remove(&host->request_timeouts);
    sio__timeouts_remove(&host->idle_timeouts);
    sio__timeouts_remove(&host->close_timeouts);
    uv_close((uv_handle_t *) &host->closed_timer, timer_closed);
    sio__loop_close(host->loop, all_gone, host);
    if (host->own_loop != NULL && host->run == NULL)
        sio__host_finish(host);
}
