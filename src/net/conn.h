/*
 * A connection: a byte stream (TCP or pipe) whose bytes go to a protocol (HTTP at first,
 * WebSocket after an upgrade) and whose output is an extent queue, written once at the end of
 * the loop turn.
 */
#ifndef SIO__NET_CONN_H
#define SIO__NET_CONN_H

#include "base/outq.h"
#include "net/address.h"
#include "net/loop.h"
#include <sio/tls.h>

/* What a protocol does with a connection. `conn->protocol_data` is its own. */
typedef struct {
    /* Bytes have arrived, in the loop's buffer: they may be changed in place and are gone
     * after the call. */
    void (*data)(sio__conn_t *conn, char *data, size_t length);
    /* The peer has sent FIN: nothing more will arrive; writing may still work. May be followed
     * by `closed`. */
    void (*end)(sio__conn_t *conn);
    /* Everything queued has been taken by the network (called once each time the queue runs
     * empty, from the loop). NULL: not told. */
    void (*drained)(sio__conn_t *conn);
    /* The connection has failed or was closed by sio__conn_close: the last call; `error` is 0
     * or libuv's code. Never called from inside sio__conn_send and the like, always from the
     * loop or from sio__conn_close itself. */
    void (*closed)(sio__conn_t *conn, int error);
} sio__protocol_t;

/* What only a connection has that has something to write, or is about to end: lent by the loop.
 * An idle connection must be small. */
typedef struct sio__output_s {
    sio__outq_t queue;
    sio__conn_t *conn;
    struct sio__output_s *next;   /* in the loop's list of those to flush, or among its spares */
    struct sio__linger_s *linger; /* of a lingering connection */
} sio__output_t;

/* Room in a connection for the protocol that takes it over from HTTP; zeros at first. */
enum { SIO__CONN_ROOM = 2 * sizeof(void *) + 8 };

struct sio__conn_s {
    sio__loop_t *loop;
    const sio__protocol_t *protocol;
    void *protocol_data;
    sio__output_t *output;     /* NULL: nothing is queued */
    sio__conn_t *prev, *next;  /* in the loop's list of all connections */
    union {
        void *align;
        unsigned char bytes[SIO__CONN_ROOM];
    } room;
    uint32_t address; /* its place in the loop's `addresses`; 0: not counted there */
    int16_t error;
    uint8_t ours : 1;          /* the stream is part of this block */
    uint8_t dirty : 1;         /* `output` is in the list of those to flush */
    uint8_t writing : 1;       /* a uv_write is under way: the queue waits */
    uint8_t full : 1;          /* the last write of this turn was a short one */
    uint8_t reading : 1;
    uint8_t closing : 1;       /* sio__conn_close was called */
    uint8_t is_secure : 1;     /* TLS is between the queue and the network, see net/secure.h */
    uint8_t close_after : 1;   /* closes when the queue is empty */
    uint8_t ended : 1;         /* the peer's FIN has come */
    uint8_t peer_done : 1;     /* the peer has nothing more to say, see sio__conn_peer_done */
    uint8_t is_pipe : 1;
    uint8_t wants_drained : 1; /* something was queued since `drained` was told */
    uint8_t failed : 1;        /* a write failed: closes at the end of the turn with `error` */
    uint8_t lingering : 1;     /* FIN sent, waiting for the peer's */
    union {
        uv_stream_t *theirs;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u; /* the block ends with the member that is in use, and a pointer for TLS if that is */
};

_Static_assert(sizeof(void *) != 8 || offsetof(sio__conn_t, u) <= 80, "a connection has grown");

static inline uv_stream_t *sio__conn_stream(const sio__conn_t *conn) {
    return conn->ours ? (uv_stream_t *) (uintptr_t) &conn->u.stream : conn->u.theirs;
}

/* Memory for a stream, uninitialised, that can become a connection (with TLS) without more; NULL
 * out of memory. Its `data` is not to be touched until then. */
uv_stream_t *sio__stream_new(int is_pipe, int is_secure);
void sio__stream_free(uv_stream_t *stream);

/* Takes over an accepted, connected stream of this loop, made by sio__stream_new or allocated
 * with malloc, its `data` NULL; starts reading. With `tls` (may be NULL) that is spoken on it.
 * On failure the stream stays the caller's. */
int sio__conn_open(sio__conn_t **conn, sio__loop_t *loop, uv_stream_t *stream,
                   const sio__protocol_t *protocol, void *protocol_data, sio_tls_t *tls);
/* Hands the connection over to another protocol, e.g. after an upgrade. */
void sio__conn_set_protocol(sio__conn_t *conn, const sio__protocol_t *protocol, void *data);

/* Queues bytes of the scratch (valid to the end of this turn), to be written at the end of the
 * turn: 0, SIO_ENOMEM, SIO_ECLOSED, or SIO_ETOOBIG: beyond max_buffered the connection is
 * failed (it closes at the end of the turn). */
int sio__conn_send(sio__conn_t *conn, const unsigned char *data, size_t length);
/* Moves a whole queue behind the connection's own; `from` is empty afterwards, also on failure. */
int sio__conn_send_queue(sio__conn_t *conn, sio__outq_t *from);
/* Queues a copy. */
int sio__conn_send_copy(sio__conn_t *conn, const void *data, size_t length);
/* Bytes queued, or encrypted, and not taken by the network. */
size_t sio__conn_buffered(const sio__conn_t *conn);

/* Stops and starts reading: back-pressure. Reading stopped, a peer that vanishes is noticed
 * only by a failing write. */
void sio__conn_pause(sio__conn_t *conn);
void sio__conn_resume(sio__conn_t *conn);

/* Closes once everything queued has been written (and the FIN sent). Reading goes on; nothing
 * more may be queued. */
void sio__conn_close_after_write(sio__conn_t *conn);
/* By its protocol the peer sends nothing more: with the last byte written the connection closes,
 * without a FIN first and a wait for the peer's (4 system calls of 22 in the life of a
 * WebSocket). */
void sio__conn_peer_done(sio__conn_t *conn);
/* Fails it from wherever: it closes at the end of the turn. */
void sio__conn_fail(sio__conn_t *conn, int error);
/* Closes now, dropping what is queued; `closed` is called before it returns (protocols must be
 * ready for that). The memory goes with libuv's close callback, later. Twice is fine. */
void sio__conn_close(sio__conn_t *conn, int error);

/* The loop's: writes what is queued, which is no longer in its list. */
void sio__conn_flush(sio__conn_t *conn);
/* For what stands between a connection and the network: there is something to write at the end of
 * the turn; writes now what the network takes. */
void sio__conn_wake(sio__conn_t *conn);
void sio__conn_write(sio__conn_t *conn);
/* The peer's address without port as text, asked of the system ("" on a pipe). */
void sio__conn_peer(const sio__conn_t *conn, char text[SIO__ADDRESS_SIZE]);

#endif
