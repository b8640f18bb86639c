#include "sio/v09.h"
#include "sio/socket.h"
#include <sio/error.h>

/* An id without `+` is acknowledged on receipt, whatever becomes of the packet [L11]. */
static int send_receipt(sio__client_t *client, const sio__v09_t *read) {
    sio__scratch_t *scratch = sio__client_core(client)->output.scratch;
    sio__writer_t writer;
    eio__message_t message;
    sio__frame_begin(&writer, scratch, 0);
    sio__writer_put(&writer, "6::", 3);
    sio__writer_put(&writer, read->endpoint.text, read->endpoint.length);
    sio__writer_byte(&writer, ':');
    sio__writer_u64(&writer, (uint64_t) read->receipt);
    int rc = eio__message_end(&writer, &message);
    return rc < 0 ? rc : eio__socket_send(sio__client_eio(client), &message, 1);
}

/* Nonzero if there is somebody to get it. 0.9 does not wait for the answer to a CONNECT, nor does it
 * mind a second one. */
static int is_expected(const sio__client_t *client, const sio__packet_t *packet) {
    const sio_socket_t *socket = sio__client_socket(client, &packet->nsp);
    return packet->type == SIO__CONNECT ? socket == NULL
                                        : socket != NULL && sio__socket_is_connected(socket);
}

/* The client has said it; a poll that waits hears it, too. */
static void say_goodbye(sio__client_t *client) {
    eio_socket_t *eio = sio__client_eio(client);
    sio__scratch_t *scratch = sio__client_core(client)->output.scratch;
    sio__writer_t writer;
    eio__message_t message;
    sio__frame_begin(&writer, scratch, 0);
    sio__writer_put(&writer, "0::", 3);
    if (eio__message_end(&writer, &message) == 0)
        eio__socket_send(eio, &message, 1);
    sio__client_close(client, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    eio_socket_close(eio, 1); /* what waits for a transport is of no use any more */
}

void sio__v09_receive(sio__client_t *client, char *text, size_t length) {
    sio__core_t *core = sio__client_core(client);
    sio__v09_t read;
    const char *why = NULL;
    int rc = sio__v09_read(core->output.scratch, text, length, core->packet_limits.depth, &read,
                           &why);
    if (rc == 0 && read.receipt >= 0)
        rc = send_receipt(client, &read);
    if (rc < 0 && rc != SIO_ECLOSED)
        sio__client_refuse(client, rc, why);
    else if (rc == 0 && read.kind == SIO__V09_GOODBYE)
        say_goodbye(client);
    else if (rc == 0 && read.kind == SIO__V09_PACKET && is_expected(client, &read.packet))
        sio__client_take(client, &read.packet, NULL, 0);
}
