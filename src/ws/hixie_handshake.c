/* The opening handshake of the drafts 75 and 76. */
#include "base/buf.h"
#include "base/text.h"
#include "net/url.h"
#include "ws/hixie.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>

static const char *const key_headers[] = {"Sec-WebSocket-Key1", "Sec-WebSocket-Key2"};

int sio__hixie_draft(const sio_http_request_t *request) {
    const char *upgrade = sio_http_header_in(request, "Upgrade");
    if (upgrade == NULL || strcmp(upgrade, "WebSocket") != 0 ||
        sio_http_header_in(request, "Sec-WebSocket-Version") != NULL ||
        sio_http_header_in(request, "Sec-WebSocket-Key") != NULL)
        return 0;
    int keys = sio_http_header_in(request, key_headers[0]) != NULL ||
               sio_http_header_in(request, key_headers[1]) != NULL;
    return keys ? SIO__HIXIE_76 : SIO__HIXIE_75;
}

/* Draft 76, 5.2: a request that somebody has talked another client into hardly passes. The draft's
 * own keep the number below 2^32. */
int sio__hixie_key(const char *key, uint32_t *number) {
    uint64_t value = 0;
    uint32_t spaces = 0;
    int digits = 0;
    for (; *key != '\0'; key++) {
        if (*key == ' ')
            spaces++;
        if (*key < '0' || *key > '9')
            continue;
        digits = 1;
        value = value * 10 + (uint64_t) (*key - '0');
        if (value > UINT32_MAX)
            return 0;
    }
    if (!digits || spaces == 0 || value % spaces != 0)
        return 0;
    *number = (uint32_t) value / spaces;
    return 1;
}

static int read_key(const sio_http_request_t *request, unsigned i, uint32_t *number) {
    const char *key = sio_http_header_in(request, key_headers[i]);
    return key != NULL && sio__hixie_key(key, number);
}

const char *sio__hixie_check(const sio_http_request_t *request, int draft, int *status) {
    uint32_t number;
    size_t length;
    sio_http_body(request, &length);
    *status = 400;
    if (strcmp(sio_http_method(request), "GET") != 0) {
        *status = 405;
        return "Invalid HTTP method";
    }
    if (sio_http_header_in(request, "Host") == NULL)
        return "Missing Host header";
    if (draft == SIO__HIXIE_76 && !read_key(request, 0, &number))
        return "Missing or invalid Sec-WebSocket-Key1 header";
    if (draft == SIO__HIXIE_76 && !read_key(request, 1, &number))
        return "Missing or invalid Sec-WebSocket-Key2 header";
    if (length != 0 && (draft != SIO__HIXIE_76 || length != SIO__HIXIE_BODY))
        return "Invalid body";
    return NULL;
}

/* Headers that answer one of the client's. "Sec-" is new in draft 76: no script of a page may set
 * such a header. */
static int add_header(sio_http_response_t *response, int draft, const char *name,
                      const char *value) {
    return sio_http_header(response, draft == SIO__HIXIE_76 ? name : name + strlen("Sec-"), value);
}

/* The address as the client knows it, which compares. */
static int add_location(const sio_http_request_t *request, sio_http_response_t *response,
                        int draft) {
    const char *path;
    sio__url_path(sio_http_url(request), &path);
    const char *const parts[] = {sio__request_secure(request) ? "wss://" : "ws://",
                                 sio_http_header_in(request, "Host"), path[0] == '/' ? "" : "/",
                                 path};
    sio__buf_t location = {0};
    int rc = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++)
        rc = sio__buf_puts(&location, parts[i]);
    if (rc == 0)
        rc = sio__buf_append(&location, "", 1);
    if (rc == 0)
        rc = add_header(response, draft, "Sec-WebSocket-Location", location.data);
    sio__buf_free(&location);
    return rc;
}

/* A client that is no browser may have no origin; then there is nothing that it could compare. */
static int add_headers(const sio_http_request_t *request, sio_http_response_t *response,
                       int draft) {
    const char *origin = sio_http_header_in(request, "Origin");
    const char *protocol = sio_http_header_in(request, draft == SIO__HIXIE_76
                                                           ? "Sec-WebSocket-Protocol"
                                                           : "WebSocket-Protocol");
    int rc = sio_http_header_in(request, "Host") != NULL ? 0 : SIO_EINVAL; /* not checked */
    if (rc == 0 && origin != NULL)
        rc = add_header(response, draft, "Sec-WebSocket-Origin", origin);
    if (rc == 0)
        rc = add_location(request, response, draft);
    if (rc == 0 && protocol != NULL)
        rc = add_header(response, draft, "Sec-WebSocket-Protocol", protocol);
    return rc;
}

static void put_number(unsigned char bytes[4], uint32_t number) {
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (unsigned char) (number >> (24 - 8 * i));
}

static int prepare(const sio_http_request_t *request, struct sio__hixie_more_s **more) {
    unsigned char numbers[8];
    size_t length;
    const void *body = sio_http_body(request, &length);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t number;
        if (!read_key(request, i, &number))
            return SIO_EINVAL; /* not checked */
        put_number(numbers + (size_t) 4 * i, number);
    }
    *more = sio__hixie_prepare(numbers, length == SIO__HIXIE_BODY ? body : NULL);
    return *more != NULL ? 0 : SIO_ENOMEM;
}

int sio__hixie_accept(sio__hixie_t **out, sio_http_request_t *request,
                      sio_http_response_t *response, int draft, uint32_t max_message,
                      const sio__hixie_user_t *user, void *user_data) {
    /* Clients of draft 75 look for these very bytes, with a space that 76 has not. */
#define REST "Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    static const char lines75[] = "HTTP/1.1 101 Web Socket " REST;
    static const char lines76[] = "HTTP/1.1 101 WebSocket " REST;
#undef REST
    const char *lines = draft == SIO__HIXIE_76 ? lines76 : lines75;
    struct sio__hixie_more_s *more = NULL;
    sio__conn_t *conn;
    int rc = add_headers(request, response, draft);
    if (rc == 0 && draft == SIO__HIXIE_76)
        rc = prepare(request, &more);
    if (rc == 0)
        rc = sio__response_switch_as(response, lines, strlen(lines), &sio__hixie_protocol,
                                     user_data, &conn);
    if (rc != 0) {
        free(more);
        return rc;
    }
    *out = sio__hixie_begin(conn, more, max_message, user);
    return 0;
}
