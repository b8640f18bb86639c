#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: dante [--port N] [--host H] [--pipe NAME] [--path /dante/socket.io] [--transports polling,websocket]\n"
    "             [--client-version 4|2|0.9] [--interval MS] [--trust-proxy ADDRESS,...]\n"
    "             [--original-url-header NAME] [--lenient-upgrade] [--tls-cert FILE --tls-key FILE]\n"
    "\n"
    "  --port N                   TCP port; 0: any. Otherwise PORT (a number, or the name of a pipe),\n"
    "                             HTTP_PLATFORM_PORT, systemd's sockets, or 8888\n"
    "  --host H                   address to listen on; otherwise all of them\n"
    "  --pipe NAME                listen on a UNIX socket, or a named pipe on Windows\n"
    "  --path PATH, --resource    resource path; its last segment aside, the pages are there, too\n"
    "  --transports LIST          any of polling, websocket\n"
    "  --client-version VERSION   which client socket.io.js is: that of 4, 2 or 0.9; otherwise 4\n"
    "  --interval MS              time between two stanzas, otherwise 2000\n"
    "  --trust-proxy LIST         believe X-Forwarded-* of these addresses (\"pipe\": of the pipe's peers)\n"
    "  --original-url-header NAME header in which such a proxy passes the URL before its rewrite\n"
    "  --lenient-upgrade          accept a WebSocket whose Connection header got lost (iisnode with Firefox)\n"
    "  --tls-cert FILE            serve https and wss with this certificate (PEM, its chain behind it)\n"
    "  --tls-key FILE             and its key\n"
    "\n"
    "Other arguments are ignored, so that iisnode can start it as it starts node.\n";

static int number(const char *text, unsigned long max, unsigned long *value) {
    char *end;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= max;
}

/* Also in the words of 0.9. */
static void set_transports(sio_options_t *options, const char *transports) {
    options->transports = transports;
    if (strstr(transports, "polling") == NULL)
        options->v09.transports = "websocket";
    else if (strstr(transports, "websocket") == NULL)
        options->v09.transports = "htmlfile,xhr-polling,jsonp-polling";
    else
        options->v09.transports = NULL;
}

static int set(struct dante_options *options, const char *name, const char *value) {
    unsigned long n;
    if (strcmp(name, "host") == 0)
        options->host = value;
    else if (strcmp(name, "pipe") == 0)
        options->pipe = value;
    else if (strcmp(name, "path") == 0 || strcmp(name, "resource") == 0)
        options->server.path = value;
    else if (strcmp(name, "transports") == 0)
        set_transports(&options->server, value);
    else if (strcmp(name, "client-version") == 0)
        options->server.client_version = value;
    else if (strcmp(name, "trust-proxy") == 0)
        options->server.trusted_proxies = value;
    else if (strcmp(name, "original-url-header") == 0)
        options->server.original_url_header = value;
    else if (strcmp(name, "tls-cert") == 0)
        options->tls.cert_file = value;
    else if (strcmp(name, "tls-key") == 0)
        options->tls.key_file = value;
    else if (strcmp(name, "port") == 0 && number(value, 65535, &n))
        options->port = (int) n;
    else if (strcmp(name, "interval") == 0 && number(value, 1000000000, &n) && n > 0)
        options->interval = n;
    else
        return -1;
    return 0;
}

/* --name value, --name=value, --lenient-upgrade, or anything else, which is ignored. */
static int read_arguments(struct dante_options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char name[64];
        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        size_t length = strcspn(argv[i] + 2, "=");
        snprintf(name, sizeof(name), "%.*s", (int) (length < 63 ? length : 63), argv[i] + 2);
        const char *value = argv[i][2 + length] == '=' ? argv[i] + 2 + length + 1 : NULL;
        if (strcmp(name, "help") == 0) {
            fputs(usage, stdout);
            return 1;
        }
        if (strcmp(name, "lenient-upgrade") == 0 && value == NULL) {
            options->server.lenient_upgrade = 1;
            continue;
        }
        if (value == NULL && i + 1 < argc)
            value = argv[++i];
        if (value == NULL || set(options, name, value) < 0) {
            fprintf(stderr, "dante: --%s: unknown, or its value is\n\n%s", name, usage);
            return -1;
        }
    }
    return 0;
}

/* Where IIS hosts the program, it lives in a virtual directory. */
static void take_path(struct dante_options *options) {
    const char *application = getenv("HTTP_PLATFORM_APPL_PATH");
    if (options->server.path != NULL)
        return;
    if (application != NULL && application[0] == '/')
        snprintf(options->path, sizeof(options->path), "%s%ssocket.io", application,
                 application[strlen(application) - 1] == '/' ? "" : "/");
    else
        snprintf(options->path, sizeof(options->path), "%s",
                 getenv("IISNODE_VERSION") != NULL ? "/dante/socket.io" : "/socket.io");
    options->server.path = options->path;
}

/* "/dante" of "/dante/socket.io/", "" of "/socket.io". */
static void take_folder(struct dante_options *options) {
    const char *path = options->server.path;
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    while (length > 0 && path[length - 1] == '/')
        length--;
    snprintf(options->folder, sizeof(options->folder), "%s%.*s",
             length == 0 || path[0] == '/' ? "" : "/", (int) length, path);
}

int dante_options_read(struct dante_options *options, int argc, char **argv) {
    sio_options_t defaults = SIO_OPTIONS_INIT;
    sio_tls_options_t tls_defaults = SIO_TLS_OPTIONS_INIT;
    memset(options, 0, sizeof(*options));
    options->server = defaults;
    options->tls = tls_defaults;
    options->server.allow_eio3 = options->server.allow_v09 = 1; /* whoever comes, may listen */
    options->port = -1;
    options->interval = 2000;
    int rc = read_arguments(options, argc, argv);
    if (rc != 0)
        return rc;
    take_path(options);
    take_folder(options);
    return 0;
}
