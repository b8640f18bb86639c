/* The inside of a connection, shared by ws.c (its life) and receive.c (its bytes), and of the
 * pool. */
#ifndef SIO__WS_STATE_H
#define SIO__WS_STATE_H

#include "ws/deflate.h"
#include "ws/header.h"
#include "ws/odd.h"
#include "ws/ws.h"

/* A frame that has not arrived whole, not a fragment. */
typedef struct {
    sio__ws_header_t header; /* complete when head_length is 0 */
    unsigned char head[SIO__WS_HEADER_MAX];
    uint8_t head_length;
    sio__buf_t payload; /* unmasked */
    size_t checked;     /* of a text: known to be good */
} sio__ws_partial_t;

typedef enum {
    SIO__WS_OPEN,
    SIO__WS_CLOSING, /* our close frame is on its way, the peer's is awaited */
    SIO__WS_DONE     /* nothing is read any more; the connection goes when all has been written */
} sio__ws_state_t;

/* Cuts a connection off that takes longer than the pool's close_timeout_ms; zeros: not armed. */
typedef struct {
    sio__timeout_t timeout;
    sio__conn_t *conn;
} sio__ws_deadline_t;

/* From the first close frame on. */
typedef struct {
    sio__ws_deadline_t deadline;
    uint64_t skip; /* bytes of a data frame to be dropped */
    int code;      /* what we sent */
} sio__ws_closing_t;

struct sio__ws_pool_s {
    sio__loop_t *loop;
    sio__timeouts_t timeouts;
    sio__odd_pool_t odd;
    size_t users; /* connections */
    int freed;    /* goes with the last connection */
};

/* What an idle connection lacks. */
typedef struct {
    sio__ws_partial_t *partial;
    sio__odd_t *odd; /* a fragmented message is under way */
    sio__ws_closing_t *closing;
    sio__ws_deflate_t *deflate; /* messages may be compressed; NULL too once closing */
} sio__ws_more_t;

/* In the room of its connection. */
struct sio__ws_s {
    const sio__ws_user_t *user; /* NULL: forgotten, or told that it is closed */
    sio__ws_more_t *more;       /* NULL: nothing of it */
    uint32_t max_message;
    uint8_t state;
    uint8_t deflates; /* compression was agreed on */
    uint8_t busy; /* inside sio__ws_receive: leaves the pool at its end */
    uint8_t dead; /* the connection has gone */
};

_Static_assert(sizeof(sio__ws_t) <= SIO__CONN_ROOM, "a WebSocket has no room in its connection");

static inline sio__ws_t *sio__ws_of(sio__conn_t *conn) {
    return (sio__ws_t *) (void *) &conn->room;
}
static inline sio__ws_pool_t *sio__ws_pool(const sio__ws_t *ws) {
    return sio__ws_conn(ws)->loop->ws_pool;
}
static inline sio__odd_t *sio__ws_odd(const sio__ws_t *ws) {
    return ws->more != NULL ? ws->more->odd : NULL;
}
static inline sio__ws_closing_t *sio__ws_closing(const sio__ws_t *ws) {
    return ws->more != NULL ? ws->more->closing : NULL;
}

/* --- receive.c --- */

/* Takes what has arrived; `ws` may be gone afterwards. */
void sio__ws_receive(sio__ws_t *ws, char *data, size_t length);
/* The closing handshake begins: drops messages that have not come to their end. */
void sio__ws_drop_incoming(sio__ws_t *ws);
void sio__ws_free_incoming(sio__ws_t *ws);

/* --- ws.c --- */

/* Makes sure of ws->more: 0 or SIO_ENOMEM. */
int sio__ws_need_more(sio__ws_t *ws);
/* Frees what has become empty of it. */
void sio__ws_tidy(sio__ws_t *ws);
/* What is given a connection after the handshake, with the user's data; the connection's room
 * becomes the WebSocket. */
extern const sio__protocol_t sio__ws_protocol;
sio__ws_t *sio__ws_begin(sio__conn_t *conn, uint32_t max_message, const sio__ws_user_t *user);

/* Fails the connection (RFC 6455 7.1.7). */
void sio__ws_fail(sio__ws_t *ws, int code, int error);
/* The peer's close frame; its payload has been checked. */
void sio__ws_peer_closed(sio__ws_t *ws, const char *payload, size_t length);

/* --- ws.c, the pool, which connections of the older drafts share --- */

void sio__ws_pool_enter(sio__ws_pool_t *pool);
/* The connection has gone. */
void sio__ws_pool_leave(sio__ws_pool_t *pool);
/* 0, or SIO_ENOMEM if nobody keeps time any more. */
int sio__ws_deadline_arm(sio__ws_deadline_t *deadline, sio__conn_t *conn);
/* Not armed: fine. */
void sio__ws_deadline_disarm(sio__ws_deadline_t *deadline);

#endif
