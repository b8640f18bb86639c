#include "client.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("guard: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* --- text ------------------------------------------------------------------------------------- */

void text_add(text_t *text, const void *data, size_t length) {
    if (text->capacity - text->length <= length) {
        text->capacity = 2 * text->capacity + length + 1;
        text->data = realloc(text->data, text->capacity);
        if (text->data == NULL)
            die("out of memory");
    }
    if (length > 0)
        memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_addf(text_t *text, const char *format, ...) {
    char line[4096];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (length < 0 || (size_t) length >= sizeof(line))
        die("a text is too long");
    text_add(text, line, (size_t) length);
}

void text_free(text_t *text) {
    free(text->data);
    *text = (text_t){0};
}

/* --- frames ----------------------------------------------------------------------------------- */

static void frame_header(text_t *text, int opcode, int masked, size_t length) {
    unsigned char header[4] = {(unsigned char) (0x80 | opcode)};
    size_t size = 2;
    if (length < 126) {
        header[1] = (unsigned char) length;
    } else if (length < 65536) {
        header[1] = 126;
        header[2] = (unsigned char) (length >> 8);
        header[3] = (unsigned char) length;
        size = 4;
    } else {
        die("a frame is too long");
    }
    if (masked)
        header[1] |= 0x80;
    text_add(text, header, size);
}

void frame_in(text_t *text, int opcode, const void *data, size_t length) {
    static const unsigned char mask[4] = {0x1f, 0x2e, 0x3d, 0x4c};
    frame_header(text, opcode, 1, length);
    text_add(text, mask, sizeof(mask));
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *) data)[i] ^ mask[i % 4];
        text_add(text, &byte, 1);
    }
}

void frame_out(text_t *text, int opcode, const void *data, size_t length) {
    frame_header(text, opcode, 0, length);
    text_add(text, data, length);
}

/* --- talking ---------------------------------------------------------------------------------- */

void client_say(sio_server_t *server, memory_peer_t *peer, const text_t *bytes) {
    if (memory_feed(peer, bytes->data, bytes->length) != bytes->length)
        die("the server has stopped reading");
    memory_end_turn(server);
}

void client_expect(memory_peer_t *peer, const text_t *bytes) {
    size_t length;
    const unsigned char *output = memory_output(peer, &length);
    if (length != bytes->length || (length > 0 && memcmp(output, bytes->data, length) != 0))
        die("a wrong answer, %zu bytes instead of %zu: %.*s", length, bytes->length,
            length < 500 ? (int) length : 500, (const char *) output);
    memory_take(peer, length);
}

void client_expect_body(memory_peer_t *peer, const text_t *body) {
    static const char status[] = "HTTP/1.1 200 OK\r\n";
    char content_length[48];
    size_t length;
    const char *output = (const char *) memory_output(peer, &length);
    snprintf(content_length, sizeof(content_length), "Content-Length: %zu\r\n", body->length);
    const char *head_end = length > 0 ? memmem(output, length, "\r\n\r\n", 4) : NULL;
    size_t head = head_end != NULL ? (size_t) (head_end - output) + 4 : 0;
    if (head == 0 || strncmp(output, status, sizeof(status) - 1) != 0 ||
        memmem(output, head, content_length, strlen(content_length)) == NULL ||
        length - head != body->length || memcmp(output + head, body->data, body->length) != 0)
        die("a wrong answer, %zu bytes: %.*s", length, length < 500 ? (int) length : 500, output);
    memory_take(peer, length);
}

void client_ignore(memory_peer_t *peer) {
    size_t length;
    memory_output(peer, &length);
    if (length == 0)
        die("no answer");
    memory_take(peer, length);
}

/* --- opening ---------------------------------------------------------------------------------- */

memory_peer_t *client_upgrade(sio_server_t *server) {
    static const char request[] =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        "Host: 127.0.0.1:3000\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "\r\n";
    static const char status[] = "HTTP/1.1 101 ";
    memory_peer_t *peer = memory_connect(server);
    if (peer == NULL)
        die("no connection");
    text_t bytes = {(char *) (uintptr_t) request, sizeof(request) - 1, 0};
    client_say(server, peer, &bytes);
    size_t length;
    const unsigned char *output = memory_output(peer, &length);
    if (length < sizeof(status) || memcmp(output, status, sizeof(status) - 1) != 0)
        die("no upgrade: %.*s", (int) length, (const char *) output);
    memory_take(peer, length);
    return peer;
}

memory_peer_t *client_open(sio_server_t *server) {
    memory_peer_t *peer = client_upgrade(server);
    text_t connect = {0};
    frame_in(&connect, 1, "40", 2);
    client_say(server, peer, &connect);
    client_ignore(peer);
    text_free(&connect);
    return peer;
}

static void headers(text_t *text) {
    text_addf(text, "Host: 127.0.0.1:3000\r\n"
                    "Accept: */*\r\n"
                    "User-Agent: node-XMLHttpRequest\r\n"
                    "Connection: keep-alive\r\n");
}

void request_get(text_t *text, const char *sid) {
    const char *parameter = sid != NULL ? "&sid=" : "";
    text_addf(text, "GET /socket.io/?EIO=4&transport=polling&t=PqSHwM1%s%s HTTP/1.1\r\n", parameter,
              sid != NULL ? sid : "");
    headers(text);
    text_addf(text, "\r\n");
}

void request_post(text_t *text, const char *sid, const void *body, size_t length) {
    text_addf(text, "POST /socket.io/?EIO=4&transport=polling&t=PqSHwM2&sid=%s HTTP/1.1\r\n", sid);
    headers(text);
    text_addf(text, "Content-type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n",
              length);
    text_add(text, body, length);
}

void client_open_polling(sio_server_t *server, memory_peer_t *get, memory_peer_t *post,
                         char sid[SID_CAPACITY]) {
    text_t request = {0};
    request_get(&request, NULL);
    client_say(server, get, &request);
    size_t length;
    const char *output = (const char *) memory_output(get, &length);
    const char *at = length > 0 ? memmem(output, length, "0{\"sid\":\"", 9) : NULL;
    if (at == NULL || sscanf(at + 9, "%31[^\"]", sid) != 1)
        die("no session");
    memory_take(get, length);

    request.length = 0;
    request_post(&request, sid, "40", 2);
    client_say(server, post, &request);
    client_ignore(post);
    request.length = 0;
    request_get(&request, sid);
    client_say(server, get, &request);
    client_ignore(get);
    text_free(&request);
}
