/* sio_listen_env: where the environment says to listen. */
#include "../lib/sio.h"
#include <sys/wait.h>

static const char *const variables[] = {"PORT", "HTTP_PLATFORM_PORT", "HTTP_PLATFORM_TOKEN",
    "LISTEN_FDS", "LISTEN_PID"};

static int setup(void **state) {
    test_sio_t *t = calloc(1, sizeof(*t));
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    assert_int_equal(uv_loop_init(&t->uv), 0);
    assert_int_equal(sio_server_new(&t->io, &t->uv, NULL), 0);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    test_sio_close(*state);
    free(*state);
    return 0;
}

/* The port that `fd` is bound to. */
static int port_of(int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    return ntohs(address.sin_port);
}

static int bound_socket(void) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    return fd;
}

static void answers(test_sio_t *t, client_t *peer) {
    client_puts(peer, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(peer, 404, NULL);
    client_close(peer);
    (void) t;
}

static void nothing_is_set(void **state) {
    test_sio_t *t = *state;
    assert_int_equal(sio_listen_env(t->io, 0), 0);
    assert_true(sio_server_port(t->io) > 0);
}

static void a_port(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    char text[16];
    int fd = bound_socket(), port = port_of(fd);
    close(fd);
    snprintf(text, sizeof(text), "%d", port);
    setenv("PORT", text, 1);
    setenv("HTTP_PLATFORM_PORT", "1", 1); /* comes second */
    assert_int_equal(sio_listen_env(t->io, 1), 0);
    assert_int_equal(sio_server_port(t->io), port);
    client_connect(&peer, &t->uv, "127.0.0.1", port);
    answers(t, &peer);
}

static void a_port_that_is_none(void **state) {
    static const char *const wrong[] = {"65536", "99999999999999999999"};
    test_sio_t *t = *state;
    for (size_t i = 0; i < 2; i++) {
        setenv("PORT", wrong[i], 1);
        assert_int_equal(sio_listen_env(t->io, 0), SIO_EINVAL);
    }
    unsetenv("PORT");
    setenv("HTTP_PLATFORM_PORT", "pipe", 1);
    assert_int_equal(sio_listen_env(t->io, 0), SIO_EINVAL);
    assert_int_equal(sio_listen_env(NULL, 0), SIO_EINVAL);
}

static void a_pipe(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    char directory[] = "/tmp/sio-env-XXXXXX", name[64];
    assert_non_null(mkdtemp(directory));
    snprintf(name, sizeof(name), "%s/pipe", directory);
    setenv("PORT", name, 1);
    assert_int_equal(sio_listen_env(t->io, 1), 0);
    assert_true(sio_server_port(t->io) < 0);
    client_connect_pipe(&peer, &t->uv, name);
    answers(t, &peer);
    sio_server_free(t->io);
    t->io = NULL;
    uv_run(&t->uv, UV_RUN_DEFAULT);
    unlink(name);
    assert_int_equal(rmdir(directory), 0);
}

static void the_platforms_port(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    char text[16];
    int fd = bound_socket(), port = port_of(fd);
    close(fd);
    snprintf(text, sizeof(text), "%d", port);
    setenv("PORT", "", 1); /* as if it were not set */
    setenv("HTTP_PLATFORM_PORT", text, 1);
    assert_int_equal(sio_listen_env(t->io, 1), 0);
    client_connect(&peer, &t->uv, "127.0.0.1", port);
    answers(t, &peer);
}

static void on_closed(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket;
    ((test_sio_t *) data)->reason = reason;
    ((test_sio_t *) data)->closed++;
}

static void the_platform_shuts_down(void **state) {
    test_sio_t *t = *state;
    client_t platform, peer;
    setenv("HTTP_PLATFORM_TOKEN", "secret", 1);
    assert_int_equal(sio_listen_env(t->io, 0), 0);
    t->port = sio_server_port(t->io);
    sio_on_disconnect(t->io, on_closed, t);
    peer_open(&peer, t);
    peer_join(&peer, "", "", NULL);
    client_connect(&platform, &t->uv, "127.0.0.1", t->port);
    client_puts(&platform, "POST / HTTP/1.1\r\nHost: x\r\nMS-ASPNETCORE-EVENT: shutdown\r\n"
                           "MS-ASPNETCORE-TOKEN: wrong\r\nContent-Length: 0\r\n\r\n");
    answer_t answer;
    client_answer(&platform, &answer, 0);
    assert_int_not_equal(answer.status, 202);
    answer_free(&answer);
    assert_int_equal(t->closed, 0);
    client_close(&platform);
    client_connect(&platform, &t->uv, "127.0.0.1", t->port);
    client_puts(&platform, "POST / HTTP/1.1\r\nHost: x\r\nMS-ASPNETCORE-EVENT: shutdown\r\n"
                           "MS-ASPNETCORE-TOKEN: secret\r\nContent-Length: 0\r\n\r\n");
    client_expect_answer(&platform, 202, NULL);
    assert_int_equal(t->closed, 1);
    assert_int_equal(t->reason, SIO_REASON_SERVER_SHUTTING_DOWN);
    peer_expect_close(&peer);
    client_close(&platform);
    client_close(&peer);
}

/* A process as systemd starts it: descriptor 3 is a listening socket. */
static void inherited_sockets(void **state) {
    (void) state;
    int fd = bound_socket(), port = port_of(fd);
    assert_int_equal(listen(fd, 16), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        test_sio_t t;
        client_t peer;
        char pid[16];
        if (fd != 3)
            dup2(fd, 3);
        snprintf(pid, sizeof(pid), "%d", (int) getpid());
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "1", 1);
        memset(&t, 0, sizeof(t));
        if (uv_loop_init(&t.uv) < 0 || sio_server_new(&t.io, &t.uv, NULL) < 0 ||
            sio_listen_env(t.io, 0) < 0 || sio_server_port(t.io) != port)
            _exit(1);
        client_connect(&peer, &t.uv, "127.0.0.1", port);
        answers(&t, &peer);
        _exit(0);
    }
    close(fd);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void sockets_for_somebody_else(void **state) {
    test_sio_t *t = *state;
    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    assert_int_equal(sio_listen_env(t->io, 0), 0); /* the default */
    assert_true(sio_server_port(t->io) > 0);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(nothing_is_set),
        IN(a_port),
        IN(a_port_that_is_none),
        IN(a_pipe),
        IN(the_platforms_port),
        IN(the_platform_shuts_down),
        cmocka_unit_test(inherited_sockets),
        IN(sockets_for_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
