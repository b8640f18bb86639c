/**
 * @file
 * Parsers: how packets become engine messages and back [A1]. The one of the socket.io protocol is
 * built in and needs nothing of this; sio_parser_msgpack() is another; a program may bring its own:
 *
 *     static const sio_parser_t mine = {SIO_PARSER_INIT, .encode = my_encode, .decode = my_decode};
 *     sio_options_t options = SIO_OPTIONS_INIT;
 *     options.parser = &mine;
 *
 * The clients must use the same one (option `parser` of the JavaScript client). A parser serves
 * all connections of its server and sees one packet at a time, on the loop's thread. It knows
 * nothing of sockets and rooms and is called for every packet; a broadcast is encoded once.
 *
 * What a packet carries is JSON text, in which {"_placeholder":true,"num":n} stands for the
 * binary number n. An event handler sees no difference: sio_event_unpack and the others work on it
 * as they do with the built-in parser.
 *
 * The functions of a parser must not call anything of this library but sio_parser_text,
 * sio_parser_binary, sio_parser_packet and sio_parser_refuse.
 */
#ifndef SIO_PARSER_H
#define SIO_PARSER_H

#include <sio/export.h>
#include <stddef.h>
#include <stdint.h>

SIO_BEGIN_DECLS

/** Types of packets; binaries make no other types here. */
typedef enum sio_packet_type_e {
    SIO_PACKET_CONNECT = 0,      /**< data: an object, or none */
    SIO_PACKET_DISCONNECT = 1,   /**< data: none */
    SIO_PACKET_EVENT = 2,        /**< data: an array, its first element the name */
    SIO_PACKET_ACK = 3,          /**< data: an array */
    SIO_PACKET_CONNECT_ERROR = 4 /**< data: an object or a string */
} sio_packet_type_t;

/** Bytes; @p data may be NULL when @p length is 0. */
typedef struct sio_binary_s {
    const void *data; /**< the bytes */
    size_t length;    /**< how many */
} sio_binary_t;

/** A packet of the protocol, whatever its form on the wire. */
typedef struct sio_packet_s {
    sio_packet_type_t type; /**< without regard to binaries */
    const char *nsp; /**< e.g. "/chat"; not NUL-terminated */
    size_t nsp_length; /**< of the name */
    int64_t id;       /**< of an ack: asked for (EVENT) or given (ACK); -1 for none */
    const char *data; /**< JSON text, UTF-8, not NUL-terminated */
    size_t data_length;           /**< 0: no data at all */
    const sio_binary_t *binaries; /**< what the placeholders in the data stand for, in order */
    size_t binary_count;          /**< 0: what looks like a placeholder is an object */
} sio_packet_t;

/** Where encode() puts messages, where decode() puts packets; valid during the call. */
typedef struct sio_parser_output_s sio_parser_output_t;
typedef struct sio_parser_input_s sio_parser_input_t;

/** A parser. */
typedef struct sio_parser_s {
    size_t size; /**< set by SIO_PARSER_INIT */

    /**
     * Makes one or more engine messages of @p packet, in this order on the wire, by
     * sio_parser_text() and sio_parser_binary(). Everything in @p packet is borrowed for the call.
     * Returns 0, or a negative code, which the emitting verb then returns: nothing is sent.
     */
    int (*encode)(sio_parser_output_t *output, const sio_packet_t *packet, void *data);

    /**
     * An engine message has come: text (valid UTF-8) or, with @p binary, bytes; not
     * NUL-terminated, borrowed for the call. For each packet that it completes call
     * sio_parser_packet(), which runs the handlers before it returns. A packet of several messages
     * (text, then its binaries) is put together in @p state.
     * Returns 0, or a negative code: then the connection is closed (reason "forced close"
     * [P7]), as it is when sio_parser_packet() has refused a packet.
     */
    int (*decode)(sio_parser_input_t *input, void *state, const void *message, size_t length,
                  int binary, void *data);

    /** A connection begins: makes its @p state. 0 or a negative code, which refuses the
     * connection. NULL: connections have none, @p state is NULL then. */
    int (*open)(void **state, void *data);
    /** The connection has ended, perhaps in the middle of a packet: frees its state. Called once
     * for each open that succeeded, never while decode() of that state runs. NULL: nothing to
     * free. */
    void (*close)(void *state, void *data);

    void *data; /**< given to each of these; must outlive the server */
} sio_parser_t;

/** Begins an initializer; the members that are not named are NULL. */
#define SIO_PARSER_INIT .size = sizeof(sio_parser_t)

/** Adds a message to what is encoded; copied. 0, SIO_EUTF8 (a text that is none; the packet is
 * then not sent, whatever encode() returns), SIO_ENOMEM (the same). Only from encode(). */
SIO_API int sio_parser_text(sio_parser_output_t *output, const char *text, size_t length);
SIO_API int sio_parser_binary(sio_parser_output_t *output, const void *data, size_t length);

/**
 * Hands a decoded packet over: it is checked, copied, and its handlers have run when this returns.
 * The binaries are borrowed until then. Only from decode().
 * 0; SIO_ECLOSED when the connection has ended, now or before: the rest of the message is of no
 * use; SIO_EPROTO for a packet that the protocol does not allow [P9, P10]: type, namespace (no
 * UTF-8), id (beyond 2^53 - 1), data (no JSON, or not of the kind for its type), a placeholder
 * without binary; SIO_ENOMEM. After a failure return.
 */
SIO_API int sio_parser_packet(sio_parser_input_t *input, const sio_packet_t *packet);

/** Says why a message is refused: @p why goes to the log, and must live until decode() has
 * returned. Returns SIO_EPROTO, for `return sio_parser_refuse(input, "…")`. Only from decode(). */
SIO_API int sio_parser_refuse(sio_parser_input_t *input, const char *why);

/**
 * The parser of npm's socket.io-msgpack-parser [A2]: each packet is one binary message, a
 * MessagePack map with type, nsp, data and id. The bytes are those that it would make of the
 * same values; a key whose value is `undefined` in Node is left out.
 *
 * What comes is turned into JSON text: bin, and ext of type 0 (an ArrayBuffer), into binaries; a
 * Date into its ISO text; undefined into null, in a map its key is left out; NaN and infinities
 * into null; other ext into [type, binary]. Integers of 64 bits are exact in both directions. The
 * limits: nesting of 2048 levels, keys that are text or integers, nothing declared longer than
 * the message, and the message at most max_payload.
 *
 * Static, for any number of servers. A library that was built without MessagePack gives one that
 * sio_server_new() refuses with SIO_ENOTSUP. Any thread.
 */
SIO_API const sio_parser_t *sio_parser_msgpack(void);

SIO_END_DECLS

#endif
