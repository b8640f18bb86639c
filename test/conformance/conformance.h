/** The conformance server: applications that outside test suites expect, one per profile. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <sio.h>
#include <sio/eio.h>

/** Where to listen. With @c host NULL: on 127.0.0.1, and on ::1 where the machine has it, because
 *  "localhost" may be either. */
typedef struct address_s {
    const char *host;
    int port;
} address_t;

/** Heartbeat and limits that the suites of the protocols' own documentation expect. */
void suite_options(sio_options_t *options);

/** Listen, announce the URL, run until a signal. 0 or a negative code. */
int serve_engine(eio_server_t *server, const address_t *address);
int serve_socketio(sio_server_t *server, const address_t *address);

/** The profiles. Each runs until a signal; 0 or a negative code. */
int bench_run(const address_t *address);
int bench_json_run(const address_t *address);
int client_run(const address_t *address);
int engine_run(const address_t *address);
int engine_client_run(const address_t *address);
int socketio_run(const address_t *address);
int websocket_run(const address_t *address);

/** Opens a raw WebSocket that sends back what it gets; for sio_ws(). */
void websocket_echo(sio_ws_t *ws, void *data);

#endif
