/*
 * Clients of Socket.IO 0.9 (protocol 1) as sessions of the engine [L1-L13]. A handshake by HTTP
 * makes the session; a transport follows, and may be followed by another: what the session is
 * sent in between waits. What a client says is a packet of Socket.IO's own already ("5:::…"), so
 * that the user of the engine, who knows the dialect of a session, gets and gives whole packets;
 * only the heartbeats are the engine's.
 *
 * The files: request (routes, the handshake), session (life, time-outs, what is common to the
 * transports), polling (xhr and jsonp), htmlfile, post (what those three are told), websocket,
 * draft (the WebSocket drafts of before), framing.
 */
#ifndef SIO__EIO_V09_V09_H
#define SIO__EIO_V09_V09_H

#include "eio/engine.h"
#include "ws/hixie.h"

typedef enum {
    EIO__V09_NONE, /* none: it is between two of them */
    EIO__V09_XHR,
    EIO__V09_JSONP,
    EIO__V09_HTMLFILE,
    EIO__V09_WEBSOCKET,
    EIO__V09_DRAFT /* a WebSocket of the drafts 75 and 76; none yet while it opens */
} eio__v09_kind_t;

/* What carries a session. */
typedef struct {
    eio__v09_kind_t kind;
    sio__outq_t queue; /* messages with their lengths, each an extent of its own */
    eio__call_t call;  /* the GET that waits, or streams: XHR, JSONP, HTMLFILE */
    union {
        sio__ws_t *ws;       /* WEBSOCKET */
        sio__hixie_t *hixie; /* DRAFT */
    } u;
} eio__v09_t;

/* What all of them have in common. */
typedef struct eio__v09_server_s {
    sio__timeouts_t handshakes; /* until the first transport comes */
    sio__timeouts_t pings;      /* until the next heartbeat */
    sio__timeouts_t pongs;      /* until its answer */
    sio__timeouts_t polls;      /* until a poll is answered with nothing */
    sio__timeouts_t absences;   /* until a session without a transport ends */
} eio__v09_server_t;

static inline eio__v09_t *eio__v09_of(const eio_socket_t *socket) {
    return socket->carrier;
}

/* --- the engine's --------------------------------------------------------------------------- */

/* With options.allow_v09; 0 or SIO_ENOMEM. */
int eio__v09_init(eio_server_t *server);
void eio__v09_free(eio_server_t *server);
/* Nonzero if the request is one of a 0.9 client. */
int eio__v09_is(const eio_server_t *server, const sio_http_request_t *request);
/* Such a request; `complete`: its body has come, too. */
void eio__v09_request(eio_server_t *server, sio_http_request_t *request,
                      sio_http_response_t *response, int upgrade, int complete);
/* The application has allowed the handshake, or not. */
void eio__v09_handshake(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response);
void eio__v09_unauthorized(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response);
/* The body of a POST is complete, or larger than allowed. */
void eio__v09_body(eio__call_t *call);
void eio__v09_too_big(eio__call_t *call);
/* The list of a time-out of the session's, for EIO__ARMED_V09_… */
sio__timeouts_t *eio__v09_list(const eio_socket_t *socket);

/* --- among these files ---------------------------------------------------------------------- */

/* A new session, which waits for its first transport. NULL out of memory. */
eio_socket_t *eio__v09_open(eio_server_t *server, const char *id, const sio__head_t *head);
/* A new transport is about to come: the one before ends, and the user is told of the session if
 * this is its first. Nonzero if the session has ended. */
int eio__v09_replace(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request);
/* The same where the answer begins at once: with its headers first, since whoever adds to them may
 * end the session. */
int eio__v09_replace_answering(eio_socket_t *socket, eio__v09_kind_t kind,
                               sio_http_request_t *request, sio_http_response_t *response,
                               int upgrade);
/* It answers this request, by and by or once; `gone` is called with the session's call. */
void eio__v09_answer_by(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request,
                        sio_http_response_t *response, sio__gone_cb gone);
/* It has come. */
void eio__v09_begin(eio_socket_t *socket);
/* It has gone. */
void eio__v09_absent(eio_socket_t *socket);
/* A message has come. */
void eio__v09_receive(eio_socket_t *socket, char *text, size_t length);
/* Hands what waits to `send`, message by message until it fails; nothing waits afterwards. Returns
 * its code. */
int eio__v09_empty(eio_socket_t *socket,
                   int (*send)(eio_socket_t *socket, const void *message, size_t length));
/* The client has said goodbye by a request of its own. */
void eio__v09_boot(eio_socket_t *socket);
/* Cross-origin headers as 0.9 gives them, to origins that the application allows: its clients send
 * credentials always. */
void eio__v09_origin(const eio_server_t *server, const sio_http_request_t *request,
                     sio_http_response_t *response);

void eio__v09_poll(eio_socket_t *socket, eio__v09_kind_t kind, sio_http_request_t *request,
                   sio_http_response_t *response);
/* A request that no session is there for gets one message. */
void eio__v09_answer_one(eio_server_t *server, eio__v09_kind_t kind, sio_http_request_t *request,
                         sio_http_response_t *response, const char *message);
void eio__v09_post(eio_socket_t *socket, eio__v09_kind_t kind, eio_server_t *server,
                   sio_http_request_t *request, sio_http_response_t *response, int complete);
/* Answers the poll with the queue. */
void eio__v09_answer(eio_socket_t *socket);
void eio__v09_htmlfile(eio_socket_t *socket, sio_http_request_t *request,
                       sio_http_response_t *response);
/* As eio__v09_answer_one, by a page that ends with the message. */
void eio__v09_page_of_one(eio_server_t *server, sio_http_request_t *request,
                          sio_http_response_t *response, const char *message);
/* Writes the queue. */
void eio__v09_write(eio_socket_t *socket);
void eio__v09_websocket(eio_server_t *server, eio_socket_t *socket, sio_http_request_t *request,
                        sio_http_response_t *response);
/* The same for a handshake of `draft`. */
void eio__v09_draft(eio_server_t *server, eio_socket_t *socket, sio_http_request_t *request,
                    sio_http_response_t *response, int draft);
int eio__v09_draft_send(eio_socket_t *socket, eio__message_t *message);
int eio__v09_send(eio_socket_t *socket, eio__message_t *message);

#endif
