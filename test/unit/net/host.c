/* The life of a host: listeners of all kinds, routes, proxies, closing, posts, running. */
#include "../lib/host.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef struct {
    test_host_t host;
    int requests, lost, closed, posted, shutdowns, freed;
    sio_http_response_t *response;
    char address[64], url[64];
    int secure;
    char name[128]; /* of a pipe */
} fixture_t;

static void on_lost(sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) response;
    f->lost++;
    f->response = NULL;
}

static void later(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    (void) request;
    f->requests++;
    f->response = response;
    sio_http_on_close(response, on_lost, f);
}

static void hello(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    fixture_t *f = data;
    f->requests++;
    snprintf(f->address, sizeof(f->address), "%s", sio_http_address(request));
    snprintf(f->url, sizeof(f->url), "%s", sio_http_url(request));
    f->secure = sio__request_secure(request);
    assert_int_equal(sio_http_end(response, "hello", 5), 0);
}

static void say_prefix(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *name = data;
    (void) request;
    assert_int_equal(sio_http_end(response, name, strlen(name)), 0);
}

static const sio__route_ops_t later_ops = {.request = later};
static const sio__route_ops_t hello_ops = {.request = hello};
static const sio__route_ops_t say_ops = {.request = say_prefix};

static void open_with(fixture_t *f, const sio_options_t *options) {
    test_host_open(&f->host, options);
    assert_int_equal(sio__host_route(f->host.host, "/later", 0, 100, &later_ops, f), 0);
    assert_int_equal(sio__host_route(f->host.host, "/hello", 0, 100, &hello_ops, f), 0);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    snprintf(f->name, sizeof(f->name), "/tmp/sio-test-%d-%p.sock", (int) getpid(), (void *) f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    if (f->host.host != NULL)
        test_host_close(&f->host);
    unlink(f->name);
    free(f);
    return 0;
}

static const char get[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

static void check_client(client_t *client) {
    client_puts(client, get);
    client_expect_answer(client, 200, "hello");
    client_close(client);
}

/* --- listening -------------------------------------------------------------------------------- */

static void listens_everywhere(void **state) {
    fixture_t *f = *state;
    client_t client;
    sio__host_t *host;
    open_with(f, NULL);
    assert_int_equal(sio__host_new(&host, NULL, NULL), 0);
    assert_int_equal(sio__host_listen(host, NULL, 0), 0);
    assert_int_equal(sio__host_route(host, "/hello", 0, 100, &hello_ops, f), 0);
    uv_loop_t *uv = sio__host_loop(host)->uv;
    client_connect(&client, uv, "127.0.0.1", sio__host_port(host));
    check_client(&client);
    assert_string_equal(f->address, "127.0.0.1");
    if (access("/proc/net/if_inet6", F_OK) == 0) {
        int fd = socket(AF_INET6, SOCK_STREAM, 0);
        struct sockaddr_in6 any;
        uv_ip6_addr("::1", 0, &any);
        if (fd >= 0 && bind(fd, (struct sockaddr *) &any, sizeof(any)) == 0) {
            client_connect(&client, uv, "::1", sio__host_port(host));
            check_client(&client);
            assert_string_equal(f->address, "::1");
        }
        if (fd >= 0)
            close(fd);
    }
    sio__host_free(host, NULL, NULL);
}

static void listens_on_a_name(void **state) {
    fixture_t *f = *state;
    open_with(f, NULL);
    assert_int_equal(sio__host_listen(f->host.host, "localhost", 0), 0);
    assert_true(sio__host_listen(f->host.host, "no.such.name.invalid", 0) < 0);
    assert_int_equal(sio__host_listen(f->host.host, "127.0.0.1", 65536), SIO_EINVAL);
    assert_int_equal(sio__host_listen(f->host.host, "127.0.0.1", -1), SIO_EINVAL);
    assert_int_equal(sio__host_listen(f->host.host, "127.0.0.1", f->host.port), UV_EADDRINUSE);
    /* The port is that of the first. */
    assert_int_equal(sio__host_port(f->host.host), f->host.port);
}

static void listens_on_a_pipe(void **state) {
    fixture_t *f = *state;
    client_t client;
    struct stat info;
    open_with(f, NULL);
    assert_int_equal(sio__host_listen_pipe(f->host.host, f->name), 0);
    client_connect_pipe(&client, &f->host.uv, f->name);
    check_client(&client);
    assert_string_equal(f->address, "");
    /* Somebody listens: it is not taken away. */
    assert_int_equal(sio__host_listen_pipe(f->host.host, f->name), UV_EADDRINUSE);
    client_connect_pipe(&client, &f->host.uv, f->name);
    check_client(&client);
    test_host_close(&f->host);
    assert_int_equal(stat(f->name, &info), -1);
}

static void a_stale_pipe_is_replaced(void **state) {
    fixture_t *f = *state;
    client_t client;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, f->name);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd); /* the name stays */
    open_with(f, NULL);
    assert_int_equal(sio__host_listen_pipe(f->host.host, f->name), 0);
    client_connect_pipe(&client, &f->host.uv, f->name);
    check_client(&client);
}

static void a_file_is_no_stale_pipe(void **state) {
    fixture_t *f = *state;
    struct stat info;
    char long_name[300];
    FILE *file = fopen(f->name, "w");
    assert_non_null(file);
    fclose(file);
    open_with(f, NULL);
    assert_int_equal(sio__host_listen_pipe(f->host.host, f->name), UV_EADDRINUSE);
    assert_int_equal(stat(f->name, &info), 0);
    assert_int_equal(sio__host_listen_pipe(f->host.host, ""), SIO_EINVAL);
    assert_int_equal(sio__host_listen_pipe(f->host.host, NULL), SIO_EINVAL);
    memset(long_name, 'x', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(sio__host_listen_pipe(f->host.host, long_name), UV_ENAMETOOLONG);
}

static void listens_on_an_inherited_descriptor(void **state) {
    fixture_t *f = *state;
    client_t client;
    struct sockaddr_in address;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    open_with(f, NULL);
    int fd = socket(AF_INET, SOCK_STREAM, 0), pipe_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    uv_ip4_addr("127.0.0.1", 0, &address);
    socklen_t size = sizeof(address);
    strcpy(local.sun_path, f->name);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    assert_int_equal(bind(pipe_fd, (struct sockaddr *) &local, sizeof(local)), 0);
    assert_int_equal(listen(pipe_fd, 5), 0);
    assert_int_equal(sio__host_listen_fd(f->host.host, fd), 0);
    assert_int_equal(sio__host_listen_fd(f->host.host, pipe_fd), 0);
    client_connect(&client, &f->host.uv, "127.0.0.1", ntohs(address.sin_port));
    check_client(&client);
    client_connect_pipe(&client, &f->host.uv, f->name);
    check_client(&client);
    int file = open("/dev/null", O_RDONLY);
    assert_int_equal(sio__host_listen_fd(f->host.host, file), SIO_EINVAL);
    close(file);
}

static void accepts_a_stream_of_the_application_s(void **state) {
    fixture_t *f = *state;
    client_t client;
    int pair[2];
    open_with(f, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    uv_pipe_t *pipe = malloc(sizeof(*pipe));
    assert_int_equal(uv_pipe_init(&f->host.uv, pipe, 0), 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    assert_int_equal(sio__host_accept(f->host.host, NULL, NULL), SIO_EINVAL);
    assert_int_equal(sio__host_accept(f->host.host, (uv_stream_t *) pipe, NULL), 0);
    client_init(&client, &f->host.uv, pair[1]);
    check_client(&client);
}

/* Out of descriptors: those who are there are served on, those who come later are let down,
 * then all is well again. */
static void out_of_descriptors(void **state) {
    fixture_t *f = *state;
    client_t old, refused, late;
    struct rlimit limit, low;
    open_with(f, NULL);
    test_host_client(&f->host, &old);
    client_puts(&old, get);
    client_expect_answer(&old, 200, "hello");
    test_host_client(&f->host, &refused);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t) refused.fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    client_until(&refused, refused.ended || refused.error);
    client_puts(&old, get);
    client_expect_answer(&old, 200, "hello");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    test_host_client(&f->host, &late);
    check_client(&late);
    client_close(&refused);
    client_close(&old);
}

/* However many wait, others have their turn after so many of them. */
static void many_without_descriptors_do_not_hold_the_loop(void **state) {
    enum { WAITING = 200, IN_A_ROW = 64 };
    fixture_t *f = *state;
    client_t clients[WAITING];
    struct rlimit limit, low;
    open_with(f, NULL);
    const sio__limits_t *limits = &sio__host_loop(f->host.host)->limits;
    const uint64_t *count = &limits->kinds[SIO_LIMIT_CONNECTIONS].count;
    for (int i = 0; i < WAITING; i++)
        test_host_client(&f->host, &clients[i]);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t) clients[0].fd;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (*count < WAITING) {
        uint64_t before = *count;
        uv_run(&f->host.uv, UV_RUN_ONCE);
        assert_true(*count - before <= IN_A_ROW);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int i = 0; i < WAITING; i++)
        client_close(&clients[i]);
}

/* --- routes ----------------------------------------------------------------------------------- */

static void check_route(fixture_t *f, const char *path, int status, const char *body) {
    client_t client;
    char request[256];
    test_host_client(&f->host, &client);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    client_puts(&client, request);
    client_expect_answer(&client, status, body);
    client_close(&client);
}

static void the_longest_prefix_answers(void **state) {
    static char names[][16] = {"/a", "/a/b", "/a/b/", "/x", "io", "/io/long/path", "root"};
    fixture_t *f = *state;
    test_host_open(&f->host, NULL);
    sio__host_t *host = f->host.host;
    assert_int_equal(sio__host_route(host, "/a", 0, 1, &say_ops, names[0]), 0);
    assert_int_equal(sio__host_route(host, "/a/b", 0, 1, &say_ops, names[1]), 0);
    assert_int_equal(sio__host_route(host, "/a/b/", 0, 1, &say_ops, names[2]), 0);
    assert_int_equal(sio__host_route(host, "/io/long/path", 0, 1, &say_ops, names[5]), 0);
    assert_int_equal(sio__host_route(host, "/io", 1, 1, &say_ops, names[4]), 0);
    assert_int_equal(sio__host_route(host, "no-slash", 0, 1, &say_ops, names[0]), SIO_EINVAL);
    assert_int_equal(sio__host_route(host, NULL, 0, 1, &say_ops, names[0]), SIO_EINVAL);
    check_route(f, "/a", 200, "/a");
    check_route(f, "/a/", 200, "/a");
    check_route(f, "/a?x", 200, "/a");
    check_route(f, "/a/c", 200, "/a");
    check_route(f, "/ab", 404, NULL);
    check_route(f, "/a/b", 200, "/a/b");
    check_route(f, "/a/b/c", 200, "/a/b");
    check_route(f, "/a/bc", 200, "/a");
    check_route(f, "/%61/b", 200, "/a/b");
    check_route(f, "/io/long/path/x", 200, "io");
    check_route(f, "/", 404, NULL);
    assert_int_equal(sio__host_route(host, "/", 0, 1, &say_ops, names[6]), 0);
    check_route(f, "/", 200, "root");
    check_route(f, "/ab", 200, "root");
    check_route(f, "/a", 200, "/a");
}

/* --- proxies ---------------------------------------------------------------------------------- */

static void ask_as_proxy(fixture_t *f, const char *headers) {
    client_t client;
    char request[512];
    test_host_client(&f->host, &client);
    snprintf(request, sizeof(request), "GET /hello HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
    client_puts(&client, request);
    client_expect_answer(&client, 200, "hello");
    client_close(&client);
}

static void a_trusted_proxy_is_believed(void **state) {
    fixture_t *f = *state;
    client_t client;
    sio_options_t options = SIO_OPTIONS_INIT;
    options.trusted_proxies = "127.0.0.0/8,pipe";
    options.original_url_header = "X-Original-URL";
    open_with(f, &options);
    ask_as_proxy(f, "");
    assert_string_equal(f->address, "127.0.0.1");
    assert_int_equal(f->secure, 0);
    ask_as_proxy(f, "X-Forwarded-For: 6.6.6.6, 1.2.3.4:567\r\nX-Forwarded-Proto: https\r\n");
    assert_string_equal(f->address, "1.2.3.4");
    assert_int_equal(f->secure, 1);
    assert_string_equal(f->url, "/hello");
    ask_as_proxy(f, "X-Original-URL: /hello/there?x=1\r\n");
    assert_string_equal(f->url, "/hello/there?x=1");
    ask_as_proxy(f, "X-Original-URL: nonsense\r\n");
    assert_string_equal(f->url, "/hello");
    /* It decides who answers. */
    test_host_client(&f->host, &client);
    client_puts(&client, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Original-URL: /nowhere\r\n\r\n");
    client_expect_answer(&client, 404, NULL);
    client_close(&client);
    assert_int_equal(sio__host_listen_pipe(f->host.host, f->name), 0);
    client_connect_pipe(&client, &f->host.uv, f->name);
    client_puts(&client, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: [::1]:5\r\n\r\n");
    client_expect_answer(&client, 200, "hello");
    client_close(&client);
    assert_string_equal(f->address, "::1");
}

static void others_are_not_believed(void **state) {
    fixture_t *f = *state;
    sio_options_t options = SIO_OPTIONS_INIT;
    options.trusted_proxies = "10.0.0.0/8";
    options.original_url_header = "X-Original-URL";
    open_with(f, &options);
    ask_as_proxy(f, "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
                    "X-Original-URL: /x\r\n");
    assert_string_equal(f->address, "127.0.0.1");
    assert_string_equal(f->url, "/hello");
    assert_int_equal(f->secure, 0);
}

static void bad_options(void **state) {
    fixture_t *f = *state;
    sio__host_t *host = NULL;
    sio_options_t options = SIO_OPTIONS_INIT;
    uv_loop_t uv;
    options.trusted_proxies = "somebody";
    assert_int_equal(sio__host_new(&host, NULL, &options), SIO_EINVAL);
    uv_loop_init(&uv);
    assert_int_equal(sio__host_new(&host, &uv, &options), SIO_EINVAL);
    assert_null(host);
    assert_int_equal(uv_loop_close(&uv), 0);
    sio__host_free(NULL, NULL, NULL);
    (void) f;
}

/* --- closing ---------------------------------------------------------------------------------- */

static void on_closed(sio__host_t *host, void *data) {
    fixture_t *f = data;
    assert_ptr_equal(host, f->host.host);
    f->closed++;
}

static void closing_with_nothing_open(void **state) {
    fixture_t *f = *state;
    assert_int_equal(uv_loop_init(&f->host.uv), 0);
    assert_int_equal(sio__host_new(&f->host.host, &f->host.uv, NULL), 0);
    assert_int_equal(sio__host_close(f->host.host, on_closed, f), 0);
    assert_int_equal(f->closed, 0);
    assert_int_equal(sio__host_close(f->host.host, on_closed, f), SIO_EDONE);
    assert_int_equal(sio__host_listen(f->host.host, "127.0.0.1", 0), SIO_ECLOSED);
    uv_run(&f->host.uv, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, 1);
}

static void closing_is_graceful(void **state) {
    fixture_t *f = *state;
    client_t idle, fresh, waiting, writing;
    open_with(f, NULL);
    test_host_client(&f->host, &idle);
    test_host_client(&f->host, &fresh);
    test_host_client(&f->host, &waiting);
    test_host_client(&f->host, &writing);
    client_puts(&idle, get);
    client_expect_answer(&idle, 200, "hello");
    client_puts(&waiting, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(&waiting, f->response != NULL);
    client_puts(&writing, "GET /hello HTTP/1.1\r\n");
    test_host_connections(&f->host, 4);
    client_idle(&writing, 5);
    assert_int_equal(sio__host_close(f->host.host, on_closed, f), 0);
    assert_int_equal(sio__host_closing(f->host.host), 1);
    client_expect_end(&idle);
    client_expect_end(&fresh);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", f->host.port, &address);
    assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof(address)), -1);
    close(fd);
    client_close(&idle);
    client_close(&fresh);
    client_idle(&waiting, 10);
    assert_int_equal(f->closed, 0);
    client_puts(&writing, "Host: x\r\n\r\n");
    client_expect_answer(&writing, 200, "hello");
    client_expect_end(&writing);
    client_close(&writing);
    assert_int_equal(sio_http_end(f->response, "bye", 3), 0);
    answer_t answer;
    client_answer(&waiting, &answer, 0);
    assert_string_equal(answer_header(&answer, "Connection"), "close");
    answer_free(&answer);
    client_expect_end(&waiting);
    client_close(&waiting);
    uv_run(&f->host.uv, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->lost, 0);
}

static void what_does_not_end_is_cut_off(void **state) {
    fixture_t *f = *state;
    client_t client;
    sio_options_t options = SIO_OPTIONS_INIT;
    options.close_timeout_ms = 30;
    open_with(f, &options);
    test_host_client(&f->host, &client);
    client_puts(&client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(&client, f->response != NULL);
    assert_int_equal(sio__host_close(f->host.host, on_closed, f), 0);
    client_until(&client, f->closed == 1);
    assert_int_equal(f->lost, 1);
    client_expect_end(&client);
    client_close(&client);
}

static void freeing_with_everything_open(void **state) {
    fixture_t *f = *state;
    client_t clients[3];
    open_with(f, NULL);
    for (int i = 0; i < 3; i++)
        test_host_client(&f->host, &clients[i]);
    client_puts(&clients[0], "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET");
    client_puts(&clients[1], "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
    client_until(&clients[0], f->response != NULL);
    test_host_close(&f->host);
    assert_int_equal(f->lost, 1);
    assert_int_equal(f->closed, 0);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
}

static void free_in_close(sio__host_t *host, void *data) {
    fixture_t *f = data;
    f->closed++;
    sio__host_free(host, test_host_freed, &f->host);
}

static void freeing_in_the_close_callback(void **state) {
    fixture_t *f = *state;
    open_with(f, NULL);
    assert_int_equal(sio__host_close(f->host.host, free_in_close, f), 0);
    uv_run(&f->host.uv, UV_RUN_DEFAULT);
    assert_null(f->host.host);
    assert_int_equal(f->closed, 1);
    assert_int_equal(uv_loop_close(&f->host.uv), 0);
}

/* --- posts ------------------------------------------------------------------------------------ */

static void posted(void *owner, void *data) {
    fixture_t *f = owner;
    assert_ptr_equal(data, &f->posted);
    f->posted++;
}

static void post_many(void *data) {
    fixture_t *f = data;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(sio__host_post(f->host.host, posted, f, &f->posted), 0);
}

static void posts_from_threads(void **state) {
    fixture_t *f = *state;
    uv_thread_t threads[3];
    open_with(f, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(uv_thread_create(&threads[i], post_many, f), 0);
    while (f->posted < 3000)
        uv_run(&f->host.uv, UV_RUN_NOWAIT);
    for (int i = 0; i < 3; i++)
        uv_thread_join(&threads[i]);
    assert_int_equal(f->posted, 3000);
}

static void post_before_close(sio__host_t *host, void *data) {
    fixture_t *f = data;
    assert_int_equal(f->posted, 1);
    on_closed(host, data);
}

static void posts_and_closing(void **state) {
    fixture_t *f = *state;
    open_with(f, NULL);
    assert_int_equal(sio__host_post(f->host.host, posted, f, &f->posted), 0);
    assert_int_equal(sio__host_close(f->host.host, post_before_close, f), 0);
    assert_int_equal(sio__host_post(f->host.host, posted, f, &f->posted), SIO_ECLOSED);
    uv_run(&f->host.uv, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->posted, 1);
}

/* --- running ---------------------------------------------------------------------------------- */

static void on_shutdown(void *data) {
    fixture_t *f = data;
    f->shutdowns++;
    assert_int_equal(sio__host_close(f->host.host, on_closed, f), 0);
}

static void raise_it(void *owner, void *data) {
    (void) owner;
    raise(*(int *) data);
}

static void open_own(fixture_t *f) {
    assert_int_equal(sio__host_new(&f->host.host, NULL, NULL), 0);
    assert_int_equal(sio__host_listen(f->host.host, "127.0.0.1", 0), 0);
    assert_int_equal(sio__host_route(f->host.host, "/later", 0, 100, &later_ops, f), 0);
}

static void free_own(fixture_t *f) {
    sio__host_free(f->host.host, NULL, NULL);
    f->host.host = NULL;
}

static void signals_end_it(void **state) {
    static int signals[] = {SIGINT, SIGTERM, SIGHUP};
    fixture_t *f = *state;
    for (int i = 0; i < 3; i++) {
        struct sigaction after;
        f->closed = f->shutdowns = 0;
        open_own(f);
        assert_int_equal(sio__host_post(f->host.host, raise_it, f, &signals[i]), 0);
        assert_int_equal(sio__host_run(f->host.host, on_shutdown, f), 0);
        assert_int_equal(f->shutdowns, 1);
        assert_int_equal(f->closed, 1);
        /* They are given back. */
        sigaction(signals[i], NULL, &after);
        assert_true(after.sa_handler == SIG_DFL);
        free_own(f);
    }
}

static void shutdown_and_raise(void *data) {
    static int interrupt = SIGINT;
    on_shutdown(data);
    raise(interrupt);
}

static void a_second_signal_cuts_off(void **state) {
    static int terminate = SIGTERM;
    fixture_t *f = *state;
    client_t client;
    open_own(f);
    client_connect(&client, sio__host_loop(f->host.host)->uv, "127.0.0.1",
                   sio__host_port(f->host.host));
    client_puts(&client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(&client, f->response != NULL);
    assert_int_equal(sio__host_post(f->host.host, raise_it, f, &terminate), 0);
    uint64_t start = client_now();
    assert_int_equal(sio__host_run(f->host.host, shutdown_and_raise, f), 0);
    assert_true(client_now() - start < 5000);
    assert_int_equal(f->lost, 1);
    assert_int_equal(f->closed, 1);
    free_own(f);
    client_close(&client);
}

static void free_while_running(sio__host_t *host, void *data) {
    fixture_t *f = data;
    f->closed++;
    sio__host_free(host, test_host_freed, &f->host);
}

static void close_and_free(void *owner, void *data) {
    fixture_t *f = owner;
    (void) data;
    assert_int_equal(sio__host_close(f->host.host, free_while_running, f), 0);
}

static void freed_while_running(void **state) {
    fixture_t *f = *state;
    open_own(f);
    assert_int_equal(sio__host_post(f->host.host, close_and_free, f, NULL), 0);
    assert_int_equal(sio__host_run(f->host.host, on_shutdown, f), 0);
    assert_int_equal(f->closed, 1);
    assert_null(f->host.host);
}

static void ask_platform(client_t *client, const char *token) {
    char request[256];
    snprintf(request, sizeof(request), "POST /any/iisintegration HTTP/1.1\r\nHost: x\r\n"
             "MS-ASPNETCORE-EVENT: shutdown\r\nMS-ASPNETCORE-TOKEN: %s\r\n"
             "Content-Length: 0\r\n\r\n", token);
    client_puts(client, request);
}

static void the_platform_asks_to_end(void **state) {
    fixture_t *f = *state;
    client_t client;
    open_with(f, NULL);
    test_host_client(&f->host, &client);
    ask_platform(&client, "secret");
    client_expect_answer(&client, 404, NULL);
    assert_int_equal(sio__host_set_platform_token(f->host.host, "secret"), 0);
    sio__host_on_shutdown(f->host.host, on_shutdown, f);
    ask_platform(&client, "secreT");
    client_expect_answer(&client, 404, NULL);
    ask_platform(&client, "");
    client_expect_answer(&client, 404, NULL);
    assert_int_equal(f->shutdowns, 0);
    ask_platform(&client, "secret");
    client_expect_answer(&client, 202, NULL);
    client_expect_end(&client);
    client_close(&client);
    assert_int_equal(f->shutdowns, 1);
    uv_run(&f->host.uv, UV_RUN_DEFAULT);
    assert_int_equal(f->closed, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(listens_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(listens_on_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(listens_on_a_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stale_pipe_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_no_stale_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(listens_on_an_inherited_descriptor, setup, teardown),
        cmocka_unit_test_setup_teardown(accepts_a_stream_of_the_application_s, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(many_without_descriptors_do_not_hold_the_loop, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_longest_prefix_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trusted_proxy_is_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(others_are_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_options, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_with_nothing_open, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_is_graceful, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_end_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(freeing_with_everything_open, setup, teardown),
        cmocka_unit_test_setup_teardown(freeing_in_the_close_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(posts_from_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(posts_and_closing, setup, teardown),
        cmocka_unit_test_setup_teardown(signals_end_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_signal_cuts_off, setup, teardown),
        cmocka_unit_test_setup_teardown(freed_while_running, setup, teardown),
        cmocka_unit_test_setup_teardown(the_platform_asks_to_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
