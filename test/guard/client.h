/* A client of the measured server: bytes made before the measurement, answers compared word for
 * word. Whatever is not as it must be ends the program. */
#ifndef TEST_GUARD_CLIENT_H
#define TEST_GUARD_CLIENT_H

#include "memory/network.h"

typedef struct {
    char *data;
    size_t length, capacity;
} text_t;

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

void text_add(text_t *text, const void *data, size_t length);
void text_addf(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text_t *text);

/* A client's (masked) frame, a server's. */
void frame_in(text_t *text, int opcode, const void *data, size_t length);
void frame_out(text_t *text, int opcode, const void *data, size_t length);

/* The server reads these bytes as one piece, and its turn ends. */
void client_say(sio_server_t *server, memory_peer_t *peer, const text_t *bytes);
/* It has answered exactly this. */
void client_expect(memory_peer_t *peer, const text_t *bytes);
/* It has answered an HTTP request with this as the end of it, and nothing more. */
void client_expect_body(memory_peer_t *peer, const text_t *body);
/* It has answered something; forgets it. */
void client_ignore(memory_peer_t *peer);

/* A WebSocket connection, and one that has joined the namespace "/". */
memory_peer_t *client_upgrade(sio_server_t *server);
memory_peer_t *client_open(sio_server_t *server);
/* A polling session that has joined "/": its id is copied to `sid`. */
enum { SID_CAPACITY = 32 };
void client_open_polling(sio_server_t *server, memory_peer_t *get, memory_peer_t *post,
                         char sid[SID_CAPACITY]);
void request_get(text_t *text, const char *sid);
void request_post(text_t *text, const char *sid, const void *body, size_t length);

#endif
