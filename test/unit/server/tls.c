/* Servers that listen with TLS: contexts shared and given up, streams of the application's own,
 * what a request and a socket know about it. */
#include "../lib/sio.h"
#include "../lib/tls.h"
#include <signal.h>
#include <sio/eio.h>

static files_t files;
static pair_t authority, alice;

typedef struct {
    test_sio_t sio;
    sio_tls_t *tls;
    char answer[4096];
} fixture_t;

/* Verifies, with `optional` certificates. */
static sio_tls_t *new_tls(void) {
    sio_tls_options_t options = options_of(&files, "server");
    char ca[512];
    sio_tls_t *tls;
    strcpy(ca, files_path(&files, "authority.pem"));
    options.ca_file = ca;
    options.verify_client = SIO_TLS_VERIFY_OPTIONAL;
    assert_int_equal(sio_tls_new(&tls, &options), 0);
    options_free(&options);
    return tls;
}

static void on_how(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    char text[256];
    (void) data;
    const char *version = sio_http_tls_version(request), *subject = sio_http_tls_subject(request);
    snprintf(text, sizeof(text), "[%s %s %s %s]", sio_http_address(request),
             sio_http_secure(request) ? "secure" : "plain", version != NULL ? version : "-",
             subject != NULL ? subject : "-");
    assert_int_equal(sio_http_end(response, text, strlen(text)), 0);
}

static void open_with(fixture_t *f, const sio_options_t *options) {
    test_sio_open_with(&f->sio, options);
    assert_int_equal(sio_http(f->sio.io, "/how", on_how, NULL), 0);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    f->tls = new_tls();
    open_with(f, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    test_sio_close(&f->sio);
    sio_tls_unref(f->tls);
    free(f);
    return 0;
}

/* --- a client --------------------------------------------------------------------------------- */

/* A step of client and server; nonzero when the answer, as long as it says, is there. */
static int step(fixture_t *f, tls_client_t *client, const char *request, size_t *length, int *sent) {
    uv_run(&f->sio.uv, UV_RUN_NOWAIT);
    tls_client_shake(client);
    if (client->done && !*sent)
        *sent = tls_client_write(client, request, strlen(request)) > 0;
    if (client->done)
        *length += tls_client_read(client, f->answer + *length, sizeof(f->answer) - 1 - *length);
    f->answer[*length] = '\0';
    return client->ended || client->fin || client->error != 0;
}

/* Asks over a connection of its own, with this certificate (may be NULL), and reads to the end. */
static const char *ask_as(fixture_t *f, const pair_t *pair, int port, const char *path,
                          const char *headers) {
    char request[1024];
    client_t tcp;
    tls_client_t client;
    size_t length = 0;
    int sent = 0;
    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", path, headers);
    client_connect(&tcp, &f->sio.uv, "127.0.0.1", port);
    tls_client_init(&client);
    tls_client_start(&client, tcp.fd);
    if (pair != NULL) {
        assert_int_equal(SSL_use_certificate(client.ssl, pair->cert), 1);
        assert_int_equal(SSL_use_PrivateKey(client.ssl, pair->key), 1);
    }
    uint64_t start = client_now();
    while (!step(f, &client, request, &length, &sent))
        assert_true(client_now() - start < PATIENCE_MS);
    tls_client_free(&client);
    client_close(&tcp);
    test_sio_turns(&f->sio);
    return f->answer;
}

static const char *ask(fixture_t *f, int port, const char *path) {
    return ask_as(f, NULL, port, path, "");
}

static void expect(const char *answer, const char *text) {
    if (strstr(answer, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, answer);
}

/* --- listening -------------------------------------------------------------------------------- */

static void plain_and_with_tls_at_once(void **state) {
    fixture_t *f = *state;
    client_t plain;
    assert_int_equal(sio_server_tls_port(f->sio.io), SIO_ENOENT);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    int port = sio_server_tls_port(f->sio.io);
    assert_true(port > 0);
    assert_int_equal(sio_server_port(f->sio.io), f->sio.port); /* the first of all */
    assert_int_not_equal(port, f->sio.port);
    expect(ask(f, port, "/how"), "[127.0.0.1 secure TLSv1.3 -]");
    client_connect(&plain, &f->sio.uv, "127.0.0.1", f->sio.port);
    client_puts(&plain, "GET /how HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&plain, 200, "[127.0.0.1 plain - -]");
    client_close(&plain);
}

static void nothing_to_listen_with(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_listen_tls(NULL, NULL, 0, f->tls), SIO_EINVAL);
    assert_int_equal(sio_listen_tls(f->sio.io, NULL, 0, NULL), SIO_EINVAL);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 65536, f->tls), SIO_EINVAL);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", f->sio.port, f->tls), UV_EADDRINUSE);
    assert_int_equal(sio_accept_tls(f->sio.io, NULL, f->tls), SIO_EINVAL);
    assert_int_equal(sio_server_tls_port(NULL), SIO_EINVAL);
    assert_int_equal(sio_server_tls_port(f->sio.io), SIO_ENOENT);
    assert_int_equal(sio_server_close(f->sio.io, NULL, NULL), 0);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), SIO_ECLOSED);
}

/* The application need not keep what it listens with. */
static void listeners_have_their_own_references(void **state) {
    fixture_t *f = *state;
    sio_tls_t *tls = new_tls();
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, tls), 0);
    sio_tls_unref(tls);
    expect(ask(f, sio_server_tls_port(f->sio.io), "/how"), "secure");
}

static void servers_share_a_context(void **state) {
    fixture_t *f = *state;
    sio_server_t *other;
    eio_server_t *engine;
    assert_int_equal(sio_server_new(&other, &f->sio.uv, NULL), 0);
    assert_int_equal(eio_server_new(&engine, &f->sio.uv, NULL), 0);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    assert_int_equal(sio_listen_tls(other, "127.0.0.1", 0, f->tls), 0);
    assert_int_equal(eio_server_listen_tls(engine, "127.0.0.1", 0, f->tls), 0);
    expect(ask(f, sio_server_tls_port(f->sio.io), "/how"), "200 OK");
    expect(ask(f, sio_server_tls_port(other), "/how"), "404 Not Found");
    expect(ask(f, eio_server_port(engine), "/engine.io/?EIO=4&transport=polling"), "0{\"sid\":");
    assert_int_equal(eio_server_accept_tls(engine, NULL, f->tls), SIO_EINVAL);
    sio_server_free(other);
    eio_server_free(engine);
    expect(ask(f, sio_server_tls_port(f->sio.io), "/how"), "200 OK");
}

/* --- streams of the application's own --------------------------------------------------------- */

static void on_incoming(uv_stream_t *listener, int status) {
    fixture_t *f = listener->data;
    uv_tcp_t *stream = malloc(sizeof(*stream));
    assert_int_equal(status, 0);
    assert_int_equal(uv_tcp_init(listener->loop, stream), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *) stream), 0);
    assert_int_equal(sio_accept_tls(f->sio.io, (uv_stream_t *) stream, NULL), SIO_EINVAL);
    assert_int_equal(sio_accept_tls(f->sio.io, (uv_stream_t *) stream, f->tls), 0);
}

/* A listener of the application's; its port. */
static int listen_for(fixture_t *f, uv_tcp_t *listener, uv_connection_cb cb, void *data) {
    struct sockaddr_in address;
    int length = sizeof(address);
    assert_int_equal(uv_tcp_init(&f->sio.uv, listener), 0);
    listener->data = data;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(listener, (const struct sockaddr *) &address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *) listener, 64, cb), 0);
    assert_int_equal(uv_tcp_getsockname(listener, (struct sockaddr *) &address, &length), 0);
    return ntohs(address.sin_port);
}

static void accepted_streams_speak_tls(void **state) {
    fixture_t *f = *state;
    uv_tcp_t listener;
    int port = listen_for(f, &listener, on_incoming, f);
    expect(ask(f, port, "/how"), "[127.0.0.1 secure TLSv1.3 -]");
    uv_close((uv_handle_t *) &listener, NULL);
    test_sio_turns(&f->sio);
}

/* --- so many a second ------------------------------------------------------------------------- */

enum { RATE = 3 };

typedef struct {
    int lines;
    char last[256]; /* of those that matter */
} log_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    log_t *log = data;
    if (level > SIO_LOG_WARN)
        return;
    log->lines++;
    snprintf(log->last, sizeof(log->last), "%s %s", category, text);
}

static void open_with_rate(fixture_t *f, log_t *log) {
    sio_options_t options = SIO_OPTIONS_INIT;
    options.max_handshakes_per_second = RATE;
    options.log = on_log;
    options.log_data = log;
    test_sio_close(&f->sio);
    open_with(f, &options);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
}

static uint64_t refused_handshakes(const fixture_t *f) {
    sio_stats_t stats = SIO_STATS_INIT;
    assert_int_equal(sio_server_stats(f->sio.io, &stats), 0);
    return stats.limited[SIO_LIMIT_HANDSHAKES];
}

/* Says hello on a connection; nonzero if there is an answer to that. */
static int is_answered(client_t *tcp) {
    tls_client_t client;
    tls_client_init(&client);
    tls_client_start(&client, tcp->fd);
    tls_client_shake(&client);
    client_until(tcp, tcp->length > 0 || tcp->ended || tcp->error != 0);
    tls_client_free(&client);
    return tcp->length > 0;
}

static int is_served(fixture_t *f) {
    client_t client;
    client_connect(&client, &f->sio.uv, "127.0.0.1", sio_server_tls_port(f->sio.io));
    int answered = is_answered(&client);
    client_close(&client);
    test_sio_turns(&f->sio);
    return answered;
}

/* The last that may and the first that may not, which have come at the same time; those without TLS
 * are not concerned. */
static void one_handshake_more_than_there_may_be(void **state) {
    fixture_t *f = *state;
    log_t log = {0};
    client_t clients[RATE + 1], plain;
    open_with_rate(f, &log);
    for (int i = 0; i <= RATE; i++)
        client_connect(&clients[i], &f->sio.uv, "127.0.0.1", sio_server_tls_port(f->sio.io));
    client_expect_end(&clients[RATE]);
    assert_int_equal(refused_handshakes(f), 1);
    assert_string_equal(log.last, "tls a handshake was refused: more than 3 a second");
    for (int i = 0; i < RATE; i++)
        assert_true(is_answered(&clients[i]));
    client_connect(&plain, &f->sio.uv, "127.0.0.1", f->sio.port);
    client_puts(&plain, "GET /how HTTP/1.1\r\nHost: x\r\n\r\n");
    client_expect_answer(&plain, 200, NULL);
    client_close(&plain);
    uint64_t start = client_now();
    while (!is_served(f))
        assert_true(client_now() - start < PATIENCE_MS);
    for (int i = 0; i <= RATE; i++)
        client_close(&clients[i]);
}

/* Sessions are counted apart: what the page and its polls needed is not taken from them. */
static void sessions_have_an_account_of_their_own(void **state) {
    static const char path[] = "/socket.io/?EIO=4&transport=polling";
    fixture_t *f = *state;
    log_t log = {0};
    open_with_rate(f, &log);
    for (int i = 0; i < RATE; i++)
        expect(ask(f, sio_server_tls_port(f->sio.io), path), "\"sid\":");
    assert_int_equal(refused_handshakes(f), 0);
    assert_int_equal(log.lines, 0);
}

static void without_a_rate_there_is_no_end(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    for (int i = 0; i < 20 * RATE; i++)
        assert_true(is_served(f));
}

typedef struct {
    fixture_t *f;
    int taken, refused;
} incoming_t;

/* What is refused stays the caller's. */
static void on_incoming_of_many(uv_stream_t *listener, int status) {
    incoming_t *incoming = listener->data;
    uv_tcp_t *stream = malloc(sizeof(*stream));
    assert_int_equal(status, 0);
    assert_int_equal(uv_tcp_init(listener->loop, stream), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *) stream), 0);
    int rc = sio_accept_tls(incoming->f->sio.io, (uv_stream_t *) stream, incoming->f->tls);
    incoming->taken += rc == 0;
    incoming->refused += rc == SIO_ETOOBIG;
    if (rc < 0)
        uv_close((uv_handle_t *) stream, (uv_close_cb) free);
}

static void streams_of_the_applications_are_counted_too(void **state) {
    fixture_t *f = *state;
    log_t log = {0};
    client_t clients[4 * RATE];
    incoming_t incoming = {f, 0, 0};
    uv_tcp_t listener;
    open_with_rate(f, &log);
    int port = listen_for(f, &listener, on_incoming_of_many, &incoming);
    for (int i = 0; i < 4 * RATE; i++)
        client_connect(&clients[i], &f->sio.uv, "127.0.0.1", port);
    test_sio_until(&f->sio, incoming.taken + incoming.refused == 4 * RATE);
    assert_in_range(incoming.taken, RATE, 4 * RATE - 1);
    assert_int_equal(refused_handshakes(f), incoming.refused);
    for (int i = 0; i < 4 * RATE; i++)
        client_close(&clients[i]);
    uv_close((uv_handle_t *) &listener, NULL);
    test_sio_turns(&f->sio);
}

/* --- what is known ---------------------------------------------------------------------------- */

static void a_request_knows_the_subject(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    expect(ask_as(f, &alice, sio_server_tls_port(f->sio.io), "/how", ""),
           "[127.0.0.1 secure TLSv1.3 CN=alice,O=Example]");
}

/* A trusted proxy that speaks TLS to us tells how the client came; if it says nothing, so it did
 * itself. Nobody else is asked. */
static void behind_a_proxy(void **state) {
    fixture_t *f = *state;
    static const char http[] = "X-Forwarded-Proto: http\r\nX-Forwarded-For: 192.0.2.7\r\n";
    sio_options_t options = SIO_OPTIONS_INIT;
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    expect(ask_as(f, NULL, sio_server_tls_port(f->sio.io), "/how", http),
           "[127.0.0.1 secure TLSv1.3 -]");
    test_sio_close(&f->sio);
    options.trusted_proxies = "127.0.0.1";
    options.original_url_header = "X-Original-URL";
    open_with(f, &options);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    int port = sio_server_tls_port(f->sio.io);
    expect(ask_as(f, &alice, port, "/how", http), "[192.0.2.7 plain TLSv1.3 CN=alice,O=Example]");
    expect(ask_as(f, &alice, port, "/else", "X-Original-URL: /how\r\n"),
           "[127.0.0.1 secure TLSv1.3 CN=alice,O=Example]");
    expect(ask_as(f, NULL, port, "/how", "X-Forwarded-Proto: https\r\n"), "secure TLSv1.3");
}

static void on_socket(sio_socket_t *socket, void *data) {
    fixture_t *f = data;
    assert_true(sio_socket_secure(socket));
    assert_string_equal(sio_socket_tls_version(socket), "TLSv1.3");
    assert_string_equal(sio_socket_tls_subject(socket), "CN=alice,O=Example");
    assert_string_equal(sio_socket_address(socket), "127.0.0.1");
    assert_string_equal(sio_socket_url(socket), "/socket.io/?EIO=3&transport=polling");
    assert_string_equal(sio_socket_header(socket, "X-Last"), "of all");
    json_t *handshake = sio_socket_handshake(socket);
    assert_true(json_is_true(json_object_get(handshake, "secure")));
    json_decref(handshake);
    f->sio.calls++;
}

/* The handshake is kept with it, also when the connection has gone [S21]. A client of before is
 * in "/" by its handshake alone. */
static void a_socket_knows_the_subject(void **state) {
    fixture_t *f = *state;
    sio_options_t options = SIO_OPTIONS_INIT;
    options.allow_eio3 = 1;
    test_sio_close(&f->sio);
    open_with(f, &options);
    assert_int_equal(sio_on_connection(f->sio.io, on_socket, f), 0);
    assert_int_equal(sio_listen_tls(f->sio.io, "127.0.0.1", 0, f->tls), 0);
    expect(ask_as(f, &alice, sio_server_tls_port(f->sio.io), "/socket.io/?EIO=3&transport=polling",
                  "X-Last: of all\r\n"),
           "\"sid\":");
    test_sio_until(&f->sio, f->sio.calls == 1);
    assert_non_null(f->sio.socket);
    on_socket(f->sio.socket, f);
}

static void a_plain_socket_knows_nothing(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_connect(&peer, &f->sio);
    test_sio_until(&f->sio, f->sio.socket != NULL);
    assert_false(sio_socket_secure(f->sio.socket));
    assert_null(sio_socket_tls_version(f->sio.socket));
    assert_null(sio_socket_tls_subject(f->sio.socket));
    client_close(&peer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int setup_files(void **state) {
    (void) state;
    signal(SIGPIPE, SIG_IGN);
    files_make(&files);
    authority = make_pair("authority", NULL);
    alice = make_pair("alice", &authority);
    pair_t server = make_pair("server", &authority);
    files_pair(&files, "authority", &authority);
    files_pair(&files, "server", &server);
    free_pair(&server);
    return 0;
}

static int teardown_files(void **state) {
    (void) state;
    free_pair(&authority);
    free_pair(&alice);
    files_remove(&files);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(plain_and_with_tls_at_once),
        CASE(nothing_to_listen_with),
        CASE(listeners_have_their_own_references),
        CASE(servers_share_a_context),
        CASE(accepted_streams_speak_tls),
        CASE(one_handshake_more_than_there_may_be),
        CASE(sessions_have_an_account_of_their_own),
        CASE(without_a_rate_there_is_no_end),
        CASE(streams_of_the_applications_are_counted_too),
        CASE(a_request_knows_the_subject),
        CASE(behind_a_proxy),
        CASE(a_socket_knows_the_subject),
        CASE(a_plain_socket_knows_nothing),
    };
    return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
