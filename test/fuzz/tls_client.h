/*
 * A client of OpenSSL on the network in memory, whose records can be damaged on their way, or
 * one that says bytes as they are.
 */
#ifndef TEST_FUZZ_TLS_CLIENT_H
#define TEST_FUZZ_TLS_CLIENT_H

#include "fuzz.h"
#include "memory/network.h"
#include "tls_keys.h"

enum { TLS_DAMAGES = 8 };

/* What happens to one record, by a letter. */
typedef struct {
    char kind;
    unsigned record; /* its number */
    unsigned at;     /* where in it, or how */
} tls_damage_t;

typedef struct {
    memory_peer_t *peer; /* NULL: it is not there any more */
    SSL *ssl;            /* NULL: bytes as they are */
    BIO *in, *out;       /* of `ssl` */
    sio__buf_t text;     /* what it says */
    size_t said;         /* so much of that has been encrypted */
    sio__buf_t heard;
    sio__buf_t outbox; /* on its way to the server */
    sio__buf_t late;   /* a record that the next one overtakes */
    unsigned records;
    tls_damage_t damages[TLS_DAMAGES];
    unsigned damage_count;
    size_t cut;    /* pieces in which it arrives; 0: all at once */
    int end;       /* behind all that: UV_EOF, UV_ECONNRESET; 0: nothing yet */
    int done;      /* the handshake is */
    int ended;     /* the server's close_notify has come */
    int left;      /* its own has been said */
    int failed;    /* for OpenSSL */
    int damaged;   /* one of its records was */
    SSL_SESSION **purse; /* where a session is put, to be resumed by the next one */
} tls_client_t;

/* Whom its certificates are of. */
typedef struct {
    tls_pair_t friend, stranger;
} tls_people_t;

/* Each letter of `how` is an option. `peer` may be NULL. */
void tls_client_open(tls_client_t *client, memory_peer_t *peer, const tls_people_t *people,
                     SSL_SESSION **purse, const char *how, size_t length);
/* The same without TLS. */
void tls_client_open_raw(tls_client_t *client, memory_peer_t *peer);
/* Forgets all; the peer vanishes. */
void tls_client_clear(tls_client_t *client);

/* By TLS when its handshake is done; bytes as they are at once. */
void tls_client_say(tls_client_t *client, const void *text, size_t length);
/* Bytes into the midst of its records. */
void tls_client_inject(tls_client_t *client, const void *bytes, size_t length);
void tls_client_damage(tls_client_t *client, char kind, unsigned record, unsigned at);
void tls_client_update_key(tls_client_t *client, int answered);
void tls_client_renegotiate(tls_client_t *client);
/* Its close_notify. */
void tls_client_leave(tls_client_t *client);

/* Hears what there is, and does what OpenSSL wants. Nonzero if something has changed. */
int tls_client_step(tls_client_t *client);
/* Delivers a piece of its outbox. Nonzero if something was delivered. */
int tls_client_deliver(tls_client_t *client);

#endif
