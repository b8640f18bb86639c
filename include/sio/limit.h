/**
 * @file
 * What a server bounds. Past a limit its peer gets the refusal that the option's comment names, the
 * log gets a line, and a counter goes up, see sio_stats_t. Nobody else notices.
 *
 * The log has one line a second for each kind of limit; where an HTTP request is refused, of the
 * engine or by HTTP itself, it is one of that kind of refusal, of which there are up to ten: see
 * sio_log_cb.
 */
#ifndef SIO_LIMIT_H
#define SIO_LIMIT_H

#include <sio/export.h>

SIO_BEGIN_DECLS

/** Kinds of limits. */
typedef enum {
    SIO_LIMIT_CONNECTIONS,    /**< max_connections; or there are no more descriptors */
    SIO_LIMIT_ADDRESS,        /**< max_connections_per_address */
    SIO_LIMIT_HANDSHAKES,     /**< max_handshakes_per_second */
    SIO_LIMIT_ORIGIN,         /**< origin_check */
    SIO_LIMIT_URL,            /**< max_url_bytes */
    SIO_LIMIT_HEADER,         /**< max_header_bytes, max_header_count */
    SIO_LIMIT_BODY,           /**< max_http_body; max_payload, of a POST */
    SIO_LIMIT_MESSAGE,        /**< max_payload, of a WebSocket message; max_ws_message */
    SIO_LIMIT_ATTACHMENTS,    /**< max_attachments */
    SIO_LIMIT_DEPTH,          /**< max_json_depth */
    SIO_LIMIT_NAMESPACES,     /**< max_namespaces */
    SIO_LIMIT_ROOMS,          /**< max_rooms */
    SIO_LIMIT_LISTENERS,      /**< max_listeners */
    SIO_LIMIT_ACKS,           /**< max_pending_acks */
    SIO_LIMIT_BUFFERED,       /**< max_buffered */
    SIO_LIMIT_BUFFERED_TOTAL, /**< max_buffered_total */
    SIO_LIMIT_REQUEST_TIME,   /**< header_timeout_ms, request_timeout_ms */
    SIO_LIMIT_HANDSHAKE_TIME, /**< connect_timeout_ms, upgrade_timeout_ms, v09.handshake_timeout_ms */
    SIO_LIMIT_IDLE_TIME,      /**< ws_idle_timeout_ms; a minute in which a peer takes nothing */
    SIO_LIMIT_ABSENT,         /**< max_absent_sessions */
    SIO_LIMIT_NAMESPACE_NAME, /**< max_namespace_bytes */
    SIO_LIMIT_CHILDREN,       /**< max_child_namespaces */
    SIO_LIMITS                /**< how many there are */
} sio_limit_t;

/** Its name, for logs and metrics: "connections", "buffered total". Static. */
SIO_API const char *sio_limit_string(sio_limit_t limit);

SIO_END_DECLS

#endif
