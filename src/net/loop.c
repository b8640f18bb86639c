#include "net/loop.h"
#include "net/later.h"
#include "net/linger.h"
#include "net/secure.h"
#include <sio/error.h>
#include <stdlib.h>

enum { TURNS_BETWEEN_LOOKS = 1024 };

static void run_deferred(sio__loop_t *loop) {
    while (loop->deferred_first != NULL) {
        sio__deferred_t *deferred = loop->deferred_first;
        void (*run)(sio__deferred_t *) = deferred->run;
        sio__loop_undefer(loop, deferred);
        run(deferred);
    }
}

static void flush_dirty(sio__loop_t *loop) {
    while (loop->dirty_first != NULL) {
        sio__output_t *output = loop->dirty_first;
        loop->dirty_first = output->next;
        if (loop->dirty_first == NULL)
            loop->dirty_last = &loop->dirty_first;
        output->conn->dirty = 0;
        sio__conn_flush(output->conn);
    }
}

/* Connections that are to end and had no memory for an output: they have nothing to write, so
 * they end at once, or are no longer of this kind. */
static void flush_stranded(sio__loop_t *loop) {
    loop->stranded = 0;
    for (sio__conn_t *conn = loop->conns; conn != NULL;) {
        sio__conn_t *next = conn->next;
        if (conn->output == NULL && (conn->failed || conn->close_after)) {
            sio__conn_flush(conn);
            next = loop->conns; /* whatever its end has changed */
        }
        conn = next;
    }
}

void sio__loop_drop_spare(sio__loop_t *loop) {
    sio__output_t *output = loop->spares;
    loop->spares = output->next;
    if (--loop->spare_count < loop->spare_low)
        loop->spare_low = loop->spare_count;
    free(output);
}

/* Spares that were not needed for a while go, so that a burst's memory returns. */
static void trim_spares(sio__loop_t *loop) {
    for (size_t spare = loop->spare_low; spare > SIO__SPARES_KEPT; spare--)
        sio__loop_drop_spare(loop);
    loop->spare_low = loop->spare_count;
    loop->turns = 0;
}

void sio__loop_end_turn(sio__loop_t *loop) {
    /* Flushing may tell protocols that they have drained or closed, and these may put off and
     * queue again. */
    while (loop->deferred_first != NULL || loop->dirty_first != NULL || loop->stranded) {
        run_deferred(loop);
        flush_dirty(loop);
        if (loop->stranded)
            flush_stranded(loop);
    }
    if (++loop->turns == TURNS_BETWEEN_LOOKS)
        trim_spares(loop);
    sio__scratch_reset(loop->scratch);
}

static void on_prepare(uv_prepare_t *prepare) {
    sio__loop_end_turn(prepare->data);
}

static void on_check(uv_check_t *check) {
    sio__loop_t *loop = check->data;
    sio__loop_end_turn(loop);
    if (loop->scratch->kept_bytes > loop->max_kept && sio__pressure_relieve(loop))
        sio__loop_end_turn(loop);
}

static void linger_expired(sio__timeout_t *timeout, void *data) {
    (void) data;
    sio__linger_expired(timeout);
}

static void stall_expired(sio__timeout_t *timeout, void *data) {
    (void) data;
    sio__later_stalled(timeout);
}

int sio__loop_new(sio__loop_t **out, uv_loop_t *uv, sio__log_t log) {
    sio__loop_t *loop = calloc(1, sizeof(*loop));
    if (loop == NULL)
        return SIO_ENOMEM;
    loop->uv = uv;
    loop->log = log;
    loop->max_buffered = UINT32_MAX;
    loop->max_kept = SIZE_MAX;
    loop->dirty_last = &loop->dirty_first;
    loop->deferred_last = &loop->deferred_first;
    loop->scratch = sio__scratch_new();
    loop->read_buffer = malloc(SIO__READ_BUFFER);
    if (loop->scratch == NULL || loop->read_buffer == NULL) {
        sio__loop_free(loop);
        return SIO_ENOMEM;
    }
    int rc = sio__idmap_key_new(&loop->map_key);
    loop->addresses.key = loop->map_key;
    if (rc == 0)
        rc = sio__clock_init(&loop->clock, uv);
    if (rc < 0) {
        sio__loop_free(loop);
        return rc;
    }
    sio__timeouts_init(&loop->linger, &loop->clock, SIO__LINGER_MS, linger_expired, NULL);
    sio__timeouts_init(&loop->stalls, &loop->clock, SIO__STALL_MS, stall_expired, NULL);

    /* These two cannot fail, nor can starting them. */
    uv_prepare_init(uv, &loop->prepare);
    uv_check_init(uv, &loop->check);
    loop->prepare.data = loop->check.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_check_start(&loop->check, on_check);
    /* The prepare handle stays referenced: an open server keeps its loop alive, also while it
     * is closing and only time-outs or queued output are left. */
    uv_unref((uv_handle_t *) &loop->check);
    loop->handles = 3;
    *out = loop;
    return 0;
}

static void own_handle_closed(uv_handle_t *handle) {
    sio__loop_handle_closed(handle->data);
}

void sio__loop_close(sio__loop_t *loop, void (*closed)(sio__loop_t *loop, void *data), void *data) {
    loop->closed = closed;
    loop->closed_data = data;
    sio__loop_end_turn(loop);
    loop->clock.timer.data = loop;
    uv_close((uv_handle_t *) &loop->clock.timer, own_handle_closed);
    uv_close((uv_handle_t *) &loop->prepare, own_handle_closed);
    uv_close((uv_handle_t *) &loop->check, own_handle_closed);
}

void sio__loop_free(sio__loop_t *loop) {
    if (loop == NULL)
        return;
    while (loop->spares != NULL)
        sio__loop_drop_spare(loop);
    sio__zips_clear(&loop->zips);
    sio__secure_loop_free(loop->secure);
    sio__addresses_free(&loop->addresses);
    sio__scratch_free(loop->scratch);
    free(loop->read_buffer);
    free(loop);
}

void sio__loop_handle_opened(sio__loop_t *loop) {
    loop->handles++;
}

void sio__loop_handle_closed(sio__loop_t *loop) {
    if (--loop->handles == 0 && loop->closed != NULL)
        loop->closed(loop, loop->closed_data);
}

void sio__loop_defer(sio__loop_t *loop, sio__deferred_t *deferred,
                     void (*run)(sio__deferred_t *deferred)) {
    if (deferred->run != NULL)
        return;
    deferred->run = run;
    deferred->next = NULL;
    *loop->deferred_last = deferred;
    loop->deferred_last = &deferred->next;
}

void sio__loop_undefer(sio__loop_t *loop, sio__deferred_t *deferred) {
    if (deferred->run == NULL)
        return;
    sio__deferred_t **at = &loop->deferred_first;
    while (*at != deferred)
        at = &(*at)->next;
    *at = deferred->next;
    if (loop->deferred_last == &deferred->next)
        loop->deferred_last = at;
    deferred->run = NULL;
}

void sio__loop_close_conns(sio__loop_t *loop) {
    while (loop->conns != NULL)
        sio__conn_close(loop->conns, 0);
}
