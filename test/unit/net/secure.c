/* TLS on a connection, over a socket pair: records, pieces, every way to end, and what is no TLS. */
#include "../lib/tls.h"
#include "net/linger.h"
#include "net/secure.h"
#include <signal.h>
#include <sio/error.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 60000, RECEIVED_MAX = 4 * 1024 * 1024 };

static files_t files; /* of all cases */
static pair_t authority, alice, stranger;

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    sio_tls_t *tls;
    tls_client_t client;
    int peer;
    char *received;
    size_t received_length;
    int ended, closed, drained, error;
    int close_in_data, pause_in_data, hasty, echo;
    char log[512]; /* lines of level WARN */
    char asked[300];
    sio_tls_t *other;
} fixture_t;

/* --- the server's side ------------------------------------------------------------------------ */

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    fixture_t *f = conn->protocol_data;
    assert_true(length <= SIO__READ_BUFFER);
    assert_true(f->received_length + length <= RECEIVED_MAX);
    memcpy(f->received + f->received_length, data, length);
    f->received_length += length;
    if (f->echo)
        assert_int_equal(sio__conn_send_copy(conn, data, length), 0);
    memset(data, 0, length); /* it is ours */
    for (int i = 0; i < 2 && f->hasty; i++) {
        sio__conn_pause(conn);
        sio__conn_resume(conn);
    }
    if (f->pause_in_data)
        sio__conn_pause(conn);
    if (f->close_in_data)
        sio__conn_close(conn, 0);
}

static void on_end(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->ended++;
}

static void on_drained(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->drained++;
}

static void on_closed(sio__conn_t *conn, int error) {
    fixture_t *f = conn->protocol_data;
    f->closed++;
    f->error = error;
    f->conn = NULL;
}

static const sio__protocol_t protocol = {on_data, on_end, on_drained, on_closed};

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    if (level <= SIO_LOG_WARN && strcmp(category, "tls") == 0)
        snprintf(f->log, sizeof(f->log), "%s", text);
}

static void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

/* --- fixtures --------------------------------------------------------------------------------- */

static void open_conn(fixture_t *f, uint32_t max_buffered) {
    int pair[2], size = 16384;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    f->peer = pair[1];
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    uv_pipe_init(&f->uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    f->loop->max_buffered = max_buffered;
    assert_int_equal(sio__conn_open(&f->conn, f->loop, (uv_stream_t *) pipe, &protocol, f, f->tls),
                     0);
}

static void start(fixture_t *f) {
    tls_client_init(&f->client);
    tls_client_start(&f->client, f->peer);
}

static int setup_with(void **state, uint32_t max_buffered) {
    fixture_t *f = calloc(1, sizeof(*f));
    f->received = malloc(RECEIVED_MAX);
    uv_loop_init(&f->uv);
    sio__log_t log = {on_log, f, SIO_LOG_DEBUG};
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, log), 0);
    f->tls = tls_of(&files, "server");
    open_conn(f, max_buffered);
    start(f);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 64 * 1024 * 1024);
}

static int setup_bounded(void **state) {
    return setup_with(state, 300 * 1000);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    tls_client_free(&f->client);
    sio__loop_close_conns(f->loop);
    assert_int_equal(f->loop->conn_count, 0);
    sio__loop_close(f->loop, loop_closed, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    if (f->peer >= 0)
        close(f->peer);
    sio_tls_unref(f->tls);
    sio_tls_unref(f->other);
    assert_int_equal(ERR_peek_error(), 0);
    free(f->received);
    free(f);
    return 0;
}

static uint64_t now(void) {
    return uv_hrtime() / 1000000;
}

static void turn(fixture_t *f) {
    uv_run(&f->uv, UV_RUN_NOWAIT);
}

/* Runs both sides; the statement is the client's turn. */
#define until(f, condition, step)                                                                  \
    do {                                                                                           \
        uint64_t until_start = now();                                                              \
        while (!(condition)) {                                                                     \
            if (now() - until_start > PATIENCE_MS)                                                 \
                fail_msg("%s has not come true; %s", #condition, (f)->log);                        \
            turn(f);                                                                               \
            step;                                                                                  \
        }                                                                                          \
    } while (0)

/* The handshake, and what follows it of the client's. */
static void shake(fixture_t *f) {
    until(f, f->client.done, tls_client_shake(&f->client));
    until(f, sio__secure_of(f->conn)->established, (void) 0);
    turn(f);
}

static void client_sends(fixture_t *f, const char *text) {
    assert_int_equal(tls_client_write(&f->client, text, strlen(text)), strlen(text));
}

static void client_gets(fixture_t *f, const char *text) {
    char data[4096];
    size_t length = 0, wanted = strlen(text);
    until(f, length >= wanted || f->client.ended || f->client.fin || f->client.error != 0,
          length += tls_client_read(&f->client, data + length, sizeof(data) - length));
    assert_int_equal(length, wanted);
    assert_memory_equal(data, text, wanted);
}

static void client_gets_end(fixture_t *f) {
    char data[4096];
    until(f, f->client.ended || f->client.fin || f->client.error != 0,
          tls_client_read(&f->client, data, sizeof(data)));
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void bytes_go_both_ways(void **state) {
    fixture_t *f = *state;
    shake(f);
    assert_string_equal(sio__secure_version(f->conn), "TLSv1.3");
    assert_string_equal(SSL_get_version(f->client.ssl), "TLSv1.3");
    client_sends(f, "hello");
    until(f, f->received_length == 5, (void) 0);
    assert_memory_equal(f->received, "hello", 5);
    assert_int_equal(sio__conn_send_copy(f->conn, "welcome", 7), 0);
    client_gets(f, "welcome");
    assert_int_equal(f->drained, 1);
    assert_int_equal(sio__conn_buffered(f->conn), 0);
    assert_null(f->conn->output);
}

/* Who speaks first waits for the handshake. */
static void what_is_said_before_the_handshake_comes_behind_it(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sio__conn_send_copy(f->conn, "early", 5), 0);
    turn(f);
    assert_int_equal(sio__conn_buffered(f->conn), 5);
    shake(f);
    client_gets(f, "early");
    assert_int_equal(f->drained, 1);
}

/* The client's socket, read without OpenSSL: lengths of the records on it. */
static size_t records_on(int fd, size_t lengths[], size_t max) {
    static unsigned char bytes[1024 * 1024];
    ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
    size_t count = 0;
    for (ssize_t at = 0; at + 5 <= got && count < max;) {
        assert_int_equal(bytes[at], 23); /* application data */
        lengths[count] = (size_t) bytes[at + 3] << 8 | bytes[at + 4];
        at += 5 + (ssize_t) lengths[count++];
    }
    return count;
}

/* Takes the tickets, which are records, too. */
static void drain(fixture_t *f) {
    char data[64];
    turn(f);
    assert_int_equal(tls_client_read(&f->client, data, sizeof(data)), 0);
}

static void what_a_turn_says_shares_a_record(void **state) {
    fixture_t *f = *state;
    size_t lengths[8];
    shake(f);
    drain(f);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(sio__conn_send_copy(f->conn, "0123456789", 10), 0);
        if (i % 3 == 0)
            assert_non_null(sio__scratch_alloc(f->loop->scratch, 3)); /* not neighbours */
    }
    assert_int_equal(records_on(f->peer, lengths, 8), 0);
    turn(f);
    assert_int_equal(records_on(f->peer, lengths, 8), 1);
    assert_int_equal(lengths[0], 1000 + 17);
    char data[1000];
    assert_int_equal(tls_client_read(&f->client, data, sizeof(data)), 1000);
}

static void large_messages_are_full_records(void **state) {
    fixture_t *f = *state;
    static char data[40000];
    size_t lengths[8], length = 0;
    int size = 1024 * 1024;
    setsockopt(f->peer, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    uv_os_fd_t fd;
    uv_fileno((uv_handle_t *) sio__conn_stream(f->conn), &fd);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    shake(f);
    drain(f);
    assert_int_equal(sio__conn_send_copy(f->conn, data, 10), 0);
    assert_non_null(sio__scratch_alloc(f->loop->scratch, 3));
    assert_int_equal(sio__conn_send_copy(f->conn, data, sizeof(data)), 0);
    turn(f);
    assert_int_equal(records_on(f->peer, lengths, 8), 3);
    assert_int_equal(lengths[0], 16384 + 17);
    assert_int_equal(lengths[1], 16384 + 17);
    assert_int_equal(lengths[2], 40010 - 2 * 16384 + 17);
    until(f, length == 40000, length += tls_client_read(&f->client, data, sizeof(data) - length));
}

/* Sends `total` bytes in pieces over several turns while the client reads slowly; order must hold. */
static void send_and_check(fixture_t *f, size_t total, size_t piece, size_t client_reads) {
    unsigned char *data = malloc(piece), *text = malloc(client_reads);
    size_t sent = 0, got = 0;
    while (got < total) {
        for (int i = 0; i < 4 && sent < total; i++) {
            for (size_t k = 0; k < piece; k++)
                data[k] = (unsigned char) ((sent + k) % 251);
            assert_int_equal(sio__conn_send_copy(f->conn, data, piece), 0);
            sent += piece;
        }
        turn(f);
        size_t length = tls_client_read(&f->client, text, client_reads);
        for (size_t k = 0; k < length; k++)
            assert_int_equal(text[k], (got + k) % 251);
        got += length;
        assert_false(f->client.ended || f->client.fin);
    }
    free(data);
    free(text);
}

static void a_slow_reader_gets_everything_in_order(void **state) {
    fixture_t *f = *state;
    shake(f);
    send_and_check(f, 1000 * 1000, 1000, 1500);
    turn(f);
    assert_int_equal(sio__conn_buffered(f->conn), 0);
}

static void large_pieces_are_written_early(void **state) {
    fixture_t *f = *state;
    shake(f);
    send_and_check(f, 4 * 300 * 1000, 300 * 1000, 50000);
}

/* The scratch does not grow with what has been written in the turn. */
static void what_has_been_written_makes_room_for_the_next(void **state) {
    fixture_t *f = *state;
    static char piece[5000];
    shake(f);
    size_t before = f->loop->scratch->pooled;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
        turn(f);
        tls_client_read(&f->client, piece, sizeof(piece));
    }
    assert_int_equal(f->loop->scratch->pooled, before);
}

static void large_messages_come_in(void **state) {
    fixture_t *f = *state;
    size_t total = 1000 * 1000, sent = 0;
    char *data = malloc(total);
    for (size_t i = 0; i < total; i++)
        data[i] = (char) (i % 251);
    shake(f);
    SSL_set_mode(f->client.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    until(f, f->received_length == total, {
        if (sent < total) {
            int rc = tls_client_write(&f->client, data + sent, total - sent);
            sent += rc > 0 ? (size_t) rc : 0;
        }
    });
    assert_memory_equal(f->received, data, total);
    free(data);
}

static void a_handshake_byte_by_byte(void **state) {
    fixture_t *f = *state;
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    SSL_set_bio(f->client.ssl, in, out);
    char byte[1], bytes[16384];
    until(f, f->received_length == 5, {
        tls_client_shake(&f->client);
        if (f->client.done && SSL_get_state(f->client.ssl) == TLS_ST_OK && f->echo == 0) {
            client_sends(f, "hello");
            f->echo = 1;
        }
        if (BIO_read(out, byte, 1) == 1)
            assert_int_equal(write(f->peer, byte, 1), 1);
        ssize_t got = read(f->peer, bytes, sizeof(bytes));
        if (got > 0)
            BIO_write(in, bytes, (int) got);
    });
    assert_memory_equal(f->received, "hello", 5);
}

static void reading_pauses_and_resumes(void **state) {
    fixture_t *f = *state;
    shake(f);
    sio__conn_pause(f->conn);
    client_sends(f, "later");
    turn(f);
    turn(f);
    assert_int_equal(f->received_length, 0);
    sio__conn_resume(f->conn);
    until(f, f->received_length == 5, (void) 0);
}

/* Who stops reading and goes on at once gets all that there is. */
static void reading_pauses_and_resumes_at_once(void **state) {
    fixture_t *f = *state;
    enum { TOTAL = 400 * 1000 };
    static char data[TOTAL];
    size_t sent = 0;
    for (size_t i = 0; i < TOTAL; i++)
        data[i] = (char) (i % 251);
    shake(f);
    f->hasty = 1;
    SSL_set_mode(f->client.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    until(f, f->received_length == TOTAL, {
        int rc = 1;
        while (sent < TOTAL && rc > 0) {
            rc = tls_client_write(&f->client, data + sent, TOTAL - sent);
            sent += rc > 0 ? (size_t) rc : 0;
        }
    });
    assert_memory_equal(f->received, data, TOTAL);
    assert_int_equal(f->closed, 0);
}

/* More than one buffer is there when the protocol stops reading: the rest waits, in order, and no
 * more is read. */
static void what_has_come_waits_while_nobody_reads(void **state) {
    fixture_t *f = *state;
    enum { TOTAL = 400 * 1000 };
    static char data[TOTAL];
    size_t sent = 0;
    int pauses = 0;
    for (size_t i = 0; i < TOTAL; i++)
        data[i] = (char) (i % 251);
    shake(f);
    SSL_set_mode(f->client.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    f->pause_in_data = 1;
    until(f, f->received_length == TOTAL, {
        while (sent < TOTAL) {
            int rc = tls_client_write(&f->client, data + sent, TOTAL - sent);
            if (rc <= 0)
                break;
            sent += (size_t) rc;
        }
        if (!f->conn->reading) {
            size_t before = f->received_length;
            turn(f);
            turn(f);
            assert_int_equal(f->received_length, before);
            pauses++;
            sio__conn_resume(f->conn);
            sio__conn_pause(f->conn); /* before the turn is over: nothing has changed */
            turn(f);
            assert_int_equal(f->received_length, before);
            sio__conn_resume(f->conn);
            assert_int_equal(f->received_length, before); /* never from inside */
        }
    });
    assert_memory_equal(f->received, data, TOTAL);
    assert_true(pauses > 5);
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void too_much_buffered_fails_the_connection(void **state) {
    fixture_t *f = *state;
    static char piece[10000];
    int rc = 0;
    shake(f);
    for (int i = 0; i < 100 && rc == 0; i++)
        rc = sio__conn_send_copy(f->conn, piece, sizeof(piece));
    assert_int_equal(rc, SIO_ETOOBIG);
    assert_int_equal(f->closed, 0); /* never from inside a send */
    assert_true(sio__conn_buffered(f->conn) > 300 * 1000);
    assert_true(sio__conn_buffered(f->conn) < 300 * 1000 + 10000 + SIO__WIRE_MAX);
    turn(f);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->error, SIO_ETOOBIG);
}

/* As long as somebody reads, more than the bound may pass in all. */
static void a_reader_that_keeps_up_may_get_more_than_the_bound(void **state) {
    fixture_t *f = *state;
    shake(f);
    send_and_check(f, 200 * 4000, 4000, 50000);
}

/* While a slow reader keeps it waiting, what was queued stays as it is, and only a piece of it is
 * encrypted. */
static void only_a_piece_waits_encrypted(void **state) {
    fixture_t *f = *state;
    static char piece[1000 * 1000];
    shake(f);
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    turn(f);
    assert_int_equal(f->conn->writing, 1);
    assert_in_range(sio__secure_wire(f->conn)->bytes, 1, SIO__WIRE_MAX);
    assert_true(f->conn->output->queue.bytes > 500 * 1000);
    assert_int_equal(sio__conn_buffered(f->conn),
                     f->conn->output->queue.bytes + sio__secure_wire(f->conn)->bytes);
}

static void a_peer_that_stops_reading_is_cut_off(void **state) {
    fixture_t *f = *state;
    static char piece[300000];
    shake(f);
    f->loop->stalls.length_ms = 200;
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->error, UV_ETIMEDOUT);
}

/* Each update of its keys that a client asks for is answered (RFC 8446 4.6.3). */
static void a_peer_that_asks_for_answers_and_does_not_read(void **state) {
    fixture_t *f = *state;
    shake(f);
    until(f, f->closed > 0, {
        for (int i = 0; i < 100 && f->closed == 0; i++) {
            ERR_clear_error();
            SSL_key_update(f->client.ssl, SSL_KEY_UPDATE_REQUESTED);
            if (SSL_do_handshake(f->client.ssl) != 1)
                break;
        }
        ERR_clear_error();
    });
    assert_int_equal(f->error, SIO_EPROTO);
    assert_string_equal(f->log, "a pipe: asks for answers and does not read");
}

static void keys_may_be_updated(void **state) {
    fixture_t *f = *state;
    shake(f);
    f->echo = 1;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(SSL_key_update(f->client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        client_sends(f, "new keys");
        client_gets(f, "new keys");
    }
}

/* --- ends ------------------------------------------------------------------------------------- */

static void closing_after_write_says_so_in_tls_and_tcp(void **state) {
    fixture_t *f = *state;
    char byte;
    shake(f);
    assert_int_equal(sio__conn_send_copy(f->conn, "last", 4), 0);
    sio__conn_close_after_write(f->conn);
    assert_int_equal(sio__conn_send_copy(f->conn, "more", 4), SIO_ECLOSED);
    client_gets(f, "last");
    client_gets_end(f);
    assert_int_equal(f->client.ended, 1);
    until(f, read(f->peer, &byte, 1) == 0, (void) 0); /* FIN */
    assert_int_equal(f->closed, 0);
    assert_int_equal(SSL_shutdown(f->client.ssl), 1);
    turn(f);
    assert_int_equal(f->closed, 0);
    assert_int_equal(f->ended, 0);
    shutdown(f->peer, SHUT_WR);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->error, 0);
}

/* A whole queue of it, larger than the network takes at once. */
static void all_is_said_before_the_end(void **state) {
    fixture_t *f = *state;
    static char piece[500 * 1000], got[sizeof(piece) + 1];
    size_t length = 0;
    shake(f);
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    sio__conn_close_after_write(f->conn);
    until(f, f->client.ended || f->client.fin || f->client.error != 0,
          length += tls_client_read(&f->client, got + length, sizeof(got) - length));
    assert_int_equal(length, sizeof(piece));
    assert_int_equal(f->client.ended, 1);
}

static void a_peer_that_is_done_may_still_answer_the_farewell(void **state) {
    fixture_t *f = *state;
    shake(f);
    sio__conn_peer_done(f->conn);
    sio__conn_close_after_write(f->conn);
    client_gets_end(f);
    turn(f);
    assert_int_equal(f->client.ended, 1);
    assert_int_equal(f->closed, 0);
    assert_int_equal(SSL_shutdown(f->client.ssl), 1);
    shutdown(f->peer, SHUT_WR);
    until(f, f->closed > 0, (void) 0);
}

static void the_peers_close_notify_is_its_end(void **state) {
    fixture_t *f = *state;
    shake(f);
    client_sends(f, "last");
    SSL_shutdown(f->client.ssl);
    until(f, f->ended > 0, (void) 0);
    assert_int_equal(f->received_length, 4);
    assert_int_equal(f->closed, 0);
    assert_int_equal(sio__conn_send_copy(f->conn, "bye", 3), 0); /* half open, as with a FIN */
    client_gets(f, "bye");
    sio__conn_close_after_write(f->conn);
    client_gets_end(f);
    assert_int_equal(f->client.ended, 1);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->ended, 1);
    assert_int_equal(f->error, 0);
}

static void a_close_notify_waits_while_nobody_reads(void **state) {
    fixture_t *f = *state;
    shake(f);
    f->pause_in_data = 1;
    client_sends(f, "last");
    SSL_shutdown(f->client.ssl);
    until(f, f->received_length == 4, (void) 0);
    turn(f);
    turn(f);
    assert_int_equal(f->ended, 0);
    sio__conn_resume(f->conn);
    until(f, f->ended > 0, (void) 0);
}

static void a_fin_without_close_notify_is_the_same(void **state) {
    fixture_t *f = *state;
    shake(f);
    client_sends(f, "last");
    shutdown(f->peer, SHUT_WR);
    until(f, f->ended > 0, (void) 0);
    assert_int_equal(f->received_length, 4);
    assert_int_equal(f->closed, 0);
    assert_string_equal(f->log, "");
}

static void a_peer_that_leaves_in_the_handshake(void **state) {
    fixture_t *f = *state;
    tls_client_shake(&f->client);
    turn(f);
    shutdown(f->peer, SHUT_WR);
    until(f, f->ended > 0, (void) 0);
    sio__conn_close_after_write(f->conn);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->error, 0);
    assert_string_equal(f->log, ""); /* nothing to be alarmed about */
}

static void closing_in_the_handshake(void **state) {
    fixture_t *f = *state;
    char byte;
    tls_client_shake(&f->client);
    assert_int_equal(sio__conn_send_copy(f->conn, "never said", 10), 0);
    sio__conn_close_after_write(f->conn);
    turn(f);
    assert_int_equal(f->conn->lingering, 1);
    until(f, read(f->peer, &byte, 1) == 0, (void) 0);
    shutdown(f->peer, SHUT_WR);
    until(f, f->closed > 0, (void) 0);
    assert_string_equal(f->log, "a pipe: closed before its handshake was done");
}

static void closing_tells_at_once_and_only_once(void **state) {
    fixture_t *f = *state;
    shake(f);
    sio__conn_t *conn = f->conn;
    assert_int_equal(sio__conn_send_copy(conn, "dropped", 7), 0);
    sio__conn_close(conn, UV_ETIMEDOUT);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->error, UV_ETIMEDOUT);
    assert_int_equal(sio__conn_send_copy(conn, "x", 1), SIO_ECLOSED);
    turn(f);
    assert_int_equal(f->closed, 1);
    client_gets_end(f);
    assert_int_equal(f->client.fin, 1); /* cut off, which the peer can tell */
}

static void closing_from_inside_data_is_fine(void **state) {
    fixture_t *f = *state;
    shake(f);
    f->close_in_data = 1;
    client_sends(f, "x");
    client_sends(f, "y");
    until(f, f->closed > 0, (void) 0);
    assert_in_range(f->received_length, 1, 2);
}

static void closing_while_libuv_writes_is_fine(void **state) {
    fixture_t *f = *state;
    static char piece[100000];
    shake(f);
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    turn(f);
    assert_int_equal(f->conn->writing, 1);
    sio__conn_close(f->conn, 0);
    turn(f);
}

static void a_vanished_peer_fails_the_write(void **state) {
    fixture_t *f = *state;
    shake(f);
    close(f->peer);
    f->peer = -1;
    assert_int_equal(sio__conn_send_copy(f->conn, "x", 1), 0);
    until(f, f->closed > 0, (void) 0);
    assert_true(f->error == UV_EPIPE || f->error == UV_ECONNRESET);
}

/* --- what is no TLS, or not ours -------------------------------------------------------------- */

static void raw(fixture_t *f, const void *data, size_t length) {
    assert_int_equal(write(f->peer, data, length), (ssize_t) length);
}

/* The connection ends with a FIN; `alert` (0: none) is what has come before. */
static void expect_refusal(fixture_t *f, int alert, const char *logged) {
    unsigned char bytes[4096];
    size_t length = 0;
    ssize_t got = -1;
    until(f, got == 0, {
        got = read(f->peer, bytes + length, sizeof(bytes) - length);
        length += got > 0 ? (size_t) got : 0;
    });
    assert_int_equal(f->closed, 0);
    shutdown(f->peer, SHUT_WR);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->received_length, 0);
    assert_string_equal(f->log, logged);
    assert_int_equal(length, alert != 0 ? 7 : 0);
    if (alert != 0) {
        assert_int_equal(bytes[0], 21);
        assert_int_equal(bytes[6], alert);
    }
}

static void plain_http(void **state) {
    fixture_t *f = *state;
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    raw(f, request, sizeof(request) - 1);
    turn(f);
    turn(f);
    raw(f, request, sizeof(request) - 1); /* and goes on */
    expect_refusal(f, 0, "a pipe: http request");
}

static void garbage(void **state) {
    fixture_t *f = *state;
    raw(f, "\x16\x03\x01\x00\x05hello world", 16);
    until(f, f->log[0] != '\0', (void) 0);
    expect_refusal(f, SSL_AD_UNEXPECTED_MESSAGE, "a pipe: unexpected message");
}

static void old_versions(void **state) {
    fixture_t *f = *state;
    SSL_set_min_proto_version(f->client.ssl, TLS1_VERSION);
    SSL_set_max_proto_version(f->client.ssl, TLS1_1_VERSION);
    SSL_set_security_level(f->client.ssl, 0);
    SSL_set_cipher_list(f->client.ssl, "ALL:@SECLEVEL=0");
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    assert_string_equal(f->log, "a pipe: unsupported protocol");
}

static void a_record_that_has_been_changed(void **state) {
    fixture_t *f = *state;
    unsigned char record[5 + 40] = {23, 3, 3, 0, 40};
    shake(f);
    client_sends(f, "good");
    until(f, f->received_length == 4, (void) 0);
    raw(f, record, sizeof(record));
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->error, SIO_EPROTO);
    assert_int_equal(f->received_length, 4);
    assert_string_equal(f->log, "a pipe: decryption failed or bad record mac");
    client_gets_end(f);
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
}

static void nobody_renegotiates(void **state) {
    fixture_t *f = *state;
    char data[64];
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    shake(f);
    assert_string_equal(sio__secure_version(f->conn), "TLSv1.2");
    assert_int_equal(SSL_renegotiate(f->client.ssl), 1);
    SSL_do_handshake(f->client.ssl);
    /* It is told so (RFC 5246 7.2.2), which OpenSSL's client takes for the end. */
    until(f, f->client.error != 0, tls_client_read(&f->client, data, sizeof(data)));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_NO_RENEGOTIATION);
}

/* --- what is agreed on ------------------------------------------------------------------------ */

static void offers(fixture_t *f, const char *protocols) {
    assert_int_equal(SSL_set_alpn_protos(f->client.ssl, (const unsigned char *) protocols,
                                         (unsigned) strlen(protocols)),
                     0);
}

static void of_the_application_protocols_http_1_1(void **state) {
    fixture_t *f = *state;
    const unsigned char *chosen;
    unsigned length;
    offers(f, "\x02h2\x08http/1.1\x08http/1.0");
    shake(f);
    SSL_get0_alpn_selected(f->client.ssl, &chosen, &length);
    assert_int_equal(length, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
}

static void no_application_protocol_that_we_know(void **state) {
    fixture_t *f = *state;
    offers(f, "\x02h2\x08spdy/3.1");
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    assert_string_equal(f->log, "a pipe: no application protocol");
}

/* --- other contexts --------------------------------------------------------------------------- */

static sio_tls_t *on_name(const char *name, void *data) {
    fixture_t *f = data;
    snprintf(f->asked, sizeof(f->asked), "%s", name);
    return strcmp(name, "alice.example") == 0 ? f->other : NULL;
}

/* A new connection of a context with these options. */
static void again(fixture_t *f, const sio_tls_options_t *options) {
    if (f->conn != NULL)
        sio__conn_close(f->conn, 0);
    turn(f);
    close(f->peer);
    sio_tls_unref(f->tls);
    tls_client_free(&f->client);
    assert_int_equal(sio_tls_new(&f->tls, options), 0);
    open_conn(f, 1 << 20);
    start(f);
    f->closed = f->ended = f->error = 0;
    f->log[0] = '\0';
}

static void expect_shown(fixture_t *f, const char *expected) {
    char name[64] = "";
    X509 *cert = SSL_get_peer_certificate(f->client.ssl);
    assert_non_null(cert);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
    X509_free(cert);
    assert_string_equal(name, expected);
}

static void with_names(fixture_t *f, sio_tls_options_t *options) {
    f->other = tls_of(&files, "alice");
    options->sni_cb = on_name;
    options->sni_data = f;
    again(f, options);
}

static void a_name_chooses_the_certificate(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server");
    with_names(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "Alice.Example");
    shake(f);
    assert_string_equal(f->asked, "alice.example");
    expect_shown(f, "alice");

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "bob.example");
    shake(f);
    assert_string_equal(f->asked, "bob.example");
    expect_shown(f, "server");

    f->asked[0] = '\0';
    again(f, &options);
    shake(f);
    assert_string_equal(f->asked, ""); /* no name, no question */
    expect_shown(f, "server");
    options_free(&options);
}

/* The client's first key share is of no use: it says hello twice. */
static void a_name_chooses_once(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server");
    with_names(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    assert_int_equal(SSL_set1_groups_list(f->client.ssl, "P-521:P-256"), 1);
    ERR_clear_error();
    shake(f);
    expect_shown(f, "alice");
    options_free(&options);
}

/* Version and verification are those of the other context. */
static void a_name_chooses_the_rest_too(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server"), strict = options_of(&files, "alice");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    strict.ca_file = ca;
    strict.verify_client = SIO_TLS_VERIFY_REQUIRED;
    strict.min_version = SIO_TLS_1_3;
    with_names(f, &options);
    sio_tls_unref(f->other);
    assert_int_equal(sio_tls_new(&f->other, &strict), 0);

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_string_equal(f->log, "a pipe: unsupported protocol");

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    until(f, f->log[0] != '\0', tls_client_shake(&f->client));
    assert_string_equal(f->log, "a pipe: peer did not return a certificate");

    again(f, &options);
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    shake(f);
    expect_shown(f, "server");
    options_free(&options);
    options_free(&strict);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* The session of the client, once the server has sent its ticket. */
static SSL_SESSION *take_session(fixture_t *f) {
    f->echo = 1;
    client_sends(f, "ticket?");
    client_gets(f, "ticket?");
    SSL_SESSION *session = SSL_get1_session(f->client.ssl);
    assert_non_null(session);
    return session;
}

/* Once more with that session. Nonzero if it was resumed. */
static int resumes(fixture_t *f, SSL_SESSION *session, const char *name) {
    sio__conn_close(f->conn, 0);
    turn(f);
    close(f->peer);
    SSL_set_shutdown(f->client.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    tls_client_free(&f->client);
    open_conn(f, 1 << 20);
    start(f);
    SSL_set_session(f->client.ssl, session);
    SSL_set_max_proto_version(f->client.ssl, SSL_SESSION_get_protocol_version(session));
    if (name != NULL)
        SSL_set_tlsext_host_name(f->client.ssl, name);
    f->log[0] = '\0';
    until(f, f->client.done || f->client.error != 0, tls_client_shake(&f->client));
    until(f, f->log[0] != '\0' || sio__secure_of(f->conn)->established, (void) 0);
    return SSL_session_reused(f->client.ssl);
}

static void sessions_are_resumed(void **state) {
    fixture_t *f = *state;
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

static void sessions_of_tls_1_2_are_resumed(void **state) {
    fixture_t *f = *state;
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    SSL_set_options(f->client.ssl, SSL_OP_NO_TICKET);
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

static void a_reload_ends_the_sessions_before_it(void **state) {
    fixture_t *f = *state;
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_int_equal(sio_tls_reload(f->tls), 0);
    client_sends(f, "still here"); /* the connection goes on */
    client_gets(f, "still here");
    assert_false(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

/* Who was let in without a certificate is not let in where one is needed. */
static void a_session_is_of_its_context(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server"), strict = options_of(&files, "alice");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    strict.ca_file = ca;
    strict.verify_client = SIO_TLS_VERIFY_REQUIRED;
    with_names(f, &options);
    sio_tls_unref(f->other);
    assert_int_equal(sio_tls_new(&f->other, &strict), 0);
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_false(resumes(f, session, "alice.example"));
    assert_string_equal(f->log, "a pipe: peer did not return a certificate");
    SSL_SESSION_free(session);
    options_free(&options);
    options_free(&strict);
}

/* --- certificates of clients ------------------------------------------------------------------ */

static void shows(fixture_t *f, const pair_t *pair) {
    assert_int_equal(SSL_use_certificate(f->client.ssl, pair->cert), 1);
    assert_int_equal(SSL_use_PrivateKey(f->client.ssl, pair->key), 1);
}

static void verifying(fixture_t *f, sio_tls_verify_t verify) {
    sio_tls_options_t options = options_of(&files, "server");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    options.ca_file = ca;
    options.verify_client = verify;
    again(f, &options);
    options_free(&options);
}

/* What the server says about the failure. */
static void expect_refused(fixture_t *f, const char *logged) {
    until(f, f->log[0] != '\0', tls_client_shake(&f->client));
    assert_string_equal(f->log, logged);
    assert_false(sio__secure_of(f->conn)->established);
}

static void a_client_has_a_name(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &alice);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    SSL_SESSION_free(session);
}

static void a_client_with_a_name_in_utf_8(void **state) {
    fixture_t *f = *state;
    pair_t pair = make_pair("Z\xc3\xbc" "e, \x01", &authority);
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &pair);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=Z\xc3\xbc" "e\\, \\01,O=Example");
    free_pair(&pair);
}

static void a_certificate_that_is_asked_for(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shake(f);
    assert_null(sio__secure_of(f->conn)->subject);
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shows(f, &alice);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shows(f, &stranger);
    expect_refused(f, "a pipe: certificate verify failed: self-signed certificate");
}

static void a_certificate_that_is_needed(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    expect_refused(f, "a pipe: peer did not return a certificate");
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &stranger);
    expect_refused(f, "a pipe: certificate verify failed: self-signed certificate");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BOUNDED(name) cmocka_unit_test_setup_teardown(name, setup_bounded, teardown)

static int setup_files(void **state) {
    (void) state;
    signal(SIGPIPE, SIG_IGN); /* which OpenSSL's client raises */
    files_make(&files);
    authority = make_pair("authority", NULL);
    pair_t server = make_pair("server", &authority);
    alice = make_pair("alice", &authority);
    stranger = make_pair("stranger", NULL);
    files_pair(&files, "authority", &authority);
    files_pair(&files, "server", &server);
    files_pair(&files, "alice", &alice);
    free_pair(&server);
    return 0;
}

static int teardown_files(void **state) {
    (void) state;
    free_pair(&authority);
    free_pair(&alice);
    free_pair(&stranger);
    files_remove(&files);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(bytes_go_both_ways),
        CASE(what_is_said_before_the_handshake_comes_behind_it),
        CASE(what_a_turn_says_shares_a_record),
        CASE(large_messages_are_full_records),
        CASE(a_slow_reader_gets_everything_in_order),
        CASE(large_pieces_are_written_early),
        CASE(what_has_been_written_makes_room_for_the_next),
        CASE(large_messages_come_in),
        CASE(a_handshake_byte_by_byte),
        CASE(reading_pauses_and_resumes),
        CASE(reading_pauses_and_resumes_at_once),
        CASE(what_has_come_waits_while_nobody_reads),
        BOUNDED(too_much_buffered_fails_the_connection),
        BOUNDED(a_reader_that_keeps_up_may_get_more_than_the_bound),
        CASE(only_a_piece_waits_encrypted),
        CASE(a_peer_that_stops_reading_is_cut_off),
        CASE(a_peer_that_asks_for_answers_and_does_not_read),
        CASE(keys_may_be_updated),
        CASE(closing_after_write_says_so_in_tls_and_tcp),
        CASE(all_is_said_before_the_end),
        CASE(a_peer_that_is_done_may_still_answer_the_farewell),
        CASE(the_peers_close_notify_is_its_end),
        CASE(a_close_notify_waits_while_nobody_reads),
        CASE(a_fin_without_close_notify_is_the_same),
        CASE(a_peer_that_leaves_in_the_handshake),
        CASE(closing_in_the_handshake),
        CASE(closing_tells_at_once_and_only_once),
        CASE(closing_from_inside_data_is_fine),
        CASE(closing_while_libuv_writes_is_fine),
        CASE(a_vanished_peer_fails_the_write),
        CASE(plain_http),
        CASE(garbage),
        CASE(old_versions),
        CASE(a_record_that_has_been_changed),
        CASE(nobody_renegotiates),
        CASE(of_the_application_protocols_http_1_1),
        CASE(no_application_protocol_that_we_know),
        CASE(a_name_chooses_the_certificate),
        CASE(a_name_chooses_once),
        CASE(a_name_chooses_the_rest_too),
        CASE(sessions_are_resumed),
        CASE(sessions_of_tls_1_2_are_resumed),
        CASE(a_reload_ends_the_sessions_before_it),
        CASE(a_session_is_of_its_context),
        CASE(a_client_has_a_name),
        CASE(a_client_with_a_name_in_utf_8),
        CASE(a_certificate_that_is_asked_for),
        CASE(a_certificate_that_is_needed),
    };
    return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
