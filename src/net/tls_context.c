/* What OpenSSL is told: files, limits, and what it asks back during a handshake. */
#include "net/tls_internal.h"
#include <openssl/err.h>
#include <openssl/rand.h>
#include <sio/error.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum {
    SESSIONS_MAX = 1024, /* kept for those who resume by id */
    SESSION_CONTEXT = 16,
    SERVER_NAME_MAX = 255 /* of a name of DNS */
};

/* --- errors ----------------------------------------------------------------------------------- */

void sio__tls_reason(char text[SIO__TLS_REASON], const char *otherwise) {
    unsigned long error = ERR_get_error();
    const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;
    if (error != 0 && ERR_GET_LIB(error) == ERR_LIB_SYS)
        reason = sio_strerror(uv_translate_sys_error(ERR_GET_REASON(error)));
    snprintf(text, SIO__TLS_REASON, "%s", reason != NULL ? reason : otherwise);
    ERR_clear_error();
}

/* What the first error is to our callers. */
static int code_of(unsigned long error) {
    if (ERR_GET_LIB(error) == ERR_LIB_SYS)
        return uv_translate_sys_error(ERR_GET_REASON(error));
    return ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE ? SIO_ENOMEM : SIO_EINVAL;
}

/* Says that OpenSSL would not have `what`. */
static int refused(const sio_tls_t *tls, const char *what) {
    char reason[SIO__TLS_REASON];
    int rc = code_of(ERR_peek_error());
    sio__tls_reason(reason, "not accepted");
    sio__log(&tls->log, SIO_LOG_ERROR, "tls", "%s: %s", what, reason);
    return rc;
}

/* --- what is asked back ----------------------------------------------------------------------- */

/* Set in any case: OpenSSL's own asks at the terminal. */
static int on_passphrase(char *text, int capacity, int writing, void *data) {
    const sio_tls_options_t *options = data;
    (void) writing;
    if (options->passphrase_cb != NULL)
        return options->passphrase_cb(text, capacity, options->passphrase_data);
    size_t length = options->passphrase != NULL ? strlen(options->passphrase) : 0;
    if (length == 0 || length > (size_t) capacity)
        return -1;
    memcpy(text, options->passphrase, length);
    return (int) length;
}

/* RFC 7301 3.2: who knows none of the protocols says so. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                   const unsigned char *offers, unsigned length, void *data) {
    static const char ours[] = "http/1.1";
    (void) ssl, (void) data;
    for (unsigned at = 0; at < length && offers[at] < length - at; at += 1u + offers[at]) {
        if (offers[at] != sizeof(ours) - 1 || memcmp(offers + at + 1, ours, offers[at]) != 0)
            continue;
        *out = offers + at + 1;
        *out_length = offers[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* RFC 6066 3: a name that was made use of is confirmed. */
static int on_server_name(SSL *ssl, int *alert, void *data) {
    (void) alert, (void) data;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return name != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* The host name in the extension (RFC 6066 3: length of the list, type, length, name), in lower
 * case. Nonzero if there is one; what is wrong with it is for OpenSSL to say. */
static int requested_name(SSL *ssl, char name[SERVER_NAME_MAX + 1]) {
    const unsigned char *data;
    size_t length;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &length) != 1 ||
        length < 5 || data[2] != TLSEXT_NAMETYPE_host_name)
        return 0;
    size_t size = (size_t) data[3] << 8 | data[4];
    if (size == 0 || size > SERVER_NAME_MAX || size > length - 5 ||
        memchr(data + 5, '\0', size) != NULL)
        return 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = data[5 + i];
        name[i] = (char) (c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
    }
    name[size] = '\0';
    return 1;
}

/*
 * Before anything else is read of the hello: a session that the client wants to resume is looked
 * at with the context that it is for, and one of another context, whose clients are verified by
 * others, is refused. (OpenSSL's callback for server names comes after that.)
 */
static int on_client_hello(SSL *ssl, int *alert, void *data) {
    char name[SERVER_NAME_MAX + 1];
    const sio_tls_t *tls = SSL_get_app_data(ssl);
    (void) alert;
    /* The second hello after a HelloRetryRequest finds its context chosen. */
    if (data != tls || tls->options.sni_cb == NULL || !requested_name(ssl, name))
        return SSL_CLIENT_HELLO_SUCCESS;
    const sio_tls_t *other = tls->options.sni_cb(name, tls->options.sni_data);
    if (other == NULL || other == tls)
        return SSL_CLIENT_HELLO_SUCCESS;
    SSL_CTX *context = other->context;
    if (SSL_set_SSL_CTX(ssl, context) == NULL ||
        SSL_set_min_proto_version(ssl, (int) SSL_CTX_get_min_proto_version(context)) != 1) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context), NULL);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* --- a context -------------------------------------------------------------------------------- */

static int set_ciphers(const sio_tls_t *tls, SSL_CTX *context) {
    const sio_tls_options_t *options = &tls->options;
    const char *ciphers =
        options->ciphers != NULL ? options->ciphers : "ECDHE+AESGCM:ECDHE+CHACHA20";
    if (SSL_CTX_set_cipher_list(context, ciphers) != 1)
        return refused(tls, ciphers);
    if (options->ciphersuites != NULL &&
        SSL_CTX_set_ciphersuites(context, options->ciphersuites) != 1)
        return refused(tls, options->ciphersuites);
    return 0;
}

static int read_certificate(const sio_tls_t *tls, SSL_CTX *context) {
    const char *cert = tls->options.cert_file;
    const char *key = tls->options.key_file != NULL ? tls->options.key_file : cert;
    SSL_CTX_set_default_passwd_cb(context, on_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, (void *) (uintptr_t) &tls->options);
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        return refused(tls, cert);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return refused(tls, key);
    return 0;
}

static int verify_mode(sio_tls_verify_t verify) {
    if (verify == SIO_TLS_VERIFY_NONE)
        return SSL_VERIFY_NONE;
    return SSL_VERIFY_PEER |
           (verify == SIO_TLS_VERIFY_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

static int read_authorities(const sio_tls_t *tls, SSL_CTX *context) {
    const char *file = tls->options.ca_file;
    SSL_CTX_set_verify(context, verify_mode(tls->options.verify_client), NULL);
    if (file == NULL)
        return 0;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
    if (names == NULL || SSL_CTX_load_verify_locations(context, file, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refused(tls, file);
    }
    SSL_CTX_set_client_CA_list(context, names);
    return 0;
}

/* Sessions are of this load of this context: who resumes has been verified by what it says. */
static int bound_sessions(const sio_tls_t *tls, SSL_CTX *context) {
    unsigned char id[SESSION_CONTEXT];
    SSL_CTX_sess_set_cache_size(context, SESSIONS_MAX);
    if (RAND_bytes(id, sizeof(id)) != 1 ||
        SSL_CTX_set_session_id_context(context, id, sizeof(id)) != 1)
        return refused(tls, "session context");
    return 0;
}

static int set_up(const sio_tls_t *tls, SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* What a connection has for its records, 34 KB, goes while it is idle. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_client_hello_cb(context, on_client_hello, (void *) (uintptr_t) tls);
    SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
    if (SSL_CTX_set_min_proto_version(context, (int) tls->options.min_version) != 1)
        return refused(tls, "min_version");
    int rc = set_ciphers(tls, context);
    if (rc == 0)
        rc = read_certificate(tls, context);
    if (rc == 0)
        rc = read_authorities(tls, context);
    if (rc == 0)
        rc = bound_sessions(tls, context);
    return rc;
}

int sio__tls_load(const sio_tls_t *tls, SSL_CTX **out) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) {
        refused(tls, "OpenSSL");
        return SIO_ENOMEM;
    }
    int rc = set_up(tls, context);
    ERR_clear_error();
    if (rc < 0)
        SSL_CTX_free(context);
    else
        *out = context;
    return rc;
}
