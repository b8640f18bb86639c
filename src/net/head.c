#include "net/head.h"
#include "base/text.h"
#include "net/headbuf.h"
#include <string.h>

int sio__head_called(const sio__header_t *header, const char *name, size_t length) {
    /* Most clients write names as we do. */
    return header->name_length == length && ((header->name[0] ^ name[0]) & ~0x20) == 0 &&
           (memcmp(header->name, name, length) == 0 || sio__text_equal_nocase(header->name, name));
}

const char *sio__head_find(const sio__head_t *head, size_t at, uint32_t count, const char *name,
                        size_t length) {
    sio__header_t header;
    for (uint32_t i = 0; i < count; i++) {
        at = sio__head_record(head, at, &header);
        if (sio__head_called(&header, name, length))
            return header.value;
    }
    return NULL;
}

const char *sio__head_method(const sio__head_t *head) {
    return head->method;
}

const char *sio__head_url(const sio__head_t *head) {
    return (const char *) head + head->url;
}

const char *sio__head_header(const sio__head_t *head, const char *name) {
    size_t length = strlen(name);
    const char *value = sio__head_find(head, head->joined, head->joined_count, name, length);
    return value != NULL ? value : sio__head_find(head, head->records, head->count, name, length);
}

int sio__head_header_at(const sio__head_t *head, size_t index, const char **name,
                        const char **value) {
    sio__header_t header;
    size_t at = head->records;
    if (index >= head->count)
        return 0;
    do {
        at = sio__head_record(head, at, &header);
    } while (index-- > 0);
    *name = header.name;
    *value = header.value;
    return 1;
}

size_t sio__head_repeated(const sio__head_t *head, const char *name) {
    sio__header_t header;
    size_t at = head->records, length = strlen(name), count = 0;
    for (uint32_t i = 0; i < head->count; i++) {
        at = sio__head_record(head, at, &header);
        count += (size_t) sio__head_called(&header, name, length);
    }
    return count;
}

const char *sio__head_address(const sio__head_t *head) {
    return (const char *) head + head->address;
}

int sio__head_secure(const sio__head_t *head) {
    return head->came & SIO__CAME_SECURE;
}

const char *sio__came_tls_version(unsigned came) {
    if (came & SIO__CAME_TLS_1_3)
        return "TLSv1.3";
    return came & SIO__CAME_TLS_1_2 ? "TLSv1.2" : NULL;
}

const char *sio__head_tls_version(const sio__head_t *head) {
    return sio__came_tls_version(head->came);
}

const char *sio__head_tls_subject(const sio__head_t *head) {
    const char *address = sio__head_address(head);
    return head->came & SIO__CAME_NAMED ? address + strlen(address) + 1 : NULL;
}

int64_t sio__head_time(const sio__head_t *head) {
    return head->time;
}
