/* The msgpack parser [A2], against bytes that notepack 2.2 (of npm's socket.io-msgpack-parser) has
 * made. */
#include "sio/msgpack.h"
#include "codec.h"
#include "sio/value.h"
#include "ws/frame.h"
#include <stdio.h>

static sio__scratch_t *arena, *texts;

static int setup(void **state) {
    (void) state;
    arena = sio__scratch_new();
    texts = sio__scratch_new();
    return arena == NULL || texts == NULL;
}

static int teardown(void **state) {
    (void) state;
    sio__scratch_free(arena);
    sio__scratch_free(texts);
    return 0;
}

static size_t from_hex(unsigned char *bytes, const char *hex) {
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (unsigned char) byte;
    }
    return length;
}

/* "type" 2, "data" and "nsp" "/" around the hexadecimal text of the data. */
#define EVENT(data) "83a47479706502a464617461" data "a36e7370a12f"
#define PLACE(n) "{\"_placeholder\":true,\"num\":" #n "}"

typedef struct {
    const char *hex;
    const char *data; /* JSON text */
} pair_t;

/* The same in both directions. */
static const pair_t pairs[] = {
    {EVENT("9ba165007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000"
           "cf001fffffffffffff"),
     "[\"e\",0,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991]"},
    {EVENT("9aa165ffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffff"),
     "[\"e\",-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649]"},
    {EVENT("94a165cb3ff8000000000000cbbfb999999999999acb0000000000000001"),
     "[\"e\",1.5,-0.1,5e-324]"},
    {EVENT("96a165c0c3c29080"), "[\"e\",null,true,false,[],{}]"},
    {EVENT("93a9c3bce282acf09f9880a0bf" "6161616161616161616161616161616161616161616161616161616161"
           "6161"), "[\"ü€😀\",\"\",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]"},
    {EVENT("91d9206262626262626262626262626262626262626262626262626262626262626262"),
     "[\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"]"},
    {EVENT("92a16583a161920181a162929081a16380a1649f000000000000000000000000000000a166dc0010"
           "01010101010101010101010101010101"),
     "[\"e\",{\"a\":[1,{\"b\":[[],{\"c\":{}}]}],\"d\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"
     "\"f\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}]"},
    {EVENT("93a165cf8000000000000000cfffffffffffffffff"),
     "[\"e\",9223372036854775808,18446744073709551615]"},
    {EVENT("93a165cf7fffffffffffffffd38000000000000000"),
     "[\"e\",9223372036854775807,-9223372036854775808]"},
};

static int read_bytes(sio__packet_t *packet, sio__attachments_t *binaries,
                      const unsigned char *bytes, size_t length, const char **why) {
    unsigned char *block = malloc(length > 0 ? length : 1); /* ASan sees a byte read too much */
    assert_non_null(block);
    if (length > 0)
        memcpy(block, bytes, length);
    int rc = sio__msgpack_read(packet, binaries, arena, block, length, SIO__VALUE_DEPTH, why);
    /* What points into the block: the binaries. */
    for (size_t i = 0; rc == 0 && i < binaries->count; i++) {
        size_t at = (size_t) ((const unsigned char *) binaries->list[i].data - block);
        binaries->list[i].data = bytes + at;
    }
    free(block);
    return rc;
}

static void expect_data(const char *hex, const char *data) {
    static unsigned char bytes[4096];
    sio__packet_t packet;
    sio__attachments_t binaries;
    const char *why = NULL;
    size_t length = from_hex(bytes, hex);
    int rc = read_bytes(&packet, &binaries, bytes, length, &why);
    if (rc < 0)
        fail_msg("%s: %s", hex, why);
    assert_slice(&packet.data, data);
    assert_slice(&packet.nsp, "/");
    assert_int_equal(packet.type, SIO__EVENT);
    assert_int_equal(packet.id, -1);
    if (packet.data.length > 0)
        assert_int_equal(sio__packet_check(&packet, SIO__VALUE_DEPTH, &why), 0);
    sio__attachments_free(&binaries);
    sio__scratch_reset(arena);
}

static const sio__frame_t *write_packet(const sio_packet_t *packet, int expected) {
    static sio__frame_t frame;
    sio__writer_t writer;
    sio__writer_begin(&writer, arena, 0);
    assert_int_equal(sio__msgpack_write(&writer, texts, packet), expected);
    frame.payload = sio__writer_end(&writer, &frame.payload_length);
    assert_non_null(frame.payload);
    sio__scratch_reset(texts);
    return &frame;
}

static void expect_bytes(const sio_packet_t *packet, const char *hex) {
    static unsigned char bytes[4096];
    size_t length = from_hex(bytes, hex);
    const sio__frame_t *frame = write_packet(packet, 0);
    assert_int_equal(frame->payload_length, length);
    assert_memory_equal(frame->payload, bytes, length);
    sio__scratch_reset(arena);
}

static sio_packet_t packet_of(sio_packet_type_t type, const char *nsp, int64_t id,
                              const char *data) {
    return (sio_packet_t){type, nsp, strlen(nsp), id, data, strlen(data), NULL, 0};
}

/* [A2] */
static void values_in_both_directions(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        sio_packet_t packet = packet_of(SIO_PACKET_EVENT, "/", -1, pairs[i].data);
        expect_data(pairs[i].hex, pairs[i].data);
        expect_bytes(&packet, pairs[i].hex);
    }
}

/* [A2] */
static void packets_as_nodes_server_has_them(void **state) {
    sio_packet_t packet = packet_of(SIO_PACKET_ACK, "/n", 7, "[\"ok\"]");
    (void) state;
    expect_bytes(&packet, "84a2696407a47479706503a46461746191a26f6ba36e7370a22f6e");
    packet = packet_of(SIO_PACKET_EVENT, "/", 300, "[\"e\"]");
    expect_bytes(&packet, "84a47479706502a46461746191a165a26964cd012ca36e7370a12f");
    packet = packet_of(SIO_PACKET_DISCONNECT, "/n", -1, "");
    expect_bytes(&packet, "82a47479706501a36e7370a22f6e");
    packet = packet_of(SIO_PACKET_CONNECT_ERROR, "/n", -1,
                       "{\"message\":\"x\",\"data\":{\"c\":1}}");
    expect_bytes(&packet, "83a47479706504a46461746182a76d657373616765a178a46461746181a16301"
                          "a36e7370a22f6e");
}

/* What JSON spells in another way than JSON.stringify. */
static void spellings(void **state) {
    sio_packet_t packet = packet_of(SIO_PACKET_EVENT, "/", -1,
                                    " [ \"\\u0065\" , 1.0 , 1e2 , -0 , 1e300 , 1e400,"
                                    " \"\\u0000\\ud83d\\ude00\\\"[,\" , { \"k\\n\" : [ ] } ] ");
    (void) state;
    expect_bytes(&packet, EVENT("98a165016400cb7e37e43c8800759ccb7fefffffffffffff"
                                "a800f09f9880225b2c" "81a26b0a90"));
}

/* [A2] */
static void binaries(void **state) {
    static unsigned char bytes[300];
    static const char hex[] = EVENT("93a165c402010281a16291c400");
    static const char data[] = "[\"e\"," PLACE(0) ",{\"b\":[" PLACE(1) "]}]";
    sio_binary_t list[] = {{"\1\2", 2}, {NULL, 0}};
    sio_packet_t out = packet_of(SIO_PACKET_EVENT, "/", -1, data);
    sio__packet_t packet;
    sio__attachments_t got;
    const char *why;
    (void) state;
    out.binaries = list;
    out.binary_count = 2;
    expect_bytes(&out, hex);
    expect_data(hex, data);
    size_t length = from_hex(bytes, hex);
    assert_int_equal(read_bytes(&packet, &got, bytes, length, &why), 0);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.list[0].length, 2);
    assert_memory_equal(got.list[0].data, "\1\2", 2);
    assert_int_equal(got.list[1].length, 0);
    sio__attachments_free(&got);
    /* The browser's ArrayBuffer, and other ext. */
    expect_data(EVENT("92a165c7010009"), "[\"e\"," PLACE(0) "]");
    expect_data(EVENT("92a165c80002000909"), "[\"e\"," PLACE(0) "]");
    expect_data(EVENT("92a165c9000000010009"), "[\"e\"," PLACE(0) "]");
    expect_data(EVENT("94a165d40509d5ff0102c7010909"),
                "[\"e\",[5," PLACE(0) "],[-1," PLACE(1) "],[9," PLACE(2) "]]");
    /* What looks like a placeholder where nothing is. */
    out.data = "[\"e\"," PLACE(2) "]";
    out.data_length = strlen(out.data);
    write_packet(&out, SIO_EINVAL);
    out.binary_count = 0;
    write_packet(&out, 0);
    sio__scratch_reset(arena);
}

/* [A2] */
static void what_javascript_has_and_json_has_not(void **state) {
    (void) state;
    expect_data(EVENT("97a165d7000000000000000000d700ffffffffffffffffd700000000dd9aa6e07b"
                      "d700001eb208c2dc0000d700ffffc76e394a73ffd7007fffffffffffffff"),
                "[\"e\",\"1970-01-01T00:00:00.000Z\",\"1969-12-31T23:59:59.999Z\","
                "\"2000-02-29T00:00:00.123Z\",\"+275760-09-13T00:00:00.000Z\","
                "\"-000002-12-31T23:59:59.999Z\",null]");
    expect_data(EVENT("93a165d4000083a161d40000a16201a163d40000"), "[\"e\",null,{\"b\":1}]");
    expect_data(EVENT("94a165cb7ff8000000000000cb7ff0000000000000ca3fc00000"),
                "[\"e\",null,null,1.5]");
    expect_data(EVENT("92a1658201a161ffa162"), "[\"e\",{\"1\":\"a\",\"-1\":\"b\"}]");
    expect_data(EVENT("92a165a3ff2201"), "[\"e\",\"\xef\xbf\xbd\\\"\\u0001\"]");
    expect_data("82a47479706502a36e7370a12f", "");
    expect_data(EVENT("d40000"), "");
}

/* [A2] Any order, unknown keys, an id and a type that are doubles, of repeated keys the last. */
static void fields(void **state) {
    static unsigned char bytes[256];
    sio__packet_t packet;
    sio__attachments_t list;
    const char *why;
    (void) state;
    size_t length = from_hex(bytes, "88" "a36e7370a22f61" "a7" "6f7074696f6e73" "81a178c40100"
                                    "a464617461" "91c40100" "05" "c0" "a464617461" "92a16bc4020304"
                                    "a26964" "cb401c000000000000" "a474797065" "cb4000000000000000"
                                    "a36e7370a22f62");
    assert_int_equal(read_bytes(&packet, &list, bytes, length, &why), 0);
    assert_int_equal(packet.type, SIO__EVENT);
    assert_int_equal(packet.id, 7);
    assert_slice(&packet.nsp, "/b");
    assert_slice(&packet.data, "[\"k\"," PLACE(0) "]");
    assert_int_equal(list.count, 1);
    assert_int_equal(list.list[0].length, 2);
    sio__attachments_free(&list);
    sio__scratch_reset(arena);
    length = from_hex(bytes, "84a47479706501a26964d40000a36e7370a3ff2f61a464617461d40000");
    assert_int_equal(read_bytes(&packet, &list, bytes, length, &why), 0);
    assert_slice(&packet.nsp, "\xef\xbf\xbd/a");
    assert_int_equal(packet.id, -1);
    sio__attachments_free(&list);
    sio__scratch_reset(arena);
}

static void expect_refused(const unsigned char *bytes, size_t length, const char *why) {
    sio__packet_t packet;
    sio__attachments_t list;
    const char *text = NULL;
    assert_int_equal(read_bytes(&packet, &list, bytes, length, &text), SIO_EPROTO);
    assert_non_null(text);
    if (why != NULL)
        assert_string_equal(text, why);
    sio__attachments_free(&list);
    sio__scratch_reset(arena);
}

/* [A2, P9] */
static void malformed(void **state) {
    static const struct {
        const char *hex, *why;
    } wrongs[] = {
        {"", "message ends within a value"},
        {"c1", "byte c1 begins no value"},
        {"01", "invalid packet type"},
        {"90", "invalid packet type"},
        {"80", "invalid packet type"},
        {"81a36e7370a12f", "invalid packet type"},
        {"82a47479706505a36e7370a12f", "invalid packet type"},
        {"82a474797065ffa36e7370a12f", "invalid packet type"},
        {"82a474797065cb3ff8000000000000a36e7370a12f", "invalid packet type"},
        {"82a474797065c0a36e7370a12f", "invalid packet type"},
        {"81a47479706502", "invalid namespace"},
        {"82a47479706502a36e737001", "invalid namespace"},
        {"83a47479706502a36e7370a12fa26964ff", "invalid packet id"},
        {"83a47479706502a36e7370a12fa26964c0", "invalid packet id"},
        {"83a47479706502a36e7370a12fa26964cf0020000000000000", "invalid packet id"},
        {"83a47479706502a36e7370a12fa26964a131", "invalid packet id"},
        {"82a47479706502a36e7370a12f00", "trailing bytes"},
        {"8190c0", "a key that is neither text nor integer"},
        {EVENT("91" "81c001"), "a key that is neither text nor integer"},
        {EVENT("91c1"), "byte c1 begins no value"},
        /* Declared and not there. */
        {"df" "ffffffff", "more elements than the message holds"},
        {EVENT("ddffffffff"), "more elements than the message holds"},
        {EVENT("dcffff"), "more elements than the message holds"},
        {EVENT("91dfffffffff"), "more elements than the message holds"},
        {EVENT("91dbffffffff"), "value longer than the message"},
        {EVENT("91c6ffffffff"), "value longer than the message"},
        {EVENT("91c9ffffffff01"), "value longer than the message"},
        {EVENT("91d801"), "value longer than the message"},
    };
    unsigned char bytes[256];
    (void) state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
        expect_refused(bytes, from_hex(bytes, wrongs[i].hex), wrongs[i].why);
}

/* [A2] Every beginning of a packet is none. */
static void cut_off_anywhere(void **state) {
    static unsigned char bytes[4096];
    (void) state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t length = from_hex(bytes, pairs[i].hex);
        for (size_t cut = 0; cut < length; cut++)
            expect_refused(bytes, cut, NULL);
    }
}

/* [A2] Any byte in the place of any other: an answer, and no more memory than there is. */
static void every_byte_wrong(void **state) {
    static const char hex[] = EVENT("96a165c4020102d70000000000000000c881a162cb3ff80000000000009201"
                                    "d40000");
    unsigned char bytes[128];
    sio__packet_t packet;
    sio__attachments_t list;
    const char *why;
    (void) state;
    size_t length = from_hex(bytes, hex);
    for (size_t at = 0; at < length; at++) {
        unsigned char good = bytes[at];
        for (unsigned byte = 0; byte < 256; byte++) {
            bytes[at] = (unsigned char) byte;
            if (read_bytes(&packet, &list, bytes, length, &why) == 0)
                sio__packet_check(&packet, SIO__VALUE_DEPTH, &why);
            sio__attachments_free(&list);
            sio__scratch_reset(arena);
        }
        bytes[at] = good;
    }
}

/* [A2] `levels` arrays in each other are the data. */
static size_t nested(unsigned char *bytes, size_t levels) {
    unsigned char *at = bytes;
    memcpy(at, "\x83\xa4type\x02\xa3nsp\xa1/\xa4" "data", 18);
    at += 18;
    memset(at, 0x91, levels - 1);
    at += levels - 1;
    *at++ = 0x90;
    return (size_t) (at - bytes);
}

static void deep_nesting(void **state) {
    static unsigned char bytes[100000];
    static char text[2 * SIO__VALUE_DEPTH + 1];
    sio__packet_t packet;
    sio__attachments_t list;
    const char *why;
    (void) state;
    size_t length = nested(bytes, SIO__VALUE_DEPTH);
    assert_int_equal(read_bytes(&packet, &list, bytes, length, &why), 0);
    assert_int_equal(packet.data.length, 2 * SIO__VALUE_DEPTH);
    sio__attachments_free(&list);
    sio__scratch_reset(arena);
    expect_refused(bytes, nested(bytes, SIO__VALUE_DEPTH + 1), "nested too deeply");
    expect_refused(bytes, nested(bytes, 99000), "nested too deeply");
    for (uint32_t most = 1; most <= 3; most++) {
        length = nested(bytes, 2);
        int rc = sio__msgpack_read(&packet, &list, arena, bytes, length, most, &why);
        assert_int_equal(rc, most >= 2 ? 0 : SIO_EPROTO);
        assert_true(rc == 0 || why == sio__too_deep);
        sio__attachments_free(&list);
        sio__scratch_reset(arena);
    }
    /* Out, each head in its place. */
    memset(text, '[', SIO__VALUE_DEPTH);
    memset(text + SIO__VALUE_DEPTH, ']', SIO__VALUE_DEPTH);
    sio_packet_t out = packet_of(SIO_PACKET_EVENT, "/", -1, text);
    const sio__frame_t *frame = write_packet(&out, 0);
    assert_int_equal(frame->payload_length, 12 + SIO__VALUE_DEPTH + 6);
    assert_int_equal(frame->payload[12], 0x91);
    assert_int_equal(frame->payload[12 + SIO__VALUE_DEPTH - 1], 0x90);
    sio__scratch_reset(arena);
}

/* [A2] Heads of 16 and 32 bits, there and back. */
static void large_containers(void **state) {
    static const size_t counts[] = {15, 16, 65535, 65536};
    static char text[400000];
    sio__packet_t packet;
    sio__attachments_t list;
    const char *why;
    (void) state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        for (int strings = 0; strings < 2; strings++) {
            char *at = text;
            *at++ = '[';
            if (strings)
                *at++ = '"';
            for (size_t j = 0; j < counts[i]; j++) {
                if (j > 0 && !strings)
                    *at++ = ',';
                *at++ = '7';
            }
            if (strings)
                *at++ = '"';
            *at++ = ']';
            *at = '\0';
            sio_packet_t out = packet_of(SIO_PACKET_ACK, "/", 1, text);
            const sio__frame_t *frame = write_packet(&out, 0);
            unsigned char *bytes = malloc(frame->payload_length);
            memcpy(bytes, frame->payload, frame->payload_length);
            assert_int_equal(read_bytes(&packet, &list, bytes, frame->payload_length, &why), 0);
            assert_slice(&packet.data, text);
            free(bytes);
            sio__attachments_free(&list);
            sio__scratch_reset(arena);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_both_directions),
        cmocka_unit_test(packets_as_nodes_server_has_them),
        cmocka_unit_test(spellings),
        cmocka_unit_test(binaries),
        cmocka_unit_test(what_javascript_has_and_json_has_not),
        cmocka_unit_test(fields),
        cmocka_unit_test(malformed),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(every_byte_wrong),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(large_containers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
