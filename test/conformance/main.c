/**
 * conformance PROFILE [--port N] [--host H]
 *
 * Serves what an outside suite expects, on PORT or 3000; prints "listening on URL" when ready.
 */
#include "conformance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT 3000

static const struct {
    const char *name;
    int (*run)(const address_t *address);
    const char *summary;
} profiles[] = {
    {"engine", engine_run, "Engine.IO echo, for the protocol's test suite"},
    {"socketio", socketio_run, "Socket.IO echo, for the protocol's test suite"},
    {"client", client_run, "for the tests of socket.io-client"},
    {"engine-client", engine_client_run, "for the tests of engine.io-client"},
    {"websocket", websocket_run, "WebSocket echo on any path, for WebSocket suites"},
    {"bench", bench_run, "the application of the benchmarks"},
    {"bench-json", bench_json_run, "the same with an echo through json_t values"},
};

void suite_options(sio_options_t *options) {
    static const sio_cors_options_t anyone = {.origin = "*"};

    options->ping_interval_ms = 300;
    options->ping_timeout_ms = 200;
    options->max_payload = 1000000;
    options->connect_timeout_ms = 1000;
    options->allow_eio3 = 1;
    options->cors = &anyone; /* the suites have a page that runs them in a browser */
}

typedef int (*listen_fn)(void *server, const char *host, int port);
typedef int (*port_fn)(const void *server);

static int listen_and_announce(void *server, listen_fn listen, port_fn port_of,
                               const address_t *address) {
    const char *host = address->host ? address->host : "127.0.0.1";
    int bracket = strchr(host, ':') != NULL;
    int rc = listen(server, host, address->port);
    if (rc < 0)
        return rc;
    int port = port_of(server);
    if (port < 0)
        return port;
    if (address->host == NULL)
        (void) listen(server, "::1", port); /* not every machine has it */
    printf("listening on http://%s%s%s:%d\n", bracket ? "[" : "", host, bracket ? "]" : "", port);
    fflush(stdout);
    return 0;
}

static int engine_listen(void *server, const char *host, int port) {
    return eio_server_listen(server, host, port);
}

static int engine_port(const void *server) {
    return eio_server_port(server);
}

static int socketio_listen(void *server, const char *host, int port) {
    return sio_listen(server, host, port);
}

static int socketio_port(const void *server) {
    return sio_server_port(server);
}

int serve_engine(eio_server_t *server, const address_t *address) {
    int rc = listen_and_announce(server, engine_listen, engine_port, address);
    return rc < 0 ? rc : eio_server_run(server);
}

int serve_socketio(sio_server_t *server, const address_t *address) {
    int rc = listen_and_announce(server, socketio_listen, socketio_port, address);
    return rc < 0 ? rc : sio_run(server);
}

static int parse_port(const char *text) {
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    return errno || end == text || *end || port < 0 || port > 65535 ? -1 : (int) port;
}

static int usage(void) {
    fprintf(stderr, "usage: conformance PROFILE [--port N] [--host H]\n\nprofiles:\n");
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        fprintf(stderr, "  %-14s %s\n", profiles[i].name, profiles[i].summary);
    return 2;
}

int main(int argc, char **argv) {
    const char *from_env = getenv("PORT");
    address_t address = {NULL, from_env && *from_env ? parse_port(from_env) : DEFAULT_PORT};
    const char *profile = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            address.port = parse_port(argv[++i]);
        else if (strcmp(argv[i], "--host") == 0 && i + 1 < argc)
            address.host = argv[++i];
        else if (argv[i][0] != '-' && profile == NULL)
            profile = argv[i];
        else
            return usage();
    }
    if (profile == NULL || address.port < 0)
        return usage();

    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (strcmp(profiles[i].name, profile) != 0)
            continue;
        int rc = profiles[i].run(&address);
        if (rc < 0)
            fprintf(stderr, "conformance: %s\n", sio_strerror(rc));
        return rc < 0;
    }
    return usage();
}
