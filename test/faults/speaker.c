#include "faults/speaker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2, RESOURCE_MAX = 512 };

static int is_draft(const speaker_t *speaker) {
    return speaker->kind == SPEAKER_DRAFT_75 || speaker->kind == SPEAKER_DRAFT_76;
}

static int is_websocket(const speaker_t *speaker) {
    return speaker->kind == SPEAKER_WEBSOCKET || speaker->kind == SPEAKER_OLD_WEBSOCKET ||
           speaker->kind == SPEAKER_RAW || is_draft(speaker) || speaker->socket != NULL;
}

static int is_old(const speaker_t *speaker) {
    return speaker->kind >= SPEAKER_XHR && speaker->kind <= SPEAKER_DRAFT_76;
}

static memory_peer_t *connect_to(speaker_t *speaker) {
    memory_peer_t *peer = memory_connect(speaker->server);
    if (peer == NULL)
        speaker->gone = 1;
    return peer;
}

/* A close frame comes last. */
static int is_closed(const unsigned char *output, size_t length) {
    return (length >= 2 && output[length - 2] == 0x88 && output[length - 1] == 0) ||
           (length >= 4 && output[length - 4] == 0x88 && output[length - 3] == 2) ||
           (length >= 2 && output[length - 2] == 0xff && output[length - 1] == 0);
}

static void take(speaker_t *speaker, memory_peer_t *peer) {
    size_t length;
    if (peer == NULL)
        return;
    const unsigned char *output = memory_output(peer, &length);
    text_add(&speaker->heard, output, length);
    int closed = (is_websocket(speaker) && is_closed(output, length)) ||
                 (is_old(speaker) && speaker_has_heard(speaker, "7:::1+0")) ||
                 (speaker->kind == SPEAKER_HTMLFILE && speaker_has_heard(speaker, "0\r\n\r\n"));
    memory_take(peer, length);
    if (closed || memory_finished(peer))
        speaker->gone = 1;
}

/* Lets the server do what it has to do, also where its writes take only crumbs. */
static void wait_for(speaker_t *speaker, memory_peer_t *peer) {
    for (int quiet = 0; quiet < 3; quiet++) {
        size_t before = speaker->heard.length;
        memory_end_turn(speaker->server);
        memory_run(sio_server_loop(speaker->server));
        memory_end_turn(speaker->server);
        take(speaker, peer);
        if (speaker->heard.length > before)
            quiet = -1;
    }
}

static void say_on(speaker_t *speaker, memory_peer_t *peer, const text_t *bytes) {
    int breaks = ++speaker->says == speaker->cut;
    size_t length = breaks ? bytes->length / 2 : bytes->length;
    if (peer == NULL || memory_feed(peer, bytes->data, length) < length)
        speaker->gone = 1;
    if (peer != NULL && breaks) {
        memory_feed_end(peer, speaker->cut_error);
        speaker->gone = 1;
    }
    wait_for(speaker, peer);
}

/* --- requests --------------------------------------------------------------------------------- */

static void request(speaker_t *speaker, memory_peer_t *peer, const char *method, const char *path,
                    const char *more, const text_t *body) {
    text_t bytes = {0};
    size_t before = speaker->heard.length;
    text_addf(&bytes, "%s %s HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\n%s%s", method, path,
              speaker->headers != NULL ? speaker->headers : "", more);
    if (body != NULL)
        text_addf(&bytes, "Content-Length: %zu\r\n", body->length);
    text_add(&bytes, "\r\n", 2);
    if (body != NULL)
        text_add(&bytes, body->data, body->length);
    say_on(speaker, peer, &bytes);
    text_free(&bytes);
    const char *answer = speaker->heard.data != NULL ? speaker->heard.data + before : "";
    if (strncmp(answer, "HTTP/1.1 4", 10) == 0 || strncmp(answer, "HTTP/1.1 5", 10) == 0)
        speaker->gone = 1;
}

static void resource(const speaker_t *speaker, char path[RESOURCE_MAX]) {
    static const char *const names[] = {"xhr-polling", "jsonp-polling", "htmlfile",
                                        "websocket",   "websocket",     "websocket"};
    if (is_old(speaker))
        snprintf(path, RESOURCE_MAX, "/socket.io/1/%s/%s?t=1&i=0",
                 names[speaker->kind - SPEAKER_XHR], speaker->sid);
    else
        snprintf(path, RESOURCE_MAX, "/socket.io/?%s&transport=%s%s%s", speaker->query,
                 speaker->kind == SPEAKER_WEBSOCKET ? "websocket" : "polling",
                 speaker->sid[0] != '\0' ? "&sid=" : "", speaker->sid);
}

static void poll(speaker_t *speaker) {
    char path[RESOURCE_MAX];
    resource(speaker, path);
    request(speaker, speaker->main, "GET", path, "", NULL);
}

static memory_peer_t *upgrade(speaker_t *speaker, const char *path) {
    memory_peer_t *peer = connect_to(speaker);
    request(speaker, peer, "GET", path,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            NULL);
    return peer;
}

/* What stands behind the header of draft 76 comes later. */
static memory_peer_t *upgrade_draft(speaker_t *speaker, const char *path) {
    static const char *const keys[] = {
        "", "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n"};
    memory_peer_t *peer = connect_to(speaker);
    char lines[256];
    text_t body = {0};
    snprintf(lines, sizeof(lines), "Connection: Upgrade\r\nUpgrade: WebSocket\r\n%s",
             keys[speaker->kind - SPEAKER_DRAFT_75]);
    request(speaker, peer, "GET", path, lines, NULL);
    text_add(&body, "^n:ds[4U", 8);
    if (speaker->kind == SPEAKER_DRAFT_76 && !speaker->gone)
        say_on(speaker, peer, &body);
    text_free(&body);
    return peer;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What stands behind `mark` in what was heard, up to `end`. */
static void find_sid(speaker_t *speaker, const char *mark, char end) {
    const char *at = speaker->heard.data != NULL ? strstr(speaker->heard.data, mark) : NULL;
    size_t length = 0;
    if (at != NULL) {
        at += strlen(mark);
        while (at[length] != end && at[length] != '\0')
            length++;
    }
    if (length == 0 || length >= SID_CAPACITY)
        speaker->gone = 1;
    else
        memcpy(speaker->sid, at, length);
}

static void open_old(speaker_t *speaker) {
    char path[RESOURCE_MAX];
    request(speaker, speaker->main, "GET", "/socket.io/1/?t=1", "", NULL);
    find_sid(speaker, "\r\n\r\n", ':');
    if (speaker->gone)
        return;
    if (is_websocket(speaker)) {
        resource(speaker, path);
        memory_peer_free(speaker->main);
        speaker->main = is_draft(speaker) ? upgrade_draft(speaker, path) : upgrade(speaker, path);
    } else {
        poll(speaker);
    }
}

/* The client's way, with a poll that is released by the server. */
static void move_up(speaker_t *speaker) {
    char path[RESOURCE_MAX];
    snprintf(path, sizeof(path), "/socket.io/?%s&transport=websocket&sid=%s", speaker->query,
             speaker->sid);
    memory_peer_t *peer = upgrade(speaker, path);
    text_t probe = {0}, done = {0};
    speaker->socket = peer;
    frame_in(&probe, TEXT, "2probe", 6);
    frame_in(&done, TEXT, "5", 1);
    poll(speaker);
    say_on(speaker, peer, &probe);
    memory_sleep(150);
    wait_for(speaker, speaker->main);
    say_on(speaker, peer, &done);
    text_free(&probe);
    text_free(&done);
}

void speaker_open(speaker_t *speaker) {
    char path[RESOURCE_MAX];
    if (speaker->kind == SPEAKER_WEBSOCKET) {
        resource(speaker, path);
        speaker->main = upgrade(speaker, path);
        return;
    }
    if (speaker->kind == SPEAKER_RAW) {
        speaker->main = upgrade(speaker, "/raw");
        return;
    }
    speaker->main = connect_to(speaker);
    if (speaker->kind == SPEAKER_HTTP)
        return;
    speaker->post = connect_to(speaker);
    if (speaker->gone)
        return;
    if (is_old(speaker)) {
        open_old(speaker);
        return;
    }
    poll(speaker);
    find_sid(speaker, "\"sid\":\"", '"');
    if (strstr(speaker->query, "&j=") != NULL && speaker->sid[0] == '\0') {
        speaker->gone = 0;
        find_sid(speaker, "\\\"sid\\\":\\\"", '\\');
    }
    if (speaker->kind == SPEAKER_UPGRADE && !speaker->gone)
        move_up(speaker);
}

/* --- speaking --------------------------------------------------------------------------------- */

void speaker_say_frame(speaker_t *speaker, int first, const void *data, size_t length) {
    text_t frame = {0};
    frame_in(&frame, first, data, length);
    frame.data[0] = (char) first;
    say_on(speaker, speaker->socket != NULL ? speaker->socket : speaker->main, &frame);
    text_free(&frame);
}

static void say_frame(speaker_t *speaker, int opcode, const void *data, size_t length) {
    speaker_say_frame(speaker, 0x80 | opcode, data, length);
}

/* As a string of a form: what is said here needs no more escapes. */
static void add_field(text_t *body, const char *message, int quoted) {
    text_addf(body, "d=%s", quoted ? "%22" : "");
    for (; *message != '\0'; message++)
        if (quoted && (*message == '"' || *message == '\\'))
            text_addf(body, "%%5C%%%02X", (unsigned) *message);
        else
            text_addf(body, "%%%02X", (unsigned) (unsigned char) *message);
    text_addf(body, "%s", quoted ? "%22" : "");
}

static void post(speaker_t *speaker, const char *message, const char *type) {
    char path[RESOURCE_MAX];
    char head[128];
    text_t body = {0};
    int form = speaker->kind == SPEAKER_JSONP ||
               (!is_old(speaker) && strstr(speaker->query, "&j=") != NULL);
    if (form)
        add_field(&body, message, speaker->kind == SPEAKER_JSONP);
    else
        text_add(&body, message, strlen(message));
    resource(speaker, path);
    snprintf(head, sizeof(head), "Content-Type: %s\r\n",
             form ? "application/x-www-form-urlencoded" : type);
    request(speaker, speaker->post, "POST", path, head, &body);
    text_free(&body);
}

void speaker_say(speaker_t *speaker, const char *message) {
    char counted[RESOURCE_MAX * 8];
    if (speaker->gone)
        return;
    if (is_draft(speaker)) {
        text_t frame = {0};
        text_add(&frame, "", 1);
        text_add(&frame, message, strlen(message));
        text_add(&frame, "\xff", 1);
        say_on(speaker, speaker->main, &frame);
        text_free(&frame);
        return;
    }
    if (is_websocket(speaker)) {
        say_frame(speaker, TEXT, message, strlen(message));
        return;
    }
    if (speaker->kind == SPEAKER_HTTP) {
        text_t body = {0};
        text_add(&body, message, strlen(message));
        request(speaker, speaker->main, "POST", "/body?a=b", "Content-Type: text/plain\r\n", &body);
        text_free(&body);
        return;
    }
    int counts = !is_old(speaker) && strstr(speaker->query, "EIO=3") != NULL;
    snprintf(counted, sizeof(counted), "%zu:%s", strlen(message), message);
    post(speaker, counts ? counted : message, "text/plain;charset=UTF-8");
}

void speaker_say_binary(speaker_t *speaker, const void *data, size_t length) {
    if (speaker->gone || is_old(speaker))
        return;
    if (is_websocket(speaker))
        say_frame(speaker, BINARY, data, length);
    else
        speaker_say(speaker, data);
}

void speaker_listen(speaker_t *speaker) {
    wait_for(speaker, NULL);
    if (!speaker->gone && !is_websocket(speaker) && speaker->sid[0] != '\0' &&
        speaker->kind != SPEAKER_HTMLFILE)
        poll(speaker);
    wait_for(speaker, speaker->main);
    wait_for(speaker, speaker->post);
    wait_for(speaker, speaker->socket);
}

void speaker_vanish(speaker_t *speaker, int error) {
    memory_peer_t *peers[] = {speaker->main, speaker->post, speaker->socket};
    for (size_t i = 0; i < 3; i++)
        if (peers[i] != NULL)
            memory_feed_end(peers[i], error != 0 ? error : UV_EOF);
    memory_end_turn(speaker->server);
    memory_run(sio_server_loop(speaker->server));
}

int speaker_has_heard(const speaker_t *speaker, const char *text) {
    return speaker->heard.length > 0 &&
           memmem(speaker->heard.data, speaker->heard.length, text, strlen(text)) != NULL;
}

void speaker_free(speaker_t *speaker) {
    memory_peer_free(speaker->main);
    memory_peer_free(speaker->post);
    memory_peer_free(speaker->socket);
    text_free(&speaker->heard);
}
