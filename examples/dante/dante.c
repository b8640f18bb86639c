/**
 * dante: reads the first canto of the Divine Comedy to everyone who comes, a stanza every two
 * seconds, over Socket.IO as it is and as it was in 2013, and over a raw WebSocket; self-hosted
 * at / or under a virtual directory. See --help.
 */
#include "options.h"
#include "pages.h"
#include "reading.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PORT = 8888 };

static void log_tls(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) level, (void) category, (void) data;
    fprintf(stderr, "dante: %s\n", text);
}

static int listen_tls(sio_server_t *io, const struct dante_options *options) {
    sio_tls_options_t with_log = options->tls;
    sio_tls_t *tls;
    with_log.log = log_tls;
    int rc = sio_tls_new(&tls, &with_log);
    if (rc < 0)
        return rc;
    const char *host = options->host[0] != '\0' ? options->host : NULL;
    rc = sio_listen_tls(io, host, options->port >= 0 ? options->port : DEFAULT_PORT, tls);
    sio_tls_unref(tls);
    return rc;
}

static int start_listening(sio_server_t *io, const struct dante_options *options) {
    const char *host = options->host[0] != '\0' ? options->host : NULL;
    if (options->tls.cert_file != NULL)
        return listen_tls(io, options);
    if (options->pipe[0] != '\0')
        return sio_listen_pipe(io, options->pipe);
    if (options->port >= 0 || host != NULL)
        return sio_listen(io, host, options->port >= 0 ? options->port : DEFAULT_PORT);
    return sio_listen_env(io, DEFAULT_PORT);
}

static void say_where(const sio_server_t *io, const struct dante_options *options) {
    int port = sio_server_port(io);
    const char *pipe = options->pipe[0] != '\0' ? options->pipe : getenv("PORT");
    if (port < 0) {
        printf("listening on %s\n", pipe != NULL ? pipe : "a pipe");
    } else {
        const char *host = options->host[0] != '\0' ? options->host : "localhost";
        int v6 = strchr(host, ':') != NULL;
        static const char *const pages[] = {"", "websocket.html", "classic.html"};
        for (size_t i = 0; i < 3; i++)
            printf("listening on %s://%s%s%s:%d%s/%s\n",
                   options->tls.cert_file != NULL ? "https" : "http", v6 ? "[" : "", host,
                   v6 ? "]" : "", port, options->folder, pages[i]);
    }
    fflush(stdout);
    if (sio_client_version()[0] == '\0')
        fprintf(stderr,
                "dante: built without the client files: only the WebSocket page will work\n");
}

int main(int argc, char **argv) {
    struct dante_options options;
    sio_server_t *io;
    int rc = dante_options_read(&options, argc, argv);
    if (rc != 0)
        return rc < 0 ? 2 : 0;
    rc = sio_server_new(&io, NULL, &options.server);
    sio_options_clear(&options.server);
    if (rc == 0) {
        rc = dante_pages_serve(io, options.folder);
        if (rc == 0)
            rc = dante_reading_start(io, &options.interval);
        if (rc == 0)
            rc = start_listening(io, &options);
        if (rc == 0) {
            say_where(io, &options);
            rc = sio_run(io);
        }
        sio_server_free(io);
    }
    if (rc < 0)
        fprintf(stderr, "dante: %s\n", sio_strerror(rc));
    return rc < 0;
}
