/* Running a host's loop until the host is closed, with the signals that close it. */
#include "net/run.h"
#include "net/host_internal.h"
#include <sio/error.h>
#include <signal.h>
#include <stdlib.h>

static const int signals[] = {
    SIGINT,
    SIGTERM,
#ifdef SIGHUP
    SIGHUP,
#endif
#ifdef SIGBREAK
    SIGBREAK,
#endif
};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

struct sio__run_s {
    sio__host_t *host;
    sio__loop_t *loop;
    void (*shutdown)(void *data);
    void *data;
    int asked; /* shutdown was called */
    unsigned watching, open;
    uv_signal_t watchers[SIGNALS];
};

static void ask(struct sio__run_s *run) {
    run->asked = 1;
    run->shutdown(run->data);
}

static void on_signal(uv_signal_t *watcher, int number) {
    struct sio__run_s *run = watcher->data;
    sio__log(&run->loop->log, SIO_LOG_INFO, "server", "signal %d: %s", number,
             run->asked ? "closing at once" : "closing");
    if (!run->asked)
        ask(run);
    else
        sio__host_cut(run->host);
}

static void on_closed(uv_handle_t *handle) {
    struct sio__run_s *run = handle->data;
    sio__loop_t *loop = run->loop;
    if (--run->open == 0)
        free(run);
    sio__loop_handle_closed(loop);
}

/* Gives the signals back; the memory goes with libuv's close callbacks. */
static void stop(struct sio__run_s *run) {
    unsigned open = run->open;
    for (unsigned i = 0; i < open; i++)
        uv_close((uv_handle_t *) &run->watchers[i], on_closed);
    if (open == 0)
        free(run);
}

static int watch(struct sio__run_s *run) {
    for (unsigned i = 0; i < SIGNALS; i++) {
        uv_signal_t *watcher = &run->watchers[i];
        int rc = uv_signal_init(run->loop->uv, watcher);
        if (rc < 0)
            return rc;
        watcher->data = run;
        sio__loop_handle_opened(run->loop);
        run->open++;
        uv_unref((uv_handle_t *) watcher);
        rc = uv_signal_start(watcher, on_signal, signals[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int sio__run_shutdown(sio__host_t *host) {
    if (host->run == NULL)
        return 0;
    if (!host->run->asked)
        ask(host->run);
    return 1;
}

int sio__host_run(sio__host_t *host, void (*shutdown)(void *data), void *data) {
    if (host->run != NULL)
        return SIO_EBUSY;
    struct sio__run_s *run = calloc(1, sizeof(*run));
    if (run == NULL)
        return SIO_ENOMEM;
    run->host = host;
    run->loop = host->loop;
    run->shutdown = shutdown;
    run->data = data;
    host->run = run;
    int rc = watch(run);
    while (rc == 0 && !host->closed && !host->freeing &&
           uv_run(host->loop->uv, UV_RUN_ONCE) != 0)
        continue;
    host->run = NULL;
    stop(run);
    if (host->freeing && host->own_loop != NULL)
        sio__host_finish(host);
    return rc;
}
