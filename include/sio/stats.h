/**
 * @file
 * Counters: what a server is doing, and what it has done since it was made.
 */
#ifndef SIO_STATS_H
#define SIO_STATS_H

#include <sio/limit.h>
#include <sio/reason.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** How many codes of refusals there are; room for kinds of limits, of which there are SIO_LIMITS. */
enum { SIO_STATS_REFUSALS = 6, SIO_STATS_LIMITS = 32 };

/** The counters. */
typedef struct sio_stats_s {
    size_t size; /**< set by SIO_STATS_INIT */

    /* --- at this moment ----------------------------------------------------------------------- */
    uint64_t connections; /**< TCP connections and pipes, HTTP and raw WebSockets included */
    uint64_t polling;     /**< sessions by transport */
    uint64_t websocket;
    uint64_t protocol_v4; /**< sessions by revision of Engine.IO */
    uint64_t protocol_v3; /**< and 2 */
    uint64_t namespaces;   /**< parents not counted */
    uint64_t sockets;      /**< connected, in all namespaces */
    uint64_t queued_bytes; /**< waiting for the network or for a poll, of all sessions */
    uint64_t queued_most;  /**< of the session with the most */

    /* --- since the server was made ------------------------------------------------------------ */
    uint64_t opened; /**< sessions */
    uint64_t upgraded; /**< sessions that have moved to WebSocket */
    uint64_t closed[5];   /**< sessions, by the sio_reason_t of the engine (the first five) */
    uint64_t refused[SIO_STATS_REFUSALS]; /**< handshakes and requests, by their code 0-5 [E35] */
    uint64_t packets_in;  /**< Engine.IO packets of open sessions, heartbeats included */
    uint64_t packets_out; /**< the same; a broadcast counts for each session */
    uint64_t bytes_in;    /**< of all connections, headers and frames included */
    uint64_t bytes_out;

    uint64_t protocol_v09; /**< at this moment: sessions of socket.io 0.9, which have no revision */
    /** Requests since the server was made that got no further than HTTP: malformed, too large, too
     * slow, or of what is not supported. The log has a line for each (SIO_LOG_WARN, "http"), but
     * for those beyond ten in a second, see sio_log_cb. */
    uint64_t http_refused;
    uint64_t kept_bytes;   /**< at this moment: what max_buffered_total is about */
    /** Since the server was made: how often each limit was met, by its sio_limit_t. */
    uint64_t limited[SIO_STATS_LIMITS];
    uint64_t absent; /**< at this moment: what max_absent_sessions is about */
} sio_stats_t;

/** Begins an initializer. */
#define SIO_STATS_INIT {.size = sizeof(sio_stats_t)}

/** Fills in @p stats, whose size must be set. The counters cost an addition where something
 * happens; what is said about this moment is found by walking all sessions now. 0 or
 * SIO_EINVAL. */
SIO_API int sio_server_stats(const sio_server_t *server, sio_stats_t *stats);

SIO_END_DECLS

#endif
