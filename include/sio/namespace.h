/**
 * @file
 * Namespaces: connections, middleware, and the sockets in them.
 */
#ifndef SIO_NAMESPACE_H
#define SIO_NAMESPACE_H

#include <sio/event.h>
#include <sio/server.h>

SIO_BEGIN_DECLS

/** A socket has joined the namespace (its CONNECT was answered). */
typedef void (*sio_connection_cb)(sio_socket_t *socket, void *data);

/** The continuation of a middleware. */
typedef struct sio_next_s sio_next_t;

/** Runs for each socket before it connects [S8]: end with sio_next or sio_next_error, now or
 * later. */
typedef void (*sio_use_cb)(sio_socket_t *socket, sio_next_t *next, void *data);

/** Passes on to the next middleware, or connects the socket. SIO_ECLOSED: the peer has gone
 * meanwhile. @p next is gone at the end of the loop turn after either call; a second call
 * before that gives SIO_EDONE. If neither is ever called, the socket waits until its client
 * goes, and @p next stays until the server goes. */
SIO_API int sio_next(sio_next_t *next);

/** Refuses the socket: CONNECT_ERROR {"message":message,"data":data} [P4]. @p data is borrowed,
 * may be NULL. Or the event, where @p next is of a middleware for events: see sio_socket_use(). */
SIO_API int sio_next_error(sio_next_t *next, const char *message, const json_t *data);

/** Calls @p cb for a namespace. */
typedef void (*sio_namespace_cb)(sio_namespace_t *nsp, void *data);

/** A question about the name of a namespace, to be answered by sio_match(). */
typedef struct sio_match_s sio_match_t;

/**
 * Asked when a client wants to join a namespace that is not there [S5]: may there be one called
 * @p name? End with sio_match(), now or later. @p auth is what the client sends with its
 * CONNECT, an object; @p name and @p auth live until then.
 */
typedef void (*sio_match_cb)(sio_match_t *match, const char *name, const json_t *auth,
                             void *data);

/** Decides: with @p allow the namespace is made (if nobody else has meanwhile), otherwise the
 * next parent is asked, and after the last one the client is told "Invalid namespace" [P4]. 0;
 * SIO_ECLOSED: the peer has gone; SIO_ETOOBIG: the parent has as many children as it may
 * (max_child_namespaces), the client is told the same; SIO_ENOMEM. @p match is gone at the end of
 * the loop turn after it; a second call before that gives SIO_EDONE. If it is never called, the
 * client waits until it goes. */
SIO_API int sio_match(sio_match_t *match, int allow);

/** The namespace above one that was made because of sio_of_match() or sio_of_pattern(), or NULL. */
SIO_API sio_namespace_t *sio_namespace_parent(const sio_namespace_t *nsp);

/** Calls @p cb for each child of a parent namespace, for none of another one. */
SIO_API int sio_namespace_children(sio_namespace_t *nsp, sio_namespace_cb cb, void *data);

/** The name, with its slash; of a parent "/_0" and so on. Borrowed. */
SIO_API const char *sio_namespace_name(const sio_namespace_t *nsp);
/** Its server; NULL once that has gone, or the namespace. */
SIO_API sio_server_t *sio_namespace_server(const sio_namespace_t *nsp);

/** Number of connected sockets. */
SIO_API size_t sio_namespace_count(const sio_namespace_t *nsp);

/** The connected socket with this id, or NULL. */
SIO_API sio_socket_t *sio_namespace_socket(const sio_namespace_t *nsp, const char *id);

/** Calls @p cb for each connected socket, in no order; nonzero from @p cb stops and is returned.
 *  @p cb may disconnect sockets, this one included. */
typedef int (*sio_each_cb)(sio_socket_t *socket, void *data);
SIO_API int sio_namespace_each(sio_namespace_t *nsp, sio_each_cb cb, void *data);

/** A pointer of the application's. */
SIO_API void sio_namespace_set_data(sio_namespace_t *nsp, void *data);
SIO_API void *sio_namespace_data(const sio_namespace_t *nsp);

/* Typed forms of the verbs in sio/verbs.h. */
SIO_API int sio_namespace_use(sio_namespace_t *nsp, sio_use_cb cb, void *data);
SIO_API int sio_namespace_on_connection(sio_namespace_t *nsp, sio_connection_cb cb, void *data);
SIO_API int sio_namespace_on_disconnect(sio_namespace_t *nsp, sio_disconnect_cb cb, void *data);
SIO_API int sio_namespace_on(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data);
SIO_API int sio_namespace_once(sio_namespace_t *nsp, const char *event, sio_event_cb cb,
                               void *data);
SIO_API int sio_namespace_off(sio_namespace_t *nsp, const char *event, sio_event_cb cb, void *data);

/**
 * A parent namespace: its children are made when clients ask for them and @p cb allows the name
 * [S5]. Parents are asked in the order they were made. A child begins with the middlewares and
 * listeners that its parent has at this moment [S6]; emitting to the parent, or a broadcast
 * from it, reaches all children. It has no sockets of its own, and what asks for sockets gives
 * SIO_ENOTSUP. NULL out of memory.
 *
 * Allow names that mean something to you only: where any will do, clients make as many children as
 * they like, up to max_child_namespaces, and with cleanup_empty_child_namespaces at its default
 * all of them stay, also those that everybody has left.
 */
SIO_API sio_namespace_t *sio_of_match(sio_server_t *server, sio_match_cb cb, void *data);

/**
 * The same for names in which the regular expression @p pattern is found, e.g. "^/room-\d+$". It
 * is one of PCRE2 with the options that make it like JavaScript's; a name that takes too long to
 * match does not match. sio_of() with such a name makes a child, too. What is said there of
 * children that stay is true of these: match no more names than you mean to serve. NULL out of
 * memory, for a pattern that is none, or from a library built without PCRE2; the log says why.
 */
SIO_API sio_namespace_t *sio_of_pattern(sio_server_t *server, const char *pattern);

/** Calls @p cb for each namespace that is made from now on, children included [S4]. 0, SIO_EINVAL,
 * SIO_ENOMEM. */
SIO_API int sio_on_new_namespace(sio_server_t *server, sio_namespace_cb cb, void *data);
/** Removes what was registered with the same arguments. */
SIO_API int sio_off_new_namespace(sio_server_t *server, sio_namespace_cb cb, void *data);

SIO_END_DECLS

#endif
