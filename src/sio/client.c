#include "sio/client.h"
#include "sio/ack.h"
#include "sio/dispatch.h"
#include "sio/event.h"
#include "sio/middleware.h"
#include "sio/older.h"
#include "sio/parent.h"
#include "sio/parser.h"
#include "sio/partial.h"
#include "sio/recovery.h"
#include "sio/socket.h"
#include "sio/v09.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* An abandoned attempt stays, with what came with it, until the application's middleware has
 * decided: more of them than this are no client's impatience. */
enum { MAX_ABANDONED = 16 };

/* --- life --------------------------------------------------------------------------------- */

sio__core_t *sio__client_core(const sio__client_t *client) {
    return eio__server_user_data(eio__socket_server(sio__client_eio(client)));
}

void sio__client_link(sio__client_t *client, sio_socket_t *socket) {
    socket->client_next = client->sockets;
    client->sockets = socket;
}

void sio__client_unlink(sio__client_t *client, sio_socket_t *socket) {
    sio_socket_t **at = &client->sockets;
    while (*at != socket)
        at = &(*at)->client_next;
    *at = socket->client_next;
    socket->client_next = NULL;
}

void sio__client_joined(sio__client_t *client) {
    client->abandoned = 0;
    if (client->joined)
        return;
    sio__joining_t *joining = client->u.joining;
    sio__timeout_disarm(&sio__client_core(client)->connect_timeouts, &joining->timeout);
    client->joined = 1;
    client->u.incoming = joining->incoming;
    free(joining);
}

int sio__client_send_older(sio__client_t *client, eio__message_t *messages, size_t count,
                           int watched) {
    eio_socket_t *eio = sio__client_eio(client);
    if (!eio__socket_open(eio))
        return SIO_ECLOSED;
    const sio__outlet_t *output = &sio__client_core(client)->output;
    int rc = 0;
    if (sio__client_is_v09(client)) {
        messages = sio__v09_write(output->scratch, messages, count);
        count = 1;
        rc = messages != NULL ? 0 : SIO_ENOMEM;
    } else if (output->parser == NULL) {
        rc = sio__older_write(client, output->scratch, &messages, count);
    }
    if (rc < 0)
        return rc;
    return watched ? eio__socket_send(eio, messages, count)
                   : eio__socket_cast(eio, messages, count);
}

int sio__client_send(sio__client_t *client, sio__encoded_t *encoded) {
    if (sio__client_is_older(client))
        return sio__client_send_older(client, encoded->messages, encoded->count, 1);
    return eio__socket_send(sio__client_eio(client), encoded->messages, encoded->count);
}

static sio__incoming_t *incoming_of(sio__client_t *client) {
    return client->joined ? &client->u.incoming : &client->u.joining->incoming;
}

/* --- the end ------------------------------------------------------------------------------ */

static void end_sockets(sio__client_t *client, sio_reason_t reason) {
    while (client->sockets != NULL)
        sio__socket_end(client->sockets, reason);
}

/* What it waited for. */
static void drop_hopes(sio__client_t *client) {
    sio__core_t *core = sio__client_core(client);
    if (core->output.parser != NULL)
        sio__decoder_end(incoming_of(client)->decoder, core->output.parser);
    else
        sio__partial_free(core, incoming_of(client)->partial);
    if (!client->joined) {
        sio__timeout_disarm(&core->connect_timeouts, &client->u.joining->timeout);
        free(client->u.joining);
        client->joined = 1; /* or never: it is over */
    }
    client->u.incoming = (sio__incoming_t){NULL};
}

void sio__client_close(sio__client_t *client, sio_reason_t reason) {
    eio_socket_t *eio = sio__client_eio(client);
    if (client->closing)
        return;
    client->closing = 1;
    eio__socket_ref(eio);
    drop_hopes(client);
    end_sockets(client, reason);
    eio_socket_close(eio, 0);
    eio__socket_unref(eio);
}

/* Calls for each of its sockets, which may end meanwhile; for none without memory. */
static void each_connected(const sio__client_t *client,
                           void (*cb)(sio_socket_t *socket, const char *text), const char *text) {
    size_t count = 0, filled = 0;
    sio_socket_t *socket;
    for (socket = client->sockets; socket != NULL; socket = socket->client_next)
        count++;
    sio_socket_t **sockets = count > 0 ? malloc(count * sizeof(*sockets)) : NULL;
    if (sockets == NULL)
        return;
    for (socket = client->sockets; socket != NULL; socket = socket->client_next)
        sockets[filled++] = sio_socket_ref(socket);
    for (size_t i = 0; i < filled; i++) {
        if (sio__socket_is_connected(sockets[i]))
            cb(sockets[i], text);
        sio_socket_unref(sockets[i]);
    }
    free(sockets);
}

static void say_goodbye(sio_socket_t *socket, const char *text) {
    (void) text;
    sio__socket_goodbye(socket);
}

static void say_error(sio_socket_t *socket, const char *text) {
    sio__dispatch_error(socket, text, NULL);
}

void sio__client_disconnect(sio__client_t *client) {
    eio_socket_t *eio = sio__client_eio(client);
    if (client->closing)
        return;
    eio__socket_ref(eio); /* who watches packets may end it, too */
    each_connected(client, say_goodbye, NULL);
    sio__client_close(client, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    eio__socket_unref(eio);
}

/* A packet that makes no sense here [P6]. Node reports what the transport says to its close, or its
 * own call where that has to wait for a poll [S29]. */
static void invalid_state(sio__client_t *client, const sio__packet_t *packet) {
    const eio_socket_t *eio = sio__client_eio(client);
    int at_once = strcmp(eio_socket_transport(eio), "websocket") == 0 || eio__socket_writable(eio);
    sio__tell(sio__client_core(client)->loop, SIO__TOLD_PACKET, SIO_LOG_WARN, "socket",
              "connection %s: packet of type %d for a namespace in another state",
              eio_socket_id(eio), (int) packet->type);
    sio__client_close(client, at_once ? SIO_REASON_FORCED_CLOSE : SIO_REASON_FORCED_SERVER_CLOSE);
}

/* A malformed packet [P7], or one beyond the limits. */
static void malformed(sio__client_t *client, const char *why) {
    sio__loop_t *loop = sio__client_core(client)->loop;
    const char *id = eio_socket_id(sio__client_eio(client));
    if (why == sio__too_deep)
        sio__limited(loop, SIO_LIMIT_DEPTH, "socket", "connection %s: %s", id, why);
    else if (why == sio__too_many_attachments)
        sio__limited(loop, SIO_LIMIT_ATTACHMENTS, "socket", "connection %s: %s", id, why);
    else
        sio__tell(loop, SIO__TOLD_PACKET, SIO_LOG_WARN, "socket", "connection %s: %s", id, why);
    if (sio__client_core(client)->error->refs > 1)
        each_connected(client, say_error, why);
    sio__client_close(client, SIO_REASON_FORCED_CLOSE);
}

static void out_of_memory(sio__client_t *client) {
    sio__tell(sio__client_core(client)->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "socket",
              "connection %s: out of memory", eio_socket_id(sio__client_eio(client)));
    sio__client_close(client, SIO_REASON_FORCED_SERVER_CLOSE);
}

/* --- packets ------------------------------------------------------------------------------ */

sio_socket_t *sio__client_socket(const sio__client_t *client, const sio__slice_t *name) {
    sio_socket_t *socket = client->sockets;
    while (socket != NULL && (socket->nsp->name_length != name->length ||
                              memcmp(socket->nsp->name, name->text, name->length) != 0))
        socket = socket->client_next;
    return socket;
}

static int refuse(sio__client_t *client, const sio__slice_t *name, const char *why) {
    sio__encoded_t encoded;
    int rc = sio__encode_connect_error(&encoded, &sio__client_core(client)->output, name->text,
                                       name->length, why, NULL); /* [P4] */
    if (rc == 0)
        rc = sio__client_send(client, &encoded);
    return rc == SIO_ENOMEM ? rc : 0;
}

/* Nonzero if it is in as many namespaces as it may be, or about to be. */
static int is_full(const sio__client_t *client) {
    sio__core_t *core = sio__client_core(client);
    const uint32_t most = core->options->max_namespaces;
    uint32_t count = 0;
    const sio_socket_t *socket = client->sockets;
    for (; socket != NULL && count < most; socket = socket->client_next)
        count++;
    if (most == 0 || count < most)
        return 0;
    sio__limited(core->loop, SIO_LIMIT_NAMESPACES, "socket",
                 "connection %s: refused one more namespace than %u",
                 eio_socket_id(sio__client_eio(client)), (unsigned) most);
    return 1;
}

int sio__client_join(sio__client_t *client, sio_namespace_t *nsp, const sio__slice_t *name,
                     const sio__slice_t *auth) {
    if (nsp == NULL)
        return refuse(client, name, "Invalid namespace");
    if (is_full(client))
        return refuse(client, name, "Too many namespaces");
    sio_socket_t *socket = sio__socket_new(client, nsp);
    if (socket == NULL || sio__socket_set_auth(socket, auth) < 0)
        return SIO_ENOMEM;
    if (!sio__recovery_begin(socket))
        sio__middleware_start(socket);
    return 0;
}

/* Nonzero if it is longer than the name of a namespace that is made for a client may be. */
static int is_too_long(const sio__client_t *client, const sio__slice_t *name) {
    sio__core_t *core = sio__client_core(client);
    const uint32_t most = core->options->max_namespace_bytes;
    if (most == 0 || name->length <= most)
        return 0;
    sio__limited(core->loop, SIO_LIMIT_NAMESPACE_NAME, "socket",
                 "connection %s: refused a namespace's name of %zu bytes",
                 eio_socket_id(sio__client_eio(client)), name->length);
    return 1;
}

/* A parser of the application's may say anything; and here a name ends with its NUL. */
static int is_name(const sio__slice_t *name) {
    return name->length > 0 && name->text[0] == '/' && memchr(name->text, '\0', name->length) == NULL;
}

static void connect_namespace(sio__client_t *client, const sio__packet_t *packet) {
    const sio__core_t *core = sio__client_core(client);
    sio_namespace_t *nsp = sio__idmap_find(&core->namespaces, packet->nsp.text, packet->nsp.length);
    int rc;
    if (nsp != NULL || core->parents == NULL || !is_name(&packet->nsp))
        rc = sio__client_join(client, nsp, &packet->nsp, &packet->data);
    else if (is_full(client)) /* before one is made */
        rc = refuse(client, &packet->nsp, "Too many namespaces");
    else if (is_too_long(client, &packet->nsp))
        rc = refuse(client, &packet->nsp, "Invalid namespace");
    else
        rc = sio__parent_ask(client, &packet->nsp, &packet->data);
    if (rc < 0)
        out_of_memory(client);
}

/* The memory for its arguments goes with each event, not with the turn: that of all which a
 * peer can send in a turn would be many times what it sends. */
static void handle_event(sio_socket_t *socket, const sio__packet_t *packet,
                         const sio__binary_t *binaries, size_t count) {
    sio__core_t *core = socket->nsp->core;
    sio_event_t event;
    sio__core_enter_arena(core);
    if (sio__event_init(&event, socket, core->arena, packet, binaries, count) < 0) {
        out_of_memory(socket->client);
    } else {
        sio__dispatch_event(socket, &event);
        sio__event_done(&event);
    }
    sio__core_leave_arena(core);
}

/* A complete packet: it goes to the socket of its namespace. The session is referenced by the
 * engine. */
static void route_packet(sio__client_t *client, const sio__packet_t *packet,
                         const sio__binary_t *binaries, size_t count) {
    sio_socket_t *socket = sio__client_socket(client, &packet->nsp);
    if (packet->type == SIO__CONNECT) {
        /* A client that gave up while a middleware was deciding may have begun anew: the old
         * attempt is void. */
        if (socket != NULL && socket->state == SIO__SOCKET_PENDING) {
            if (++client->abandoned > MAX_ABANDONED) {
                invalid_state(client, packet);
                return;
            }
            sio__socket_end(socket, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
            socket = NULL;
        }
        if (socket == NULL && !client->closing && !sio__client_core(client)->closing &&
            !sio__parent_is_pestered(client))
            connect_namespace(client, packet);
        else if (!client->closing)
            invalid_state(client, packet);
        return;
    }
    if (socket == NULL || !sio__socket_is_connected(socket) || packet->type == SIO__CONNECT_ERROR) {
        invalid_state(client, packet);
        return;
    }
    sio_socket_ref(socket);
    if (packet->type == SIO__EVENT || packet->type == SIO__BINARY_EVENT)
        handle_event(socket, packet, binaries, count);
    else if (packet->type == SIO__ACK || packet->type == SIO__BINARY_ACK)
        sio__ack_answered(socket, packet, binaries, count);
    else
        sio__socket_end(socket, SIO_REASON_CLIENT_NAMESPACE_DISCONNECT);
    sio_socket_unref(socket);
}

static void handle_older(sio__client_t *client, const sio__packet_t *packet,
                         const sio__binary_t *binaries, size_t count) {
    sio__packet_t read = *packet;
    if (sio__older_read(sio__client_core(client), &read) < 0)
        out_of_memory(client);
    else
        route_packet(client, &read, binaries, count);
}

static inline void handle_packet(sio__client_t *client, const sio__packet_t *packet,
                                 const sio__binary_t *binaries, size_t count) {
    if (sio__client_is_older(client))
        handle_older(client, packet, binaries, count);
    else
        route_packet(client, packet, binaries, count);
}

void sio__client_take(sio__client_t *client, const sio__packet_t *packet,
                      const sio__binary_t *binaries, size_t count) {
    handle_packet(client, packet, binaries, count);
}

void sio__client_refuse(sio__client_t *client, int rc, const char *why) {
    if (client->closing)
        return;
    if (rc == SIO_ENOMEM)
        out_of_memory(client);
    else
        malformed(client, why);
}

/* --- what the engine calls ---------------------------------------------------------------- */

static int begin(eio_socket_t *eio, sio__core_t *core) {
    sio__client_t *client = eio__socket_user(eio);
    sio__joining_t *joining = calloc(1, sizeof(*joining));
    if (joining == NULL)
        return SIO_ENOMEM;
    joining->client = client;
    client->u.joining = joining;
    client->protocol = (uint8_t) eio_socket_protocol(eio);
    sio__timeout_arm(&core->connect_timeouts, &joining->timeout);
    return 0;
}

/* Those of before are in "/" without asking [P14]. */
static void enter(sio__client_t *client, const sio__core_t *core) {
    static const sio__slice_t name = {"/", 1}, nothing = {NULL, 0};
    if (!sio__client_is_older(client) || core->closing)
        return;
    if (sio__client_join(client, core->root, &name, &nothing) < 0)
        out_of_memory(client);
}

static int on_open(eio_socket_t *eio, sio_http_request_t *request, void *data) {
    sio__core_t *core = data;
    (void) request;
    int rc = begin(eio, core);
    if (rc == 0)
        enter(eio__socket_user(eio), core);
    return rc;
}

static void on_message(eio_socket_t *eio, char *text, size_t length, void *data) {
    sio__core_t *core = data;
    sio__client_t *client = eio__socket_user(eio);
    sio__packet_t packet;
    const char *why;
    if (client->closing)
        return;
    if (sio__client_is_v09(client)) {
        sio__v09_receive(client, text, length);
        return;
    }
    sio__partial_t **partial = &incoming_of(client)->partial;
    if (*partial != NULL) {
        malformed(client, "got plaintext data when reconstructing a packet");
        return;
    }
    if (sio__packet_decode(&packet, text, length, &core->packet_limits, &why) < 0) {
        malformed(client, why);
        return;
    }
    if (packet.attachments > 0) {
        *partial = sio__partial_new(core, &packet, text, length);
        if (*partial == NULL)
            out_of_memory(client);
        return;
    }
    handle_packet(client, &packet, NULL, 0);
}

static void on_binary(eio_socket_t *eio, char *bytes, size_t length, void *data) {
    sio__core_t *core = data;
    sio__client_t *client = eio__socket_user(eio);
    if (client->closing)
        return;
    sio__partial_t *partial = incoming_of(client)->partial;
    if (partial == NULL) {
        malformed(client, "got binary data when not reconstructing a packet");
        return;
    }
    size_t count = partial->packet.attachments;
    if (partial->received + 1 < count) {
        if (sio__partial_add(partial, bytes, length) < 0)
            out_of_memory(client);
        return;
    }
    /* The last one stays where it is, and the handlers may end the client. */
    incoming_of(client)->partial = NULL;
    partial->binaries[count - 1] = (sio__binary_t){(unsigned char *) bytes, length};
    if (sio__packet_check_placeholders(&partial->packet, count) < 0)
        malformed(client, "illegal attachments");
    else
        handle_packet(client, &partial->packet, partial->binaries, count);
    sio__partial_free(core, partial);
}

static void on_close(eio_socket_t *eio, sio_reason_t reason) {
    sio__client_t *client = eio__socket_user(eio);
    client->closing = 1;
    drop_hopes(client);
    end_sockets(client, reason);
}

const eio__user_t sio__client_user = {on_open, on_message, on_binary, on_close, NULL};

/* --- the same with a parser of its own ----------------------------------------------------- */

static int on_parsed_open(eio_socket_t *eio, sio_http_request_t *request, void *data) {
    sio__core_t *core = data;
    sio__decoder_t *decoder;
    (void) request;
    int rc = sio__decoder_new(&decoder, core->output.parser);
    if (rc < 0)
        return rc;
    rc = begin(eio, core);
    if (rc < 0) {
        sio__decoder_end(decoder, core->output.parser);
        return rc;
    }
    sio__client_t *client = eio__socket_user(eio);
    incoming_of(client)->decoder = decoder;
    enter(client, core);
    return 0;
}

static void parse(eio_socket_t *eio, const char *message, size_t length, int binary,
                  sio__core_t *core) {
    sio__client_t *client = eio__socket_user(eio);
    if (!client->closing)
        sio__parser_decode(client, core, incoming_of(client)->decoder, message, length, binary);
}

static void on_parsed_message(eio_socket_t *eio, char *text, size_t length, void *data) {
    parse(eio, text, length, 0, data);
}

static void on_parsed_binary(eio_socket_t *eio, char *bytes, size_t length, void *data) {
    parse(eio, bytes, length, 1, data);
}

const eio__user_t sio__client_parsed_user = {on_parsed_open, on_parsed_message, on_parsed_binary,
                                             on_close, NULL};
