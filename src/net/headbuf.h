/* Gathers a head (see net/head.h) while it arrives, in one block that is used again for the
 * next request. */
#ifndef SIO__NET_HEADBUF_H
#define SIO__NET_HEADBUF_H

#include "base/buf.h"
#include "net/head.h"
#include <string.h>

/*
 * The block: this struct, the URL, the headers as records, behind them joined records of the
 * headers that came more than once, then texts of our own. Places are offsets from the start. A
 * record is the length of its name, the length of its value (uint32_t, not aligned), the name,
 * NUL, the value, NUL.
 */
struct sio__head_s {
    const char *method; /* static */
    int64_t time;
    uint32_t size;
    uint32_t url, address;
    uint32_t records, joined;      /* where they begin */
    uint32_t count, joined_count;
    uint8_t came; /* SIO__CAME_… */
};

typedef struct {
    sio__buf_t block;
    size_t text;   /* where the text being gathered begins */
    size_t record; /* the record being gathered */
} sio__headbuf_t;

/* All return 0, SIO_ENOMEM or SIO_ETOOBIG (the block). Texts may come in pieces. */
int sio__headbuf_begin(sio__headbuf_t *headbuf);
int sio__headbuf_put(sio__headbuf_t *headbuf, const char *text, size_t length);
int sio__headbuf_url_end(sio__headbuf_t *headbuf);
/* Begins a header, with the first piece of its name. */
int sio__headbuf_name(sio__headbuf_t *headbuf, const char *text, size_t length);
int sio__headbuf_name_end(sio__headbuf_t *headbuf);
int sio__headbuf_value_end(sio__headbuf_t *headbuf);
/* After the last header: joins what was repeated. Until then the head cannot be read. */
int sio__headbuf_finish(sio__headbuf_t *headbuf);
/* After that: what a lookup of Host finds, from now on. A text of the head itself. */
int sio__headbuf_set_host(sio__headbuf_t *headbuf, const char *host, size_t length);
/* After that; the text may be one of the head itself. */
int sio__headbuf_set_url(sio__headbuf_t *headbuf, const char *url);
int sio__headbuf_set_address(sio__headbuf_t *headbuf, const char *address);
/* By TLS; right behind the address. `subject` may be NULL. */
int sio__headbuf_set_tls(sio__headbuf_t *headbuf, const char *version, const char *subject);
/* The head, in the block. */
static inline sio__head_t *sio__headbuf_head(const sio__headbuf_t *headbuf) {
    return (sio__head_t *) (void *) headbuf->block.data;
}
void sio__headbuf_free(sio__headbuf_t *headbuf);

/* --- reading records -------------------------------------------------------------------------- */

enum { SIO__RECORD = 2 * sizeof(uint32_t) };

typedef struct {
    const char *name, *value;
    uint32_t name_length, value_length;
} sio__header_t;

/* The header at offset `at`; returns the offset of the next. */
static inline size_t sio__head_record(const sio__head_t *head, size_t at, sio__header_t *header) {
    const char *record = (const char *) head + at;
    memcpy(&header->name_length, record, sizeof(uint32_t));
    memcpy(&header->value_length, record + sizeof(uint32_t), sizeof(uint32_t));
    header->name = record + SIO__RECORD;
    header->value = header->name + header->name_length + 1;
    return at + SIO__RECORD + header->name_length + header->value_length + 2;
}
int sio__head_called(const sio__header_t *header, const char *name, size_t length);
/* The value of the first header called `name` among `count` from offset `at` on; NULL if
 * there is none. */
const char *sio__head_find(const sio__head_t *head, size_t at, uint32_t count, const char *name,
                           size_t length);
/* Number of headers called `name`, as received. */
size_t sio__head_repeated(const sio__head_t *head, const char *name);

#endif
