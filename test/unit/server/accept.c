/* Streams that the application has accepted itself: TCP and pipes, given over for good or kept. */
#include "../lib/sio.h"
#include <sio/eio.h>
#include <uv.h>

typedef struct {
    test_sio_t sio;
    uv_tcp_t listener;
    int port;
    int given;
} fixture_t;

static void on_incoming(uv_stream_t *listener, int status) {
    fixture_t *f = listener->data;
    uv_tcp_t *stream = malloc(sizeof(*stream));
    assert_int_equal(status, 0);
    assert_non_null(stream);
    assert_int_equal(uv_tcp_init(listener->loop, stream), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *) stream), 0);
    int rc = sio_accept(f->sio.io, (uv_stream_t *) stream);
    if (rc == 0)
        f->given++;
    else /* it is still ours */
        uv_close((uv_handle_t *) stream, (uv_close_cb) free);
}

static void listen_by_hand(fixture_t *f) {
    struct sockaddr_in address;
    int length = sizeof(address);
    assert_int_equal(uv_tcp_init(&f->sio.uv, &f->listener), 0);
    f->listener.data = f;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&f->listener, (const struct sockaddr *) &address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *) &f->listener, 8, on_incoming), 0);
    assert_int_equal(
        uv_tcp_getsockname(&f->listener, (struct sockaddr *) &address, &length), 0);
    f->port = ntohs(address.sin_port);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    test_sio_open_with(&f->sio, NULL);
    listen_by_hand(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    uv_close((uv_handle_t *) &f->listener, NULL);
    test_sio_close(&f->sio);
    free(f);
    return 0;
}

static void an_accepted_stream_is_served_like_any_other(void **state) {
    fixture_t *f = *state;
    client_t peer;
    peer_open_with(&peer, &f->sio.uv, f->port, "", "");
    peer_join(&peer, "", "", NULL);
    assert_int_equal(f->given, 1);
    assert_int_equal(f->sio.connections, 1);
    assert_string_equal(sio_socket_address(f->sio.socket), "127.0.0.1");
    sio_emit(f->sio.socket, "hello");
    peer_expect(&peer, "2[\"hello\"]");
    client_close(&peer);
    test_sio_until(&f->sio, f->sio.disconnects == 1);
}

static uv_tcp_t *unconnected(fixture_t *f) {
    uv_tcp_t *stream = malloc(sizeof(*stream));
    assert_non_null(stream);
    assert_int_equal(uv_tcp_init(&f->sio.uv, stream), 0);
    return stream;
}

static void a_closing_server_takes_none(void **state) {
    fixture_t *f = *state;
    uv_tcp_t *stream = unconnected(f);
    assert_int_equal(sio_server_close(f->sio.io, NULL, NULL), 0);
    assert_int_equal(sio_accept(f->sio.io, (uv_stream_t *) stream), SIO_ECLOSED);
    uv_close((uv_handle_t *) stream, (uv_close_cb) free); /* still the caller's */
}

static void a_stream_that_is_not_connected_stays_the_callers(void **state) {
    fixture_t *f = *state;
    uv_tcp_t *stream = unconnected(f);
    int mine = 0;
    stream->data = &mine;
    assert_true(sio_accept(f->sio.io, (uv_stream_t *) stream) < 0);
    assert_ptr_equal(stream->data, &mine);
    uv_close((uv_handle_t *) stream, (uv_close_cb) free);
}

static void add_header(sio_http_request_t *request, sio_http_response_t *response, eio_next_t *next,
                       void *data) {
    (void) request;
    ++*(int *) data;
    sio_http_header(response, "X-Engine", "reached");
    eio_next(next);
}

static void the_engine_underneath_takes_middleware(void **state) {
    fixture_t *f = *state;
    client_t peer;
    int calls = 0;
    assert_int_equal(eio_server_use(sio_server_engine(f->sio.io), add_header, &calls), 0);
    peer_open_with(&peer, &f->sio.uv, f->sio.port, "", "");
    peer_join(&peer, "", "", NULL);
    assert_int_equal(calls, 1);
    assert_int_equal(eio_server_clients(sio_server_engine(f->sio.io)), 1);
    client_close(&peer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(an_accepted_stream_is_served_like_any_other),
        CASE(a_closing_server_takes_none),
        CASE(a_stream_that_is_not_connected_stays_the_callers),
        CASE(the_engine_underneath_takes_middleware),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
