/**
 * @file
 * Adapters [A3, A4]: how a namespace reaches its sockets, here and on other servers. The one
 * that is built in keeps rooms in memory and knows this process alone. An adapter of a program's
 * own, which joins several servers, brings what differs; what it leaves NULL is done by the
 * built-in one, whose functions (sio_memory_…) it also calls for its part of the sockets, those
 * of this process:
 *
 *     static int broadcast(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
 *                          sio_message_t *message) {
 *         if (!(targets->flags & SIO_TARGETS_LOCAL))
 *             tell_the_others(state, nsp, targets, message);
 *         return sio_memory_broadcast(NULL, nsp, targets, message);
 *     }
 *     static const sio_adapter_t mine = {SIO_ADAPTER_INIT, .open = open, .close = close,
 *                                        .broadcast = broadcast};
 *     options.adapter = &mine;
 *
 * examples/cluster has a complete one. All functions, those of an adapter and those offered to it,
 * run on the server's loop. What they are given is borrowed for the call, unless it says otherwise.
 * A server answers for a namespace of the same name on the others; ids of sockets are unique among
 * all servers.
 */
#ifndef SIO_ADAPTER_H
#define SIO_ADAPTER_H

#include <sio/namespace.h>
#include <sio/parser.h>
#include <sio/socket.h>

SIO_BEGIN_DECLS

/** Names one behind the other, each with its NUL. */
typedef struct sio_rooms_s {
    const char *text; /**< the first one */
    size_t length;    /**< of all, the NULs included */
} sio_rooms_t;

/** Walks the names: the first one for @p room NULL, NULL behind the last one. */
SIO_API const char *sio_rooms_next(const sio_rooms_t *rooms, const char *room);

/** Bits of sio_targets_t.flags [S11]. */
typedef enum sio_targets_flags_e {
    SIO_TARGETS_VOLATILE = 1,    /**< dropped where it cannot leave at once [S15] */
    SIO_TARGETS_LOCAL = 2,       /**< the sockets of this process only */
    SIO_TARGETS_UNCOMPRESSED = 4 /**< sio_compress(…, 0) */
} sio_targets_flags_t;

/** Whom a verb concerns: everyone in one of the rooms (none named: in the namespace), but those in
 * an excepted room. A socket's id is a room too, with the socket alone in it. */
typedef struct sio_targets_s {
    sio_rooms_t rooms;  /**< who is in one of them */
    sio_rooms_t except; /**< but not who is in one of these */
    /** The sender, left out; NULL for none. Other servers are told its id as an excepted room. */
    const sio_socket_t *skip;
    uint32_t flags;
    uint32_t timeout_ms; /**< of sio_timeout or of an emit with ack; 0: none */
} sio_targets_t;

/** A packet that is encoded for the sockets of this process; valid during the call. */
typedef struct sio_message_s sio_message_t;

/** What the message says, to be told to others: type, namespace, ack id (-1 without), the
 * arguments as JSON text, the event's name first, and binaries. 0, SIO_ENOMEM, or SIO_EINVAL:
 * raw text of the application's that is no JSON. */
SIO_API int sio_message_packet(sio_message_t *message, sio_packet_t *packet);

/** The answers to an emit with ack to many, or to a server-side emit, as they come in. */
typedef struct sio_responses_s sio_responses_t;

/** The remote sockets that are asked for, as they come in. */
typedef struct sio_fetch_s sio_fetch_t;

/** A client that comes back, until it is known whether its session is still there. */
typedef struct sio_restore_s sio_restore_t;

/** What is kept of a socket whose connection was lost [R4]. */
typedef struct sio_session_s {
    const char *sid;   /**< the socket's id */
    const char *pid;   /**< the private id, a secret of server and client [R2] */
    sio_rooms_t rooms; /**< without its own id */
    const json_t *data; /**< of sio_socket_shared_data(); NULL for none */
} sio_session_t;

/** The functions of an adapter; those that are NULL are the built-in one's. */
typedef struct sio_adapter_s {
    size_t size; /**< set by SIO_ADAPTER_INIT */
    void *data;  /**< given to open; must outlive the server */

    /** A namespace begins: makes the state for it. 0 or a negative code: it is then not made. */
    int (*open)(void **state, sio_namespace_t *nsp, void *data);
    /** It ends; its sockets have. Responses, fetches and restores of it may not be touched any
     * more. */
    void (*close)(void *state, sio_namespace_t *nsp);
    /** The number of servers, this one included, as far as it is known; NULL: 1. */
    size_t (*server_count)(void *state, sio_namespace_t *nsp);

    /** A socket joins a room, which it may be in already. It may not be connected yet; its own id
     * it joins silently. 0 or a negative code. */
    int (*join)(void *state, sio_socket_t *socket, const char *room);
    /** A socket leaves a room, in which it may not be. */
    void (*leave)(void *state, sio_socket_t *socket, const char *room);
    /** It has ended; sio_socket_rooms() still tells its rooms. */
    void (*leave_all)(void *state, sio_socket_t *socket);

    /** Sends. 0, or a negative code for the verb to return. */
    int (*broadcast)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                     sio_message_t *message);
    /** The same; answers go to @p responses, which is kept by sio_responses_ref() if need be. Each
     * server says once how many clients it asks, by sio_responses_clients(), which
     * sio_memory_broadcast_with_ack() does for this one. */
    int (*broadcast_with_ack)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                              sio_message_t *message, sio_responses_t *responses);
    /** Collects the sockets of all servers with sio_memory_fetch_sockets() and sio_fetch_add(),
     * now or later, then calls sio_fetch_done() once. A negative code: it will not. */
    int (*fetch_sockets)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                         sio_fetch_t *fetch);
    /** Has the sockets join or leave the rooms, or disconnects them (with @p close their
     * connections, too). 0 or a negative code. */
    int (*sockets_join)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                        const sio_rooms_t *rooms);
    int (*sockets_leave)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                         const sio_rooms_t *rooms);
    int (*disconnect_sockets)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                              int close);
    /** To the other servers [S18]. @p responses (NULL: no answers wanted) begins with the other
     * servers of server_count as those to wait for. */
    int (*server_side_emit)(void *state, sio_namespace_t *nsp, sio_message_t *message,
                            sio_responses_t *responses);

    /* --- connection state recovery [R1-R7]; all NULL: the built-in one's ---------------------- */
    /** Writes the offset that the packet to be broadcast ends with, NUL-terminated; returns 0,
     * or nonzero for none (the adapter adds one later, to what it gives
     * sio_memory_broadcast_packet). May be NULL. */
    int (*next_offset)(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                       char *offset, size_t capacity);
    /** A socket has ended for a reason after which clients come back. */
    void (*save_session)(void *state, sio_namespace_t *nsp, const sio_session_t *session);
    /** Looks for a session and the packets behind @p offset; ends with sio_restore_done(), now or
     * later. */
    void (*restore_session)(void *state, sio_namespace_t *nsp, const char *pid,
                            const char *offset, sio_restore_t *restore);
} sio_adapter_t;

/** Begins an initializer; the members that are not named are NULL. */
#define SIO_ADAPTER_INIT .size = sizeof(sio_adapter_t)

/** The state that open made for this namespace. */
SIO_API void *sio_adapter_state(const sio_namespace_t *nsp);

/* --- the sockets of this process -------------------------------------------------------------- */

/** What the built-in adapter does under the member of this name, for the sockets of this process;
 * @p state is ignored. */
SIO_API int sio_memory_join(void *state, sio_socket_t *socket, const char *room);
SIO_API void sio_memory_leave(void *state, sio_socket_t *socket, const char *room);
SIO_API void sio_memory_leave_all(void *state, sio_socket_t *socket);
/* Both call the listeners of what goes out (sio_on_any_outgoing), which may do anything: the
 * state of an adapter is gone behind it when one of them has closed the server. */
SIO_API int sio_memory_broadcast(void *state, sio_namespace_t *nsp, const sio_targets_t *targets,
                                 sio_message_t *message);
SIO_API int sio_memory_broadcast_with_ack(void *state, sio_namespace_t *nsp,
                                          const sio_targets_t *targets, sio_message_t *message,
                                          sio_responses_t *responses);
/** Adds the sockets; does not call sio_fetch_done(). */
SIO_API int sio_memory_fetch_sockets(void *state, sio_namespace_t *nsp,
                                     const sio_targets_t *targets, sio_fetch_t *fetch);
SIO_API int sio_memory_sockets_join(void *state, sio_namespace_t *nsp,
                                    const sio_targets_t *targets, const sio_rooms_t *rooms);
SIO_API int sio_memory_sockets_leave(void *state, sio_namespace_t *nsp,
                                     const sio_targets_t *targets, const sio_rooms_t *rooms);
SIO_API int sio_memory_disconnect_sockets(void *state, sio_namespace_t *nsp,
                                          const sio_targets_t *targets, int close);
SIO_API int sio_memory_next_offset(void *state, sio_namespace_t *nsp,
                                   const sio_targets_t *targets, char *offset, size_t capacity);
SIO_API void sio_memory_save_session(void *state, sio_namespace_t *nsp,
                                     const sio_session_t *session);
SIO_API void sio_memory_restore_session(void *state, sio_namespace_t *nsp, const char *pid,
                                        const char *offset, sio_restore_t *restore);

/** Calls @p cb for each connected socket that is meant; nonzero from it stops and is returned. It
 * may do anything, also to the sockets. 0, SIO_ENOMEM. */
SIO_API int sio_memory_each(sio_namespace_t *nsp, const sio_targets_t *targets, sio_each_cb cb,
                            void *data);

/* --- what has come from another server ----------------------------------------------------- */

/** Broadcasts an event of another server's to the sockets of this process. 0, SIO_EINVAL (no
 * EVENT, or what is no JSON), SIO_ECLOSED, SIO_ENOMEM. */
SIO_API int sio_memory_broadcast_packet(sio_namespace_t *nsp, const sio_targets_t *targets,
                                        const sio_packet_t *packet);

/** Where the answers go that another server waits for. */
typedef struct sio_answers_s {
    /** How many clients were asked; the first call. NULL for an event between servers. */
    void (*clients)(size_t count, void *data);
    /** One has answered: type ACK, the arguments as a JSON array. */
    void (*answer)(const sio_packet_t *packet, void *data);
    /** The last call: all have answered, or none will any more. */
    void (*done)(void *data);
    void *data;
} sio_answers_t;

/** The same with acks; @p answers is copied. With a negative code none of its functions was or
 * will be called. */
SIO_API int sio_memory_broadcast_packet_with_ack(sio_namespace_t *nsp,
                                                 const sio_targets_t *targets,
                                                 const sio_packet_t *packet,
                                                 const sio_answers_t *answers);

/** Another server emits to this one: calls what sio_on_server_side() has registered. With @p
 * answers (else NULL) an ack is wanted, which is given once at most, then or later. 0,
 * SIO_EINVAL, SIO_ECLOSED, SIO_ENOMEM; with a negative code none of its functions was or will
 * be called. */
SIO_API int sio_server_side_receive(sio_namespace_t *nsp, const sio_packet_t *packet,
                                    const sio_answers_t *answers);

/* --- answers ---------------------------------------------------------------------------------
 * Of responses that are over, because everything has come or the time is up, nothing changes any
 * more: the functions may be called, and do nothing. */

/** Keeps responses beyond the call; each reference is given back with unref. NULL is fine. Returns
 * @p responses. */
SIO_API sio_responses_t *sio_responses_ref(sio_responses_t *responses);
SIO_API void sio_responses_unref(sio_responses_t *responses);
/** How many servers are to be waited for, where server_count was wrong. */
SIO_API void sio_responses_servers(sio_responses_t *responses, size_t count);
/** One more server has asked @p count of its clients. */
SIO_API void sio_responses_clients(sio_responses_t *responses, size_t count);
/** The answer of one client, or of one server: an ACK, whose first argument counts. */
SIO_API void sio_responses_add(sio_responses_t *responses, const sio_packet_t *packet);
/** Nothing more will come, e.g. @p error SIO_ETIMEDOUT: the application is told. */
SIO_API void sio_responses_end(sio_responses_t *responses, int error);

/** Adds a socket of another server; all is copied or referenced. @p rooms is an array of texts.
 * 0 or SIO_ENOMEM. */
SIO_API int sio_fetch_add(sio_fetch_t *fetch, const char *id, json_t *handshake, json_t *rooms,
                          json_t *data);
/** Everything is there; or @p error, a negative code. @p fetch is gone then. */
SIO_API void sio_fetch_done(sio_fetch_t *fetch, int error);

/** The session is there. 0, SIO_ENOMEM, SIO_ETOOBIG (max_rooms), SIO_ECLOSED: somebody who watches
 * rooms has closed the server, and @p restore is gone. */
SIO_API int sio_restore_session(sio_restore_t *restore, const sio_session_t *session);
/** The next packet that the client has missed, with its offset. 0, SIO_EINVAL, SIO_ENOMEM. */
SIO_API int sio_restore_packet(sio_restore_t *restore, const sio_packet_t *packet);
/** All is said; without sio_restore_session() before, the client gets a new session. @p restore
 * is gone then. */
SIO_API void sio_restore_done(sio_restore_t *restore);

/* --- rooms ------------------------------------------------------------------------------------ */

/** What happened to a room of this process [A4]. */
typedef enum sio_room_event_e {
    SIO_ROOM_CREATE, /**< it has its first socket, whose SIO_ROOM_JOIN follows; @p id is NULL */
    SIO_ROOM_DELETE, /**< its last one has left; @p id is NULL */
    SIO_ROOM_JOIN,
    SIO_ROOM_LEAVE
} sio_room_event_t;

/** @p id is that of the socket. Each socket's own id is a room, too. Rooms may be changed from
 * inside. */
typedef void (*sio_room_event_cb)(sio_namespace_t *nsp, sio_room_event_t what, const char *room,
                                  const char *id, void *data);
/** Watches the rooms of a namespace. 0, SIO_EINVAL, SIO_ENOMEM. */
SIO_API int sio_namespace_on_room(sio_namespace_t *nsp, sio_room_event_cb cb, void *data);
SIO_API int sio_namespace_off_room(sio_namespace_t *nsp, sio_room_event_cb cb, void *data);

/** The number of sockets of this process in a room. */
SIO_API size_t sio_namespace_room_size(const sio_namespace_t *nsp, const char *room);

SIO_END_DECLS

#endif
