#include "net/headbuf.h"
#include "base/text.h"
#include <sio/error.h>
#include <string.h>

enum {
    BLOCK_MAX = 0x7fffffff,
    FIRST_CAPACITY = 1024
};

/* Of these the first counts when they are repeated, as in Node; those that decide about the
 * message are refused before it comes to that. */
static const char *const single[] = {
    "age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host",
    "if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards",
    "proxy-authorization", "referer", "retry-after", "server", "user-agent",
};

static int grow(sio__headbuf_t *headbuf, size_t more) {
    const sio__buf_t *block = &headbuf->block;
    if (more > BLOCK_MAX || block->length > BLOCK_MAX - more)
        return SIO_ETOOBIG;
    return sio__buf_reserve(&headbuf->block, more);
}

static inline int reserve(sio__headbuf_t *headbuf, size_t more) {
    const sio__buf_t *block = &headbuf->block;
    return block->capacity - block->length >= more ? 0 : grow(headbuf, more);
}

static inline int append(sio__headbuf_t *headbuf, const void *data, size_t length) {
    int rc = reserve(headbuf, length);
    if (rc < 0)
        return rc;
    if (length > 0)
        memcpy(headbuf->block.data + headbuf->block.length, data, length);
    headbuf->block.length += length;
    return 0;
}

int sio__headbuf_begin(sio__headbuf_t *headbuf) {
    headbuf->block.length = 0;
    if (headbuf->block.capacity == 0) {
        int rc = sio__buf_reserve(&headbuf->block, FIRST_CAPACITY);
        if (rc < 0)
            return rc;
    }
    sio__head_t head = {0};
    int rc = append(headbuf, &head, sizeof(head));
    headbuf->text = headbuf->block.length;
    return rc;
}

int sio__headbuf_put(sio__headbuf_t *headbuf, const char *text, size_t length) {
    return append(headbuf, text, length);
}

int sio__headbuf_url_end(sio__headbuf_t *headbuf) {
    int rc = append(headbuf, "", 1);
    if (rc < 0)
        return rc;
    sio__head_t *head = sio__headbuf_head(headbuf);
    head->url = (uint32_t) headbuf->text;
    head->records = (uint32_t) headbuf->block.length;
    return 0;
}

int sio__headbuf_name(sio__headbuf_t *headbuf, const char *text, size_t length) {
    /* For the record's own bytes, too: most headers take one look at the capacity. */
    int rc = reserve(headbuf, SIO__RECORD + length + 2);
    if (rc < 0)
        return rc;
    headbuf->record = headbuf->block.length;
    headbuf->block.length += SIO__RECORD;
    headbuf->text = headbuf->block.length;
    return append(headbuf, text, length);
}

/* Ends the text being gathered and notes its length in the record, at `place`. */
static int end_text(sio__headbuf_t *headbuf, size_t place) {
    sio__buf_t *block = &headbuf->block;
    uint32_t length = (uint32_t) (block->length - headbuf->text);
    int rc = reserve(headbuf, 1);
    if (rc < 0)
        return rc;
    block->data[block->length++] = '\0';
    memcpy(block->data + headbuf->record + place, &length, sizeof(length));
    headbuf->text = block->length;
    return 0;
}

int sio__headbuf_name_end(sio__headbuf_t *headbuf) {
    return end_text(headbuf, 0);
}

int sio__headbuf_value_end(sio__headbuf_t *headbuf) {
    sio__buf_t *block = &headbuf->block;
    while (block->length > headbuf->text &&
           (block->data[block->length - 1] == ' ' || block->data[block->length - 1] == '\t'))
        block->length--;
    int rc = end_text(headbuf, sizeof(uint32_t));
    if (rc == 0)
        sio__headbuf_head(headbuf)->count++;
    return rc;
}

static int is_single(const char *name) {
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
        if (sio__text_equal_nocase(name, single[i]))
            return 1;
    return 0;
}

/* Appends a copy of what is in the block already (which may move). */
static int append_own(sio__headbuf_t *headbuf, size_t at, size_t length) {
    int rc = length > BLOCK_MAX ? SIO_ETOOBIG : sio__buf_reserve(&headbuf->block, length);
    return rc < 0 ? rc : append(headbuf, headbuf->block.data + at, length);
}

/* Makes the joined record of the header at `at`, whose namesakes come from `next` (number
 * `index`) on. */
static int join(sio__headbuf_t *headbuf, size_t at, size_t next, uint32_t index) {
    sio__header_t first, other;
    sio__head_record(sio__headbuf_head(headbuf), at, &first);
    uint32_t name_length = first.name_length;
    const char *separator = sio__text_equal_nocase(first.name, "cookie") ? "; " : ", ";
    int rc = sio__headbuf_name(headbuf, NULL, 0);
    if (rc == 0)
        rc = append_own(headbuf, at + SIO__RECORD, name_length);
    if (rc == 0)
        rc = sio__headbuf_name_end(headbuf);
    if (rc == 0)
        rc = append_own(headbuf, at + SIO__RECORD + name_length + 1, first.value_length);
    for (uint32_t i = index; rc == 0 && i < sio__headbuf_head(headbuf)->count; i++) {
        const sio__head_t *head = sio__headbuf_head(headbuf);
        size_t place = next;
        next = sio__head_record(head, next, &other);
        if (!sio__head_called(&other, (const char *) head + at + SIO__RECORD, name_length))
            continue;
        rc = append(headbuf, separator, 2);
        if (rc == 0)
            rc = append_own(headbuf, place + SIO__RECORD + name_length + 1, other.value_length);
    }
    if (rc == 0)
        rc = end_text(headbuf, sizeof(uint32_t));
    if (rc == 0)
        sio__headbuf_head(headbuf)->joined_count++;
    return rc;
}

/* Nonzero if any two names can be the same: they begin alike and are of the same length. Most
 * requests have no such pair, and need no comparing of each with each. */
static int may_repeat(const sio__head_t *head) {
    sio__header_t header;
    size_t at = head->records;
    uint64_t seen = 0, twice = 0;
    for (uint32_t i = 0; i < head->count; i++) {
        at = sio__head_record(head, at, &header);
        uint32_t letter = (unsigned char) header.name[0] | 0x20u;
        uint64_t mark = UINT64_C(1) << ((header.name_length + 7 * letter) & 63);
        twice |= seen & mark;
        seen |= mark;
    }
    return twice != 0;
}

static int join_repeated(sio__headbuf_t *headbuf) {
    sio__head_t *head = sio__headbuf_head(headbuf);
    sio__header_t header;
    size_t at = head->records;
    for (uint32_t i = 0; i < head->count; i++) {
        size_t next = sio__head_record(head, at, &header);
        const char *name = header.name;
        size_t length = header.name_length;
        if (sio__head_find(head, next, head->count - i - 1, name, length) != NULL &&
            !is_single(name) &&
            sio__head_find(head, head->joined, head->joined_count, name, length) == NULL) {
            int rc = join(headbuf, at, next, i + 1);
            if (rc < 0)
                return rc;
            head = sio__headbuf_head(headbuf);
        }
        at = next;
    }
    return 0;
}

int sio__headbuf_finish(sio__headbuf_t *headbuf) {
    sio__head_t *head = sio__headbuf_head(headbuf);
    head->joined = (uint32_t) headbuf->block.length;
    if (may_repeat(head)) {
        int rc = join_repeated(headbuf);
        if (rc < 0)
            return rc;
        head = sio__headbuf_head(headbuf);
    }
    head->address = head->records - 1; /* "": the end of the URL */
    head->size = (uint32_t) headbuf->block.length;
    return 0;
}

/* By one more joined record, which are looked at first; nothing of Host is among them. */
int sio__headbuf_set_host(sio__headbuf_t *headbuf, const char *host, size_t length) {
    size_t at = (size_t) (host - headbuf->block.data);
    int rc = sio__headbuf_name(headbuf, "Host", 4);
    if (rc == 0)
        rc = sio__headbuf_name_end(headbuf);
    if (rc == 0)
        rc = append_own(headbuf, at, length);
    if (rc == 0)
        rc = end_text(headbuf, sizeof(uint32_t));
    if (rc < 0)
        return rc;
    sio__head_t *head = sio__headbuf_head(headbuf);
    head->joined_count++;
    head->size = (uint32_t) headbuf->block.length;
    return 0;
}

static int append_text(sio__headbuf_t *headbuf, const char *text, uint32_t *place) {
    uint32_t at = (uint32_t) headbuf->block.length;
    size_t length = strlen(text) + 1;
    uintptr_t offset = (uintptr_t) text - (uintptr_t) headbuf->block.data;
    int rc = offset < headbuf->block.length ? append_own(headbuf, offset, length)
                                            : append(headbuf, text, length);
    if (rc == 0) {
        *place = at;
        sio__headbuf_head(headbuf)->size = (uint32_t) headbuf->block.length;
    }
    return rc;
}

int sio__headbuf_set_url(sio__headbuf_t *headbuf, const char *url) {
    uint32_t place;
    int rc = append_text(headbuf, url, &place);
    if (rc == 0)
        sio__headbuf_head(headbuf)->url = place;
    return rc;
}

int sio__headbuf_set_address(sio__headbuf_t *headbuf, const char *address) {
    uint32_t place;
    int rc = append_text(headbuf, address, &place);
    if (rc == 0)
        sio__headbuf_head(headbuf)->address = place;
    return rc;
}

int sio__headbuf_set_tls(sio__headbuf_t *headbuf, const char *version, const char *subject) {
    uint32_t place;
    sio__headbuf_head(headbuf)->came |=
        strcmp(version, "TLSv1.2") == 0 ? SIO__CAME_TLS_1_2 : SIO__CAME_TLS_1_3;
    if (subject == NULL)
        return 0;
    int rc = append_text(headbuf, subject, &place);
    if (rc == 0)
        sio__headbuf_head(headbuf)->came |= SIO__CAME_NAMED;
    return rc;
}

void sio__headbuf_free(sio__headbuf_t *headbuf) {
    sio__buf_free(&headbuf->block);
}
