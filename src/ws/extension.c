#include "ws/extension.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { DEFAULT_BITS = 15 };

/* --- the list --------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
} reader_t;

typedef struct {
    const char *text;
    size_t length;
} word_t;

static void skip_blanks(reader_t *reader) {
    reader->at += strspn(reader->at, " \t");
}

/* Takes this character, and the blanks before and behind it. */
static int take(reader_t *reader, char c) {
    skip_blanks(reader);
    if (*reader->at != c)
        return 0;
    reader->at++;
    skip_blanks(reader);
    return 1;
}

static int read_token(reader_t *reader, word_t *word) {
    word->text = reader->at;
    while (sio__text_is_token(*reader->at))
        reader->at++;
    word->length = (size_t) (reader->at - word->text);
    return word->length > 0;
}

/* A token, be it in quotes (RFC 6455 9.1). Escapes in it are understood as such and make a value
 * that no parameter of ours can have. */
static int read_value(reader_t *reader, word_t *word) {
    if (*reader->at != '"')
        return read_token(reader, word);
    word->text = ++reader->at;
    while (sio__text_is_token(*reader->at) || (*reader->at == '\\' && sio__text_is_token(reader->at[1])))
        reader->at += *reader->at == '\\' ? 2 : 1;
    word->length = (size_t) (reader->at - word->text);
    return word->length > 0 && *reader->at++ == '"';
}

/* The next parameter of an extension: 1, 0 at its end, -1: malformed. Without a value its text is
 * NULL. */
static int next_param(reader_t *reader, word_t *name, word_t *value) {
    *value = (word_t){NULL, 0};
    if (!take(reader, ';'))
        return 0;
    if (!read_token(reader, name))
        return -1;
    if (take(reader, '=') && !read_value(reader, value))
        return -1;
    return 1;
}

/* The next extension: 1, 0 at the end of the list, -1: malformed. Its parameters are to be read
 * then. */
static int next_extension(reader_t *reader, word_t *name) {
    while (take(reader, ','))
        ; /* empty members count for nothing (RFC 9110 5.6.1) */
    skip_blanks(reader);
    if (*reader->at == '\0')
        return 0;
    return read_token(reader, name) ? 1 : -1;
}

static int is_word(const word_t *word, const char *text) {
    return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

/* Between two members there is a comma. */
static int at_border(reader_t *reader) {
    skip_blanks(reader);
    return *reader->at == ',' || *reader->at == '\0';
}

int sio__extension_valid(const char *header) {
    reader_t reader = {header};
    word_t name, value;
    int more;
    while ((more = next_extension(&reader, &name)) > 0) {
        while ((more = next_param(&reader, &name, &value)) > 0)
            ;
        if (more < 0 || !at_border(&reader))
            return 0;
    }
    return more == 0;
}

/* --- an offer --------------------------------------------------------------------------------- */

/* What a client offers; bits 0: not named. */
typedef struct {
    int server_fresh, client_fresh;
    int server_bits, client_bits;
    int has_server_bits, has_client_bits;
} offer_t;

/* 8 to 15 without leading zeros (RFC 7692 7.1.2), else 0. */
static int read_bits(const word_t *value) {
    const char *text = value->text;
    if (value->length == 1 && (*text == '8' || *text == '9'))
        return *text - '0';
    if (value->length == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
        return 10 + text[1] - '0';
    return 0;
}

static int set_flag(int *flag, const word_t *value) {
    int good = !*flag && value->text == NULL;
    *flag = 1;
    return good;
}

/* Nonzero unless the parameter spoils the offer (7.1). */
static int take_param(offer_t *offer, const word_t *name, const word_t *value) {
    if (is_word(name, "server_no_context_takeover"))
        return set_flag(&offer->server_fresh, value);
    if (is_word(name, "client_no_context_takeover"))
        return set_flag(&offer->client_fresh, value);
    if (is_word(name, "server_max_window_bits")) {
        offer->server_bits = read_bits(value);
        return offer->has_server_bits++ == 0 && offer->server_bits != 0;
    }
    if (is_word(name, "client_max_window_bits")) { /* without a value: I know the parameter */
        offer->client_bits = value->text != NULL ? read_bits(value) : DEFAULT_BITS;
        return offer->has_client_bits++ == 0 && offer->client_bits != 0;
    }
    return 0;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Nonzero if it can be taken. */
static int agree(const offer_t *offer, const sio_deflate_options_t *options,
                 sio__deflate_params_t *params) {
    int server = options->server_max_window_bits, client = options->client_max_window_bits;
    if (client != 0 && client != DEFAULT_BITS && !offer->has_client_bits)
        return 0; /* it cannot be told to take a smaller one (7.1.2.2) */
    server = server != 0 ? server : DEFAULT_BITS;
    client = client != 0 ? client : DEFAULT_BITS;
    if (offer->has_server_bits)
        server = least(server, offer->server_bits);
    if (offer->has_client_bits)
        client = least(client, offer->client_bits);
    *params = (sio__deflate_params_t){
        .server_bits = (uint8_t) server,
        .client_bits = (uint8_t) client,
        .server_fresh = offer->server_fresh || options->server_no_context_takeover,
        .client_fresh = offer->client_fresh || options->client_no_context_takeover,
    };
    return 1;
}

static void write_reply(char reply[SIO__EXTENSION_REPLY], const offer_t *offer,
                        const sio__deflate_params_t *params) {
    char server[32] = "", client[32] = "";
    if (offer->has_server_bits || params->server_bits != DEFAULT_BITS)
        snprintf(server, sizeof(server), "; server_max_window_bits=%d", params->server_bits);
    if (params->client_bits != DEFAULT_BITS)
        snprintf(client, sizeof(client), "; client_max_window_bits=%d", params->client_bits);
    snprintf(reply, SIO__EXTENSION_REPLY, "permessage-deflate%s%s%s%s",
             params->server_fresh ? "; server_no_context_takeover" : "",
             params->client_fresh ? "; client_no_context_takeover" : "", server, client);
}

int sio__extension_choose(const char *header, const sio_deflate_options_t *options,
                          sio__deflate_params_t *params, char reply[SIO__EXTENSION_REPLY]) {
    reader_t reader = {header};
    word_t extension, name, value;
    while (next_extension(&reader, &extension) > 0) {
        offer_t offer = {0};
        int good = is_word(&extension, "permessage-deflate"), more;
        while ((more = next_param(&reader, &name, &value)) > 0)
            good = good && take_param(&offer, &name, &value);
        if (more < 0 || !at_border(&reader))
            return 0;
        if (good && agree(&offer, options, params)) {
            write_reply(reply, &offer, params);
            return 1;
        }
    }
    return 0;
}
