#include "net/cors.h"
#include "base/buf.h"
#include "base/text.h"
#include "net/response.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What Node's `cors` package does for its kinds of `origin`. */
typedef enum {
    ORIGIN_ANY,      /* "*" */
    ORIGIN_FIXED,    /* one origin: always told, whoever asks */
    ORIGIN_LIST,     /* several, or a pattern: reflected when it matches */
    ORIGIN_CALLBACK  /* reflected when the application says so */
} origin_kind_t;

struct sio__cors_s {
    sio_cors_options_t options;
    origin_kind_t kind;
    char *texts[4]; /* what options point to */
};

static origin_kind_t kind_of(const sio_cors_options_t *options) {
    if (options->origin_cb != NULL)
        return ORIGIN_CALLBACK;
    if (options->origin == NULL || strcmp(options->origin, "*") == 0)
        return ORIGIN_ANY;
    return strpbrk(options->origin, ",*") != NULL ? ORIGIN_LIST : ORIGIN_FIXED;
}

sio__cors_t *sio__cors_new(const sio_cors_options_t *options) {
    sio__cors_t *cors = calloc(1, sizeof(*cors));
    if (cors == NULL)
        return NULL;
    cors->options = *options;
    cors->kind = kind_of(options);
    const char **texts[] = {&cors->options.origin, &cors->options.methods,
                            &cors->options.allowed_headers, &cors->options.exposed_headers};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i] == NULL)
            continue;
        *texts[i] = cors->texts[i] = sio__text_copy(*texts[i], strlen(*texts[i]));
        if (cors->texts[i] == NULL) {
            sio__cors_free(cors);
            return NULL;
        }
    }
    return cors;
}

void sio__cors_free(sio__cors_t *cors) {
    if (cors == NULL)
        return;
    for (size_t i = 0; i < sizeof(cors->texts) / sizeof(cors->texts[0]); i++)
        free(cors->texts[i]);
    free(cors);
}

/* What a wildcard stands for: part of a host's name, or a port. */
static int is_host_text(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '-'))
            return 0;
    }
    return length > 0;
}

static int entry_matches(const char *entry, size_t length, const char *origin) {
    const char *star = memchr(entry, '*', length);
    size_t origin_length = strlen(origin);
    if (star == NULL)
        return length == origin_length && memcmp(entry, origin, length) == 0;
    size_t before = (size_t) (star - entry), after = length - before - 1;
    if (length == 1)
        return 1;
    return origin_length > before + after && memcmp(entry, origin, before) == 0 &&
           memcmp(star + 1, origin + origin_length - after, after) == 0 &&
           is_host_text(origin + before, origin_length - before - after);
}

static int list_matches(const char *list, const char *origin) {
    const char *entry;
    size_t length;
    while (sio__text_list_next(&list, &entry, &length))
        if (entry_matches(entry, length, origin))
            return 1;
    return 0;
}

static int allows(const sio__cors_t *cors, const char *origin) {
    switch (cors->kind) {
    case ORIGIN_ANY: return 1;
    case ORIGIN_FIXED: return strcmp(cors->options.origin, origin) == 0;
    case ORIGIN_LIST: return list_matches(cors->options.origin, origin);
    case ORIGIN_CALLBACK: break;
    }
    return cors->options.origin_cb(origin, cors->options.origin_data);
}

int sio__cors_allows(const sio__cors_t *cors, const sio_http_request_t *request) {
    const char *origin = sio_http_header_in(request, "origin");
    return cors == NULL || origin == NULL || allows(cors, origin);
}

/* The origin of a page, and in it *host; "" if there is none, or one too long to be anybody's. */
static void origin_of(const char *url, char *origin, size_t size, const char **host) {
    const char *end = strstr(url, "://");
    size_t start = end != NULL ? (size_t) (end - url) + 3 : 0;
    size_t length = end != NULL ? start + strcspn(url + start, "/?#") : 0;
    if (length >= size)
        length = start = 0;
    memcpy(origin, url, length);
    origin[length] = '\0';
    *host = origin + start;
}

int sio__cors_allows_script(const sio__cors_t *cors, const sio_http_request_t *request) {
    char page[320];
    const char *page_host, *host = sio_http_header_in(request, "host");
    const char *referer = sio_http_header_in(request, "referer");
    if (cors == NULL || cors->kind == ORIGIN_ANY)
        return 1;
    if (sio_http_header_in(request, "origin") != NULL)
        return sio__cors_allows(cors, request);
    origin_of(referer != NULL ? referer : "", page, sizeof(page), &page_host);
    if (page[0] == '\0')
        return 0;
    return (host != NULL && sio__text_equal_nocase(host, page_host)) || allows(cors, page);
}

/* Allow-Origin. Returns what belongs in Vary, NULL if nothing; *refused: the callback wants
 * no headers at all [E43]. */
static const char *put_origin(const sio__cors_t *cors, const sio_http_request_t *request,
                              sio_http_response_t *response, int *refused) {
    const char *origin = sio_http_header_in(request, "origin");
    int allowed = 0;
    *refused = 0;
    switch (cors->kind) {
    case ORIGIN_ANY:
        sio_http_header(response, "Access-Control-Allow-Origin", "*");
        return NULL;
    case ORIGIN_FIXED:
        sio_http_header(response, "Access-Control-Allow-Origin", cors->options.origin);
        return "Origin";
    case ORIGIN_LIST:
        allowed = origin != NULL && list_matches(cors->options.origin, origin);
        break;
    case ORIGIN_CALLBACK:
        /* Without an Origin there is nothing to decide, but caches must know that the answer
         * depends on it. */
        allowed = origin != NULL && cors->options.origin_cb(origin, cors->options.origin_data);
        *refused = origin != NULL && !allowed;
        break;
    }
    if (allowed)
        sio_http_header(response, "Access-Control-Allow-Origin", origin);
    return *refused ? NULL : "Origin";
}

static void put_credentials(const sio__cors_t *cors, sio_http_response_t *response) {
    if (cors->options.credentials)
        sio_http_header(response, "Access-Control-Allow-Credentials", "true");
}

static void put_exposed(const sio__cors_t *cors, sio_http_response_t *response) {
    if (cors->options.exposed_headers != NULL && cors->options.exposed_headers[0] != '\0')
        sio_http_header(response, "Access-Control-Expose-Headers", cors->options.exposed_headers);
}

void sio__cors_apply(const sio__cors_t *cors, const sio_http_request_t *request,
                     sio_http_response_t *response) {
    int refused;
    if (cors == NULL)
        return;
    const char *vary = put_origin(cors, request, response, &refused);
    if (refused)
        return;
    if (vary != NULL)
        sio_http_header(response, "Vary", vary);
    put_credentials(cors, response);
    put_exposed(cors, response);
}

/* The headers of a preflight's answer, in the order of Node's `cors` package. */
static void put_preflight(const sio__cors_t *cors, const sio_http_request_t *request,
                          sio_http_response_t *response) {
    int refused;
    const sio_cors_options_t *options = &cors->options;
    const char *vary = put_origin(cors, request, response, &refused);
    if (refused)
        return;
    const char *headers = options->allowed_headers;
    if (headers == NULL || headers[0] == '\0') {
        headers = sio_http_header_in(request, "access-control-request-headers");
        vary = vary != NULL ? "Origin, Access-Control-Request-Headers"
                            : "Access-Control-Request-Headers";
    }
    if (vary != NULL)
        sio_http_header(response, "Vary", vary);
    put_credentials(cors, response);
    sio_http_header(response, "Access-Control-Allow-Methods",
                    options->methods != NULL ? options->methods : "GET,HEAD,PUT,PATCH,POST,DELETE");
    if (headers != NULL && headers[0] != '\0')
        sio_http_header(response, "Access-Control-Allow-Headers", headers);
    if (options->max_age > 0) {
        char age[16];
        snprintf(age, sizeof(age), "%d", options->max_age);
        sio_http_header(response, "Access-Control-Max-Age", age);
    }
    put_exposed(cors, response);
}

void sio__cors_preflight(const sio__cors_t *cors, const sio_http_request_t *request,
                         sio_http_response_t *response) {
    if (cors != NULL)
        put_preflight(cors, request, response);
    sio_http_status(response, 204);
    /* Node's cors sends it because some browsers wait for a body otherwise [E41]. */
    sio__response_force_length(response);
    if (sio_http_end(response, NULL, 0) < 0)
        sio__response_abort(response);
}
