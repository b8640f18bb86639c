/* [E10] The negotiation of permessage-deflate, RFC 7692 section 7.1. */
#include "ws/extension.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PMD "permessage-deflate"
#define SNCT "; server_no_context_takeover"
#define CNCT "; client_no_context_takeover"
#define SMWB "; server_max_window_bits"
#define CMWB "; client_max_window_bits"

static const sio_deflate_options_t defaults = {.enabled = 1, .mem_level = 8};

/* What is answered; NULL: nothing. */
static void expect(const char *header, const sio_deflate_options_t *options, const char *expected) {
    sio__deflate_params_t params;
    char reply[SIO__EXTENSION_REPLY] = "";
    int found = sio__extension_choose(header, options, &params, reply);
    if (found != (expected != NULL) || strcmp(reply, expected != NULL ? expected : "") != 0)
        fail_msg("%s: %s", header, found ? reply : "nothing");
}

static void offers_are_answered_in_their_terms(void **state) {
    (void) state;
    static const char *const cases[][2] = {
        {PMD, PMD},
        {PMD CMWB, PMD}, /* what the usual client offers */
        {PMD SNCT, PMD SNCT},
        {PMD CNCT, PMD CNCT},
        {PMD SNCT CNCT, PMD SNCT CNCT},
        {PMD SMWB "=15", PMD SMWB "=15"},
        {PMD SMWB "=10", PMD SMWB "=10"},
        {PMD SMWB "=8", PMD SMWB "=8"},
        {PMD CMWB "=9", PMD CMWB "=9"},
        {PMD CMWB "=8", PMD CMWB "=8"},
        {PMD CMWB "=15", PMD},
        {PMD CMWB "; server_max_window_bits=\"12\"", PMD SMWB "=12"},
        {" \t" PMD " ;server_no_context_takeover ; client_max_window_bits = 11 ",
         PMD SNCT CMWB "=11"},
        {"x-webkit-deflate-frame, " PMD, PMD},
        {"a; b=c; d=\"e\", ,," PMD SNCT ", " PMD, PMD SNCT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(sio__extension_valid(cases[i][0]));
        expect(cases[i][0], &defaults, cases[i][1]);
    }
}

/* An offer with a bad parameter is declined: the next one counts, or none. */
static void bad_parameters_decline_an_offer(void **state) {
    (void) state;
    static const char *const bad[] = {
        PMD "; unknown", PMD "; unknown=1", PMD SNCT "=1", PMD CNCT "=true", PMD SNCT SNCT,
        PMD CNCT CNCT, PMD SMWB, PMD SMWB "=7", PMD SMWB "=16", PMD SMWB "=08", PMD SMWB "=1",
        PMD SMWB "=100", PMD SMWB "=1x", PMD SMWB "=x", PMD SMWB "=10" SMWB "=10", PMD CMWB "=7",
        PMD CMWB "=16", PMD CMWB "=010", PMD CMWB "=-9", PMD CMWB CMWB, PMD CMWB "=9" CMWB "=9",
        PMD "; Server_No_Context_Takeover", (PMD SMWB "=\"1\\0\""), "permessage-bzip2",
        "Permessage-Deflate2", "x" PMD,
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char list[256];
        assert_true(sio__extension_valid(bad[i]));
        expect(bad[i], &defaults, NULL);
        strcpy(list, bad[i]);
        strcat(list, ", " PMD CNCT);
        expect(list, &defaults, PMD CNCT);
        strcpy(list, PMD SNCT ", ");
        strcat(list, bad[i]);
        expect(list, &defaults, PMD SNCT);
    }
}

static void malformed_headers_are_told(void **state) {
    (void) state;
    static const char *const bad[] = {
        ";", "a;", "a; ;b", "a b", "a; b c", "a; b=", "a; b=\"", "a; b=\"c", "a; b=\"\"",
        "a; b=\"c d\"", "a; b=c\"d\"", "a; =b", "a/b", "a, b, ;c", "\"a\"", "a; b=c=d", "\x7f",
        "caf\xc3\xa9", PMD "; b=\"\\",
    };
    static const char *const good[] = {"", " ", ",", "a", "a,b", ", a ,", "a;b;c=d;e=\"f\", g"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (sio__extension_valid(bad[i]))
            fail_msg("taken: %s", bad[i]);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!sio__extension_valid(good[i]))
            fail_msg("not taken: %s", good[i]);
        expect(good[i], &defaults, NULL);
    }
}

static void options_narrow(void **state) {
    (void) state;
    sio_deflate_options_t options = defaults;
    options.server_no_context_takeover = options.client_no_context_takeover = 1;
    expect(PMD, &options, PMD SNCT CNCT);
    expect(PMD SNCT, &options, PMD SNCT CNCT);

    options = defaults;
    options.server_max_window_bits = 10;
    expect(PMD, &options, PMD SMWB "=10"); /* may be said unasked (7.1.2.1) */
    expect(PMD SMWB "=9", &options, PMD SMWB "=9");
    expect(PMD SMWB "=12", &options, PMD SMWB "=10");

    options = defaults;
    options.client_max_window_bits = 10;
    expect(PMD, &options, NULL); /* cannot be demanded of a client that does not know it (7.1.2.2) */
    expect(PMD CMWB, &options, PMD CMWB "=10");
    expect(PMD CMWB "=9", &options, PMD CMWB "=9");
    expect(PMD CMWB "=12", &options, PMD CMWB "=10");
    expect(PMD ", " PMD CMWB, &options, PMD CMWB "=10"); /* 7.1.3 */
    options.client_max_window_bits = 15;
    expect(PMD, &options, PMD);
}

static void what_was_agreed_on(void **state) {
    (void) state;
    sio__deflate_params_t params;
    char reply[SIO__EXTENSION_REPLY];
    assert_true(sio__extension_choose(PMD SMWB "=9" CMWB "=12" SNCT, &defaults, &params, reply));
    assert_int_equal(params.server_bits, 9);
    assert_int_equal(params.client_bits, 12);
    assert_int_equal(params.server_fresh, 1);
    assert_int_equal(params.client_fresh, 0);
    assert_true(sio__extension_choose(PMD, &defaults, &params, reply));
    assert_int_equal(params.server_bits, 15);
    assert_int_equal(params.client_bits, 15);
    assert_int_equal(params.server_fresh, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_answered_in_their_terms),
        cmocka_unit_test(bad_parameters_decline_an_offer),
        cmocka_unit_test(malformed_headers_are_told),
        cmocka_unit_test(options_narrow),
        cmocka_unit_test(what_was_agreed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
