/* What a socket knows of how its client came [S21]. */
#include "../lib/sio.h"
#include <time.h>

#define HEADERS                                                                                    \
    "X-Twice: a\r\nOrigin: http://page.example\r\nx-twice: b\r\n"                                  \
    "X-Bytes: \xff\r\nUser-Agent: \xc3\xa9\r\n"

static void open_it(test_sio_t *t, client_t *peer, const char *auth) {
    peer_open_with(peer, &t->uv, t->port, "&name=a%20b+c&name=second&empty=&%C3%A9=%ff&nul=a%00b",
                   HEADERS);
    peer_join(peer, "", auth, NULL);
}

static void the_parts(void **state) {
    test_sio_t *t = *state;
    client_t peer;
    open_it(t, &peer, "{\"token\":\"t\"}");
    sio_socket_t *socket = t->socket;
    assert_string_equal(sio_socket_url(socket),
                        "/socket.io/?EIO=4&transport=websocket&name=a%20b+c&name=second&empty=&"
                                                "%C3%A9=%ff&nul=a%00b");
    const char *name = sio_socket_query(socket, "name");
    assert_string_equal(name, "a b c");
    assert_ptr_equal(sio_socket_query(socket, "name"), name); /* stays where it is */
    assert_string_equal(sio_socket_query(socket, "empty"), "");
    assert_string_equal(sio_socket_query(socket, "\xc3\xa9"), "\xff");
    assert_null(sio_socket_query(socket, "none"));
    assert_null(sio_socket_query(socket, NULL));
    assert_string_equal(sio_socket_header(socket, "X-TWICE"), "a, b");
    assert_null(sio_socket_header(socket, "none"));
    assert_null(sio_socket_header(socket, NULL));
    assert_string_equal(sio_socket_address(socket), "127.0.0.1");
    assert_string_equal(sio_socket_transport(socket), "websocket");
    assert_int_equal(sio_socket_secure(socket), 0);
    assert_true(sio_socket_xdomain(socket));
    assert_true(llabs(sio_socket_issued(socket) - (int64_t) time(NULL) * 1000) < 5000);
    json_t *auth = sio_socket_auth(socket);
    assert_string_equal(json_string_value(json_object_get(auth, "token")), "t");
    assert_ptr_equal(sio_socket_auth(socket), auth);
    assert_ptr_equal(sio_socket_server(socket), t->io);
    client_close(&peer);
}

static void no_auth_is_an_empty_object(void **state) {
    static const char *const nothing[] = {"", "{}"};
    test_sio_t *t = *state;
    for (int i = 0; i < 2; i++) {
        client_t peer;
        peer_open(&peer, t);
        peer_join(&peer, "", nothing[i], NULL);
        assert_true(json_is_object(sio_socket_auth(t->socket)));
        assert_int_equal(json_object_size(sio_socket_auth(t->socket)), 0);
        assert_false(sio_socket_xdomain(t->socket));
        client_close(&peer);
        test_sio_until(t, t->disconnects == i + 1);
    }
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static void the_whole(void **state) {
    static const char *const keys[] = {"headers", "time", "address", "xdomain", "secure", "issued",
        "url", "query", "auth"};
    test_sio_t *t = *state;
    client_t peer;
    char wanted[80];
    open_it(t, &peer, "{\"token\":[1,null]}");
    json_t *whole = sio_socket_handshake(t->socket);
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach(whole, key, value)
        assert_string_equal(key, keys[count++]); /* Node's keys in Node's order */
    assert_int_equal(count, 9);
    json_t *headers = json_object_get(whole, "headers"), *query = json_object_get(whole, "query");
    assert_string_equal(text_of(headers, "x-twice"), "a, b");
    assert_string_equal(text_of(headers, "origin"), "http://page.example");
    assert_string_equal(text_of(headers, "x-bytes"), "\xef\xbf\xbd");
    assert_string_equal(text_of(headers, "user-agent"), "\xc3\xa9");
    assert_string_equal(text_of(query, "EIO"), "4");
    assert_string_equal(json_string_value(json_array_get(json_object_get(query, "name"), 0)),
                        "a b c");
    assert_string_equal(json_string_value(json_array_get(json_object_get(query, "name"), 1)),
                        "second");
    assert_string_equal(text_of(query, "\xc3\xa9"), "\xef\xbf\xbd");
    assert_int_equal(json_string_length(json_object_get(query, "nul")), 3);
    assert_true(json_is_true(json_object_get(whole, "xdomain")));
    assert_true(json_is_false(json_object_get(whole, "secure")));
    assert_int_equal(json_integer_value(json_object_get(whole, "issued")),
                     sio_socket_issued(t->socket));
    assert_int_equal(json_array_size(json_object_get(json_object_get(whole, "auth"), "token")), 2);
    /* The time against the C library's calendar. */
    time_t second = (time_t) (sio_socket_issued(t->socket) / 1000);
    strftime(wanted, sizeof(wanted), "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
             gmtime(&second));
    assert_string_equal(text_of(whole, "time"), wanted);
    json_decref(whole);
    assert_null(sio_socket_handshake(NULL));
    client_close(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SIO(the_parts),
        IN_SIO(no_auth_is_an_empty_object),
        IN_SIO(the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
