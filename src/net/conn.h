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

struct sio__conn_s {
    sio__loop_t *loop;
    const sio__protocol_t *protocol;
    void *protocol_data;
    sio__outq_t out;
    sio__conn_t *prev, *next;  /* in the loop's list of all connections */
    sio__conn_t *dirty_next;   /* in the loop's list of those to flush */
    uint8_t dirty;
    uint32_t max_buffered;
    uint8_t writing;       /* a uv_write is under way: the queue waits */
    uint8_t full;          /* the last write of this turn was a short one */
    uint8_t reading;
    uint8_t closing;       /* sio__conn_close was called */
    uint8_t close_after;   /* closes when the queue is empty */
    uint8_t ended;         /* the peer's FIN has come */
    uint8_t peer_done;     /* the peer has nothing more to say, see sio__conn_peer_done */
    uint8_t is_pipe;
    uint8_t wants_drained; /* something was queued since `drained` was told */
    uint8_t failed;        /* a write failed: closes at the end of the turn with `error` */
    uint8_t lingering;     /* FIN sent, waiting for the peer's; `linger` is set */
    int error;
    uv_stream_t *stream;
    struct sio__linger_s *linger;
};

/* How long a connection that we have ended may still wait for the peer's FIN. Closing a socket
 * with unread input sends RST, which can destroy what the peer has not read yet. */
enum { SIO__LINGER_MS = 2000 };

/* How long a peer may take nothing at all of what waits for it, before the connection fails. */
enum { SIO__STALL_MS = 60000 };

/* Takes over an accepted, connected stream of this loop allocated with malloc; starts reading.
 * On failure the stream stays the caller's. */
int sio__conn_open(sio__conn_t **conn, sio__loop_t *loop, uv_stream_t *stream,
                   const sio__protocol_t *protocol, void *protocol_data, uint32_t max_buffered);
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
/* Bytes queued and not taken by the network. */
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
/* Closes now, dropping what is queued; `closed` is called before it returns (protocols must be
 * ready for that). The memory goes with libuv's close callback, later. Twice is fine. */
void sio__conn_close(sio__conn_t *conn, int error);

/* The loop's: writes what is queued; the peer's FIN has not come in time; it has taken nothing
 * for too long. */
void sio__conn_flush(sio__conn_t *conn);
void sio__conn_linger_expired(sio__timeout_t *timeout);
void sio__conn_stall_expired(sio__timeout_t *timeout);
/* The peer's address without port as text, asked of the system ("" on a pipe). */
void sio__conn_peer(const sio__conn_t *conn, char text[SIO__ADDRESS_SIZE]);

#endif
