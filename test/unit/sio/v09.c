/* Packets of Socket.IO 0.9 [L11]: WIRE's bytes, both ways. */
#include "sio/v09.h"
#include "codec.h"
#include "eio/forms.h"

static sio__scratch_t *scratch;

static int setup(void **state) {
    (void) state;
    scratch = sio__scratch_new();
    return scratch == NULL;
}

static int teardown(void **state) {
    (void) state;
    sio__scratch_free(scratch);
    return 0;
}

/* --- out ------------------------------------------------------------------------------------ */

static void expect_written(const char *packet, const char *expected) {
    eio__message_t message;
    assert_int_equal(eio__message_text(scratch, packet, strlen(packet), &message), 0);
    const eio__message_t *made = sio__v09_write(scratch, &message, 1);
    assert_non_null(made);
    assert_text((const char *) made->frame.payload, made->frame.payload_length, expected);
    assert_int_equal(made->frame.data[0], 0x81);
}

static void writes_wires_examples(void **state) {
    (void) state;
    expect_written("0{\"sid\":\"x\"}", "1::");
    expect_written("0/chat,{\"sid\":\"x\"}", "1::/chat");
    expect_written("1", "0::");
    expect_written("1/chat,", "0::/chat");
    expect_written("4/priv,{\"message\":\"no\"}", "7::/priv:2");
    expect_written("4{\"message\":\"no\"}", "7:::2");
    expect_written("2[\"news\",{\"h\":1},2]", "5:::{\"name\":\"news\",\"args\":[{\"h\":1},2]}");
    expect_written("2[\"noargs\"]", "5:::{\"name\":\"noargs\"}");
    expect_written("20[\"wantack\",1]", "5:1+::{\"name\":\"wantack\",\"args\":[1]}");
    expect_written("2/chat,41[\"e\"]", "5:42+:/chat:{\"name\":\"e\"}");
    expect_written("33[\"A\",{\"b\":1}]", "6:::3+[\"A\",{\"b\":1}]");
    expect_written("3/chat,4[]", "6::/chat:4");
    expect_written("2[ \"a\" , 1 , 2 ]", "5:::{\"name\":\"a\",\"args\":[1 , 2 ]}");
}

/* send() and json.send(): "message" with one argument. */
static void writes_messages(void **state) {
    (void) state;
    expect_written("2[\"message\",\"pl\\\"ain\\u20ac\"]", "3:::pl\"ain\xe2\x82\xac");
    expect_written("2[\"message\",\"\"]", "3:::");
    expect_written("2[\"message\",{\"j\":1}]", "4:::{\"j\":1}");
    expect_written("2/chat,7[\"message\",\"a\"]", "3:8+:/chat:a");
    expect_written("2[\"message\",1,2]", "5:::{\"name\":\"message\",\"args\":[1,2]}");
    expect_written("2[\"message\"]", "5:::{\"name\":\"message\"}");
}

/* A binary becomes a string in base64; what only looks like a placeholder stays. */
static void writes_binaries(void **state) {
    static const char packet[] = "52-[\"b\",{\"_placeholder\":true,\"num\":1},"
                                 "\"{\\\"_placeholder\\\":true,\\\"num\\\":0}\","
                                 "[{\"_placeholder\":true,\"num\":0}]]";
    eio__message_t messages[3];
    (void) state;
    assert_int_equal(eio__message_text(scratch, packet, sizeof(packet) - 1, &messages[0]), 0);
    assert_int_equal(eio__message_binary(scratch, "\1\2\3", 3, &messages[1]), 0);
    assert_int_equal(eio__message_binary(scratch, "", 0, &messages[2]), 0);
    const eio__message_t *made = sio__v09_write(scratch, messages, 3);
    assert_non_null(made);
    assert_text((const char *) made->frame.payload, made->frame.payload_length,
                "5:::{\"name\":\"b\",\"args\":[\"\",\"{\\\"_placeholder\\\":true,\\\"num\\\":0}\","
                "[\"AQID\"]]}");
    assert_ptr_equal(made, sio__v09_write(scratch, messages, 3)); /* made once */
    assert_int_equal(messages[0].forms->made, 1);
}

/* --- in ------------------------------------------------------------------------------------- */

typedef struct {
    char *text;
    sio__v09_t read;
    int rc;
} read_t;

static void read_text(read_t *r, const char *text) {
    const char *why = NULL;
    r->text = exact(text, strlen(text));
    r->rc = sio__v09_read(scratch, r->text, strlen(text), test_limits.depth, &r->read, &why);
    assert_true(r->rc == 0 || why != NULL);
}

static void expect_packet(const char *text, sio__packet_type_t type, const char *nsp, int64_t id,
                          int64_t receipt, const char *data) {
    read_t r;
    read_text(&r, text);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.read.kind, SIO__V09_PACKET);
    assert_int_equal(r.read.packet.type, type);
    assert_slice(&r.read.packet.nsp, nsp);
    assert_int_equal(r.read.packet.id, id);
    assert_int_equal(r.read.receipt, receipt);
    if (data != NULL)
        assert_slice(&r.read.packet.data, data);
    free(r.text);
}

static void reads_wires_examples(void **state) {
    (void) state;
    expect_packet("0::/chat", SIO__DISCONNECT, "/chat", -1, -1, NULL);
    expect_packet("1::/chat", SIO__CONNECT, "/chat", -1, -1, NULL);
    expect_packet("1::/chat:?x=1", SIO__CONNECT, "/chat?x=1", -1, -1, NULL);
    expect_packet("3:::plain", SIO__EVENT, "/", -1, -1, "[\"message\",\"plain\"]");
    expect_packet("3:::a:b\"\n", SIO__EVENT, "/", -1, -1, "[\"message\",\"a:b\\\"\\n\"]");
    expect_packet("3:1::hello", SIO__EVENT, "/", -1, 1, "[\"message\",\"hello\"]");
    expect_packet("3:2+::hello2", SIO__EVENT, "/", 2, -1, "[\"message\",\"hello2\"]");
    expect_packet("3::", SIO__EVENT, "/", -1, -1, "[\"message\",\"\"]");
    expect_packet("4:::{\"j\":1}", SIO__EVENT, "/", -1, -1, "[\"message\",{\"j\":1}]");
    expect_packet("5:::{\"name\":\"news\",\"args\":[{\"h\":1},2]}", SIO__EVENT, "/", -1, -1,
                  "[\"news\",{\"h\":1},2]");
    expect_packet("5:::{\"name\":\"noargs\"}", SIO__EVENT, "/", -1, -1, "[\"noargs\"]");
    expect_packet("5:::{\"args\":[ ],\"name\":\"e\"}", SIO__EVENT, "/", -1, -1, "[\"e\"]");
    expect_packet("5:1+:/chat:{ \"args\" : [1] , \"name\" : \"w\" }", SIO__EVENT, "/chat", 1, -1,
                  "[\"w\",1]");
    expect_packet("6:::1", SIO__ACK, "/", 0, -1, "[]");
    expect_packet("6:::3+[\"A\",{\"b\":1}]", SIO__ACK, "/", 2, -1, "[\"A\",{\"b\":1}]");
    expect_packet("6::/chat:4+[1]", SIO__ACK, "/chat", 3, -1, "[1]");
}

static void expect_nothing(const char *text, sio__v09_kind_t kind) {
    read_t r;
    read_text(&r, text);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.read.kind, kind);
    free(r.text);
}

/* Names that no event may have are left out, as "disconnect" is in 0.9. */
static void reads_nothing(void **state) {
    (void) state;
    expect_nothing("0::", SIO__V09_GOODBYE);
    expect_nothing("1::", SIO__V09_NOTHING);
    expect_nothing("2::", SIO__V09_NOTHING);
    expect_nothing("7:::1+0", SIO__V09_NOTHING);
    expect_nothing("8::", SIO__V09_NOTHING);
    expect_nothing("5:::{\"name\":\"disconnect\"}", SIO__V09_NOTHING);
    expect_nothing("5:::{\"name\":\"conn\\u0065ct\",\"args\":[1]}", SIO__V09_NOTHING);
}

static void refuses(void **state) {
    static const char *const bad[] = {
        "", "5", "5:", "9::", "x::", "5::", "5:::", "5:::[]", "5:::{}", "5:::{\"name\":1}", "5:::{\"name\":\"a\"",
        "5:::{\"name\":\"a\",\"args\":{}}", "5:::{\"name\":\"a\",\"args\":[}", "5:1x::{\"name\":\"a\"}", "4:::{", "4:::",
        "4:::1,2", "6:::", "6:::x", "6:::0", "6:::1+{}", "6:::1+[", "6:::99999999999999999999999+[]",
        "5+::{\"name\":\"a\"}",
    };
    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        read_t r;
        read_text(&r, bad[i]);
        if (r.rc != SIO_EPROTO)
            fail_msg("%s was taken", bad[i]);
        free(r.text);
    }
}

/* As many levels as in the packet of today. */
static void bounds_levels(void **state) {
    static const struct {
        const char *text;
        uint32_t levels;
    } samples[] = {
        {"5:::{\"name\":\"a\",\"args\":[1]}", 1},  {"5:::{\"name\":\"a\",\"args\":[[{}]]}", 3},
        {"4:::{\"a\":[1]}", 3},                   {"6:::1+[[]]", 2},
        {"5:::{\"args\":[],\"name\":\"a\",\"b\":[[]]}", 2},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        for (uint32_t most = 1; most <= 4; most++) {
            const char *why = NULL;
            read_t r;
            r.text = exact(samples[i].text, strlen(samples[i].text));
            int rc = sio__v09_read(scratch, r.text, strlen(samples[i].text), most, &r.read, &why);
            assert_int_equal(rc, most >= samples[i].levels ? 0 : SIO_EPROTO);
            assert_ptr_equal(why, rc == 0 ? NULL : sio__too_deep);
            free(r.text);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_wires_examples), cmocka_unit_test(writes_messages),
        cmocka_unit_test(writes_binaries),       cmocka_unit_test(reads_wires_examples),
        cmocka_unit_test(reads_nothing),         cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_levels),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
