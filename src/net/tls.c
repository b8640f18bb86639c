/* Contexts of TLS, as the application has them. */
#include "base/text.h"
#include "net/tls_internal.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

/* --- options ---------------------------------------------------------------------------------- */

enum { TEXTS = 6 };

static void texts_of(sio_tls_options_t *options, const char **texts[TEXTS]) {
    texts[0] = &options->cert_file;
    texts[1] = &options->key_file;
    texts[2] = &options->passphrase;
    texts[3] = &options->ca_file;
    texts[4] = &options->ciphers;
    texts[5] = &options->ciphersuites;
}

static void free_options(sio_tls_options_t *options) {
    const char **texts[TEXTS];
    texts_of(options, texts);
    if (options->passphrase != NULL)
        OPENSSL_cleanse((char *) (uintptr_t) options->passphrase, strlen(options->passphrase));
    for (size_t i = 0; i < TEXTS; i++)
        free((char *) (uintptr_t) *texts[i]);
}

/* After a failure the texts not copied are NULL, so that the rest can be freed. */
static int own_texts(sio_tls_options_t *options) {
    const char **texts[TEXTS];
    int rc = 0;
    texts_of(options, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        if (*texts[i] == NULL)
            continue;
        *texts[i] = rc == 0 ? sio__text_copy(*texts[i], strlen(*texts[i])) : NULL;
        if (*texts[i] == NULL)
            rc = SIO_ENOMEM;
    }
    return rc;
}

static int check(const sio_tls_options_t *options) {
    int versions = options->min_version == SIO_TLS_1_2 || options->min_version == SIO_TLS_1_3;
    int verifies = options->verify_client == SIO_TLS_VERIFY_OPTIONAL ||
                   options->verify_client == SIO_TLS_VERIFY_REQUIRED;
    if (options->cert_file == NULL || !versions ||
        (!verifies && options->verify_client != SIO_TLS_VERIFY_NONE) ||
        (verifies && options->ca_file == NULL))
        return SIO_EINVAL;
    return 0;
}

static int read_options(sio_tls_options_t *options, const sio_tls_options_t *given) {
    sio_tls_options_t copy = SIO_TLS_OPTIONS_INIT;
    if (given->size < offsetof(sio_tls_options_t, passphrase))
        return SIO_EINVAL;
    memcpy(&copy, given, given->size < sizeof(copy) ? given->size : sizeof(copy));
    int rc = check(&copy);
    if (rc < 0)
        return rc;
    *options = copy;
    return own_texts(options);
}

/* --- life ------------------------------------------------------------------------------------- */

int sio_tls_new(sio_tls_t **out, const sio_tls_options_t *options) {
    if (out == NULL || options == NULL)
        return SIO_EINVAL;
    sio_tls_t *tls = calloc(1, sizeof(*tls));
    if (tls == NULL)
        return SIO_ENOMEM;
    tls->refs = 1;
    int rc = read_options(&tls->options, options);
    if (rc == 0) {
        tls->log = (sio__log_t){tls->options.log, tls->options.log_data, SIO_LOG_DEBUG};
        rc = sio__tls_load(tls, &tls->context);
    }
    if (rc < 0)
        sio_tls_unref(tls);
    else
        *out = tls;
    return rc;
}

int sio_tls_reload(sio_tls_t *tls) {
    SSL_CTX *context;
    if (tls == NULL)
        return SIO_EINVAL;
    int rc = sio__tls_load(tls, &context);
    if (rc < 0)
        return rc;
    SSL_CTX_free(tls->context);
    tls->context = context;
    return 0;
}

sio_tls_t *sio_tls_ref(sio_tls_t *tls) {
    if (tls != NULL)
        tls->refs++;
    return tls;
}

void sio_tls_unref(sio_tls_t *tls) {
    if (tls == NULL || --tls->refs > 0)
        return;
    SSL_CTX_free(tls->context);
    free_options(&tls->options);
    free(tls);
}

SSL *sio__tls_ssl(sio_tls_t *tls) {
    ERR_clear_error();
    SSL *ssl = SSL_new(tls->context);
    if (ssl == NULL || SSL_set_app_data(ssl, tls) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}
