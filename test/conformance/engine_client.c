/** Profile engine-client: what the tests of the engine.io-client package expect. */
#include "conformance.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int is_text(const void *message, size_t length, int binary, const char *text) {
    return !binary && length == strlen(text) && memcmp(message, text, length) == 0;
}

/** Sets @p name in lower case; repeated headers have one joined value. */
static int add_header(json_t *object, sio_http_request_t *request, const char *name) {
    char key[128];
    size_t length = strlen(name);

    if (length >= sizeof key)
        return -1;
    for (size_t i = 0; i <= length; i++)
        key[i] = (char) tolower((unsigned char) name[i]);
    return json_object_set_new(object, key, json_string(sio_http_header_in(request, name)));
}

static void send_headers(eio_socket_t *socket) {
    sio_http_request_t *request = eio_socket_request(socket);
    json_t *object = json_object();
    const char *name, *value;

    for (size_t i = 0; request && sio_http_header_at(request, i, &name, &value); i++)
        if (add_header(object, request, name) != 0)
            break;
    char *text = json_dumps(object, JSON_COMPACT);
    if (text)
        eio_socket_send(socket, text, strlen(text));
    free(text);
    json_decref(object);
}

static void on_message(eio_socket_t *socket, const void *message, size_t length, int binary,
                       void *data) {
    static const unsigned char five[] = {0, 1, 2, 3, 4};
    static const char utf8[] = "пойду спать всем спокойной ночи";

    (void) data;
    if (is_text(message, length, binary, "give binary"))
        eio_socket_send_binary(socket, five, sizeof five);
    else if (is_text(message, length, binary, "give utf8"))
        eio_socket_send(socket, utf8, sizeof utf8 - 1);
    else if (is_text(message, length, binary, "sendHeaders"))
        send_headers(socket);
    else if (binary)
        eio_socket_send_binary(socket, message, length);
    else
        eio_socket_send(socket, message, length);
}

static void on_connection(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    (void) request;
    eio_socket_on_message(socket, on_message, data);
    eio_socket_send(socket, "hi", 2);
}

static void on_headers(sio_http_request_t *request, sio_http_response_t *response, int initial,
                       void *data) {
    (void) request, (void) data;
    if (!initial)
        return;

    char expires[64];
    time_t now = time(NULL);
    struct tm utc;
    sio_http_header(response, "Set-Cookie", "1=1; Max-Age=86400");
    sio_http_header(response, "Set-Cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict");
    sio_http_header(response, "Set-Cookie", "3=3; Max-Age=0");
    if (gmtime_r(&now, &utc) &&
        strftime(expires, sizeof expires, "4=4; Expires=%a, %d %b %Y %H:%M:%S GMT", &utc))
        sio_http_header(response, "Set-Cookie", expires);
}

static void allow_request(sio_allow_t *allow, sio_http_request_t *request, void *data) {
    (void) data;
    if (sio_http_query(request, "deny"))
        sio_deny(allow, NULL);
    else
        sio_allow(allow);
}

int engine_client_run(const address_t *address) {
    sio_options_t options = SIO_OPTIONS_INIT;
    eio_server_t *server;

    options.ping_interval_ms = 500;
    options.max_payload = 100;
    options.allow_eio3 = 1;
    options.allow_request = allow_request;
    int rc = eio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    eio_server_on_connection(server, on_connection, NULL);
    eio_server_on_headers(server, on_headers, NULL);
    rc = serve_engine(server, address);
    eio_server_free(server);
    return rc;
}
