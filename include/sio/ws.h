/**
 * @file
 * Raw WebSocket endpoints on the server's own port: RFC 6455 (version 13), and 8, the draft that is
 * the same on the wire; other versions are answered 400. Fragments, pings and the closing handshake
 * are taken care of. With options.per_message_deflate messages are compressed.
 *
 * Who may come: pages of other origins are refused with 403 where options.origin_check says so;
 * beyond options.max_handshakes_per_second the answer is 503. Who stays: a connection that is
 * silent is asked, by a ping, and cut off (1006) before it has been silent for
 * options.ws_idle_timeout_ms. A message of more than options.max_ws_message bytes ends it with
 * 1009, text that is not UTF-8 with 1007.
 */
#ifndef SIO_WS_H
#define SIO_WS_H

#include <sio/export.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** A raw WebSocket connection. */
typedef struct sio_ws_s sio_ws_t;

/** A connection was opened: set its callbacks here. Valid until the close callback has returned. */
typedef void (*sio_ws_open_cb)(sio_ws_t *ws, void *data);
/** A whole message; @p message is the loop's, NUL does not follow. Text is valid UTF-8. */
typedef void (*sio_ws_message_cb)(sio_ws_t *ws, const void *message, size_t length, int binary,
                                  void *data);
/** The end, called once: the peer's or our code; 1005 without one, 1006 without a close frame. The
 * reason is the peer's, in the loop's memory: NUL does not follow, @p length may be 0. */
typedef void (*sio_ws_close_cb)(sio_ws_t *ws, int code, const char *reason, size_t length,
                                void *data);
/** A pong arrived. Not the answer to a ping of the library, whose payload is "are you there?":
 * choose another one for yours. */
typedef void (*sio_ws_pong_cb)(sio_ws_t *ws, const void *payload, size_t length, void *data);

/** Accepts WebSockets under @p prefix (as sio_http matches; "/" is every path that nothing else
 * takes; of two with the same prefix the first one). A plain request there goes to sio_http
 * handlers as if the endpoint were not. The pointer given to the open callback is @p data. 0;
 * SIO_EINVAL: a NULL (but @p data), or a prefix that does not begin with '/'; SIO_ECLOSED: the
 * server closes; SIO_ENOMEM. */
SIO_API int sio_ws(sio_server_t *server, const char *prefix, sio_ws_open_cb cb, void *data);

/** Set the callbacks, from the open callback on; NULL: none. */
SIO_API void sio_ws_on_message(sio_ws_t *ws, sio_ws_message_cb cb);
SIO_API void sio_ws_on_close(sio_ws_t *ws, sio_ws_close_cb cb);
SIO_API void sio_ws_on_pong(sio_ws_t *ws, sio_ws_pong_cb cb);
/** The pointer that the callbacks get; initially that of sio_ws(). */
SIO_API void sio_ws_set_data(sio_ws_t *ws, void *data);

/** Sends a text or a binary message, which is copied. Errors: SIO_EUTF8 (a text that is not);
 * SIO_ECLOSED once closing; SIO_ETOOBIG: more than options.max_buffered would wait for the peer,
 * which is cut off, the close callback following; SIO_ENOMEM; SIO_EINVAL. */
SIO_API int sio_ws_send(sio_ws_t *ws, const char *text, size_t length);
SIO_API int sio_ws_send_binary(sio_ws_t *ws, const void *data, size_t length);
/** Asks for a pong with the same payload, of at most 125 bytes (more: SIO_ETOOBIG, and nothing
 * happens). Other errors as of sio_ws_send(). */
SIO_API int sio_ws_ping(sio_ws_t *ws, const void *payload, size_t length);
/** Starts the closing handshake, which may take options.close_timeout_ms; the close callback
 * follows, later. @p code: one that may be sent (RFC 6455 7.4), from 1000 on or 3000 to 4999; 0:
 * without one. @p reason may be NULL, is UTF-8 of at most 123 bytes. Errors: SIO_EINVAL,
 * SIO_ETOOBIG and SIO_EUTF8, with no effect; SIO_ECLOSED. */
SIO_API int sio_ws_close(sio_ws_t *ws, int code, const char *reason);
/** Bytes queued that the network has not taken yet. */
SIO_API size_t sio_ws_buffered(const sio_ws_t *ws);
/** The peer's address, as sio_http_address. */
SIO_API const char *sio_ws_address(const sio_ws_t *ws);

SIO_END_DECLS

#endif
