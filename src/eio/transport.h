/*
 * What a session needs of a transport: the table by which it sends, looks and ends, whatever
 * carries it.
 */
#ifndef SIO__EIO_TRANSPORT_H
#define SIO__EIO_TRANSPORT_H

#include "eio/message.h"
#include "eio/packet.h"
#include <sio/eio.h>

typedef enum {
    EIO__POLLING,
    EIO__WEBSOCKET,
    EIO__XHR_POLLING, /* the other ones of 0.9 clients */
    EIO__JSONP_POLLING,
    EIO__HTMLFILE
} eio__transport_name_t;

enum { EIO__TRANSPORTS = 2 }; /* of the engine's own */

typedef struct {
    eio__transport_name_t name;
    /* Queues messages of this turn's scratch: all, or none and SIO_ENOMEM. What fails half-way
     * fails the session (eio__socket_fail) and counts as sent. */
    int (*send)(eio_socket_t *socket, eio__message_t *messages, size_t count);
    /* Queues a packet other than a message; the data is copied. */
    int (*packet)(eio_socket_t *socket, eio__packet_type_t type, const void *data, size_t length);
    /* A message would leave at once. */
    int (*writable)(const eio_socket_t *socket);
    size_t (*buffered)(const eio_socket_t *socket);
    /* The end of a turn in which eio__socket_defer was called; a closing session ends here as
     * soon as it can. */
    void (*turn_end)(eio_socket_t *socket);
    /* The session has ended: says goodbye where it still can, and frees what carried it. */
    void (*drop)(eio_socket_t *socket, sio_reason_t reason);
} eio__transport_t;

/* "polling", "websocket"; "xhr-polling"… */
const char *eio__transport_text(eio__transport_name_t name);
/* Nonzero if `text` is one of the engine's own. */
int eio__transport_parse(const char *text, size_t length, eio__transport_name_t *name);

#endif
