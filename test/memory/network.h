/*
 * A network without a kernel: connections of a server whose other ends are in the test's hands.
 * What the server reads and when, in which pieces, how much of its output the network takes, and
 * what time it is: all is the test's word, so that two runs do exactly the same.
 *
 * The server believes in uv_tcp_t all the same: the linker puts the functions of network.c and
 * clock.c in the place of the few calls that reach the kernel (meson.build has the list). In a
 * program with this network every uv_tcp_t belongs to it, and nothing may listen.
 */
#ifndef TEST_MEMORY_NETWORK_H
#define TEST_MEMORY_NETWORK_H

#include <sio/server.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* The client's end of a connection. */
typedef struct memory_peer_s memory_peer_t;

/* Connects to the server. NULL: it wants none, or out of memory. */
memory_peer_t *memory_connect(sio_server_t *server);
/* The same where the server speaks TLS. */
memory_peer_t *memory_connect_tls(sio_server_t *server, sio_tls_t *tls);
/* The same, the stream taken by `accept`, which returns 0 or a code: then it is not connected. */
typedef int (*memory_accept_cb)(sio_server_t *server, uv_stream_t *stream, void *data);
memory_peer_t *memory_connect_by(sio_server_t *server, memory_accept_cb accept, void *data);
/* Frees it; the server, if it has not closed the connection, goes on writing to nobody. */
void memory_peer_free(memory_peer_t *peer);

/* Has the server read bytes, as one read if they fit into its buffer. Returns how many it has
 * taken: fewer when it has stopped reading or closed meanwhile. */
size_t memory_feed(memory_peer_t *peer, const void *data, size_t length);
/* The client's FIN (UV_EOF), or a failure such as UV_ECONNRESET. 0: the server does not read. */
int memory_feed_end(memory_peer_t *peer, int error);
/* Nonzero if the server reads. */
int memory_reads(const memory_peer_t *peer);

/* What the server has written and the test has not taken; valid until the next call. */
const unsigned char *memory_output(const memory_peer_t *peer, size_t *length);
/* Takes that many bytes of it away. */
void memory_take(memory_peer_t *peer, size_t length);
/* How many bytes the network still takes from the server; at first without limit (SIZE_MAX). */
void memory_set_room(memory_peer_t *peer, size_t room);
/* The server has sent its FIN; it has closed the connection (seen after a turn of the loop). */
int memory_finished(const memory_peer_t *peer);
int memory_closed(const memory_peer_t *peer);

/* The network's own faults. Number `nth` of the writes from now on fails with `error`, once
 * ((size_t) -1: none); returns how many there were before. */
size_t memory_fail_write(size_t nth, int error);
/* A write takes no more than so many bytes, and nothing every other time; SIZE_MAX: as many as
 * there are. */
void memory_set_crumbs(size_t size);
/* This connection has none of these faults, nor do its writes count. */
void memory_spare(memory_peer_t *peer);

/* Ends the turn as the loop's prepare and check handles do: the server writes. */
void memory_end_turn(sio_server_t *server);
/* Runs the loop once, without waiting: timers that are due, writes that have found room, closed
 * handles. */
void memory_run(uv_loop_t *loop);

/* Lets time pass, for the loops of libuv and the time of day; it stands still otherwise. */
void memory_sleep(uint64_t ms);
/* Random bytes begin again from here. */
void memory_seed(uint64_t seed);
/* There are none from now on, but this code of libuv's; 0: there are some again. */
void memory_fail_random(int error);
/* Time and random bytes begin again, for another server on a loop that has no handles left. */
void memory_restart(uv_loop_t *loop);

#endif
