/* Servers and loops: several on one, one on its own, and on the caller's. */
#include "../lib/sio.h"
#include <signal.h>
#include <sys/wait.h>

static void on_closed(sio_server_t *server, void *data) {
    (void) server;
    ++*(int *) data;
}

static void on_connection(sio_socket_t *socket, void *data) {
    sio_emit(socket, "from", "s", (const char *) data);
}

static void several_servers_on_one_loop(void **state) {
    enum { SERVERS = 3 };
    static char names[SERVERS][8] = {"first", "second", "third"};
    uv_loop_t uv;
    sio_server_t *servers[SERVERS];
    client_t peers[SERVERS];
    int closed = 0;
    (void) state;
    assert_int_equal(uv_loop_init(&uv), 0);
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal(sio_server_new(&servers[i], &uv, NULL), 0);
        assert_ptr_equal(sio_server_loop(servers[i]), &uv);
        assert_int_equal(sio_listen(servers[i], "127.0.0.1", 0), 0);
        sio_on_connection(servers[i], on_connection, names[i]);
    }
    for (int i = 0; i < SERVERS; i++) {
        char packet[32];
        peer_open_with(&peers[i], &uv, sio_server_port(servers[i]), "", "");
        peer_join(&peers[i], "", "", NULL);
        snprintf(packet, sizeof(packet), "2[\"from\",\"%s\"]", names[i]);
        peer_expect(&peers[i], packet);
    }
    sio_emit(servers[1], "only here");
    peer_expect(&peers[1], "2[\"only here\"]");
    peer_expect_nothing(&peers[0]);
    /* One goes, the others stay. */
    sio_server_close(servers[1], on_closed, &closed);
    peer_expect_close(&peers[1]);
    client_close(&peers[1]);
    client_until(&peers[0], closed == 1);
    sio_server_free(servers[1]);
    sio_emit(servers[0], "still");
    peer_expect(&peers[0], "2[\"still\"]");
    for (int i = 0; i < SERVERS; i += 2)
        sio_server_free(servers[i]);
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&uv), 0);
    client_close(&peers[0]);
    client_close(&peers[2]);
}

static void close_it(sio_server_t *server, void *data) {
    assert_int_equal(sio_server_close(server, on_closed, data), 0);
}

static void a_loop_of_its_own(void **state) {
    sio_server_t *server;
    int closed = 0;
    (void) state;
    assert_int_equal(sio_server_new(&server, NULL, NULL), 0);
    assert_int_equal(sio_listen(server, "127.0.0.1", 0), 0);
    sio_after(server, 10, close_it, &closed);
    assert_int_equal(sio_run(server), 0);
    assert_int_equal(closed, 1);
    sio_server_free(server);
    assert_int_equal(sio_run(NULL), SIO_EINVAL);
}

static void never_run(void **state) {
    sio_server_t *server;
    (void) state;
    assert_int_equal(sio_server_new(&server, NULL, NULL), 0);
    assert_int_equal(sio_listen(server, "127.0.0.1", 0), 0);
    sio_emit(server, "x");
    sio_to(server, "reclaimed");
    sio_every(server, 10, on_closed, NULL);
    sio_server_free(server);
}

static void free_it(sio_server_t *server, void *data) {
    ++*(int *) data;
    sio_server_free(server);
}

static void close_and_free(sio_server_t *server, void *data) {
    assert_int_equal(sio_server_close(server, free_it, data), 0);
}

static void freed_in_the_close_callback_while_it_runs(void **state) {
    sio_server_t *server;
    int closed = 0;
    (void) state;
    assert_int_equal(sio_server_new(&server, NULL, NULL), 0);
    assert_int_equal(sio_listen(server, "127.0.0.1", 0), 0);
    sio_after(server, 10, close_and_free, &closed);
    assert_int_equal(sio_run(server), 0);
    assert_int_equal(closed, 1);
}

static void raise_signal(sio_server_t *server, void *data) {
    (void) server;
    raise(*(int *) data);
}

static void a_signal_closes_it(void **state) {
    static int signals[] = {SIGINT, SIGTERM, SIGHUP};
    (void) state;
    for (size_t i = 0; i < 3; i++) {
        sio_server_t *server;
        assert_int_equal(sio_server_new(&server, NULL, NULL), 0);
        assert_int_equal(sio_listen(server, "127.0.0.1", 0), 0);
        sio_after(server, 5, raise_signal, &signals[i]);
        assert_int_equal(sio_run(server), 0);
        assert_int_equal(sio_listen(server, "127.0.0.1", 0), SIO_ECLOSED);
        sio_server_free(server);
    }
}

/* In a process of its own: the disposition belongs to all of it. */
static int sigpipe_after(int keep, void (*before)(int)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sio_options_t options = SIO_OPTIONS_INIT;
        sio_server_t *server;
        struct sigaction action;
        options.keep_sigpipe = keep;
        signal(SIGPIPE, before);
        if (sio_server_new(&server, NULL, &options) < 0)
            _exit(9);
        sio_server_free(server);
        sigaction(SIGPIPE, NULL, &action);
        _exit(action.sa_handler == SIG_IGN ? 1 : action.sa_handler == SIG_DFL ? 2 : 3);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void own_handler(int number) {
    (void) number;
}

static void sigpipe_is_ignored_if_nobody_cares(void **state) {
    (void) state;
    assert_int_equal(sigpipe_after(0, SIG_DFL), 1);
    assert_int_equal(sigpipe_after(1, SIG_DFL), 2);
    assert_int_equal(sigpipe_after(0, own_handler), 3);
}

/* --- from other threads ------------------------------------------------------------------- */

enum { THREADS = 4, POSTS = 500 };

typedef struct {
    sio_server_t *server;
    uv_thread_t loop_thread;
    int calls;
    int wrong_thread;
    int accepted;
} posts_t;

static void on_post(sio_server_t *server, void *data) {
    posts_t *posts = data;
    uv_thread_t self = uv_thread_self();
    (void) server;
    posts->calls++;
    posts->wrong_thread += !uv_thread_equal(&self, &posts->loop_thread);
}

static void post_many(void *data) {
    posts_t *posts = data;
    for (int i = 0; i < POSTS; i++)
        assert_int_equal(sio_post(posts->server, on_post, posts), 0);
}

static void posts_are_called_on_the_loop(void **state) {
    test_sio_t *t = *state;
    posts_t posts = {.server = t->io, .loop_thread = uv_thread_self()};
    uv_thread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(uv_thread_create(&threads[i], post_many, &posts), 0);
    test_sio_until(t, posts.calls == THREADS * POSTS);
    for (int i = 0; i < THREADS; i++)
        uv_thread_join(&threads[i]);
    assert_int_equal(posts.wrong_thread, 0);
    assert_int_equal(sio_post(t->io, NULL, NULL), SIO_EINVAL);
}

static void post_until_closed(void *data) {
    posts_t *posts = data;
    int rc;
    while ((rc = sio_post(posts->server, on_post, posts)) == 0)
        posts->accepted++;
    assert_int_equal(rc, SIO_ECLOSED);
}

static void accepted_posts_are_called_although_it_closes(void **state) {
    test_sio_t *t = *state;
    posts_t posts = {.server = t->io, .loop_thread = uv_thread_self()};
    uv_thread_t thread;
    int closed = 0;
    assert_int_equal(uv_thread_create(&thread, post_until_closed, &posts), 0);
    test_sio_until(t, posts.calls > 10);
    sio_server_close(t->io, on_closed, &closed);
    uv_thread_join(&thread);
    test_sio_until(t, closed == 1);
    assert_int_equal(posts.calls, posts.accepted);
}

static void posts_never_called_leak_nothing(void **state) {
    sio_server_t *server;
    (void) state;
    assert_int_equal(sio_server_new(&server, NULL, NULL), 0);
    assert_int_equal(sio_post(server, on_closed, NULL), 0);
    sio_server_free(server);
}

/* --- small things ------------------------------------------------------------------------- */

static void accessors(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    assert_null(sio_server_data(t->io));
    sio_server_set_data(t->io, t);
    assert_ptr_equal(sio_server_data(t->io), t);
    sio_namespace_t *nsp = sio_of(t->io, "chat");
    assert_ptr_equal(nsp, sio_of(t->io, "/chat"));
    assert_string_equal(sio_namespace_name(sio_of(t->io, "")), "/");
    assert_ptr_equal(sio_namespace_server(nsp), t->io);
    sio_namespace_set_data(nsp, &peer);
    assert_ptr_equal(sio_namespace_data(nsp), &peer);
    assert_int_equal(sio_server_clients(t->io), 0);
    peer_connect(&peer, t);
    assert_int_equal(sio_server_clients(t->io), 1);
    assert_int_equal(sio_namespace_count(sio_of(t->io, "/")), 1);
    assert_int_equal(sio_namespace_count(nsp), 0);
    client_close(&peer);
    assert_int_equal(sio_listen(NULL, NULL, 0), SIO_EINVAL);
    assert_int_equal(sio_listen_pipe(t->io, NULL), SIO_EINVAL);
    assert_int_equal(sio_accept(t->io, NULL), SIO_EINVAL);
    assert_int_equal(sio_http(t->io, "/x", NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio_static(t->io, "/x", NULL), SIO_EINVAL);
    assert_int_equal(sio_ws(NULL, "/x", NULL, NULL), SIO_EINVAL);
}

static void an_accepted_stream(void **state) {
    test_sio_t *t = *state;
    int pair[2];
    client_t peer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    uv_pipe_t *pipe = malloc(sizeof(*pipe));
    assert_int_equal(uv_pipe_init(&t->uv, pipe, 0), 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    assert_int_equal(sio_accept(t->io, (uv_stream_t *) pipe), 0);
    client_init(&peer, &t->uv, pair[1]);
    client_puts(&peer, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&peer, 404, NULL);
    client_close(&peer);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    (void) request;
    assert_int_equal(sio_http_end(response, data, strlen(data)), 0);
}

static void on_ws(sio_ws_t *ws, void *data) {
    assert_int_equal(sio_ws_send(ws, data, strlen(data)), 0);
    assert_int_equal(sio_ws_close(ws, 1000, NULL), 0);
}

static void everything_on_one_port(void **state) {
    static char page[] = "a page", message[] = "a message";
    test_sio_t *t = *state;
    client_t peer;
    assert_int_equal(sio_http(t->io, "/", on_request, page), 0);
    assert_int_equal(sio_ws(t->io, "/", on_ws, message), 0);
    client_connect(&peer, &t->uv, "127.0.0.1", t->port);
    client_puts(&peer, "GET /any/where HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&peer, 200, "a page");
    client_puts(&peer,
                "GET /any HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    client_expect_answer(&peer, 101, NULL);
    assert_string_equal(peer_next(&peer)->data, "a message");
    assert_int_equal(peer_next(&peer)->opcode, 8);
    client_close(&peer);
    peer_connect(&peer, t); /* the resource path is nobody else's */
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_servers_on_one_loop),
        cmocka_unit_test(a_loop_of_its_own),
        cmocka_unit_test(never_run),
        cmocka_unit_test(freed_in_the_close_callback_while_it_runs),
        cmocka_unit_test(a_signal_closes_it),
        cmocka_unit_test(sigpipe_is_ignored_if_nobody_cares),
        IN_SIO(posts_are_called_on_the_loop),
        IN_SIO(accepted_posts_are_called_although_it_closes),
        cmocka_unit_test(posts_never_called_leak_nothing),
        IN_SIO(accessors),
        IN_SIO(an_accepted_stream),
        IN_SIO(everything_on_one_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
