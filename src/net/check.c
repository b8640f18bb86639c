#include "net/check.h"
#include "base/text.h"
#include "net/target.h"
#include <sio/error.h>

/* The headers that decide something, found in one walk; of those that came more than once the
 * last. */
typedef struct {
    const char *host, *length, *coding;
    size_t host_length;
    unsigned hosts, lengths, codings;
} found_t;

static void look_at(const sio__header_t *header, found_t *found, sio__message_t *message) {
    switch (header->name_length) {
    case 4:
        if (sio__head_called(header, "Host", 4)) {
            found->host = header->value;
            found->host_length = header->value_length;
            found->hosts++;
        }
        break;
    case 6:
        message->has_expect |= sio__head_called(header, "Expect", 6) != 0;
        break;
    case 7:
        message->has_upgrade |= sio__head_called(header, "Upgrade", 7) != 0;
        break;
    case 14:
        if (sio__head_called(header, "Content-Length", 14)) {
            found->length = header->value;
            found->lengths++;
        }
        break;
    case 17:
        if (sio__head_called(header, "Transfer-Encoding", 17)) {
            found->coding = header->value;
            found->codings++;
        }
        break;
    default: break;
    }
}

static void look(const sio__head_t *head, found_t *found, sio__message_t *message) {
    sio__header_t header;
    size_t at = head->records;
    *found = (found_t){0};
    *message = (sio__message_t){0};
    for (uint32_t i = 0; i < head->count; i++) {
        at = sio__head_record(head, at, &header);
        look_at(&header, found, message);
    }
}

/* --- where the body ends ---------------------------------------------------------------------- */

/* Digits and nothing else, in 64 bits. */
static int read_length(const char *text, uint64_t *length) {
    uint64_t value = 0;
    if (*text == '\0')
        return 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t) (*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return 0;
        value = 10 * value + digit;
    }
    *length = value;
    return *text == '\0';
}

static int is_chunked(const char *item, size_t length) {
    return sio__text_list_has("chunked", item, length, 1);
}

/* Other than "chunked" and nothing else. If that is not the last coding nobody can tell where
 * the body ends (RFC 9112 6.3); if it is, the others are what we do not know (6.1). */
static int odd_coding(const sio__head_t *head, const char **reason) {
    const char *list = sio__head_header(head, "Transfer-Encoding"), *item;
    size_t length;
    unsigned chunked = 0, others = 0;
    int last = 0;
    while (sio__text_list_next(&list, &item, &length)) {
        last = is_chunked(item, length);
        chunked += last != 0;
        others += last == 0;
    }
    *reason = "malformed Transfer-Encoding";
    if (!last || chunked > 1 || others == 0)
        return 400;
    *reason = "unknown transfer coding";
    return 501;
}

static int check_body(const sio__head_t *head, unsigned minor, const found_t *found,
                      sio__message_t *message, const char **reason) {
    *reason = "more than one length";
    if (found->lengths + found->codings > 1 && found->lengths > 0)
        return 400;
    if (found->lengths > 0) {
        *reason = "malformed Content-Length";
        message->framing = SIO__BODY_COUNTED;
        return read_length(found->length, &message->length) ? 0 : 400;
    }
    if (found->codings == 0)
        return 0;
    *reason = "Transfer-Encoding in HTTP/1.0";
    if (minor == 0)
        return 400;
    message->framing = SIO__BODY_IN_CHUNKS;
    return found->codings == 1 && sio__text_equal_nocase(found->coding, "chunked")
               ? 0
               : odd_coding(head, reason);
}

/* --- whom it is for --------------------------------------------------------------------------- */

static int check_host(unsigned minor, const found_t *found, const char **reason) {
    *reason = "missing or repeated Host header";
    if (found->hosts > 1 || (found->hosts == 0 && minor > 0))
        return 400;
    *reason = "malformed Host header";
    return found->hosts == 0 || sio__target_is_authority(found->host, found->host_length) ? 0 : 400;
}

static int check_target(sio__headbuf_t *headbuf, const char **reason) {
    const sio__head_t *head = sio__headbuf_head(headbuf);
    const char *authority;
    size_t length;
    *reason = "malformed target";
    if (!sio__target_is_good(sio__head_url(head), head->records - head->url - 1, head->method,
                             &authority, &length))
        return 400;
    if (authority == NULL)
        return 0;
    *reason = "out of memory";
    return sio__headbuf_set_host(headbuf, authority, length) < 0 ? 503 : 0;
}

int sio__check(sio__headbuf_t *headbuf, unsigned minor, sio__message_t *message,
               const char **reason) {
    found_t found;
    look(sio__headbuf_head(headbuf), &found, message);
    int status = check_host(minor, &found, reason);
    if (status == 0)
        status = check_body(sio__headbuf_head(headbuf), minor, &found, message, reason);
    return status != 0 ? status : check_target(headbuf, reason);
}
