/* A client of any generation over any transport on the network in memory, which takes whatever
 * comes: also refusals, closed connections and answers that do not come. */
#ifndef TEST_FAULTS_SPEAKER_H
#define TEST_FAULTS_SPEAKER_H

#include "guard/client.h"

typedef enum {
    SPEAKER_WEBSOCKET,
    SPEAKER_POLLING,
    SPEAKER_UPGRADE, /* from polling */
    SPEAKER_XHR,     /* 0.9 from here on */
    SPEAKER_JSONP,
    SPEAKER_HTMLFILE,
    SPEAKER_OLD_WEBSOCKET,
    SPEAKER_DRAFT_75,
    SPEAKER_DRAFT_76,
    SPEAKER_RAW, /* a WebSocket of the program's own at /raw */
    SPEAKER_HTTP /* what it says is POSTed to /body */
} speaker_kind_t;

typedef struct {
    sio_server_t *server;
    speaker_kind_t kind;
    const char *query;          /* of the engine: "EIO=4&…" */
    const char *headers;        /* "Name: value\r\n…"; more of them, in each request */
    memory_peer_t *main, *post; /* WebSocket, poll or page; what is said over HTTP */
    memory_peer_t *socket;      /* of an upgrade */
    char sid[SID_CAPACITY];
    text_t heard; /* all of it, headers and frames included */
    int gone;     /* refused or closed */
    size_t says;  /* how often it has spoken */
    size_t cut;   /* 0: never; the time after so many it says half of it, and its connection breaks */
    int cut_error;
} speaker_t;

/* A session, unless it is refused. */
void speaker_open(speaker_t *speaker);
/* A message: "42[…]", or "5:::…" of 0.9. */
void speaker_say(speaker_t *speaker, const char *message);
/* A binary one, as its WebSocket has it or, NUL-terminated, its polls. */
void speaker_say_binary(speaker_t *speaker, const void *data, size_t length);
/* Ends the turn, polls if that is its way, and takes what there is. */
void speaker_listen(speaker_t *speaker);
/* The connections end without a word: with `error` or, if that is 0, orderly. */
void speaker_vanish(speaker_t *speaker, int error);
/* A frame of a WebSocket, by its first byte. */
void speaker_say_frame(speaker_t *speaker, int first, const void *data, size_t length);
int speaker_has_heard(const speaker_t *speaker, const char *text);
void speaker_free(speaker_t *speaker);

#endif
