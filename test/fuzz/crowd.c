#include "crowd.h"
#include "ws/frame.h"
#include <stdlib.h>
#include <string.h>

enum { ID_LENGTH = 20 };

void crowd_open(crowd_t *crowd, sio_server_t *server) {
    *crowd = (crowd_t){.server = server};
}

/* --- ids -------------------------------------------------------------------------------------- */

static int is_id_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '-' || c == '_' || c == '.';
}

/* Copies what stands at `at` in the alphabet of ids; its length. */
static size_t copy_id(char id[CROWD_ID_SIZE], const char *at, const char *end) {
    size_t length = 0;
    while (at + length < end && length < CROWD_ID_SIZE - 1 && is_id_char(at[length]))
        length++;
    memcpy(id, at, length);
    id[length] = '\0';
    return length;
}

static void remember_session(crowd_t *crowd, const char *at, const char *end) {
    char id[CROWD_ID_SIZE];
    if (copy_id(id, at, end) == ID_LENGTH)
        memcpy(crowd->sessions[crowd->session_count++ % CROWD_IDS], id, sizeof(id));
}

/* Where a word ends for the first time; NULL: it is not there. */
static const char *behind(const char *text, const char *end, const char *word) {
    const char *at = memmem(text, (size_t) (end - text), word, strlen(word));
    return at != NULL ? at + strlen(word) : NULL;
}

/* Open packets, the answers to handshakes of 0.9, what a recovery goes by. */
static void look_for_ids(crowd_t *crowd, const char *text, size_t length) {
    static const char old[] = ":60:60:";
    const char *end = text + length, *at = text;
    while ((at = behind(at, end, "{\"sid\":\"")) != NULL)
        remember_session(crowd, at, end);
    at = text;
    while ((at = behind(at, end, "{\\\"sid\\\":\\\"")) != NULL) /* in JSONP */
        remember_session(crowd, at, end);
    at = behind(text, end, old);
    if (at != NULL && at - text >= ID_LENGTH + (ptrdiff_t) strlen(old))
        remember_session(crowd, at - strlen(old) - ID_LENGTH, end);
    at = behind(text, end, "\"pid\":\"");
    if (at != NULL)
        copy_id(crowd->private_id, at, end);
    at = behind(text, end, "\"]");
    if (at == NULL)
        return;
    for (at -= 2; at > text && is_id_char(at[-1]); at--)
        ;
    copy_id(crowd->offset, at, end);
}

/* --- saying ----------------------------------------------------------------------------------- */

static client_t *client_at(crowd_t *crowd, unsigned number) {
    client_t *client = &crowd->clients[number % CROWD_CLIENTS];
    if (client->peer != NULL && memory_closed(client->peer))
        crowd_vanish(crowd, number);
    if (client->peer == NULL)
        client->peer = memory_connect(crowd->server); /* NULL: it has closed */
    return client;
}

void crowd_say(crowd_t *crowd, unsigned number, const void *bytes, size_t length) {
    client_t *client = client_at(crowd, number);
    if (client->peer != NULL)
        CHECK(sio__buf_append(&client->outbox, bytes, length) == 0);
}

/* What stands for the character behind '~'; NULL: nothing does. */
static const char *id_for(const crowd_t *crowd, char c) {
    if (c >= '0' && c < '0' + CROWD_IDS)
        return crowd->sessions[c - '0'];
    return c == 'p' ? crowd->private_id : c == 'o' ? crowd->offset : NULL;
}

void crowd_say_text(crowd_t *crowd, unsigned number, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const char *id = text[i] == '~' && i + 1 < length ? id_for(crowd, text[i + 1]) : NULL;
        if (id != NULL)
            crowd_say(crowd, number, id, strlen(id));
        else
            crowd_say(crowd, number, text + i, 1);
        i += id != NULL;
    }
}

void crowd_say_frame(crowd_t *crowd, unsigned number, int first, const char *text, size_t length) {
    static const unsigned char mask[4] = {0x1f, 0x2e, 0x3d, 0x4c};
    unsigned char head[14];
    client_t *client = client_at(crowd, number);
    sio__buf_t whole = client->outbox;
    client->outbox = (sio__buf_t){0};
    crowd_say_text(crowd, number, text, length); /* its ids in their places */
    sio__buf_t payload = client->outbox;
    client->outbox = whole;
    size_t size = sio__frame_header(head, first & 0x0f, payload.length);
    head[0] = (unsigned char) first;
    head[1] |= 0x80;
    memcpy(head + size, mask, sizeof(mask));
    for (size_t i = 0; i < payload.length; i++)
        payload.data[i] = (char) (payload.data[i] ^ mask[i % sizeof(mask)]);
    crowd_say(crowd, number, head, size + sizeof(mask));
    crowd_say(crowd, number, payload.data, payload.length);
    sio__buf_free(&payload);
}

/* --- delivering ------------------------------------------------------------------------------- */

static int deliver(client_t *client) {
    size_t length = client->outbox.length;
    if (client->peer == NULL || length == 0 || !memory_reads(client->peer))
        return 0;
    if (client->cut > 0 && client->cut < length)
        length = client->cut;
    char *bytes = fuzz_exact(client->outbox.data, length);
    size_t taken = memory_feed(client->peer, bytes, length);
    free(bytes);
    sio__buf_consume(&client->outbox, taken);
    return taken > 0;
}

int crowd_deliver(crowd_t *crowd) {
    int any = 0;
    for (unsigned i = 0; i < CROWD_CLIENTS; i++)
        any |= deliver(&crowd->clients[i]);
    return any;
}

void crowd_listen(crowd_t *crowd) {
    for (unsigned i = 0; i < CROWD_CLIENTS; i++) {
        memory_peer_t *peer = crowd->clients[i].peer;
        size_t length = 0;
        if (peer == NULL)
            continue;
        const unsigned char *heard = memory_output(peer, &length);
        if (length > 0)
            look_for_ids(crowd, (const char *) heard, length);
        memory_take(peer, length);
    }
}

void crowd_end(crowd_t *crowd, unsigned number, int error) {
    client_t *client = &crowd->clients[number % CROWD_CLIENTS];
    if (client->peer == NULL)
        return;
    client->outbox.length = 0;
    memory_feed_end(client->peer, error);
}

void crowd_vanish(crowd_t *crowd, unsigned number) {
    client_t *client = &crowd->clients[number % CROWD_CLIENTS];
    memory_peer_free(client->peer);
    sio__buf_free(&client->outbox);
    *client = (client_t){.peer = NULL};
}

void crowd_close(crowd_t *crowd) {
    for (unsigned i = 0; i < CROWD_CLIENTS; i++)
        crowd_vanish(crowd, i);
}
