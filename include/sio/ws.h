/**
 * @file
 * Raw WebSocket endpoints (RFC 6455, version 13) on the server's own port.
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
/** The end, called once: the peer's or our code; 1005 without one, 1006 without a close frame. */
typedef void (*sio_ws_close_cb)(sio_ws_t *ws, int code, const char *reason, size_t length,
                                void *data);
/** A pong arrived. */
typedef void (*sio_ws_pong_cb)(sio_ws_t *ws, const void *payload, size_t length, void *data);

/** Accepts WebSockets under @p prefix (as sio_http matches; "/" is every path that nothing else
 * takes). A plain request there goes to sio_http handlers as if the endpoint were not. The
 * pointer given to the open callback is @p data. */
SIO_API int sio_ws(sio_server_t *server, const char *prefix, sio_ws_open_cb cb, void *data);

/** Set the callbacks, from the open callback on; NULL: none. */
SIO_API void sio_ws_on_message(sio_ws_t *ws, sio_ws_message_cb cb);
SIO_API void sio_ws_on_close(sio_ws_t *ws, sio_ws_close_cb cb);
SIO_API void sio_ws_on_pong(sio_ws_t *ws, sio_ws_pong_cb cb);
/** The pointer that the callbacks get; initially that of sio_ws(). */
SIO_API void sio_ws_set_data(sio_ws_t *ws, void *data);

/** Sends a text (SIO_EUTF8 if it is not) or a binary message; copied. SIO_ECLOSED once closing. */
SIO_API int sio_ws_send(sio_ws_t *ws, const char *text, size_t length);
SIO_API int sio_ws_send_binary(sio_ws_t *ws, const void *data, size_t length);
/** At most 125 bytes. */
SIO_API int sio_ws_ping(sio_ws_t *ws, const void *payload, size_t length);
/** Starts the closing handshake; the close callback follows. @p code 0: without one. @p reason
 * may be NULL, at most 123 bytes. */
SIO_API int sio_ws_close(sio_ws_t *ws, int code, const char *reason);
/** Bytes queued that the network has not taken yet. */
SIO_API size_t sio_ws_buffered(const sio_ws_t *ws);
/** The peer's address, as sio_http_address. */
SIO_API const char *sio_ws_address(const sio_ws_t *ws);

SIO_END_DECLS

#endif
