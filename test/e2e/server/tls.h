/* The server with TLS as well: --tls-cert and the options beside it, /tls, the event "tls". */
#ifndef E2E_TLS_H
#define E2E_TLS_H

#include <sio.h>

typedef struct tls_s {
    sio_tls_options_t options, named; /* of everybody; of who asks for `name` */
    const char *name;
    sio_tls_t *tls, *other;
} tls_t;

#define TLS_INIT {SIO_TLS_OPTIONS_INIT, SIO_TLS_OPTIONS_INIT, NULL, NULL, NULL}

/* Nonzero if the flag is one of these. */
int tls_option(tls_t *tls, const char *flag, const char *value);
/* Listens on another port, if there is a certificate. */
int tls_set_up(tls_t *tls, sio_server_t *io);
void tls_free(tls_t *tls);
/* The log, on standard error. */
void tls_log(sio_log_level_t level, const char *category, const char *text, void *data);

#endif
