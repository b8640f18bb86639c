/**
 * @file
 * Events: what came in, and the callbacks that get it.
 */
#ifndef SIO_EVENT_H
#define SIO_EVENT_H

#include <jansson.h>
#include <sio/reason.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** An event has arrived. */
typedef void (*sio_event_cb)(sio_socket_t *socket, sio_event_t *event, void *data);

/** A socket has ended (or is about to, see sio_on_disconnecting). Emitting to it gives
 * SIO_ECLOSED and no broadcast reaches it, but one may start from it; its id, handshake, rooms
 * (as it left them) and data still answer. */
typedef void (*sio_disconnect_cb)(sio_socket_t *socket, sio_reason_t reason, void *data);

/**
 * The answer to an emit with ack: called exactly once, never from inside the emit. @p error is
 * 0 and @p reply holds the arguments; or SIO_ETIMEDOUT or SIO_ECLOSED (or SIO_ENOMEM) and @p
 * reply is NULL. Later answers are dropped. When the socket ends, those still waiting are told
 * first, then its disconnect callbacks are called.
 */
typedef void (*sio_ack_cb)(sio_socket_t *socket, int error, sio_event_t *reply, void *data);

/** The socket it came from. */
SIO_API sio_socket_t *sio_event_socket(const sio_event_t *event);

/** The event's name ("" for the reply to an ack). A numeric name is given as its text. */
SIO_API const char *sio_event_name(const sio_event_t *event);

/** Number of arguments, the name not counted. */
SIO_API size_t sio_event_count(const sio_event_t *event);

/**
 * Unpacks the arguments from the first on, as many as @p format names. Letters as for json_unpack:
 *  s (const char **: NUL-terminated, in the event's memory; SIO_ETYPE if U+0000 is in it),
 *  s% (const char **, size_t *: any text, NUL-terminated too), b (int *),
 *  i (int *) and I (json_int_t *; both take 1.0 and 1e2 as well), f and F (double *: any number),
 *  o (json_t **, borrowed), O (json_t **, a new reference), n (nothing: null),
 *  {s:…} objects (s?: for optional keys), […] arrays, * and ! at an object's or array's end,
 *  ? after a letter to accept null or a missing argument (the output then stays untouched),
 *  B (const void **, size_t *: a binary), r (const char **, size_t *: the raw JSON text).
 * Arguments beyond the format are ignored. Errors: SIO_ETYPE, SIO_ERANGE (i, I), SIO_ENOENT (a
 * missing argument or key), SIO_EFORMAT, SIO_ENOMEM; the outputs are then untouched. Text and
 * binaries live as long as the event.
 */
SIO_API int sio_event_unpack(sio_event_t *event, const char *format, ...);
SIO_API int sio_event_vunpack(sio_event_t *event, const char *format, va_list args);

/**
 * Argument @p index as a JSON value, built on first use, borrowed from the event; NULL if
 * there is none or out of memory. A binary appears as its placeholder
 * {"_placeholder":true,"num":n}; see sio_event_attachment. What JSON.parse accepts and jansson
 * cannot hold becomes: integers beyond 64 bits a real, reals beyond double the largest double
 * with its sign, U+0000 in text and lone surrogates U+FFFD, nesting beyond 2048 levels null.
 */
SIO_API json_t *sio_event_arg(sio_event_t *event, size_t index);

/** Argument @p index as it came: @p length bytes of JSON text, not NUL-terminated; NULL if
 * there is none. */
SIO_API const char *sio_event_raw(const sio_event_t *event, size_t index, size_t *length);

/** Argument @p index if it is itself a binary, else NULL. An empty binary is a non-NULL pointer
 * with length 0. */
SIO_API const void *sio_event_binary(const sio_event_t *event, size_t index, size_t *length);

/** The binaries of the whole packet, by placeholder number. */
SIO_API size_t sio_event_attachments(const sio_event_t *event);
SIO_API const void *sio_event_attachment(const sio_event_t *event, size_t num, size_t *length);

/** Nonzero while the client waits for an ack that was not sent yet. */
SIO_API int sio_event_wants_ack(const sio_event_t *event);

/**
 * Acknowledges with the arguments of @p format (see sio_emit; NULL: none). 0 also when the
 * client asked for no ack; SIO_EDONE a second time, also when the first could not be sent;
 * SIO_ECLOSED after the disconnect. Use the macro sio_ack.
 */
SIO_API int sio_event_ack(sio_event_t *event, const char *format, ...);
SIO_API int sio_event_vack(sio_event_t *event, const char *format, va_list args);
/** The same with a JSON array of the arguments; with their JSON text without brackets; with the
 * event's own arguments. */
SIO_API int sio_event_ack_json(sio_event_t *event, const json_t *args);
SIO_API int sio_event_ack_raw(sio_event_t *event, const char *text, size_t length);
SIO_API int sio_event_ack_event(sio_event_t *event, const sio_event_t *received);

/**
 * Keeps the event beyond its handler: it is copied out of the loop's buffer the first time.
 * NULL out of memory. Each reference is given back with sio_event_unref, on the loop's thread;
 * pointers got from the event before the first reference are valid until the handler returns,
 * those got from the return value as long as it lives.
 */
SIO_API sio_event_t *sio_event_ref(sio_event_t *event);
SIO_API void sio_event_unref(sio_event_t *event);

SIO_END_DECLS

#endif
