#include "sio/encode.h"
#include "sio/escape.h"
#include "sio/jsontext.h"
#include "sio/v09.h"
#include <sio/error.h>
#include <string.h>

static int refuse(const char **why, const char *text) {
    *why = text;
    return SIO_EPROTO;
}

/* --- the head ------------------------------------------------------------------------------- */

typedef struct {
    char type;
    int64_t id; /* -1: none */
    int wants_data; /* + */
    sio__slice_t endpoint, data;
} message_t;

/* Digits up to the largest id; -1: none, or too large. */
static int64_t read_number(char **at, const char *end) {
    int64_t value = -1;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        if (value > SIO__LARGEST_ID / 10 - 1)
            return -1;
        value = (value < 0 ? 0 : value) * 10 + (**at - '0');
    }
    return value;
}

static int read_head(char *text, size_t length, message_t *message) {
    char *at = text, *end = text + length;
    if (length < 3 || text[0] < '0' || text[0] > '8' || text[1] != ':')
        return SIO_EPROTO;
    message->type = text[0];
    at += 2;
    message->id = read_number(&at, end);
    message->wants_data = message->id >= 0 && at < end && *at == '+';
    at += message->wants_data;
    if (at == end || *at != ':')
        return SIO_EPROTO;
    message->endpoint.text = ++at;
    while (at < end && *at != ':')
        at++;
    message->endpoint.length = (size_t) (at - message->endpoint.text);
    message->data.text = at < end ? at + 1 : at;
    message->data.length = (size_t) (end - message->data.text);
    return 0;
}

/* --- data ----------------------------------------------------------------------------------- */

static int end_data(sio__writer_t *writer, sio__packet_t *packet) {
    packet->data.text = (char *) sio__writer_end(writer, &packet->data.length);
    return packet->data.text != NULL ? 0 : SIO_ENOMEM;
}

static int scan(const sio__slice_t *data, uint32_t depth, sio__json_t *json, const char *what,
                const char **why) {
    int rc = sio__json_scan(data->text, data->length, depth, json);
    return rc == 0 ? 0 : refuse(why, rc == SIO_ETOOBIG ? sio__too_deep : what);
}

/* ["message",data] of what send() says: text, or JSON. */
static int read_message(sio__scratch_t *scratch, const message_t *message, uint32_t depth,
                        sio__packet_t *packet, const char **why) {
    sio__writer_t writer;
    sio__json_t json;
    int rc = 0;
    if (message->type == '4')
        rc = scan(&message->data, depth, &json, "a message of JSON that is none", why);
    if (rc < 0)
        return rc;
    sio__writer_begin(&writer, scratch, 0);
    sio__writer_put(&writer, "[\"message\",", 11);
    if (message->type == '3')
        rc = sio__escape_string(&writer, message->data.text, message->data.length);
    else
        sio__writer_put(&writer, message->data.text, message->data.length);
    sio__writer_byte(&writer, ']');
    if (rc < 0) {
        sio__writer_cancel(&writer);
        return rc;
    }
    return end_data(&writer, packet);
}

static int is_key(const sio__slice_t *key, const char *name) {
    return sio__json_equal(key->text, key->length, name, strlen(name));
}

/* An event whose name no event may have is left out, as 0.9 leaves out "disconnect". */
static int is_reserved(const sio__slice_t *name) {
    char plain[16];
    if (name->length < 2 || name->length - 2 >= sizeof(plain))
        return 0;
    plain[sio__json_unescape(plain, name->text + 1, name->length - 2, SIO__JSON_MEND_NUL)] = '\0';
    return sio__event_reserved(plain);
}

/* [name,args…] of {"name":…,"args":[…]}, one level less. 1 if there is nothing to tell. */
static int read_event(sio__scratch_t *scratch, const message_t *message, uint32_t depth,
                      sio__packet_t *packet, const char **why) {
    static const char no_object[] = "an event that is no object";
    sio__json_t json;
    sio__json_walk_t walk;
    sio__slice_t name = {NULL, 0}, args = {NULL, 0};
    const char *text = message->data.text;
    int rc = scan(&message->data, depth + 1, &json, no_object, why);
    if (rc < 0)
        return rc;
    if (json.kind != SIO__JSON_OBJECT)
        return refuse(why, no_object);
    sio__json_walk(&walk, text + json.value.start, text + json.value.end);
    while (sio__json_next(&walk)) {
        if (is_key(&walk.key, "name"))
            name = walk.value;
        else if (is_key(&walk.key, "args"))
            args = walk.value;
    }
    if (name.text == NULL || name.text[0] != '"' || (args.text != NULL && args.text[0] != '['))
        return refuse(why, "an event without a name, or with odd arguments");
    if (is_reserved(&name))
        return 1;
    sio__writer_t writer;
    sio__writer_begin(&writer, scratch, 0);
    sio__writer_byte(&writer, '[');
    sio__writer_put(&writer, name.text, name.length);
    if (args.text != NULL) {
        const char *first = sio__json_blanks(args.text + 1, args.text + args.length);
        if (*first != ']')
            sio__writer_byte(&writer, ',');
        sio__writer_put(&writer, first, (size_t) (args.text + args.length - first));
    } else {
        sio__writer_byte(&writer, ']');
    }
    return end_data(&writer, packet);
}

/* `id` or `id+[args…]`, the id one of ours. */
static int read_ack(const message_t *message, sio__packet_t *packet, const char **why) {
    static char nothing[] = "[]";
    char *at = message->data.text, *end = at + message->data.length;
    packet->id = read_number(&at, end) - 1;
    if (packet->id < 0)
        return refuse(why, "an ack without a number");
    if (at < end && *at == '+')
        at++;
    packet->data = at < end ? (sio__slice_t){at, (size_t) (end - at)} : (sio__slice_t){nothing, 2};
    return 0;
}

/* A query may stand behind the endpoint as data: `1::/chat:?x=1`. */
static void read_connect(message_t *message, sio__packet_t *packet) {
    if (message->data.length > 0 && message->data.text[0] == '?') {
        memmove(message->data.text - 1, message->data.text, message->data.length);
        packet->nsp.length += message->data.length;
    }
}

/* --- packets -------------------------------------------------------------------------------- */

static int read_packet(sio__scratch_t *scratch, message_t *message, uint32_t depth,
                       sio__v09_t *read, const char **why) {
    sio__packet_t *packet = &read->packet;
    switch (message->type) {
    case '0':
        packet->type = SIO__DISCONNECT;
        return 0;
    case '1':
        packet->type = SIO__CONNECT;
        read_connect(message, packet);
        return 0;
    case '3':
    case '4':
        packet->type = SIO__EVENT;
        return read_message(scratch, message, depth, packet, why);
    case '5':
        packet->type = SIO__EVENT;
        return read_event(scratch, message, depth, packet, why);
    default:
        packet->type = SIO__ACK;
        return read_ack(message, packet, why);
    }
}

int sio__v09_read(sio__scratch_t *scratch, char *text, size_t length, uint32_t depth,
                  sio__v09_t *read, const char **why) {
    static char root[] = "/";
    message_t message;
    if (read_head(text, length, &message) < 0)
        return refuse(why, "no packet of 0.9");
    int at_root = message.endpoint.length == 0;
    *read = (sio__v09_t){.kind = SIO__V09_NOTHING, .receipt = -1, .endpoint = message.endpoint};
    if (message.type == '2' || message.type > '6' || (message.type == '1' && at_root))
        return 0; /* heartbeats, errors, noops; and it is connected to "/" already */
    if (message.type == '0' && at_root) {
        read->kind = SIO__V09_GOODBYE;
        return 0;
    }
    read->packet.nsp = at_root ? (sio__slice_t){root, 1} : message.endpoint;
    read->packet.id = message.wants_data ? message.id : -1;
    read->receipt = message.id >= 0 && !message.wants_data ? message.id : -1;
    int rc = read_packet(scratch, &message, depth, read, why);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = read->packet.type == SIO__CONNECT ? 0 : sio__packet_check(&read->packet, depth, why);
    if (rc == 0)
        read->kind = SIO__V09_PACKET;
    return rc;
}
