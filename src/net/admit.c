#include "net/admit.h"
#include "net/host_internal.h"
#include <sio/error.h>

/* Those who hear of it wait for that as long as anybody else, at most 2 s for their own end; so
 * many may wait at a time. */
enum { TURNED_AWAY_MAX = 64 };

/* --- counting --------------------------------------------------------------------------------- */

/* The peer of a stream that is not a connection yet. Nonzero if it has an address. */
static int find_peer(const uv_stream_t *stream, struct sockaddr_storage *address) {
    int length = sizeof(*address);
    return stream->type == UV_TCP &&
           uv_tcp_getpeername((const uv_tcp_t *) stream, (struct sockaddr *) address, &length) == 0;
}

/* A proxy that is trusted speaks for many. */
static int is_proxy(const sio__host_t *host, const struct sockaddr *address) {
    char text[SIO__ADDRESS_SIZE];
    if (host->options.trusted_proxies == NULL)
        return 0;
    sio__address_text(address, text);
    return sio__proxies_trust(host->proxies, text);
}

static int admit_address(sio__host_t *host, const struct sockaddr *address, uint32_t *place) {
    const uint32_t most = host->options.max_connections_per_address;
    sio__source_t source;
    char text[SIO__ADDRESS_SIZE];
    if (is_proxy(host, address) || sio__source_of(address, &source) < 0)
        return 0;
    int rc = sio__addresses_enter(&host->loop->addresses, &source, most, place);
    if (rc != SIO_ETOOBIG)
        return rc;
    sio__address_text(address, text);
    sio__limited(host->loop, SIO_LIMIT_ADDRESS, "http",
                 "%s: refused, there are %u connections of this address", text, (unsigned) most);
    return rc;
}

int sio__admit(sio__host_t *host, uv_stream_t *stream, const struct sockaddr *address,
               uint32_t *place) {
    const sio_options_t *options = &host->options;
    const sio__loop_t *loop = host->loop;
    struct sockaddr_storage found;
    *place = 0;
    if (options->max_connections > 0 &&
        loop->conn_count - loop->turned_away >= options->max_connections) {
        sio__limited(host->loop, SIO_LIMIT_CONNECTIONS, "http",
                     "a client was refused: there are %u connections",
                     (unsigned) options->max_connections);
        return SIO_ETOOBIG;
    }
    if (options->max_connections_per_address == 0)
        return 0;
    if (address == NULL && find_peer(stream, &found))
        address = (const struct sockaddr *) &found;
    return address != NULL ? admit_address(host, address, place) : 0;
}

/* --- refusing --------------------------------------------------------------------------------- */

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    (void) conn, (void) data, (void) length;
}

static void on_end(sio__conn_t *conn) {
    (void) conn;
}

static void on_closed(sio__conn_t *conn, int error) {
    (void) error;
    conn->loop->turned_away--;
}

static const sio__protocol_t refusing = {.data = on_data, .end = on_end, .closed = on_closed};

int sio__turn_away(sio__host_t *host, uv_stream_t *stream) {
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Connection: close\r\n"
                                 "Retry-After: 1\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 19\r\n\r\n"
                                 "Service Unavailable";
    sio__loop_t *loop = host->loop;
    sio__conn_t *conn;
    if (loop->turned_away >= TURNED_AWAY_MAX)
        return SIO_ETOOBIG;
    int rc = sio__conn_open(&conn, loop, stream, &refusing, NULL, NULL);
    if (rc < 0)
        return rc;
    loop->turned_away++;
    sio__conn_send(conn, (const unsigned char *) answer, sizeof(answer) - 1);
    sio__conn_close_after_write(conn);
    return 0;
}

void sio__response_busy(sio_http_response_t *response, int upgrade) {
    sio_http_header(response, "Retry-After", "1");
    if (upgrade)
        sio__response_refuse_upgrade(response, 503, "");
    else
        sio__response_simple(response, 503);
}
