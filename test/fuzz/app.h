/*
 * The application of the whole-server program. It does what the clients' events and the script say,
 * from inside of its callbacks too, and watches what the library has promised: that each of them is
 * called as often as it should be, and never too late.
 */
#ifndef TEST_FUZZ_APP_H
#define TEST_FUZZ_APP_H

#include "fuzz.h"
#include <sio.h>

enum { APP_SOCKETS = 8, APP_LATERS = 16, APP_TIMER_MS = 10 };

/* Where in its callbacks the application may be told to do something. */
typedef enum {
    APP_CONNECTION,
    APP_DISCONNECTING,
    APP_DISCONNECT,
    APP_ACK,
    APP_RESPONSES,
    APP_MIDDLEWARE,
    APP_TIMER,
    APP_FETCH,
    APP_ENGINE,
    APP_OUTGOING,
    APP_ERROR,
    APP_HTTP,
    APP_WS,
    APP_HEADERS,
    APP_REFUSED,
    APP_ALLOW,
    APP_ENGINE_USE,
    APP_ROOM,
    APP_HOOKS
} app_hook_t;

/* A verb that waits for its callback. */
typedef struct {
    char verb;
    unsigned number;
} app_due_t;

typedef struct app_s app_t;

/* Something to be done when time has passed; of these one. */
typedef struct {
    app_t *app; /* NULL: a free place */
    sio_event_t *event;
    sio_match_t *match;
    sio_allow_t *allow;
    eio_next_t *engine_next;
    sio_next_t *next;
    int refuses;
    sio_timer_t *timer;
} app_later_t;

struct app_s {
    sio_server_t *server;
    sio_namespace_t *chat;
    sio_socket_t *sockets[APP_SOCKETS]; /* connected ones, not all of them; NULL: a free place */
    sio_broadcast_t *kept;              /* a chain for re-use */
    app_due_t due[APP_HOOKS];
    app_later_t laters[APP_LATERS];
    char session[32]; /* of the engine: the one that was watched last */
    unsigned depth; /* verbs inside of callbacks inside of verbs */
    /* Counts that must agree at the end. */
    size_t connected, disconnecting, disconnected, data_given, data_taken;
    size_t asked, answered, broadcast, responded, fetched, found;
    size_t raw_opened, raw_closed, sessions_opened, sessions_closed;
    int closing, closed; /* sio_server_close was called, has called back */
};

/* `kind` is a letter: which options the server has. */
void app_options(app_t *app, sio_options_t *options, char kind);
/* A letter and a digit each, see app_limits.c. */
void app_limits(sio_options_t *options, const char *text, size_t length);
void app_open(app_t *app, sio_server_t *server, char kind);
/* Does it, if it is one; the number says to whom. */
void app_do(app_t *app, char verb, unsigned number);
/* In the callback of this kind, the next time it is called. */
void app_do_in(app_t *app, app_hook_t hook, char verb, unsigned number);
/* A callback of the kind is being called: does what was put off to it. */
void app_reach(app_t *app, app_hook_t hook);
/* Does one of the things that were put off before its time. */
void app_hurry(app_t *app, unsigned number);
/* A middleware of one socket, for its events. */
void app_use(app_t *app, sio_socket_t *socket);
/* All connections have gone, and all time has passed that anybody could wait for. */
void app_check(app_t *app);
/* As many are served as may be; so much waits, turns of the loop after; what is not limited was not
 * counted. */
void app_check_connections(const app_t *app);
void app_check_kept(const app_t *app);
void app_check_limited(const app_t *app);

#endif
