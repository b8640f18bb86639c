/**
 * @file
 * Options of a server. One struct serves the socket.io server and the plain Engine.IO server, which
 * ignores the fields of the other.
 *
 *     sio_options_t options = SIO_OPTIONS_INIT;
 *     options.path = "/dante/socket.io";
 *     rc = sio_server_new(&io, NULL, &options);
 *
 * Everything is copied by sio_server_new(); the struct and what it points to may go away
 * afterwards. The struct carries its size, so that programs compiled against an older header
 * keep working.
 */
#ifndef SIO_OPTIONS_H
#define SIO_OPTIONS_H

#include <sio/export.h>
#include <stddef.h>
#include <stdint.h>

SIO_BEGIN_DECLS

/** A request, see sio/http.h; a response to it; and what else options refer to. */
typedef struct sio_http_request_s sio_http_request_t;
typedef struct sio_http_response_s sio_http_response_t;
typedef struct sio_parser_s sio_parser_t;
typedef struct sio_adapter_s sio_adapter_t;

/** A decision to be made about a handshake; ended by sio_allow() or sio_deny(), at once or
 * later. */
typedef struct sio_allow_s sio_allow_t;

/** Cross-origin resource sharing [E40-E43]. Zero and NULL mean what Node's `cors` package
 * defaults to. */
typedef struct sio_cors_options_s {
    /** Comma-separated origins, or "*" (also NULL); an entry may hold one `*` as a wildcard,
     * e.g. "https://\*.example.org". */
    const char *origin;
    /** Decides instead of the list when set: nonzero allows @p origin. */
    int (*origin_cb)(const char *origin, void *data);
    void *origin_data;
    /** Default "GET,HEAD,PUT,PATCH,POST,DELETE". */
    const char *methods;
    /** Comma-separated; NULL reflects what the preflight asks for. */
    const char *allowed_headers;
    const char *exposed_headers;
    int credentials;
    /** Access-Control-Max-Age in seconds; negative or 0: not sent. */
    int max_age;
} sio_cors_options_t;

/** The cookie of a polling handshake [E12]. NULL and 0 take the defaults. */
typedef struct sio_cookie_options_s {
    const char *name;      /**< default "io" */
    const char *path;      /**< default "/" */
    const char *domain;    /**< default none */
    const char *same_site; /**< "lax" (default), "strict", "none" */
    int max_age;           /**< seconds; 0: a session cookie */
    int secure; /**< always; 0: for clients that came by TLS */
    int not_http_only;
} sio_cookie_options_t;

/**
 * Compression of WebSocket messages by permessage-deflate, RFC 7692 [E10]; names as in Node.
 *
 * A client is answered in the terms it offered, narrowed by these; without an offer that fits
 * them its connection goes uncompressed. The memory of a connection, from the first message that is
 * compressed on: to send 2^(server_max_window_bits + 2) + 2^(mem_level + 9) bytes (256 KiB by
 * default), to receive 2^client_max_window_bits and about 7 KB more (40 KiB). A direction without
 * context takeover has none between its messages; a broadcast is then compressed once for all
 * connections of the same window.
 */
typedef struct sio_deflate_options_s {
    int enabled; /**< default 0, as in Node */
    /** Messages of fewer bytes go uncompressed. Default 1024. */
    uint32_t threshold;
    /** Each message is compressed by itself, without a memory of those before: ours; the client's.
     * Default 0: if the client asks for it. */
    int server_no_context_takeover;
    int client_no_context_takeover;
    /** The largest windows, 8 to 15 (256 bytes to 32 KiB); ours, and the client's, without whose
     * consent its offer is not taken. Default 0: 15, or less if the client asks for it. */
    int server_max_window_bits;
    int client_max_window_bits;
    int level;     /**< -1 to 9: zlib's. Default -1: its own choice */
    int mem_level; /**< 1 to 9: zlib's. Default 8 */
} sio_deflate_options_t;

/** Compression of polling answers by gzip or deflate, as the client accepts [E11]. */
typedef struct sio_http_compression_s {
    int enabled; /**< default 1 */
    /** Answers of fewer bytes go uncompressed. Default 1024. */
    uint32_t threshold;
} sio_http_compression_t;

/** Connection state recovery [R1]. 0 takes the defaults. */
typedef struct sio_recovery_options_s {
    /** How long a session may be lost. Default 120000. */
    uint32_t max_disconnection_ms;
    /** Run the namespace's middlewares for a socket that comes back. Default 0: they are
     * skipped. */
    int run_middlewares;
    /** What is kept for those who may come back, per namespace: beyond it the oldest goes, and
     * who has not got that begins anew. Default 64 MiB. */
    size_t max_bytes;
} sio_recovery_options_t;

/**
 * Clients of Socket.IO 0.9 [L2-L7]; names and defaults as in 0.9, but for the unit of times. 0
 * takes the default of a time.
 */
typedef struct sio_v09_options_s {
    /** Told to the client, which tries them in this order: some of "websocket", "htmlfile",
     * "xhr-polling", "jsonp-polling". Default (NULL): these four. */
    const char *transports;
    /** Send heartbeats, where a transport stays open, and miss their answers. Default 1. */
    int heartbeats;
    uint32_t heartbeat_interval_ms; /**< from an answer to the next heartbeat; default 25000 */
    uint32_t heartbeat_timeout_ms;  /**< from a heartbeat to its answer; default 60000 */
    /** How long a client may be without a transport. Default 60000. */
    uint32_t close_timeout_ms;
    /** How long a poll waits for something to answer. Default 20000. */
    uint32_t polling_duration_ms;
    /** How long a handshake waits for its first transport. Default 30000. */
    uint32_t handshake_timeout_ms;
} sio_v09_options_t;

/** Whether a page of another site may connect, which browsers let it do, with the user's cookies,
 * by WebSocket. Checked are handshakes, upgrades and sio_ws() endpoints: their Origin must be
 * one of options.cors, or that of the request itself (its Host, or the X-Forwarded-Host of a
 * trusted proxy); else they are refused with 403. Without an Origin it is no page; scripts and
 * frames, which send none, are told by Sec-Fetch-Site, and allowed by Referer. */
typedef enum {
    SIO_ORIGIN_CHECK_CORS, /**< if there is options.cors */
    SIO_ORIGIN_CHECK_ON,   /**< always: without options.cors only pages of the same origin may */
    SIO_ORIGIN_CHECK_OFF
} sio_origin_check_t;

/** How much a line of the log matters. */
typedef enum {
    SIO_LOG_ERROR, /**< something the operator must look at */
    SIO_LOG_WARN,  /**< a peer was refused, a limit was hit */
    SIO_LOG_INFO,  /**< life of the server */
    SIO_LOG_DEBUG  /**< life of a connection */
} sio_log_level_t;

/** The log hook: @p category is a floor ("http", "ws", "engine", "socket", "adapter", "server") or
 * "tls"; text is one line, with '?' for every control character, since some of it is what peers
 * have sent. Called on the loop's thread, in the midst of what it tells about: it must not call the
 * library.
 *
 * What peers can provoke at will has few lines of SIO_LOG_ERROR and SIO_LOG_WARN, since a log that
 * grows is what an attacker may be after: in a second ten of each kind (requests that HTTP refuses;
 * those that the engine refuses; TLS that fails; sessions, and connections of socket.io, that end
 * for what their client does; events that nothing can be done with; want of memory or descriptors),
 * and one for each kind of limit. The next line then ends with how many "before it were not told
 * of"; what is refused is all counted in sio_stats_t. SIO_LOG_DEBUG has no bound: as many lines as
 * peers come and go. */
typedef void (*sio_log_cb)(sio_log_level_t level, const char *category, const char *text,
                           void *data);

/**
 * Asked for each handshake [E7], after the other checks. Answer with sio_allow() or sio_deny(), now
 * or later; @p request is valid until then. If the peer goes away first, the answer is ignored.
 */
typedef void (*sio_allow_request_cb)(sio_allow_t *allow, sio_http_request_t *request, void *data);

/**
 * Writes a session id [E18] in the place of the usual ones, which are 120 bits of the system's
 * random source: NUL-terminated, 1 to @p capacity - 1 characters of A-Z a-z 0-9 - _. Returns 0,
 * or nonzero to refuse the handshake (code 3, ID_GENERATION_ERROR).
 *
 * Whoever knows the id of a session has the session: it is bound to that, to this server, to the
 * generation of its client (a revision of Engine.IO, or 0.9) and to the transport that it is on;
 * not to an address, a cookie or an Origin. So it must be as hard to guess as a password, and is
 * not to be told others. (The id of a socket is another one, which others may know; but those of
 * clients of socket.io 2 and before are made of it [P14].)
 */
typedef int (*sio_generate_id_cb)(sio_http_request_t *request, char *id, size_t capacity,
                                  void *data);

/** The options, see the top of this file. */
typedef struct sio_options_s {
    size_t size; /**< set by SIO_OPTIONS_INIT */

    /* --- engine ------------------------------------------------------------------------------ */
    /** Resource path [E1]; NULL: "/socket.io" ("/engine.io" for a plain engine). Alias of old:
     * resource. */
    const char *path;
    /** Match the path with its trailing slash too (always matched without) [E2]. Default 1. */
    int add_trailing_slash;
    /** Transports in order of preference, comma-separated [E8]. Default "polling,websocket". */
    const char *transports;
    /** Let a polling session move to WebSocket [E9]. Default 1. */
    int allow_upgrades;
    /** Time between two PINGs [E3], default 25000, and from a PING to its PONG [E4], default
     * 20000. */
    uint32_t ping_interval_ms;
    uint32_t ping_timeout_ms;
    /** Time an upgrade may take [E5]. Default 10000. */
    uint32_t upgrade_timeout_ms;
    /** Largest POST body and WebSocket message of a session [E6]. Default 1000000. */
    uint32_t max_payload;
    /** NULL: no CORS headers [E13]. */
    const sio_cors_options_t *cors;
    /** NULL: no cookie [E12]. */
    const sio_cookie_options_t *cookie;
    /** Sent as a message right behind the open packet [E15]; NULL: none. */
    const char *initial_packet;
    sio_allow_request_cb allow_request; /**< NULL: everybody */
    void *allow_request_data;
    sio_generate_id_cb generate_id; /**< NULL: 20 random characters [E19] */
    void *generate_id_data;

    /* --- socket.io --------------------------------------------------------------------------- */
    /** A connection that joins no namespace in this time is closed [P3]. Default 45000. */
    uint32_t connect_timeout_ms;
    /** Serve the client files under the path [C1]. Default 1. */
    int serve_client;
    /** Largest number of binaries in one packet of the built-in parser [P8]. Default 10. Each is
     * at most max_payload, as is the packet's text: a client may so make the server hold
     * (max_attachments + 1) * max_payload bytes while a packet is incomplete. */
    uint32_t max_attachments;

    /* --- connections ------------------------------------------------------------------------- */
    /** Past one of these: 414, 431, 431. Defaults 8192, 16384, 100. */
    uint32_t max_url_bytes;
    uint32_t max_header_bytes;
    uint32_t max_header_count;
    /** Largest body for sio_http handlers; past it: 413. Default 1000000. */
    uint32_t max_http_body;
    /** Largest message on sio_ws endpoints; past it: close code 1009. Default 16 MiB + 1 KiB. */
    uint32_t max_ws_message;
    /** Time for a request's header, default 60000, and from there on for its body, default
     * 300000. */
    uint32_t header_timeout_ms;
    uint32_t request_timeout_ms;
    /** An idle keep-alive connection is closed after this. Default 65000 (IIS pools hold 30 s). */
    uint32_t keep_alive_timeout_ms;
    /** A peer that reads slower than is sent to is cut off beyond this many bytes. Default 16
     * MiB. */
    uint32_t max_buffered;
    /** How long a close may wait for the peer [E59, E66]. Default 30000. */
    uint32_t close_timeout_ms;

    /* --- compression ------------------------------------------------------------------------- */
    /** Of WebSocket messages; of sio_ws endpoints too. */
    sio_deflate_options_t per_message_deflate;
    /** Of polling answers. */
    sio_http_compression_t http_compression;

    /* --- hosting ----------------------------------------------------------------------------- */
    /** Addresses of proxies whose X-Forwarded-* are believed, comma-separated, with optional
     * prefix length ("127.0.0.1,10.0.0.0/8,::1"); "pipe" stands for the peers of a pipe. NULL:
     * none. */
    const char *trusted_proxies;
    /** Header in which such a proxy passes the URL before its rewrite, e.g. "X-Original-URL".
     * NULL: none. */
    const char *original_url_header;
    /** Accept a WebSocket upgrade whose Connection header has lost its `Upgrade` token, which
     *  iisnode does to Firefox. Default 0. */
    int lenient_upgrade;
    /** Instances of a named pipe kept waiting on Windows; 0: NODE_PENDING_PIPE_INSTANCES or
     * libuv's own. */
    int pending_pipe_instances;
    /** Leave SIGPIPE alone. Default 0: it is set to ignored if it is at its default. */
    int keep_sigpipe;

    sio_log_cb log; /**< NULL: silent */
    void *log_data;

    /* --- socket.io, again: fields are added at the end --------------------------------------- */
    /** How packets become messages, see <sio/parser.h>; NULL: as the socket.io protocol says. The
     * struct is copied. One without encode or decode: SIO_ENOTSUP. */
    const sio_parser_t *parser;
    /** How namespaces reach sockets, see <sio/adapter.h>; NULL: this server alone. The struct is
     * copied. */
    const sio_adapter_t *adapter;
    /** NULL: who loses the connection begins anew. */
    const sio_recovery_options_t *recovery;
    /** Drop a namespace that was made because of sio_of_match() or sio_of_pattern() when its
     * last socket has left or was refused [S7]; at the end of the loop turn, unless sio_of()
     * has given it out. Default 0: all that have ever been made stay, up to
     * max_child_namespaces. */
    int cleanup_empty_child_namespaces;
    /** What the log hook hears: up to this level. Default SIO_LOG_DEBUG: all. */
    sio_log_level_t log_level;

    /* --- clients of before ------------------------------------------------------------------- */
    /** Serve clients of Engine.IO 3 and 2, those of socket.io 1.x and 2.x [E14]. Default 0, as in
     * Node: they are refused with code 5. A request that names no revision is refused always.
     * The id of their sockets in "/" is that of their connection, and so it is in 0.9, everywhere:
     * whoever knows it can speak for them. It is nothing to show to others, as it was then. */
    int allow_eio3;
    /** Serve clients of socket.io 0.9, under the same path [L1]; of no meaning to a plain engine,
     * and SIO_ENOTSUP together with a parser. Default 0. As in 0.9 any page may use it, with the
     * cookies of whoever looks at it, unless `cors` says whose pages may. */
    int allow_v09;
    sio_v09_options_t v09;
    /** The client file that is called socket.io.js: of "4", "2" or "0.9". NULL: "4". */
    const char *client_version;

    /** What sio_options_set() keeps; not for others. */
    struct sio_options_own_s *own;

    /* --- limits, see <sio/limit.h> ----------------------------------------------------------- */
    /** Connections at a time; those beyond get 503 and are closed. Default 0: as many as there are
     * descriptors, beyond which they are closed at once. */
    uint32_t max_connections;
    /** The same for each address, of IPv6 for each /64 network. Trusted proxies and pipes are not
     * counted. Default 0: any number, since an address may be that of a proxy nobody told of. */
    uint32_t max_connections_per_address;
    /** New sessions and raw WebSockets a second, on average: after a quiet second as many may come
     * at once. Beyond: 503, Retry-After: 1. As many connections with TLS, counted apart, may begin:
     * those beyond are closed before anything is computed for them. (A browser opens up to six for
     * a page.) Default 0: any number. */
    uint32_t max_handshakes_per_second;
    /** Levels of arrays and objects in what clients send, the list of arguments being the first; at
     * most 2048. Beyond: a parse error, which ends the connection [P7]. Default 512. */
    uint32_t max_json_depth;
    /** Namespaces that a connection may be in. Beyond: CONNECT_ERROR "Too many namespaces". Default
     * 100; 0: any number. */
    uint32_t max_namespaces;
    /** Rooms that a socket may be in beside its own. Beyond: sio_join() gives SIO_ETOOBIG. Default
     * 10000; 0: any number. */
    uint32_t max_rooms;
    /** Listeners of a socket, or of a namespace. Beyond: sio_on() and the like give SIO_ETOOBIG.
     * Default 10000; 0: any number. */
    uint32_t max_listeners;
    /** Acks that a socket may owe. Beyond: sio_emit_with_ack() gives SIO_ETOOBIG, a broadcast
     * takes it for one that does not answer in time. Default 10000; 0: any number. */
    uint32_t max_pending_acks;
    /** Bytes that wait for all peers together, what is shared by several counted once. Beyond,
     * those are cut off for whom the most waits: at least half as much as for the first of them.
     * Default 1 GiB; 0: any number. */
    size_t max_buffered_total;
    /** A sio_ws() connection that is silent is sent a ping (after a third of this time at least),
     * and cut off before it has been silent for so long. Default 120000; 0: never. */
    uint32_t ws_idle_timeout_ms;
    /** Default SIO_ORIGIN_CHECK_CORS. */
    sio_origin_check_t origin_check;
    /** Sessions for which no connection is there at the moment: those that poll, between two
     * requests; those of 0.9 without a transport. They keep what came with their handshake, and
     * their clients are on their way back, or have gone; one connection can make any number.
     * Beyond, a handshake that is not by WebSocket gets 503, Retry-After: 1. Default 10000; 0:
     * any number. */
    uint32_t max_absent_sessions;
    /** Length of the name of a namespace that a client wants to have made, see sio_of_match() and
     * sio_of_pattern(); a query behind it is not counted. Beyond: CONNECT_ERROR "Invalid
     * namespace", and nobody is asked. Default 1024; 0: any. */
    uint32_t max_namespace_bytes;
    /** Children of each of those parents. Beyond, a CONNECT for one more gets CONNECT_ERROR
     * "Invalid namespace", sio_match() gives SIO_ETOOBIG; sio_of() makes one all the same. Default
     * 100000; 0: any number. */
    uint32_t max_child_namespaces;
} sio_options_t;

/** Initial value: the defaults named above. */
#define SIO_OPTIONS_INIT                                                                           \
    {                                                                                              \
        sizeof(sio_options_t),                                                                     \
        /* engine */ NULL, 1, "polling,websocket", 1, 25000, 20000, 10000, 1000000, NULL, NULL,    \
        NULL, NULL, NULL, NULL, NULL,                                                              \
        /* socket.io */ 45000, 1, 10,                                                              \
        /* connections */ 8192, 16384, 100, 1000000, 16778240, 60000, 300000, 65000, 16777216,     \
        30000,                                                                                     \
        /* compression */ {0, 1024, 0, 0, 0, 0, -1, 8}, {1, 1024},                                 \
        /* hosting */ NULL, NULL, 0, 0, 0, NULL, NULL, /* socket.io */ NULL, NULL, NULL, 0,        \
        SIO_LOG_DEBUG,                                                                             \
        /* clients of before */ 0, 0, {NULL, 1, 25000, 60000, 60000, 20000, 30000}, NULL, NULL,    \
        /* limits */ 0, 0, 0, 512, 100, 10000, 10000, 10000, 1073741824, 120000,                   \
        SIO_ORIGIN_CHECK_CORS, 10000, 1024, 100000                                                 \
    }

/**
 * Sets an option by its name and a text, as config files and command lines have them.
 *
 * Names are those of the fields ("ping_interval_ms", "cors.origin", "v09.heartbeats"), those of
 * Node's server ("pingInterval", "connectionStateRecovery.skipMiddlewares"), and of 0.9 what
 * means the same here: "resource", "transports", "heartbeats", "heartbeat interval", "heartbeat
 * timeout", "close timeout", "polling duration", "destroy buffer size", "browser client",
 * "origins", "log level". Case, blanks, '-' and '_' make no difference. Callbacks, a parser and
 * an adapter have no text.
 *
 * - A flag is "on" or "off", "true" or "false", "yes" or "no", "1" or "0"; a number is digits.
 *   Times are in milliseconds; those of 0.9, whose names do not end in ms, in seconds, and its two
 *   times of heartbeats are those of all generations.
 * - "transports" takes the engine's names and those of 0.9, "xhr-polling", "jsonp-polling",
 *   "htmlfile"; each generation gets those that mean something to it.
 * - "cors", "cookie" and "recovery" take a flag; "cors" a list of origins, too, "cookie" a name;
 *   "origin_check" a flag, or "cors".
 *
 * @p name and @p value are copied; sio_options_clear() frees that. The struct may be copied,
 * which shares what was set.
 *
 * @return 0; SIO_ENOENT: no such name; SIO_EINVAL, SIO_ERANGE: the value is none of this option; SIO_ENOMEM.
 * The option is then as before, and sio_options_error() says what is wrong. Values are looked at
 * once more, together, by sio_server_new().
 */
SIO_API int sio_options_set(sio_options_t *options, const char *name, const char *value);

/** Why the last sio_options_set() has failed: one line, which names the nearest option if there is
 * none of that name. Valid until the next one, or sio_options_clear(). */
SIO_API const char *sio_options_error(const sio_options_t *options);

/** Frees what sio_options_set() has kept, and makes all options their defaults. May follow
 * sio_server_new() at once. NULL: nothing happens. */
SIO_API void sio_options_clear(sio_options_t *options);

/** Lets the handshake pass. Frees @p allow. */
SIO_API void sio_allow(sio_allow_t *allow);

/** Refuses it: 403, code 4, with @p message (NULL: "Forbidden"). Frees @p allow. */
SIO_API void sio_deny(sio_allow_t *allow, const char *message);

SIO_END_DECLS

#endif
