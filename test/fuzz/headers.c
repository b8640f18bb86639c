/*
 * Values of headers, a line of the input each; what kind it is, the first letter says. A block
 * of all lines as headers is gathered, joined, and kept.
 *
 * Covers: src/net/forwarded.c src/net/coding.c src/net/date.c src/net/headbuf.c src/net/head.c
 * src/net/kept.c src/base/text.c src/ws/extension.c
 */
#include "base/text.h"
#include "fuzz.h"
#include "net/coding.h"
#include "net/date.h"
#include "net/forwarded.h"
#include "net/headbuf.h"
#include "net/kept.h"
#include "ws/extension.h"
#include <sio/error.h>
#include <stdlib.h>

/* --- single values ---------------------------------------------------------------------------- */

static void check_address(const char *text) {
    unsigned char bytes[16];
    CHECK(uv_inet_pton(AF_INET, text, bytes) == 0 || uv_inet_pton(AF_INET6, text, bytes) == 0);
}

/* Behind proxies that are all of the net 10, one of IPv6, or anybody. */
static void check_forwarded(const char *value) {
    static const char *const lists[] = {"10.0.0.0/8, ::1", "2001:db8::/33,pipe", "::/0"};
    static const char *const peers[] = {"10.1.2.3", "2001:db8::7", "127.0.0.1", ""};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        sio__proxies_t *proxies;
        CHECK(sio__proxies_new(&proxies, lists[i]) == 0);
        for (size_t j = 0; j < sizeof(peers) / sizeof(peers[0]); j++) {
            char client[SIO__ADDRESS_SIZE];
            size_t hops = sio__forwarded_client(proxies, peers[j], value, client);
            CHECK((hops > 0) <= (sio__proxies_trust(proxies, peers[j]) != 0));
            CHECK(hops <= strlen(value));
            if (hops > 0)
                check_address(client);
            else
                CHECK(strcmp(client, peers[j]) == 0);
            sio__forwarded_secure(value, hops);
        }
        sio__proxies_free(proxies);
    }
}

/* As of the application's option: an address that is in the list is trusted. */
static void check_proxies(const char *value) {
    sio__proxies_t *proxies;
    int rc = sio__proxies_new(&proxies, value);
    CHECK(rc == 0 || rc == SIO_EINVAL);
    if (rc < 0)
        return;
    const char *cursor = value, *item;
    size_t length;
    while (sio__text_list_next(&cursor, &item, &length)) {
        char *address = fuzz_text(item, length);
        if (strchr(address, '/') == NULL && strcmp(address, "pipe") != 0)
            CHECK(sio__proxies_trust(proxies, address));
        free(address);
    }
    sio__proxies_free(proxies);
}

static void check_coding(const char *value) {
    static const sio__coding_t offered[] = {SIO__GZIP, SIO__DEFLATE, SIO__BROTLI};
    sio__coding_t best = sio__coding_choose(value, offered, 3);
    int liked = sio__coding_quality(value, best, best == SIO__IDENTITY);
    CHECK(best == SIO__IDENTITY || liked > 0);
    for (int coding = SIO__IDENTITY; coding < SIO__CODINGS; coding++) {
        int quality = sio__coding_quality(value, (sio__coding_t) coding, 0);
        CHECK(quality >= 0 && quality <= 1000);
        CHECK(coding == SIO__IDENTITY || best == SIO__IDENTITY || quality <= liked);
    }
}

/* An offer that is taken is one that is well formed, and the answer would be understood. */
static void check_extension(const char *value) {
    static const sio_deflate_options_t options[] = {
        {.enabled = 1},
        {.enabled = 1, .server_max_window_bits = 9, .client_max_window_bits = 10},
        {.enabled = 1, .server_no_context_takeover = 1, .client_no_context_takeover = 1},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        sio__deflate_params_t params, again;
        char reply[SIO__EXTENSION_REPLY], reply_again[SIO__EXTENSION_REPLY];
        if (!sio__extension_choose(value, &options[i], &params, reply))
            continue;
        int most = options[i].server_max_window_bits;
        CHECK(params.server_bits >= 8 && params.server_bits <= (most != 0 ? most : 15));
        most = options[i].client_max_window_bits;
        CHECK(params.client_bits >= 8 && params.client_bits <= (most != 0 ? most : 15));
        CHECK(sio__extension_valid(reply));
        CHECK(sio__extension_choose(reply, &options[i], &again, reply_again));
        CHECK(memcmp(&params, &again, sizeof(params)) == 0 && strcmp(reply, reply_again) == 0);
    }
    sio__extension_valid(value);
}

static void check_date(const char *value) {
    int64_t seconds, again;
    char date[SIO__DATE_LENGTH + 1];
    if (!sio__date_parse(value, &seconds))
        return;
    sio__date_format(date, seconds);
    CHECK(strlen(date) == SIO__DATE_LENGTH);
    CHECK(sio__date_parse(date, &again) && again == seconds);
}

static void check_list(const char *value) {
    const char *cursor = value, *item, *behind = value;
    size_t length;
    while (sio__text_list_next(&cursor, &item, &length)) {
        CHECK(length > 0 && item >= behind && memchr(item, ',', length) == NULL);
        CHECK(item[0] != ' ' && item[length - 1] != ' ');
        CHECK(sio__text_list_has(value, item, length, 0));
        CHECK(sio__text_list_has(value, item, length, 1));
        behind = item + length;
        CHECK(cursor >= behind);
    }
    CHECK(*cursor == '\0' && sio__text_equal_nocase(value, value));
}

static void check_value(char kind, const char *value) {
    switch (kind) {
    case 'f':
        check_forwarded(value);
        return;
    case 'p':
        check_proxies(value);
        return;
    case 'c':
        check_coding(value);
        return;
    case 'x':
        check_extension(value);
        return;
    case 'd':
        check_date(value);
        return;
    default:
        check_list(value);
    }
}

/* --- a block of headers ----------------------------------------------------------------------- */

/* The first letter is the name here, so that there are some of the same. */
static void put_header(sio__headbuf_t *head, const char *line, fuzz_cuts_t *cuts) {
    static const char *const names[] = {"Cookie", "X-A", "Host", "x-a", "Accept", "cookie"};
    const char *name = names[(unsigned char) line[0] % 6], *value = line + 1;
    size_t left = strlen(value);
    CHECK(sio__headbuf_name(head, name, 1) == 0);
    CHECK(sio__headbuf_put(head, name + 1, strlen(name) - 1) == 0);
    CHECK(sio__headbuf_name_end(head) == 0);
    while (left > 0) {
        size_t piece = fuzz_cut(cuts, left);
        CHECK(sio__headbuf_put(head, value, piece) == 0);
        value += piece;
        left -= piece;
    }
    CHECK(sio__headbuf_value_end(head) == 0);
}

static void check_kept(const sio__head_t *head) {
    size_t size = sio__kept_size(head);
    void *block = malloc(size);
    const char *name, *value, *kept_name, *kept_value;
    CHECK(block != NULL);
    sio__kept_write(block, head);
    const sio__kept_t *kept = block;
    CHECK(strcmp(sio__kept_url(kept), sio__head_url(head)) == 0);
    CHECK(strcmp(sio__kept_address(kept), sio__head_address(head)) == 0);
    for (size_t i = 0; sio__head_header_at(head, i, &name, &value); i++) {
        CHECK(sio__kept_header_at(kept, i, &kept_name, &kept_value));
        CHECK(strcmp(name, kept_name) == 0 && strcmp(value, kept_value) == 0);
        const char *joined = sio__head_header(head, name);
        CHECK(joined != NULL && strcmp(sio__kept_header(kept, name), joined) == 0);
        CHECK(sio__head_repeated(head, name) > 0);
    }
    CHECK(!sio__kept_header_at(kept, head->count, &name, &value));
    free(block);
}

static void check_headers(const char *text, fuzz_cuts_t *cuts) {
    sio__headbuf_t head = {0};
    CHECK(sio__headbuf_begin(&head) == 0);
    CHECK(sio__headbuf_put(&head, "/a?b", 4) == 0 && sio__headbuf_url_end(&head) == 0);
    for (const char *at = text; *at != '\0'; at += strspn(at, "\n")) {
        size_t length = strcspn(at, "\n");
        char *line = fuzz_text(at, length);
        at += length;
        if (line[0] != '\0')
            put_header(&head, line, cuts);
        free(line);
    }
    CHECK(sio__headbuf_finish(&head) == 0);
    CHECK(sio__headbuf_set_address(&head, "::1") == 0);
    check_kept(sio__headbuf_head(&head));
    CHECK(sio__headbuf_set_url(&head, sio__head_address(sio__headbuf_head(&head))) == 0);
    CHECK(strcmp(sio__head_url(sio__headbuf_head(&head)), "::1") == 0);
    sio__headbuf_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_cuts_t cuts = fuzz_cuts(data, size);
    char *text = fuzz_text(data, size);
    for (const char *at = text; *at != '\0'; at += strspn(at, "\n")) {
        size_t length = strcspn(at, "\n");
        char *line = fuzz_text(at, length);
        at += length;
        if (line[0] != '\0')
            check_value(line[0], line + 1);
        free(line);
    }
    check_headers(text, &cuts);
    free(text);
    return 0;
}
