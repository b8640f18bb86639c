/**
 * @file
 * libsio: the socket.io server for C.
 *
 * This is the umbrella header: a program needs no other. The themes are in <sio/...>.
 *
 * Conventions that hold everywhere:
 *  - Functions return 0 or a negative code (see sio/error.h) unless they return a pointer.
 *  - Times are milliseconds, sizes are bytes, text is UTF-8.
 *  - One server runs on one loop and one thread. Every function must be called on that thread;
 *    sio_post() is the one exception. Callbacks run there too.
 *  - Strings and JSON values passed in are borrowed for the length of the call. Pointers handed
 *    out are borrowed from the object they came from.
 *
 * Lifetimes:
 *  | object           | lives until                                           | to keep it longer    |
 *  |------------------|-------------------------------------------------------|----------------------|
 *  | sio_event_t      | its handler returns                                   | sio_event_ref        |
 *  | sio_socket_t     | its disconnect callbacks have returned                | sio_socket_ref       |
 *  | sio_broadcast_t  | the verb that ends the chain, or the loop turn's end  | sio_broadcast_ref    |
 *  | sio_next_t       | sio_next or sio_next_error, to be called exactly once | (needs nothing)      |
 *  | sio_timer_t      | it has fired (sio_after), is stopped, or its owner ends | (cannot)           |
 *  | request/response | the response has ended or its connection is gone      | (cannot)             |
 *  | sio_server_t     | sio_server_free, after the close callback             | (the loop outlives it) |
 *  | sio_tls_t        | the last reference, listeners' and connections' included | sio_tls_ref       |
 */
#ifndef SIO_H
#define SIO_H

#include <sio/adapter.h>
#include <sio/broadcast.h>
#include <sio/error.h>
#include <sio/event.h>
#include <sio/export.h>
#include <sio/http.h>
#include <sio/limit.h>
#include <sio/listeners.h>
#include <sio/namespace.h>
#include <sio/options.h>
#include <sio/parser.h>
#include <sio/reason.h>
#include <sio/remote.h>
#include <sio/server.h>
#include <sio/socket.h>
#include <sio/stats.h>
#include <sio/tls.h>
#include <sio/verbs.h>
#include <sio/version.h>
#include <sio/ws.h>

#endif
