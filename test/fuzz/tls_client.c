#include "tls_client.h"
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096, RECORD_HEADER = 5 };

static void put(sio__buf_t *buf, const void *data, size_t length) {
    CHECK(sio__buf_append(buf, data, length) == 0);
}

/* --- a context for all ------------------------------------------------------------------------ */

/* The last one's is kept. */
static int on_session(SSL *ssl, SSL_SESSION *session) {
    SSL_SESSION **purse = SSL_get_app_data(ssl);
    SSL_SESSION_free(*purse);
    *purse = session;
    return 1;
}

static SSL_CTX *shared_context(void) {
    static SSL_CTX *context;
    if (context == NULL) {
        context = SSL_CTX_new(TLS_client_method());
        CHECK(context != NULL);
        SSL_CTX_set_session_cache_mode(context,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, on_session);
        SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    return context;
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void show(SSL *ssl, const tls_pair_t *pair) {
    CHECK(SSL_use_certificate(ssl, pair->cert) == 1);
    CHECK(SSL_use_PrivateKey(ssl, pair->key) == 1);
}

static void set_option(const tls_client_t *client, const tls_people_t *people, char option) {
    static const unsigned char both[] = "\2h2\10http/1.1", strange[] = "\2h2";
    SSL *ssl = client->ssl;
    switch (option) {
    case '2': SSL_set_max_proto_version(ssl, TLS1_2_VERSION); return;
    case '3': SSL_set_min_proto_version(ssl, TLS1_3_VERSION); return;
    case 'a': show(ssl, &people->friend); return;
    case 's': show(ssl, &people->stranger); return;
    case 'n': SSL_set_tlsext_host_name(ssl, "Other.Example"); return;
    case 'N': SSL_set_tlsext_host_name(ssl, "-\xff. "); return;
    case 'p': SSL_set_alpn_protos(ssl, both, sizeof(both) - 1); return;
    case 'P': SSL_set_alpn_protos(ssl, strange, sizeof(strange) - 1); return;
    case 'i': SSL_set_options(ssl, SSL_OP_NO_TICKET); return;
    case 'c': SSL_set_ciphersuites(ssl, "TLS_CHACHA20_POLY1305_SHA256"); return;
    case 'w': SSL_set_cipher_list(ssl, "AES128-SHA"); return;
    case 'k': SSL_set1_groups_list(ssl, "P-384:P-256"); return;
    case 'f': SSL_set_max_send_fragment(ssl, 512); return;
    case 'r':
        if (*client->purse != NULL)
            SSL_set_session(ssl, *client->purse);
        return;
    default: return;
    }
}

void tls_client_open(tls_client_t *client, memory_peer_t *peer, const tls_people_t *people,
                     SSL_SESSION **purse, const char *how, size_t length) {
    tls_client_open_raw(client, peer);
    client->ssl = SSL_new(shared_context());
    client->in = BIO_new(BIO_s_mem());
    client->out = BIO_new(BIO_s_mem());
    client->purse = purse;
    CHECK(client->ssl != NULL && client->in != NULL && client->out != NULL);
    SSL_set_bio(client->ssl, client->in, client->out);
    SSL_set_app_data(client->ssl, purse);
    SSL_set_connect_state(client->ssl);
    for (size_t i = 0; i < length; i++)
        set_option(client, people, how[i]);
    ERR_clear_error();
}

void tls_client_open_raw(tls_client_t *client, memory_peer_t *peer) {
    tls_client_clear(client);
    client->peer = peer;
}

void tls_client_clear(tls_client_t *client) {
    memory_peer_free(client->peer);
    SSL_free(client->ssl);
    sio__buf_free(&client->text);
    sio__buf_free(&client->heard);
    sio__buf_free(&client->outbox);
    sio__buf_free(&client->late);
    *client = (tls_client_t){.peer = NULL};
}

/* --- damage ----------------------------------------------------------------------------------- */

void tls_client_damage(tls_client_t *client, char kind, unsigned record, unsigned at) {
    tls_damage_t damage = {kind, client->records + record, at};
    client->damages[client->damage_count++ % TLS_DAMAGES] = damage;
}

static tls_damage_t next_damage(tls_client_t *client) {
    unsigned number = client->records++;
    for (unsigned i = 0; i < TLS_DAMAGES; i++) {
        tls_damage_t damage = client->damages[i];
        if (damage.kind != '\0' && damage.record == number) {
            client->damaged = 1;
            return damage;
        }
    }
    return (tls_damage_t){.kind = '\0'};
}

/* What nobody has asked for, in clear. */
static void put_alien(sio__buf_t *outbox, unsigned which) {
#define ALIEN(bytes) {bytes, sizeof(bytes) - 1}
    static const struct {
        const char *bytes;
        size_t length;
    } aliens[] = {
        ALIEN("\x15\3\3\0\2\1\0"),          /* close_notify */
        ALIEN("\x15\3\3\0\2\2\x28"),        /* a fatal alert */
        ALIEN("\x16\3\3\0\4\0\0\0\0"),      /* hello_request */
        ALIEN("\x14\3\3\0\1\1"),            /* change_cipher_spec */
        ALIEN("\x17\3\3\0\0"),              /* records of nothing */
        ALIEN("\x16\3\3\0\0"),
        ALIEN("\x18\3\3\0\3\1\x40\0"),      /* a heartbeat that asks for more than it has said */
        ALIEN("\x17\3\3\x48\1"),            /* one that is too long */
        ALIEN("\x80\x2e\1\3\1\0\x15\0\0\0\x10"), /* SSL 2 */
        ALIEN("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    };
    which %= sizeof(aliens) / sizeof(aliens[0]);
    put(outbox, aliens[which].bytes, aliens[which].length);
}

/* Its content in two records, cut at `at`. */
static void put_halves(sio__buf_t *outbox, const char *record, size_t length, size_t at) {
    size_t content = length - RECORD_HEADER, parts[2];
    parts[0] = content > 0 ? at % content : 0;
    parts[1] = content - parts[0];
    const char *from = record + RECORD_HEADER;
    for (int i = 0; i < 2; i++) {
        char size[2] = {(char) (parts[i] >> 8), (char) (parts[i] & 0xff)};
        put(outbox, record, 3);
        put(outbox, size, 2);
        put(outbox, from, parts[i]);
        from += parts[i];
    }
}

static void change(char *record, size_t length, const tls_damage_t *damage) {
    switch (damage->kind) {
    case 'f': record[damage->at % length] ^= (char) (1u << damage->at % 8); return;
    case 'F': record[damage->at % length] ^= (char) 0xff; return;
    case 't': record[0] = (char) damage->at; return;
    case 'v': record[2] = (char) damage->at; return;
    case 'l': record[4] ^= (char) damage->at; return;
    default: return;
    }
}

static void send_record(tls_client_t *client, const char *data, size_t length) {
    sio__buf_t *outbox = &client->outbox;
    tls_damage_t damage = next_damage(client);
    char *record = fuzz_exact(data, length);
    change(record, length, &damage);
    if (damage.kind == '2')
        put(outbox, record, length);
    if (damage.kind == 'i')
        put_alien(outbox, damage.at);
    if (damage.kind == 'h')
        put_halves(outbox, record, length, damage.at);
    else if (damage.kind == 'o')
        put(&client->late, record, length);
    else if (damage.kind != 'd')
        put(outbox, record, damage.kind == 'c' ? damage.at % length : length);
    if (damage.kind != 'o') {
        put(outbox, client->late.data, client->late.length);
        client->late.length = 0;
    }
    if (damage.kind == 'e' || damage.kind == 'x')
        client->end = damage.kind == 'e' ? UV_EOF : UV_ECONNRESET;
    free(record);
}

/* Takes the records that OpenSSL has made; nothing more goes behind the end. Nonzero if there were
 * some. */
static int take_records(tls_client_t *client) {
    char *data;
    long left = BIO_get_mem_data(client->out, &data);
    int any = left > 0;
    while (left > 0 && client->end == 0) {
        const unsigned char *header = (const unsigned char *) data;
        CHECK(left >= RECORD_HEADER);
        long length = RECORD_HEADER + (header[3] << 8 | header[4]);
        CHECK(length <= left);
        send_record(client, data, (size_t) length);
        data += length;
        left -= length;
    }
    CHECK(BIO_reset(client->out) == 1);
    return any;
}

/* --- what it does ----------------------------------------------------------------------------- */

void tls_client_say(tls_client_t *client, const void *text, size_t length) {
    put(client->ssl != NULL ? &client->text : &client->outbox, text, length);
}

void tls_client_inject(tls_client_t *client, const void *bytes, size_t length) {
    put(&client->outbox, bytes, length);
    client->damaged = 1;
}

static int may_act(const tls_client_t *client) {
    return client->ssl != NULL && client->done && !client->failed && !client->left;
}

void tls_client_update_key(tls_client_t *client, int answered) {
    if (!may_act(client) || SSL_version(client->ssl) != TLS1_3_VERSION)
        return;
    if (SSL_key_update(client->ssl, answered ? SSL_KEY_UPDATE_REQUESTED
                                             : SSL_KEY_UPDATE_NOT_REQUESTED) == 1)
        SSL_do_handshake(client->ssl);
    ERR_clear_error();
}

void tls_client_renegotiate(tls_client_t *client) {
    if (!may_act(client) || SSL_version(client->ssl) == TLS1_3_VERSION)
        return;
    client->damaged = 1; /* its peer will have none of it */
    if (SSL_renegotiate(client->ssl) == 1)
        SSL_do_handshake(client->ssl);
    ERR_clear_error();
}

void tls_client_leave(tls_client_t *client) {
    if (!may_act(client))
        return;
    client->left = 1;
    SSL_shutdown(client->ssl);
    ERR_clear_error();
}

/* What came of a call that did not succeed. */
static void note(tls_client_t *client, int rc) {
    int error = SSL_get_error(client->ssl, rc);
    if (error == SSL_ERROR_ZERO_RETURN)
        client->ended = 1;
    else if (error != SSL_ERROR_WANT_READ)
        client->failed = 1;
    ERR_clear_error();
}

static void shake(tls_client_t *client) {
    ERR_clear_error();
    int rc = SSL_do_handshake(client->ssl);
    client->done = rc == 1;
    if (rc != 1)
        note(client, rc);
}

static void read_all(tls_client_t *client) {
    char piece[PIECE];
    int rc = 1;
    while (rc > 0) {
        ERR_clear_error();
        rc = SSL_read(client->ssl, piece, sizeof(piece));
        if (rc > 0)
            put(&client->heard, piece, (size_t) rc);
        else
            note(client, rc);
    }
}

static void write_all(tls_client_t *client) {
    size_t left = client->text.length - client->said;
    if (left == 0 || client->left || client->failed)
        return;
    ERR_clear_error();
    int rc = SSL_write(client->ssl, client->text.data + client->said, (int) left);
    if (rc > 0)
        client->said += (size_t) rc;
    else
        note(client, rc);
}

/* What the server has said since. Nonzero if there was something. */
static int hear(tls_client_t *client) {
    size_t length = 0;
    const unsigned char *output = memory_output(client->peer, &length);
    if (length > 0 && client->ssl != NULL)
        CHECK(BIO_write(client->in, output, (int) length) == (int) length);
    memory_take(client->peer, length);
    return length > 0;
}

int tls_client_step(tls_client_t *client) {
    int any = client->peer != NULL && hear(client);
    if (client->ssl == NULL)
        return any;
    if (!client->done && !client->failed)
        shake(client);
    if (client->done && !client->failed && !client->ended)
        read_all(client);
    if (client->done)
        write_all(client);
    return take_records(client) || any;
}

static int deliver_end(tls_client_t *client) {
    return client->end != 0 && memory_feed_end(client->peer, client->end);
}

int tls_client_deliver(tls_client_t *client) {
    size_t length = client->outbox.length;
    if (client->peer == NULL || !memory_reads(client->peer))
        return 0;
    if (length == 0)
        return deliver_end(client);
    if (client->cut > 0 && client->cut < length)
        length = client->cut;
    char *bytes = fuzz_exact(client->outbox.data, length);
    size_t taken = memory_feed(client->peer, bytes, length);
    free(bytes);
    sio__buf_consume(&client->outbox, taken);
    return taken > 0;
}
