/* Requests that wait for the application's word: what middleware.c and allow.c have in common. */
#ifndef SIO__EIO_WAIT_H
#define SIO__EIO_WAIT_H

#include "eio/engine.h"

/* `ended` is called when the response was ended by somebody else (the application): nobody will
 * answer `wait` any more. A peer that goes away only leaves wait->call.response NULL, since the
 * application still holds the object. */
void eio__wait_begin(eio__wait_t *wait, eio_server_t *server, sio_http_request_t *request,
                     sio_http_response_t *response, int upgrade, int complete,
                     void (*ended)(eio__wait_t *wait));
/* Takes it off request and engine. */
void eio__wait_end(eio__wait_t *wait);
/* The engine goes: late answers will find nobody. */
void eio__wait_orphan_all(eio_server_t *server);
/* The body is larger than allowed. */
void eio__wait_too_big(eio__wait_t *wait);

#endif
