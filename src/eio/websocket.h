/* WebSocket: the transport of a session whose packets are frames [E65, E66]. */
#ifndef SIO__EIO_WEBSOCKET_H
#define SIO__EIO_WEBSOCKET_H

#include "eio/engine.h"

/* As sio__ws_check, sio__ws_refuse and sio__ws_accept, in the terms of the engine's options. */
const char *eio__websocket_check(const eio_server_t *server, const sio_http_request_t *request,
                                 int *status);
void eio__websocket_refuse(sio_http_response_t *response, int status, const char *why);
int eio__websocket_accept(sio__ws_t **ws, const eio_server_t *server, sio_http_request_t *request,
                          sio_http_response_t *response, const sio__ws_user_t *user, void *data);

/*
 * While the application is told of a session that begins on a WebSocket, its request must live,
 * and so the 101 is not written yet: what is sent meanwhile is collected here.
 */
typedef struct {
    sio__outq_t frames;
} eio__opening_t;

void eio__websocket_prepare(eio_socket_t *socket, eio__opening_t *opening);
/* Answers the handshake of a session, which may have ended meanwhile, then sends the open
 * packet (`open`, of this turn's scratch) and what was collected. Request and response are
 * gone, also after a failure. */
int eio__websocket_open(eio_server_t *server, eio_socket_t *socket, eio__opening_t *opening,
                        sio_http_request_t *request, sio_http_response_t *response,
                        sio__outq_t *open);
/* The steps of it, for held.h: frames of messages for this client are put into a queue, as a
 * transport's `send` does it; the frame of another packet; frames that were laid out before; a
 * message that has come; the WebSocket becomes the transport. */
int eio__websocket_collect(eio_socket_t *socket, sio__outq_t *frames, eio__message_t *messages,
                           size_t count);
int eio__websocket_packet_frame(eio_socket_t *socket, eio__packet_type_t type, const void *data,
                                size_t length, sio__frame_t *frame);
int eio__websocket_send_frames(sio__ws_t *ws, const sio__outq_t *frames);
void eio__websocket_receive(eio_socket_t *socket, char *data, size_t length, int binary);
void eio__websocket_use(eio_socket_t *socket, sio__ws_t *ws);
/* Why a session ends with its WebSocket. Node tells a broken connection from an orderly end only
 * where the peer broke the rules. */
sio_reason_t eio__websocket_reason(int error);
/* Moves a session to a WebSocket that is open, with what waited for a poll (packet, separator,
 * packet…). */
void eio__websocket_adopt(eio_socket_t *socket, sio__ws_t *ws, sio__outq_t *queue);
/* Answers an upgrade with 101 and closes it without a status [E77]. */
void eio__websocket_reject(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response);

#endif
