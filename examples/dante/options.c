#include "options.h"

#include "config.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: dante [--port N] [--host H] [--pipe NAME] [--interval MS] [--config FILE]\n"
    "             [--tls-cert FILE --tls-key FILE] [--OPTION VALUE]... [--lenient-upgrade]\n"
    "\n"
    "  --port N                   TCP port; 0: any. Otherwise PORT (a number, or the name of a pipe),\n"
    "                             HTTP_PLATFORM_PORT, systemd's sockets, or 8888\n"
    "  --host H                   address to listen on; otherwise all of them\n"
    "  --pipe NAME                listen on a UNIX socket, or a named pipe on Windows\n"
    "  --tls-cert FILE            serve https and wss with this certificate (PEM, its chain behind it)\n"
    "  --tls-key FILE             and its key\n"
    "  --interval MS              time between two stanzas, otherwise 2000\n"
    "  --config FILE              read \"name = value\" from each line that does not begin with #; the\n"
    "                             names are those of options, and what comes later counts\n"
    "\n"
    "Every option of the library is one here, by any of its names (see sio_options_set); such as\n"
    "\n"
    "  --path PATH, --resource    resource path; its last segment aside, the pages are there, too\n"
    "  --transports LIST          any of polling, websocket; for 0.9 htmlfile, xhr-polling and\n"
    "                             jsonp-polling, too\n"
    "  --client-version VERSION   which client socket.io.js is: that of 4, 2 or 0.9; otherwise 4\n"
    "  --ping-interval MS         between two heartbeats; --heartbeat-interval as in 0.9, in seconds\n"
    "  --trust-proxy LIST         believe X-Forwarded-* of these addresses (\"pipe\": of the pipe's peers)\n"
    "  --original-url-header NAME header in which such a proxy passes the URL before its rewrite\n"
    "  --lenient-upgrade          accept a WebSocket whose Connection header got lost (iisnode with Firefox)\n"
    "\n"
    "Other arguments are ignored, so that iisnode can start it as it starts node.\n";

static int read_number(const char *text, unsigned long least, unsigned long most,
                       unsigned long *number) {
    char *end;
    errno = 0;
    *number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return SIO_EINVAL;
    return errno == 0 && *number >= least && *number <= most ? 0 : SIO_ERANGE;
}

static int read_text(const char *text, char *field, size_t size) {
    size_t length = strlen(text);
    if (length == 0 || length >= size)
        return SIO_ERANGE;
    memcpy(field, text, length + 1);
    return 0;
}

static int read_file_name(const char *text, char field[FILE_NAME], const char **name) {
    int rc = read_text(text, field, FILE_NAME);
    if (rc == 0)
        *name = field;
    return rc;
}

/* SIO_ENOENT: this program has no option of its own of that name. */
static int set_own(struct dante_options *options, const char *name, const char *value) {
    unsigned long number = 0;
    int rc = SIO_ENOENT;
    if (strcmp(name, "host") == 0)
        rc = read_text(value, options->host, sizeof(options->host));
    else if (strcmp(name, "pipe") == 0)
        rc = read_text(value, options->pipe, sizeof(options->pipe));
    else if (strcmp(name, "tls-cert") == 0)
        rc = read_file_name(value, options->tls_cert, &options->tls.cert_file);
    else if (strcmp(name, "tls-key") == 0)
        rc = read_file_name(value, options->tls_key, &options->tls.key_file);
    else if (strcmp(name, "port") == 0 && (rc = read_number(value, 0, 65535, &number)) == 0)
        options->port = (int) number;
    else if (strcmp(name, "interval") == 0 &&
             (rc = read_number(value, 1, 1000000000, &number)) == 0)
        options->interval = number;
    return rc;
}

/* What is wrong is said behind `where`. */
static int set(struct dante_options *options, const char *where, const char *name,
               const char *value) {
    int rc = set_own(options, name, value);
    if (rc == SIO_ENOENT) {
        int is_old = strcmp(name, "trust-proxy") == 0; /* the name that this program came with */
        rc = sio_options_set(&options->server, is_old ? "trusted-proxies" : name, value);
        if (rc < 0)
            fprintf(stderr, "dante: %s%s\n", where, sio_options_error(&options->server));
    } else if (rc < 0) {
        fprintf(stderr, "dante: %soption \"%s\": \"%s\": %s\n", where, name, value,
                sio_strerror(rc));
    }
    return rc;
}

static int read_config(struct dante_options *options, const char *file) {
    struct dante_config config;
    char where[300] = "";
    int rc = dante_config_open(&config, file);
    while (rc == 0 && (rc = dante_config_next(&config)) > 0) {
        snprintf(where, sizeof(where), "%s:%u: ", file, config.line);
        rc = set(options, where, config.name, config.value);
    }
    if (config.error != NULL && config.line == 0)
        fprintf(stderr, "dante: %s: %s\n", file, config.error);
    else if (config.error != NULL)
        fprintf(stderr, "dante: %s:%u: %s\n", file, config.line, config.error);
    dante_config_close(&config);
    return rc;
}

/* --name value or --name=value. Returns how many arguments that are, or a negative code. */
static int read_argument(struct dante_options *options, int argc, char **argv) {
    char name[64];
    size_t length = strcspn(argv[0] + 2, "=");
    snprintf(name, sizeof(name), "%.*s", (int) (length < 63 ? length : 63), argv[0] + 2);
    const char *value = NULL;
    int rc, count = 1;
    if (argv[0][2 + length] == '=')
        value = argv[0] + 2 + length + 1;
    else if (strcmp(name, "lenient-upgrade") == 0) /* alone; what follows may be iisnode's */
        value = "on";
    else if (argc > 1)
        value = argv[count++];
    if (value == NULL) {
        fprintf(stderr, "dante: --%s needs a value\n", name);
        return SIO_EINVAL;
    }
    rc = strcmp(name, "config") == 0 ? read_config(options, value) : set(options, "", name, value);
    return rc < 0 ? rc : count;
}

static int read_arguments(struct dante_options *options, int argc, char **argv) {
    for (int i = 1, count; i < argc; i += count) {
        count = 1;
        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 1;
        }
        count = read_argument(options, argc - i, argv + i);
        if (count < 0) {
            fputs("Try: dante --help\n", stderr);
            return -1;
        }
    }
    return 0;
}

/* Where IIS hosts the program, it lives in a virtual directory. */
static int take_path(struct dante_options *options) {
    const char *application = getenv("HTTP_PLATFORM_APPL_PATH");
    char path[512];
    if (options->server.path != NULL)
        return 0;
    if (application != NULL && application[0] == '/')
        snprintf(path, sizeof(path), "%s%ssocket.io", application,
                 application[strlen(application) - 1] == '/' ? "" : "/");
    else
        snprintf(path, sizeof(path), "%s",
                 getenv("IISNODE_VERSION") != NULL ? "/dante/socket.io" : "/socket.io");
    return set(options, "", "path", path);
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
    if (rc == 0 && take_path(options) < 0)
        rc = -1;
    if (rc == 0)
        take_folder(options);
    else
        sio_options_clear(&options->server);
    return rc;
}
