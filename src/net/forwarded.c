#include "net/forwarded.h"
#include "base/text.h"
#include <sio/error.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Addresses are compared as IPv6 ones, IPv4 in its mapped form. */
typedef struct {
    unsigned char address[16];
    unsigned bits;
} network_t;

struct sio__proxies_s {
    int pipe;
    size_t count;
    network_t networks[];
};

static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Reads an IPv4 or IPv6 address; its family, or 0 if it is none. A mapped address counts as
 * IPv4. */
static int read_address(const char *text, size_t length, unsigned char address[16]) {
    char copy[SIO__ADDRESS_SIZE];
    if (length == 0 || length >= sizeof(copy))
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (uv_inet_pton(AF_INET, copy, address + 12) == 0) {
        memcpy(address, mapped_prefix, sizeof(mapped_prefix));
        return AF_INET;
    }
    if (uv_inet_pton(AF_INET6, copy, address) != 0)
        return 0;
    return memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0 ? AF_INET : AF_INET6;
}

static int write_address(const unsigned char address[16], int family, char *text) {
    return uv_inet_ntop(family, family == AF_INET ? address + 12 : address, text,
                        SIO__ADDRESS_SIZE);
}

/* "10.0.0.0/8": 0 or SIO_EINVAL. */
static int read_network(const char *text, size_t length, network_t *network) {
    const char *slash = memchr(text, '/', length);
    size_t address_length = slash != NULL ? (size_t) (slash - text) : length;
    int family = read_address(text, address_length, network->address);
    if (family == 0)
        return SIO_EINVAL;
    network->bits = 128;
    if (slash == NULL)
        return 0;
    unsigned bits = 0;
    const char *digit = slash + 1, *end = text + length;
    if (digit == end || end - digit > 3)
        return SIO_EINVAL;
    for (; digit < end; digit++) {
        if (*digit < '0' || *digit > '9')
            return SIO_EINVAL;
        bits = bits * 10 + (unsigned) (*digit - '0');
    }
    /* ::ffff:10.0.0.0/104 counts in IPv6 bits, 10.0.0.0/8 in IPv4 ones. */
    if (family == AF_INET && memchr(text, ':', address_length) == NULL)
        bits += 96;
    if (bits > 128)
        return SIO_EINVAL;
    network->bits = bits;
    return 0;
}

int sio__proxies_new(sio__proxies_t **out, const char *list) {
    const char *cursor = list, *item;
    size_t length, count = 0;
    while (sio__text_list_next(&cursor, &item, &length))
        count++;
    sio__proxies_t *proxies = calloc(1, sizeof(*proxies) + count * sizeof(network_t));
    if (proxies == NULL)
        return SIO_ENOMEM;
    cursor = list;
    while (sio__text_list_next(&cursor, &item, &length)) {
        if (length == 4 && memcmp(item, "pipe", 4) == 0) {
            proxies->pipe = 1;
        } else if (read_network(item, length, &proxies->networks[proxies->count]) == 0) {
            proxies->count++;
        } else {
            free(proxies);
            return SIO_EINVAL;
        }
    }
    *out = proxies;
    return 0;
}

void sio__proxies_free(sio__proxies_t *proxies) {
    free(proxies);
}

static int in_network(const network_t *network, const unsigned char address[16]) {
    unsigned bytes = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address, address, bytes) != 0)
        return 0;
    return rest == 0 || ((network->address[bytes] ^ address[bytes]) >> (8 - rest)) == 0;
}

int sio__proxies_trust(const sio__proxies_t *proxies, const char *address) {
    unsigned char bytes[16];
    if (proxies == NULL || (proxies->count == 0 && !proxies->pipe))
        return 0;
    if (address[0] == '\0')
        return proxies->pipe;
    if (read_address(address, strlen(address), bytes) == 0)
        return 0;
    for (size_t i = 0; i < proxies->count; i++)
        if (in_network(&proxies->networks[i], bytes))
            return 1;
    return 0;
}

/* The item before `*end` in a comma-separated list; nonzero if there is one. `*end` becomes
 * NULL with the first. */
static int list_previous(const char *list, const char **end, const char **item, size_t *length) {
    const char *stop = *end;
    if (stop == NULL)
        return 0;
    const char *start = stop;
    while (start > list && start[-1] != ',')
        start--;
    *end = start > list ? start - 1 : NULL;
    while (start < stop && (*start == ' ' || *start == '\t'))
        start++;
    while (stop > start && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    *item = start;
    *length = (size_t) (stop - start);
    return 1;
}

static int is_port(const char *text, size_t length) {
    if (length == 0 || length > 5)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return 0;
    return 1;
}

/* "1.2.3.4", "1.2.3.4:56", "::1", "[::1]", "[::1]:56", also in quotes: the address in its
 * usual form; nonzero if it is one. */
static int read_forwarded(const char *text, size_t length, char client[SIO__ADDRESS_SIZE]) {
    unsigned char bytes[16];
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    const char *end = text + length;
    const char *colon = memchr(text, ':', length);
    if (length > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', length);
        if (close == NULL)
            return 0;
        if (close + 1 < end && (close[1] != ':' || !is_port(close + 2, (size_t) (end - close - 2))))
            return 0;
        text++;
        length = (size_t) (close - text);
    } else if (colon != NULL && memchr(colon + 1, ':', (size_t) (end - colon - 1)) == NULL) {
        if (!is_port(colon + 1, (size_t) (end - colon - 1)))
            return 0;
        length = (size_t) (colon - text);
    }
    int family = read_address(text, length, bytes);
    return family != 0 && write_address(bytes, family, client) == 0;
}

size_t sio__forwarded_client(const sio__proxies_t *proxies, const char *peer,
                             const char *forwarded_for, char client[SIO__ADDRESS_SIZE]) {
    const char *end = forwarded_for != NULL ? forwarded_for + strlen(forwarded_for) : NULL;
    const char *item;
    size_t length, hops = 0;
    char next[SIO__ADDRESS_SIZE];
    strcpy(client, peer);
    while (sio__proxies_trust(proxies, client) &&
           list_previous(forwarded_for, &end, &item, &length) &&
           read_forwarded(item, length, next)) {
        strcpy(client, next);
        hops++;
    }
    return hops;
}

int sio__forwarded_secure(const char *forwarded_proto, size_t hops) {
    const char *end = forwarded_proto != NULL ? forwarded_proto + strlen(forwarded_proto) : NULL;
    const char *item;
    size_t length;
    int secure = 0;
    if (hops == 0)
        hops = 1;
    /* A proxy that passes the header on unchanged leaves fewer entries than there are addresses. */
    while (hops-- > 0 && list_previous(forwarded_proto, &end, &item, &length))
        secure = sio__text_list_has("https", item, length, 1);
    return secure;
}
