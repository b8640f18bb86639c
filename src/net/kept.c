#include "net/kept.h"
#include "base/text.h"
#include "net/headbuf.h"
#include <string.h>

/*
 * The time, a byte that says how it came, the address, the subject of a certificate if there is
 * one, the URL, the headers as received, those that came more than once joined. Each text with
 * its NUL; names and values in turn; an empty name ends a list. No text has a NUL in it: the
 * parser refuses them, as it does empty names.
 */
enum { CAME = sizeof(int64_t), TEXTS = CAME + 1 };

static size_t text_size(const char *text) {
    return strlen(text) + 1;
}

static char *put_text(char *to, const char *text) {
    size_t size = text_size(text);
    memcpy(to, text, size);
    return to + size;
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t list_size(const sio__head_t *head, size_t at, uint32_t count) {
    sio__header_t header;
    size_t size = 1;
    for (uint32_t i = 0; i < count; i++) {
        at = sio__head_record(head, at, &header);
        size += text_size(header.name) + text_size(header.value);
    }
    return size;
}

static char *put_list(char *to, const sio__head_t *head, size_t at, uint32_t count) {
    sio__header_t header;
    for (uint32_t i = 0; i < count; i++) {
        at = sio__head_record(head, at, &header);
        to = put_text(put_text(to, header.name), header.value);
    }
    *to = '\0';
    return to + 1;
}

size_t sio__kept_size(const sio__head_t *head) {
    const char *subject = sio__head_tls_subject(head);
    return TEXTS + text_size(sio__head_address(head)) +
           (subject != NULL ? text_size(subject) : 0) + text_size(sio__head_url(head)) +
           list_size(head, head->records, head->count) +
           list_size(head, head->joined, head->joined_count);
}

void sio__kept_write(void *to, const sio__head_t *head) {
    char *at = to;
    memcpy(at, &head->time, sizeof(head->time));
    at[CAME] = (char) head->came;
    at = put_text(at + TEXTS, sio__head_address(head));
    const char *subject = sio__head_tls_subject(head);
    if (subject != NULL)
        at = put_text(at, subject);
    at = put_text(at, sio__head_url(head));
    at = put_list(at, head, head->records, head->count);
    put_list(at, head, head->joined, head->joined_count);
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char *behind(const char *text) {
    return text + text_size(text);
}

static const char *next_header(const char *name) {
    return behind(behind(name));
}

/* In a list; NULL if it is not there. */
static const char *find(const char *at, const char *name) {
    for (; *at != '\0'; at = next_header(at))
        if (sio__text_equal_nocase(at, name))
            return behind(at);
    return NULL;
}

static const char *headers(const sio__kept_t *kept) {
    return behind(sio__kept_url(kept));
}

const char *sio__kept_address(const sio__kept_t *kept) {
    return (const char *) kept + TEXTS;
}

static unsigned came(const sio__kept_t *kept) {
    return ((const unsigned char *) kept)[CAME];
}

const char *sio__kept_tls_subject(const sio__kept_t *kept) {
    return came(kept) & SIO__CAME_NAMED ? behind(sio__kept_address(kept)) : NULL;
}

const char *sio__kept_url(const sio__kept_t *kept) {
    const char *subject = sio__kept_tls_subject(kept);
    return behind(subject != NULL ? subject : sio__kept_address(kept));
}

const char *sio__kept_header(const sio__kept_t *kept, const char *name) {
    const char *joined = headers(kept);
    while (*joined != '\0')
        joined = next_header(joined);
    const char *value = find(joined + 1, name);
    return value != NULL ? value : find(headers(kept), name);
}

int sio__kept_header_at(const sio__kept_t *kept, size_t index, const char **name,
                        const char **value) {
    const char *at = headers(kept);
    for (; *at != '\0' && index > 0; index--)
        at = next_header(at);
    if (*at == '\0')
        return 0;
    *name = at;
    *value = behind(at);
    return 1;
}

int sio__kept_secure(const sio__kept_t *kept) {
    return came(kept) & SIO__CAME_SECURE;
}

const char *sio__kept_tls_version(const sio__kept_t *kept) {
    return sio__came_tls_version(came(kept));
}

int64_t sio__kept_time(const sio__kept_t *kept) {
    int64_t time;
    memcpy(&time, kept, sizeof(time));
    return time;
}
