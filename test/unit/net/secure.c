/* TLS on a connection: records, pieces, bounds, and every way to end. */
#include "secure.h"

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
    };
    return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
