/* In place of tls.c, tls_context.c and secure.c where the library is built without OpenSSL.
 * There are no contexts, so no connection is secure. */
#include "net/secure.h"
#include <sio/error.h>

int sio_tls_new(sio_tls_t **tls, const sio_tls_options_t *options) {
    (void) tls, (void) options;
    return SIO_ENOTSUP;
}

int sio_tls_reload(sio_tls_t *tls) {
    (void) tls;
    return SIO_ENOTSUP;
}

sio_tls_t *sio_tls_ref(sio_tls_t *tls) {
    return tls;
}

void sio_tls_unref(sio_tls_t *tls) {
    (void) tls;
}

int sio__secure_open(sio__conn_t *conn, sio_tls_t *tls) {
    (void) conn, (void) tls;
    return SIO_ENOTSUP;
}

void sio__secure_close(sio__conn_t *conn) {
    (void) conn;
}

void sio__secure_receive(sio__conn_t *conn, const char *data, size_t length) {
    (void) conn, (void) data, (void) length;
}

int sio__secure_resume(sio__conn_t *conn) {
    (void) conn;
    return 0;
}

int sio__secure_encrypt(sio__conn_t *conn) {
    (void) conn;
    return SIO_ENOTSUP;
}

const char *sio__secure_version(const sio__conn_t *conn) {
    (void) conn;
    return "";
}

void sio__secure_loop_free(struct sio__secure_loop_s *shared) {
    (void) shared;
}
