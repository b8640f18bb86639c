#include "poller.h"

#include "fail.h"

#include <stdio.h>
#include <string.h>

#define SEPARATOR 0x1e

/* Requests as engine.io-client makes them on Node. Its time stamp `t` is the same in all, so that
 * the requests can be made beforehand. */
#define TARGET  "/socket.io/?EIO=4&transport=polling&t=2es3h1wn"
#define HEADERS "User-Agent: node-XMLHttpRequest\r\nAccept: */*\r\n"

static size_t print_get(poller_t *poller, const char *sid) {
    int size = snprintf(poller->get_head, sizeof poller->get_head,
                        "GET " TARGET "%s%s HTTP/1.1\r\n" HEADERS
                        "Host: 127.0.0.1:%u\r\nConnection: keep-alive\r\n\r\n",
                        *sid ? "&sid=" : "", sid, poller->setup->port);
    return (size_t) size;
}

static size_t print_post(poller_t *poller, const char *sid, size_t body_size) {
    int size = snprintf(poller->post_head, sizeof poller->post_head,
                        "POST " TARGET "&sid=%s HTTP/1.1\r\n" HEADERS
                        "Content-type: text/plain;charset=UTF-8\r\n"
                        "Host: 127.0.0.1:%u\r\nContent-Length: %zu\r\n"
                        "Connection: keep-alive\r\n\r\n",
                        sid, poller->setup->port, body_size);
    return (size_t) size;
}

static void poll(poller_t *poller) {
    link_request(&poller->get, poller->get_head, poller->get_head_size, NULL, 0);
}

void poller_round(poller_t *poller) {
    const poller_setup_t *setup = poller->setup;
    const char *body = setup->batch;
    size_t body_size = setup->batch_size;

    if (poller->pong_due) {
        body -= PONG_SPACE;
        body_size += PONG_SPACE;
    }
    if (poller->post_pong != poller->pong_due) {
        poller->post_pong = poller->pong_due;
        poller->post_head_size = print_post(poller, poller->sid, body_size);
    }
    poller->pong_due = false;
    poller->due = setup->depth;
    poll(poller);
    link_request(&poller->post, poller->post_head, poller->post_head_size, body, body_size);
}

/* The OPEN packet tells the session id; CONNECT goes out together with the GET for its answer. */
static void join(poller_t *poller) {
    static const char member[] = "\"sid\":\"";
    static const char connect_packet[] = "40";

    const char *sid = strstr(poller->greeting, member);
    const char *end = sid == NULL ? NULL : strchr(sid + strlen(member), '"');
    if (poller->greeting[0] != '0' || end == NULL)
        fail("not an OPEN packet: %s", poller->greeting);
    sid += strlen(member);
    if ((size_t) (end - sid) >= sizeof poller->sid)
        fail("a session id of %zu bytes", (size_t) (end - sid));
    memcpy(poller->sid, sid, (size_t) (end - sid));

    poller->state = POLLER_JOINING;
    poller->get_head_size = print_get(poller, poller->sid);
    poll(poller);
    size_t head_size = print_post(poller, poller->sid, strlen(connect_packet));
    link_request(&poller->post, poller->post_head, head_size, connect_packet,
                 strlen(connect_packet));
}

static void end_packet(poller_t *poller) {
    size_t size = poller->packet_size;

    poller->packet_size = 0;
    if (size == 1 && poller->packet_type == '2') {
        poller->pong_due = true;
    } else if (poller->state == POLLER_READY) {
        if (size != poller->setup->reply_size)
            fail("a reply of %zu bytes, not %zu", size, poller->setup->reply_size);
        if (poller->due-- == 0)
            fail("a reply too many");
        poller->verified = true;
    } else {
        poller->greeting[size] = '\0';
        if (poller->state == POLLER_JOINING && strncmp(poller->greeting, "40", 2) != 0)
            fail("not the answer to CONNECT: %s", poller->greeting);
        poller->joined = poller->state == POLLER_JOINING;
    }
}

static void take_text(poller_t *poller, const char *text, size_t size) {
    const poller_setup_t *setup = poller->setup;

    if (size == 0)
        return;
    if (poller->packet_size == 0)
        poller->packet_type = *text;
    if (poller->state != POLLER_READY) {
        if (poller->packet_size + size >= sizeof poller->greeting)
            fail("a greeting of more than %zu bytes", sizeof poller->greeting);
        memcpy(poller->greeting + poller->packet_size, text, size);
    } else if (!poller->verified && poller->packet_type == '4') {
        if (poller->packet_size + size > setup->reply_size ||
            memcmp(text, setup->reply + poller->packet_size, size) != 0)
            fail("a reply differs from what was expected");
    }
    poller->packet_size += size;
}

/* Goes on when both requests are answered. */
static void advance(poller_t *poller) {
    bool waiting = poller->get.waiting || poller->post.waiting;

    if (poller->state == POLLER_OPENING) {
        join(poller);
    } else if (poller->state == POLLER_JOINING) {
        if (!poller->joined && !poller->get.waiting)
            poll(poller);
        if (poller->joined && !waiting) {
            poller->state = POLLER_READY;
            poller->post_head_size = print_post(poller, poller->sid, poller->setup->batch_size);
            poller->setup->on_ready(poller);
        }
    } else if (poller->due > 0 && !poller->get.waiting) {
        poll(poller); /* the server has answered before all packets were there */
    } else if (poller->due == 0 && !waiting) {
        poller->setup->on_round(poller);
    }
}

static void on_get_piece(link_t *link, const body_piece_t *piece) {
    poller_t *poller = link->owner;
    const char *text = piece->data;
    const char *end = text + piece->size;
    const char *separator;

    while ((separator = memchr(text, SEPARATOR, (size_t) (end - text))) != NULL) {
        take_text(poller, text, (size_t) (separator - text));
        end_packet(poller);
        text = separator + 1;
    }
    take_text(poller, text, (size_t) (end - text));
    if (piece->offset + piece->size < piece->length)
        return;
    end_packet(poller);
    advance(poller);
}

static void on_post_piece(link_t *link, const body_piece_t *piece) {
    if (piece->length != 2)
        fail("a POST is answered with %zu bytes, not ok", piece->length);
    if (piece->offset + piece->size == piece->length)
        advance(link->owner);
}

static void open_link(poller_t *poller, link_t *link,
                      void (*on_piece)(link_t *link, const body_piece_t *piece)) {
    link->on_piece = on_piece;
    link->owner = poller;
    link_open(link, poller->setup->loop, poller->setup->port);
}

void poller_open(poller_t *poller, const poller_setup_t *setup) {
    memset(poller, 0, sizeof *poller);
    poller->setup = setup;
    open_link(poller, &poller->get, on_get_piece);
    open_link(poller, &poller->post, on_post_piece);
    poller->get_head_size = print_get(poller, "");
    poll(poller);
}
