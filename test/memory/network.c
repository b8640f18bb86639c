#include "network.h"
#include "count.h"
#include "net/loop.h"
#include "net/send.h"
#include "server/server.h"
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 64 * 1024 }; /* what libuv suggests for a read */

typedef struct {
    uv_tcp_t tcp; /* first: the server gives it to free() */
    memory_peer_t *peer;
} stream_t;

typedef struct {
    unsigned char *data;
    size_t length, capacity;
} bytes_t;

struct memory_peer_s {
    stream_t *stream; /* NULL: closed */
    uv_alloc_cb alloc; /* NULL: the server does not read */
    uv_read_cb read;
    uv_close_cb closed;
    bytes_t output;
    size_t room;
    uv_write_t *write; /* what waits for room; the server starts one at a time */
    uv_write_cb written;
    bytes_t waiting;
    uv_shutdown_t *shutdown;
    uv_shutdown_cb shut;
    int finished;
    int spared; /* by faults */
    int freed; /* by the test, before the server has closed */
    memory_peer_t *next;
};

static struct {
    size_t count, nth;
    int error;
    size_t crumbs;
    int full; /* this time it takes nothing */
} faults = {0, (size_t) -1, 0, SIZE_MAX, 0};

int memory_counting;
int memory_in_server;
static memory_peer_t *peers; /* those whose streams are open */

int __wrap_uv_read_start(uv_stream_t *stream, uv_alloc_cb alloc, uv_read_cb read);
int __wrap_uv_read_stop(uv_stream_t *stream);
int __wrap_uv_tcp_getpeername(const uv_tcp_t *tcp, struct sockaddr *name, int *length);
int __wrap_uv_write(uv_write_t *req, uv_stream_t *stream, const uv_buf_t bufs[], unsigned count,
                    uv_write_cb cb);
size_t __wrap_uv_stream_get_write_queue_size(const uv_stream_t *stream);
int __wrap_uv_shutdown(uv_shutdown_t *req, uv_stream_t *stream, uv_shutdown_cb cb);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);
void __real_uv_close(uv_handle_t *handle, uv_close_cb cb);
int __wrap_sio__send(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count);

void memory_count_start(void) {
    CALLGRIND_START_INSTRUMENTATION;
    memory_counting = 1;
}

void memory_count_stop(void) {
    memory_counting = 0;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void put(bytes_t *bytes, const void *data, size_t length) {
    if (bytes->capacity - bytes->length < length) {
        size_t capacity = 2 * bytes->capacity + length;
        unsigned char *more = realloc(bytes->data, capacity);
        if (more == NULL)
            abort();
        bytes->data = more;
        bytes->capacity = capacity;
    }
    if (length > 0)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void cut(bytes_t *bytes, size_t length) {
    bytes->length -= length;
    if (bytes->length > 0)
        memmove(bytes->data, bytes->data + length, bytes->length);
}

static memory_peer_t *peer_of(const uv_stream_t *stream) {
    return ((const stream_t *) (const void *) stream)->peer;
}

/* --- the client's end ------------------------------------------------------------------------- */

static void destroy(memory_peer_t *peer) {
    free(peer->output.data);
    free(peer->waiting.data);
    free(peer);
}

static void drop_stream(uv_handle_t *handle) {
    free(handle);
}

memory_peer_t *memory_connect_by(sio_server_t *server, memory_accept_cb accept, void *data) {
    memory_peer_t *peer = calloc(1, sizeof(*peer));
    stream_t *stream = calloc(1, sizeof(*stream));
    if (peer == NULL || stream == NULL ||
        uv_tcp_init(sio_server_loop(server), &stream->tcp) < 0) {
        free(peer);
        free(stream);
        return NULL;
    }
    peer->stream = stream;
    peer->room = SIZE_MAX;
    stream->peer = peer;
    memory_enter(1);
    int rc = accept(server, (uv_stream_t *) &stream->tcp, data);
    memory_enter(0);
    if (rc < 0) {
        __real_uv_close((uv_handle_t *) &stream->tcp, drop_stream);
        destroy(peer);
        return NULL;
    }
    peer->next = peers;
    peers = peer;
    return peer;
}

static int accept_plain(sio_server_t *server, uv_stream_t *stream, void *data) {
    (void) data;
    return sio_accept(server, stream);
}

static int accept_tls(sio_server_t *server, uv_stream_t *stream, void *data) {
    return sio_accept_tls(server, stream, data);
}

memory_peer_t *memory_connect(sio_server_t *server) {
    return memory_connect_by(server, accept_plain, NULL);
}

memory_peer_t *memory_connect_tls(sio_server_t *server, sio_tls_t *tls) {
    return memory_connect_by(server, accept_tls, tls);
}

void memory_peer_free(memory_peer_t *peer) {
    if (peer == NULL)
        return;
    if (peer->stream == NULL)
        destroy(peer);
    else
        peer->freed = 1;
}

int memory_reads(const memory_peer_t *peer) {
    return peer->read != NULL;
}

/* As libuv does it: a buffer, bytes in it, the news. */
static size_t feed_part(memory_peer_t *peer, const void *data, size_t length) {
    uv_stream_t *stream = (uv_stream_t *) &peer->stream->tcp;
    uv_buf_t buf = {0};
    memory_enter(1);
    peer->alloc((uv_handle_t *) stream, READ_SIZE, &buf);
    memory_enter(0);
    if (length > buf.len)
        length = buf.len;
    memcpy(buf.base, data, length);
    memory_enter(1);
    peer->read(stream, (ssize_t) length, &buf);
    memory_enter(0);
    return length;
}

size_t memory_feed(memory_peer_t *peer, const void *data, size_t length) {
    size_t at = 0;
    while (at < length && memory_reads(peer))
        at += feed_part(peer, (const char *) data + at, length - at);
    return at;
}

int memory_feed_end(memory_peer_t *peer, int error) {
    uv_buf_t none = {0};
    uv_read_cb read = peer->read;
    if (read == NULL)
        return 0;
    /* libuv reads no further behind either. */
    peer->read = NULL;
    peer->alloc = NULL;
    memory_enter(1);
    read((uv_stream_t *) &peer->stream->tcp, error, &none);
    memory_enter(0);
    return 1;
}

const unsigned char *memory_output(const memory_peer_t *peer, size_t *length) {
    *length = peer->output.length;
    return peer->output.data;
}

void memory_take(memory_peer_t *peer, size_t length) {
    cut(&peer->output, length);
}

void memory_set_room(memory_peer_t *peer, size_t room) {
    peer->room = room;
}

int memory_finished(const memory_peer_t *peer) {
    return peer->finished || peer->stream == NULL;
}

int memory_closed(const memory_peer_t *peer) {
    return peer->stream == NULL;
}

/* --- the server's end ------------------------------------------------------------------------- */

int __wrap_uv_read_start(uv_stream_t *stream, uv_alloc_cb alloc, uv_read_cb read) {
    memory_peer_t *peer = peer_of(stream);
    peer->alloc = alloc;
    peer->read = read;
    return 0;
}

int __wrap_uv_read_stop(uv_stream_t *stream) {
    memory_peer_t *peer = peer_of(stream);
    peer->alloc = NULL;
    peer->read = NULL;
    return 0;
}

int __wrap_uv_tcp_getpeername(const uv_tcp_t *tcp, struct sockaddr *name, int *length) {
    struct sockaddr_in address;
    (void) tcp;
    int rc = uv_ip4_addr("127.0.0.1", 50000, &address);
    if (rc == 0)
        memcpy(name, &address, sizeof(address));
    *length = sizeof(address);
    return rc;
}

size_t memory_fail_write(size_t nth, int error) {
    const size_t count = faults.count;
    faults.count = 0;
    faults.nth = nth;
    faults.error = error;
    return count;
}

void memory_set_crumbs(size_t size) {
    faults.crumbs = size;
    faults.full = 0;
}

void memory_spare(memory_peer_t *peer) {
    peer->spared = 1;
}

/* 0, or what this write fails with. */
static int write_fault(const memory_peer_t *peer) {
    if (peer->spared)
        return 0;
    if (faults.count++ == faults.nth)
        return faults.error;
    if (faults.crumbs == SIZE_MAX)
        return 0;
    faults.full = !faults.full;
    return faults.full ? UV_EAGAIN : 0;
}

static size_t deliver(memory_peer_t *peer, const void *data, size_t length) {
    if (length > peer->room)
        length = peer->room;
    if (!peer->spared && length > faults.crumbs)
        length = faults.crumbs;
    if (peer->room != SIZE_MAX)
        peer->room -= length;
    if (!peer->freed)
        put(&peer->output, data, length);
    return length;
}

int __wrap_sio__send(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count) {
    int before = memory_enter(0);
    memory_peer_t *peer = peer_of(stream);
    int fault = peer->room == 0 ? UV_EAGAIN : write_fault(peer);
    size_t sent = 0;
    for (unsigned i = 0; i < count && fault == 0; i++) {
        size_t part = deliver(peer, bufs[i].base, bufs[i].len);
        sent += part;
        if (part < bufs[i].len)
            break;
    }
    memory_enter(before);
    return fault != 0 ? fault : (int) sent;
}

int __wrap_uv_write(uv_write_t *req, uv_stream_t *stream, const uv_buf_t bufs[], unsigned count,
                    uv_write_cb cb) {
    int before = memory_enter(0);
    memory_peer_t *peer = peer_of(stream);
    int rc = peer->write != NULL ? UV_EBUSY : 0;
    if (rc == 0) {
        peer->write = req;
        peer->written = cb;
        for (unsigned i = 0; i < count; i++)
            put(&peer->waiting, bufs[i].base, bufs[i].len);
    }
    memory_enter(before);
    return rc;
}

size_t __wrap_uv_stream_get_write_queue_size(const uv_stream_t *stream) {
    return peer_of(stream)->waiting.length;
}

int __wrap_uv_shutdown(uv_shutdown_t *req, uv_stream_t *stream, uv_shutdown_cb cb) {
    memory_peer_t *peer = peer_of(stream);
    req->handle = stream;
    peer->shutdown = req;
    peer->shut = cb;
    return 0;
}

/* --- the turn of the loop --------------------------------------------------------------------- */

static void tell_written(memory_peer_t *peer, int status) {
    uv_write_t *req = peer->write;
    if (req == NULL)
        return;
    peer->write = NULL;
    memory_enter(1);
    peer->written(req, status);
    memory_enter(0);
}

static void tell_shut(memory_peer_t *peer, int status) {
    uv_shutdown_t *req = peer->shutdown;
    if (req == NULL)
        return;
    peer->shutdown = NULL;
    memory_enter(1);
    peer->shut(req, status);
    memory_enter(0);
}

static void on_closed(uv_handle_t *handle) {
    memory_peer_t *peer = peer_of((const uv_stream_t *) handle), **at = &peers;
    tell_written(peer, UV_ECANCELED);
    tell_shut(peer, UV_ECANCELED);
    while (*at != NULL && *at != peer)
        at = &(*at)->next;
    if (*at != NULL)
        *at = peer->next;
    peer->stream = NULL;
    memory_enter(1);
    peer->closed(handle);
    memory_enter(0);
    if (peer->freed)
        destroy(peer);
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb) {
    if (handle->type == UV_TCP) {
        memory_peer_t *peer = peer_of((const uv_stream_t *) handle);
        peer->alloc = NULL;
        peer->read = NULL;
        peer->closed = cb;
        cb = on_closed;
    }
    __real_uv_close(handle, cb);
}

/* Writes what waits, then sends the FIN behind it. Streams close in uv_run alone. */
static void progress(memory_peer_t *peer) {
    if (peer->write != NULL) {
        int fault = write_fault(peer);
        size_t sent = fault == 0 ? deliver(peer, peer->waiting.data, peer->waiting.length) : 0;
        cut(&peer->waiting, sent);
        if (peer->waiting.length == 0 || (fault != 0 && fault != UV_EAGAIN))
            tell_written(peer, fault);
    }
    if (peer->write == NULL && peer->shutdown != NULL) {
        peer->finished = 1;
        tell_shut(peer, 0);
    }
}

void memory_run(uv_loop_t *loop) {
    for (memory_peer_t *peer = peers; peer != NULL; peer = peer->next)
        progress(peer);
    uv_run(loop, UV_RUN_NOWAIT);
}

void memory_end_turn(sio_server_t *server) {
    memory_enter(1);
    sio__loop_end_turn(server->loop);
    memory_enter(0);
}
