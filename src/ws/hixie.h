/*
 * WebSocket connections as they were before frames had headers: the drafts hixie-75 and hixie-76
 * (draft-hixie-thewebsocketprotocol, server side). A text stands between the bytes 00 and ff,
 * "ff 00" is the closing frame, and nothing else means anything: it is dropped, within the bounds
 * of a message, as the drafts want it. As with sio__ws_t a connection is part of its sio__conn_t,
 * whose protocol_data is the user's, and what an idle one lacks is beside it.
 */
#ifndef SIO__WS_HIXIE_H
#define SIO__WS_HIXIE_H

#include "base/scratch.h"
#include "net/http.h"

typedef struct sio__hixie_s sio__hixie_t;

/* What uses the connection; any of the calls may close it. */
typedef struct {
    /* All of the handshake has come: from now on the client may be sent to. Not called where it is
     * open from the start. */
    void (*opened)(sio__hixie_t *hixie);
    /* A text; it is the loop's, may be changed in place, and is gone after the call. It is valid
     * UTF-8: as the drafts want it, what was not has become U+FFFD. */
    void (*message)(sio__hixie_t *hixie, char *text, size_t length);
    void (*drained)(sio__hixie_t *hixie);
    /* The end, the last call: `error` is 0 when the client has closed in due form. */
    void (*closed)(sio__hixie_t *hixie, int error);
} sio__hixie_user_t;

enum { SIO__HIXIE_75 = 75, SIO__HIXIE_76 = 76 };

/* --- the handshake -------------------------------------------------------------------------- */

/* Of which draft an upgrade is; 0: of neither, look at it with sio__ws_check. */
int sio__hixie_draft(const sio_http_request_t *request);
/* As sio__ws_check, for such an upgrade; refuse it with sio__response_refuse_upgrade. */
const char *sio__hixie_check(const sio_http_request_t *request, int draft, int *status);
/*
 * As sio__ws_accept. Draft 76 has the client send 8 bytes behind its header, of which a proxy may
 * know nothing: it passes them on once it has seen the 101, or never. So the 101 goes out at once;
 * what proves that we have seen the 8 bytes follows them, and until then it is not open. It is cut
 * off when that takes longer than the close_timeout_ms of the pool. (Some clients make a body of
 * them, with a Content-Length, for such proxies: then they are here already.)
 */
int sio__hixie_accept(sio__hixie_t **hixie, sio_http_request_t *request,
                      sio_http_response_t *response, int draft, uint32_t max_message,
                      const sio__hixie_user_t *user, void *user_data);

/* --- the connection ------------------------------------------------------------------------- */

static inline sio__conn_t *sio__hixie_conn(const sio__hixie_t *hixie) {
    return (sio__conn_t *) ((uintptr_t) hixie - offsetof(sio__conn_t, room));
}
/* In its calls. */
static inline void *sio__hixie_user_data(const sio__hixie_t *hixie) {
    return sio__hixie_conn(hixie)->protocol_data;
}

/* The frame of a text, which must be valid UTF-8, in the scratch; NULL out of memory. Any number
 * of connections may be sent it. */
const unsigned char *sio__hixie_frame(sio__scratch_t *scratch, const void *text, size_t length,
                                      size_t *size);
/* Queues a frame of this turn's scratch: as sio__ws_send. */
int sio__hixie_send(sio__hixie_t *hixie, const unsigned char *frame, size_t size);
/* Ends it behind what is queued: draft 76 by the closing frames of both sides, where the client's
 * is awaited for the close_timeout_ms of the pool, draft 75 by the end of the connection. Twice is
 * fine. */
void sio__hixie_close(sio__hixie_t *hixie);
/* Leaves it without a user, closing. */
void sio__hixie_forget(sio__hixie_t *hixie);
/* Nonzero from `opened` until a close has begun on either side. */
int sio__hixie_is_open(const sio__hixie_t *hixie);
size_t sio__hixie_buffered(const sio__hixie_t *hixie);
/* Nonzero if nothing is queued or under way, and it is open. */
int sio__hixie_writable(const sio__hixie_t *hixie);

/* --- between the files ---------------------------------------------------------------------- */

enum { SIO__HIXIE_BODY = 8 };

extern const sio__protocol_t sio__hixie_protocol;
/* What a connection of draft 76 is given: the two numbers of the client's keys, and the 8 bytes, if
 * they have come (else NULL). NULL out of memory. */
struct sio__hixie_more_s *sio__hixie_prepare(const unsigned char numbers[8], const void *body);
/* The connection's room becomes one of the draft; `more` (NULL: draft 75) is its own now. */
sio__hixie_t *sio__hixie_begin(sio__conn_t *conn, struct sio__hixie_more_s *more,
                               uint32_t max_message, const sio__hixie_user_t *user);
/* The digits of a key as a number, divided by the number of its spaces: nonzero if it is one. */
int sio__hixie_key(const char *key, uint32_t *number);

#endif
