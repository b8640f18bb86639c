/* Contexts of TLS: what their options may be, what is wrong with files, reading them again. */
#include "../lib/tls.h"
#include "net/tls_internal.h"
#include <sio/error.h>

typedef struct {
    files_t files;
    sio_tls_options_t options; /* those of the pair "one" */
    char log[512];             /* the last line */
    int lines;
    int asked;
} fixture_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    assert_int_equal(level, SIO_LOG_ERROR);
    assert_string_equal(category, "tls");
    snprintf(f->log, sizeof(f->log), "%s", text);
    f->lines++;
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    pair_t one = make_pair("one", NULL), two = make_pair("two", NULL);
    files_make(&f->files);
    files_pair(&f->files, "one", &one);
    files_pair(&f->files, "two", &two);
    files_key(&f->files, "locked.key", &one, "open sesame");
    files_text(&f->files, "text.pem", "This is no certificate.\n");
    files_text(&f->files, "empty.pem", "");
    f->options = options_of(&f->files, "one");
    f->options.log = on_log;
    f->options.log_data = f;
    free_pair(&one);
    free_pair(&two);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    options_free(&f->options);
    files_remove(&f->files);
    /* Nothing of ours stays in OpenSSL's queue. */
    assert_int_equal(ERR_peek_error(), 0);
    free(f);
    return 0;
}

static void expect_new(fixture_t *f, int expected) {
    sio_tls_t *tls = NULL;
    int rc = sio_tls_new(&tls, &f->options);
    if (rc != expected)
        fail_msg("%s, not %s: %s", sio_err_name(rc), sio_err_name(expected), f->log);
    assert_int_equal(tls != NULL, rc == 0);
    sio_tls_unref(tls);
}

/* The line that was logged holds this text. */
static void expect_log(const fixture_t *f, const char *text) {
    if (strstr(f->log, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, f->log);
}

static void a_pair_of_files_is_enough(void **state) {
    fixture_t *f = *state;
    expect_new(f, 0);
    assert_int_equal(f->lines, 0);
    sio_tls_unref(NULL);
    assert_null(sio_tls_ref(NULL));
}

static void a_key_may_be_in_the_file_of_its_certificate(void **state) {
    fixture_t *f = *state;
    pair_t pair = make_pair("both", NULL);
    FILE *file = files_open(&f->files, "both.pem");
    PEM_write_X509(file, pair.cert);
    PEM_write_PKCS8PrivateKey(file, pair.key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    free_pair(&pair);
    sio_tls_options_t options = SIO_TLS_OPTIONS_INIT;
    options.cert_file = files_path(&f->files, "both.pem");
    sio_tls_t *tls;
    assert_int_equal(sio_tls_new(&tls, &options), 0);
    sio_tls_unref(tls);
}

static void options_that_make_no_sense(void **state) {
    fixture_t *f = *state;
    sio_tls_t *tls = NULL;
    sio_tls_options_t options = f->options;
    assert_int_equal(sio_tls_new(NULL, &options), SIO_EINVAL);
    assert_int_equal(sio_tls_new(&tls, NULL), SIO_EINVAL);
    options.size = 3;
    assert_int_equal(sio_tls_new(&tls, &options), SIO_EINVAL);
    options = f->options;
    options.cert_file = NULL;
    assert_int_equal(sio_tls_new(&tls, &options), SIO_EINVAL);
    options = f->options;
    options.verify_client = SIO_TLS_VERIFY_OPTIONAL;
    assert_int_equal(sio_tls_new(&tls, &options), SIO_EINVAL);
    options = f->options;
    options.min_version = (sio_tls_version_t) 0x0301;
    assert_int_equal(sio_tls_new(&tls, &options), SIO_EINVAL);
    options = f->options;
    options.verify_client = (sio_tls_verify_t) 7;
    assert_int_equal(sio_tls_new(&tls, &options), SIO_EINVAL);
    assert_int_equal(sio_tls_reload(NULL), SIO_EINVAL);
    assert_null(tls);
}

/* A program that was compiled when there were no more fields than the two files. */
static void a_shorter_struct_of_an_older_program(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = f->options;
    sio_tls_t *tls;
    memset((char *) &options + offsetof(sio_tls_options_t, passphrase), 0xff,
           sizeof(options) - offsetof(sio_tls_options_t, passphrase));
    options.size = offsetof(sio_tls_options_t, passphrase);
    assert_int_equal(sio_tls_new(&tls, &options), 0);
    sio_tls_unref(tls);
}

static void ciphers_that_nobody_knows(void **state) {
    fixture_t *f = *state;
    f->options.ciphers = "ROT13";
    expect_new(f, SIO_EINVAL);
    expect_log(f, "ROT13: ");
    f->options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    f->options.ciphersuites = "TLS_ROT13";
    expect_new(f, SIO_EINVAL);
    expect_log(f, "TLS_ROT13: ");
    f->options.ciphersuites = "TLS_AES_128_GCM_SHA256";
    expect_new(f, 0);
}

static void with_files(fixture_t *f, const char *cert, const char *key, int expected,
                       const char *logged) {
    options_free(&f->options);
    f->options.cert_file = strdup(files_path(&f->files, cert));
    f->options.key_file = strdup(files_path(&f->files, key));
    expect_new(f, expected);
    expect_log(f, logged);
}

static void files_that_will_not_do(void **state) {
    fixture_t *f = *state;
    with_files(f, "none.pem", "one.key", UV_ENOENT, "none.pem: no such file or directory");
    with_files(f, "one.pem", "none.key", UV_ENOENT, "none.key: no such file or directory");
    with_files(f, "text.pem", "one.key", SIO_EINVAL, "text.pem: no start line");
    with_files(f, "empty.pem", "one.key", SIO_EINVAL, "empty.pem: no start line");
    with_files(f, "one.pem", "text.pem", SIO_EINVAL, "text.pem: ");
    with_files(f, "one.pem", "two.key", SIO_EINVAL, "two.key: key values mismatch");
    assert_int_equal(f->lines, 6);
    /* Of another kind than that of the certificate. */
    pair_t rsa = {X509_new(), NULL};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    EVP_PKEY_keygen_init(context);
    EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048);
    assert_int_equal(EVP_PKEY_keygen(context, &rsa.key), 1);
    EVP_PKEY_CTX_free(context);
    files_key(&f->files, "rsa.key", &rsa, NULL);
    free_pair(&rsa);
    with_files(f, "one.pem", "rsa.key", SIO_EINVAL, "rsa.key: ");
}

static void authorities_that_will_not_do(void **state) {
    fixture_t *f = *state;
    char ca[512];
    f->options.verify_client = SIO_TLS_VERIFY_REQUIRED;
    f->options.ca_file = ca;
    strcpy(ca, files_path(&f->files, "none.pem"));
    expect_new(f, UV_ENOENT);
    expect_log(f, "none.pem: no such file or directory");
    strcpy(ca, files_path(&f->files, "text.pem"));
    expect_new(f, SIO_EINVAL);
    expect_log(f, "text.pem: ");
    strcpy(ca, files_path(&f->files, "two.pem"));
    expect_new(f, 0);
}

static int give_passphrase(char *text, int capacity, void *data) {
    fixture_t *f = data;
    f->asked++;
    assert_true(capacity > 11);
    memcpy(text, "open sesame", 11);
    return 11;
}

static int give_none(char *text, int capacity, void *data) {
    (void) text, (void) capacity, (void) data;
    return -1;
}

/* Standard input is no terminal here; OpenSSL would ask /dev/tty. */
static void a_key_may_be_locked(void **state) {
    fixture_t *f = *state;
    with_files(f, "one.pem", "locked.key", SIO_EINVAL, "locked.key: ");
    f->options.passphrase = "abracadabra";
    expect_new(f, SIO_EINVAL);
    f->options.passphrase = "open sesame";
    expect_new(f, 0);
    f->options.passphrase = NULL;
    f->options.passphrase_cb = give_none;
    expect_new(f, SIO_EINVAL);
    f->options.passphrase_cb = give_passphrase;
    f->options.passphrase_data = f;
    expect_new(f, 0);
    assert_int_equal(f->asked, 1);
}

/* The common name of what new connections are shown. */
static void expect_name(const sio_tls_t *tls, const char *expected) {
    char name[64] = "";
    X509 *cert = SSL_CTX_get0_certificate(tls->context);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
    assert_string_equal(name, expected);
}

static void copy(fixture_t *f, const char *from, const char *to) {
    char source[512];
    uv_fs_t request;
    strcpy(source, files_path(&f->files, from));
    assert_int_equal(uv_fs_copyfile(NULL, &request, source, files_path(&f->files, to), 0, NULL),
                     0);
    uv_fs_req_cleanup(&request);
}

static void files_are_read_again(void **state) {
    fixture_t *f = *state;
    sio_tls_t *tls;
    assert_int_equal(sio_tls_new(&tls, &f->options), 0);
    expect_name(tls, "one");
    copy(f, "two.pem", "one.pem");
    copy(f, "two.key", "one.key");
    assert_int_equal(sio_tls_reload(tls), 0);
    expect_name(tls, "two");
    assert_int_equal(f->lines, 0);
    sio_tls_unref(tls);
}

static void what_cannot_be_read_again_stays_as_it_was(void **state) {
    fixture_t *f = *state;
    sio_tls_t *tls;
    assert_int_equal(sio_tls_new(&tls, &f->options), 0);
    copy(f, "two.pem", "one.pem"); /* its key is not there yet */
    assert_int_equal(sio_tls_reload(tls), SIO_EINVAL);
    expect_log(f, "one.key: key values mismatch");
    expect_name(tls, "one");
    assert_int_equal(unlink(files_path(&f->files, "one.pem")), 0);
    assert_int_equal(sio_tls_reload(tls), UV_ENOENT);
    expect_name(tls, "one");
    copy(f, "text.pem", "one.pem");
    assert_int_equal(sio_tls_reload(tls), SIO_EINVAL);
    expect_name(tls, "one");
    assert_int_equal(f->lines, 3);
    copy(f, "two.pem", "one.pem");
    copy(f, "two.key", "one.key");
    assert_int_equal(sio_tls_reload(tls), 0);
    expect_name(tls, "two");
    sio_tls_unref(tls);
}

static void references_are_counted(void **state) {
    fixture_t *f = *state;
    sio_tls_t *tls;
    assert_int_equal(sio_tls_new(&tls, &f->options), 0);
    assert_ptr_equal(sio_tls_ref(tls), tls);
    sio_tls_unref(tls);
    expect_name(tls, "one");
    sio_tls_unref(tls);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_pair_of_files_is_enough),
        CASE(a_key_may_be_in_the_file_of_its_certificate),
        CASE(options_that_make_no_sense),
        CASE(a_shorter_struct_of_an_older_program),
        CASE(ciphers_that_nobody_knows),
        CASE(files_that_will_not_do),
        CASE(authorities_that_will_not_do),
        CASE(a_key_may_be_locked),
        CASE(files_are_read_again),
        CASE(what_cannot_be_read_again_stays_as_it_was),
        CASE(references_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
