/* The inside of a context of TLS: what OpenSSL has to do with it. */
#ifndef SIO__NET_TLS_INTERNAL_H
#define SIO__NET_TLS_INTERNAL_H

#include "base/log.h"
#include <openssl/ssl.h>
#include <sio/tls.h>

struct sio_tls_s {
    unsigned refs;
    sio_tls_options_t options; /* with texts of its own */
    sio__log_t log;
    SSL_CTX *context; /* of the last load; connections have their own references */
};

enum { SIO__TLS_REASON = 256 };

/* Reads the files: 0 or a code, which has been logged. */
int sio__tls_load(const sio_tls_t *tls, SSL_CTX **context);
/* The server's end of a connection; NULL out of memory. */
SSL *sio__tls_ssl(sio_tls_t *tls);
/* The text of the error that OpenSSL met first, or `otherwise`; forgets them all. */
void sio__tls_reason(char text[SIO__TLS_REASON], const char *otherwise);

#endif
