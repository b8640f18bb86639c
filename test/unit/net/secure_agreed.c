/* TLS on a connection: with whom it is spoken, what is agreed on, and what is no TLS. */
#include "secure.h"

/* --- what is no TLS, or not ours -------------------------------------------------------------- */

static void raw(fixture_t *f, const void *data, size_t length) {
    assert_int_equal(write(f->peer, data, length), (ssize_t) length);
}

/* The connection ends with a FIN; `alert` (0: none) is what has come before. */
static void expect_refusal(fixture_t *f, int alert, const char *logged) {
    unsigned char bytes[4096];
    size_t length = 0;
    ssize_t got = -1;
    until(f, got == 0, {
        got = read(f->peer, bytes + length, sizeof(bytes) - length);
        length += got > 0 ? (size_t) got : 0;
    });
    assert_int_equal(f->closed, 0);
    shutdown(f->peer, SHUT_WR);
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->received_length, 0);
    assert_string_equal(f->log, logged);
    assert_int_equal(length, alert != 0 ? 7 : 0);
    if (alert != 0) {
        assert_int_equal(bytes[0], 21);
        assert_int_equal(bytes[6], alert);
    }
}

static void plain_http(void **state) {
    fixture_t *f = *state;
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    raw(f, request, sizeof(request) - 1);
    turn(f);
    turn(f);
    raw(f, request, sizeof(request) - 1); /* and goes on */
    expect_refusal(f, 0, "a pipe: http request");
}

static void garbage(void **state) {
    fixture_t *f = *state;
    raw(f, "\x16\x03\x01\x00\x05hello world", 16);
    until(f, f->log[0] != '\0', (void) 0);
    expect_refusal(f, SSL_AD_UNEXPECTED_MESSAGE, "a pipe: unexpected message");
}

static void old_versions(void **state) {
    fixture_t *f = *state;
    SSL_set_min_proto_version(f->client.ssl, TLS1_VERSION);
    SSL_set_max_proto_version(f->client.ssl, TLS1_1_VERSION);
    SSL_set_security_level(f->client.ssl, 0);
    SSL_set_cipher_list(f->client.ssl, "ALL:@SECLEVEL=0");
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    assert_string_equal(f->log, "a pipe: unsupported protocol");
}

static void a_record_that_has_been_changed(void **state) {
    fixture_t *f = *state;
    unsigned char record[5 + 40] = {23, 3, 3, 0, 40};
    shake(f);
    client_sends(f, "good");
    until(f, f->received_length == 4, (void) 0);
    raw(f, record, sizeof(record));
    until(f, f->closed > 0, (void) 0);
    assert_int_equal(f->error, SIO_EPROTO);
    assert_int_equal(f->received_length, 4);
    assert_string_equal(f->log, "a pipe: decryption failed or bad record mac");
    client_gets_end(f);
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
}

static void nobody_renegotiates(void **state) {
    fixture_t *f = *state;
    char data[64];
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    shake(f);
    assert_string_equal(sio__secure_version(f->conn), "TLSv1.2");
    assert_int_equal(SSL_renegotiate(f->client.ssl), 1);
    SSL_do_handshake(f->client.ssl);
    /* It is told so (RFC 5246 7.2.2), which OpenSSL's client takes for the end. */
    until(f, f->client.error != 0, tls_client_read(&f->client, data, sizeof(data)));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_NO_RENEGOTIATION);
}

/* --- what is agreed on ------------------------------------------------------------------------ */

static void offers(fixture_t *f, const char *protocols) {
    assert_int_equal(SSL_set_alpn_protos(f->client.ssl, (const unsigned char *) protocols,
                                         (unsigned) strlen(protocols)),
                     0);
}

static void of_the_application_protocols_http_1_1(void **state) {
    fixture_t *f = *state;
    const unsigned char *chosen;
    unsigned length;
    offers(f, "\x02h2\x08http/1.1\x08http/1.0");
    shake(f);
    SSL_get0_alpn_selected(f->client.ssl, &chosen, &length);
    assert_int_equal(length, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
}

static void no_application_protocol_that_we_know(void **state) {
    fixture_t *f = *state;
    offers(f, "\x02h2\x08spdy/3.1");
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_int_equal(ERR_GET_REASON(f->client.error), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    assert_string_equal(f->log, "a pipe: no application protocol");
}

/* --- other contexts --------------------------------------------------------------------------- */

static sio_tls_t *on_name(const char *name, void *data) {
    fixture_t *f = data;
    snprintf(f->asked, sizeof(f->asked), "%s", name);
    return strcmp(name, "alice.example") == 0 ? f->other : NULL;
}

/* A new connection of a context with these options. */
static void again(fixture_t *f, const sio_tls_options_t *options) {
    if (f->conn != NULL)
        sio__conn_close(f->conn, 0);
    turn(f);
    close(f->peer);
    sio_tls_unref(f->tls);
    tls_client_free(&f->client);
    assert_int_equal(sio_tls_new(&f->tls, options), 0);
    open_conn(f, 1 << 20);
    start(f);
    f->closed = f->ended = f->error = 0;
    f->log[0] = '\0';
}

static void expect_shown(fixture_t *f, const char *expected) {
    char name[64] = "";
    X509 *cert = SSL_get_peer_certificate(f->client.ssl);
    assert_non_null(cert);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
    X509_free(cert);
    assert_string_equal(name, expected);
}

static void with_names(fixture_t *f, sio_tls_options_t *options) {
    f->other = tls_of(&files, "alice");
    options->sni_cb = on_name;
    options->sni_data = f;
    again(f, options);
}

static void a_name_chooses_the_certificate(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server");
    with_names(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "Alice.Example");
    shake(f);
    assert_string_equal(f->asked, "alice.example");
    expect_shown(f, "alice");

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "bob.example");
    shake(f);
    assert_string_equal(f->asked, "bob.example");
    expect_shown(f, "server");

    f->asked[0] = '\0';
    again(f, &options);
    shake(f);
    assert_string_equal(f->asked, ""); /* no name, no question */
    expect_shown(f, "server");
    options_free(&options);
}

/* The client's first key share is of no use: it says hello twice. */
static void a_name_chooses_once(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server");
    with_names(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    assert_int_equal(SSL_set1_groups_list(f->client.ssl, "P-521:P-256"), 1);
    ERR_clear_error();
    shake(f);
    expect_shown(f, "alice");
    options_free(&options);
}

/* Version and verification are those of the other context. */
static void a_name_chooses_the_rest_too(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server"), strict = options_of(&files, "alice");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    strict.ca_file = ca;
    strict.verify_client = SIO_TLS_VERIFY_REQUIRED;
    strict.min_version = SIO_TLS_1_3;
    with_names(f, &options);
    sio_tls_unref(f->other);
    assert_int_equal(sio_tls_new(&f->other, &strict), 0);

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    until(f, f->client.error != 0, tls_client_shake(&f->client));
    assert_string_equal(f->log, "a pipe: unsupported protocol");

    again(f, &options);
    SSL_set_tlsext_host_name(f->client.ssl, "alice.example");
    until(f, f->log[0] != '\0', tls_client_shake(&f->client));
    assert_string_equal(f->log, "a pipe: peer did not return a certificate");

    again(f, &options);
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    shake(f);
    expect_shown(f, "server");
    options_free(&options);
    options_free(&strict);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* The session of the client, once the server has sent its ticket. */
static SSL_SESSION *take_session(fixture_t *f) {
    f->echo = 1;
    client_sends(f, "ticket?");
    client_gets(f, "ticket?");
    SSL_SESSION *session = SSL_get1_session(f->client.ssl);
    assert_non_null(session);
    return session;
}

/* Once more with that session. Nonzero if it was resumed. */
static int resumes(fixture_t *f, SSL_SESSION *session, const char *name) {
    sio__conn_close(f->conn, 0);
    turn(f);
    close(f->peer);
    SSL_set_shutdown(f->client.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    tls_client_free(&f->client);
    open_conn(f, 1 << 20);
    start(f);
    SSL_set_session(f->client.ssl, session);
    SSL_set_max_proto_version(f->client.ssl, SSL_SESSION_get_protocol_version(session));
    if (name != NULL)
        SSL_set_tlsext_host_name(f->client.ssl, name);
    f->log[0] = '\0';
    until(f, f->client.done || f->client.error != 0, tls_client_shake(&f->client));
    until(f, f->log[0] != '\0' || sio__secure_of(f->conn)->established, (void) 0);
    return SSL_session_reused(f->client.ssl);
}

static void sessions_are_resumed(void **state) {
    fixture_t *f = *state;
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

static void sessions_of_tls_1_2_are_resumed(void **state) {
    fixture_t *f = *state;
    SSL_set_max_proto_version(f->client.ssl, TLS1_2_VERSION);
    SSL_set_options(f->client.ssl, SSL_OP_NO_TICKET);
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

static void a_reload_ends_the_sessions_before_it(void **state) {
    fixture_t *f = *state;
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_int_equal(sio_tls_reload(f->tls), 0);
    client_sends(f, "still here"); /* the connection goes on */
    client_gets(f, "still here");
    assert_false(resumes(f, session, NULL));
    SSL_SESSION_free(session);
}

/* Who was let in without a certificate is not let in where one is needed. */
static void a_session_is_of_its_context(void **state) {
    fixture_t *f = *state;
    sio_tls_options_t options = options_of(&files, "server"), strict = options_of(&files, "alice");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    strict.ca_file = ca;
    strict.verify_client = SIO_TLS_VERIFY_REQUIRED;
    with_names(f, &options);
    sio_tls_unref(f->other);
    assert_int_equal(sio_tls_new(&f->other, &strict), 0);
    shake(f);
    SSL_SESSION *session = take_session(f);
    assert_false(resumes(f, session, "alice.example"));
    assert_string_equal(f->log, "a pipe: peer did not return a certificate");
    SSL_SESSION_free(session);
    options_free(&options);
    options_free(&strict);
}

/* --- certificates of clients ------------------------------------------------------------------ */

static void shows(fixture_t *f, const pair_t *pair) {
    assert_int_equal(SSL_use_certificate(f->client.ssl, pair->cert), 1);
    assert_int_equal(SSL_use_PrivateKey(f->client.ssl, pair->key), 1);
}

static void verifying(fixture_t *f, sio_tls_verify_t verify) {
    sio_tls_options_t options = options_of(&files, "server");
    char ca[512];
    strcpy(ca, files_path(&files, "authority.pem"));
    options.ca_file = ca;
    options.verify_client = verify;
    again(f, &options);
    options_free(&options);
}

/* What the server says about the failure. */
static void expect_refused(fixture_t *f, const char *logged) {
    until(f, f->log[0] != '\0', tls_client_shake(&f->client));
    assert_string_equal(f->log, logged);
    assert_false(sio__secure_of(f->conn)->established);
}

static void a_client_has_a_name(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &alice);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    SSL_SESSION *session = take_session(f);
    assert_true(resumes(f, session, NULL));
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    SSL_SESSION_free(session);
}

static void a_client_with_a_name_in_utf_8(void **state) {
    fixture_t *f = *state;
    pair_t pair = make_pair("Z\xc3\xbc" "e, \x01", &authority);
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &pair);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=Z\xc3\xbc" "e\\, \\01,O=Example");
    free_pair(&pair);
}

static void a_certificate_that_is_asked_for(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shake(f);
    assert_null(sio__secure_of(f->conn)->subject);
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shows(f, &alice);
    shake(f);
    assert_string_equal(sio__secure_of(f->conn)->subject, "CN=alice,O=Example");
    verifying(f, SIO_TLS_VERIFY_OPTIONAL);
    shows(f, &stranger);
    expect_refused(f, "a pipe: certificate verify failed: self-signed certificate");
}

static void a_certificate_that_is_needed(void **state) {
    fixture_t *f = *state;
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    expect_refused(f, "a pipe: peer did not return a certificate");
    verifying(f, SIO_TLS_VERIFY_REQUIRED);
    shows(f, &stranger);
    expect_refused(f, "a pipe: certificate verify failed: self-signed certificate");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(plain_http),
        CASE(garbage),
        CASE(old_versions),
        CASE(a_record_that_has_been_changed),
        CASE(nobody_renegotiates),
        CASE(of_the_application_protocols_http_1_1),
        CASE(no_application_protocol_that_we_know),
        CASE(a_name_chooses_the_certificate),
        CASE(a_name_chooses_once),
        CASE(a_name_chooses_the_rest_too),
        CASE(sessions_are_resumed),
        CASE(sessions_of_tls_1_2_are_resumed),
        CASE(a_reload_ends_the_sessions_before_it),
        CASE(a_session_is_of_its_context),
        CASE(a_client_has_a_name),
        CASE(a_client_with_a_name_in_utf_8),
        CASE(a_certificate_that_is_asked_for),
        CASE(a_certificate_that_is_needed),
    };
    return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
