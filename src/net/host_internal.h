/* The inside of a host, for the files that make it up. */
#ifndef SIO__NET_HOST_INTERNAL_H
#define SIO__NET_HOST_INTERNAL_H

#include "net/date.h"
#include "net/forwarded.h"
#include "net/host.h"
#include "net/http_internal.h"
#include "net/listener.h"
#include "net/post.h"
#include "net/route.h"

struct sio__host_s {
    sio__loop_t *loop;
    uv_loop_t *own_loop; /* NULL: the loop is the application's */
    sio_options_t options;
    sio__proxies_t *proxies;
    sio__route_t *routes;
    sio__listener_t *listeners;
    sio__http_pool_t *http_pool;
    sio__posts_t posts;
    sio__timeouts_t header_timeouts, request_timeouts, idle_timeouts, close_timeouts;
    sio__timeout_t close_timeout;
    uv_timer_t closed_timer; /* brings the news of the close from the loop */
    void (*close_cb)(sio__host_t *host, void *data);
    void *close_data;
    void (*freed)(void *data);
    void *freed_data;
    char *platform_token;
    void (*shutdown)(void *data); /* what a request of the platform leads to */
    void *shutdown_data;
    struct sio__run_s *run; /* while sio__host_run is running */
    uint64_t refused;
    uint8_t closing;        /* sio__host_close was called */
    uint8_t closed;         /* everything has ended, and close_cb was called */
    uint8_t freeing;        /* sio__host_free was called */
    uint8_t gone;           /* all handles have closed */
    int64_t date_second;
    char date[SIO__DATE_LENGTH + 1];
};

/* The date header's value, made once a second. */
const char *sio__host_date(sio__host_t *host);
/* A request is refused with this status: counts it, and tells the log why. */
void sio__host_refused(sio__host_t *host, const char *peer, int status, const char *reason);
/* Answers a shutdown request of the platform and obeys it. */
void sio__host_platform_shutdown(sio__host_t *host, sio_http_response_t *response);
/* Cuts off all connections. */
void sio__host_cut(sio__host_t *host);
/* On a loop of its own: runs it until all handles have closed, and frees. */
void sio__host_finish(sio__host_t *host);

#endif
