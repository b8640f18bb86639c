/*
 * A bare connection with TLS: what the peer has said, and nothing else, arrives at its protocol,
 * which reads, writes and closes as the script says.
 */
#ifndef TEST_FUZZ_TLS_STRAND_H
#define TEST_FUZZ_TLS_STRAND_H

#include "net/conn.h"
#include "tls_client.h"

typedef struct {
    sio__conn_t *conn; /* NULL: closed */
    tls_client_t *client; /* at its other end */
    size_t received, sent; /* bytes */
    int paused, ended;
    char due; /* a verb for when data comes, and its number */
    unsigned due_number, due_after; /* so often before, nothing is done */
} tls_strand_t;

/* A memory_peer_t whose server's end is the strand; NULL: it could not be opened. */
memory_peer_t *tls_strand_open(tls_strand_t *strand, tls_client_t *client, sio_server_t *server,
                               sio_tls_t *tls);
/* p, r: pauses, resumes; w: writes, an index of `lengths`; f, c, x: closes when that is out, at
 * once, fails; d: its peer is done. */
void tls_strand_do(tls_strand_t *strand, char verb, unsigned number);
void tls_strand_do_in_data(tls_strand_t *strand, char verb, unsigned number, unsigned after);

/* What the client has heard is what was sent. */
void tls_strand_check(const tls_strand_t *strand);
/* The same when nobody has anything left to say, and all was to arrive. */
void tls_strand_check_all(const tls_strand_t *strand);

#endif
