/* The opening handshake (RFC 6455 4.2), refused in the words of Node's ws [E36]. */
#include "base/base64.h"
#include "base/sha1.h"
#include "base/text.h"
#include "ws/deflate.h"
#include "ws/state.h"
#include "ws/ws.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum {
    KEY_LENGTH = 24,   /* 16 bytes in base64 */
    ACCEPT_LENGTH = 28 /* a SHA-1 digest in base64 */
};

static const char extensions_header[] = "Sec-WebSocket-Extensions";
static const char bad_version[] = "Missing or invalid Sec-WebSocket-Version header";

static int is_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '+' || c == '/';
}

static int is_key(const char *key) {
    size_t digits = 0;
    if (key == NULL)
        return 0;
    while (is_base64(key[digits]))
        digits++;
    return digits == KEY_LENGTH - 2 && strcmp(key + digits, "==") == 0;
}

/* A list of tokens (RFC 9110 5.6.2), or no list at all. */
static int are_tokens(const char *list) {
    const char *item;
    size_t length;
    if (list == NULL)
        return 1;
    int any = 0;
    while (sio__text_list_next(&list, &item, &length)) {
        any = 1;
        for (size_t i = 0; i < length; i++)
            if (!sio__text_is_token(item[i]))
                return 0;
    }
    return any;
}

static int is_version(const char *version, int oldest) {
    return version != NULL && (strcmp(version, "13") == 0 || strcmp(version, "8") == 0 ||
                               (oldest == SIO__WS_VERSION_7 && strcmp(version, "7") == 0));
}

const char *sio__ws_check(const sio_http_request_t *request, const sio_deflate_options_t *deflate,
                          int oldest, int *status) {
    const char *upgrade = sio_http_header_in(request, "Upgrade");

    *status = 400;
    if (strcmp(sio_http_method(request), "GET") != 0) {
        *status = 405;
        return "Invalid HTTP method";
    }
    if (upgrade == NULL || !sio__text_equal_nocase(upgrade, "websocket"))
        return "Invalid Upgrade header";
    if (!is_key(sio_http_header_in(request, "Sec-WebSocket-Key")))
        return "Missing or invalid Sec-WebSocket-Key header";
    if (!is_version(sio_http_header_in(request, "Sec-WebSocket-Version"), oldest))
        return bad_version;
    if (!are_tokens(sio_http_header_in(request, "Sec-WebSocket-Protocol")))
        return "Invalid Sec-WebSocket-Protocol header";
    const char *extensions =
        deflate->enabled ? sio_http_header_in(request, extensions_header) : NULL;
    if (extensions != NULL && !sio__extension_valid(extensions))
        return "Invalid or unacceptable Sec-WebSocket-Extensions header";
    return NULL;
}

int sio__ws_refuse(sio_http_response_t *response, int status, const char *why, int oldest) {
    if (why == bad_version)
        sio_http_header(response, "Sec-WebSocket-Version",
                        oldest == SIO__WS_VERSION_7 ? "13, 8, 7" : "13, 8");
    return sio__response_refuse_upgrade(response, status, why);
}

static void accept_key(char accept[ACCEPT_LENGTH], const char *key) {
    char text[KEY_LENGTH + sizeof(GUID) - 1];
    unsigned char digest[20];
    memcpy(text, key, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, GUID, sizeof(GUID) - 1);
    sio__sha1(digest, text, sizeof(text));
    sio__base64_encode(accept, digest, sizeof(digest));
}

/* The first subprotocol offered is the one taken, as Node's ws does by default. */
static int add_protocol(const sio_http_request_t *request, sio_http_response_t *response) {
    const char *offered = sio_http_header_in(request, "Sec-WebSocket-Protocol");
    const char *item;
    size_t length;
    if (!sio__text_list_next(&offered, &item, &length))
        return 0;
    char *protocol = sio__text_copy(item, length);
    if (protocol == NULL)
        return SIO_ENOMEM;
    int rc = sio_http_header(response, "Sec-WebSocket-Protocol", protocol);
    free(protocol);
    return rc;
}

static int add_headers(const sio_http_request_t *request, sio_http_response_t *response) {
    static const char before[] = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: ";
    enum { BEFORE = sizeof(before) - 1 };
    const char *key = sio_http_header_in(request, "Sec-WebSocket-Key");
    char lines[BEFORE + ACCEPT_LENGTH + 2];
    if (key == NULL || strlen(key) != KEY_LENGTH) /* not checked */
        return SIO_EINVAL;
    memcpy(lines, before, BEFORE);
    accept_key(lines + BEFORE, key);
    memcpy(lines + BEFORE + ACCEPT_LENGTH, "\r\n", 2);
    int rc = sio__response_add(response, lines, sizeof(lines));
    return rc < 0 ? rc : add_protocol(request, response);
}

/* Agrees with the client on compression: what the connection then has besides, with the answer's
 * header; NULL: none. */
static sio__ws_more_t *negotiate(sio__loop_t *loop, const sio_http_request_t *request,
                                 sio_http_response_t *response,
                                 const sio_deflate_options_t *options) {
    sio__deflate_params_t params;
    char reply[SIO__EXTENSION_REPLY];
    const char *offers = sio_http_header_in(request, extensions_header);
    if (offers == NULL || !sio__extension_choose(offers, options, &params, reply))
        return NULL;
    sio__ws_more_t *more = calloc(1, sizeof(*more));
    if (more == NULL)
        return NULL;
    more->deflate = sio__ws_deflate_new(&loop->zips, &params, options);
    if (more->deflate == NULL || sio_http_header(response, extensions_header, reply) < 0) {
        sio__ws_deflate_free(more->deflate);
        free(more);
        return NULL;
    }
    return more;
}

int sio__ws_accept(sio__ws_t **out, sio_http_request_t *request, sio_http_response_t *response,
                   const sio__ws_config_t *config, const sio__ws_user_t *user, void *user_data) {
    sio__conn_t *conn;
    sio__ws_more_t *more = NULL;
    int rc = add_headers(request, response);
    if (rc == 0 && config->deflate->enabled)
        more = negotiate(sio__response_conn(response)->loop, request, response, config->deflate);
    if (rc == 0)
        rc = sio__response_switch(response, &sio__ws_protocol, user_data, &conn);
    if (rc == 0) {
        *out = sio__ws_begin(conn, config->max_message, user);
        (*out)->more = more;
        (*out)->deflates = more != NULL;
    } else if (more != NULL) {
        sio__ws_deflate_free(more->deflate);
        free(more);
    }
    return rc;
}
