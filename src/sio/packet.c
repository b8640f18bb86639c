#include "sio/packet.h"
#include "sio/encode.h"
#include "sio/jsontext.h"
#include <sio/error.h>
#include <string.h>

static const char *const reserved[] = {"connect",       "connect_error", "disconnect",
                                       "disconnecting", "newListener",   "removeListener"};
enum { RESERVED = sizeof(reserved) / sizeof(reserved[0]), RESERVED_LONGEST = 14 };

const sio__packet_limits_t sio__packet_unlimited = {UINT32_MAX, SIO__JSON_DEPTH};
const char sio__too_many_attachments[] = "too many attachments";
const char sio__too_deep[] = "nested too deeply";

static int refuse(const char **why, const char *text) {
    *why = text;
    return SIO_EPROTO;
}

/* The digits at *at as a number up to `max`, moving behind them; -1 for none or a larger one. */
static int64_t read_digits(char **at, const char *end, int64_t max) {
    const char *start = *at;
    int64_t value = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        int digit = **at - '0';
        if (value > (max - digit) / 10)
            value = max + 1; /* stays there: a multiple of ten more is more */
        else if (value <= max)
            value = value * 10 + digit;
    }
    return *at == start || value > max ? -1 : value;
}

static int read_attachments(sio__packet_t *packet, char **at, const char *end, uint32_t max,
                            const char **why) {
    const char *start = *at;
    int64_t count = read_digits(at, end, UINT32_MAX);
    if (*at == start || *at == end || **at != '-' || count == 0)
        return refuse(why, "Illegal attachments");
    if (count < 0 || count > max)
        return refuse(why, sio__too_many_attachments);
    ++*at;
    packet->attachments = (uint32_t) count;
    return 0;
}

static void read_namespace(sio__packet_t *packet, char **at, char *end) {
    packet->nsp.text = "/";
    packet->nsp.length = 1;
    if (*at == end || **at != '/')
        return;
    char *comma = memchr(*at, ',', (size_t) (end - *at));
    packet->nsp.text = *at;
    packet->nsp.length = (size_t) ((comma != NULL ? comma : end) - *at);
    *at = comma != NULL ? comma + 1 : end;
}

static int may_be_reserved(char first) {
    return first == 'c' || first == 'd' || first == 'n' || first == 'r';
}

static int is_reserved(const char *name, size_t length) {
    if (length > RESERVED_LONGEST || !may_be_reserved(*name))
        return 0;
    for (size_t i = 0; i < RESERVED; i++)
        if (strlen(reserved[i]) == length && memcmp(reserved[i], name, length) == 0)
            return 1;
    return 0;
}

int sio__event_reserved(const char *name) {
    return may_be_reserved(*name) && is_reserved(name, strlen(name));
}

/* The name of an event [P9, P10], as it is spelled: escapes must not hide a reserved one. */
static int valid_name(const char *text, size_t length, int escaped) {
    char plain[RESERVED_LONGEST * 6];
    if (*text != '"')
        return *text == '-' || (*text >= '0' && *text <= '9');
    text++;
    length -= 2;
    if (length == 0 || length > sizeof(plain))
        return 1;
    if (!escaped)
        return !is_reserved(text, length);
    return !is_reserved(plain, sio__json_unescape(plain, text, length, SIO__JSON_KEEP_NUL));
}

static int valid_payload(const sio__packet_t *packet) {
    int absent = packet->data.length == 0;
    const sio__json_t *json = &packet->json;
    switch (packet->type) {
    case SIO__CONNECT:
        return absent || json->kind == SIO__JSON_OBJECT;
    case SIO__DISCONNECT:
        return absent;
    case SIO__CONNECT_ERROR:
        return !absent && (json->kind == SIO__JSON_STRING || json->kind == SIO__JSON_OBJECT);
    case SIO__EVENT:
    case SIO__BINARY_EVENT:
        return !absent && json->kind == SIO__JSON_ARRAY && json->count > 0 &&
               valid_name(packet->data.text + json->elements[0].start,
                          json->elements[0].end - json->elements[0].start, json->escaped);
    default: /* ACK, BINARY_ACK */
        return !absent && json->kind == SIO__JSON_ARRAY;
    }
}

int sio__packet_check(sio__packet_t *packet, uint32_t depth, const char **why) {
    int rc = 0;
    packet->json.count = 0;
    if (packet->data.length > 0)
        rc = sio__json_scan(packet->data.text, packet->data.length, depth, &packet->json);
    if (rc < 0)
        return refuse(why, rc == SIO_ETOOBIG ? sio__too_deep : "invalid payload");
    return valid_payload(packet) ? 0 : refuse(why, "invalid payload");
}

int sio__packet_decode(sio__packet_t *packet, char *text, size_t length,
                       const sio__packet_limits_t *limits, const char **why) {
    char *at = text, *end = text + length;
    if (length == 0 || *at < '0' || *at > '6')
        return refuse(why, "unknown packet type");
    packet->type = (sio__packet_type_t) (*at++ - '0');
    packet->attachments = 0;
    if (packet->type >= SIO__BINARY_EVENT) {
        int rc = read_attachments(packet, &at, end, limits->attachments, why);
        if (rc < 0)
            return rc;
    }
    read_namespace(packet, &at, end);

    packet->id = -1;
    if (at < end && *at >= '0' && *at <= '9') {
        packet->id = read_digits(&at, end, SIO__LARGEST_ID);
        if (packet->id < 0)
            return refuse(why, "illegal ack id");
    }
    packet->data.text = at;
    packet->data.length = (size_t) (end - at);
    return sio__packet_check(packet, limits->depth, why);
}

int sio__packet_check_placeholders(const sio__packet_t *packet, size_t count) {
    const char *at = packet->data.text, *end = at + packet->data.length;
    while (at < end) {
        size_t num;
        if (*at == '"') {
            at = sio__json_quote(at, end) + 1;
        } else if (*at == '{' && sio__json_placeholder(at, end, &num, &at)) {
            if (num >= count)
                return SIO_EPROTO;
        } else {
            at++;
        }
    }
    return 0;
}
