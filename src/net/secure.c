#include "net/secure.h"
#include "base/utf8.h"
#include "net/tls_internal.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sio/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD = SSL3_RT_MAX_PLAIN_LENGTH };

struct sio__secure_loop_s {
    BIO_METHOD *method;
    char plain[SIO__READ_BUFFER];  /* what has been decrypted, during the call that delivers it */
    unsigned char record[RECORD];  /* what is about to be encrypted, gathered */
};

/* --- what is said about it -------------------------------------------------------------------- */

static void name_peer(const sio__conn_t *conn, char peer[SIO__ADDRESS_SIZE]) {
    sio__conn_peer(conn, peer);
    if (peer[0] == '\0')
        snprintf(peer, SIO__ADDRESS_SIZE, "%s", conn->is_pipe ? "a pipe" : "a peer that has gone");
}

static void note(const sio__conn_t *conn, const char *what, const char *more) {
    char peer[SIO__ADDRESS_SIZE];
    const sio__log_t *log = &conn->loop->log;
    if (!sio__log_hears(log, SIO_LOG_DEBUG))
        return;
    name_peer(conn, peer);
    sio__log(log, SIO_LOG_DEBUG, "tls", "%s: %s%s%s", peer, what, more[0] != '\0' ? ": " : "",
             more);
}

static void warn(const sio__conn_t *conn, const char *what, const char *more) {
    char peer[SIO__ADDRESS_SIZE];
    if (!sio__log_hears(&conn->loop->log, SIO_LOG_WARN))
        return;
    name_peer(conn, peer);
    sio__tell(conn->loop, SIO__TOLD_TLS, SIO_LOG_WARN, "tls", "%s: %s%s%s", peer, what,
              more[0] != '\0' ? ": " : "", more);
}

/* TLS has failed: says why, and whether memory was it. */
static int break_off(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    char reason[SIO__TLS_REASON];
    long verified = SSL_get_verify_result(secure->ssl);
    sio__tls_reason(reason, secure->no_memory ? "out of memory"
                            : secure->flooded ? "asks for answers and does not read"
                                              : "protocol error");
    warn(conn, reason,
         verified != X509_V_OK ? X509_verify_cert_error_string(verified) : "");
    secure->broken = 1;
    return secure->no_memory ? SIO_ENOMEM : SIO_EPROTO;
}

/* --- between OpenSSL and the network ---------------------------------------------------------- */

static int bio_read(BIO *bio, char *data, int capacity) {
    sio__secure_t *secure = BIO_get_data(bio);
    size_t length = capacity > 0 ? (size_t) capacity : 0;
    if (length > secure->in_length)
        length = secure->in_length;
    BIO_clear_retry_flags(bio);
    if (length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(data, secure->in, length);
    secure->in += length;
    secure->in_length -= length;
    return (int) length;
}

static int bio_write(BIO *bio, const char *data, int given) {
    sio__secure_t *secure = BIO_get_data(bio);
    size_t length = given > 0 ? (size_t) given : 0;
    BIO_clear_retry_flags(bio);
    secure->flooded = secure->wire.bytes + length > SIO__WIRE_MAX;
    if (secure->flooded)
        return -1;
    const unsigned char *copy = sio__scratch_copy(secure->conn->loop->scratch, data, length);
    if (copy == NULL || sio__outq_push(&secure->wire, copy, length) < 0) {
        secure->no_memory = 1;
        return -1;
    }
    return given;
}

static long bio_control(BIO *bio, int command, long number, void *data) {
    (void) bio, (void) number, (void) data;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *new_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "libsio");
    if (method != NULL && BIO_meth_set_read(method, bio_read) == 1 &&
        BIO_meth_set_write(method, bio_write) == 1 && BIO_meth_set_ctrl(method, bio_control) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

static int need_shared(sio__loop_t *loop) {
    if (loop->secure != NULL)
        return 0;
    struct sio__secure_loop_s *shared = malloc(sizeof(*shared));
    if (shared == NULL)
        return SIO_ENOMEM;
    shared->method = new_method();
    if (shared->method == NULL) {
        free(shared);
        return SIO_ENOMEM;
    }
    loop->secure = shared;
    return 0;
}

void sio__secure_loop_free(struct sio__secure_loop_s *shared) {
    if (shared == NULL)
        return;
    BIO_meth_free(shared->method);
    free(shared);
}

/* --- opening and closing ---------------------------------------------------------------------- */

int sio__secure_open(sio__conn_t *conn, sio_tls_t *tls) {
    int rc = need_shared(conn->loop);
    sio__secure_t *secure = rc == 0 ? calloc(1, sizeof(*secure)) : NULL;
    if (secure == NULL)
        return SIO_ENOMEM;
    secure->conn = conn;
    secure->ssl = sio__tls_ssl(tls);
    BIO *bio = secure->ssl != NULL ? BIO_new(conn->loop->secure->method) : NULL;
    if (bio == NULL) {
        SSL_free(secure->ssl);
        free(secure);
        ERR_clear_error();
        return SIO_ENOMEM;
    }
    BIO_set_data(bio, secure);
    BIO_set_init(bio, 1);
    SSL_set_bio(secure->ssl, bio, bio);
    secure->tls = sio_tls_ref(tls);
    *sio__secure_place(conn) = secure;
    conn->is_secure = 1;
    return 0;
}

void sio__secure_close(sio__conn_t *conn) {
    if (!conn->is_secure)
        return;
    sio__secure_t *secure = sio__secure_of(conn);
    sio__loop_undefer(conn->loop, &secure->deferred);
    /* Otherwise OpenSSL forgets the session, as if TLS had failed. */
    if (secure->established && !secure->broken)
        SSL_set_shutdown(secure->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(secure->ssl);
    sio_tls_unref(secure->tls);
    sio__outq_clear(&secure->wire);
    sio__buf_free(&secure->held);
    free(secure->subject);
    free(secure);
    conn->is_secure = 0;
}

/* --- the handshake ---------------------------------------------------------------------------- */

static X509 *peer_certificate(const SSL *ssl) {
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    return SSL_get1_peer_certificate(ssl);
#else
    return SSL_get_peer_certificate(ssl);
#endif
}

/* RFC 4514's text, in UTF-8; "" if there is none. */
static char *subject_text(const X509 *certificate) {
    static const unsigned long form = XN_FLAG_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB;
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL, *data = NULL;
    if (memory == NULL)
        return NULL;
    int rc = X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0, form);
    long length = BIO_get_mem_data(memory, &data);
    if (rc < 0 || length <= 0 || !sio__utf8_valid(data, (size_t) length))
        length = 0;
    text = malloc((size_t) length + 1);
    if (text != NULL) {
        if (length > 0)
            memcpy(text, data, (size_t) length);
        text[length] = '\0';
    }
    BIO_free(memory);
    return text;
}

/* Who is verified has a name from now on. Nonzero if that could be noted. */
static int established(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    X509 *certificate = peer_certificate(secure->ssl);
    if (certificate != NULL) {
        secure->subject = subject_text(certificate);
        X509_free(certificate);
        secure->no_memory = secure->subject == NULL;
    }
    secure->established = !secure->no_memory;
    if (secure->established)
        note(conn, SSL_get_version(secure->ssl), SSL_get_cipher_name(secure->ssl));
    ERR_clear_error();
    return secure->established;
}

/* A step of it. Nonzero when it is done; after a failure the peer gets its alert, and a FIN. */
static int shake(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    ERR_clear_error();
    int rc = SSL_do_handshake(secure->ssl);
    if (rc == 1 && established(conn))
        return 1;
    if (rc != 1 && SSL_get_error(secure->ssl, rc) == SSL_ERROR_WANT_READ)
        return 0;
    break_off(conn);
    sio__conn_close_after_write(conn);
    return 0;
}

const char *sio__secure_version(const sio__conn_t *conn) {
    return SSL_get_version(sio__secure_of(conn)->ssl);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Decrypts what there is into the loop's buffer, as much as fits. */
static size_t decrypt(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    char *plain = conn->loop->secure->plain;
    size_t length = 0;
    while (length < SIO__READ_BUFFER) {
        ERR_clear_error();
        int got = SSL_read(secure->ssl, plain + length, (int) (SIO__READ_BUFFER - length));
        if (got > 0) {
            length += (size_t) got;
            continue;
        }
        int error = SSL_get_error(secure->ssl, got);
        if (error == SSL_ERROR_ZERO_RETURN)
            secure->peer_closed = 1;
        else if (error != SSL_ERROR_WANT_READ)
            break_off(conn);
        break;
    }
    return length;
}

static int delivers(const sio__conn_t *conn) {
    return conn->reading && !conn->closing && !conn->failed && !conn->lingering;
}

/* The peer's close_notify is to the protocol what its FIN would be (RFC 8446 6.1), which nobody
 * waits for then. */
static void peer_closed(sio__conn_t *conn) {
    sio__conn_pause(conn);
    conn->ended = 1;
    conn->protocol->end(conn);
}

/* After bytes of the network: what they have led to. */
static void settle(sio__conn_t *conn, int was_established) {
    sio__secure_t *secure = sio__secure_of(conn);
    if (conn->closing)
        return;
    if (secure->broken && secure->established) {
        sio__conn_write(conn); /* the alert, if the network takes it */
        sio__conn_close(conn, secure->no_memory ? SIO_ENOMEM : SIO_EPROTO);
        return;
    }
    if (secure->peer_closed && delivers(conn))
        peer_closed(conn);
    if (!conn->closing && (secure->wire.count > 0 || secure->established != was_established))
        sio__conn_wake(conn);
}

/* Hands on what is in `in`, as long as the protocol reads. */
static void take_in(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    int was_established = secure->established;
    size_t length = SIO__READ_BUFFER;
    while (length == SIO__READ_BUFFER && delivers(conn) && !secure->broken) {
        length = secure->established || shake(conn) ? decrypt(conn) : 0;
        if (length > 0)
            conn->protocol->data(conn, conn->loop->secure->plain, length);
    }
    settle(conn, was_established);
}

/* What is left of the network's bytes is kept, if it is of use to anybody. */
static void hold(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    const char *data = secure->in;
    size_t length = secure->in_length;
    secure->in_length = 0;
    if (conn->closing || conn->failed || conn->ended || secure->broken || secure->peer_closed)
        return;
    if (sio__buf_append(&secure->held, data, length) < 0)
        sio__conn_close(conn, SIO_ENOMEM);
}

void sio__secure_receive(sio__conn_t *conn, const char *data, size_t length) {
    sio__secure_t *secure = sio__secure_of(conn);
    if (secure->broken)
        return;
    secure->in = data;
    secure->in_length = length;
    take_in(conn);
    hold(conn);
}

/* From the end of the turn: the bytes that waited, then those of the network. */
static void run_deferred(sio__deferred_t *deferred) {
    sio__secure_t *secure =
        (sio__secure_t *) (void *) ((char *) deferred - offsetof(sio__secure_t, deferred));
    sio__conn_t *conn = secure->conn;
    sio__buf_t held = secure->held;
    if (!conn->reading) /* paused again before the turn was over: all of it still waits */
        return;
    secure->held = (sio__buf_t){0};
    secure->in = held.data;
    secure->in_length = held.length;
    if (delivers(conn)) {
        take_in(conn);
        hold(conn);
    }
    secure->in_length = 0;
    sio__buf_free(&held);
    if (conn->reading) {
        sio__conn_pause(conn); /* the network may have been let in meanwhile */
        sio__conn_resume(conn);
    }
}

int sio__secure_resume(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    int waits = secure->held.length > 0 || secure->peer_closed || SSL_pending(secure->ssl) > 0;
    if (!waits || secure->broken || conn->lingering)
        return 0;
    conn->reading = 1;
    sio__loop_defer(conn->loop, &secure->deferred, run_deferred);
    return 1;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The next record's content: from the first extent alone where that is enough or all there is. */
static const void *next_record(sio__conn_t *conn, size_t *length) {
    const sio__outq_t *out = &conn->output->queue;
    const sio__extent_t *first = sio__outq_at(out, 0);
    unsigned char *record = conn->loop->secure->record;
    *length = first->length < RECORD ? first->length : RECORD;
    if (*length == RECORD || out->count == 1)
        return first->data;
    memcpy(record, first->data, *length);
    for (unsigned i = 1; i < out->count && *length < RECORD; i++) {
        const sio__extent_t *extent = sio__outq_at(out, i);
        size_t part = extent->length < RECORD - *length ? extent->length : RECORD - *length;
        memcpy(record + *length, extent->data, part);
        *length += part;
    }
    return record;
}

/* What cannot be encrypted any more, or was never to be, goes with the connection. */
static void give_up(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    if (!conn->close_after)
        return;
    sio__outq_clear(&conn->output->queue);
    if (!secure->broken && !secure->farewell)
        (conn->ended ? note : warn)(conn, "closed before its handshake was done", "");
    secure->farewell = 1;
}

static void say_farewell(sio__secure_t *secure) {
    secure->farewell = 1;
    ERR_clear_error();
    if (SSL_shutdown(secure->ssl) < 0)
        ERR_clear_error(); /* in the middle of something: the FIN will have to do */
}

int sio__secure_encrypt(sio__conn_t *conn) {
    sio__secure_t *secure = sio__secure_of(conn);
    if (conn->output == NULL)
        return 0;
    sio__outq_t *out = &conn->output->queue;
    if (!secure->established || secure->broken) {
        give_up(conn);
        return 0;
    }
    while (out->count > 0 && secure->wire.bytes < SIO__WIRE_PIECE) {
        size_t length;
        const void *data = next_record(conn, &length);
        ERR_clear_error();
        /* It takes all or fails: the BIO never says no. A half of a post-handshake message has
         * come, perhaps, which is a failure, too: nobody sends them in halves. */
        if (SSL_write(secure->ssl, data, (int) length) <= 0)
            return break_off(conn);
        sio__outq_consume(out, length);
    }
    if (out->count == 0 && conn->close_after && !secure->farewell)
        say_farewell(secure);
    return 0;
}
