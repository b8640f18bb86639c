#include "tls.h"

#include <stdio.h>
#include <string.h>

int tls_option(tls_t *tls, const char *flag, const char *value) {
    const struct {
        const char *flag;
        const char **to;
    } texts[] = {
        {"--tls-cert", &tls->options.cert_file},      {"--tls-key", &tls->options.key_file},
        {"--tls-ca", &tls->options.ca_file},          {"--tls-passphrase", &tls->options.passphrase},
        {"--tls-name", &tls->name},                   {"--tls-name-cert", &tls->named.cert_file},
        {"--tls-name-key", &tls->named.key_file},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].flag, flag) == 0) {
            *texts[i].to = value;
            return 1;
        }
    }
    if (strcmp(flag, "--tls-verify") == 0)
        tls->options.verify_client =
            strcmp(value, "required") == 0 ? SIO_TLS_VERIFY_REQUIRED : SIO_TLS_VERIFY_OPTIONAL;
    else if (strcmp(flag, "--tls-min") == 0)
        tls->options.min_version = strcmp(value, "1.3") == 0 ? SIO_TLS_1_3 : SIO_TLS_1_2;
    else
        return 0;
    return 1;
}

void tls_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) data;
    fprintf(stderr, "%d %s %s\n", (int) level, category, text);
}

static sio_tls_t *by_name(const char *name, void *data) {
    const tls_t *tls = data;
    return strcmp(name, tls->name) == 0 ? tls->other : NULL;
}

/** GET: how the request came; POST: reads the files again. */
static void on_tls(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    tls_t *tls = data;
    char text[1024];

    if (strcmp(sio_http_method(request), "POST") == 0) {
        int rc = sio_tls_reload(tls->tls);
        if (rc == 0 && tls->other)
            rc = sio_tls_reload(tls->other);
        snprintf(text, sizeof text, "%s", sio_err_name(rc));
    } else {
        const char *version = sio_http_tls_version(request);
        const char *subject = sio_http_tls_subject(request);
        snprintf(text, sizeof text, "%s|%s|%s", sio_http_secure(request) ? "secure" : "plain",
                 version ? version : "", subject ? subject : "");
    }
    sio_http_end(response, text, strlen(text));
}

/** tls(): acks with secure, version and subject of the handshake. */
static void on_event(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "bs?s?", sio_socket_secure(socket), sio_socket_tls_version(socket),
            sio_socket_tls_subject(socket));
}

int tls_set_up(tls_t *tls, sio_server_t *io) {
    int rc = sio_http(io, "/tls", on_tls, tls);

    if (rc == 0)
        rc = sio_on(io, "tls", on_event, NULL);
    if (rc < 0 || tls->options.cert_file == NULL)
        return rc;
    tls->options.log = tls->named.log = tls_log;
    if (tls->name) {
        tls->options.sni_cb = by_name;
        tls->options.sni_data = tls;
        rc = sio_tls_new(&tls->other, &tls->named);
    }
    if (rc == 0)
        rc = sio_tls_new(&tls->tls, &tls->options);
    return rc < 0 ? rc : sio_listen_tls(io, "127.0.0.1", 0, tls->tls);
}

void tls_free(tls_t *tls) {
    sio_tls_unref(tls->tls);
    sio_tls_unref(tls->other);
}
