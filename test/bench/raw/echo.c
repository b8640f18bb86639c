#include "echo.h"

#include "handshake.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#define READ_SIZE   ((size_t) 64 << 10)
#define HEAD_SIZE   4096
#define MAX_MESSAGE ((uint64_t) 16 << 20)

typedef struct echo_s {
    uv_tcp_t tcp; /* first */
    wslay_event_context_ptr ws;
    char *head; /* of the request, until it is complete */
    size_t head_size;
    const uint8_t *in; /* what wslay has not taken of the last read */
    size_t in_size;
} echo_t;

/* All connections of the loop read into the same buffer, and what they send in one turn is gathered
 * in the same one: wslay calls back for every header and payload, and a system call for each would
 * cost more than all the rest. */
static uint8_t read_buffer[READ_SIZE];
static uint8_t *gathered;
static size_t gathered_size, gathered_room;

typedef struct rest_s {
    uv_write_t request;
    char data[];
} rest_t;

static void on_closed(uv_handle_t *handle) {
    echo_t *echo = (echo_t *) handle;

    wslay_event_context_free(echo->ws);
    free(echo->head);
    free(echo);
}

static void shut(echo_t *echo) {
    if (!uv_is_closing((uv_handle_t *) &echo->tcp))
        uv_close((uv_handle_t *) &echo->tcp, on_closed);
}

/* ---- Out ------------------------------------------------------------------------------------- */

static void on_written(uv_write_t *request, int status) {
    if (status < 0 && status != UV_ECANCELED)
        shut((echo_t *) request->handle);
    free(request);
}

/* Whatever the socket does not take at once is copied and left to libuv. */
static void transmit(echo_t *echo, const uint8_t *data, size_t size) {
    uv_stream_t *stream = (uv_stream_t *) &echo->tcp;
    uv_buf_t buffer = uv_buf_init((char *) (uintptr_t) data, (unsigned) size);

    int sent = uv_try_write(stream, &buffer, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        shut(echo);
        return;
    }
    size_t done = sent > 0 ? (size_t) sent : 0;
    if (done == size)
        return;
    rest_t *rest = malloc(sizeof *rest + size - done);
    if (rest == NULL) {
        shut(echo);
        return;
    }
    memcpy(rest->data, data + done, size - done);
    buffer = uv_buf_init(rest->data, (unsigned) (size - done));
    if (uv_write(&rest->request, stream, &buffer, 1, on_written) < 0) {
        free(rest);
        shut(echo);
    }
}

static ssize_t send_callback(wslay_event_context_ptr ws, const uint8_t *data, size_t size,
                             int flags, void *user) {
    (void) flags, (void) user;
    if (gathered_room - gathered_size < size) {
        size_t room = 2 * (gathered_size + size);
        uint8_t *larger = realloc(gathered, room);
        if (larger == NULL) {
            wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
            return -1;
        }
        gathered = larger;
        gathered_room = room;
    }
    memcpy(gathered + gathered_size, data, size);
    gathered_size += size;
    return (ssize_t) size;
}

/* ---- In -------------------------------------------------------------------------------------- */

static ssize_t recv_callback(wslay_event_context_ptr ws, uint8_t *out, size_t room, int flags,
                             void *user) {
    echo_t *echo = user;
    size_t size = echo->in_size < room ? echo->in_size : room;

    (void) flags;
    if (size == 0) {
        wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out, echo->in, size);
    echo->in += size;
    echo->in_size -= size;
    return (ssize_t) size;
}

static void on_message(wslay_event_context_ptr ws,
                       const struct wslay_event_on_msg_recv_arg *message, void *user) {
    struct wslay_event_msg reply = {message->opcode, message->msg, message->msg_length};

    (void) user;
    if (!wslay_is_ctrl_frame(message->opcode))
        wslay_event_queue_msg(ws, &reply);
}

static void take_frames(echo_t *echo, const uint8_t *data, size_t size) {
    echo->in = data;
    echo->in_size = size;
    gathered_size = 0;
    int failed = wslay_event_recv(echo->ws) != 0 || wslay_event_send(echo->ws) != 0;
    if (gathered_size > 0)
        transmit(echo, gathered, gathered_size);
    if (failed || (!wslay_event_want_read(echo->ws) && !wslay_event_want_write(echo->ws)))
        shut(echo);
}

static int open_websocket(echo_t *echo) {
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = recv_callback,
        .send_callback = send_callback,
        .on_msg_recv_callback = on_message,
    };
    char response[HANDSHAKE_RESPONSE_SIZE];

    size_t size = handshake_respond(response, echo->head);
    if (size == 0 || wslay_event_context_server_init(&echo->ws, &callbacks, echo) != 0)
        return 0;
    wslay_event_config_set_max_recv_msg_length(echo->ws, MAX_MESSAGE);
    transmit(echo, (const uint8_t *) response, size);
    return 1;
}

static void take_head(echo_t *echo, const uint8_t *data, size_t size) {
    size_t had = echo->head_size;

    if (memchr(data, '\0', size) != NULL || size >= HEAD_SIZE - had) {
        shut(echo);
        return;
    }
    memcpy(echo->head + had, data, size);
    echo->head_size += size;
    echo->head[echo->head_size] = '\0';
    size_t length = handshake_length(echo->head);
    if (length == 0)
        return;
    if (!open_websocket(echo)) {
        shut(echo);
        return;
    }
    free(echo->head);
    echo->head = NULL;
    if (length < had + size)
        take_frames(echo, data + length - had, had + size - length);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void) handle, (void) suggested;
    *buffer = uv_buf_init((char *) read_buffer, sizeof read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    echo_t *echo = (echo_t *) stream;
    const uint8_t *data = (const uint8_t *) buffer->base;

    if (size < 0)
        shut(echo);
    else if (size > 0 && echo->ws != NULL)
        take_frames(echo, data, (size_t) size);
    else if (size > 0)
        take_head(echo, data, (size_t) size);
}

void echo_accept(uv_stream_t *listener) {
    echo_t *echo = calloc(1, sizeof *echo);
    char *head = malloc(HEAD_SIZE);

    if (echo == NULL || head == NULL || uv_tcp_init(listener->loop, &echo->tcp) < 0) {
        free(echo);
        free(head);
        return;
    }
    echo->head = head;
    if (uv_accept(listener, (uv_stream_t *) &echo->tcp) < 0 || uv_tcp_nodelay(&echo->tcp, 1) < 0 ||
        uv_read_start((uv_stream_t *) &echo->tcp, on_allocate, on_read) < 0)
        shut(echo);
}
