#include "tls_strand.h"
#include "server/server.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* Byte number `at` of what is sent. */
static char sent_byte(size_t at) {
    return (char) (at % 251);
}

/* --- what happens to it ----------------------------------------------------------------------- */

static void do_due(tls_strand_t *strand) {
    char due = strand->due;
    if (strand->due_after > 0) {
        strand->due_after--;
        return;
    }
    strand->due = '\0';
    tls_strand_do(strand, due, strand->due_number);
}

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    tls_strand_t *strand = conn->protocol_data;
    const tls_client_t *client = strand->client;
    CHECK(strand->conn == conn && length > 0 && length <= SIO__READ_BUFFER);
    CHECK(!strand->paused && !strand->ended);
    CHECK(strand->received + length <= client->said);
    CHECK(memcmp(data, client->text.data + strand->received, length) == 0);
    strand->received += length;
    memset(data, 0, length); /* it is ours */
    do_due(strand);
}

/* Nobody else can have said that there is no more. */
static void on_end(sio__conn_t *conn) {
    tls_strand_t *strand = conn->protocol_data;
    CHECK(!strand->ended && (strand->client->left || strand->client->end != 0));
    strand->ended = 1;
}

static void on_closed(sio__conn_t *conn, int error) {
    tls_strand_t *strand = conn->protocol_data;
    const tls_client_t *client = strand->client;
    CHECK(strand->conn == conn);
    CHECK(error != SIO_EPROTO || client->damaged || client->failed || client->ssl == NULL);
    strand->conn = NULL;
}

static const sio__protocol_t protocol = {on_data, on_end, NULL, on_closed};

/* --- what it does ----------------------------------------------------------------------------- */

typedef struct {
    tls_strand_t *strand;
    sio_tls_t *tls;
} opening_t;

static int accept_strand(sio_server_t *server, uv_stream_t *stream, void *data) {
    const opening_t *opening = data;
    tls_strand_t *strand = opening->strand;
    return sio__conn_open(&strand->conn, server->loop, stream, &protocol, strand, opening->tls);
}

memory_peer_t *tls_strand_open(tls_strand_t *strand, tls_client_t *client, sio_server_t *server,
                               sio_tls_t *tls) {
    opening_t opening = {strand, tls};
    *strand = (tls_strand_t){.client = client};
    return memory_connect_by(server, accept_strand, &opening);
}

static void send_bytes(tls_strand_t *strand, size_t length) {
    char *bytes = malloc(length);
    CHECK(bytes != NULL);
    for (size_t i = 0; i < length; i++)
        bytes[i] = sent_byte(strand->sent + i);
    if (sio__conn_send_copy(strand->conn, bytes, length) != SIO_ECLOSED)
        strand->sent += length; /* some of it, if that was too much */
    free(bytes);
}

void tls_strand_do(tls_strand_t *strand, char verb, unsigned number) {
    static const size_t lengths[] = {1, 10, 1000, 16384, 16385, 40000, 100000, 300000};
    sio__conn_t *conn = strand->conn;
    if (conn == NULL)
        return;
    switch (verb) {
    case 'p':
        strand->paused = 1;
        sio__conn_pause(conn);
        return;
    case 'r':
        strand->paused = 0;
        sio__conn_resume(conn);
        return;
    case 'w': send_bytes(strand, lengths[number % 8]); return;
    case 'f': sio__conn_close_after_write(conn); return;
    case 'c': sio__conn_close(conn, 0); return;
    case 'x': sio__conn_fail(conn, UV_EIO); return;
    case 'd': sio__conn_peer_done(conn); return;
    default: return;
    }
}

void tls_strand_do_in_data(tls_strand_t *strand, char verb, unsigned number, unsigned after) {
    strand->due = verb;
    strand->due_number = number;
    strand->due_after = after;
}

/* --- what must hold --------------------------------------------------------------------------- */

void tls_strand_check(const tls_strand_t *strand) {
    const sio__buf_t *heard = &strand->client->heard;
    CHECK(heard->length <= strand->sent);
    for (size_t i = 0; i < heard->length; i++)
        CHECK(heard->data[i] == sent_byte(i));
}

void tls_strand_check_all(const tls_strand_t *strand) {
    const tls_client_t *client = strand->client;
    if (strand->conn == NULL || client->ssl == NULL || client->damaged || client->end != 0 ||
        client->failed || !client->done)
        return;
    CHECK(strand->ended == client->left || strand->conn->lingering);
    CHECK(strand->received == client->said || strand->conn->lingering);
    CHECK(client->heard.length == strand->sent || client->left);
}
