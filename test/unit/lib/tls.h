/* Certificates made for a test, in a folder of its own, and a client that speaks TLS. */
#ifndef TEST_TLS_H
#define TEST_TLS_H

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <sio/tls.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

/* --- certificates ----------------------------------------------------------------------------- */

typedef struct {
    X509 *cert;
    EVP_PKEY *key;
} pair_t;

static inline EVP_PKEY *make_key(void) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    assert_non_null(context);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* With this common name; `issuer` NULL: its own, and an authority. */
static inline pair_t make_pair(const char *name, const pair_t *issuer) {
    static long serial = 1;
    pair_t pair = {X509_new(), make_key()};
    X509 *cert = pair.cert;
    X509_NAME *subject = X509_get_subject_name(cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, pair.key);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *) "Example", -1,
                               -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *) name, -1, -1,
                               0);
    X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer->cert) : subject);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints, issuer != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
    assert_non_null(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(cert, issuer != NULL ? issuer->key : pair.key, EVP_sha256()) > 0);
    return pair;
}

static inline void free_pair(pair_t *pair) {
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
}

/* A folder, and paths in it. */
typedef struct {
    char folder[256];
    char path[320];
} files_t;

static inline void files_make(files_t *files) {
    size_t size = sizeof(files->folder);
    assert_int_equal(uv_os_tmpdir(files->folder, &size), 0);
    assert_true(size + sizeof("/tls-XXXXXX") <= sizeof(files->folder));
    strcat(files->folder, "/tls-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
}

static inline const char *files_path(files_t *files, const char *name) {
    snprintf(files->path, sizeof(files->path), "%s/%s", files->folder, name);
    return files->path;
}

static inline void files_remove(files_t *files) {
    uv_fs_t all, one;
    uv_dirent_t entry;
    assert_true(uv_fs_scandir(NULL, &all, files->folder, 0, NULL) >= 0);
    while (uv_fs_scandir_next(&all, &entry) == 0) {
        uv_fs_unlink(NULL, &one, files_path(files, entry.name), NULL);
        uv_fs_req_cleanup(&one);
    }
    uv_fs_req_cleanup(&all);
    assert_int_equal(rmdir(files->folder), 0);
}

static inline FILE *files_open(files_t *files, const char *name) {
    FILE *file = fopen(files_path(files, name), "w");
    assert_non_null(file);
    return file;
}

static inline void files_text(files_t *files, const char *name, const char *text) {
    FILE *file = files_open(files, name);
    fputs(text, file);
    fclose(file);
}

static inline void files_cert(files_t *files, const char *name, const pair_t *pair) {
    FILE *file = files_open(files, name);
    assert_int_equal(PEM_write_X509(file, pair->cert), 1);
    fclose(file);
}

/* Encrypted if there is a passphrase. */
static inline void files_key(files_t *files, const char *name, const pair_t *pair,
                             const char *passphrase) {
    FILE *file = files_open(files, name);
    const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_128_cbc() : NULL;
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, pair->key, cipher, passphrase,
                                               passphrase != NULL ? (int) strlen(passphrase) : 0,
                                               NULL, NULL),
                     1);
    fclose(file);
}

/* NAME.pem and NAME.key. */
static inline void files_pair(files_t *files, const char *name, const pair_t *pair) {
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    files_cert(files, file, pair);
    snprintf(file, sizeof(file), "%s.key", name);
    files_key(files, file, pair, NULL);
}

/* Options for the pair called `name`; the texts are to be freed by options_free. */
static inline sio_tls_options_t options_of(files_t *files, const char *name) {
    sio_tls_options_t options = SIO_TLS_OPTIONS_INIT;
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    options.cert_file = strdup(files_path(files, file));
    snprintf(file, sizeof(file), "%s.key", name);
    options.key_file = strdup(files_path(files, file));
    return options;
}

static inline void options_free(sio_tls_options_t *options) {
    free((char *) (uintptr_t) options->cert_file);
    free((char *) (uintptr_t) options->key_file);
}

static inline sio_tls_t *tls_of(files_t *files, const char *name) {
    sio_tls_options_t options = options_of(files, name);
    sio_tls_t *tls;
    assert_int_equal(sio_tls_new(&tls, &options), 0);
    options_free(&options);
    return tls;
}

/* --- a client --------------------------------------------------------------------------------- */

typedef struct {
    SSL_CTX *context;
    SSL *ssl;
    int done;   /* the handshake is */
    int ended;  /* close_notify has come */
    int fin;    /* without one */
    unsigned long error;
} tls_client_t;

/* Trusts everybody; `fd` does not block. */
static inline void tls_client_init(tls_client_t *client) {
    memset(client, 0, sizeof(*client));
    client->context = SSL_CTX_new(TLS_client_method());
    assert_non_null(client->context);
}

static inline void tls_client_start(tls_client_t *client, int fd) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    client->ssl = SSL_new(client->context);
    SSL_set_fd(client->ssl, fd);
    SSL_set_connect_state(client->ssl);
}

static inline void tls_client_free(tls_client_t *client) {
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    ERR_clear_error();
}

/* What came of a call; nonzero if it is to be tried again. */
static inline int tls_client_note(tls_client_t *client, int rc) {
    switch (SSL_get_error(client->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 1;
    case SSL_ERROR_ZERO_RETURN:
        client->ended = 1;
        break;
    default:
        client->error = ERR_peek_error();
        client->fin = client->error == 0 || ERR_GET_REASON(client->error) == 294;
    }
    ERR_clear_error();
    return 0;
}

/* A step of the handshake. */
static inline void tls_client_shake(tls_client_t *client) {
    if (client->done || client->error != 0 || client->fin)
        return;
    ERR_clear_error();
    int rc = SSL_do_handshake(client->ssl);
    client->done = rc == 1;
    if (rc != 1)
        tls_client_note(client, rc);
}

/* What there is, at most `size` bytes. */
static inline size_t tls_client_read(tls_client_t *client, void *data, size_t size) {
    size_t length = 0;
    ERR_clear_error();
    while (length < size) {
        int rc = SSL_read(client->ssl, (char *) data + length, (int) (size - length));
        if (rc > 0) {
            length += (size_t) rc;
            continue;
        }
        tls_client_note(client, rc);
        break;
    }
    return length;
}

static inline int tls_client_write(tls_client_t *client, const void *data, size_t length) {
    ERR_clear_error();
    int rc = SSL_write(client->ssl, data, (int) length);
    if (rc <= 0)
        tls_client_note(client, rc);
    return rc;
}

#endif
