#include "client.h"

#include "dial.h"
#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The key is the same for all, so that the floor's answer can be canned; the accept value is from
 * RFC 6455, section 1.3, as the key is. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

/* One recv() of this size takes a whole batch of replies in all usual cases. */
#define RECEIVE_SIZE ((size_t) 256 << 10)

static const char head_start[] = "HTTP/1.1 101";
static const char head_end[] = "\r\n\r\n";

void client_setup_init(client_setup_t *setup, loop_t *loop, uint16_t port, bool raw) {
    /* What the official client on Node (ws) sends, but for the offer to compress: the comparison is
     * made with deflate off, and some of the servers would accept it. */
    int size = snprintf(setup->request, sizeof setup->request,
                        "GET %s HTTP/1.1\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: " KEY "\r\n"
                        "Connection: Upgrade\r\n"
                        "Upgrade: websocket\r\n"
                        "Host: 127.0.0.1:%u\r\n\r\n",
                        raw ? "/raw" : "/socket.io/?EIO=4&transport=websocket", port);

    setup->request_size = (size_t) size;
    setup->loop = loop;
    setup->port = port;
    setup->raw = raw;
}

static void flush(client_t *client) {
    while (client->out_size > 0) {
        ssize_t sent = send(client->source.fd, client->out, client->out_size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            loop_change(client->setup->loop, &client->source, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0)
            fail_errno("send");
        client->out += sent;
        client->out_size -= (size_t) sent;
    }
}

void client_send(client_t *client, const uint8_t *data, size_t size) {
    if (client->out_size > 0)
        fail("a batch is to be sent before the one before has gone out");
    client->out = data;
    client->out_size = size;
    flush(client);
}

/* Sends one of the small packets of the engine. */
static void send_packet(client_t *client, const char *packet) {
    uint8_t frame[16];
    size_t size = frame_write(frame, FRAME_TEXT, packet, strlen(packet));

    if (send(client->source.fd, frame, size, MSG_NOSIGNAL) != (ssize_t) size)
        fail_errno("send");
}

/* Between two batches, lest it lands in the middle of a frame. */
static void send_pong_if_due(client_t *client) {
    if (client->pong_due && client->out_size == 0) {
        client->pong_due = false;
        send_packet(client, "3");
    }
}

void client_leave(client_t *client) {
    uint8_t frame[16];
    size_t size = frame_write(frame, FRAME_CLOSE, NULL, 0);

    client->state = CLIENT_LEAVING;
    if (send(client->source.fd, frame, size, MSG_NOSIGNAL) != (ssize_t) size)
        fail_errno("send");
}

static void become_ready(client_t *client) {
    client->state = CLIENT_READY;
    if (client->setup->user.on_ready != NULL)
        client->setup->user.on_ready(client);
}

/* The server's steps before the client is ready: one frame each, as in `0{…}` and `40{…}`. */
static void take_greeting(client_t *client, const frame_piece_t *piece) {
    const char *expected = client->state == CLIENT_OPENING ? "0" : "40";

    if (piece->offset == 0 && piece->size >= strlen(expected) &&
        memcmp(piece->data, expected, strlen(expected)) != 0)
        fail("not the greeting that was expected: %.*s", (int) piece->size,
             (const char *) piece->data);
    if (!piece->last)
        return;
    if (client->state == CLIENT_OPENING) {
        client->state = CLIENT_JOINING;
        send_packet(client, "40");
    } else {
        become_ready(client);
    }
}

static bool is_ping(const client_t *client, const frame_piece_t *piece) {
    return piece->offset == 0 && piece->last && piece->size == 1 && piece->data[0] == '2' &&
           !client->setup->raw;
}

static void take_piece(client_t *client, const frame_piece_t *piece) {
    if (client->state == CLIENT_LEAVING) {
        /* Servers close the connection behind their close frame, but for one which waits for our
         * end; for the others it makes no difference, as close() would end it in a moment. Anything
         * else is a late message. */
        if (piece->opcode == FRAME_CLOSE && piece->last)
            shutdown(client->source.fd, SHUT_WR);
        return;
    }
    if (piece->opcode != FRAME_TEXT && piece->opcode != FRAME_BINARY)
        fail("unexpected frame with opcode %d", piece->opcode);
    if (is_ping(client, piece)) {
        client->pong_due = true;
        send_pong_if_due(client);
    } else if (client->state == CLIENT_READY) {
        client->setup->user.on_piece(client, piece);
    } else {
        take_greeting(client, piece);
    }
}

/* Returns how many of the bytes belong to the head of the 101. */
static size_t take_head(client_t *client, const uint8_t *data, size_t size) {
    size_t taken = 0;

    while (taken < size && client->head_tail < strlen(head_end)) {
        char byte = (char) data[taken++];
        if (client->head_taken < strlen(head_start) && byte != head_start[client->head_taken])
            fail("the upgrade was refused: %.*s", (int) size, (const char *) data);
        client->head_taken++;
        if (byte == head_end[client->head_tail])
            client->head_tail++;
        else
            client->head_tail = byte == head_end[0];
    }
    if (client->head_tail == strlen(head_end)) {
        client->state = CLIENT_OPENING;
        if (client->setup->raw)
            become_ready(client);
    }
    return taken;
}

static void take_end(client_t *client) {
    if (client->state != CLIENT_LEAVING)
        fail("the server has closed a connection");
    close(client->source.fd);
    client->state = CLIENT_CLOSED;
    if (client->setup->user.on_left != NULL)
        client->setup->user.on_left(client);
}

static void receive(client_t *client) {
    static uint8_t buffer[RECEIVE_SIZE];
    const uint8_t *data = buffer;
    frame_piece_t piece;

    ssize_t received = recv(client->source.fd, buffer, sizeof buffer, 0);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received < 0 && errno != ECONNRESET)
        fail_errno("recv");
    if (received <= 0) {
        take_end(client);
        return;
    }
    size_t size = (size_t) received;
    if (client->state == CLIENT_UPGRADING) {
        size_t head = take_head(client, data, size);
        data += head;
        size -= head;
    }
    while (frame_next(&client->reader, &data, &size, &piece))
        take_piece(client, &piece);
}

static void on_ready(source_t *source, uint32_t events) {
    client_t *client = (client_t *) source;

    if (client->state == CLIENT_CONNECTING) {
        dial_finish(source->fd);
        client->state = CLIENT_UPGRADING;
        loop_change(client->setup->loop, source, EPOLLIN);
        client_send(client, (const uint8_t *) client->setup->request, client->setup->request_size);
        return;
    }
    if (events & EPOLLOUT) {
        loop_change(client->setup->loop, source, EPOLLIN);
        flush(client);
        send_pong_if_due(client);
    }
    if (events & ~(uint32_t) EPOLLOUT)
        receive(client);
}

void client_connect(client_t *client, const client_setup_t *setup) {
    memset(client, 0, sizeof *client);
    client->setup = setup;
    client->state = CLIENT_CONNECTING;
    client->source.fd = dial_start(setup->port);
    client->source.ready = on_ready;
    loop_watch(setup->loop, &client->source, EPOLLOUT);
}
