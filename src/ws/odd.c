#include "ws/odd.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

enum {
    POOLED = 8,             /* contexts kept */
    BUFFER_KEPT = 16 * 1024 /* the largest message buffer kept with one */
};

struct sio__odd_s {
    wslay_event_context_ptr wslay;
    sio__odd_t *next; /* in the pool */
    const char *data; /* what is being fed */
    size_t available;
    uint64_t left;
    uint64_t total;
    sio__buf_t message;
    int error;
    uint8_t started;
    uint8_t complete;
    uint8_t binary;
};

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *buf, size_t length, int flags,
                       void *user_data) {
    sio__odd_t *odd = user_data;
    (void) flags;
    if (odd->available == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (length > odd->available)
        length = odd->available;
    memcpy(buf, odd->data, length);
    odd->data += length;
    odd->available -= length;
    return (ssize_t) length;
}

static void on_chunk(wslay_event_context_ptr wslay,
                     const struct wslay_event_on_frame_recv_chunk_arg *arg, void *user_data) {
    sio__odd_t *odd = user_data;
    (void) wslay;
    if (odd->error == 0)
        odd->error = sio__buf_append(&odd->message, arg->data, arg->data_length);
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *arg,
                       void *user_data) {
    sio__odd_t *odd = user_data;
    (void) wslay;
    odd->complete = 1;
    odd->binary = arg->opcode == WSLAY_BINARY_FRAME;
}

static sio__odd_t *odd_new(void) {
    const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .on_frame_recv_chunk_callback = on_chunk,
        .on_msg_recv_callback = on_message,
    };
    sio__odd_t *odd = calloc(1, sizeof(*odd));
    if (odd == NULL)
        return NULL;
    if (wslay_event_context_server_init(&odd->wslay, &callbacks, odd) != 0) {
        free(odd);
        return NULL;
    }
    wslay_event_config_set_no_buffering(odd->wslay, 1);
    wslay_event_config_set_max_recv_msg_length(odd->wslay, UINT64_MAX / 2);
    return odd;
}

static void odd_free(sio__odd_t *odd) {
    wslay_event_context_free(odd->wslay);
    sio__buf_free(&odd->message);
    free(odd);
}

sio__odd_t *sio__odd_lend(sio__odd_pool_t *pool) {
    sio__odd_t *odd = pool->free;
    if (odd == NULL)
        return odd_new();
    pool->free = odd->next;
    pool->count--;
    odd->next = NULL;
    return odd;
}

void sio__odd_return(sio__odd_pool_t *pool, sio__odd_t *odd) {
    if (odd == NULL)
        return;
    /* In the midst of a message wslay has a state that nothing resets. */
    int clean = odd->error == 0 && (odd->complete || !odd->started);
    if (!clean || pool->count >= POOLED) {
        odd_free(odd);
        return;
    }
    if (odd->message.capacity > BUFFER_KEPT)
        sio__buf_free(&odd->message);
    odd->message.length = 0;
    odd->left = odd->total = 0;
    odd->started = odd->complete = 0;
    odd->next = pool->free;
    pool->free = odd;
    pool->count++;
}

void sio__odd_pool_clear(sio__odd_pool_t *pool) {
    while (pool->free != NULL) {
        sio__odd_t *odd = pool->free;
        pool->free = odd->next;
        odd_free(odd);
    }
    pool->count = 0;
}

static int feed(sio__odd_t *odd, const char *data, size_t length) {
    odd->data = data;
    odd->available = length;
    int rc = wslay_event_recv(odd->wslay);
    odd->data = NULL;
    if (odd->error != 0)
        return odd->error;
    if (rc == WSLAY_ERR_NOMEM)
        odd->error = SIO_ENOMEM;
    else if (rc != 0)
        odd->error = SIO_EPROTO;
    else if (!wslay_event_get_read_enabled(odd->wslay))
        odd->error = SIO_EUTF8; /* of wslay's objections the only one that checked headers leave */
    return odd->error;
}

int sio__odd_frame(sio__odd_t *odd, const unsigned char *head, size_t head_length,
                   uint64_t payload) {
    odd->started = 1;
    odd->left = payload;
    odd->total += payload;
    return feed(odd, (const char *) head, head_length);
}

int sio__odd_feed(sio__odd_t *odd, const char *data, size_t length) {
    odd->left -= length;
    return feed(odd, data, length);
}

uint64_t sio__odd_left(const sio__odd_t *odd) {
    return odd->left;
}

uint64_t sio__odd_length(const sio__odd_t *odd) {
    return odd->total;
}

sio__buf_t *sio__odd_message(sio__odd_t *odd, int *binary) {
    if (!odd->complete)
        return NULL;
    *binary = odd->binary;
    return &odd->message;
}
