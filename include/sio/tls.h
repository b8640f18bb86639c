/**
 * @file
 * TLS: https and wss by OpenSSL, where the library was built with it; elsewhere sio_tls_new() says
 * SIO_ENOTSUP.
 *
 *     sio_tls_options_t options = SIO_TLS_OPTIONS_INIT;
 *     options.cert_file = "fullchain.pem";
 *     options.key_file = "privkey.pem";
 *     rc = sio_tls_new(&tls, &options);
 *     if (rc == 0)
 *         rc = sio_listen_tls(io, NULL, 443, tls);
 *
 * One server may listen plainly and with TLS at once, and with several contexts. Always so: TLS
 * 1.2 or 1.3; no renegotiation, no compression, no early data; of the application protocols
 * (ALPN) a client offers "http/1.1" is taken, and one that offers only others is refused, as RFC
 * 7301 has it. Sessions are resumed by tickets, whose keys live in memory and change with each
 * reload, and by ids, of which each context keeps the last 1024.
 *
 * Handshakes run on the loop, about a millisecond each with an RSA key, less with an elliptic one;
 * how many may begin in a second options.max_handshakes_per_second says, where it is set.
 * options.header_timeout_ms is for the handshake and the first header together, and
 * options.max_buffered counts what is not encrypted yet. What goes wrong with a connection is told
 * to the log of its server, category "tls", ten lines a second at most.
 *
 * OpenSSL initialises itself at the first context, reads its openssl.cnf (a minimum of the system's
 * holds) and frees what is its own when the process exits.
 */
#ifndef SIO_TLS_H
#define SIO_TLS_H

#include <sio/export.h>
#include <sio/options.h>
#include <stddef.h>

SIO_BEGIN_DECLS

/** A certificate, its key and how they are used: counted, and shared by any number of listeners and
 * connections of one thread. */
typedef struct sio_tls_s sio_tls_t;

/** What is asked of the client. */
typedef enum sio_tls_verify_e {
    SIO_TLS_VERIFY_NONE,     /**< no certificate */
    SIO_TLS_VERIFY_OPTIONAL, /**< one, but none will do; one that is not valid ends the handshake */
    SIO_TLS_VERIFY_REQUIRED  /**< one that is valid */
} sio_tls_verify_t;

/** Versions of the protocol. */
typedef enum sio_tls_version_e {
    SIO_TLS_1_2 = 0x0303,
    SIO_TLS_1_3 = 0x0304
} sio_tls_version_t;

/** Writes the passphrase of the key, without a NUL, into @p text, which has room for @p capacity
 * bytes. Returns its length; a negative value: there is none. */
typedef int (*sio_tls_passphrase_cb)(char *text, int capacity, void *data);

/**
 * Chooses by the name that the client asks for (SNI; in lower case as DNS has it), before
 * anything is decided about it. Returns the context that serves it, which is borrowed; NULL: the
 * one that is listened with. Certificate, verification of the client, versions and ciphers are
 * then those of the other; its own callback is not asked. Must not close the server.
 */
typedef sio_tls_t *(*sio_tls_sni_cb)(const char *name, void *data);

/** What a context is made of. All is copied. */
typedef struct sio_tls_options_s {
    size_t size; /**< set by SIO_TLS_OPTIONS_INIT */
    /** PEM: the certificate, behind it those that lead to its root. */
    const char *cert_file;
    /** PEM: its private key; NULL: in cert_file, too. */
    const char *key_file;
    /** Of a key that is encrypted; or ask for it each time that the files are read. Nobody is asked
     * at a terminal. */
    const char *passphrase;
    sio_tls_passphrase_cb passphrase_cb;
    void *passphrase_data;
    /** PEM: the authorities whose certificates clients may show. Needed by those that verify. */
    const char *ca_file;
    sio_tls_verify_t verify_client; /**< default: SIO_TLS_VERIFY_NONE */
    sio_tls_version_t min_version;  /**< default: SIO_TLS_1_2 */
    /** OpenSSL's lists. For TLS 1.2; default: "ECDHE+AESGCM:ECDHE+CHACHA20", which all have forward
     * secrecy. For TLS 1.3; default: OpenSSL's. */
    const char *ciphers;
    const char *ciphersuites;
    sio_tls_sni_cb sni_cb; /**< NULL: the same certificate whatever is asked for */
    void *sni_data;
    /** Is told why files could not be read, with category "tls" and the level SIO_LOG_ERROR. */
    sio_log_cb log;
    void *log_data;
} sio_tls_options_t;

/** Initial value: the defaults named above. */
#define SIO_TLS_OPTIONS_INIT                                                                       \
    {                                                                                              \
        sizeof(sio_tls_options_t), NULL, NULL, NULL, NULL, NULL, NULL, SIO_TLS_VERIFY_NONE,        \
            SIO_TLS_1_2, NULL, NULL, NULL, NULL, NULL, NULL                                        \
    }

/**
 * Makes a context and reads its files. Errors: SIO_EINVAL (no certificate, a file that does not
 * hold what it should, a key that does not belong to the certificate, a list without a cipher
 * that is known), libuv's code of a file that cannot be opened (e.g. UV_ENOENT), SIO_ENOMEM,
 * SIO_ENOTSUP;
 * @p tls is then untouched.
 */
SIO_API int sio_tls_new(sio_tls_t **tls, const sio_tls_options_t *options);

/**
 * Reads the files again: connections from now on have the new certificate, those that are there
 * go on with theirs. After an error, which is one of sio_tls_new(), everything stays as it was.
 */
SIO_API int sio_tls_reload(sio_tls_t *tls);

/** One more reference. Returns @p tls. */
SIO_API sio_tls_t *sio_tls_ref(sio_tls_t *tls);
/** Gives a reference up, that of sio_tls_new() for one; listeners and connections have their own.
 * NULL is fine. */
SIO_API void sio_tls_unref(sio_tls_t *tls);

SIO_END_DECLS

#endif
