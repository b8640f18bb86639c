#include "base/settings.h"
#include <string.h>

#define IN(name, kind, field)                                                                      \
    { name, SIO__SETTING_##kind, SIO__SETTING_IN_OPTIONS, offsetof(sio_options_t, field), 0 }
#define IN_CORS(name, kind, field)                                                                 \
    { name, SIO__SETTING_##kind, SIO__SETTING_IN_CORS, offsetof(sio_cors_options_t, field), 0 }
#define IN_COOKIE(name, kind, field)                                                               \
    { name, SIO__SETTING_##kind, SIO__SETTING_IN_COOKIE, offsetof(sio_cookie_options_t, field), 0 }
#define IN_RECOVERY(name, kind, field)                                                             \
    {                                                                                              \
        name, SIO__SETTING_##kind, SIO__SETTING_IN_RECOVERY,                                       \
            offsetof(sio_recovery_options_t, field), 0                                             \
    }
#define SPECIAL(name, how)                                                                         \
    { name, SIO__SETTING_SPECIAL, SIO__SETTING_IN_OPTIONS, 0, SIO__SETTING_##how }

/* As in sio_options_t; a name that Node's server or 0.9 has for the same thing stands behind it,
 * if it differs by more than case, '-', '_' and blanks. */
static const sio__setting_t settings[] = {
    IN("path", TEXT, path),
    IN("resource", TEXT, path),
    IN("add_trailing_slash", FLAG, add_trailing_slash),
    SPECIAL("transports", TRANSPORTS),
    IN("allow_upgrades", FLAG, allow_upgrades),
    IN("ping_interval_ms", NUMBER, ping_interval_ms),
    IN("pingInterval", NUMBER, ping_interval_ms),
    IN("ping_timeout_ms", NUMBER, ping_timeout_ms),
    IN("pingTimeout", NUMBER, ping_timeout_ms),
    IN("upgrade_timeout_ms", NUMBER, upgrade_timeout_ms),
    IN("upgradeTimeout", NUMBER, upgrade_timeout_ms),
    IN("max_payload", NUMBER, max_payload),
    IN("maxHttpBufferSize", NUMBER, max_payload),
    IN("destroy buffer size", NUMBER, max_payload),
    SPECIAL("cors", CORS),
    SPECIAL("origins", ORIGINS),
    IN_CORS("cors.origin", TEXT, origin),
    IN_CORS("cors.methods", TEXT, methods),
    IN_CORS("cors.allowed_headers", TEXT, allowed_headers),
    IN_CORS("cors.exposed_headers", TEXT, exposed_headers),
    IN_CORS("cors.credentials", FLAG, credentials),
    IN_CORS("cors.max_age", INTEGER, max_age),
    SPECIAL("cookie", COOKIE),
    IN_COOKIE("cookie.name", TEXT, name),
    IN_COOKIE("cookie.path", TEXT, path),
    IN_COOKIE("cookie.domain", TEXT, domain),
    IN_COOKIE("cookie.same_site", TEXT, same_site),
    IN_COOKIE("cookie.max_age", INTEGER, max_age),
    IN_COOKIE("cookie.secure", FLAG, secure),
    IN_COOKIE("cookie.not_http_only", FLAG, not_http_only),
    IN_COOKIE("cookie.httpOnly", NOT, not_http_only),
    IN("initial_packet", TEXT, initial_packet),
    IN("connect_timeout_ms", NUMBER, connect_timeout_ms),
    IN("connectTimeout", NUMBER, connect_timeout_ms),
    IN("serve_client", FLAG, serve_client),
    IN("browser client", FLAG, serve_client),
    IN("max_attachments", NUMBER, max_attachments),
    IN("max_url_bytes", NUMBER, max_url_bytes),
    IN("max_header_bytes", NUMBER, max_header_bytes),
    IN("max_header_count", NUMBER, max_header_count),
    IN("max_http_body", NUMBER, max_http_body),
    IN("max_ws_message", NUMBER, max_ws_message),
    IN("header_timeout_ms", NUMBER, header_timeout_ms),
    IN("request_timeout_ms", NUMBER, request_timeout_ms),
    IN("keep_alive_timeout_ms", NUMBER, keep_alive_timeout_ms),
    IN("max_buffered", NUMBER, max_buffered),
    IN("close_timeout_ms", NUMBER, close_timeout_ms),
    IN("per_message_deflate", FLAG, per_message_deflate.enabled),
    IN("per_message_deflate.threshold", NUMBER, per_message_deflate.threshold),
    IN("per_message_deflate.server_no_context_takeover", FLAG,
       per_message_deflate.server_no_context_takeover),
    IN("per_message_deflate.client_no_context_takeover", FLAG,
       per_message_deflate.client_no_context_takeover),
    IN("per_message_deflate.server_max_window_bits", INTEGER,
       per_message_deflate.server_max_window_bits),
    IN("per_message_deflate.client_max_window_bits", INTEGER,
       per_message_deflate.client_max_window_bits),
    IN("per_message_deflate.level", INTEGER, per_message_deflate.level),
    IN("per_message_deflate.mem_level", INTEGER, per_message_deflate.mem_level),
    IN("http_compression", FLAG, http_compression.enabled),
    IN("http_compression.threshold", NUMBER, http_compression.threshold),
    IN("trusted_proxies", TEXT, trusted_proxies),
    IN("original_url_header", TEXT, original_url_header),
    IN("lenient_upgrade", FLAG, lenient_upgrade),
    IN("pending_pipe_instances", INTEGER, pending_pipe_instances),
    IN("keep_sigpipe", FLAG, keep_sigpipe),
    SPECIAL("recovery", RECOVERY),
    SPECIAL("connectionStateRecovery", RECOVERY),
    IN_RECOVERY("recovery.max_disconnection_ms", NUMBER, max_disconnection_ms),
    IN_RECOVERY("connectionStateRecovery.maxDisconnectionDuration", NUMBER, max_disconnection_ms),
    IN_RECOVERY("recovery.run_middlewares", FLAG, run_middlewares),
    IN_RECOVERY("connectionStateRecovery.skipMiddlewares", NOT, run_middlewares),
    IN_RECOVERY("recovery.max_bytes", SIZE, max_bytes),
    IN("cleanup_empty_child_namespaces", FLAG, cleanup_empty_child_namespaces),
    IN("log_level", LEVEL, log_level),
    IN("allow_eio3", FLAG, allow_eio3),
    IN("allow_v09", FLAG, allow_v09),
    IN("v09.transports", TEXT, v09.transports),
    IN("v09.heartbeats", FLAG, v09.heartbeats),
    IN("heartbeats", FLAG, v09.heartbeats),
    SPECIAL("heartbeat interval", INTERVAL),
    IN("v09.heartbeat_interval_ms", NUMBER, v09.heartbeat_interval_ms),
    SPECIAL("heartbeat timeout", TIMEOUT),
    IN("v09.heartbeat_timeout_ms", NUMBER, v09.heartbeat_timeout_ms),
    IN("close timeout", SECONDS, v09.close_timeout_ms),
    IN("v09.close_timeout_ms", NUMBER, v09.close_timeout_ms),
    IN("polling duration", SECONDS, v09.polling_duration_ms),
    IN("v09.polling_duration_ms", NUMBER, v09.polling_duration_ms),
    IN("v09.handshake_timeout_ms", NUMBER, v09.handshake_timeout_ms),
    IN("client_version", TEXT, client_version),
    IN("max_connections", NUMBER, max_connections),
    IN("max_connections_per_address", NUMBER, max_connections_per_address),
    IN("max_handshakes_per_second", NUMBER, max_handshakes_per_second),
    IN("max_json_depth", NUMBER, max_json_depth),
    IN("max_namespaces", NUMBER, max_namespaces),
    IN("max_rooms", NUMBER, max_rooms),
    IN("max_listeners", NUMBER, max_listeners),
    IN("max_pending_acks", NUMBER, max_pending_acks),
    IN("max_buffered_total", SIZE, max_buffered_total),
    IN("ws_idle_timeout_ms", NUMBER, ws_idle_timeout_ms),
    IN("origin_check", ORIGIN_CHECK, origin_check),
    IN("max_absent_sessions", NUMBER, max_absent_sessions),
    IN("max_namespace_bytes", NUMBER, max_namespace_bytes),
    IN("max_child_namespaces", NUMBER, max_child_namespaces),
};

enum { COUNT = sizeof(settings) / sizeof(settings[0]), LONGEST = 64 };

const sio__setting_t *sio__setting_next(const sio__setting_t *setting) {
    if (setting == NULL)
        return settings;
    return setting + 1 < settings + COUNT ? setting + 1 : NULL;
}

/* What a name is compared by: lower case, without '-', '_' and blanks. Cut where no name is as
 * long. */
static size_t plain(char out[LONGEST], const char *name) {
    size_t length = 0;
    for (; *name != '\0' && length < LONGEST; name++)
        if (strchr("-_ \t", *name) == NULL)
            out[length++] = (char) (*name >= 'A' && *name <= 'Z' ? *name | 0x20 : *name);
    return length;
}

const sio__setting_t *sio__setting_find(const char *name) {
    char wanted[LONGEST], known[LONGEST];
    const size_t length = plain(wanted, name);
    for (size_t i = 0; i < COUNT; i++)
        if (plain(known, settings[i].name) == length && memcmp(known, wanted, length) == 0)
            return &settings[i];
    return NULL;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many characters must be put in, left out or changed (Levenshtein). */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 0; i < a_length; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_length; j++) {
            const size_t changed = corner + (a[i] != b[j]);
            corner = row[j + 1];
            row[j + 1] = least(changed, 1 + least(row[j], row[j + 1]));
        }
    }
    return row[b_length];
}

const sio__setting_t *sio__setting_nearest(const char *name) {
    char wanted[LONGEST], known[LONGEST];
    const size_t length = plain(wanted, name);
    const sio__setting_t *nearest = settings;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t known_length = plain(known, settings[i].name);
        const size_t far = distance(wanted, length, known, known_length);
        if (far < shortest) {
            shortest = far;
            nearest = &settings[i];
        }
    }
    return nearest;
}
