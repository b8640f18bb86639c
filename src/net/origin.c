#include "net/origin.h"
#include "base/text.h"
#include "net/http.h"
#include "net/request.h"
#include <string.h>

int sio__origin_is_checked(const sio_options_t *options) {
    return options->origin_check == SIO_ORIGIN_CHECK_ON ||
           (options->origin_check == SIO_ORIGIN_CHECK_CORS && options->cors != NULL);
}

/* --- the same origin -------------------------------------------------------------------------- */

/* A host and its port; the colons of an address in brackets belong to the host. */
typedef struct {
    const char *host;
    size_t length;
    const char *port; /* NULL: none is given */
    size_t port_length;
} authority_t;

static authority_t read_authority(const char *text, size_t length) {
    authority_t authority = {text, length, NULL, 0};
    const char *end = text + length;
    const char *bracket = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
    const char *from = bracket != NULL ? bracket : text;
    const char *colon = memchr(from, ':', (size_t) (end - from));
    if (colon != NULL) {
        authority.length = (size_t) (colon - text);
        authority.port = colon + 1;
        authority.port_length = (size_t) (end - colon - 1);
    }
    return authority;
}

/* The scheme's own port is not written, or is. */
static int same_port(const authority_t *a, const authority_t *b, const char *usual) {
    const char *one = a->port != NULL ? a->port : usual, *other = b->port != NULL ? b->port : usual;
    const size_t one_length = a->port != NULL ? a->port_length : strlen(usual);
    const size_t other_length = b->port != NULL ? b->port_length : strlen(usual);
    return one_length == other_length && memcmp(one, other, one_length) == 0;
}

/* `origin` as far as `length`, against what the client takes the server for. A page that came in
 * the clear is another one than the server with TLS; whether a proxy has taken that off is not
 * always known. */
static int is_at(const char *origin, size_t length, const char *host, size_t host_length,
                 int secure) {
    static const struct {
        const char *text, *port;
    } schemes[] = {{"https://", "443"}, {"http://", "80"}};
    for (int i = 0; i < (secure ? 1 : 2); i++) {
        const size_t scheme = strlen(schemes[i].text);
        if (length <= scheme || memcmp(origin, schemes[i].text, scheme) != 0)
            continue;
        authority_t asked = read_authority(host, host_length);
        authority_t given = read_authority(origin + scheme, length - scheme);
        return given.length == asked.length && given.length > 0 &&
               sio__text_same_nocase(given.host, asked.host, given.length) &&
               same_port(&given, &asked, schemes[i].port);
    }
    return 0;
}

static int is_own(const sio_http_request_t *request, const char *origin, size_t length) {
    const int secure = sio__request_secure(request);
    const char *host = sio_http_header_in(request, "host");
    if (host != NULL && is_at(origin, length, host, strlen(host), secure))
        return 1;
    const char *list = sio__request_is_forwarded(request)
                           ? sio_http_header_in(request, "x-forwarded-host")
                           : NULL;
    size_t host_length;
    while (sio__text_list_next(&list, &host, &host_length))
        if (is_at(origin, length, host, host_length, secure))
            return 1;
    return 0;
}

/* --- what a request is of --------------------------------------------------------------------- */

/* Of the page that has a script or a frame of ours: the beginning of its URL. */
static size_t referring_origin(const char *referer) {
    const char *scheme = strstr(referer, "://");
    return scheme != NULL ? (size_t) (scheme - referer) + 3 + strcspn(scheme + 3, "/?#") : 0;
}

static int may_be_of_another(const sio_http_request_t *request, int is_script) {
    const char *site = sio_http_header_in(request, "sec-fetch-site");
    if (site == NULL)
        return is_script;
    return strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0;
}

int sio__origin_may(const sio_http_request_t *request, const sio__cors_t *cors, int is_script,
                    const char **origin) {
    *origin = sio_http_header_in(request, "origin");
    if (*origin != NULL)
        return (cors != NULL && sio__cors_lists(cors, *origin, strlen(*origin))) ||
               is_own(request, *origin, strlen(*origin));
    if (!may_be_of_another(request, is_script))
        return 1;
    const char *referer = sio_http_header_in(request, "referer");
    *origin = referer != NULL ? referer : "unknown";
    size_t length = referring_origin(*origin);
    return (cors != NULL && sio__cors_lists(cors, *origin, length)) ||
           is_own(request, *origin, length);
}
