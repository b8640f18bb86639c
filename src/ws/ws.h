/*
 * A WebSocket connection (RFC 6455, server side). A complete, unfragmented frame is unmasked in
 * place in the loop's read buffer, and delivered or, a control frame, answered there. Fragments
 * go to a wslay context lent from a pool while their message lasts. It is part of its connection,
 * whose protocol_data is the user's.
 */
#ifndef SIO__WS_WS_H
#define SIO__WS_WS_H

#include "net/http.h"
#include "ws/frame.h"

typedef struct sio__ws_s sio__ws_t;
typedef struct sio__ws_pool_s sio__ws_pool_t;

/* What uses the connection; `user` data by sio__ws_user_data. Any of the calls may close the
 * connection. */
typedef struct {
    /* A whole message; the bytes are the loop's, may be changed in place, and are gone after
     * the call. Text has been checked. */
    void (*message)(sio__ws_t *ws, char *data, size_t length, int binary);
    void (*pong)(sio__ws_t *ws, const void *payload, size_t length); /* may be NULL */
    void (*drained)(sio__ws_t *ws);                                  /* may be NULL */
    /* The end, the last call: the close code of the peer, or ours if we began; 1005 without
     * one, 1006 without a close frame. `error` is nonzero when the connection broke or the
     * peer violated the protocol. From the loop. */
    void (*closed)(sio__ws_t *ws, int code, const char *reason, size_t length, int error);
} sio__ws_user_t;

/* wslay contexts and close time-outs of one loop, which has one pool. */
int sio__ws_pool_new(sio__ws_pool_t **pool, sio__loop_t *loop, uint32_t close_timeout_ms);
void sio__ws_pool_free(sio__ws_pool_t *pool);

/* What connections of one kind have in common. */
typedef struct {
    uint32_t max_message;
    const sio_deflate_options_t *deflate;
} sio__ws_config_t;

/* The drafts that a handshake may name, besides the RFC's own version 13: 8, as in Node [E36], and
 * where it is asked for 7, which is the same on the wire (hybi-07) [L3]. */
enum { SIO__WS_VERSION_8 = 8, SIO__WS_VERSION_7 = 7 };

/* Checks an upgrade request [E36]: NULL if it is a WebSocket handshake of version 13 or of a draft
 * from `oldest` on, else what to refuse it with; *status 400 or 405. */
const char *sio__ws_check(const sio_http_request_t *request, const sio_deflate_options_t *deflate,
                          int oldest, int *status);
/* Refuses the upgrade with what sio__ws_check has said, as sio__response_refuse_upgrade. */
int sio__ws_refuse(sio_http_response_t *response, int status, const char *why, int oldest);
/* Answers 101 (headers added before are sent along) and takes the connection. The request
 * must have passed sio__ws_check. Request and response are gone afterwards. */
int sio__ws_accept(sio__ws_t **ws, sio_http_request_t *request, sio_http_response_t *response,
                   const sio__ws_config_t *config, const sio__ws_user_t *user, void *user_data);
static inline sio__conn_t *sio__ws_conn(const sio__ws_t *ws) {
    return (sio__conn_t *) ((uintptr_t) ws - offsetof(sio__conn_t, room));
}
/* In its calls. */
static inline void *sio__ws_user_data(const sio__ws_t *ws) {
    return sio__ws_conn(ws)->protocol_data;
}
/* From one of its calls. */
void sio__ws_set_user(sio__ws_t *ws, const sio__ws_user_t *user, void *user_data);

/* Queues frames of this turn's scratch: 0, SIO_ENOMEM, SIO_ECLOSED (closing), SIO_ETOOBIG
 * (buffered too much; the connection fails). */
int sio__ws_send(sio__ws_t *ws, const sio__frame_t *frame);
/* Nonzero if compression was agreed on. */
int sio__ws_deflates(const sio__ws_t *ws);
/* As sio__ws_send for a whole message, which then goes compressed. *deflated, NULL at first, is
 * what connections share of it; `deflated` may be NULL. */
int sio__ws_send_message(sio__ws_t *ws, const sio__frame_t *frame,
                         const sio__deflated_t **deflated);
/* Starts the closing handshake with a code (0: an empty close frame) behind what is queued;
 * incoming messages are dropped from now on. After close_timeout_ms it is cut off. `closed`
 * follows from the loop. Twice is fine. */
void sio__ws_close(sio__ws_t *ws, int code, const char *reason, size_t length);
/* Cuts it off; `closed` is called before it returns. */
void sio__ws_abort(sio__ws_t *ws);
/* Leaves it without a user: nothing more is called; the closing handshake (started by this
 * if need be) goes on by itself. */
void sio__ws_forget(sio__ws_t *ws);
/* Nonzero until a close has begun on either side. */
int sio__ws_is_open(const sio__ws_t *ws);
size_t sio__ws_buffered(const sio__ws_t *ws);
/* Bytes of a message that is under way: another number than before means that something has come. */
uint64_t sio__ws_under_way(const sio__ws_t *ws);
/* Nonzero if nothing is queued or under way, and it is open. */
int sio__ws_writable(const sio__ws_t *ws);

#endif
