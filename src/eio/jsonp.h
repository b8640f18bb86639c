/*
 * JSONP: polling for browsers that cannot ask another origin but by a script [V7]. An answer is a
 * call of `___eio[j]` with the payload as its string; what the client sends comes as the field `d`
 * of a form. Every revision of the protocol can do it.
 */
#ifndef SIO__EIO_JSONP_H
#define SIO__EIO_JSONP_H

#include "base/outq.h"
#include "net/http.h"

/* The parameter that asks for it; NULL: plain polling. */
const char *eio__jsonp_of(const sio_http_request_t *request);
/* Puts one extent in the place of a payload: `head` "(" the string ")" and ";". 0, or SIO_ENOMEM
 * with the queue unchanged. */
int eio__jsonp_wrap(sio__scratch_t *scratch, const char *head, sio__outq_t *payload, int separator);
/* The same with the engine's head, of which the digits in `index` are part. */
int eio__jsonp_answer(sio__scratch_t *scratch, const char *index, sio__outq_t *payload,
                      int separator);
/* The value of a form's field `d`, decoded in place; NULL if there is none. */
char *eio__jsonp_field(char *form, size_t length, size_t *value_length);
/* As eio__jsonp_field, with the line ends that the engine's client escapes. */
char *eio__jsonp_body(char *form, size_t length, size_t *value_length);

#endif
