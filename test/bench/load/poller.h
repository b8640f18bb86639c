/* An Engine.IO client over HTTP long-polling: one connection for the GETs, one for the POSTs. */
#ifndef LOAD_POLLER_H
#define LOAD_POLLER_H

#include "link.h"

typedef struct poller_s poller_t;

/* What all pollers share. */
typedef struct poller_setup_s {
    loop_t *loop;
    uint16_t port;
    const char *batch; /* `depth` packets with separators, the body of a POST, behind PONG_SPACE */
    size_t batch_size;
    const char *reply; /* the packet that comes back for each */
    size_t reply_size;
    unsigned depth;
    void (*on_ready)(poller_t *poller);
    void (*on_round)(poller_t *poller); /* all replies and the POST's `ok` are there */
    void *mode;
} poller_setup_t;

/* Before the batch stands a PONG packet with its separator, in case one is due. */
#define PONG       "3\x1e"
#define PONG_SPACE (sizeof PONG - 1)

struct poller_s {
    const poller_setup_t *setup;
    link_t get, post;
    enum { POLLER_OPENING, POLLER_JOINING, POLLER_READY } state;
    char sid[64];
    char get_head[256], post_head[320];
    size_t get_head_size, post_head_size;
    char greeting[256]; /* the server's packets until the client is ready */
    size_t packet_size; /* bytes so far of the packet that is being received */
    char packet_type;
    bool pong_due;
    bool post_pong; /* post_head is for a batch with a PONG */
    bool verified;  /* one reply was compared byte by byte */
    bool joined;    /* the CONNECT is answered */
    unsigned due;   /* replies missing */
    int64_t sent_at;
};

void poller_open(poller_t *poller, const poller_setup_t *setup);
/* Sends the GET and the POST with the batch. */
void poller_round(poller_t *poller);

#endif
