/* A raw client on a socket of its own, polled while the loop under test runs in the same thread. */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

typedef struct {
    uv_loop_t *loop;
    int fd;
    char *data; /* what has come and was not taken, NUL-terminated */
    size_t length, capacity;
    int ended; /* the peer's FIN has come */
    int error; /* errno of a broken connection */
} client_t;

static inline void client_init(client_t *client, uv_loop_t *loop, int fd) {
    int one = 1;
    memset(client, 0, sizeof(*client));
    client->loop = loop;
    client->fd = fd;
    client->data = calloc(1, 1);
    assert_true(fd >= 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* The backlog takes the connection: the loop need not run for it. */
static inline void client_connect(client_t *client, uv_loop_t *loop, const char *address,
                                  int port) {
    struct sockaddr_storage to;
    socklen_t size;
    if (strchr(address, ':') != NULL) {
        assert_int_equal(uv_ip6_addr(address, port, (struct sockaddr_in6 *) &to), 0);
        size = sizeof(struct sockaddr_in6);
    } else {
        assert_int_equal(uv_ip4_addr(address, port, (struct sockaddr_in *) &to), 0);
        size = sizeof(struct sockaddr_in);
    }
    int fd = socket(to.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *) &to, size), 0);
    client_init(client, loop, fd);
}

static inline void client_connect_pipe(client_t *client, uv_loop_t *loop, const char *name) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(strlen(name) < sizeof(to.sun_path));
    strcpy(to.sun_path, name);
    assert_int_equal(connect(fd, (struct sockaddr *) &to, sizeof(to)), 0);
    client_init(client, loop, fd);
}

static inline uint64_t client_now(void) {
    return uv_hrtime() / 1000000;
}

/* Takes what is there to be read; nonzero if there was something. */
static inline int client_read(client_t *client) {
    char buffer[65536];
    ssize_t got;
    int any = 0;
    while (client->fd >= 0 && !client->ended && client->error == 0) {
        got = read(client->fd, buffer, sizeof(buffer));
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        any = 1;
        if (got < 0) {
            client->error = errno;
        } else if (got == 0) {
            client->ended = 1;
        } else {
            if (client->length + (size_t) got + 1 > client->capacity) {
                client->capacity = 2 * (client->length + (size_t) got + 1);
                client->data = realloc(client->data, client->capacity);
                assert_non_null(client->data);
            }
            memcpy(client->data + client->length, buffer, (size_t) got);
            client->length += (size_t) got;
            client->data[client->length] = '\0';
        }
    }
    return any;
}

/* One round: the loop, then the client; waits a little when nothing happens. */
static inline void client_turn(client_t *client) {
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    uv_run(client->loop, UV_RUN_NOWAIT);
    if (!client_read(client))
        poll(&poll_fd, client->ended || client->error != 0 ? 0 : 1, 1);
}

/* Runs until `condition` holds; the test fails if that takes too long. */
#define client_until(client, condition)                                                            \
    do {                                                                                           \
        uint64_t until_start = client_now();                                                       \
        while (!(condition)) {                                                                     \
            if (client_now() - until_start > PATIENCE_MS)                                          \
                fail_msg("%s has not come true; there is: %s", #condition, (client)->data);        \
            client_turn(client);                                                                   \
        }                                                                                          \
    } while (0)

/* Runs the loop and the client for a while in which nothing should happen. */
static inline void client_idle(client_t *client, unsigned ms) {
    uint64_t start = client_now();
    while (client_now() - start < ms)
        client_turn(client);
}

/* Sends all of it, letting the loop run when the network is full; stops at an error. */
static inline void client_send(client_t *client, const void *data, size_t length) {
    const char *at = data;
    uint64_t start = client_now();
    while (length > 0) {
        ssize_t sent = send(client->fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return;
        if (sent < 0) {
            assert_true(client_now() - start < PATIENCE_MS);
            client_turn(client);
            continue;
        }
        at += sent;
        length -= (size_t) sent;
    }
}

static inline void client_puts(client_t *client, const char *text) {
    client_send(client, text, strlen(text));
}

/* The same a byte at a time, the loop seeing each one alone. */
static inline void client_trickle(client_t *client, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        client_send(client, data + i, 1);
        uv_run(client->loop, UV_RUN_NOWAIT);
        uv_run(client->loop, UV_RUN_NOWAIT);
    }
}

/* Waits for exactly this text, and takes it. */
static inline void client_expect(client_t *client, const char *text) {
    size_t length = strlen(text);
    client_until(client, client->length >= length || client->ended || client->error != 0);
    if (client->length < length || memcmp(client->data, text, length) != 0)
        fail_msg("expected: %s\nthere is: %s", text, client->data);
    client->length -= length;
    memmove(client->data, client->data + length, client->length + 1);
}

/* The FIN, or its loss: the end of the connection. */
static inline void client_expect_end(client_t *client) {
    client_until(client, client->ended || client->error != 0);
    if (client->length > 0)
        fail_msg("more than was expected: %s", client->data);
}

static inline void client_shutdown(client_t *client) {
    shutdown(client->fd, SHUT_WR);
}

static inline void client_close(client_t *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    free(client->data);
    client->data = NULL;
}

/* Closes with RST. */
static inline void client_reset(client_t *client) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    client_close(client);
}

/* --- HTTP ------------------------------------------------------------------------------------- */

typedef struct {
    int status;
    char head[4096]; /* status line and headers */
    char *body;
    size_t length;
} answer_t;

/* Value of a header in the head, up to the line's end, in static memory; NULL if it is not
 * there. */
static inline const char *answer_header(const answer_t *answer, const char *name) {
    static char value[1024];
    size_t length = strlen(name);
    for (const char *line = strstr(answer->head, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
            snprintf(value, sizeof(value), "%.*s", (int) strcspn(line + 4 + length, "\r"),
                     line + 4 + length);
            return value;
        }
    }
    return NULL;
}

static inline void answer_free(answer_t *answer) {
    free(answer->body);
    answer->body = NULL;
}

/* Waits for a whole answer with Content-Length (none: no body), or the answer to HEAD, and
 * takes it. */
static inline void client_answer(client_t *client, answer_t *answer, int to_head) {
    client_until(client, strstr(client->data, "\r\n\r\n") != NULL || client->ended ||
                             client->error != 0);
    char *end = strstr(client->data, "\r\n\r\n");
    if (end == NULL)
        fail_msg("no answer, but: %s", client->data);
    size_t head = (size_t) (end - client->data) + 4;
    assert_true(head < sizeof(answer->head));
    memset(answer, 0, sizeof(*answer));
    memcpy(answer->head, client->data, head);
    assert_int_equal(sscanf(answer->head, "HTTP/1.1 %d ", &answer->status), 1);
    const char *length = to_head ? NULL : answer_header(answer, "Content-Length");
    answer->length = length != NULL ? (size_t) strtoull(length, NULL, 10) : 0;
    client_until(client, client->length >= head + answer->length || client->ended ||
                             client->error != 0);
    assert_true(client->length >= head + answer->length);
    answer->body = malloc(answer->length + 1);
    memcpy(answer->body, client->data + head, answer->length);
    answer->body[answer->length] = '\0';
    client->length -= head + answer->length;
    memmove(client->data, client->data + head + answer->length, client->length + 1);
}

/* The same, when only status and body matter. */
static inline void client_expect_answer(client_t *client, int status, const char *body) {
    answer_t answer;
    client_answer(client, &answer, 0);
    if (answer.status != status || (body != NULL && strcmp(answer.body, body) != 0))
        fail_msg("expected %d %s, got %s%s", status, body != NULL ? body : "", answer.head,
                 answer.body);
    answer_free(&answer);
}

#endif
