/*
 * JSON text to MessagePack. A container's head says how many elements follow, so these are counted
 * before anything is written, all in one pass.
 */
#include "sio/jsontext.h"
#include "sio/msgpack.h"
#include "sio/number.h"
#include <msgpack.h>
#include <sio/error.h>

/* Of an array or object, in the order of their opening brackets. */
typedef struct {
    size_t count;
    size_t parent;
} container_t;

typedef struct {
    msgpack_packer packer;
    sio__writer_t *writer;
    sio__scratch_t *texts;
    const sio_packet_t *packet;
    const container_t *next; /* whose head is to be written */
} pack_t;

static int put(void *data, const char *bytes, size_t length) {
    sio__writer_put(data, bytes, length);
    return 0; /* the writer remembers a failure */
}

/* --- counting ----------------------------------------------------------------------------- */

/* Nonzero if a binary's placeholder is at *at, which is then behind it. */
static int placeholder(const pack_t *pack, const char **at, const char *end, size_t *num) {
    return pack->packet->binary_count > 0 && sio__json_placeholder(*at, end, num, at);
}

static size_t count_containers(const sio_packet_t *packet) {
    size_t count = 0;
    if (packet->data_length == 0) /* there may be no pointer to it either */
        return 0;
    const char *at = packet->data, *end = at + packet->data_length;
    while (at < end) {
        count += *at == '[' || *at == '{';
        at = *at == '"' ? sio__json_quote(at, end) + 1 : at + 1;
    }
    return count;
}

static void count_elements(const pack_t *pack, container_t *containers) {
    const char *at = pack->packet->data, *end = at + pack->packet->data_length;
    size_t current = 0, opened = 0, num;
    while (at < end) {
        if (*at == '"') {
            at = sio__json_quote(at, end) + 1;
            continue;
        }
        if (*at == '{' && placeholder(pack, &at, end, &num))
            continue;
        if (*at == '[' || *at == '{') {
            const char *inner = sio__json_blanks(at + 1, end);
            containers[opened] = (container_t){*inner != ']' && *inner != '}', current};
            current = opened++;
        } else if (*at == ']' || *at == '}') {
            current = containers[current].parent;
        } else if (*at == ',') {
            containers[current].count++;
        }
        at++;
    }
}

/* --- values ------------------------------------------------------------------------------- */

static int pack_text(pack_t *pack, const char *text, size_t length) {
    if (length > UINT32_MAX)
        return SIO_ETOOBIG;
    msgpack_pack_str_with_body(&pack->packer, text, length);
    return 0;
}

/* The string between two quotes. */
static int pack_string(pack_t *pack, const char *text, size_t length) {
    if (memchr(text, '\\', length) == NULL)
        return pack_text(pack, text, length);
    char *plain = (char *) sio__scratch_alloc(pack->texts, length);
    if (plain == NULL)
        return SIO_ENOMEM;
    return pack_text(pack, plain, sio__json_unescape(plain, text, length, SIO__JSON_KEEP_NUL));
}

static int pack_binary(pack_t *pack, size_t num) {
    if (num >= pack->packet->binary_count)
        return SIO_EINVAL;
    const sio_binary_t *binary = &pack->packet->binaries[num];
    if (binary->length > UINT32_MAX)
        return SIO_ETOOBIG;
    msgpack_pack_bin(&pack->packer, binary->length);
    sio__writer_put(pack->writer, binary->data, binary->length);
    return 0;
}

/* Nonzero if the text is that of an integer which only an unsigned one can hold. */
static int read_unsigned(const char *text, size_t length, uint64_t *value) {
    *value = 0;
    if (!sio__number_plain(text, length) || *text == '-')
        return 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned) (text[i] - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return 0;
        *value = *value * 10 + digit;
    }
    return 1;
}

/* As notepack does: what is integral becomes an integer of the shortest form, all else a double. */
static void pack_number(pack_t *pack, const char *text, size_t length) {
    int64_t integer;
    uint64_t large;
    if (sio__number_read_int(text, length, &integer) == 0)
        msgpack_pack_int64(&pack->packer, integer);
    else if (read_unsigned(text, length, &large))
        msgpack_pack_uint64(&pack->packer, large);
    else
        msgpack_pack_double(&pack->packer, sio__number_read(text, length));
}

/* A number, true, false or null. */
static const char *pack_word(pack_t *pack, const char *at, const char *end) {
    const char *after = sio__json_skip(at, end);
    if (*at == 't')
        msgpack_pack_true(&pack->packer);
    else if (*at == 'f')
        msgpack_pack_false(&pack->packer);
    else if (*at == 'n')
        msgpack_pack_nil(&pack->packer);
    else
        pack_number(pack, at, (size_t) (after - at));
    return after;
}

/* All of the data: keys are strings like others, and closing brackets mean nothing here. */
static int pack_data(pack_t *pack) {
    const char *at = pack->packet->data, *end = at + pack->packet->data_length;
    size_t num;
    int rc = 0;
    while (at < end && rc == 0) {
        switch (*at) {
        case '"': {
            const char *quote = sio__json_quote(at, end);
            rc = pack_string(pack, at + 1, (size_t) (quote - at - 1));
            at = quote + 1;
            break;
        }
        case '{':
            if (placeholder(pack, &at, end, &num)) {
                rc = pack_binary(pack, num);
                break;
            }
            msgpack_pack_map(&pack->packer, pack->next++->count);
            at++;
            break;
        case '[':
            msgpack_pack_array(&pack->packer, pack->next++->count);
            at++;
            break;
        case ']': case '}': case ',': case ':': case ' ': case '\t': case '\n': case '\r':
            at++;
            break;
        default:
            at = pack_word(pack, at, end);
        }
    }
    return rc;
}

/* --- packets ------------------------------------------------------------------------------ */

static void pack_key(pack_t *pack, const char *key) {
    msgpack_pack_str_with_body(&pack->packer, key, strlen(key));
}

static void pack_id(pack_t *pack) {
    if (pack->packet->id < 0)
        return;
    pack_key(pack, "id");
    msgpack_pack_int64(&pack->packer, pack->packet->id);
}

/* In the order in which Node's server sets the members. */
int sio__msgpack_write(sio__writer_t *writer, sio__scratch_t *texts, const sio_packet_t *packet) {
    pack_t pack = {.writer = writer, .texts = texts, .packet = packet};
    int rc = 0;
    size_t count = count_containers(packet);
    container_t *containers = NULL;
    if (count > 0) {
        containers = sio__scratch_memory(texts, count * sizeof(*containers));
        if (containers == NULL)
            return SIO_ENOMEM;
        count_elements(&pack, containers);
    }
    pack.next = containers;
    msgpack_packer_init(&pack.packer, writer, put);
    msgpack_pack_map(&pack.packer, (size_t) 2 + (packet->data_length > 0) + (packet->id >= 0));
    if (packet->type == SIO_PACKET_ACK)
        pack_id(&pack);
    pack_key(&pack, "type");
    msgpack_pack_int64(&pack.packer, packet->type);
    if (packet->data_length > 0) {
        pack_key(&pack, "data");
        rc = pack_data(&pack);
    }
    if (packet->type != SIO_PACKET_ACK)
        pack_id(&pack);
    pack_key(&pack, "nsp");
    return rc < 0 ? rc : pack_text(&pack, packet->nsp, packet->nsp_length);
}
