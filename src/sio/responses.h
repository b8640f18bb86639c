/*
 * The answers to an emit with ack to many [S14], or to other servers [S18]: collected until all
 * that are expected have come or the time is up. /
 */
#ifndef SIO__SIO_RESPONSES_H
#define SIO__SIO_RESPONSES_H

#include "sio/socket.h"
#include <sio/broadcast.h>

/* Waits for `servers` to say how many they ask, and for the answers; `timeout_ms` 0: as Node
 * has it, for 1. `id` is that of the ack, -1 for none. The application is told in a later turn.
 * NULL out of memory. */
sio_responses_t *sio__responses_new(sio_namespace_t *nsp, int64_t id, uint32_t timeout_ms,
                                    size_t servers, sio_responses_cb cb, void *data);
/* Answers that go on to the server which has asked; NULL out of memory. */
sio_responses_t *sio__responses_relay(sio_namespace_t *nsp, int64_t id, uint32_t timeout_ms,
                                      const sio_answers_t *answers);
/* Abandons them: nobody is told, if nobody was yet. */
void sio__responses_cancel(sio_responses_t *responses);
/* So many answers are expected, beside those of clients. */
void sio__responses_answers(sio_responses_t *responses, size_t count);
/* A socket here is about to be asked. 0 or SIO_ENOMEM. */
int sio__responses_expect(sio_responses_t *responses, sio_socket_t *socket);
/* No answer comes any more, of one namespace or (NULL) all: SIO_ECLOSED. */
void sio__responses_end_all(sio__core_t *core, const sio_namespace_t *nsp);

#endif
