/* Acks that are waited for [P11]. */
#ifndef SIO__SIO_ACK_H
#define SIO__SIO_ACK_H

#include "sio/socket.h"

typedef struct sio__ack_s {
    sio__deadline_t deadline; /* first */
    sio_socket_t *socket;
    struct sio__ack_s *prev, *next;
    int64_t id;
    sio_ack_cb cb;
    void *data;
} sio__ack_t;

/* Nonzero if the socket owes as many as it may, which is counted and said. */
int sio__ack_is_full(const sio_socket_t *socket);
/* To wait for an answer, `timeout_ms` 0: however long. Not before it has begun; until then it is
 * only its maker's. NULL out of memory. */
sio__ack_t *sio__ack_new(sio_socket_t *socket, int64_t id, uint32_t timeout_ms, sio_ack_cb cb,
                         void *data);
void sio__ack_begin(sio__ack_t *ack);
/* Frees one that has not begun. */
void sio__ack_cancel(sio__ack_t *ack);
/* The one with this id is not waited for any more, nothing is called; nonzero if there was one. */
int sio__ack_forget(sio_socket_t *socket, int64_t id);
/* An answer has come; unknown ids are ignored. */
void sio__ack_answered(sio_socket_t *socket, const sio__packet_t *packet,
                       const sio__binary_t *binaries,
                       size_t count);
/* The socket has ended: all that are left get SIO_ECLOSED. */
void sio__ack_fail_all(sio_socket_t *socket);
void sio__ack_free_spares(sio__core_t *core);

#endif
