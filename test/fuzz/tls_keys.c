/* RAND_METHOD is what all releases of OpenSSL have, if deprecated since 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tls_keys.h"
#include "fuzz.h"
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

/* --- random bytes ----------------------------------------------------------------------------- */

static uint64_t random_state;

static int random_bytes(unsigned char *bytes, int length) {
    for (int i = 0; i < length; i++)
        bytes[i] = (unsigned char) (fuzz_random(&random_state) >> 56);
    return 1;
}

static int random_status(void) {
    return 1;
}

void tls_keys_seed(uint64_t seed) {
    static const RAND_METHOD method = {
        .bytes = random_bytes, .pseudorand = random_bytes, .status = random_status};
    if (RAND_get_rand_method() != &method)
        CHECK(RAND_set_rand_method(&method) == 1);
    random_state = seed;
}

/* --- certificates ----------------------------------------------------------------------------- */

static EVP_PKEY *new_key(void) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    CHECK(context != NULL && EVP_PKEY_keygen_init(context) == 1);
    CHECK(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1);
    CHECK(EVP_PKEY_keygen(context, &key) == 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The time of day is the machine's, for OpenSSL. */
static void set_times(X509 *cert) {
    CHECK(ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "20000101000000Z") == 1);
    CHECK(ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "21000101000000Z") == 1);
}

static void set_authority(X509 *cert) {
    BASIC_CONSTRAINTS constraints = {.ca = 1};
    CHECK(X509_add1_ext_i2d(cert, NID_basic_constraints, &constraints, 1, 0) == 1);
}

void tls_keys_make(tls_pair_t *pair, const char *name, const tls_pair_t *issuer) {
    static long serial;
    X509 *cert = X509_new();
    *pair = (tls_pair_t){cert, new_key()};
    CHECK(cert != NULL && X509_set_version(cert, 2) == 1);
    CHECK(ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) == 1);
    X509_NAME *subject = X509_get_subject_name(cert);
    CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *) name, -1,
                                     -1, 0) == 1);
    if (issuer == NULL) {
        issuer = pair;
        set_authority(cert);
    }
    CHECK(X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert)) == 1);
    CHECK(X509_set_pubkey(cert, pair->key) == 1);
    set_times(cert);
    CHECK(X509_sign(cert, issuer->key, EVP_sha256()) > 0);
}

/* --- files ------------------------------------------------------------------------------------ */

void tls_file_open(tls_file_t *file) {
    file->file = tmpfile();
    CHECK(file->file != NULL);
    snprintf(file->path, sizeof(file->path), "/dev/fd/%d", fileno(file->file));
}

void tls_file_write(tls_file_t *file, const X509 *cert, const EVP_PKEY *key) {
    rewind(file->file);
    CHECK(ftruncate(fileno(file->file), 0) == 0);
    if (cert != NULL)
        CHECK(PEM_write_X509(file->file, (X509 *) (uintptr_t) cert) == 1);
    if (key != NULL)
        CHECK(PEM_write_PKCS8PrivateKey(file->file, (EVP_PKEY *) (uintptr_t) key, NULL, NULL, 0,
                                        NULL, NULL) == 1);
    CHECK(fflush(file->file) == 0);
}
