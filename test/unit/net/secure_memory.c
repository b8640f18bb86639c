/* Allocations that OpenSSL makes for the server fail, each in turn, from the files to an echo:
 * the error reaches its owner, nothing is left behind. (Of the thousands that it makes when it
 * looks for its algorithms, some.) */
#include "../lib/tls.h"
#include "net/linger.h"
#include "net/secure.h"
#include <openssl/crypto.h>
#include <signal.h>
#include <sio/error.h>
#include <sys/socket.h>

static long allocations, failing; /* of the server; the number of the one that fails, 0: none */
static int in_server;

static int fails(void) {
    return in_server && ++allocations == failing;
}

static void *on_malloc(size_t size, const char *file, int line) {
    (void) file, (void) line;
    return fails() ? NULL : malloc(size);
}

static void *on_realloc(void *data, size_t size, const char *file, int line) {
    (void) file, (void) line;
    return fails() ? NULL : realloc(data, size);
}

static void on_free(void *data, const char *file, int line) {
    (void) file, (void) line;
    free(data);
}

static files_t files;

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    int closed;
} fixture_t;

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    sio__conn_send_copy(conn, data, length);
}

static void on_end(sio__conn_t *conn) {
    sio__conn_close_after_write(conn);
}

static void on_closed(sio__conn_t *conn, int error) {
    fixture_t *f = conn->protocol_data;
    (void) error;
    f->closed = 1;
}

static const sio__protocol_t protocol = {on_data, on_end, NULL, on_closed};

static void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

static void turn(fixture_t *f) {
    in_server = 1;
    uv_run(&f->uv, UV_RUN_NOWAIT);
    in_server = 0;
}

static void open_conn(fixture_t *f, sio_tls_t *tls, int fd) {
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    uv_pipe_init(&f->uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, fd), 0);
    in_server = 1;
    int rc = sio__conn_open(&f->conn, f->loop, (uv_stream_t *) pipe, &protocol, f, tls);
    in_server = 0;
    if (rc < 0) {
        assert_int_equal(rc, SIO_ENOMEM);
        assert_null(pipe->data);
        f->closed = 1;
        uv_close((uv_handle_t *) pipe, (uv_close_cb) free);
    }
}

/* Until the echo has come, or one side has given up. Nonzero for the first. */
static int talk(fixture_t *f, tls_client_t *client) {
    char data[5];
    size_t got = 0;
    int sent = 0;
    for (int i = 0; i < 10000 && got < 5 && !f->closed; i++) {
        turn(f);
        tls_client_shake(client);
        if (client->error != 0 || client->fin || client->ended)
            return 0;
        if (client->done && !sent)
            sent = tls_client_write(client, "hello", 5) == 5;
        if (client->done)
            got += tls_client_read(client, data + got, 5 - got);
    }
    return got == 5;
}

static int echo(sio_tls_t *tls) {
    fixture_t f = {0};
    tls_client_t client;
    int pair[2];
    uv_loop_init(&f.uv);
    assert_int_equal(sio__loop_new(&f.loop, &f.uv, (sio__log_t){0}), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    open_conn(&f, tls, pair[0]);
    tls_client_init(&client);
    tls_client_start(&client, pair[1]);
    int done = talk(&f, &client);
    SSL_shutdown(client.ssl);
    shutdown(pair[1], SHUT_WR);
    while (!f.closed)
        turn(&f);
    tls_client_free(&client);
    close(pair[1]);
    sio__loop_close(f.loop, loop_closed, NULL);
    uv_run(&f.uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f.uv), 0);
    return done;
}

/* Reads the files; the code. */
static int load(sio_tls_t **tls) {
    sio_tls_options_t options = options_of(&files, "server");
    options.ca_file = options.cert_file;
    options.verify_client = SIO_TLS_VERIFY_OPTIONAL;
    in_server = 1;
    int rc = sio_tls_new(tls, &options);
    in_server = 0;
    options_free(&options);
    return rc;
}

static void reading_the_files(void **state) {
    sio_tls_t *tls;
    int failed = 0;
    (void) state;
    for (failing = 1;; failing += failing < 300 ? 1 : 37) {
        allocations = 0;
        int rc = load(&tls);
        assert_int_equal(ERR_peek_error(), 0);
        if (allocations < failing) {
            assert_int_equal(rc, 0);
            sio_tls_unref(tls);
            break;
        }
        if (rc == 0)
            sio_tls_unref(tls); /* it could do without */
        else
            failed++;
    }
    failing = 0;
    print_message("# %ld allocations, %d failures\n", allocations, failed);
    assert_true(failed > 50);
}

static void a_connection(void **state) {
    sio_tls_t *tls;
    int failed = 0;
    (void) state;
    failing = 0;
    assert_int_equal(load(&tls), 0);
    for (failing = 1;; failing++) {
        allocations = 0;
        int done = echo(tls);
        if (allocations < failing) {
            assert_true(done);
            break;
        }
        failed += !done;
    }
    failing = 0;
    print_message("# %ld allocations, %d failures\n", allocations, failed);
    assert_true(failed > 50);
    assert_true(echo(tls));
    sio_tls_unref(tls);
}

static int setup_files(void **state) {
    (void) state;
    signal(SIGPIPE, SIG_IGN);
    files_make(&files);
    pair_t server = make_pair("server", NULL);
    files_pair(&files, "server", &server);
    free_pair(&server);
    return 0;
}

static int teardown_files(void **state) {
    (void) state;
    files_remove(&files);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_the_files),
        cmocka_unit_test(a_connection),
    };
    if (CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
