/* A host on a loop of the test's, with the log and the end of it under control. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "client.h"
#include "net/host.h"
#include "net/loop.h"
#include <sio/error.h>

typedef struct {
    uv_loop_t uv;
    sio__host_t *host;
    int port;
    int warnings;   /* lines logged as such */
    char last[256]; /* of them, with its category */
    void *data;   /* the test's */
} test_host_t;

static inline void test_host_log(sio_log_level_t level, const char *category, const char *text,
                                 void *data) {
    test_host_t *t = data;
    if (level > SIO_LOG_WARN)
        return;
    t->warnings++;
    snprintf(t->last, sizeof(t->last), "%s %s", category, text);
}

/* Listens on a port of 127.0.0.1; `options` may be NULL. */
static inline void test_host_open(test_host_t *t, const sio_options_t *options) {
    sio_options_t with_log = SIO_OPTIONS_INIT;
    memset(t, 0, sizeof(*t));
    if (options != NULL)
        with_log = *options;
    with_log.log = test_host_log;
    with_log.log_data = t;
    assert_int_equal(uv_loop_init(&t->uv), 0);
    assert_int_equal(sio__host_new(&t->host, &t->uv, &with_log), 0);
    assert_int_equal(sio__host_listen(t->host, "127.0.0.1", 0), 0);
    t->port = sio__host_port(t->host);
    assert_true(t->port > 0);
}

static inline void test_host_freed(void *data) {
    ((test_host_t *) data)->host = NULL;
}

/* Frees, and checks that nothing is left on the loop. */
static inline void test_host_close(test_host_t *t) {
    sio__host_free(t->host, test_host_freed, t);
    while (t->host != NULL)
        uv_run(&t->uv, UV_RUN_ONCE);
    assert_int_equal(uv_loop_close(&t->uv), 0);
}

static inline void test_host_client(test_host_t *t, client_t *client) {
    client_connect(client, &t->uv, "127.0.0.1", t->port);
}

/* Runs until the host has this many connections. */
static inline void test_host_connections(test_host_t *t, size_t count) {
    uint64_t start = client_now();
    while (sio__host_connections(t->host) != count) {
        if (client_now() - start > PATIENCE_MS)
            fail_msg("%zu connections, not %zu", sio__host_connections(t->host), count);
        if (uv_run(&t->uv, UV_RUN_NOWAIT) != 0)
            usleep(500);
    }
}

#endif
