/* What an idle connection takes of the heap. */
#include "../lib/sio.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
size_t __sanitizer_get_current_allocated_bytes(void);
#define heap_bytes __sanitizer_get_current_allocated_bytes
#elif defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <malloc.h>
static size_t heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
#else
static size_t heap_bytes(void) {
    return 0; /* nobody counts: the bound holds trivially */
}
#endif

enum { WARM = 10, CONNECTIONS = 256, BOUND = 640 };

/* What the server keeps of it is not counted. */
static const char handshake[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                                "Host: localhost\r\n"
                                "Upgrade: websocket\r\n"
                                "Connection: Upgrade\r\n"
                                "Sec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static void ignore(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event, (void) data;
}

static void four_handlers(sio_socket_t *socket, void *data) {
    assert_int_equal(sio_on(socket, "echo", ignore, data), 0);
    assert_int_equal(sio_on(socket, "ack", ignore, data), 0);
    assert_int_equal(sio_on(socket, "pub", ignore, data), 0);
    assert_int_equal(sio_on(socket, "join", ignore, data), 0);
}

/* A client in "/", of which only the descriptor stays. */
static int open_idle(test_sio_t *t) {
    client_t peer;
    client_connect(&peer, &t->uv, "127.0.0.1", t->port);
    client_puts(&peer, handshake);
    client_until(&peer, strstr(peer.data, "\"maxPayload\"") != NULL);
    peer.length = 0;
    peer_send(&peer, "0");
    peer_next(&peer); /* CONNECT, with an id that nobody knows */
    free(peer.data);
    return peer.fd;
}

/* Over WebSocket in one namespace with four handlers, the handshake not counted. */
static void an_idle_connection_is_small(void **state) {
    test_sio_t *t = *state;
    int fds[WARM + CONNECTIONS];
    assert_int_equal(sio_on_connection(t->io, four_handlers, NULL), 0);
    for (int i = 0; i < WARM; i++)
        fds[i] = open_idle(t);
    test_sio_turns(t);
    size_t before = heap_bytes();
    for (int i = WARM; i < WARM + CONNECTIONS; i++)
        fds[i] = open_idle(t);
    test_sio_turns(t);
    size_t each = (heap_bytes() - before) / CONNECTIONS - strlen(handshake);
    print_message("# %zu bytes for each connection\n", each);
    assert_in_range(each, 0, BOUND);
    for (int i = 0; i < WARM + CONNECTIONS; i++)
        close(fds[i]);
    test_sio_until(t, t->disconnects == WARM + CONNECTIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {IN_SIO(an_idle_connection_is_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
