/* Packets [P1, P5, P8-P10]: WIRE's examples, what is refused and in which words, beginnings of
 * all. */
#include "sio/packet.h"
#include "codec.h"
#include "sio/encode.h"
#include <stdio.h>


static const struct {
    const char *text;
    sio__packet_type_t type;
    uint32_t attachments;
    const char *nsp;
    int64_t id;
    const char *data;
} valid[] = {
    {"0", SIO__CONNECT, 0, "/", -1, ""},
    {"0{\"token\":\"x\"}", SIO__CONNECT, 0, "/", -1, "{\"token\":\"x\"}"},
    {"0/,", SIO__CONNECT, 0, "/", -1, ""},
    {"0/nsp", SIO__CONNECT, 0, "/nsp", -1, ""},
    {"0/nsp,", SIO__CONNECT, 0, "/nsp", -1, ""},
    {"0/nsp,{\"token\":\"x\"}", SIO__CONNECT, 0, "/nsp", -1, "{\"token\":\"x\"}"},
    {"0/nsp?token=abc&x=1,", SIO__CONNECT, 0, "/nsp?token=abc&x=1", -1, ""},
    {"1", SIO__DISCONNECT, 0, "/", -1, ""},
    {"1/nsp,", SIO__DISCONNECT, 0, "/nsp", -1, ""},
    {"1/nsp", SIO__DISCONNECT, 0, "/nsp", -1, ""},
    {"2[\"hi\",1]", SIO__EVENT, 0, "/", -1, "[\"hi\",1]"},
    {"2/nsp,12[\"q\",1]", SIO__EVENT, 0, "/nsp", 12, "[\"q\",1]"},
    {"20[\"q\"]", SIO__EVENT, 0, "/", 0, "[\"q\"]"},
    {"2007[\"q\"]", SIO__EVENT, 0, "/", 7, "[\"q\"]"},
    {"29007199254740991[\"q\"]", SIO__EVENT, 0, "/", INT64_C(9007199254740991), "[\"q\"]"},
    {"2[5,\"numeric\"]", SIO__EVENT, 0, "/", -1, "[5,\"numeric\"]"},
    {"2[-1.5]", SIO__EVENT, 0, "/", -1, "[-1.5]"},
    {"2[\"\"]", SIO__EVENT, 0, "/", -1, "[\"\"]"},
    {"2 [ \"hi\" ] ", SIO__EVENT, 0, "/", -1, " [ \"hi\" ] "},
    {"2[\"connection\"]", SIO__EVENT, 0, "/", -1, "[\"connection\"]"},
    {"2[\"disconnectin\\u0067s\"]", SIO__EVENT, 0, "/", -1, "[\"disconnectin\\u0067s\"]"},
    {"30[\"yes\"]", SIO__ACK, 0, "/", 0, "[\"yes\"]"},
    {"3/nsp,4[]", SIO__ACK, 0, "/nsp", 4, "[]"},
    {"30[\"connect\"]", SIO__ACK, 0, "/", 0, "[\"connect\"]"},
    {"4/nope,{\"message\":\"Invalid namespace\"}", SIO__CONNECT_ERROR, 0, "/nope", -1,
     "{\"message\":\"Invalid namespace\"}"},
    {"4\"plain\"", SIO__CONNECT_ERROR, 0, "/", -1, "\"plain\""},
    {"51-[\"bin\",{\"_placeholder\":true,\"num\":0}]", SIO__BINARY_EVENT, 1, "/", -1,
     "[\"bin\",{\"_placeholder\":true,\"num\":0}]"},
    {"51-5[\"bin\",{\"_placeholder\":true,\"num\":0}]", SIO__BINARY_EVENT, 1, "/", 5,
     "[\"bin\",{\"_placeholder\":true,\"num\":0}]"},
    {"510-/a,[\"bin\"]", SIO__BINARY_EVENT, 10, "/a", -1, "[\"bin\"]"},
    {"61-/a-b,5[{\"_placeholder\":true,\"num\":0}]", SIO__BINARY_ACK, 1, "/a-b", 5,
     "[{\"_placeholder\":true,\"num\":0}]"},
};

static const struct {
    const char *text;
    const char *why;
} invalid[] = {
    {"", "unknown packet type"},
    {"7", "unknown packet type"},
    {"9[\"a\"]", "unknown packet type"},
    {"abc", "unknown packet type"},
    {" 2[\"a\"]", "unknown packet type"},
    {"5", "Illegal attachments"},
    {"5[\"a\"]", "Illegal attachments"},
    {"51", "Illegal attachments"},
    {"51[\"a\"]", "Illegal attachments"},
    {"5-[\"a\"]", "Illegal attachments"},
    {"50-[\"a\"]", "Illegal attachments"},
    {"5x-[\"a\"]", "Illegal attachments"},
    {"5-1-[\"a\"]", "Illegal attachments"},
    {"51.5-[\"a\"]", "Illegal attachments"},
    {"6/nsp,[]", "Illegal attachments"},
    {"511-[\"a\"]", "too many attachments"},
    {"54294967296-[\"a\"]", "too many attachments"},
    {"599999999999999999999999999-[\"a\"]", "too many attachments"},
    {"29007199254740992[\"a\"]", "illegal ack id"},
    {"299999999999999999999999999[\"a\"]", "illegal ack id"},
    {"0[]", "invalid payload"},
    {"0null", "invalid payload"},
    {"0\"x\"", "invalid payload"},
    {"0{\"a\"", "invalid payload"},
    {"0 ", "invalid payload"},
    {"1{}", "invalid payload"},
    {"1null", "invalid payload"},
    {"1/nsp,[]", "invalid payload"},
    {"2", "invalid payload"},
    {"2/nsp,", "invalid payload"},
    {"212", "invalid payload"},
    {"2[]", "invalid payload"},
    {"2{}", "invalid payload"},
    {"2\"a\"", "invalid payload"},
    {"2[null]", "invalid payload"},
    {"2[true,1]", "invalid payload"},
    {"2[[\"a\"]]", "invalid payload"},
    {"2[{}]", "invalid payload"},
    {"2abc[\"a\"]", "invalid payload"},
    {"2-1[\"a\"]", "invalid payload"},
    {"21.5[\"a\"]", "invalid payload"},
    {"2[\"a\"]x", "invalid payload"},
    {"2[\"a\"][\"b\"]", "invalid payload"},
    {"2[\"a\",]", "invalid payload"},
    {"2[\"connect\"]", "invalid payload"},
    {"2[\"connect_error\"]", "invalid payload"},
    {"2[\"disconnect\",1]", "invalid payload"},
    {"2[\"disconnecting\"]", "invalid payload"},
    {"2[\"newListener\"]", "invalid payload"},
    {"2[\"removeListener\"]", "invalid payload"},
    {"2[\"\\u0063onnect\"]", "invalid payload"},
    {"2["
     "\"\\u0072\\u0065\\u006d\\u006f\\u0076\\u0065\\u004c\\u0069\\u0073\\u0074\\u0065\\u006e\\u0065"
     "\\u0072\"]",
     "invalid payload"},
    {"51-[\"disconn\\u0065ct\"]", "invalid payload"},
    {"51-", "invalid payload"},
    {"61-{}", "invalid payload"},
    {"3", "invalid payload"},
    {"30", "invalid payload"},
    {"30{}", "invalid payload"},
    {"4", "invalid payload"},
    {"4[]", "invalid payload"},
    {"41", "invalid payload"},
};

static void decodes(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        sio__packet_t packet;
        const char *why;
        char *text = exact(valid[i].text, strlen(valid[i].text));
        int rc = sio__packet_decode(&packet, text, strlen(valid[i].text), &test_limits, &why);
        if (rc != 0)
            fail_msg("%s: %s", valid[i].text, why);
        assert_int_equal(packet.type, valid[i].type);
        assert_int_equal(packet.attachments, valid[i].attachments);
        assert_slice(&packet.nsp, valid[i].nsp);
        assert_true(packet.id == valid[i].id);
        assert_slice(&packet.data, valid[i].data);
        assert_memory_equal(text, valid[i].text, strlen(valid[i].text));
        free(text);
    }
}

static void refuses(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        sio__packet_t packet;
        const char *why = NULL;
        char *text = exact(invalid[i].text, strlen(invalid[i].text));
        if (sio__packet_decode(&packet, text, strlen(invalid[i].text), &test_limits, &why) == 0)
            fail_msg("accepted: %s", invalid[i].text);
        assert_non_null(why);
        if (strcmp(why, invalid[i].why) != 0)
            fail_msg("%s: %s, not %s", invalid[i].text, why, invalid[i].why);
        free(text);
    }
}

/* A payload that is cut is refused; what is cut before it is a shorter packet or refused. */
static void survives_every_beginning(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        size_t length = strlen(valid[i].text);
        size_t data = length - strlen(valid[i].data);
        if (valid[i].text[length - 1] == ' ')
            length--;
        for (size_t cut = 0; cut < length; cut++) {
            sio__packet_t packet;
            const char *why = NULL;
            char *text = exact(valid[i].text, cut);
            int rc = sio__packet_decode(&packet, text, cut, &test_limits, &why);
            assert_int_equal(rc == 0, why == NULL);
            if (cut > data)
                assert_int_equal(rc, SIO_EPROTO);
            free(text);
        }
    }
}

static void bounds_attachments(void **state) {
    (void) state;
    sio__packet_t packet;
    const char *why;
    const sio__packet_limits_t limits = {2, 1};
    char two[] = "52-[\"a\"]", three[] = "53-[\"a\"]";
    assert_int_equal(sio__packet_decode(&packet, two, strlen(two), &limits, &why), 0);
    assert_int_equal(sio__packet_decode(&packet, three, strlen(three), &limits, &why), SIO_EPROTO);
    assert_ptr_equal(why, sio__too_many_attachments);
    assert_int_equal(
        sio__packet_decode(&packet, three, strlen(three), &sio__packet_unlimited, &why), 0);
}

/* The list of arguments is the first level, in each kind of packet that has data. */
static void bounds_levels(void **state) {
    (void) state;
    static const struct {
        const char *text;
        uint32_t levels;
    } samples[] = {
        {"2[\"a\"]", 1},           {"2[\"a\",[]]", 2},        {"2[\"a\",{}]", 2},
        {"2[\"a\",{\"b\":[1]}]", 3}, {"2[\"a\",[1],[[1]]]", 3}, {"30[]", 1},
        {"30[[{}]]", 3},           {"0{\"a\":1}", 1},           {"0/b,{\"a\":{\"b\":[]}}", 3},
        {"4{\"message\":[]}", 2},  {"51-[\"a\",{\"_placeholder\":true,\"num\":0}]", 2},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        for (uint32_t most = 1; most <= 4; most++) {
            sio__packet_t packet;
            const char *why = NULL;
            const sio__packet_limits_t limits = {10, most};
            char *text = exact(samples[i].text, strlen(samples[i].text));
            int rc = sio__packet_decode(&packet, text, strlen(samples[i].text), &limits, &why);
            assert_int_equal(rc, most >= samples[i].levels ? 0 : SIO_EPROTO);
            assert_ptr_equal(why, rc == 0 ? NULL : sio__too_deep);
            free(text);
        }
}

static void checks_placeholders(void **state) {
    (void) state;
    static const struct {
        const char *text;
        size_t count;
        int good;
    } samples[] = {
        {"51-[\"a\"]", 1, 1},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":0}]", 1, 1},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":1}]", 1, 0},
        {"52-[\"a\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":1}]", 2, 1},
        {"51-[\"a\",{\"x\":[1,{\"y\":{\"num\":0,\"_placeholder\":true}}]}]", 1, 1},
        {"51-[\"a\",{\"x\":[1,{\"y\":{\"num\":3,\"_placeholder\":true}}]}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":true}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":true,\"num\":1e400}]", 1, 0},
        {"51-[\"a\",{\"_placeholder\":false,\"num\":9}]", 1, 1},
        {"51-[\"a\",\"{\\\"_placeholder\\\":true,\\\"num\\\":9}\"]", 1, 1},
        {"51-[\"a\",{\"\\u005fplaceholder\":true,\"num\":9}]", 1, 0},
        {"51-[\"a\",{\"b\":1,\"c\":{\"_placeholder\":true,\"num\":9}}]", 1, 0},
        {"61-0[{\"_placeholder\":true,\"num\":9}]", 1, 0},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        sio__packet_t packet;
        const char *why;
        char *text = exact(samples[i].text, strlen(samples[i].text));
        assert_int_equal(
            sio__packet_decode(&packet, text, strlen(samples[i].text), &test_limits, &why), 0);
        int rc = sio__packet_check_placeholders(&packet, samples[i].count);
        if (rc != (samples[i].good ? 0 : SIO_EPROTO))
            fail_msg("%s: %d", samples[i].text, rc);
        free(text);
    }
}

/* Looking for placeholders takes one pass, however deep the objects are. */
static void placeholders_of_deep_objects(void **state) {
    (void) state;
    enum { DEPTH = 8000 };
    sio__packet_t packet;
    const char *why;
    size_t at = 0;
    char *text = malloc((size_t) DEPTH * 128 + 64);
    at += (size_t) sprintf(text, "51-[\"a\",");
    for (int i = 0; i < DEPTH; i++) {
        memset(text + at, 'x', 100);
        memcpy(text + at, "{\"", 2);
        memcpy(text + at + 95, "\":1,", 4);
        at += 99;
        memcpy(text + at, "\"b\":", 4);
        at += 4;
    }
    at += (size_t) sprintf(text + at, "{\"_placeholder\":true,\"num\":0}");
    memset(text + at, '}', DEPTH);
    at += DEPTH;
    text[at++] = ']';
    assert_int_equal(sio__packet_decode(&packet, text, at, &test_limits, &why), 0);
    assert_int_equal(sio__packet_check_placeholders(&packet, 1), 0);
    assert_int_equal(sio__packet_check_placeholders(&packet, 0), SIO_EPROTO);
    free(text);
}

static void knows_reserved_names(void **state) {
    (void) state;
    assert_true(sio__event_reserved("connect"));
    assert_true(sio__event_reserved("connect_error"));
    assert_true(sio__event_reserved("disconnect"));
    assert_true(sio__event_reserved("disconnecting"));
    assert_true(sio__event_reserved("newListener"));
    assert_true(sio__event_reserved("removeListener"));
    assert_false(sio__event_reserved(""));
    assert_false(sio__event_reserved("connection"));
    assert_false(sio__event_reserved("connec"));
    assert_false(sio__event_reserved("Connect"));
    assert_false(sio__event_reserved("removeListeners"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_every_beginning),
        cmocka_unit_test(bounds_attachments),
        cmocka_unit_test(bounds_levels),
        cmocka_unit_test(checks_placeholders),
        cmocka_unit_test(placeholders_of_deep_objects),
        cmocka_unit_test(knows_reserved_names),
    };
    return cmocka_run_group_tests_name("sio packet", tests, NULL, NULL);
}
