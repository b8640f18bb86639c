/*
 * TLS on a connection, between its queue and the network: what is read is decrypted into a
 * buffer of the loop and goes on to the protocol, what is queued becomes records when the
 * connection is flushed, so that what a turn says shares them.
 *
 * Only as much is encrypted as the network seems to take. The rest waits as it was queued,
 * shared with the other readers of a broadcast, and counts for max_buffered; beyond that there
 * are the records of one piece, less than SIO__WIRE_MAX.
 *
 * OpenSSL is kept out of here, so that a build without it differs in tls_none.c alone.
 */
#ifndef SIO__NET_SECURE_H
#define SIO__NET_SECURE_H

#include "base/buf.h"
#include "net/conn.h"

enum {
    SIO__WIRE_PIECE = 48 * 1024, /* encrypted bytes: no more are made before they are written */
    SIO__WIRE_MAX = 128 * 1024   /* with answers of TLS itself, which a peer may provoke */
};

typedef struct sio__secure_s {
    struct ssl_st *ssl;
    sio_tls_t *tls;
    sio__conn_t *conn;
    sio__outq_t wire; /* encrypted */
    const char *in;   /* from the network, not seen by OpenSSL yet */
    size_t in_length;
    sio__buf_t held; /* the same, while the protocol does not read */
    sio__deferred_t deferred;
    char *subject;           /* of the client's certificate; NULL: it has none */
    uint8_t established : 1; /* the handshake is done */
    uint8_t broken : 1;      /* TLS has failed: nothing is encrypted or decrypted any more */
    uint8_t peer_closed : 1; /* the peer's close_notify has come */
    uint8_t farewell : 1;    /* ours has been said */
    uint8_t no_memory : 1;
    uint8_t flooded : 1; /* by a peer that has TLS itself answer, and does not read */
} sio__secure_t;

/* Of a connection with TLS, `is_secure`. */
static inline sio__secure_t **sio__secure_place(const sio__conn_t *conn) {
    size_t used = !conn->ours    ? sizeof(conn->u.theirs)
                  : conn->is_pipe ? sizeof(conn->u.pipe)
                                  : sizeof(conn->u.tcp);
    char *behind = (char *) (uintptr_t) conn + offsetof(sio__conn_t, u) + used;
    return (sio__secure_t **) (void *) behind;
}

static inline sio__secure_t *sio__secure_of(const sio__conn_t *conn) {
    return *sio__secure_place(conn);
}

static inline sio__outq_t *sio__secure_wire(const sio__conn_t *conn) {
    return &sio__secure_of(conn)->wire;
}

/* Before the connection reads: 0 or SIO_ENOMEM. */
int sio__secure_open(sio__conn_t *conn, sio_tls_t *tls);
/* When it has closed; of one without TLS nothing. */
void sio__secure_close(sio__conn_t *conn);

/* Bytes of the network. */
void sio__secure_receive(sio__conn_t *conn, const char *data, size_t length);
/* The protocol reads again. Nonzero if it is first to get what has come already: from the loop,
 * which then goes on to read from the network. */
int sio__secure_resume(sio__conn_t *conn);
/* Makes records of the first part of the queue (a close_notify behind its last) and appends them to
 * the wire, unless there is a piece of it already. 0 or a code: TLS has failed. */
int sio__secure_encrypt(sio__conn_t *conn);

/* What was agreed on: "TLSv1.2" or "TLSv1.3". */
const char *sio__secure_version(const sio__conn_t *conn);

void sio__secure_loop_free(struct sio__secure_loop_s *shared);

#endif
