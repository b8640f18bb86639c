#include "sio/v09.h"
#include "sio/socket.h"
#include <sio/error.h>
#include <string.h>

/* The reason of an error, the only one there is for what a client may not have [L10]. */
enum { UNAUTHORIZED = 2 };

/* `type::endpoint:data`; data -1: none. 0, SIO_ECLOSED, SIO_ENOMEM. */
static int say(sio__client_t *client, char type, const sio__slice_t *endpoint, int64_t data) {
    sio__scratch_t *scratch = sio__client_core(client)->output.scratch;
    sio__writer_t writer;
    eio__message_t message;
    sio__frame_begin(&writer, scratch, 0);
    sio__writer_byte(&writer, type);
    sio__writer_put(&writer, "::", 2);
    sio__writer_put(&writer, endpoint->text, endpoint->length);
    if (data >= 0) {
        sio__writer_byte(&writer, ':');
        sio__writer_u64(&writer, (uint64_t) data);
    }
    int rc = eio__message_end(&writer, &message);
    return rc < 0 ? rc : eio__socket_send(sio__client_eio(client), &message, 1);
}

/* Nonzero if a namespace can have the name in front of the query: today's packets must be able to
 * say it. */
static int is_name(const sio__slice_t *name) {
    const char *query = memchr(name->text, '?', name->length);
    size_t length = query != NULL ? (size_t) (query - name->text) : name->length;
    return length > 0 && name->text[0] == '/' && memchr(name->text, ',', length) == NULL;
}

static int is_refused(const sio__v09_t *read) {
    return read->kind == SIO__V09_PACKET && read->packet.type == SIO__CONNECT &&
           !is_name(&read->packet.nsp);
}

/* Nonzero if there is somebody to get it. 0.9 does not wait for the answer to a CONNECT, nor
 * does it mind a second one. */
static int is_expected(const sio__client_t *client, const sio__packet_t *packet) {
    const sio_socket_t *socket = sio__client_socket(client, &packet->nsp);
    return packet->type == SIO__CONNECT ? socket == NULL
                                        : socket != NULL && sio__socket_is_connected(socket);
}

/* The client has said it; a poll that waits hears it, too. */
static void say_goodbye(sio__client_t *client) {
    static const sio__slice_t everything = {NULL, 0};
    eio_socket_t *eio = sio__client_eio(client);
    say(client, '0', &everything, -1);
    sio__client_close(client, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    eio_socket_close(eio, 1); /* what waits for a transport is of no use any more */
}

void sio__v09_receive(sio__client_t *client, char *text, size_t length) {
    sio__core_t *core = sio__client_core(client);
    sio__v09_t read;
    const char *why = NULL;
    int rc = sio__v09_read(core->output.scratch, text, length, core->packet_limits.depth, &read,
                           &why);
    if (rc == 0 && read.receipt >= 0) /* on receipt, whatever becomes of the packet [L11] */
        rc = say(client, '6', &read.endpoint, read.receipt);
    if (rc == 0 && is_refused(&read))
        rc = say(client, '7', &read.endpoint, UNAUTHORIZED);
    else if (rc == 0 && read.kind == SIO__V09_GOODBYE)
        say_goodbye(client);
    else if (rc == 0 && read.kind == SIO__V09_PACKET && is_expected(client, &read.packet))
        sio__client_take(client, &read.packet, NULL, 0);
    if (rc < 0 && rc != SIO_ECLOSED)
        sio__client_refuse(client, rc, why);
}
