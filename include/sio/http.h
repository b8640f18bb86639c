/**
 * @file
 * HTTP on the server's own port: handlers, static files.
 *
 * A request goes to the longest prefix that matches at a segment boundary ("/api" takes "/api" and
 * "/api/x", not "/apix"); the resource path of Socket.IO always wins. Nothing matches: 404. What is
 * malformed, too large or too slow gets no further than the library, which answers 400, 408, 413,
 * 414, 417, 431, 501 or 505, ends the connection, says why in the log (ten times a second at most)
 * and counts it (sio_stats_t::http_refused).
 */
#ifndef SIO_HTTP_H
#define SIO_HTTP_H

#include <sio/export.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/**
 * Handles a request whose body is complete (at most options.max_http_body). Answer now or
 * later, with sio_http_end(); both pointers stay valid until then, or until the close callback
 * when the peer goes first.
 */
typedef void (*sio_http_cb)(sio_http_request_t *request, sio_http_response_t *response, void *data);

/** Answers requests for @p prefix and what is below it, longer prefixes first; see sio_http_cb. Of
 * two with the same prefix the first one answers. 0; SIO_EINVAL: a NULL, or a prefix that does not
 * begin with '/'; SIO_ECLOSED: the server closes; SIO_ENOMEM. */
SIO_API int sio_http(sio_server_t *server, const char *prefix, sio_http_cb cb, void *data);

/**
 * Serves the files below @p directory under @p prefix: GET and HEAD, media types by ending,
 * ETag and Last-Modified with 304, one byte range, index.html for a folder; names that begin
 * with a dot and paths that leave the folder: 404.
 */
SIO_API int sio_static(sio_server_t *server, const char *prefix, const char *directory);

/* --- the request -------------------------------------------------------------------------- */

/** The method, e.g. "GET"; borrowed from the request. */
SIO_API const char *sio_http_method(const sio_http_request_t *request);
/** The target as it came ("/a%20b?x=1"), and its path, percent-decoded, without the query. */
SIO_API const char *sio_http_url(const sio_http_request_t *request);
SIO_API const char *sio_http_path(const sio_http_request_t *request);
/** What follows the handler's prefix in the path ("" or beginning with '/'). */
SIO_API const char *sio_http_rest(const sio_http_request_t *request);
/** Query parameter @p name, decoded; the first if it is repeated; "" if it has no value; NULL
 * if it is not there. */
SIO_API const char *sio_http_query(const sio_http_request_t *request, const char *name);
/** Header @p name, in any case; repeated ones are joined with ", " (cookies with "; "); NULL if
 * it is not there. If the target is a URL ("http://host/path"), its host is the one of Host. */
SIO_API const char *sio_http_header_in(const sio_http_request_t *request, const char *name);
/** Walks the headers as received: nonzero while @p index is valid. */
SIO_API int sio_http_header_at(const sio_http_request_t *request, size_t index, const char **name,
                               const char **value);
SIO_API const void *sio_http_body(const sio_http_request_t *request, size_t *length);
/** The peer's address without port; see options.trusted_proxies. "" on a pipe. */
SIO_API const char *sio_http_address(const sio_http_request_t *request);
/** Nonzero if the client came by TLS, to this server or as a trusted proxy tells. */
SIO_API int sio_http_secure(const sio_http_request_t *request);
/** "TLSv1.2" or "TLSv1.3" if the connection is by TLS itself; otherwise NULL. */
SIO_API const char *sio_http_tls_version(const sio_http_request_t *request);
/** The subject of the peer's verified certificate (RFC 4514, UTF-8; e.g. "CN=alice,O=Example");
 * NULL: it has shown none, see sio_tls_options_t. */
SIO_API const char *sio_http_tls_subject(const sio_http_request_t *request);

/* --- the response ------------------------------------------------------------------------- */

/** Sets the status (default 200). Errors of these: SIO_EDONE after the header has gone,
 * SIO_ECLOSED, SIO_EINVAL. */
SIO_API int sio_http_status(sio_http_response_t *response, int status);
/** Adds a header; Content-Length, Transfer-Encoding, Connection and Date are the library's. CR,
 * LF and NUL: SIO_EINVAL. */
SIO_API int sio_http_header(sio_http_response_t *response, const char *name, const char *value);
/** Ends with @p body (copied; may be NULL), sent with Content-Length; after writes: the last
 * chunk. The response is gone then. */
SIO_API int sio_http_end(sio_http_response_t *response, const void *body, size_t length);
/** Sends a piece at once, chunked (HTTP/1.0 peers: until close). sio_http_buffered tells what
 * the network has not taken. */
SIO_API int sio_http_write(sio_http_response_t *response, const void *data, size_t length);
SIO_API size_t sio_http_buffered(const sio_http_response_t *response);
/** Called if the connection ends before the response has; the pointers are valid a last time. */
typedef void (*sio_http_close_cb)(sio_http_response_t *response, void *data);
SIO_API void sio_http_on_close(sio_http_response_t *response, sio_http_close_cb cb, void *data);
/** Called each time everything written has been taken by the network. */
typedef void (*sio_http_drain_cb)(sio_http_response_t *response, void *data);
SIO_API void sio_http_on_drain(sio_http_response_t *response, sio_http_drain_cb cb, void *data);

SIO_END_DECLS

#endif
