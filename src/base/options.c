#include "base/options.h"
#include "base/text.h"
#include <sio/error.h>
#include <sio/parser.h>
#include <stdlib.h>
#include <string.h>

static int copy_text(const char **text) {
    if (*text == NULL)
        return 0;
    *text = sio__text_copy(*text, strlen(*text));
    return *text == NULL ? SIO_ENOMEM : 0;
}

static void free_text(const char *text) {
    free((char *) (uintptr_t) text);
}

static int copy_cors(const sio_cors_options_t **cors) {
    if (*cors == NULL)
        return 0;
    sio_cors_options_t *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        *cors = NULL;
        return SIO_ENOMEM;
    }
    *copy = **cors;
    *cors = copy;
    const char **texts[] = {&copy->origin, &copy->methods, &copy->allowed_headers,
                            &copy->exposed_headers};
    int rc = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (rc < 0)
            *texts[i] = NULL; /* still the caller's */
        else
            rc = copy_text(texts[i]);
    }
    return rc;
}

static void free_cors(const sio_cors_options_t *cors) {
    if (cors == NULL)
        return;
    free_text(cors->origin);
    free_text(cors->methods);
    free_text(cors->allowed_headers);
    free_text(cors->exposed_headers);
    free((sio_cors_options_t *) (uintptr_t) cors);
}

static int copy_cookie(const sio_cookie_options_t **cookie) {
    if (*cookie == NULL)
        return 0;
    sio_cookie_options_t *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        *cookie = NULL;
        return SIO_ENOMEM;
    }
    *copy = **cookie;
    *cookie = copy;
    const char **texts[] = {&copy->name, &copy->path, &copy->domain, &copy->same_site};
    int rc = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (rc < 0)
            *texts[i] = NULL;
        else
            rc = copy_text(texts[i]);
    }
    return rc;
}

static void free_cookie(const sio_cookie_options_t *cookie) {
    if (cookie == NULL)
        return;
    free_text(cookie->name);
    free_text(cookie->path);
    free_text(cookie->domain);
    free_text(cookie->same_site);
    free((sio_cookie_options_t *) (uintptr_t) cookie);
}

/* One of an older header has fewer members. */
static int copy_parser(const sio_parser_t **parser) {
    const sio_parser_t *given = *parser;
    if (given == NULL)
        return 0;
    *parser = NULL;
    if (given->size < offsetof(sio_parser_t, open) || given->encode == NULL ||
        given->decode == NULL)
        return SIO_ENOTSUP;
    sio_parser_t *copy = calloc(1, sizeof(*copy));
    if (copy == NULL)
        return SIO_ENOMEM;
    memcpy(copy, given, given->size < sizeof(*copy) ? given->size : sizeof(*copy));
    copy->size = sizeof(*copy);
    *parser = copy;
    return 0;
}

static int copy_recovery(const sio_recovery_options_t **recovery) {
    if (*recovery == NULL)
        return 0;
    sio_recovery_options_t *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        *recovery = NULL;
        return SIO_ENOMEM;
    }
    *copy = **recovery;
    if (copy->max_disconnection_ms == 0)
        copy->max_disconnection_ms = 120000;
    if (copy->max_bytes == 0)
        copy->max_bytes = 64u << 20;
    *recovery = copy;
    return 0;
}

/* "/socket.io/" and "socket.io" become "/socket.io" [E1]. */
static int copy_path(const char **path) {
    const char *given = *path;
    *path = NULL;
    if (strpbrk(given, "?#") != NULL)
        return SIO_EINVAL;
    if (given[0] == '/')
        given++;
    size_t length = strlen(given);
    if (length > 0 && given[length - 1] == '/')
        length--;
    char *copy = malloc(length + 2);
    if (copy == NULL)
        return SIO_ENOMEM;
    copy[0] = '/';
    memcpy(copy + 1, given, length);
    copy[1 + length] = '\0';
    *path = copy;
    return 0;
}

static int transports_valid(const char *transports) {
    const char *cursor = transports, *item;
    size_t length;
    int polling = 0, websocket = 0;
    while (sio__text_list_next(&cursor, &item, &length)) {
        if (length == 7 && memcmp(item, "polling", 7) == 0)
            polling++;
        else if (length == 9 && memcmp(item, "websocket", 9) == 0)
            websocket++;
        else
            return 0;
    }
    return polling <= 1 && websocket <= 1 && polling + websocket > 0;
}

/* A list of known names, each at most once, one at least. */
static int v09_transports_valid(const char *transports) {
    static const char *const known[] = {"websocket", "htmlfile", "xhr-polling", "jsonp-polling"};
    const char *cursor = transports, *item;
    size_t length, i;
    unsigned seen = 0;
    while (sio__text_list_next(&cursor, &item, &length)) {
        for (i = 0; i < 4; i++)
            if (strlen(known[i]) == length && memcmp(known[i], item, length) == 0)
                break;
        if (i == 4 || (seen & 1u << i) != 0)
            return 0;
        seen |= 1u << i;
    }
    return seen != 0;
}

static void default_time(uint32_t *ms, uint32_t value) {
    if (*ms == 0)
        *ms = value;
}

static void complete_v09(sio_v09_options_t *v09) {
    if (v09->transports == NULL)
        v09->transports = "websocket,htmlfile,xhr-polling,jsonp-polling";
    default_time(&v09->heartbeat_interval_ms, 25000);
    default_time(&v09->heartbeat_timeout_ms, 60000);
    default_time(&v09->close_timeout_ms, 60000);
    default_time(&v09->polling_duration_ms, 20000);
    default_time(&v09->handshake_timeout_ms, 30000);
}

static int client_version_valid(const char *version) {
    return version == NULL || strcmp(version, "4") == 0 || strcmp(version, "2") == 0 ||
           strcmp(version, "0.9") == 0;
}

static int bits_valid(int bits) {
    return bits == 0 || (bits >= 8 && bits <= 15);
}

static int deflate_valid(const sio_deflate_options_t *deflate) {
    return bits_valid(deflate->server_max_window_bits) &&
           bits_valid(deflate->client_max_window_bits) && deflate->level >= -1 &&
           deflate->level <= 9 && deflate->mem_level >= 1 && deflate->mem_level <= 9;
}

static int check(const sio_options_t *options) {
    if (options->transports == NULL || !transports_valid(options->transports) ||
        !v09_transports_valid(options->v09.transports) ||
        !client_version_valid(options->client_version))
        return SIO_EINVAL;
    if (options->ping_interval_ms == 0 || options->ping_timeout_ms == 0 ||
        options->upgrade_timeout_ms == 0 || options->max_payload == 0 ||
        options->connect_timeout_ms == 0 || options->max_url_bytes == 0 ||
        options->max_header_bytes == 0 || options->max_header_count == 0 ||
        options->max_ws_message == 0 || options->max_buffered == 0 ||
        options->close_timeout_ms == 0 || !deflate_valid(&options->per_message_deflate) ||
        options->max_json_depth == 0 || options->max_json_depth > SIO__DEPTH_MAX ||
        options->origin_check > SIO_ORIGIN_CHECK_OFF)
        return SIO_EINVAL;
    /* What 0.9 is told is made of the built-in parser's packets. */
    return options->allow_v09 && options->parser != NULL ? SIO_ENOTSUP : 0;
}

/* Makes every pointer the library's own; after a failure the rest is NULL, so that it can be
 * freed. */
static int own(sio_options_t *options) {
    int rc = copy_path(&options->path);
    const char **texts[] = {&options->transports,          &options->initial_packet,
                            &options->trusted_proxies,     &options->original_url_header,
                            &options->v09.transports,      &options->client_version};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (rc < 0)
            *texts[i] = NULL;
        else
            rc = copy_text(texts[i]);
    }
    if (rc < 0)
        options->cors = NULL;
    else
        rc = copy_cors(&options->cors);
    if (rc < 0)
        options->cookie = NULL;
    else
        rc = copy_cookie(&options->cookie);
    if (rc < 0)
        options->parser = NULL;
    else
        rc = copy_parser(&options->parser);
    if (rc < 0)
        options->recovery = NULL;
    else
        rc = copy_recovery(&options->recovery);
    return rc;
}

int sio__options_copy(sio_options_t *options, const sio_options_t *given,
                      const char *default_path) {
    sio_options_t copy = SIO_OPTIONS_INIT;
    if (given != NULL) {
        if (given->size < offsetof(sio_options_t, path))
            return SIO_EINVAL;
        memcpy(&copy, given, given->size < sizeof(copy) ? given->size : sizeof(copy));
        copy.size = sizeof(copy);
        copy.own = NULL;
    }
    if (copy.path == NULL)
        copy.path = default_path;
    complete_v09(&copy.v09);
    int rc = check(&copy);
    if (rc < 0)
        return rc;
    rc = own(&copy);
    if (rc < 0)
        sio__options_free(&copy);
    else
        *options = copy;
    return rc;
}

void sio__options_free(sio_options_t *options) {
    free_text(options->path);
    free_text(options->transports);
    free_text(options->initial_packet);
    free_text(options->trusted_proxies);
    free_text(options->original_url_header);
    free_text(options->v09.transports);
    free_text(options->client_version);
    free_cors(options->cors);
    free_cookie(options->cookie);
    free((sio_parser_t *) (uintptr_t) options->parser);
    free((sio_recovery_options_t *) (uintptr_t) options->recovery);
    *options = (sio_options_t){0};
}
