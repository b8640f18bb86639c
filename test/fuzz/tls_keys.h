/*
 * Certificates and keys of the TLS program, made at its start, the same each time: what OpenSSL
 * takes for random is not.
 */
#ifndef TEST_FUZZ_TLS_KEYS_H
#define TEST_FUZZ_TLS_KEYS_H

#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    X509 *cert;
    EVP_PKEY *key;
} tls_pair_t;

enum { TLS_PATH_SIZE = 32 };

/* A file without a name, which is found under `path` nevertheless. */
typedef struct {
    FILE *file;
    char path[TLS_PATH_SIZE];
} tls_file_t;

/* OpenSSL's random bytes begin again from here. */
void tls_keys_seed(uint64_t seed);
/* With this common name; `issuer` NULL: its own, and an authority. */
void tls_keys_make(tls_pair_t *pair, const char *name, const tls_pair_t *issuer);

void tls_file_open(tls_file_t *file);
/* What is in it from now on: a certificate and a key, in PEM; NULL: neither. */
void tls_file_write(tls_file_t *file, const X509 *cert, const EVP_PKEY *key);

#endif
